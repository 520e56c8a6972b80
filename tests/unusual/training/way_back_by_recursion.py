"""Each layer calls the next one, and what comes back from there is what it passes on."""

import numpy as np

from autograder import blocks


def layer_of(weights, start):
    return {name.removeprefix(start): w for name, w in weights.items() if name.startswith(start)}


def embedded(table, ids):
    return np.take(table, ids, axis=0) * table.shape[1] ** 0.5 + blocks.positional_encoding(
        ids.shape[1], table.shape[1]
    )


def table_gradient(table, ids, grad):
    return np.stack([grad[ids == row].sum(axis=0) for row in range(len(table))]) * table.shape[1] ** 0.5


def transformer_backward(grad_logits, src, tgt, weights, num_heads, num_layers, pad_id=0):
    tables = weights["src_embedding.embedding.weight"], weights["tgt_embedding.embedding.weight"]
    src_mask = blocks.padding_mask(src, pad_id)
    tgt_mask = blocks.padding_mask(tgt, pad_id) & blocks.causal_mask(tgt.shape[1])

    def through_decoder(y, memory, i):
        """The gradients of y and of the memory, and those of the weights from layer i upwards."""
        if i == num_layers:
            flat_y, flat_grad = y.reshape(-1, y.shape[-1]), grad_logits.reshape(-1, grad_logits.shape[-1])
            own = {"output.weight": flat_grad.T @ flat_y, "output.bias": flat_grad.sum(0)}
            return grad_logits @ weights["output.weight"], 0.0, own
        start = f"decoder.layers.{i}."
        layer = layer_of(weights, start)
        above = blocks.decoder_layer(y, memory, layer, num_heads, tgt_mask, src_mask)
        grad, of_memory, found = through_decoder(above, memory, i + 1)
        grad, more, own = blocks.decoder_layer_backward(grad, y, memory, layer, num_heads, tgt_mask, src_mask)
        return grad, of_memory + more, {**found, **{start + name: g for name, g in own.items()}}

    def through_encoder(x, i):
        """The gradient of x, and those of the weights from layer i upwards, the decoder's included."""
        if i == num_layers:
            grad, of_memory, found = through_decoder(embedded(tables[1], tgt), x, 0)
            return of_memory, {**found, "tgt_embedding.embedding.weight": table_gradient(tables[1], tgt, grad)}
        start = f"encoder.layers.{i}."
        layer = layer_of(weights, start)
        grad, found = through_encoder(blocks.encoder_layer(x, layer, num_heads, src_mask), i + 1)
        grad, own = blocks.encoder_layer_backward(grad, x, layer, num_heads, src_mask)
        return grad, {**found, **{start + name: g for name, g in own.items()}}

    grad, found = through_encoder(embedded(tables[0], src), 0)
    return {**found, "src_embedding.embedding.weight": table_gradient(tables[0], src, grad)}
