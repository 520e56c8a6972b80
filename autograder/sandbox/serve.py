"""One submission in one process: read the request, run the cells, carry out the probes, send what was seen."""

import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from autograder.protocol import wire
from autograder.protocol.candidates import Ask
from autograder.protocol.errors import CellOf, cell_of_file, describe_error
from autograder.protocol.probe import Probe, perform
from autograder.protocol.ready_made_names import BLOCKS
from autograder.protocol.undisturbed import random_numbers_kept
from autograder.sandbox.confinement import Sandbox
from autograder.sandbox.imports import hand_out
from autograder.sandbox.notebook import Notebook, new_module
from autograder.sandbox.printed import printing
from autograder.sandbox.watch import find_pytorch, watched

LARGEST_REQUEST = 1 << 30


def serve(request_fd: int, result_fd: int, sandbox: Sandbox, folder: str) -> None:
    """Answer one submission's requests: run its cells; then carry out probes, whose inputs come only then.

    Every answer is data. The first names the layers of the sandbox that are missing, and this process, whose time is
    measured from outside.
    """
    request = _receive(request_fd)
    sandbox.confine_submission(folder, request["memory_bytes"], request["cpu_seconds"])
    for name, content in request["files"].items():
        _write(name, content.tobytes())
    handed_out = hand_out(request["modules"])
    pytorch = find_pytorch(handed_out[name].code for name in BLOCKS if name in handed_out)
    watch = partial(watched, pytorch=pytorch) if request["watched"] else lambda *_, **__: nullcontext(dict[str, Any]())
    carry_out = partial(observe, watched=watch)
    namespace, send = new_module(), _send  # as they are now, whatever the cells will change
    notebook = Notebook(namespace)
    _send(result_fd, {"stage": ["ready", 0], "missing": sandbox.missing, "pid": sandbox.pid})
    sandbox.pid = 0  # how many processes the machine has had is nobody's business
    for number, source in request["cells"]:
        send(result_fd, {"stage": ["cell", number], "error": notebook.run_cell(number, source)})
    with random_numbers_kept():
        while True:
            for job in _receive(request_fd)["jobs"]:
                probe = Probe(job["target"], job["library"], tuple(job["actions"]))
                stage = ["job", job["id"]]
                seen = carry_out(probe, namespace, ask=partial(_ask, request_fd, result_fd, stage))
                send(result_fd, {"stage": stage, **seen})


def _ask(request_fd: int, result_fd: int, stage: list[Any], question: dict[str, Any]) -> dict[str, Any]:
    """Put a question to the trusted side in the middle of a job, and wait for its answer."""
    _send(result_fd, {"stage": stage, "ask": question})
    return _receive(request_fd)


def _receive(request_fd: int) -> dict[str, Any]:
    frame = wire.read_frame(lambda size: os.read(request_fd, size), LARGEST_REQUEST)
    if frame is None:
        os._exit(0)
    return wire.decode(*frame, with_arguments=True)


def _write(name: str, content: bytes) -> None:
    if os.path.dirname(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(content)


def observe(
    probe: Probe,
    namespace: Mapping[str, Any],
    watched: Callable[..., Any] = watched,
    cell_of: CellOf = cell_of_file,
    ask: Ask | None = None,
) -> dict[str, Any]:
    """Carry out one probe on the namespace: what was seen, or what was raised, or that the name is missing; and what
    was printed. `ask` reaches what runs elsewhere."""
    if probe.target not in namespace:
        return {"missing": True}
    with printing() as printed, watched(probe.library, target=probe.target) as used:
        try:
            module = getattr(namespace[probe.target], "__module__", None)
            if type(module) is str and module in BLOCKS:
                return {"ready_made": {"name": f"autograder.blocks.{probe.target}"}}
            seen = perform(probe, namespace, ask)
            answer: dict[str, Any] = {"arrays": seen.arrays, "facts": seen.facts}
        except BaseException as error:  # whatever student code raises, SystemExit included, is a value to us
            answer = {"error": describe_error(error, cell_of)}
    return {"ready_made": used} if used else answer | {"printed": printed.text()}


def _send(result_fd: int, message: dict[str, Any]) -> None:
    view = memoryview(wire.encode(message))
    while view:
        view = view[os.write(result_fd, view) :]
