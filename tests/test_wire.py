"""Messages between the two sides: arrays survive, and no bytes do anything but decode or be refused."""

import io
import json
import pickle
import random
import struct

import numpy as np
import pytest

from autograder.protocol import wire
from autograder.protocol.arguments import Strided, Sublayer
from autograder.protocol.probe import DTYPES, Observation

MESSAGE = {"stage": ["job", "softmax 1"], "arrays": {"y": np.arange(6.0).reshape(2, 3)}, "facts": {}}


def read(data: bytes, largest: int = 1 << 20, with_arguments: bool = False):
    frame = wire.read_frame(io.BytesIO(data).read, largest)
    return None if frame is None else wire.decode(*frame, with_arguments)


def frame(document: bytes, block: bytes) -> bytes:
    return wire.LENGTHS.pack(len(document), len(block)) + document + block


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
def test_an_array_comes_back_as_it_was(dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    back = read(wire.encode({"y": array}))["y"]
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert np.array_equal(back, array)


def test_nan_infinity_and_minus_zero_survive():
    back = read(wire.encode([np.array([np.nan, np.inf, -np.inf, -0.0])]))[0]
    assert back.tobytes() == np.array([np.nan, np.inf, -np.inf, -0.0]).tobytes()


def test_lists_dicts_strings_and_numbers_survive():
    message = {"a": [1, 2.5, None, True, "√ text"], "b": {"c": []}, "": "empty"}
    assert read(wire.encode(message)) == message


def test_an_array_that_is_not_contiguous_is_laid_out_so_again():
    data = wire.encode([Strided(np.arange(6.0).reshape(2, 3))])
    back = read(data, with_arguments=True)[0]
    assert isinstance(back, Strided)
    assert not back.make("numpy", None).flags["C_CONTIGUOUS"]
    assert np.array_equal(back.make("numpy", None), np.arange(6.0).reshape(2, 3))


def test_a_sublayer_comes_back_and_notes_its_calls_where_it_is_asked_to():
    for counted, facts in ((True, {"calls of the sublayer": "2"}), (False, {})):
        data = wire.encode([Sublayer(2 * np.eye(3), np.ones(3), counted)])
        back = read(data, with_arguments=True)[0]
        seen = Observation()
        sublayer = back.make("numpy", seen)
        assert np.allclose(sublayer(np.zeros((2, 3))), 1)
        assert np.allclose(sublayer(np.full((2, 3), 9.0)), 3)
        assert seen.facts == facts


def test_the_end_of_the_stream_between_frames_is_no_error():
    assert wire.read_frame(io.BytesIO(b"").read, 100) is None


def test_two_frames_follow_one_another():
    stream = io.BytesIO(wire.encode("first") + wire.encode("second"))
    frames = [wire.read_frame(stream.read, 1000) for _ in range(2)]
    assert [wire.decode(*frame) for frame in frames if frame] == ["first", "second"]


@pytest.mark.parametrize("size", range(1, len(wire.encode(MESSAGE)), 7))
def test_a_cut_frame_is_malformed(size):
    with pytest.raises(wire.Malformed, match="ends inside a frame"):
        read(wire.encode(MESSAGE)[:size])


def test_a_frame_that_is_too_large_is_refused_before_it_is_read():
    def no_more_than_the_head(size):
        assert size == wire.LENGTHS.size
        return wire.LENGTHS.pack(1 << 30, 1 << 30)

    with pytest.raises(wire.Malformed, match="more than the 64"):
        wire.read_frame(no_more_than_the_head, 64)


def header(**entries) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


BLOCK = wire.encode(MESSAGE)[8 + wire.LENGTHS.unpack(wire.encode(MESSAGE)[:8])[0] :]
BAD = {
    "no JSON": (b"{", BLOCK),
    "not UTF-8": (b'"\xff\xfe"', BLOCK),
    "an array that is not there": (b'{"$array": "77"}', BLOCK),
    "an array under a list": (b'{"$array": [1]}', BLOCK),
    "an endless nest": (b"[" * 100_000, BLOCK),
    "no block": (b"1", b""),
    "a pickle": (b"1", pickle.dumps({"a": 1})),
    "a header of a size that is not there": (b"1", struct.pack("<Q", 1 << 60) + b"{}"),
    "an array beyond the block": (b"1", header(a={"dtype": "F64", "shape": [9], "data_offsets": [0, 72]})),
    "a shape that does not fit": (b"1", header(a={"dtype": "F64", "shape": [9], "data_offsets": [0, 8]}) + bytes(8)),
    "a negative shape": (b"1", header(a={"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}) + bytes(8)),
    "a dtype that nobody knows": (b"1", header(a={"dtype": "O", "shape": [1], "data_offsets": [0, 8]}) + bytes(8)),
    "a dtype that NumPy lacks": (b"1", header(a={"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}) + bytes(8)),
    "an argument, where data is asked for": (b'{"$argument": "Strided", "fields": {"array": {"$array": "0"}}}', BLOCK),
}


@pytest.mark.parametrize(("document", "block"), BAD.values(), ids=list(BAD))
def test_bytes_that_encode_would_not_have_written_are_malformed(document, block):
    with pytest.raises(wire.Malformed):
        read(frame(document, block))


def test_random_damage_never_raises_anything_but_malformed():
    data, dice = wire.encode(MESSAGE), random.Random(0)
    refused = 0
    for _ in range(2000):
        broken = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        try:
            read(bytes(broken))
        except wire.Malformed:
            refused += 1
    assert refused > 1000
