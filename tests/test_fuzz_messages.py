"""Malformed result messages, thousands of them where TEETH is "all".

Each becomes a value, none a fault of the grader, and none a point.
"""

import io
import json
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder import syllabus
from autograder.evidence import Failure
from autograder.execution.clocks import Deadline
from autograder.execution.executor import Executor
from autograder.execution.responses import parse_response
from autograder.execution.work import Job, Transcript, Work
from autograder.protocol import wire
from autograder.protocol.probe import Observation
from autograder.verdict import Outcome
from tests.examples import sample_examples
from tests.judged import ANSWERS, judge_shown

EXERCISE = syllabus.exercise("causal_mask")
TRIALS = EXERCISE.trials("a seed of the fuzzer")
CELLS = {1: "x = 1", 2: "def causal_mask(num_tokens): ..."}
READY = wire.encode({"stage": ["ready", 0], "missing": {}, "pid": 0})
FOUR_MIB = 4 << 20
DONE = [wire.encode({"stage": ["cell", number], "error": None}) for number in CELLS]

many = sample_examples(700)
fewer = sample_examples(250)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
arrays = st_numpy.arrays(
    dtype=st.sampled_from(["bool", "float32", "float64", "int64", "uint8", "uint64", "float16"]),
    shape=st_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)
values = st.recursive(
    scalars | arrays,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["stage", "error", "arrays", "facts", "missing", "ready_made", "$array", "$argument", "fields"])
stages = st.sampled_from([["job", "0"], ["job", "1"], ["cell", 1], ["cell", 2], ["ready", 0]]) | values
facts = st.dictionaries(st.text(max_size=10), st.text(max_size=30) | values, max_size=4)
seen = st.dictionaries(st.sampled_from(["mask", "y", "output", "mask after later calls"]), arrays | values, max_size=4)
messages = st.fixed_dictionaries(
    {}, optional={"stage": stages, "arrays": seen | values, "facts": facts | values}
).flatmap(lambda message: st.dictionaries(keys, values, max_size=3).map(lambda more: {**more, **message}))


class Scripted:
    """A process that says what it is told to say."""

    def __init__(self, stream: bytes) -> None:
        self.read = io.BytesIO(stream).read

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, request: bytes, deadline: Deadline) -> None:
        pass

    def reader(self, deadline: Deadline) -> Callable[[int], bytes]:
        return self.read

    def end(self) -> int:
        return 9


def run(stream: bytes) -> Transcript:
    """What the trusted side makes of a worker that gets ready and then sends this, each time it is started."""
    executor = Executor(libraries=())
    vars(executor).update(process=lambda: Scripted(READY + stream), _deadline=lambda: float("inf"))
    jobs = [Job(str(number), "causal_mask", syllabus.probe_of(trial)) for number, trial in enumerate(TRIALS)]
    return executor.carry_out(Work(CELLS, jobs))


def score(transcript: Transcript) -> float:
    """The points for what was seen; every text that a student could be shown is made."""
    shown = {trial: transcript.jobs[str(number)] for number, trial in enumerate(TRIALS)}
    grade = judge_shown(EXERCISE, shown, CELLS, transcript.cells)
    assert all(isinstance(v.outcome, Outcome) and len(v.where) < 3000 for v in grade.verdicts)
    assert all(c.isprintable() or c == "\n" for v in grade.verdicts for c in v.where)
    return grade.score


def check(transcript: Transcript) -> None:
    assert set(transcript.jobs) == {str(number) for number in range(len(TRIALS))}
    assert all(isinstance(saw, (Observation, Failure)) for saw in transcript.jobs.values())
    assert all(isinstance(failure, Failure) and number in CELLS for number, failure in transcript.cells.items())
    assert score(transcript) == 0


@cache
def right_stream() -> bytes:
    """What a right submission sends."""
    events = []
    for number, trial in enumerate(TRIALS):
        reference = ANSWERS.reference(trial)
        events.append({"stage": ["job", str(number)], "arrays": reference.arrays, "facts": reference.facts})
    return b"".join([*DONE, *map(wire.encode, events)])


def test_the_fuzzers_right_answer_gets_every_point():
    assert score(run(right_stream())) == EXERCISE.points


@many
@given(st.binary(max_size=200))
def test_bytes_that_are_no_message(noise):
    check(run(noise))
    check(run(b"".join(DONE) + noise))


@many
@given(st.lists(messages, max_size=4))
def test_messages_that_are_none_of_ours(made):
    stream = b"".join(map(encoded, made))
    check(run(b"".join(DONE) + stream))


def encoded(message: object) -> bytes:
    """A frame of anything, also of what `encode` would not write; nothing where it cannot be written."""
    try:
        return wire.encode(message)
    except (TypeError, ValueError, OverflowError):
        return b""


@many
@given(st.data())
def test_a_right_answer_with_a_byte_changed_gains_nothing(data):
    stream = bytearray(right_stream())
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    transcript = run(bytes(stream[: data.draw(st.integers(0, len(stream)))]))
    assert all(isinstance(saw, (Observation, Failure)) for saw in transcript.jobs.values())
    assert 0 <= score(transcript) <= EXERCISE.points


@many
@given(messages)
@example({"arrays": {"y": np.zeros((1 << 40, 0))}, "facts": {}})
@example({"arrays": {}, "facts": {str(n): "x" for n in range(5000)}})
@example({"arrays": {}, "facts": {"\x1b[2J": "\u202e\x00"}})
@example({"error": {"type": "E" * 9999, "message": "\x1b[31m", "cell": "9" * 5000, "line": 1 << 70}})
@example({"ready_made": {"name": [], "cell": {}, "line": None}})
def test_every_event_becomes_an_observation_or_a_failure(event):
    assert isinstance(parse_response(event), (Observation, Failure))


@fewer
@given(st.integers(0, 1 << 62), st.integers(0, 300), st.sampled_from(["F64", "F32", "BOOL", "BF16", "I64", "F8_E5M2"]))
def test_a_header_that_promises_more_than_there_is(size, length, kind):
    header = json.dumps({"0": {"dtype": kind, "shape": [size], "data_offsets": [0, size]}}).encode()
    block = struct.pack("<Q", len(header)) + header + bytes(length)
    document = b'{"stage": ["job", "0"], "arrays": {"y": {"$array": "0"}}, "facts": {}}'
    check(run(b"".join(DONE) + wire.LENGTHS.pack(len(document), len(block)) + document + block))


BOMBS = {
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "a number without end": b'{"stage": ["job", ' + b"9" * 100_000 + b"]}",
    "not a number": b'{"stage": ["job", NaN], "facts": Infinity}',
    "half a character": b'{"stage": ["job", "0"], "facts": {"a": "\\ud800"}, "arrays": {}}',
    "no text": bytes(range(256)),
    "many small parts": b"[" + b"[]," * (FOUR_MIB // 3) + b"[]]",
}


@pytest.mark.parametrize("document", BOMBS.values(), ids=list(BOMBS))
def test_a_document_made_to_hurt_is_only_malformed(document):
    check(run(b"".join(DONE) + wire.LENGTHS.pack(len(document), 0) + document))


@pytest.mark.parametrize("sizes", [(0xFFFFFFFF, 0), (0, 0xFFFFFFFF), (3 << 20, 0), (0, 0)])
def test_lengths_that_are_too_large_are_refused_before_anything_is_read(sizes):
    check(run(b"".join(DONE) + struct.pack(">II", *sizes)))
