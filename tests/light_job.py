"""A job without PyTorch in its worker, for tests of exercises in NumPy. It imports only what a job does."""

from multiprocessing.connection import Connection

from autograder.execution import executor
from instructor.shells import class_jobs

serve_as_it_is = class_jobs.serve


def serve(pipe: Connection) -> None:
    """Serve as if PyTorch were not installed."""
    executor.is_installed = lambda library: False
    serve_as_it_is(pipe)
