"""Misconceptions about the decoder, for both wings.

`Decoding` does unit 6 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library, `weights` a flat
dict with the names of the state dict. A misconception overrides one step, and its docstring is the sentence that the
student reads.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention import Attention

EXERCISES = ("decoder_layer", "decoder", "decoder_layer_backward")


class Decoding:
    """Unit 6 in steps."""

    weights: dict[str, Any]
    num_heads: int

    def __init__(self, xp: ModuleType, rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.rate, self.training = xp, rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from autograder.misconceptions.decoder_modules import modules

        return modules(cls)

    # one layer

    def decoder_layer(
        self, x: Any, memory: Any, weights: Any, num_heads: int, tgt_mask: Any = None, memory_mask: Any = None
    ) -> Any:
        self.weights, self.num_heads = weights, num_heads
        return self.layer(x, memory, tgt_mask, memory_mask)

    def layer(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)

    def own(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return self.attend("self_attention", x, x, x, tgt_mask)

    def cross(self, h: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return self.attend("cross_attention", h, memory, memory, memory_mask)

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        return Attention(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]

    def feed_forward(self, x: Any) -> Any:
        weights = self.part("feed_forward")
        before = x @ self.xp.swapaxes(weights["linear1.weight"], 0, 1) + weights["linear1.bias"]
        return (before * (before > 0)) @ self.xp.swapaxes(weights["linear2.weight"], 0, 1) + weights["linear2.bias"]

    def residual(self, number: int, x: Any, sublayer: Callable) -> Any:
        return self.norm(number, x + self.dropout(sublayer(x)))

    def norm(self, number: int, x: Any) -> Any:
        weights = self.part(f"residual{number}.norm")
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return weights["gamma"] * centred / self.xp.sqrt(variance + 1e-5) + weights["beta"]

    def dropout(self, y: Any) -> Any:
        return self.xp.nn.functional.dropout(y, self.rate, self.training) if self.xp is not np else y

    def part(self, name: str) -> dict[str, Any]:
        return {key.removeprefix(f"{name}."): w for key, w in self.weights.items() if key.startswith(f"{name}.")}

    # the stack

    def decoder(
        self, x: Any, memory: Any, layers: Any, num_heads: int, tgt_mask: Any = None, memory_mask: Any = None
    ) -> Any:
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x

    # the modules of the PyTorch wing

    def parameters(self, module: Any, parts: dict[str, Any], d_model: int, num_heads: int, d_ff: int) -> None:
        module.self_attention = parts["MultiHeadAttention"](d_model, num_heads)
        module.cross_attention = parts["MultiHeadAttention"](d_model, num_heads)
        module.feed_forward = parts["FeedForward"](d_model, d_ff)
        for number in (1, 2, 3):
            setattr(module, f"residual{number}", parts["ResidualConnection"](d_model))

    def stack(
        self, module: Any, parts: dict[str, Any], layer: Callable[[], Any], num_layers: int, d_model: int
    ) -> None:
        module.layers = self.xp.nn.ModuleList(layer() for _ in range(num_layers))

    # the backward pass

    def decoder_layer_backward(
        self,
        grad_output: Any,
        x: Any,
        memory: Any,
        weights: Any,
        num_heads: int,
        tgt_mask: Any = None,
        memory_mask: Any = None,
    ) -> Any:
        self.weights, self.num_heads, self.gradients = weights, num_heads, {}
        attended = Decoding.attend(self, "self_attention", x, x, x, tgt_mask)
        h = Decoding.norm(self, 1, x + attended)
        crossed = Decoding.attend(self, "cross_attention", h, memory, memory, memory_mask)
        c = Decoding.norm(self, 2, h + crossed)
        grad_sum = self.norm_back(3, grad_output, c + Decoding.feed_forward(self, c), c)
        grad_c = self.join(3, grad_sum, self.feed_forward_back(grad_sum, h, c), grad_output)
        grad_sum = self.norm_back(2, grad_c, h + crossed, h)
        grad_h, grad_memory = self.cross_back(grad_sum, x, h, memory, memory_mask)
        grad_h = self.join(2, grad_sum, grad_h, grad_c)
        grad_sum = self.norm_back(1, grad_h, x + attended, x)
        grad_x = self.join(1, grad_sum, self.own_back(grad_sum, x, tgt_mask), grad_h)
        return self.handed_back(grad_x, grad_memory)

    def norm_back(self, number: int, grad_output: Any, summed: Any, x: Any) -> Any:
        from transformer_ref.in_numpy.layer_norm import layer_norm_backward

        gamma = self.weights[f"residual{number}.norm.gamma"]
        grad_sum, *gradients = layer_norm_backward(grad_output, summed, gamma)
        self.keep(f"residual{number}.norm", dict(zip(("gamma", "beta"), gradients, strict=True)))
        return grad_sum

    def join(self, number: int, grad_sum: Any, through_sublayer: Any, grad_output: Any) -> Any:
        return grad_sum + through_sublayer

    def feed_forward_back(self, grad_output: Any, h: Any, c: Any) -> Any:
        from transformer_ref.in_numpy.feed_forward import feed_forward_backward

        grad_c, gradients = feed_forward_backward(grad_output, c, self.part("feed_forward"))
        self.keep("feed_forward", gradients)
        return grad_c

    def cross_back(self, grad_output: Any, x: Any, h: Any, memory: Any, mask: Any) -> Any:
        grad_q, grad_k, grad_v = self.attend_back("cross_attention", grad_output, h, memory, memory, mask)
        return grad_q, self.of_memory(grad_k, grad_v)

    def own_back(self, grad_output: Any, x: Any, mask: Any) -> Any:
        return self.of_x(*self.attend_back("self_attention", grad_output, x, x, x, mask))

    def attend_back(self, name: str, grad_output: Any, q: Any, k: Any, v: Any, mask: Any) -> Any:
        from transformer_ref.in_numpy.attention import multi_head_attention_backward

        weights = self.part(name)
        *grads, gradients = multi_head_attention_backward(grad_output, q, k, v, weights, self.num_heads, mask)
        self.keep(name, gradients)
        return grads

    def of_x(self, grad_q: Any, grad_k: Any, grad_v: Any) -> Any:
        return grad_q + grad_k + grad_v

    def of_memory(self, grad_k: Any, grad_v: Any) -> Any:
        return grad_k + grad_v

    def keep(self, name: str, gradients: dict[str, Any]) -> None:
        self.gradients |= {f"{name}.{key}": gradient for key, gradient in gradients.items()}

    def handed_back(self, grad_x: Any, grad_memory: Any) -> Any:
        return grad_x, grad_memory, self.gradients


def triangle(xp: ModuleType, rows: int, columns: int) -> Any:
    """True on the diagonal and to its left."""
    return xp.tril(xp.ones((rows, columns), dtype=bool if xp is np else xp.bool))


# ---- masks


@misconception("dec-tgt-mask-ignored", "dec-mask-dropped-by-the-stack")
class DecNoCausal(Decoding):
    """The target's mask never reaches self-attention: the decoder reads the answer. Hand `tgt_mask` on, through the
    stack and through the layer."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, None, memory_mask)


