"""Texts of agreements, and who signed which."""
