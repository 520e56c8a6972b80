"""Misconceptions about the encoder, for both wings: what goes wrong where good parts are put together.

`Layers` does unit 5 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads.
"""

from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention import Attention

EXERCISES = ("encoder_layer", "encoder", "encoder_layer_backward")
EPS = 1e-5


def part(weights: Any, name: str) -> Any:
    return {key.removeprefix(f"{name}."): entry for key, entry in weights.items() if key.startswith(f"{name}.")}


class Layers:
    """Unit 5 in steps."""

    xp: ModuleType
    eps = EPS

    def __init__(self, xp: ModuleType, dropout_rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from autograder.misconceptions.encoder_modules import modules

        return modules(cls)

    # one layer

    def encoder_layer(self, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        h = self.first(x, weights, num_heads, self.passed_on(mask, x))
        return self.second(h, x, weights)

    def first(self, x: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return self.residual(x, lambda x: self.attend(x, weights, num_heads, mask), weights, self.norm_of(1))

    def second(self, h: Any, x: Any, weights: Any) -> Any:
        return self.residual(h, lambda h: self.feed_forward(h, weights), weights, self.norm_of(2))

    def norm_of(self, number: int) -> str:
        return f"residual{number}.norm"

    def passed_on(self, mask: Any, x: Any) -> Any:
        return mask

    def attend(self, x: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[0]

    def attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return Attention(self.xp).multi_head_attention(q, k, v, weights, num_heads, mask)

    def feed_forward(self, x: Any, weights: Any) -> Any:
        before = self.linear(x, weights, "feed_forward.linear1")
        return self.linear(before * (before > 0), weights, "feed_forward.linear2")

    def linear(self, x: Any, weights: Any, name: str) -> Any:
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1) + weights[f"{name}.bias"]

    def residual(self, x: Any, sublayer: Any, weights: Any, norm: str) -> Any:
        return self.normalise(self.add(x, self.dropout(sublayer(x))), weights, norm)

    def add(self, x: Any, update: Any) -> Any:
        return x + update

    def normalise(self, x: Any, weights: Any, norm: str) -> Any:
        return weights[f"{norm}.gamma"] * self.standardised(x) + weights[f"{norm}.beta"]

    def standardised(self, x: Any) -> Any:
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / ((centred * centred).mean(axis=-1, keepdims=True) + self.eps) ** 0.5

    def dropout(self, update: Any) -> Any:
        if not self.dropout_rate:
            return update
        return self.xp.nn.functional.dropout(update, self.dropout_rate, self.training)

    # the stack

    def encoder(self, x: Any, layers: Any, num_heads: int, mask: Any = None) -> Any:
        for weights in layers:
            x = self.encoder_layer(x, weights, num_heads, mask)
        return x

    # the modules of the PyTorch wing

    def layer_parts(self, module: Any, d_model: int, num_heads: int, d_ff: int) -> None:
        from transformer_ref.in_torch.encoder import EncoderLayer

        for name, made in EncoderLayer(d_model, num_heads, d_ff).named_children():
            setattr(module, name, made)

    def stack_parts(self, module: Any, make_layer: Any, num_layers: int, d_model: int) -> None:
        module.layers = self.xp.nn.ModuleList(make_layer() for _ in range(num_layers))

    def dropout_of_layers(self, dropout: float) -> float:
        return dropout

    # the backward pass

    def encoder_layer_backward(self, grad_output: Any, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found: dict[str, Any] = {}
        through_norm = self.norm_back(grad_output, h + self.feed_forward(h, weights), weights, "residual2.norm", found)
        grad_h = self.joined(through_norm, self.feed_forward_back(through_norm, h, x, weights, found))
        through_norm = self.norm_back(
            self.handed_down(grad_h, grad_output), x + attended, weights, "residual1.norm", found
        )
        grad_x = self.joined(through_norm, self.attention_back(through_norm, x, weights, num_heads, mask, found))
        return grad_x, self.named(found, weights)

    def norm_back(self, grad: Any, summed: Any, weights: Any, norm: str, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.layer_norm import layer_norm_backward

        gamma = weights[f"{norm}.gamma"]
        grad_sum, found[f"{norm}.gamma"], found[f"{norm}.beta"] = layer_norm_backward(grad, summed, gamma)
        return grad_sum

    def feed_forward_back(self, grad: Any, h: Any, x: Any, weights: Any, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.feed_forward import feed_forward_backward

        grad_h, of_weights = feed_forward_backward(grad, h, part(weights, "feed_forward"))
        found.update({f"feed_forward.{name}": gradient for name, gradient in of_weights.items()})
        return grad_h

    def attention_back(self, grad: Any, x: Any, weights: Any, num_heads: int, mask: Any, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.attention import multi_head_attention_backward

        own = part(weights, "self_attention")
        *of_inputs, of_weights = multi_head_attention_backward(grad, x, x, x, own, num_heads, mask)
        found.update({f"self_attention.{name}": gradient for name, gradient in of_weights.items()})
        return self.all_three(*of_inputs)

    def all_three(self, of_q: Any, of_k: Any, of_v: Any) -> Any:
        return of_q + of_k + of_v

    def joined(self, direct: Any, through_sublayer: Any) -> Any:
        return direct + through_sublayer

    def handed_down(self, grad_h: Any, grad_output: Any) -> Any:
        return grad_h

    def named(self, found: dict[str, Any], weights: Any) -> dict[str, Any]:
        return found


# ---- the norms


@misconception()
class EncSharedNorm(Layers):
    """One norm serves both sublayers. Two sublayers, two norms: the second sum is normalised with the gain and the
    shift of `residual2`."""

    def norm_of(self, number):
        return super().norm_of(1)


@misconception()
class EncOneResidualObject(Layers):
    """The layer has one residual connection and uses it twice, or gives it two names, so only one norm can learn. Make
    two objects: `residual1` and `residual2`."""

    def layer_parts(self, module, d_model, num_heads, d_ff):
        super().layer_parts(module, d_model, num_heads, d_ff)
        module.residual2 = module.residual1


@misconception()
class EncNormsSwapped(Layers):
    """The norms have changed places: `residual1` belongs to self-attention, `residual2` to the feed-forward
    network."""

    def norm_of(self, number):
        return super().norm_of(3 - number)


@misconception()
class EncNorm2Missing(Layers):
    """The second sum is returned as it is. A post-norm layer ends with a norm."""

    def normalise(self, x, weights, norm):
        return x if norm == "residual2.norm" else super().normalise(x, weights, norm)


@misconception()
class EncNorm1Missing(Layers):
    """The sum after self-attention is not normalised. Every sublayer has a residual connection and a norm."""

    def normalise(self, x, weights, norm):
        return x if norm == "residual1.norm" else super().normalise(x, weights, norm)


@misconception()
class EncPreNorm(Layers):
    """The norm comes before the sublayer: x + Sublayer(LayerNorm(x)) is the order of later models. The paper
    normalises the sum."""

    def residual(self, x, sublayer, weights, norm):
        return self.add(x, self.dropout(sublayer(self.normalise(x, weights, norm))))


@misconception()
class EncNormBeforeSum(Layers):
    """What the sublayer returns is normalised, and x is added after that. The norm takes the sum: LayerNorm(x +
    Sublayer(x))."""

    def residual(self, x, sublayer, weights, norm):
        return self.add(x, self.normalise(self.dropout(sublayer(x)), weights, norm))


@misconception()
class EncNormOnBothSides(Layers):
    """The input of a sublayer is normalised as well as the sum. The paper has one norm for each sublayer, after the
    sum."""

    def residual(self, x, sublayer, weights, norm):
        return super().residual(x, lambda x: sublayer(self.normalise(x, weights, norm)), weights, norm)


@misconception()
class EncOtherEps(Layers):
    """The norms use another eps than 1e-5, for instance 1e-6. Leave it at its default."""

    eps = 1e-6


@misconception()
class EncAnnotatedNorm(Layers):
    """The norms divide by the unbiased standard deviation with eps outside the root, as a well-known tutorial does.
    Take the LayerNorm of unit 4."""

    def standardised(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / (((centred * centred).sum(axis=-1, keepdims=True) / (x.shape[-1] - 1)) ** 0.5 + 1e-6)


# ---- the residual connections


@misconception()
class EncNoResidual(Layers):
    """The input is not added to what a sublayer returns. Without x the gradient has no direct way down: normalise x +
    Sublayer(x)."""

    def add(self, x, update):
        return update


@misconception()
class EncNoResidual1(Layers):
    """The residual connection around self-attention is missing. Both sublayers have one."""

    def first(self, x, weights, num_heads, mask):
        return self.normalise(self.dropout(self.attend(x, weights, num_heads, mask)), weights, self.norm_of(1))


@misconception()
class EncNoResidual2(Layers):
    """The residual connection around the feed-forward network is missing. Both sublayers have one."""

    def second(self, h, x, weights):
        return self.normalise(self.dropout(self.feed_forward(h, weights)), weights, self.norm_of(2))


@misconception()
class EncResidualFromInput(Layers):
    """The second residual connection adds the layer's input x. It adds what went into *its* sublayer: the first one's
    result."""

    def second(self, h, x, weights):
        return self.residual(x, lambda _: self.feed_forward(h, weights), weights, self.norm_of(2))


@misconception()
class EncResidualInPlace(Layers):
    """The sum is made in place (`x += …`): the caller's x is overwritten, and a gradient may be lost. Write x = x +
    …."""

    def add(self, x, update):
        x += update
        return x


@misconception()
class EncResidualTwice(Layers):
    """The input is added twice: `ResidualConnection` adds it already, so the sublayer returns its update alone."""

    def add(self, x, update):
        return x + x + update


# ---- the sublayers


@misconception()
class EncFfnFirst(Layers):
    """The feed-forward network runs before self-attention. First the tokens look at one another, then each works on
    what it saw."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        h = self.residual(x, lambda x: self.feed_forward(x, weights), weights, self.norm_of(2))
        return self.residual(h, lambda h: self.attend(h, weights, num_heads, mask), weights, self.norm_of(1))


@misconception()
class EncSublayersSwapped(Layers):
    """The sublayers have changed places: the feed-forward network runs inside `residual1` and self-attention inside
    `residual2`."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        h = self.residual(x, lambda x: self.feed_forward(x, weights), weights, self.norm_of(1))
        return self.residual(h, lambda h: self.attend(h, weights, num_heads, mask), weights, self.norm_of(2))


@misconception()
class EncFfnOnInput(Layers):
    """The feed-forward network gets the layer's input. It works on what comes out of the first sublayer."""

    def second(self, h, x, weights):
        return self.residual(h, lambda _: self.feed_forward(x, weights), weights, self.norm_of(2))


@misconception()
class EncParallel(Layers):
    """Both sublayers get x, and one sum takes both results: that is a parallel layer. Here the second sublayer comes
    after the first one, with a residual connection of its own."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        both = self.attend(x, weights, num_heads, mask) + self.feed_forward(x, weights)
        return self.residual(x, lambda _: both, weights, self.norm_of(2))


@misconception()
class EncOneResidualForBoth(Layers):
    """The feed-forward network works directly on what attention returned, and one residual connection spans both. Each
    sublayer has its own."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        chained = self.feed_forward(self.attend(x, weights, num_heads, mask), weights)
        return self.residual(x, lambda _: chained, weights, self.norm_of(2))


@misconception()
class EncAttentionDiscarded(Layers):
    """What self-attention returns is never used: no token sees another one. Add it to x."""

    def attend(self, x, weights, num_heads, mask):
        return 0 * x


@misconception()
class EncFfnMissing(Layers):
    """The feed-forward network is never used. An encoder layer has two sublayers."""

    def second(self, h, x, weights):
        return h


@misconception()
class EncFfnTwice(Layers):
    """The feed-forward network runs twice: inside the residual connection and once more on its argument. Hand over the
    module itself, and let the residual connection call it."""

    def second(self, h, x, weights):
        return self.residual(
            h, lambda h: self.feed_forward(self.feed_forward(h, weights), weights), weights, self.norm_of(2)
        )


@misconception()
class EncTupleAdded(Layers):
    """Attention returns a pair, (output, attention weights), and the whole pair is added to x. Take the output, its
    first element."""

    def attend(self, x, weights, num_heads, mask):
        return self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)


@misconception()
class EncWeightsReturned(Layers):
    """A layer returns the attention weights as well. The contract asks for x alone."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        seen = self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[1]
        return super().encoder_layer(x, weights, num_heads, mask), seen

    def encoder(self, x, layers, num_heads, mask=None):
        for weights in layers:
            x, _ = self.encoder_layer(x, weights, num_heads, mask)
        return x


@misconception()
class EncPrefixNotRemoved(Layers):
    """Attention gets the weights under their full names and cannot find "w_q.weight". Hand it those that begin with
    "self_attention.", without that beginning."""

    def attend(self, x, weights, num_heads, mask):
        if self.xp is np:
            return self.attention(x, x, x, weights, num_heads, mask)[0]
        return super().attend(x, weights, num_heads, mask)


@misconception()
class EncOneHead(Layers):
    """Attention runs with a single head. Hand `num_heads` on."""

    def attention(self, q, k, v, weights, num_heads, mask):
        return super().attention(q, k, v, weights, 1, mask)


@misconception()
class EncBatchAsTokens(Layers):
    """Attention runs over the samples of the batch instead of the tokens: the first two axes have changed places.
    Batch comes first."""

    def attend(self, x, weights, num_heads, mask):
        turned = self.xp.swapaxes(x, 0, 1)
        return self.xp.swapaxes(super().attend(turned, weights, num_heads, mask), 0, 1)


@misconception()
class EncViewOnNoncontiguous(Layers):
    """`.view` needs contiguous memory, and a transposed tensor has none. Use `.reshape`, or `.contiguous()` first."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        return super().encoder_layer(x if self.xp is np else x.view(-1).view(x.shape), weights, num_heads, mask)


@misconception()
class EncDetached(Layers):
    """The graph is cut between the sublayers (`.detach()`, `.data`, `torch.no_grad()`): no gradient reaches
    self-attention and the input."""

    def second(self, h, x, weights):
        return super().second(h if self.xp is np else h.detach(), x, weights)


# ---- the mask


@misconception("enc-mask-not-to-layers")
class EncMaskDropped(Layers):
    """The mask never arrives at attention, so padding is looked at and changes every result. Hand it on, from the
    encoder to each layer and from the layer to its attention."""

    def passed_on(self, mask, x):
        return None


@misconception()
class EncMaskCausal(Layers):
    """A causal mask is at work. The encoder may look both ways: only the mask that is given hides anything."""

    def passed_on(self, mask, x):
        tokens = self.xp.arange(x.shape[1])
        causal = tokens[None, :] <= tokens[:, None]
        return causal if mask is None else mask & causal


@misconception()
class EncMaskInverted(Layers):
    """The mask is turned round on its way to attention. True means may attend, here and there."""

    def passed_on(self, mask, x):
        return None if mask is None else ~mask


@misconception()
class EncMaskOnQueryRows(Layers):
    """The mask hides rows instead of columns: a padded token must not be *looked at*, as a key; whether it looks
    itself does not matter. Do not transpose the mask."""

    def passed_on(self, mask, x):
        return mask if mask is None or mask.ndim < 2 else self.xp.swapaxes(mask, -1, -2)


@misconception()
class EncMaskTruthiness(Layers):
    """`if mask:` asks a whole array for one truth value. Hand the mask on, or ask `mask is not None`."""

    def passed_on(self, mask, x):
        return mask or None


@misconception()
class EncMaskRequired(Layers):
    """Without a mask the code crashes. The mask is optional: hand on None."""

    def passed_on(self, mask, x):
        return mask & True


@misconception()
class EncMaskMultipliesInput(Layers):
    """Padded tokens are set to 0 instead of being hidden. Their keys are still there and take a share of the
    attention: hand the mask to attention."""

    def first(self, x, weights, num_heads, mask):
        if mask is not None and mask.shape[-2:-1] == (1,) and mask.ndim == 4:
            return super().first(x * self.xp.swapaxes(mask[:, 0], -1, -2), weights, num_heads, None)
        return super().first(x, weights, num_heads, mask)


# ---- the stack


@misconception()
class EncMaskFirstLayerOnly(Layers):
    """Only the first layer gets the mask. Padding must stay invisible in every layer."""

    def encoder(self, x, layers, num_heads, mask=None):
        for number, weights in enumerate(layers):
            x = self.encoder_layer(x, weights, num_heads, mask if number == 0 else None)
        return x


@misconception()
class EncSameLayerNTimes(Layers):
    """One layer is used again and again: `[layer] * N` is N references to one object. Make a new layer each time, with
    weights of its own."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, [layers[0] for _ in layers], num_heads, mask)

    def stack_parts(self, module, make_layer, num_layers, d_model):
        module.layers = self.xp.nn.ModuleList([make_layer()] * num_layers)


@misconception()
class EncPythonList(Layers):
    """The layers stand in a plain Python list, and PyTorch cannot see them: no parameters, nothing to train. Use
    nn.ModuleList."""

    def stack_parts(self, module, make_layer, num_layers, d_model):
        module.layers = [make_layer() for _ in range(num_layers)]


@misconception()
class EncInputNotChained(Layers):
    """Every layer gets the encoder's input, and only the last result is kept. Feed each layer what the one before it
    returned."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[-1:], num_heads, mask)


@misconception()
class EncLayersAdded(Layers):
    """The results of all layers are added up. Each layer has its residual connections already: feed one to the
    next."""

    def encoder(self, x, layers, num_heads, mask=None):
        for weights in layers:
            x = x + self.encoder_layer(x, weights, num_heads, mask)
        return x


@misconception()
class EncFirstLayerOnly(Layers):
    """Only the first layer runs: `return` stands inside the loop. Return after the last layer."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[:1], num_heads, mask)


@misconception()
class EncLayerMissing(Layers):
    """The last layer never runs: the loop ends one too early."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[:-1], num_heads, mask)


@misconception()
class EncLayersReversed(Layers):
    """The layers run from last to first. The first one of the list takes the input."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[::-1], num_heads, mask)


@misconception()
class EncLayersConsumed(Layers):
    """Layers are taken out of the caller's list (`layers.pop(0)`): the second call finds it empty. Walk through it
    with a loop."""

    def encoder(self, x, layers, num_heads, mask=None):
        if self.xp is not np:
            return super().encoder(x, layers, num_heads, mask)
        while layers:
            x = self.encoder_layer(x, layers.pop(0), num_heads, mask)
        return x


@misconception()
class EncExtraFinalNorm(Layers):
    """There is one more norm after the last layer. Each layer ends in a norm already, and the paper has none after the
    stack."""

    def encoder(self, x, layers, num_heads, mask=None):
        return self.standardised(super().encoder(x, layers, num_heads, mask))

    def stack_parts(self, module, make_layer, num_layers, d_model):
        from transformer_ref.in_torch.layer_norm import LayerNorm

        super().stack_parts(module, make_layer, num_layers, d_model)
        module.norm = LayerNorm(d_model)


@misconception()
class EncAllLayersReturned(Layers):
    """The results of all layers are returned in a list. The contract asks for what the last layer returns."""

    def encoder(self, x, layers, num_heads, mask=None):
        results = []
        for weights in layers:
            results.append(self.encoder_layer(results[-1] if results else x, weights, num_heads, mask))
        return results


# ---- dropout


@misconception()
class EncDropoutInEval(Layers):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, update):
        self.training = True
        return super().dropout(update)


@misconception()
class EncNoDropout(Layers):
    """The argument `dropout` is not used on what the sublayers return. Hand it to both residual connections."""

    def dropout(self, update):
        return update


@misconception()
class EncDropoutNotRescaled(Layers):
    """Kept numbers are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropout(self, update):
        return super().dropout(update) * (1 - self.dropout_rate if self.training else 1)


@misconception()
class EncDropoutOnSum(Layers):
    """Dropout is applied to the sum, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.normalise(self.dropout(x + sublayer(x)), weights, norm)


@misconception()
class EncDropoutAfterNorm(Layers):
    """Dropout is applied after the norm, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.dropout(self.normalise(x + sublayer(x), weights, norm))


@misconception()
class EncDropoutTwice(Layers):
    """What a sublayer returns is dropped twice. The residual connection drops it already."""

    def dropout(self, update):
        return super().dropout(super().dropout(update))


@misconception()
class EncDropoutNotPassedOn(Layers):
    """The encoder does not hand `dropout` on: its layers fall back on their default. Pass it to each of them."""

    def dropout_of_layers(self, dropout):
        return 0.1


# ---- the backward pass


@misconception()
class EncBackwardNoResidual(Layers):
    """The gradient comes back through the sublayers only. A residual connection adds x, so the gradient of the sum
    also goes straight to x: add the two."""

    def joined(self, direct, through_sublayer):
        return through_sublayer


@misconception()
class EncBackwardNoSublayer(Layers):
    """The gradient comes back along the residual connections only. It also goes through each sublayer: add the two."""

    def joined(self, direct, through_sublayer):
        return direct


@misconception()
class EncBackwardOnePath(Layers):
    """Only the gradient of the queries comes back. In self-attention x is query, key and value: add three
    gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_q


@misconception()
class EncBackwardValuePath(Layers):
    """Only the gradient of the values comes back. In self-attention x is query, key and value: add three gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_v


@misconception()
class EncBackwardMeanOfPaths(Layers):
    """The three gradients of self-attention are averaged. x is used three times: add them."""

    def all_three(self, of_q, of_k, of_v):
        return (of_q + of_k + of_v) / 3


@misconception()
class EncBackwardPreNormOrder(Layers):
    """The norm is walked back after its sublayer: that is the order of a pre-norm layer. Walk the forward pass in
    reverse: first the norm, then sum and sublayer."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found = {}
        through = self.feed_forward_back(grad_output, h, x, weights, found)
        grad_h = grad_output + self.norm_back(
            through, h + self.feed_forward(h, weights), weights, "residual2.norm", found
        )
        through = self.attention_back(grad_h, x, weights, num_heads, mask, found)
        return grad_h + self.norm_back(through, x + attended, weights, "residual1.norm", found), found


@misconception()
class EncBackwardNormNotLast(Layers):
    """The residual's direct way leaves before the norm: what is added to the sublayer's gradient must have come
    through the norm too, because the norm takes the sum."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found = {}
        through = self.norm_back(grad_output, h + self.feed_forward(h, weights), weights, "residual2.norm", found)
        grad_h = grad_output + self.feed_forward_back(through, h, x, weights, found)
        through = self.norm_back(grad_h, x + attended, weights, "residual1.norm", found)
        return grad_h + self.attention_back(through, x, weights, num_heads, mask, found), found


@misconception()
class EncBackwardNormOfSublayer(Layers):
    """The backward pass of the norm is evaluated at what the sublayer returned. In the forward pass the norm took the
    sum x + Sublayer(x): recompute that."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        self.sublayers = [self.attend(x, weights, num_heads, mask)]
        h = self.normalise(x + self.sublayers[0], weights, "residual1.norm")
        self.sublayers.append(self.feed_forward(h, weights))
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)

    def norm_back(self, grad, summed, weights, norm, found):
        return super().norm_back(grad, self.sublayers[int(norm[8]) - 1], weights, norm, found)


@misconception()
class EncBackwardFfnAtInput(Layers):
    """The backward pass of the feed-forward network is evaluated at the layer's input. Its own input was h, what comes
    out of the first sublayer: recompute that."""

    def feed_forward_back(self, grad, h, x, weights, found):
        return super().feed_forward_back(grad, x, x, weights, found)


@misconception()
class EncBackwardUpstreamTwice(Layers):
    """The gradient of the output is handed to both sublayers. The first one gets what comes back from the second."""

    def handed_down(self, grad_h, grad_output):
        return grad_output


@misconception()
class EncBackwardMaskDropped(Layers):
    """The mask is missing in the backward pass, so gradient flows through hidden keys. Hand it to the forward pass
    that is recomputed and to the backward pass of attention."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, None)


@misconception()
class EncBackwardPrefixMissing(Layers):
    """The gradients of the weights stand under short names like "w_q.weight". They have the names of `weights`:
    "self_attention.w_q.weight"."""

    def named(self, found, weights):
        return {name.rpartition("_attention.")[2].removeprefix("feed_forward."): g for name, g in found.items()}


@misconception()
class EncBackwardNormWeightsMissing(Layers):
    """The gradients of the norms' gamma and beta are not returned. They are weights too: four more entries."""

    def named(self, found, weights):
        return {name: gradient for name, gradient in found.items() if ".norm." not in name}


@misconception()
class EncBackwardMeanOverBatch(Layers):
    """The gradients of the weights are averaged over the batch. All samples use the same weights: sum them."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        grad_x, found = super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)
        return grad_x, {name: gradient / len(x) for name, gradient in found.items()}


@misconception()
class EncBackwardInPlace(Layers):
    """The upstream gradient is changed in place (`grad_output += …`): a backward pass must be repeatable. Make a new
    array."""

    def handed_down(self, grad_h, grad_output):
        grad_output[...] = grad_h
        return grad_h


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
