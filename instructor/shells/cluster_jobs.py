"""Jobs on an existing Dask cluster, where one machine is too small; docs/scale.md says how to start one.

What is read, the store and the gradebook stay with the command. A worker is sent one submission at a time, by value,
with the seeds of its hidden inputs: it needs no folder of the course, and gets neither the secret nor a student's name.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit

from autograder.execution.executor import describe_missing
from autograder.intake.submission import Submission
from autograder.secret import seed_of
from instructor.shells.class_jobs import HANG_FACTOR, Died, Jobs, Value
from instructor.shells.class_store import Checks
from instructor.shells.cluster_worker import Answer, Request, find_difference, grade_here, versions

TRIES = 3  # of a submission whose worker or connection was lost, or whose grader failed
LOOK_SECONDS = 2.0  # between two looks at which workers there are
WORKER_SECONDS = 60.0  # for a first worker, and for another one where the last is gone
GLANCE_SECONDS = 0.1  # between two looks at the connection
LOOPBACK = ("localhost", "::1")


class NoCluster(Exception):
    """The cluster cannot be used; the message says why and what to do."""


class ClusterGone(KeyboardInterrupt):
    """The cluster cannot be used any more. It ends the run as Ctrl-C does, so that nbgrader clears away what it was
    about to write; the message says why."""


class _Lost(Exception):
    """A try was lost with a worker or with the connection: another one may succeed."""


def make_request(checks: Checks, submission: Submission, exercises: Sequence[str]) -> Request:
    """What is sent for a submission: the course's secret and files are read here."""
    seeds = {name: seed_of(checks.secret, name) for name in exercises}
    settings = checks.limits, checks.require_sandbox, checks.follow_through
    return Request(submission, tuple(exercises), seeds, checks.files, *settings, versions())


