"""Family benefits of several states (883/2004 Art 67 to 69, 987/2009 Art 58 to 60)."""