@misconception("dec-memory-mask-ignored")
class DecCrossNoMemoryMask(Decoding):
    """The source's padding stays visible: `memory_mask` never reaches cross-attention. Hand it on, through the stack
    and through the layer."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory, tgt_mask, None)


@misconception()
class DecBothMasksIgnored(Decoding):
    """Neither mask is used. `tgt_mask` belongs into self-attention, `memory_mask` into cross-attention."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return super().layer(x, memory, None, None)


@misconception()
class DecTgtMaskInCross(Decoding):
    """Cross-attention is given the target's mask. Its keys are source tokens: they have a mask of their own,
    `memory_mask`."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory, tgt_mask, tgt_mask)


@misconception()
class DecMemoryMaskInSelf(Decoding):
    """Self-attention is given the mask of the memory. Its keys are target tokens: they have a mask of their own,
    `tgt_mask`."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, memory_mask, memory_mask)


@misconception()
class DecMasksSwapped(Decoding):
    """The two masks have changed places: `tgt_mask` is for self-attention, `memory_mask` for attention to the
    memory."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return super().layer(x, memory, memory_mask, tgt_mask)


@misconception()
class DecMasksInverted(Decoding):
    """The masks are turned round before use. Here True means may attend, and attention expects just that."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        tgt_mask, memory_mask = (None if mask is None else ~mask for mask in (tgt_mask, memory_mask))
        return super().layer(x, memory, tgt_mask, memory_mask)


