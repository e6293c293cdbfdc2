"""Which state's legislation applies to a person (883/2004 Art 11 to 16, 987/2009 Art 14 to 21)."""
