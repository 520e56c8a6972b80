"""What is wrong with a lesson that cannot be built."""


class BadLesson(Exception):
    """An authored lesson that cannot be built; the message says what is wrong with which cell."""