@misconception("dec-mask-from-target-length")
class DecBuildsCausal(Decoding):
    """The layer builds a causal mask of its own, on top of the one that it is given, or where none is given. Use the
    masks as they come: no mask means that everything may be seen."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, causal if tgt_mask is None else tgt_mask & causal, memory_mask)


@misconception()
class DecNoneMeansCausal(Decoding):
    """Without a target mask the layer builds a causal one. None means that everything may be seen; who wants a causal
    mask hands one in."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, causal if tgt_mask is None else tgt_mask, memory_mask)


@misconception()
class DecCausalWithoutPadding(Decoding):
    """The layer builds a causal mask and forgets the mask that it is given, so the target's padding can be seen. Use
    `tgt_mask`: it holds both."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, triangle(self.xp, x.shape[1], x.shape[1]), memory_mask)


@misconception()
class DecMasksOr(Decoding):
    """A causal mask is joined to the given one with OR. A key is visible only where every mask allows it; and here the
    one that is given says it all."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, None if tgt_mask is None else tgt_mask | causal, memory_mask)


@misconception()
class DecCrossCausal(Decoding):
    """Cross-attention has a causal mask. All of the source is there from the beginning: every target position may look
    at every source position that is no padding."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, h.shape[1], memory.shape[1])
        return super().cross(h, memory, tgt_mask, causal if memory_mask is None else memory_mask & causal)


@misconception()
class DecPaddingOnQueries(Decoding):
    """The source's padding is hidden on the axis of the queries. It is the keys that must not be looked at: leave
    `memory_mask` as it is, with the keys on its last axis."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        turned = None if memory_mask is None or memory_mask.ndim < 2 else self.xp.swapaxes(memory_mask, -1, -2)
        return super().cross(h, memory, tgt_mask, turned)


@misconception()
class DecTgtMaskTransposed(Decoding):
    """The target's mask is transposed, so a position sees the future and not the past. Rows are queries, columns are
    keys: leave it as it is."""

    def own(self, x, memory, tgt_mask, memory_mask):
        turned = tgt_mask if tgt_mask is None or tgt_mask.ndim < 2 else self.xp.swapaxes(tgt_mask, -1, -2)
        return super().own(x, memory, turned, memory_mask)


@misconception()
class DecMaskOfFirstSample(Decoding):
    """One mask serves the whole batch: that of its first sentence. Every sentence has a padding of its own, so hand on
    the whole mask."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask[:1] if mask is not None and mask.ndim == 4 else mask)


# ---- the two attentions


@misconception("dec-cross-not-added")
class DecCrossDiscarded(Decoding):
    """Cross-attention is computed and thrown away, or left out: only its norm is there, and the source is invisible.
    Add what it returns."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(3, self.norm(2, h), self.feed_forward)


@misconception("dec-cross-result-overwritten")
class DecCrossSkipped(Decoding):
    """The feed-forward network continues from the state before cross-attention, as if that had never been there: the
    source is invisible. Continue with what the second sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(3, h, self.feed_forward)


@misconception()
class DecCrossIsSelf(Decoding):
    """The second attention attends to the target again, and the memory is never used. Its keys and values are the
    memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, h, memory_mask)


@misconception()
class DecTwoSelfAttentions(Decoding):
    """The layer is made of two self-attentions, both under the target's mask; the memory is never used. The second one
    takes keys and values from the memory, under `memory_mask`."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, h, tgt_mask)


@misconception()
class DecSelfIsCross(Decoding):
    """The first attention reads the memory. It is self-attention: queries, keys and values are all the target's."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return self.attend("self_attention", x, memory, memory, tgt_mask)


@misconception("dec-cross-roles-swapped")
class DecCrossQFromMemory(Decoding):
    """In cross-attention the roles are swapped: the memory asks and the target answers. The target asks, so that the
    output has a row for every target token; keys and values are the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", memory, h, h, memory_mask)


@misconception()
class DecCrossVFromDecoder(Decoding):
    """In cross-attention the values come from the target. Keys and values both come from the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, memory, h, memory_mask)


