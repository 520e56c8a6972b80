"""Misconceptions about the model's parameters."""

from math import ceil

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.transformer.steps import Model

DEFAULT_MAX_LEN = 5000


@misconception()
class ModelOutputTied(Model):
    """The output map uses the target's table of embeddings. The paper shares them, with a common vocabulary; here
    `output` has a weight of its own."""

    def logits(self, parts, x):
        if self.xp is not np:
            return parts.output(x)
        return x @ parts.weights["tgt_embedding.embedding.weight"].T + parts.weights["output.bias"]

    def output_map(self, module, d_model, sizes):
        super().output_map(module, d_model, sizes)
        module.output.weight = module.tgt_embedding.embedding.weight


@misconception()
class ModelOutputBiasMissing(Model):
    """The output map has no bias, or its bias is not used. Here `output` is an `nn.Linear` with a bias."""

    def logits(self, parts, x):
        return x @ parts.weights["output.weight"].T if self.xp is np else parts.output(x)

    def output_map(self, module, d_model, sizes):
        module.output = self.xp.nn.Linear(d_model, sizes[1], bias=False)


@misconception()
class ModelOutputToSource(Model):
    """The output map leads to the source's vocabulary. The model writes in the target's language."""

    def output_map(self, module, d_model, sizes):
        module.output = self.xp.nn.Linear(d_model, sizes[0])


@misconception()
class ModelHeadsAndLayersSwapped(Model):
    """The number of heads and the number of layers are swapped. Mind the order of a stack's arguments: the layers come
    first."""

    def counts(self, num_heads, num_layers):
        return num_layers, num_heads


@misconception()
class ModelPartsInADict(Model):
    """The parts are in a plain dict or list, and PyTorch cannot see them: no parameters, nothing to train. Make them
    attributes."""

    def finish(self, module, d_model):
        module.parts = {name: getattr(module, name) for name in ("encoder", "decoder")}
        del module.encoder, module.decoder


@misconception()
class ModelLayersSortedAsText(Model):
    """The layers are sorted by their names as text, and "10" comes before "2". Count from 0 to num_layers - 1."""

    def layer_names(self, num_layers):
        return sorted(map(str, range(num_layers)))


@misconception()
class ModelEveryLayerInTheWeights(Model):
    """`num_layers` is not used: all layers found in the weights are run. Run as many as are asked for."""

    def transformer(self, src, tgt, weights, num_heads, num_layers, pad_id=0):
        numbers = {name.split(".")[2] for name in weights if name.startswith("encoder.layers.")}
        return super().transformer(src, tgt, weights, num_heads, len(numbers), pad_id)


@misconception()
class ModelMaxLenNotPassed(Model):
    """`max_len` does not reach the positional encoding, which keeps its default of 5000 positions. Pass it on."""

    def positions(self, max_len, dropout):
        return DEFAULT_MAX_LEN


@misconception()
class ModelMaxLenHardCoded(Model):
    """The positional encoding always has the same few positions, less than the default of 5000, whatever `max_len`
    says. Pass `max_len` on."""

    def positions(self, max_len, dropout):
        return 512


@misconception()
class ModelDropoutAsMaxLen(Model):
    """The positional encoding gets the dropout where it expects `max_len`, so its table has no positions. Its arguments
    are d_model, max_len, dropout."""

    def positions(self, max_len, dropout):
        return ceil(dropout)  # as many rows as `arange` makes


@misconception()
class ModelLayersFromOne(Model):
    """The layers are counted from 1. Their names begin with 0: `encoder.layers.0` is the first."""

    def layer_names(self, num_layers):
        return list(range(1, num_layers + 1))


@misconception()
class ModelPathWithoutDot(Model):
    """The layers' paths have no dot at the end, so layer 1 also collects layers 10 and 11. Keep the dot:
    `encoder.layers.1.`."""

    def below(self, weights, path):
        return {name.split(".", 3)[-1]: entry for name, entry in weights.items() if name.startswith(path)}


@misconception()
class ModelLastLayerSkipped(Model):
    """The last layer is left out. There are `num_layers` of them, from 0 to num_layers - 1."""

    def layer_names(self, num_layers):
        return list(range(num_layers - 1))


@misconception()
class ModelFirstLayerRepeated(Model):
    """Every layer uses the weights of the first one. Each has its own, under its own number."""

    def layer_names(self, num_layers):
        return [0] * num_layers


@misconception()
class ModelDecoderOfEncoderLayers(Model):
    """The decoder is given the weights of the encoder's layers, and finds none for cross-attention. Its own begin with
    `decoder.layers.`."""

    def stack_of(self, stack):
        return "encoder"

    def decoded(self, parts, x, memory, masks):
        try:
            return super().decoded(parts, x, memory, masks)
        except KeyError:
            raise KeyError("cross_attention.w_q.weight") from None  # as the course's decoder says it


@misconception()
class ModelEncoderOfDecoderLayers(Model):
    """The encoder is given the weights of the decoder's layers. Its own begin with `encoder.layers.`."""

    def stack_of(self, stack):
        return "decoder"


@misconception()
class ModelOutputBiasFrozen(Model):
    """The bias of the output map is frozen (`requires_grad=False`), so it never learns. Leave `requires_grad` alone."""

    def output_map(self, module, d_model, sizes):
        super().output_map(module, d_model, sizes)
        module.output.bias.requires_grad = False


@misconception()
class ModelHiddenWidthFour(Model):
    """The stacks' feed-forward networks always have 4 · d_model hidden units. Pass `d_ff` on to both stacks."""

    def hidden_width(self, d_model, d_ff):
        return 4 * d_model


@misconception()
class ModelLayersNotPassed(Model):
    """Both stacks have six layers, whatever `num_layers` says. Pass it on."""

    def counts(self, num_heads, num_layers):
        return num_heads, num_layers if self.xp is np else 6


@misconception(weight=Weight.SLIP)
class ModelDefaultCountsSwapped(Model):
    """When they are left out, there are 6 heads and 8 layers. The defaults here are the paper's: 8 heads and 6
    layers."""

    defaults = Model.defaults | {"num_heads": 6, "num_layers": 8}


@misconception(weight=Weight.SLIP)
class ModelDefaultWidths(Model):
    """When they are left out, d_model is 256 and d_ff is 1024. The defaults here are the paper's: 512 and 2048."""

    defaults = Model.defaults | {"d_model": 256, "d_ff": 1024}


@misconception(weight=Weight.SLIP)
class ModelDefaultMaxLen(Model):
    """When `max_len` is left out, there are 512 positions. Its default is 5000."""

    defaults = Model.defaults | {"max_len": 512}
