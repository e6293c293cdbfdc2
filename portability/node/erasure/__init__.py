"""Erasing a person: decided, fenced, destroyed, proved, told; holds against it."""