@misconception()
class DecCrossKFromDecoder(Decoding):
    """In cross-attention the keys come from the target. Keys and values both come from the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, memory, memory_mask)


@misconception()
class DecCrossQueryIsInput(Decoding):
    """Cross-attention asks with the layer's input. It asks with what the first sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(x, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecCrossSharesWeights(Decoding):
    """Both attentions use the weights of `self_attention`. They are two layers with two sets of weights."""

    def attend(self, name, q, k, v, mask):
        return super().attend("self_attention", q, k, v, mask)

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        module.cross_attention = module.self_attention


@misconception()
class DecAttentionsSwapped(Decoding):
    """The two attentions have changed weights: `self_attention` comes first and reads the target, `cross_attention`
    comes second and reads the memory."""

    def attend(self, name, q, k, v, mask):
        other = "self_attention" if name == "cross_attention" else "cross_attention"
        return super().attend(other, q, k, v, mask)


@misconception()
class DecMemoryNormed(Decoding):
    """The memory is normed before it is attended to. It comes out of the encoder normed: use it as it is."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, self.norm(2, memory), tgt_mask, memory_mask)


@misconception()
class DecMemoryLastToken(Decoding):
    """Only the last token of the memory is used, as if it summed up the source. Attend to all of them."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory[:, -1:], tgt_mask, None if memory_mask is None else memory_mask[..., -1:])


@misconception()
class DecMemoryCut(Decoding):
    """The memory is cut to the target's length. Source and target have lengths of their own, and attention can do with
    both."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        tokens = h.shape[1]
        return super().cross(
            h, memory[:, :tokens], tgt_mask, None if memory_mask is None else memory_mask[..., :tokens]
        )


@misconception()
class DecMemoryDetached(Decoding):
    """The memory is detached, so that no gradient reaches the encoder. Leave it in the graph."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory if self.xp is np else memory.detach(), tgt_mask, memory_mask)


@misconception("dec-num-heads-not-handed-on")
class DecOneHead(Decoding):
    """The attentions have a single head. Hand `num_heads` on to both of them."""

    def attend(self, name, q, k, v, mask):
        self.num_heads = 1
        return super().attend(name, q, k, v, mask)


# ---- the order of the sublayers


@misconception()
class DecCrossFirst(Decoding):
    """Cross-attention comes before self-attention. The order is: self-attention, cross-attention, feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.cross(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecCrossFirstWithItsNorm(Decoding):
    """Cross-attention, with its own norm, comes before self-attention. The order is: self-attention, cross-attention,
    feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(2, x, lambda x: self.cross(x, memory, tgt_mask, memory_mask))
        c = self.residual(1, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecFfnBetween(Decoding):
    """The feed-forward network stands between the two attentions. It comes last."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, self.feed_forward)
        return self.residual(3, c, lambda c: self.cross(c, memory, tgt_mask, memory_mask))


@misconception()
class DecFfnFirst(Decoding):
    """The feed-forward network comes first. The order is: self-attention, cross-attention, feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, self.feed_forward)
        c = self.residual(2, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda c: self.cross(c, memory, tgt_mask, memory_mask))


@misconception()
class DecParallelAttentions(Decoding):
    """Both attentions run side by side on the layer's input, and their results are added. Cross-attention comes after
    self-attention and its norm, and asks with what they returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, h + self.dropout(self.cross(x, memory, tgt_mask, memory_mask)) + x)
        return self.residual(3, c, self.feed_forward)


@misconception("dec-third-sublayer-missing")
class DecNoFeedForward(Decoding):
    """The feed-forward network is missing, with its residual and its norm. A decoder layer has three sublayers."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))


