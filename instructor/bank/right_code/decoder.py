"""Right decoder layers, done otherwise."""

from typing import Any

import numpy as np

from instructor.bank.right_code import attention
from instructor.misconceptions.decoder.steps import Decoding


class OneHeadAfterTheOther(Decoding):
    """The heads are computed one after the other, and the norm takes its variance from `np.var`."""

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        heads = attention.HeadsInALoop(np)
        return heads.multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]

    def variance(self, centred: Any) -> Any:
        return np.var(centred, axis=-1, keepdims=True)


class ZerosWhereNothingIsSeen(Decoding):
    """A query that may attend to nothing gets zeros from its attention."""

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        zeros = attention.NothingWhereNothingIsSeen(np)
        return zeros.multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]


class WithEinsum(Decoding):
    """The attention is done with einsum, and ReLU is a maximum."""

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        einsum = attention.EinsumWithScaledQueries(np)
        return einsum.multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]

    def feed_forward(self, x: Any) -> Any:
        weights = self.part("feed_forward")
        before = np.einsum("...i,oi->...o", x, weights["linear1.weight"]) + weights["linear1.bias"]
        hidden = np.maximum(before, 0.0)
        return np.einsum("...i,oi->...o", hidden, weights["linear2.weight"]) + weights["linear2.bias"]


class MillionsBelow(Decoding):
    """Hidden keys get a score of minus a million, and the deviation is a power."""

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        below = attention.MillionsBelow(np)
        return below.multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]

    def standardised(self, x: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * (self.variance(centred) + self.eps) ** -0.5


class InFloat64(Decoding):
    """Whatever comes in, everything is computed in float64."""

    def layer(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return super().layer(np.asarray(x, np.float64), np.asarray(memory, np.float64), tgt_mask, memory_mask)


RIGHT = (Decoding, OneHeadAfterTheOther, ZerosWhereNothingIsSeen, WithEinsum, MillionsBelow, InFloat64)
