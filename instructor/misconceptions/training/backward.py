"""Misconceptions about the way back through the whole model."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training
from transformer_ref.in_numpy.decoder import decoder_layer_backward
from transformer_ref.in_numpy.encoder import named


@misconception()
class BwdMemoryOverwritten(Training):
    """Only one decoder layer's gradient reaches the memory. All layers read the memory: add their gradients up."""

    def added(self, grad_memory, of_layer):
        return of_layer


@misconception()
class BwdMemoryOnlyTopLayer(Training):
    """Only the top decoder layer's gradient reaches the memory. All layers read the memory: add their gradients up."""

    def added(self, grad_memory, of_layer):
        return grad_memory if grad_memory.any() else of_layer


@misconception()
class BwdEncoderForgotten(Training):
    """No gradient reaches the encoder. The decoder's layers read the memory: what comes back through it goes on into
    the encoder."""

    def memory_gradient(self, grad_memory):
        return 0 * grad_memory


@misconception()
class BwdMemoryDividedByLayers(Training):
    """The gradients that the decoder's layers give to the memory are averaged. Add them up."""

    def memory_gradient(self, grad_memory):
        return grad_memory / max(self.layers, 1)


@misconception()
class BwdTablesOverwritten(Training):
    """A repeated id keeps only the gradient of its last place (`table[ids] += …` does that). Add up over all places:
    `np.add.at`."""

    def collected(self, table, ids, grad):
        table[ids] += grad
        return table


@misconception()
class BwdTablesNotScaled(Training):
    """The gradient of a table lacks the factor √d_model. The look-up was multiplied by it, and so is the gradient."""

    def way_back(self, table):
        return 1.0


@misconception()
class BwdTablesDivided(Training):
    """The gradient of a table is divided by √d_model. The look-up was multiplied by it, and so is the gradient."""

    def way_back(self, table):
        return 1.0 / float(np.sqrt(table.shape[1]))


@misconception()
class BwdTablesMissing(Training):
    """The embeddings' gradients are missing. Both tables learn: add up, for each id, the gradients of its places."""

    def of_table(self, side, grad, ids):
        return {}


@misconception()
class BwdTablesAveraged(Training):
    """A repeated id gets the mean of the gradients of its places. Add them up."""

    def collected(self, table, ids, grad):
        counts = np.bincount(ids.ravel(), minlength=len(table))
        return super().collected(table, ids, grad) / np.maximum(counts, 1)[:, None]


@misconception()
class BwdTablesSwapped(Training):
    """Each table gets the gradient of the other side. The encoder's end belongs to the source, the decoder's to the
    target."""

    def of_table(self, side, grad, ids):
        other = {"src": "tgt", "tgt": "src"}[side]
        table = np.zeros_like(self.table(other))
        clipped = np.minimum(ids, len(table) - 1)
        return {f"{other}_embedding.embedding.weight": self.collected(table, clipped, grad * self.way_back(table))}


@misconception()
class BwdOutputTransposed(Training):
    """The gradient of the output map's weight is transposed. A gradient has the shape of what it belongs to: (d_out,
    d_in)."""

    def of_output(self, grad_logits, last):
        gradients = super().of_output(grad_logits, last)
        return gradients | {"output.weight": gradients["output.weight"].T}


@misconception()
class BwdOutputFromEmbedding(Training):
    """The gradient of the output map's weight uses what went *into* the decoder. Its input was what came out of it."""

    def into_decoder(self, x, memory):
        self.first = x
        return super().into_decoder(x, memory)

    def before_output(self, last):
        return self.first


@misconception()
class BwdOutputBiasMean(Training):
    """The gradient of the output map's bias is averaged over the positions. Add up: where a mean belongs to the loss,
    it is in `grad_logits` already."""

    def of_output_bias(self, grad_logits):
        return grad_logits.mean(axis=(0, 1))


@misconception()
class BwdOutputMissing(Training):
    """The gradients of the output map are missing. It learns like everything else."""

    def of_output(self, grad_logits, last):
        return {}


@misconception()
class BwdOutputBiasOverBatch(Training):
    """The gradient of the output map's bias is summed over the sentences only. Sum over the positions, too."""

    def of_output_bias(self, grad_logits):
        return grad_logits.sum(axis=0)


@misconception()
class BwdLayersInForwardOrder(Training):
    """The backward pass begins with the first layer. On the way back, the last one comes first."""

    def order(self):
        return range(self.layers)