@misconception()
class DecFfnOfOldState(Decoding):
    """The feed-forward network reads the state before cross-attention. It reads what the second sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda c: self.feed_forward(h))


# ---- residuals and norms


@misconception()
class DecNormShared(Decoding):
    """The norm of cross-attention also serves the feed-forward network. Three sublayers, three norms."""

    def norm(self, number, x):
        return super().norm(min(number, 2), x)


@misconception()
class DecNormSharedByAttentions(Decoding):
    """The norm of self-attention also serves cross-attention. Three sublayers, three norms."""

    def norm(self, number, x):
        return super().norm(1 if number == 2 else number, x)


@misconception()
class DecOneNorm(Decoding):
    """One norm serves all three sublayers. Each has a norm of its own: they start alike, and then learn different
    things."""

    def norm(self, number, x):
        return super().norm(1, x)

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        module.residual2 = module.residual3 = module.residual1


@misconception()
class DecNormsSwapped(Decoding):
    """The norms of the second and the third sublayer have changed places: `residual2` belongs to cross-attention,
    `residual3` to the feed-forward network."""

    def norm(self, number, x):
        return super().norm({1: 1, 2: 3, 3: 2}[number], x)


@misconception()
class DecNorm3Missing(Decoding):
    """The last norm is missing: a post-norm layer ends with a norm."""

    def norm(self, number, x):
        return x if number == 3 else super().norm(number, x)


@misconception()
class DecNorm2Missing(Decoding):
    """The norm after cross-attention is missing. Each of the three sums is normed."""

    def norm(self, number, x):
        return x if number == 2 else super().norm(number, x)


@misconception()
class DecPreNorm(Decoding):
    """The norm stands before the sublayer, x + Sublayer(LN(x)). The paper norms the sum."""

    def residual(self, number, x, sublayer):
        return x + self.dropout(sublayer(self.norm(number, x)))


@misconception()
class DecNormThenAdd(Decoding):
    """The sublayer's result is normed and then added, x + LN(Sublayer(x)). The paper norms the sum."""

    def residual(self, number, x, sublayer):
        return x + self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecNoResiduals(Decoding):
    """The inputs of the sublayers are not added to their outputs. Norm the sum of both."""

    def residual(self, number, x, sublayer):
        return self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecCrossWithoutResidual(Decoding):
    """Around cross-attention the residual is missing: what self-attention found is lost. Add it before the norm."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, sublayer) if number != 2 else self.norm(2, self.dropout(sublayer(x)))


@misconception()
class DecCrossResidualIsInput(Decoding):
    """The layer's input is added to cross-attention. Every residual adds the input of its own sublayer, here what the
    first one returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, x + self.dropout(self.cross(h, memory, tgt_mask, memory_mask)))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecFfnResidualIsOldState(Decoding):
    """The state before cross-attention is added to the feed-forward network's output. Every residual adds the input of
    its own sublayer."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, h, lambda h: self.feed_forward(c))


@misconception()
class DecResidualTwice(Decoding):
    """The input is added twice: in the sublayer, and again by its residual connection. One of the two is enough."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, lambda x: x + sublayer(x))


@misconception()
class DecAddsInPlace(Decoding):
    """The caller's array is changed (`x += …`). Make a new one: it is still needed, and PyTorch needs it for the
    gradient."""

    def residual(self, number, x, sublayer):
        if number == 1 and self.xp is np:
            x += sublayer(x)
        elif number == 1:
            x.data += self.dropout(sublayer(x)).data
        return self.norm(1, x) if number == 1 else super().residual(number, x, sublayer)


# ---- how the parts are put together


@misconception("dec-tuple-not-unpacked")
class DecAttentionIsAPair(Decoding):
    """Attention returns a pair, the output and the weights, and the pair is used as if it were the output. Take its
    first entry."""

    def attend(self, name, q, k, v, mask):
        return Attention(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)


@misconception()
class DecSublayerNotCallable(Decoding):
    """A residual connection is given a result where it wants a function. Give it something that it can call, such as a
    lambda: it calls the sublayer itself."""

    def residual(self, number, x, sublayer):
        result = sublayer(x)
        return super().residual(number, x, sublayer if self.xp is np else result)


@misconception()
class DecReturnsPair(Decoding):
    """More than one thing is returned. The contract asks for the output alone."""

    def decoder_layer(self, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask), None

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x, _ = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x, None


@misconception()
class DecReturnsMemory(Decoding):
    """The memory is returned with the output, as if the layer had changed it. The contract asks for the output
    alone."""

    def decoder_layer(self, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        return [super().decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask), memory]

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x, memory = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return [x, memory]


@misconception()
class DecWeightsByOrder(Decoding):
    """The weights are taken in the order in which they stand in the dict. Look them up by name: the order can change,
    and there may be more of them."""

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
class DecFfnWidth(Decoding):
    """The feed-forward network is not d_ff wide. Hand `d_ff` on to it; it need not be 4 · d_model."""

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


# ---- dropout


@misconception()
class DecDropoutNotHandedOn(Decoding):
    """The argument `dropout` does not arrive: the residual connections drop their usual tenth. Hand it on to all
    three."""

    def dropout(self, y):
        self.rate = 0.1
        return super().dropout(y)


