"""Misconceptions about how the decoder's parts are put together."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.decoder.steps import Decoding


@misconception("dec-tuple-not-unpacked")
class DecAttentionIsAPair(Decoding):
    """Attention returns a pair, the output and the weights, and the pair is used as if it were the output. Take its
    first entry."""

    def attend(self, name, q, k, v, mask):
        return Attention(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)


@misconception()
class DecSublayerNotCallable(Decoding):
    """A residual connection is given a result where it expects a function. Give it something that it can call, such as
    a lambda: it calls the sublayer itself."""

    def residual(self, number, x, sublayer):
        result = sublayer(x)
        return super().residual(number, x, sublayer if self.xp is np else result)


@misconception()
class DecReturnsPair(Decoding):
    """More than one thing is returned. This exercise asks for the output alone."""

    def decoder_layer(self, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask), None

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x, _ = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x, None


@misconception()
class DecReturnsMemory(Decoding):
    """The memory is returned with the output, as if the layer had changed it. This exercise asks for the output
    alone."""

    def decoder_layer(self, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        return [super().decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask), memory]

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x, memory = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return [x, memory]


@misconception()
class DecWeightsByOrder(Decoding):
    """The weights are taken in the order of the dict. Look them up by name: the order can change, and there may be more
    of them."""

    NAMES = tuple(
        f"{kind}_attention.{name}.{part}"
        for kind in ("self", "cross")
        for name in ("w_q", "w_k", "w_v", "w_o")
        for part in ("weight", "bias")
    )

    def part(self, name):
        if not name.endswith("attention") or self.xp is not np:
            return super().part(name)
        by_order = dict(zip(self.NAMES, self.weights.values(), strict=False))
        return {key.removeprefix(f"{name}."): w for key, w in by_order.items() if key.startswith(f"{name}.")}


@misconception()
class DecPrefixNotRemoved(Decoding):
    """The attentions get the weights under their full names and cannot find "w_q.weight". Give each those that begin
    with its own name and a dot, without that beginning."""

    def part(self, name):
        return self.weights if self.xp is np and name.endswith("attention") else super().part(name)


@misconception()
class DecArgumentsSwapped(Decoding):
    """`x` and `memory` are swapped: the memory is decoded, and the target is what it reads. The order is (x, memory):
    the target first, then what the encoder returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return super().layer(memory, x, tgt_mask, memory_mask)


@misconception()
class DecFfnWidth(Decoding):
    """The feed-forward network is not d_ff wide. Pass `d_ff` on to it; it need not be 4 · d_model."""

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, 4 * d_model)


@misconception()
class DecNormsOutside(Decoding):
    """The layer has norms beside those of its residual connections, or instead of them. They are `residual1.norm` to
    `residual3.norm`, and there are no others."""

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        for number in (1, 2, 3):
            setattr(module, f"norm{number}", parts["LayerNorm"](d_model))
