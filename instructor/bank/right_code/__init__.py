"""Right code that is unusual: what a student's test has to accept. Each class is right steps with some done otherwise.

Its docstring says how. They round differently, and differ in all that an exercise leaves open.
"""
