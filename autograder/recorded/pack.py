"""How records are kept: a JSON document and the arrays in it, compressed; one file a unit. Nothing is ever unpickled.

In the document `{"$array": [start, shape, dtype]}` stands for the bytes of an array, and `{"$argument": "Strided",
"fields": {…}}` for one of the classes in `protocol/arguments.py`.
"""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from autograder.protocol.arguments import KINDS, Array

try:
    import lzma
except ImportError as error:  # a Python that was built on a machine without the library
    raise ImportError(
        "this Python was built without lzma: install liblzma-dev and build it anew, or use another one"
    ) from error

LENGTH = struct.Struct(">I")
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}]
KEPT_BITS = 33  # of the 52 behind the point of a float64: 6e-11 of a number, and the rest compresses well


class Packer:
    """Writes documents. Equal arrays are kept once."""

    def __init__(self) -> None:
        self.parts: dict[str, list[bytes]] = {}
        self.sizes: dict[str, int] = {}
        self.known: dict[tuple[str, bytes], int] = {}

    def outline(self, value: Any) -> Any:
        """The value as JSON has it, its arrays put aside."""
        if type(value) in KINDS.values():
            return {"$argument": type(value).__name__, "fields": self.outline(vars(value))}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return {"$array": [self._put_aside(value), list(value.shape), value.dtype.name]}
        if isinstance(value, dict):
            return {key: self.outline(entry) for key, entry in value.items()}
        return [self.outline(entry) for entry in value] if isinstance(value, (list, tuple)) else value

    def _put_aside(self, array: Array) -> int:
        """Where the array begins among those of its dtype."""
        name, data = array.dtype.name, np.ascontiguousarray(array).tobytes()
        if (name, data) not in self.known:
            self.known[name, data] = start = self.sizes.get(name, 0)
            self.parts.setdefault(name, []).append(data)
            self.sizes[name] = start + array.size
        return self.known[name, data]

    def pack(self, document: Any) -> bytes:
        """The document, outlined before, and its arrays."""
        columns = {name: b"".join(parts) for name, parts in sorted(self.parts.items())}
        parts = {name: _write(part) for name, part in (document if _has_parts(document) else {"": document}).items()}
        lengths = [{name: len(data) for name, data in of.items()} for of in (parts, columns)]
        head = _write([_has_parts(document), *lengths])
        shuffled = b"".join(_shuffle(data, np.dtype(name).itemsize) for name, data in columns.items())
        return lzma.compress(LENGTH.pack(len(head)) + head + b"".join(parts.values()) + shuffled, filters=FILTERS)


class Parts(Mapping[str, Any]):
    """The entries of a document by name. Each is read, and finished, when it is first asked for."""

    def __init__(self, packed: bytes, finish: Callable[[Any], Any]) -> None:
        _, self._parts, self._columns = _open(packed)
        self._finish = finish
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._finish(_fill(json.loads(self._parts[name]), self._columns))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def unpack(packed: bytes) -> Any:
    """What was packed."""
    has_parts, parts, columns = _open(packed)
    document = {name: _fill(json.loads(part), columns) for name, part in parts.items()}
    return document if has_parts else document[""]


def _open(packed: bytes) -> tuple[bool, dict[str, bytes], dict[str, Array]]:
    """Whether the document has parts with names, these as they are written, and the arrays of each dtype."""
    plain = lzma.decompress(packed)
    start = LENGTH.size + LENGTH.unpack_from(plain)[0]
    has_parts, *lengths = json.loads(plain[LENGTH.size : start])
    parts, columns = {}, {}
    for name, length in lengths[0].items():
        parts[name], start = plain[start : start + length], start + length
    for name, length in lengths[1].items():
        data = _shuffle(plain[start : start + length], -np.dtype(name).itemsize)
        columns[name], start = np.frombuffer(data, name), start + length
    return has_parts, parts, columns


def _has_parts(document: Any) -> bool:
    return isinstance(document, dict) and not document.keys() & {"$array", "$argument"}


def _write(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def rounded(array: Array, bits: int = KEPT_BITS) -> Array:
    """The array with all but the first `bits` behind the point at 0, where it is of float64."""
    if array.dtype != np.float64:
        return array
    half = np.uint64(1 << (51 - bits))
    plain = np.ascontiguousarray(array).view(np.uint64)
    up = np.where(np.isfinite(array) & (np.abs(array) < 1e300), plain + half, plain)
    return (up & ~np.uint64((1 << (52 - bits)) - 1)).view(np.float64).reshape(array.shape)


def _shuffle(data: bytes, size: int) -> bytes:
    """The first bytes of all numbers, then the second ones, and so on; with a negative size, back."""
    table = np.frombuffer(data, np.uint8)
    return (table.reshape(-1, size) if size > 0 else table.reshape(-size, -1)).T.tobytes()


def _fill(value: Any, columns: dict[str, Array]) -> Any:
    if isinstance(value, list):
        return [_fill(entry, columns) if isinstance(entry, (list, dict)) else entry for entry in value]
    if not isinstance(value, dict):
        return value
    if "$array" in value:
        start, shape, name = value["$array"]
        return columns[name][start : start + prod(shape)].reshape(shape)
    if "$argument" in value:
        return KINDS[value["$argument"]](**_fill(value["fields"], columns))
    return {key: _fill(entry, columns) for key, entry in value.items()}
