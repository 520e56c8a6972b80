"""One submission in one process: read the request, run the cells, carry out the probes, send what was seen."""

import os
from collections.abc import Mapping
from typing import Any

from autograder.worker import wire
from autograder.worker.cells import describe_error, new_notebook, run_cell
from autograder.worker.limits import apply_limits
from autograder.worker.probe import Probe, perform
from autograder.worker.ready_made import watched

LARGEST_REQUEST = 1 << 30


def serve(request_fd: int, result_fd: int) -> None:
    """Answer one request; every answer is data."""
    frame = wire.read_frame(lambda size: os.read(request_fd, size), LARGEST_REQUEST)
    os.close(request_fd)
    if frame is None:
        return
    request = wire.decode(*frame, with_arguments=True)
    apply_limits(request["memory_bytes"], request["cpu_seconds"])
    namespace = new_notebook()
    _send(result_fd, {"stage": ["ready", 0]})
    for number, source in request["cells"]:
        _send(result_fd, {"stage": ["cell", number], "error": run_cell(number, source, namespace)})
    for job in request["jobs"]:
        probe = Probe(job["target"], job["library"], tuple(job["steps"]))
        _send(result_fd, {"stage": ["job", job["id"]], **observe(probe, namespace)})


def observe(probe: Probe, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one probe on the namespace: what was seen, or what was raised, or that the name is missing."""
    if probe.target not in namespace:
        return {"missing": True}
    if getattr(namespace[probe.target], "__module__", None) == "autograder.blocks":
        return {"ready_made": f"autograder.blocks.{probe.target}"}
    with watched(probe.library) as used:
        try:
            seen = perform(probe, namespace)
            answer = {"arrays": seen.arrays, "facts": seen.facts}
        except BaseException as error:  # whatever student code raises, SystemExit included, is a value to us
            answer = {"error": describe_error(error)}
    return {"ready_made": used[0]} if used else answer


def _send(result_fd: int, message: dict[str, Any]) -> None:
    view = memoryview(wire.encode(message))
    while view:
        view = view[os.write(result_fd, view) :]
