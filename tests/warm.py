"""What tests lend to one another: processes that would each import PyTorch anew, which takes seconds, and engines.

A module of tests asks for them with `pytest.mark.usefixtures("one_worker")`; "one_job" where `Jobs` are started; or
"one_engine" for gradebooks. The processes are real ones; only their start is saved.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from autograder.execution.executor import Executor
from autograder.execution.limits import START_SECONDS
from autograder.execution.processes import ForkServer
from instructor.shells import class_jobs
from instructor.shells.class_jobs import JobProcess


class Workers:
    """Warm processes that fork for submissions, by the libraries that they have imported."""

    def __init__(self) -> None:
        self.servers: dict[tuple[str, ...], ForkServer] = {}

    def lend(self, libraries: tuple[str, ...]) -> ForkServer:
        """The one with these libraries; a new one where it is gone."""
        server = self.servers.get(libraries)
        if server is None or server.process.poll() is not None or server.control.fileno() < 0:
            server = self.servers[libraries] = ForkServer(libraries, START_SECONDS)
        return server

    @contextmanager
    def are_lent(self) -> Iterator[None]:
        """Lend them to every executor of this process, which then ends none."""

        def start(executor: Executor) -> None:
            executor._server = executor._server or self.lend(executor.libraries)

        def close(executor: Executor) -> None:
            executor._server = None

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Executor, "start", start)
            patch.setattr(Executor, "close", close)
            yield

    def end(self) -> None:
        """End them all."""
        for server in self.servers.values():
            server.close()


class LentJob(JobProcess):
    """A job's process that is lent to the next when it is done; one that has failed is ended."""

    idle: list["LentJob"]

    def _ask(self, *question: Any) -> Any:
        self.is_fit = False
        answer = super()._ask(*question)
        self.is_fit = True
        return answer

    def end(self) -> None:
        """Lay it aside."""
        if not getattr(self, "is_fit", False) or not self.is_alive():
            super().end()
        elif self not in self.idle:
            self.idle.append(self)


@cache
def kept_for_gradebooks() -> dict[str, Callable[..., Any]]:
    """What nbgrader asks for again with each gradebook, by its name there: an engine, with what SQLAlchemy has made of
    its statements, ten times for each submission; and the version of its tables, which a process of its own tells."""
    import nbgrader.api

    return {name: cache(getattr(nbgrader.api, name)) for name in ("create_engine", "get_alembic_version")}


@contextmanager
def engines_are_kept() -> Iterator[None]:
    """Keep these for the gradebooks of this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in kept_for_gradebooks().items():
            patch.setattr(f"nbgrader.api.{name}", function)
        yield


@contextmanager
def jobs_are_lent() -> Iterator[None]:
    """Lend a job's process to the next."""
    LentJob.idle = idle = list[LentJob]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_jobs, "JobProcess", lambda: idle.pop() if idle else LentJob())
        yield
    for process in idle:
        JobProcess.end(process)