@misconception()
class DecNoDropout(Decoding):
    """Nothing is dropped in training. What a sublayer returns goes through dropout before it is added."""

    def dropout(self, y):
        return y


@misconception()
class DecDropoutTwice(Decoding):
    """What a sublayer returns is dropped twice, once by the residual connection and once beside it. Leave it to the
    residual connection."""

    def dropout(self, y):
        return super().dropout(super().dropout(y))


@misconception()
class DecDropoutInEval(Decoding):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, y):
        self.training = True
        return super().dropout(y)


# ---- the stack


@misconception("dec-same-layer-n-times")
class DecSameLayer(Decoding):
    """One layer is used again and again: `[layer] * N` holds N references to one layer. Every layer has weights of its
    own."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, [layers[0]] * len(layers), num_heads, tgt_mask, memory_mask)

    def stack(self, module, parts, layer, num_layers, d_model):
        module.layers = self.xp.nn.ModuleList([layer()] * num_layers)


@misconception()
class DecPythonList(Decoding):
    """The layers stand in a plain Python list, and PyTorch cannot see them: no parameters, nothing to train. Use
    nn.ModuleList."""

    def stack(self, module, parts, layer, num_layers, d_model):
        module.layers = [layer() for _ in range(num_layers)]


@misconception()
class DecInputNotChained(Decoding):
    """Every layer gets the first input. Feed a layer with what the layer below returned."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            y = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return y


@misconception("dec-last-layer-only-first")
class DecReturnInTheLoop(Decoding):
    """The stack returns after its first layer. Run all layers, then return: the `return` stands behind the loop."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, layers[:1], num_heads, tgt_mask, memory_mask)


@misconception()
class DecLastLayerMissing(Decoding):
    """One layer is missing: there are num_layers of them, the last one included."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, layers[:-1], num_heads, tgt_mask, memory_mask)

    def stack(self, module, parts, layer, num_layers, d_model):
        module.layers = self.xp.nn.ModuleList(layer() for _ in range(num_layers - 1))


@misconception()
class DecLayersReversed(Decoding):
    """The layers run from the last to the first. Begin with layers[0]."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, layers[::-1], num_heads, tgt_mask, memory_mask)


@misconception()
class DecMemoryReplaced(Decoding):
    """From the second layer on, the target's state takes the memory's place. Every layer reads the same memory, the
    encoder's."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = memory = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x


@misconception()
class DecMasksFirstLayerOnly(Decoding):
    """Only the first layer gets the masks. What is hidden must be hidden in every layer: hand them to all."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            tgt_mask = memory_mask = None
        return x


@misconception()
class DecLayersConsumed(Decoding):
    """The list of layers is emptied on the way (`layers.pop(0)`). It is the caller's: go through it with a loop."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        while layers:
            x = self.decoder_layer(x, memory, layers.pop(0), num_heads, tgt_mask, memory_mask)
        return x


@misconception()
class DecExtraFinalNorm(Decoding):
    """There is one more norm after the stack. Every post-norm layer ends with a norm already."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return self.norm(3, super().decoder(x, memory, layers, num_heads, tgt_mask, memory_mask))

    def stack(self, module, parts, layer, num_layers, d_model):
        super().stack(module, parts, layer, num_layers, d_model)
        module.norm = parts["LayerNorm"](d_model)


@misconception()
class DecResidualAroundLayers(Decoding):
    """The stack adds each layer's input to its output. The residuals are inside the layers, one around each
    sublayer."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = x + self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x


# ---- the backward pass


@misconception("dec-bwd-memory-values-only")
class DecBwdMemoryOverwritten(Decoding):
    """The memory's gradient is that through the values alone: the one through the keys is overwritten (`=` instead of
    `+=`) or forgotten. The memory is used twice, so its two gradients add up."""

    def of_memory(self, grad_k, grad_v):
        return grad_v


@misconception()
class DecBwdMemoryKeysOnly(Decoding):
    """The memory's gradient is that through the keys alone. The memory is also the values: its two gradients add up."""

    def of_memory(self, grad_k, grad_v):
        return grad_k


