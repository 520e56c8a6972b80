"""Misconceptions about the stack of decoder layers."""

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.decoder.steps import Decoding


@misconception("dec-same-layer-n-times", hurts_training=True)
class DecSameLayer(Decoding):
    """One layer is used again and again: `[layer] * N` holds N references to one layer. Every layer has weights of its
    own."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, [layers[0]] * len(layers), num_heads, tgt_mask, memory_mask)

    def stack(self, module, parts, layer, num_layers, d_model):
        module.layers = self.xp.nn.ModuleList([layer()] * num_layers)


@misconception(hurts_training=True)
class DecPythonList(Decoding):
    """The stack has no parameters: the layers are not there, or PyTorch cannot see them in a plain Python list. Use
    nn.ModuleList."""

    def stack(self, module, parts, layer, num_layers, d_model):
        module.layers = [layer() for _ in range(num_layers)]


@misconception()
class DecInputNotChained(Decoding):
    """Every layer gets the stack's input. Feed each layer what the layer below it returned."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            y = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return y


@misconception("dec-last-layer-only-first")
class DecReturnInTheLoop(Decoding):
    """The stack returns after its first layer. Run all layers, then return: put the `return` after the loop."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(x, memory, layers[:1], num_heads, tgt_mask, memory_mask)


@misconception()
class DecLastLayerMissing(Decoding):
    """One layer is missing: the loop ends one too early. There are `num_layers` layers, the last one included."""

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
    """Only the first layer gets the masks. What is hidden must be hidden in every layer: pass them to all."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            tgt_mask = memory_mask = None
        return x


@misconception()
class DecLayersConsumed(Decoding):
    """The list of layers is emptied (`layers.pop(0)`). It is the caller's: use a loop that leaves it as it is."""

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


@misconception()
class DecSixLayers(Decoding):
    """The stack always has 6 layers, the paper's number. Make `num_layers` of them."""

    def stack(self, module, parts, layer, num_layers, d_model):
        super().stack(module, parts, layer, 6, d_model)


@misconception()
class DecOneLayerTooMany(Decoding):
    """The stack has one layer more than `num_layers`: the count starts at 0 and includes `num_layers` itself. Use
    range(num_layers)."""

    def stack(self, module, parts, layer, num_layers, d_model):
        super().stack(module, parts, layer, num_layers + 1, d_model)


@misconception()
class DecLayersAveraged(Decoding):
    """The results of all layers are averaged. This exercise asks for what the last layer returns."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        results = []
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            results.append(x)
        return sum(results) / len(results)


@misconception()
class DecResidualAroundStack(Decoding):
    """The stack adds its input to what the last layer returned. The residual connections are inside the layers, one
    around each sublayer."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return x + super().decoder(x, memory, layers, num_heads, tgt_mask, memory_mask)


@misconception()
class DecTgtMaskFirstLayerOnly(Decoding):
    """Only the first layer gets the target's mask, so the layers above read the future. Pass `tgt_mask` to all of
    them."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            tgt_mask = None
        return x


@misconception()
class DecMemoryMaskFirstLayerOnly(Decoding):
    """Only the first layer gets the source's mask, so the layers above see padding. Pass `memory_mask` to all of
    them."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            memory_mask = None
        return x


@misconception()
class DecAddsPositions(Decoding):
    """The decoder adds the positional encoding to its input. The model does that before the decoder, once: start with
    x as it is."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        from transformer_ref.in_numpy.positional_encoding import positional_encoding

        table = self.xp.asarray(positional_encoding(*x.shape[1:]), dtype=x.dtype)
        return super().decoder(x + table, memory, layers, num_heads, tgt_mask, memory_mask)


@misconception()
class DecSoftmaxLast(Decoding):
    """The stack ends with a softmax over the features. Return what the last layer returns: the map to the vocabulary
    comes after the decoder."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return Attention(self.xp).softmax(super().decoder(x, memory, layers, num_heads, tgt_mask, memory_mask))


@misconception()
class DecMemoryUpdated(Decoding):
    """Each layer's result is added to the memory that the next one reads. Every layer reads the same memory, the
    encoder's."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
            memory = memory + x.mean(1, keepdims=True)
        return x
