"""`autograder audit`: the tests of another course, tried on right and wrong implementations of an exercise.

The tests belong to the instructor who runs them, so they are trusted; they run in a process of their own only so that a
test that hangs or dies ends nothing else.
"""
