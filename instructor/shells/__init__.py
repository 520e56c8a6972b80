"""How an instructor uses the grader: the command line, a class, nbgrader."""