@misconception()
class BwdLayersOutputs(Training):
    """Each layer's backward pass is given what came *out* of the layer. It needs what went in."""

    def entered(self, states, number):
        return states[number + 1]


@misconception()
class BwdLayersFirstInput(Training):
    """Every layer's backward pass is given what went into the first layer. Keep the input of each layer."""

    def entered(self, states, number):
        return states[0]


@misconception()
class BwdNoCausalMask(Training):
    """The backward pass leaves out the causal mask: gradients flow from the future. Use the masks of the forward
    pass."""

    def past(self, tokens):
        return np.ones((tokens, tokens), dtype=bool)


@misconception()
class BwdNoPaddingInSource(Training):
    """The source's padding is visible on the way back. Use the masks of the forward pass."""

    def source_mask(self, src, pad_id):
        return np.ones((len(src), 1, 1, src.shape[1]), dtype=bool)


@misconception()
class BwdNoPaddingInTarget(Training):
    """The target's padding is visible as a key on the way back. Use the masks of the forward pass."""

    def target_mask(self, tgt, pad_id):
        return np.broadcast_to(self.past(tgt.shape[1]), (len(tgt), 1, tgt.shape[1], tgt.shape[1]))


@misconception()
class BwdMemoryUnmasked(Training):
    """The decoder's layers go back without the memory's mask. Pass it to them: the source's padding was hidden there,
    too."""

    def memory_mask(self):
        return None


@misconception()
class BwdEncoderUnmasked(Training):
    """The encoder's layers go back without their mask. Pass it to them: the source's padding was hidden there."""

    def encoder_mask(self):
        return None


@misconception()
class BwdPadIsZero(Training):
    """Padding is always taken to be the id 0. Use the argument `pad_id`."""

    def padding(self, pad_id):
        return 0


@misconception()
class BwdNoPositions(Training):
    """The positional encoding is missing when the forward pass is repeated, so every layer is given another input. Add
    it to both sides."""

    def positions(self, ids, d_model):
        return 0.0


@misconception()
class BwdEmbeddingsNotScaled(Training):
    """The factor √d_model is missing when the forward pass is repeated, so every layer is given another input."""

    def loudness(self, table):
        return 1.0


@misconception()
class BwdUpstreamOnes(Training):
    """`grad_logits` is not used, as if every logit counted once. Start with the gradient that comes from the loss."""

    def from_above(self, grad_logits, tgt, pad_id):
        return np.ones_like(grad_logits)


@misconception()
class BwdUpstreamMean(Training):
    """The gradient is divided by the number of positions once more. The loss was a mean already: that is in
    `grad_logits`."""

    def from_above(self, grad_logits, tgt, pad_id):
        return grad_logits / tgt.size


@misconception()
class BwdDecoderInputLost(Training):
    """Each decoder layer gets the gradient of the logits, not that of the layer above it. Pass on what the layer
    returned."""

    def through_decoder(self, grad, outputs, memory):
        grad_memory, found, last = np.zeros_like(memory), dict[str, np.ndarray](), grad
        for number in self.order():
            layer, masks = self.layer("decoder", number), (self.tgt_mask, self.memory_mask())
            x = self.entered(outputs, number)
            last, of_memory, own = decoder_layer_backward(grad, x, memory, layer, self.heads, *masks)
            grad_memory = self.added(grad_memory, of_memory)
            found |= named(own, f"decoder.layers.{number}")
        return last, grad_memory, found


@misconception()
class BwdIntoTheWeights(Training):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def all_gradients(self, gradients):
        for name, gradient in gradients.items():
            self.weights[name][...] = gradient
        return self.weights


@misconception()
class BwdNamesWithoutLayers(Training):
    """The gradients of all layers have the same names, so the last one takes the place of the others. Put the stack and
    the number of the layer before each: `decoder.layers.0.`."""

    def all_gradients(self, gradients):
        return {name: gradients[self.first_of(name)] for name in gradients}

    def first_of(self, name):
        stack, layers, rest = name.partition(".layers.")
        return f"{stack}{layers}0.{rest.partition('.')[2]}" if layers else name


@misconception(weight=Weight.NOTHING_LEFT)
class BwdAllZeros(Training):
    """All gradients are 0. Go back through the model, from the output map to the two tables."""

    def all_gradients(self, gradients):
        return {name: 0 * gradient for name, gradient in gradients.items()}
