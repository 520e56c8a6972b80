"""The notebook of a hand-in, from what was submitted to what is given back; nbgrader is not needed for it.

So the process of a job, which does most of the work on a hand-in, starts quickly and stays small.
"""
