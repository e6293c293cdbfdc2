"""Cases between institutions: the driver, each step in one transaction, and what parties see."""
