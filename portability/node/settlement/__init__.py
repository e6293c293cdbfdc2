"""Accounts between institutions: statements about money, and what they rest on."""
