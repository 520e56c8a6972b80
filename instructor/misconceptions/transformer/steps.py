"""The right steps of the whole model and greedy decoding, for both wings.

`Model` does unit 7 in small steps: `self.xp` is the library, and `parts` is what the model is put together from, the
module itself or `_Arrays`. A misconception overrides one step, and its docstring is the sentence that a student reads.
"""

import math
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from transformer_ref.in_numpy.decoder import decoder
from transformer_ref.in_numpy.encoder import encoder, part
from transformer_ref.in_numpy.positional_encoding import positional_encoding


class Model:
    """Unit 7 in steps."""

    def __init__(self, xp: ModuleType) -> None:
        self.xp = xp

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {"transformer": cls(np).transformer}
        from instructor.misconceptions.transformer.modules import namespace

        return namespace(cls)

    # the embedding

    def looked_up(self, table: Any, ids: Any) -> Any:
        rows = table[ids] if self.xp is np else self.xp.nn.functional.embedding(ids, table)
        return self.scaled(rows, table)

    def scaled(self, vectors: Any, table: Any) -> Any:
        return vectors * math.sqrt(table.shape[1])

    def embedded(self, parts: Any, ids: Any, side: str) -> Any:
        return self.with_positions(parts, self.embedding_of(parts, side)(ids), side)

    def embedding_of(self, parts: Any, side: str) -> Any:
        return parts.src_embedding if side == "src" else parts.tgt_embedding

    def with_positions(self, parts: Any, x: Any, side: str) -> Any:
        return parts.positional_encoding(x)

    # the whole

    def transformer(
        self, src: Any, tgt: Any, weights: Any, num_heads: int, num_layers: int, pad_id: int = 0
    ) -> np.ndarray:
        return self.run(_Arrays(self, weights, *self.counts(num_heads, num_layers)), src, tgt, pad_id)

    def run(self, parts: Any, src: Any, tgt: Any, pad_id: int) -> Any:
        return self.decode(parts, tgt, self.encode(parts, src, pad_id), src, pad_id)

    def encode(self, parts: Any, src: Any, pad_id: int) -> Any:
        src = self.source(src)
        x = self.embedded(parts, src, "src")
        return self.memory(parts, parts.encoder(x, self.encoder_mask(src, pad_id)), x)

    def decode(self, parts: Any, tgt: Any, memory: Any, src: Any, pad_id: int) -> Any:
        src, tgt = self.source(src), self.target(tgt)
        masks = self.target_mask(tgt, src, pad_id), self.memory_mask(src, tgt, pad_id)
        x = self.decoded(parts, self.embedded(parts, tgt, "tgt"), memory, masks)
        return self.result(self.logits(parts, self.states(parts, x)))

    def decoded(self, parts: Any, x: Any, memory: Any, masks: tuple[Any, Any]) -> Any:
        return parts.decoder(x, memory, *masks)

    def source(self, src: Any) -> Any:
        return src

    def target(self, tgt: Any) -> Any:
        return tgt

    def memory(self, parts: Any, memory: Any, x: Any) -> Any:
        return memory

    def states(self, parts: Any, x: Any) -> Any:
        return x

    def logits(self, parts: Any, x: Any) -> Any:
        return parts.output(x)

    def result(self, logits: Any) -> Any:
        return logits

    # the masks

    def shown(self, ids: Any, pad_id: int) -> Any:
        return (ids != pad_id)[:, None, None, :]

    def causal(self, tokens: int) -> Any:
        return self.xp.tril(self.xp.ones((tokens, tokens), dtype=self.boolean))

    @property
    def boolean(self) -> Any:
        return bool if self.xp is np else self.xp.bool

    def encoder_mask(self, src: Any, pad_id: int) -> Any:
        return self.shown(src, pad_id)

    def target_mask(self, tgt: Any, src: Any, pad_id: int) -> Any:
        return self.combined(self.shown(tgt, pad_id), self.causal(tgt.shape[1]))

    def combined(self, shown: Any, causal: Any) -> Any:
        return shown & causal

    def memory_mask(self, src: Any, tgt: Any, pad_id: int) -> Any:
        return self.shown(src, pad_id)

    # the module of the PyTorch wing

    defaults: ClassVar[dict[str, Any]] = {
        "d_model": 512,
        "num_heads": 8,
        "num_layers": 6,
        "d_ff": 2048,
        "dropout": 0.1,
        "max_len": 5000,
        "pad_id": 0,
    }

    def make_table(self, module: Any, vocab_size: int, d_model: int) -> None:
        module.embedding = self.xp.nn.Embedding(vocab_size, d_model)

    def table_of(self, module: Any) -> Any:
        return module.embedding.weight

    def hidden_width(self, d_model: int, d_ff: int) -> int:
        return d_ff

    def counts(self, num_heads: int, num_layers: int) -> tuple[int, int]:
        return num_heads, num_layers

    def layer_names(self, num_layers: int) -> list[Any]:
        return list(range(num_layers))

    def stack_of(self, stack: str) -> str:
        return stack

    def below(self, weights: dict[str, Any], path: str) -> dict[str, Any]:
        return part(weights, path)

    def rate(self, part: str, dropout: float) -> float:
        return dropout

    def positions(self, max_len: int, dropout: float) -> int:
        return max_len

    def embeddings(self, module: Any, token_embedding: type, sizes: tuple[int, int], d_model: int) -> None:
        module.src_embedding, module.tgt_embedding = (token_embedding(size, d_model) for size in sizes)

    def output_map(self, module: Any, d_model: int, sizes: tuple[int, int]) -> None:
        module.output = self.xp.nn.Linear(d_model, sizes[1])

    def finish(self, module: Any, d_model: int) -> None:
        pass

    def dropped_again(self, module: Any, x: Any) -> Any:
        return x

    # decoding

    def greedy_decode(self, model: Any, src: Any, bos_id: int, eos_id: int, max_len: int, pad_id: int = 0) -> Any:
        was_training = model.training
        self.enter(model)
        with self.without_gradients():
            tgt = self.said(model, src, *self.special(bos_id, eos_id, pad_id), max_len)
        self.leave(model, was_training)
        return self.returned(tgt, eos_id, pad_id)

    def said(self, model: Any, src: Any, bos_id: int, eos_id: int, pad_id: int, max_len: int) -> Any:
        memory = model.encode(src)
        tgt = self.begun(src, bos_id, eos_id)
        ended = self.xp.zeros(len(src), dtype=self.xp.bool)
        while self.goes_on(tgt.shape[1] - 1, ended, max_len):
            chosen = self.choose(self.ask(model, self.prefix(tgt), memory, src))
            chosen = self.silenced(chosen, ended, pad_id)
            tgt = self.xp.cat((tgt, chosen[:, None]), dim=1)
            ended = self.now_ended(ended, chosen, eos_id)
        return tgt

    def begun(self, src: Any, bos_id: int, eos_id: int) -> Any:
        return self.xp.full((len(src), 1), bos_id)

    def special(self, bos_id: int, eos_id: int, pad_id: int) -> tuple[int, int, int]:
        return bos_id, eos_id, pad_id

    def enter(self, model: Any) -> None:
        model.eval()

    def leave(self, model: Any, was_training: bool) -> None:
        model.train(was_training)

    def without_gradients(self) -> Any:
        return self.xp.no_grad()

    def goes_on(self, generated: int, ended: Any, max_len: int) -> bool:
        return generated < max_len and not ended.all()

    def prefix(self, tgt: Any) -> Any:
        return tgt

    def ask(self, model: Any, tgt: Any, memory: Any, src: Any) -> Any:
        return model.decode(tgt, memory, src)

    def choose(self, logits: Any) -> Any:
        return logits[:, -1].argmax(dim=-1)

    def silenced(self, chosen: Any, ended: Any, pad_id: int) -> Any:
        return chosen.masked_fill(ended, pad_id)

    def now_ended(self, ended: Any, chosen: Any, eos_id: int) -> Any:
        return ended | (chosen == eos_id)

    def returned(self, tgt: Any, eos_id: int, pad_id: int) -> Any:
        return tgt[:, 1:]


