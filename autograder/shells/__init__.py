"""What people touch: the command line, pytest, the notebook's check, a class's run, nbgrader. Each shows grades."""
