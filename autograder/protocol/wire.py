"""Messages between the trusted side and a worker: JSON with arrays in it, as bytes. Nothing is ever unpickled.

A frame is two lengths, a JSON document and a safetensors block. In the document `{"$array": "3"}` stands for the array
of that name in the block, and `{"$argument": "Strided", "fields": {…}}` for one of the classes in `arguments.py`.
"""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from autograder.protocol.arguments import KINDS, Array

LENGTHS = struct.Struct(">II")
LARGEST_HEADER = 1 << 20


class Malformed(Exception):
    """Bytes that are no message."""


def encode(message: Any) -> bytes:
    """Write a message of dicts, lists, strings, numbers, None and arrays; the same array is written once."""
    arrays: dict[str, Array] = {}
    names: dict[int, str] = {}

    def outline(value: Any) -> Any:
        if type(value) in KINDS.values():
            return {"$argument": type(value).__name__, "fields": outline(vars(value))}
        if isinstance(value, np.ndarray):
            if id(value) not in names:
                names[id(value)] = name = str(len(arrays))
                arrays[name] = np.ascontiguousarray(value).reshape(value.shape)
            return {"$array": names[id(value)]}
        if isinstance(value, dict):
            return {key: outline(entry) for key, entry in value.items()}
        return [outline(entry) for entry in value] if isinstance(value, (list, tuple)) else value

    document = json.dumps(outline(message)).encode()
    block = save(arrays)
    return LENGTHS.pack(len(document), len(block)) + document + block


def decode(document: bytes, block: bytes, with_arguments: bool = False) -> Any:
    """Read a message. Raises Malformed for everything that `encode` would not have written.

    Only a worker asks for the classes of `arguments.py`: what comes back from one holds nothing but plain data.
    """
    try:
        if int.from_bytes(block[:8], "little") > LARGEST_HEADER:
            raise ValueError("too many arrays")
        arrays = load(block)

        def filled(entry: dict[str, Any]) -> Any:
            if "$array" in entry:
                return arrays[entry["$array"]]
            if "$argument" not in entry:
                return entry
            if not with_arguments:
                raise ValueError("plain data is asked for")
            return KINDS[entry["$argument"]](**entry["fields"])

        return json.loads(document, object_hook=filled)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, SafetensorError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def read_frame(
    read: Callable[[int], bytes], largest: int, largest_document: int | None = None
) -> tuple[bytes, bytes] | None:
    """Read one frame's two parts; None at the end of the stream. Raises Malformed for a cut or an oversized frame.

    A short document can stand for much: where the writer is not trusted, `largest_document` bounds it on its own.
    """
    head = _read_exactly(read, LENGTHS.size)
    if not head:
        return None
    if len(head) < LENGTHS.size:
        raise Malformed("the stream ends inside a frame")
    sizes = LENGTHS.unpack(head)
    if largest_document is not None and sizes[0] > largest_document:
        raise Malformed(f"a document of {sizes[0]} bytes, more than the {largest_document} that are allowed")
    if sum(sizes) > largest:
        raise Malformed(f"a frame of {sum(sizes)} bytes, more than the {largest} that are allowed")
    parts = tuple(_read_exactly(read, size) for size in sizes)
    if any(len(part) < size for part, size in zip(parts, sizes, strict=True)):
        raise Malformed("the stream ends inside a frame")
    return parts[0], parts[1]


def _read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    chunks = []
    while size > 0:
        chunk = read(min(size, 1 << 20))
        if not chunk:
            break
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
