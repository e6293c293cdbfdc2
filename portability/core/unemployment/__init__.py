"""Unemployment benefits (883/2004 Art 61 to 65a)."""