class Cluster:
    """The connection to a scheduler. Raises NoCluster where there is none that can be used."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.unfit: dict[str, str] = {}  # workers that must not grade, and why
        self.gone = ""
        self._is_closed = False
        self._looking = threading.Lock()
        self._client = _connect(address)
        try:
            self._wait_for_a_worker()
            self._refuse_differences()
        except BaseException:
            self.close()
            raise
        self._looked = self._had_workers = time.monotonic()
        self.alive = self._find_workers()

    def close(self) -> None:
        """Close the connection; who waits for an answer gets none."""
        self._is_closed = True
        with suppress(Exception):  # it may be broken, and that was said
            self._client.close(timeout=LOOK_SECONDS)

    def ask(self, request: Request, seconds: float) -> Answer:
        """The answer of a worker that may grade.

        Raises Died where several workers were lost with it or `seconds` are over, _Lost where another try makes sense,
        and ClusterGone where none does.
        """
        from distributed import KilledWorker

        while True:
            try:
                answer = self._ask_once(request, seconds)
            except (Died, _Lost):
                raise
            except KilledWorker as killed:
                raise Died("the workers that graded it were lost, one after the other") from killed
            except Exception as error:  # whatever a connection that breaks, or a worker without the course, raises
                self._wait_for_connection()
                with suppress(Exception):  # lost again: so will the next try be
                    self.unfit |= self._find_differences()
                raise _Lost(f"the cluster failed: {type(error).__name__}") from error
            if not answer.unfit:
                return answer
            self.unfit[answer.worker] = answer.unfit

    def _ask_once(self, request: Request, seconds: float) -> Answer:
        from distributed import TimeoutError as TookTooLong

        fit = self._find_fit() if self.unfit or self.gone else None
        future = self._client.submit(grade_here, request, pure=False, workers=fit)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(TookTooLong):
                answer: Answer = future.result(timeout=LOOK_SECONDS)
                return answer
            self._look()
            if fit and self.alive.isdisjoint(fit):
                future.cancel()
                raise _Lost("its worker was lost")
        future.cancel()
        raise Died(f"no worker answered for {seconds:.0f} seconds")

    def _find_fit(self) -> list[str]:
        """The workers that may grade. Raises ClusterGone where there are none."""
        if self.gone:
            raise ClusterGone(self.gone)
        self.alive = self._find_workers()
        fit = sorted(self.alive - self.unfit.keys())
        if not fit:
            self._lose(f"no worker of the cluster may grade: {'; '.join(self.describe_unfit())}")
        return fit

    def _look(self) -> None:
        """See which workers there are, from time to time. Raises ClusterGone where there have been none for long."""
        with self._looking:
            if time.monotonic() - self._looked < LOOK_SECONDS:
                return
            self.alive = self._find_workers()
            self._looked = time.monotonic()
            if self.alive - self.unfit.keys():
                self._had_workers = self._looked
            elif self._looked - self._had_workers > WORKER_SECONDS:
                self._lose(f"{self.address} has had no worker for {WORKER_SECONDS:.0f} seconds: start some, then go on")

    def _find_workers(self) -> set[str]:
        return set(self._client.scheduler_info(n_workers=-1)["workers"])

    def _wait_for_connection(self) -> None:
        """Wait while the client connects again. Raises ClusterGone where it has given up, Died where we have."""
        time.sleep(GLANCE_SECONDS)  # for the client to notice
        while self._client.status == "connecting":
            time.sleep(GLANCE_SECONDS)
        if self._is_closed:
            raise Died("the run was stopped")
        if self._client.status != "running":
            self._lose(f"the connection to the scheduler {self.address} is lost, and it does not answer any more")

    def _lose(self, why: str) -> NoReturn:
        self.gone = f"{why}. What was graded is kept: the same command goes on from there"
        raise ClusterGone(self.gone)

    def _wait_for_a_worker(self) -> None:
        from distributed import TimeoutError as TookTooLong

        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TookTooLong:
            raise NoCluster(
                f"the scheduler {self.address} has no worker: start some with `dask worker {self.address} --nthreads 1`"
            ) from None

    def _refuse_differences(self) -> None:
        """Raises NoCluster where the scheduler or a worker has another version of something."""
        try:
            scheduler = find_difference(self._client.run_on_scheduler(versions), versions())
        except Exception as error:
            scheduler = f"it cannot import the course ({error})"
        found = {f"the scheduler {self.address}": scheduler} if scheduler else {}
        found |= {f"the worker {worker}": why for worker, why in self._find_differences().items()}
        if found:
            place, why = next(iter(found.items()))
            others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise NoCluster(
                f"{place} cannot grade, {why}{others}: install the same on the scheduler, on the workers and here, "
                "and start them again"
            )

    def _find_differences(self) -> dict[str, str]:
        """The workers that have other versions, or cannot say which they have."""
        found: dict[str, str] = {}
        for worker, theirs in self._client.run(versions, on_error="return").items():
            is_known = isinstance(theirs, dict)
            why = find_difference(theirs, versions()) if is_known else f"it cannot import the course ({theirs})"
            found |= {worker: why} if why else {}
        return found

    def describe_unfit(self) -> Iterator[str]:
        """The workers that were not used, in words."""
        for worker, why in sorted(self.unfit.items()):
            yield f"{worker} was not used, {why}"


class ClusterJobs(Jobs):
    """Grades on a cluster, as many submissions at once as it has workers and as many again that wait for one. All else
    is done by up to `count` processes of this machine.

    Raises NoCluster. `grade` also raises ClusterGone, which no handler of a single hand-in's failure catches.
    """

    def __init__(self, scheduler: str, count: int = 1, hang_seconds: float | None = None) -> None:
        self._cluster = Cluster(scheduler)
        super().__init__(count, hang_seconds)
        workers = max(1, len(self._cluster.alive))
        self.count = max(count, workers)  # by which others tell how many hand-ins should be under way
        self._waiting = ThreadPoolExecutor(2 * workers, thread_name_prefix="waits for a worker")
        self._used: dict[str, Mapping[str, str]] = {}  # what the sandbox of a worker lacks

    def __exit__(self, *details: object) -> None:
        self._is_closing = True
        self._waiting.shutdown(wait=False, cancel_futures=True)
        self._cluster.close()
        super().__exit__(*details)
        self._waiting.shutdown(wait=True)

    def submit(self, function: Callable[..., Value], /, *arguments: Any) -> "Future[Value]":
        """Call a function in a thread: `grade` in one of those that wait for workers."""
        threads = self._waiting if function == self.grade else self._threads
        return threads.submit(function, *arguments)

    def grade(self, checks: Checks, submission: Submission, exercises: Sequence[str]) -> bytes:
        """Packed grades, from one of the workers. Raises Died where it fails repeatedly."""
        request = make_request(checks, submission, exercises)
        seconds = self.hang_seconds or HANG_FACTOR * checks.limits.wall_seconds(checks.limits.total_seconds)
        why = ""
        for _ in range(TRIES):
            try:
                answer = self._cluster.ask(request, seconds)
            except _Lost as lost:
                why = str(lost)
                continue
            self._used[answer.worker] = answer.missing
            why = answer.fault
            if not why:
                return answer.packed
        raise Died(why)

    def describe(self) -> Iterator[str]:
        """What there is to say about the workers, in sentences."""
        yield from self._cluster.describe_unfit()
        lacking: dict[str, list[str]] = {}
        for worker, missing in sorted(self._used.items()):
            lacking.setdefault(describe_missing(missing), []).append(worker)
        for layers, workers in lacking.items():
            if layers:
                yield f"the sandbox is not complete on {', '.join(workers)}: {layers}"


def start_jobs(count: int, scheduler: str = "") -> Jobs:
    """Jobs of this machine, or of a cluster where the address of its scheduler is given. Raises NoCluster."""
    return ClusterJobs(scheduler, count) if scheduler else Jobs(count)


def describe_workers(jobs: Jobs) -> tuple[str, ...]:
    """What there is to say about the workers of a cluster, in sentences."""
    return tuple(jobs.describe()) if isinstance(jobs, ClusterJobs) else ()


def warn_of(scheduler: str) -> str:
    """A sentence where what is sent to a scheduler could be read on its way."""
    scheme, host = _split(scheduler)
    if scheme != "tcp" or not host or host in LOOPBACK or host.startswith("127."):
        return ""
    return "submissions and hidden inputs are sent unencrypted: use tls://, as docs/scale.md says"


def _split(address: str) -> tuple[str, str]:
    """The scheme and the host of an address."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def _connect(address: str) -> Any:
    """A client of the scheduler. What Dask would log is said in our sentences. Raises NoCluster."""
    try:
        import distributed
    except ImportError as error:
        raise NoCluster(
            f"grading on a cluster needs Dask ({error}): python -m pip install -c constraints.txt -e '.[cluster]'"
        ) from error
    for name in ["distributed", *logging.root.manager.loggerDict]:
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        settings = distributed.Security().get_connection_args("client")
    except (OSError, ValueError, TypeError) as error:
        raise NoCluster(f"the certificates that Dask's settings name cannot be read: {error}") from error
    _refuse_address(address, settings)
    try:
        return distributed.Client(address, set_as_default=False)
    except OSError as error:
        raise NoCluster(
            f"no Dask scheduler answers at {address}: see that it runs, that this machine can reach it, and that its "
            "address begins as the scheduler says, with tcp:// or tls://"
        ) from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise NoCluster(f"{address} cannot be used as a Dask scheduler: {error}") from error


def _refuse_address(address: str, settings: Mapping[str, Any]) -> None:
    """Raises NoCluster where an address cannot be right, or Dask's settings do not go with it."""
    scheme, host = _split(address)
    if scheme not in ("tcp", "tls") or not host:
        raise NoCluster(f"{address} is not a scheduler's address: give one such as tls://{host or 'HOST'}:8786")
    if scheme == "tls" and not settings.get("ssl_context"):
        raise NoCluster("tls:// needs certificates in Dask's settings; docs/scale.md says which")
    if scheme == "tcp" and settings.get("require_encryption"):
        raise NoCluster(f"Dask's settings require encryption: give the address as tls://{host}:8786")
