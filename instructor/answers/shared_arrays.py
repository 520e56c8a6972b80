"""Answers that share what is equal in them: four in ten of the arrays that mistakes show are shown elsewhere, too."""

import sys
from hashlib import blake2b
from weakref import WeakValueDictionary

from autograder.protocol.arguments import Array
from autograder.protocol.probe import Observation


class SharedArrays:
    """Arrays of which equal ones are a single one, kept for as long as somebody else holds them."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[bytes, Array] = WeakValueDictionary()

    def share(self, shown: Observation) -> Observation:
        """The same arrays and facts; the arrays are read-only, and two that are equal to the bit are one."""
        arrays = {sys.intern(name): self._one(array) for name, array in shown.arrays.items()}
        return Observation(arrays, {sys.intern(name): sys.intern(fact) for name, fact in shown.facts.items()})

    def _one(self, array: Array) -> Array:
        key = blake2b(repr((array.dtype.str, array.shape)).encode() + array.tobytes(), digest_size=16).digest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = array.copy()  # a received array is a view of a view of bytes
            known.flags.writeable = False
        return known
