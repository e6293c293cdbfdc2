"""Persons: enrolment, keys and sessions, what they see of themselves, and their complaints."""
