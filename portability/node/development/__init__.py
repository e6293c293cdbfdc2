"""A federation on one machine, made on the spot for development; production refuses its keys."""
