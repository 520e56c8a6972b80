"""A course round in small: release, a class that hands in, grades, feedback."""
