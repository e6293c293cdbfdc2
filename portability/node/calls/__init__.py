"""What stands around every call: who calls, may they, how much, how long, and what is told."""
