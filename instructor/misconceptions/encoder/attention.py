"""Misconceptions about how an encoder layer uses attention."""

from typing import Any

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers, part


@misconception()
class EncAttentionTwice(Layers):
    """Self-attention runs in both sublayers, and the feed-forward network never. The second sublayer is the
    feed-forward network."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        h = self.first(x, weights, num_heads, mask)
        return self.residual(h, lambda h: self.attend(h, weights, num_heads, mask), weights, self.norm_of(2))


@misconception()
class EncAttentionSkipped(Layers):
    """The first sublayer is missing, with its norm: the layer is a feed-forward network alone, and no token sees
    another one. Begin with self-attention."""

    def first(self, x, weights, num_heads, mask):
        return x


@misconception()
class EncAttentionWeightsAdded(Layers):
    """The attention weights are added to x. Attention returns (output, attention weights): take the output, its first
    element."""

    def attend(self, x, weights, num_heads, mask):
        return self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[1]


@misconception()
class EncFirstSampleForAll(Layers):
    """Every sample gets the attention output of the first one: there is one `[0]` too many. Attention returns a pair,
    so `[0]` once takes the output, and a second one takes the first sample of the batch."""

    def attend(self, x, weights, num_heads, mask):
        return super().attend(x, weights, num_heads, mask)[0]


@misconception()
class EncAttentionOneArgument(Layers):
    """Attention is called with x alone. It takes queries, keys and values: in self-attention give it x three times."""

    def attend(self, x, weights, num_heads, mask):
        if self.xp is np:
            from transformer_ref.in_numpy.attention import multi_head_attention

            too_few: tuple[Any, ...] = (x, part(weights, "self_attention"), num_heads, mask)
            return multi_head_attention(*too_few)
        from transformer_ref.in_torch.attention import MultiHeadAttention

        return MultiHeadAttention(x.shape[-1], num_heads)(x)


@misconception()
class EncSublayerNotCallable(Layers):
    """The residual connection is given a result where it expects a function. Give it something that it can call, such
    as a lambda: it calls the sublayer itself."""

    def residual(self, x, sublayer, weights, norm):
        result = sublayer(x)
        return super().residual(x, sublayer if self.xp is np else result, weights, norm)


@misconception()
class EncEightHeads(Layers):
    """Attention always runs with 8 heads, the paper's number. Pass `num_heads` on."""

    def attention(self, q, k, v, weights, num_heads, mask):
        return super().attention(q, k, v, weights, 8, mask)


@misconception()
class EncOneMapForAll(Layers):
    """Queries, keys and values all come from the map `w_q`. Each of the three has its own: `w_q`, `w_k`, `w_v`."""

    def attention(self, q, k, v, weights, num_heads, mask):
        from_q = {f"{name}.{kind}": weights[f"w_q.{kind}"] for name in ("w_k", "w_v") for kind in ("weight", "bias")}
        return super().attention(q, k, v, weights | from_q, num_heads, mask)


@misconception()
class EncNoOutputMap(Layers):
    """The heads' results are added to x without the map `w_o`. It mixes the heads: apply it to their concatenation."""

    def attention(self, q, k, v, weights, num_heads, mask):
        same = {"w_o.weight": self.xp.eye(q.shape[-1], dtype=q.dtype), "w_o.bias": 0 * weights["w_o.bias"]}
        return super().attention(q, k, v, weights | same, num_heads, mask)
