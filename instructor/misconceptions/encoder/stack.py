"""Misconceptions about the stack of encoder layers."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.encoder.steps import Layers


@misconception()
class EncMaskFirstLayerOnly(Layers):
    """Only the first layer gets the mask. Padding must stay invisible in every layer."""

    def encoder(self, x, layers, num_heads, mask=None):
        for number, weights in enumerate(layers):
            x = self.encoder_layer(x, weights, num_heads, mask if number == 0 else None)
        return x


@misconception(hurts_training=True)
class EncSameLayerNTimes(Layers):
    """One layer is used again and again: `[layer] * N` is N references to one object. Make a new layer each time, with
    weights of its own."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, [layers[0] for _ in layers], num_heads, mask)

    def stack_parts(self, module, make_layer, num_layers, d_model):
        module.layers = self.xp.nn.ModuleList([make_layer()] * num_layers)


@misconception(hurts_training=True)
class EncPythonList(Layers):
    """The stack has no parameters: the layers are not there, or PyTorch cannot see them in a plain Python list. Use
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
    """Only the first layer runs: `return` is inside the loop. Return after the last layer."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[:1], num_heads, mask)


@misconception()
class EncLayerMissing(Layers):
    """The last layer never runs: the loop ends one too early. Run all layers of the list."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[:-1], num_heads, mask)


@misconception()
class EncLayersReversed(Layers):
    """The layers run from last to first. Begin with layers[0], which takes the input."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x, layers[::-1], num_heads, mask)


@misconception()
class EncLayersConsumed(Layers):
    """Layers are taken out of the caller's list (`layers.pop(0)`): the second call finds it empty. Use a loop that
    leaves it as it is."""

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
    """The results of all layers are returned in a list. This exercise asks for what the last layer returns."""

    def encoder(self, x, layers, num_heads, mask=None):
        results: list = []
        for weights in layers:
            results.append(self.encoder_layer(results[-1] if results else x, weights, num_heads, mask))
        return results


@misconception()
class EncSixLayers(Layers):
    """The stack always has 6 layers, the paper's number. Make `num_layers` of them."""

    def stack_parts(self, module, make_layer, num_layers, d_model):
        super().stack_parts(module, make_layer, 6, d_model)


@misconception()
class EncOneLayerTooMany(Layers):
    """The stack has one layer more than `num_layers`: the count starts at 0 and includes `num_layers` itself. Use
    range(num_layers)."""

    def stack_parts(self, module, make_layer, num_layers, d_model):
        super().stack_parts(module, make_layer, num_layers + 1, d_model)


@misconception()
class EncLayersAveraged(Layers):
    """The results of all layers are averaged. This exercise asks for what the last layer returns."""

    def encoder(self, x, layers, num_heads, mask=None):
        results = []
        for weights in layers:
            x = self.encoder_layer(x, weights, num_heads, mask)
            results.append(x)
        return sum(results) / len(results)


@misconception()
class EncResidualAroundStack(Layers):
    """The stack adds its input to what the last layer returned. The residual connections are inside the layers, one
    around each sublayer."""

    def encoder(self, x, layers, num_heads, mask=None):
        return x + super().encoder(x, layers, num_heads, mask)


@misconception()
class EncAddsPositions(Layers):
    """The encoder adds the positional encoding to its input. The model does that before the encoder, once: start with
    x as it is."""

    def encoder(self, x, layers, num_heads, mask=None):
        from transformer_ref.in_numpy.positional_encoding import positional_encoding

        table = self.xp.asarray(positional_encoding(*x.shape[1:]), dtype=x.dtype)
        return super().encoder(x + table, layers, num_heads, mask)


@misconception()
class EncScalesInput(Layers):
    """The encoder multiplies its input by √d_model. That belongs to the embedding, before the encoder: start with x as
    it is."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(x * x.shape[-1] ** 0.5, layers, num_heads, mask)


@misconception()
class EncSoftmaxLast(Layers):
    """The stack ends with a softmax over the features. Return what the last layer returns: the decoder reads it as it
    is."""

    def encoder(self, x, layers, num_heads, mask=None):
        return Attention(self.xp).softmax(super().encoder(x, layers, num_heads, mask))
