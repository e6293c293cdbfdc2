"""Branches that do not pay by pro rata, each by the rules of its own chapter of 883/2004."""
