"""What an operator does to a node: backup, recovery, maintenance."""
