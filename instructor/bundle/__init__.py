"""A student's package: the releases, the checks on public inputs as recorded, and no answer. `build.py` writes it."""
