"""The right steps of the way back through the whole model, in NumPy."""

from typing import Any

import numpy as np

from transformer_ref.in_numpy.decoder import decoder_layer, decoder_layer_backward
from transformer_ref.in_numpy.encoder import encoder_layer, encoder_layer_backward, named, part
from transformer_ref.in_numpy.positional_encoding import positional_encoding


class WayBack:
    """`transformer_backward` in steps."""

    weights: Any
    heads: Any
    layers: Any
    src_mask: Any
    tgt_mask: Any

    def transformer_backward(
        self, grad_logits: Any, src: Any, tgt: Any, weights: Any, num_heads: int, num_layers: int, pad_id: int = 0
    ) -> Any:
        self.weights, self.heads, self.layers = weights, num_heads, num_layers
        self.src_mask, self.tgt_mask = self.masks(src, tgt, self.padding(pad_id))
        inputs = self.into_encoder(self.vectors(src, "src"))
        outputs = self.into_decoder(self.vectors(tgt, "tgt"), inputs[-1])
        grad_logits = self.from_above(grad_logits, tgt, pad_id)
        gradients = self.of_output(grad_logits, outputs[-1])
        grad, grad_memory, found = self.through_decoder(self.into_last(grad_logits), outputs, inputs[-1])
        gradients |= found | self.of_table("tgt", grad, tgt)
        grad, found = self.through_encoder(self.memory_gradient(grad_memory), inputs)
        return self.all_gradients(gradients | found | self.of_table("src", grad, src))

    def padding(self, pad_id: int) -> int:
        return pad_id

    def masks(self, src: Any, tgt: Any, pad_id: int) -> Any:
        return self.source_mask(src, pad_id), self.target_mask(tgt, pad_id)

    def source_mask(self, src: Any, pad_id: int) -> Any:
        return (src != pad_id)[:, None, None, :]

    def target_mask(self, tgt: Any, pad_id: int) -> Any:
        return (tgt != pad_id)[:, None, None, :] & self.past(tgt.shape[1])

    def past(self, tokens: int) -> Any:
        return np.tri(tokens, dtype=bool)

    def vectors(self, ids: Any, side: str) -> Any:
        table = self.table(side)
        return table[ids] * self.loudness(table) + self.positions(ids, table.shape[1])

    def positions(self, ids: Any, d_model: int) -> Any:
        return positional_encoding(ids.shape[1], d_model)

    def table(self, side: str) -> Any:
        return self.weights[f"{side}_embedding.embedding.weight"]

    def loudness(self, table: Any) -> float:
        return float(np.sqrt(table.shape[1]))

    def layer(self, stack: str, number: int) -> Any:
        return part(self.weights, f"{stack}.layers.{number}")

    def into_encoder(self, x: Any) -> Any:
        states = [x]
        for number in range(self.layers):
            states.append(encoder_layer(states[-1], self.layer("encoder", number), self.heads, self.src_mask))
        return states

    def into_decoder(self, x: Any, memory: Any) -> Any:
        states = [x]
        for number in range(self.layers):
            layer = self.layer("decoder", number)
            states.append(decoder_layer(states[-1], memory, layer, self.heads, self.tgt_mask, self.src_mask))
        return states

    def from_above(self, grad_logits: Any, tgt: Any, pad_id: int) -> Any:
        return grad_logits

    def of_output(self, grad_logits: Any, last: Any) -> Any:
        rows = grad_logits.reshape(-1, grad_logits.shape[-1])
        return {
            "output.weight": rows.T @ self.before_output(last).reshape(len(rows), -1),
            "output.bias": self.of_output_bias(grad_logits),
        }

    def before_output(self, last: Any) -> Any:
        return last

    def of_output_bias(self, grad_logits: Any) -> Any:
        return grad_logits.sum(axis=(0, 1))

    def into_last(self, grad_logits: Any) -> Any:
        return grad_logits @ self.weights["output.weight"]

    def order(self) -> Any:
        return reversed(range(self.layers))

    def through_decoder(self, grad: Any, outputs: Any, memory: Any) -> Any:
        grad_memory, found = np.zeros_like(memory), dict[str, Any]()
        for number in self.order():
            layer, masks = self.layer("decoder", number), (self.tgt_mask, self.memory_mask())
            x = self.entered(outputs, number)
            grad, of_memory, own = decoder_layer_backward(grad, x, memory, layer, self.heads, *masks)
            grad_memory = self.added(grad_memory, of_memory)
            found |= named(own, f"decoder.layers.{number}")
        return grad, grad_memory, found

    def memory_mask(self) -> Any:
        return self.src_mask

    def entered(self, states: Any, number: int) -> Any:
        return states[number]

    def added(self, grad_memory: Any, of_layer: Any) -> Any:
        return grad_memory + of_layer

    def memory_gradient(self, grad_memory: Any) -> Any:
        return grad_memory

    def through_encoder(self, grad: Any, inputs: Any) -> Any:
        found: dict[str, Any] = {}
        for number in self.order():
            x = self.entered(inputs, number)
            grad, own = encoder_layer_backward(grad, x, self.layer("encoder", number), self.heads, self.encoder_mask())
            found |= named(own, f"encoder.layers.{number}")
        return grad, found

    def encoder_mask(self) -> Any:
        return self.src_mask

    def of_table(self, side: str, grad: Any, ids: Any) -> Any:
        table = np.zeros_like(self.table(side))
        return {f"{side}_embedding.embedding.weight": self.collected(table, ids, grad * self.way_back(table))}

    def way_back(self, table: Any) -> float:
        return float(np.sqrt(table.shape[1]))

    def collected(self, table: Any, ids: Any, grad: Any) -> Any:
        np.add.at(table, ids, grad)
        return table

    def all_gradients(self, gradients: Any) -> Any:
        return gradients