class _Arrays:
    """The parts of the NumPy model, called as the module's parts are."""

    def __init__(self, steps: Model, weights: dict[str, Any], num_heads: int, num_layers: int) -> None:
        self.steps, self.weights, self.num_heads, self.num_layers = steps, weights, num_heads, num_layers

    def src_embedding(self, ids: Any) -> Any:
        return self.steps.looked_up(self.weights["src_embedding.embedding.weight"], ids)

    def tgt_embedding(self, ids: Any) -> Any:
        return self.steps.looked_up(self.weights["tgt_embedding.embedding.weight"], ids)

    def positional_encoding(self, x: Any) -> Any:
        return x + positional_encoding(*x.shape[1:])

    def encoder(self, x: Any, mask: Any) -> Any:
        return encoder(x, self._layers("encoder"), self.num_heads, mask)

    def decoder(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return decoder(x, memory, self._layers("decoder"), self.num_heads, tgt_mask, memory_mask)

    def output(self, x: Any) -> Any:
        return x @ self.weights["output.weight"].T + self.weights["output.bias"]

    def _layers(self, stack: str) -> list[dict[str, Any]]:
        names = self.steps.layer_names(self.num_layers)
        path = f"{self.steps.stack_of(stack)}.layers"
        return [self.steps.below(self.weights, f"{path}.{name}") for name in names]