@misconception()
class DecBwdMemoryZero(Decoding):
    """The memory gets a gradient of zeros: nothing would ever teach the encoder. Give it what comes back through the
    keys and the values of cross-attention."""

    def of_memory(self, grad_k, grad_v):
        return grad_k * 0


@misconception()
class DecBwdMemoryHalved(Decoding):
    """The memory's two gradients are averaged. Two uses, two gradients, one sum."""

    def of_memory(self, grad_k, grad_v):
        return (grad_k + grad_v) / 2


@misconception()
class DecBwdResidualForgotten(Decoding):
    """The gradient comes back through the sublayers only. Every residual hands the gradient of its sum to the input as
    well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer


@misconception()
class DecBwdCrossResidualForgotten(Decoding):
    """Around cross-attention the gradient comes back through the queries only. The residual hands the gradient of the
    sum on as well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer if number == 2 else grad_sum + through_sublayer


@misconception()
class DecBwdQueryForgotten(Decoding):
    """Around cross-attention the gradient comes back through the residual only. The state is also the query of
    cross-attention: add this gradient."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_sum if number == 2 else grad_sum + through_sublayer


@misconception()
class DecBwdPreNorm(Decoding):
    """The highway brings back the gradient from before the norm, as in a pre-norm layer. Here the norm stands after the
    sum: both branches get the gradient of the sum."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_output + through_sublayer


@misconception()
class DecBwdSelfOnePath(Decoding):
    """In self-attention only the gradient through the queries is kept. The same x is query, key and value: add all
    three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_q


@misconception()
class DecBwdSelfKeyForgotten(Decoding):
    """In self-attention the gradient through the keys is missing. The same x is query, key and value: add all three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_q + grad_v


@misconception()
class DecBwdNormSkipped(Decoding):
    """The gradient passes the norms as if they were not there. Walk back through each of them first."""

    def norm_back(self, number, grad_output, summed, x):
        super().norm_back(number, grad_output, summed, x)
        return grad_output


@misconception()
class DecBwdNormOfInput(Decoding):
    """The gradient of a norm is taken at the sublayer's input. What was normed is the sum of input and output:
    recompute this sum."""

    def norm_back(self, number, grad_output, summed, x):
        return super().norm_back(number, grad_output, x, x)


@misconception()
class DecBwdFfnOfOldState(Decoding):
    """The gradient of the feed-forward network is taken at the state before cross-attention. Take it where the network
    was: at what the second sublayer returned."""

    def feed_forward_back(self, grad_output, h, c):
        return super().feed_forward_back(grad_output, h, h)


@misconception()
class DecBwdCrossOfInput(Decoding):
    """The gradient of cross-attention is taken with the layer's input as the query. The query was what the first
    sublayer returned."""

    def cross_back(self, grad_output, x, h, memory, mask):
        return super().cross_back(grad_output, x, x, memory, mask)


@misconception()
class DecBwdMasksForgotten(Decoding):
    """The backward pass forgets the masks, so hidden keys get a gradient. Hand both masks on, each to its attention."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        return super().attend_back(name, grad_output, q, k, v, None)


@misconception()
class DecBwdMemoryMaskForgotten(Decoding):
    """The backward pass of cross-attention forgets its mask, so the source's padding gets a gradient. Hand
    `memory_mask` on."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        return super().attend_back(name, grad_output, q, k, v, mask if name == "self_attention" else None)


@misconception()
class DecBwdNamesCollide(Decoding):
    """Both attentions put their gradients under the same names, without the part in front, so one overwrites the other.
    Use the keys of `weights`, such as `cross_attention.w_q.weight`."""

    def keep(self, name, gradients):
        self.gradients |= gradients


@misconception()
class DecBwdNormGradientsMissing(Decoding):
    """The gradients of the norms' weights are missing. `grad_weights` has all keys of `weights`."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, grad_memory, {name: g for name, g in self.gradients.items() if ".norm." not in name}


@misconception()
class DecBwdOrderOfResults(Decoding):
    """The gradients come back in another order. It is that of the arguments: x, memory, weights."""

    def handed_back(self, grad_x, grad_memory):
        return grad_memory, grad_x, self.gradients


@misconception()
class DecBwdInPlace(Decoding):
    """The caller's gradient is changed (`grad_output += …`). Make a new array."""

    def decoder_layer_backward(self, grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        results = super().decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask, memory_mask)
        grad_output += results[0]
        return results


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
