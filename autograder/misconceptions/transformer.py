"""Misconceptions about the whole model and about greedy decoding, for both wings.

`Model` does unit 7 in small steps: `self.xp` is the library, and `parts` is what the model is put together from, the
module itself or `_Arrays`. A misconception overrides one step, and its docstring is the sentence that a student reads.
"""

import math
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception
from transformer_ref.in_numpy.decoder import decoder
from transformer_ref.in_numpy.encoder import encoder, part
from transformer_ref.in_numpy.layer_norm import layer_norm
from transformer_ref.in_numpy.positional_encoding import positional_encoding

DEFAULT_DROPOUT, DEFAULT_MAX_LEN = 0.1, 5000


class Model:
    """Unit 7 in steps."""

    def __init__(self, xp: ModuleType) -> None:
        self.xp = xp

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {"transformer": cls(np).transformer}
        from autograder.misconceptions.transformer_modules import namespace

        return namespace(cls)

    # the embedding

    def looked_up(self, table: Any, ids: Any) -> Any:
        return self.scaled(table[ids], table)

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
        x = parts.decoder(self.embedded(parts, tgt, "tgt"), memory, *masks)
        return self.result(self.logits(parts, self.states(parts, x)))

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

    def counts(self, num_heads: int, num_layers: int) -> tuple[int, int]:
        return num_heads, num_layers

    def layer_names(self, num_layers: int) -> list[Any]:
        return list(range(num_layers))

    def rate(self, part: str, dropout: float) -> float:
        return dropout

    def positions(self, max_len: int) -> int:
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
        tgt = self.xp.full((len(src), 1), bos_id)
        ended = self.xp.zeros(len(src), dtype=self.xp.bool)
        while self.goes_on(tgt.shape[1] - 1, ended, max_len):
            chosen = self.choose(self.ask(model, self.prefix(tgt), memory, src))
            chosen = self.silenced(chosen, ended, pad_id)
            tgt = self.xp.cat((tgt, chosen[:, None]), dim=1)
            ended = self.now_ended(ended, chosen, eos_id)
        return tgt

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
        return [part(self.weights, f"{stack}.layers.{name}") for name in self.steps.layer_names(self.num_layers)]


# ---- the embedding


@misconception()
class ModelNoEmbeddingScale(Model):
    """The embeddings are not multiplied by √d_model: the positional encoding then drowns the tokens."""

    def scaled(self, vectors, table):
        return vectors


@misconception()
class ModelEmbeddingDivided(Model):
    """The embeddings are divided by √d_model. Section 3.4 multiplies: they become larger, not smaller."""

    def scaled(self, vectors, table):
        return vectors / math.sqrt(table.shape[1])


@misconception("model-scaled-twice")
class ModelEmbeddingTimesD(Model):
    """The embeddings are multiplied by d_model itself, or by its root twice: in the embedding and again in the model.
    Multiply by the root, once."""

    def scaled(self, vectors, table):
        return vectors * table.shape[1]


@misconception()
class ModelEmbeddingScaledByVocabulary(Model):
    """The embeddings are multiplied by the root of the vocabulary's size. It is the root of d_model, the length of one
    vector."""

    def scaled(self, vectors, table):
        return vectors * math.sqrt(table.shape[0])


@misconception()
class ModelPositionsScaledToo(Model):
    """The sum of embedding and encoding is multiplied by √d_model. Scale the embedding first, then add the positions as
    they are."""

    def with_positions(self, parts, x, side):
        root = math.sqrt(x.shape[-1])
        return parts.positional_encoding(x / root) * root


@misconception()
class ModelTableScaledInPlace(Model):
    """The table itself is multiplied by √d_model, in place: at every call it grows again. Scale what was looked up."""

    def scaled(self, vectors, table):
        if self.xp is np:
            table *= math.sqrt(table.shape[1])
        else:
            table.data.mul_(math.sqrt(table.shape[1]))
        return super().scaled(vectors, table)


@misconception()
class ModelEmbeddingDetached(Model):
    """The gradient does not reach the table of embeddings: `.data` or `.detach()` cuts it off, and the table is never
    trained."""

    def looked_up(self, table, ids):
        return super().looked_up(table if self.xp is np else table.detach(), ids)


@misconception()
class ModelEmbeddingView(Model):
    """The ids are reshaped by `view`, which needs contiguous memory, and a slice of a batch is not contiguous. A
    look-up takes ids of any shape as they are."""

    def looked_up(self, table, ids):
        return super().looked_up(table, ids if self.xp is np else ids.view(-1).view(ids.shape))


@misconception()
class ModelSharedEmbedding(Model):
    """Source and target share one table of embeddings. Here each vocabulary has its own: `src_embedding` and
    `tgt_embedding`."""

    def embedding_of(self, parts, side):
        return parts.src_embedding

    def embeddings(self, module, token_embedding, sizes, d_model):
        module.src_embedding = module.tgt_embedding = token_embedding(max(sizes), d_model)


@misconception()
class ModelEmbeddingsSwapped(Model):
    """The two tables of embeddings have changed places: the source is looked up in the target's table, and the other
    way round."""

    def embedding_of(self, parts, side):
        return parts.tgt_embedding if side == "src" else parts.src_embedding


@misconception()
class ModelBatchTimeMixed(Model):
    """The axes of batch and tokens are exchanged by a reshape, which mixes the sentences of a batch. Everything here is
    batch first; where axes must change places, transpose."""

    def with_positions(self, parts, x, side):
        batch, tokens, d_model = x.shape
        mixed = self.xp.swapaxes(x.reshape(tokens, batch, d_model), 0, 1)
        return super().with_positions(parts, mixed, side)


# ---- positions


@misconception()
class ModelNoPositions(Model):
    """No positional encoding is added: for the model a sentence is a bag of words."""

    def with_positions(self, parts, x, side):
        return x


@misconception()
class ModelNoTargetPositions(Model):
    """The target gets no positional encoding. Both embeddings get it, as figure 1 shows."""

    def with_positions(self, parts, x, side):
        return x if side == "tgt" else super().with_positions(parts, x, side)


@misconception()
class ModelNoSourcePositions(Model):
    """The source gets no positional encoding. Both embeddings get it, as figure 1 shows."""

    def with_positions(self, parts, x, side):
        return x if side == "src" else super().with_positions(parts, x, side)


@misconception("model-positions-in-the-embedding-too")
class ModelPositionsTwice(Model):
    """The positional encoding is added twice. Once, at the bottom of each stack, is enough."""

    def with_positions(self, parts, x, side):
        return parts.positional_encoding(parts.positional_encoding(x))


@misconception()
class ModelPositionsRestart(Model):
    """Every target token gets position 0, as if each decoding step began anew. Token t has position t."""

    def with_positions(self, parts, x, side):
        if side == "src":
            return parts.positional_encoding(x)
        tokens = [parts.positional_encoding(x[:, t : t + 1]) for t in range(x.shape[1])]
        return self.xp.concatenate(tokens, 1)


# ---- masks


@misconception("model-mask-from-vectors")
class ModelPaddingVisible(Model):
    """Padding is left visible everywhere: only the causal mask is used, or the padding mask was made from embedded
    vectors, which are not 0 at padding. Compare the ids with pad_id."""

    def shown(self, ids, pad_id):
        return self.xp.ones_like(ids, dtype=self.boolean)[:, None, None, :]


@misconception()
class ModelEncoderPaddingVisible(Model):
    """The encoder gets no mask: every source token looks at the padding, and a sentence changes with its neighbours'
    length."""

    def encoder_mask(self, src, pad_id):
        return None


@misconception()
class ModelMemoryPaddingVisible(Model):
    """The decoder's attention to the memory gets no mask. Padding in the source must stay invisible there too."""

    def memory_mask(self, src, tgt, pad_id):
        return None


@misconception()
class ModelTargetPaddingVisible(Model):
    """The target's mask is causal only. Padding is hidden too: a position may see what is not later *and* no
    padding."""

    def combined(self, shown, causal):
        return causal


@misconception()
class ModelNoCausal(Model):
    """The target's mask hides the padding only, so every position sees the future: the decoder reads the answer."""

    def combined(self, shown, causal):
        return shown


@misconception()
class ModelTargetUnmasked(Model):
    """The decoder's self-attention gets no mask at all. It needs both, causal and padding, combined by AND."""

    def combined(self, shown, causal):
        return None


@misconception("model-masks-added")
class ModelMasksOr(Model):
    """The two masks of the target are combined by OR (`|`, or `+`). A key is visible only if *both* allow it: AND."""

    def combined(self, shown, causal):
        return shown | causal


@misconception()
class ModelPaddingOnQueries(Model):
    """The padding mask stands on the axis of the queries: padded tokens may not look, but everyone looks at them. Hide
    keys: the mask has shape (batch, 1, 1, keys)."""

    def shown(self, ids, pad_id):
        return (ids != pad_id)[:, None, :, None]

    def memory_mask(self, src, tgt, pad_id):
        return self.shown(tgt, pad_id)


@misconception()
class ModelPadIdHardCoded(Model):
    """The padding's id is taken to be 0. Use the argument `pad_id`."""

    def shown(self, ids, pad_id):
        return super().shown(ids, 0)


@misconception()
class ModelPadIdForSourceOnly(Model):
    """`pad_id` is used for the source only, and the target's padding is taken to be 0. It is the same id in both."""

    def target_mask(self, tgt, src, pad_id):
        return super().target_mask(tgt, src, 0)


@misconception()
class ModelPaddingShownOnly(Model):
    """The padding mask is turned round: it shows the padding and hides the words. Here True means may attend."""

    def shown(self, ids, pad_id):
        return (ids == pad_id)[:, None, None, :]


@misconception()
class ModelMaskOfFirstSentence(Model):
    """The padding mask of the first sentence is used for the whole batch. Every sentence has its own."""

    def shown(self, ids, pad_id):
        return super().shown(ids[:1], pad_id)


@misconception()
class ModelCausalFlipped(Model):
    """The causal mask is the wrong triangle: the future is allowed and the past is hidden. Keep the lower triangle."""

    def causal(self, tokens):
        return self.xp.triu(self.xp.ones((tokens, tokens), dtype=self.boolean))


@misconception()
class ModelCausalStrict(Model):
    """The causal mask hides the diagonal. A token may attend to itself; the first one would see nothing."""

    def causal(self, tokens):
        return self.xp.tril(self.xp.ones((tokens, tokens), dtype=self.boolean), -1)


@misconception()
class ModelCausalLeak(Model):
    """The causal mask is off by one: position t sees token t + 1, which is the answer."""

    def causal(self, tokens):
        return self.xp.tril(self.xp.ones((tokens, tokens), dtype=self.boolean), 1)


@misconception()
class ModelEncoderCausal(Model):
    """The encoder gets a causal mask. The source is all there from the beginning: the encoder may look both ways."""

    def encoder_mask(self, src, pad_id):
        return self.shown(src, pad_id) & self.causal(src.shape[1])


@misconception()
class ModelMemoryCausal(Model):
    """The decoder's attention to the memory is causal. The source is all there from the beginning: only its padding is
    hidden."""

    def memory_mask(self, src, tgt, pad_id):
        tokens = max(src.shape[1], tgt.shape[1])
        return self.shown(src, pad_id) & self.causal(tokens)[: tgt.shape[1], : src.shape[1]]


@misconception()
class ModelCausalOfSource(Model):
    """The causal mask has the source's length. It belongs to the target, which has a length of its own."""

    def target_mask(self, tgt, src, pad_id):
        return self.combined(self.shown(tgt, pad_id), self.causal(src.shape[1]))


@misconception()
class ModelMemoryMaskOfTarget(Model):
    """The decoder's attention to the memory is masked by the target's padding. The keys there are source tokens: use
    `src`."""

    def memory_mask(self, src, tgt, pad_id):
        return self.shown(tgt, pad_id)


@misconception()
class ModelMaskGoesToTheOtherAttention(Model):
    """The decoder's two masks have changed places. The first is for its self-attention, the second for the memory."""

    def target_mask(self, tgt, src, pad_id):
        return super().memory_mask(src, tgt, pad_id)

    def memory_mask(self, src, tgt, pad_id):
        return super().target_mask(tgt, src, pad_id)


# ---- how the parts are joined


@misconception()
class ModelShiftsSource(Model):
    """The source is cut by one token, as if it were to be shifted. Only the target is ever shifted, outside of the
    model."""

    def source(self, src):
        return src[:, :-1]

    def decode(self, parts, tgt, memory, src, pad_id):
        return super().decode(parts, tgt, memory[:, : src.shape[1] - 1], src, pad_id)


@misconception()
class ModelShiftsTarget(Model):
    """The model cuts the target's last token itself. Whoever calls it shifts the target: there is one row of logits for
    each token given."""

    def target(self, tgt):
        return tgt[:, :-1]


@misconception()
class ModelPositionOfLogits(Model):
    """The logits stand one position too late. Row t answers the prefix that ends with token t."""

    def result(self, logits):
        return self.xp.roll(logits, 1, 1)


@misconception()
class ModelReturnsProbabilities(Model):
    """A softmax stands at the end. Return the logits: the loss takes the softmax itself, and a second one flattens
    it."""

    def result(self, logits):
        powers = self.xp.exp(logits)
        return powers / powers.sum(-1)[..., None]


@misconception()
class ModelReturnsLogProbabilities(Model):
    """A log-softmax stands at the end. Return the logits as the output map gives them."""

    def result(self, logits):
        return logits - self.xp.log(self.xp.exp(logits).sum(-1))[..., None]


@misconception()
class ModelReturnsIds(Model):
    """The most likely ids are returned. The model gives logits; to choose among them is the decoding's task."""

    def result(self, logits):
        return logits.argmax(-1)


@misconception()
class ModelLastPositionOnly(Model):
    """Only the last position's logits are returned. In training every position is a question of its own: return all."""

    def result(self, logits):
        return logits[:, -1]


@misconception()
class ModelFinalNorm(Model):
    """There is one more layer norm behind the stacks, as in `nn.Transformer` or in pre-norm models. In the paper every
    sublayer already ends with a norm, and nothing follows."""

    def memory(self, parts, memory, x):
        return self.normalised(memory)

    def states(self, parts, x):
        return self.normalised(x)

    def normalised(self, x):
        return layer_norm(x, np.ones(x.shape[-1]), np.zeros(x.shape[-1])) if self.xp is np else x

    def finish(self, module, d_model):
        from transformer_ref.in_torch.layer_norm import LayerNorm

        module.encoder_norm, module.decoder_norm = LayerNorm(d_model), LayerNorm(d_model)


@misconception()
class ModelEncoderSkipped(Model):
    """The decoder looks at the embedded source: what the encoder returned is thrown away. The memory is the encoder's
    output."""

    def memory(self, parts, memory, x):
        return x


@misconception()
class ModelMemoryReversed(Model):
    """The source is turned round before the encoder, an old trick of recurrent models. The paper leaves its order as it
    is."""

    def source(self, src):
        return src[:, ::-1] if self.xp is np else src.flip(1)


# ---- parameters


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
    """The output map leads to the source's vocabulary. The model speaks the target's language."""

    def output_map(self, module, d_model, sizes):
        module.output = self.xp.nn.Linear(d_model, sizes[0])


@misconception()
class ModelHeadsAndLayersSwapped(Model):
    """The number of heads and the number of layers have changed places. Mind the order of a stack's arguments: the
    layers come first."""

    def counts(self, num_heads, num_layers):
        return num_layers, num_heads


@misconception()
class ModelPartsInADict(Model):
    """The parts stand in a plain dict or list, and PyTorch cannot see them: no parameters, nothing to train. Make them
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
    """`max_len` does not reach the positional encoding, which keeps its default of 5000 positions. Hand it on."""

    def positions(self, max_len):
        return DEFAULT_MAX_LEN


# ---- dropout


@misconception()
class ModelDropoutNotPassed(Model):
    """The argument `dropout` reaches none of the parts, which keep their default. Hand it on to all three."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT


@misconception()
class ModelEmbeddingDropoutMissing(Model):
    """The sums of embeddings and encodings are not dropped at the rate `dropout`. Section 5.4 names them: hand it on to
    the positional encoding too."""

    def rate(self, part, dropout):
        return 0.0 if part == "positional_encoding" else dropout


@misconception()
class ModelEncoderDropoutMissing(Model):
    """The argument `dropout` does not reach the encoder. Hand it on to both stacks."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT if part == "encoder" else dropout


@misconception()
class ModelDecoderDropoutMissing(Model):
    """The argument `dropout` does not reach the decoder. Hand it on to both stacks."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT if part == "decoder" else dropout


@misconception()
class ModelDropoutTwice(Model):
    """The sums of embeddings and encodings are dropped twice: the positional encoding does it already."""

    def with_positions(self, parts, x, side):
        return self.dropped_again(parts, super().with_positions(parts, x, side))

    def dropped_again(self, module, x):
        if self.xp is np:
            return x
        return self.xp.nn.functional.dropout(x, module.positional_encoding.dropout.p, module.training)


@misconception()
class ModelDropoutInEval(Model):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def with_positions(self, parts, x, side):
        if self.xp is np:
            return super().with_positions(parts, x, side)
        dropout = parts.positional_encoding.dropout
        return self.xp.nn.functional.dropout(
            super().with_positions(parts, x, side), 0.0 if dropout.training else dropout.p
        )


@misconception()
class ModelLogitsDropped(Model):
    """The logits are dropped in training. Dropout stands behind the embeddings and in every sublayer, not behind the
    output."""

    def logits(self, parts, x):
        if self.xp is np:
            return super().logits(parts, x)
        rate = parts.positional_encoding.dropout.p
        return self.xp.nn.functional.dropout(super().logits(parts, x), rate, parts.training)


# ---- greedy decoding


@misconception("greedy-never-feeds-back")
class GreedyFirstPosition(Model):
    """The logits of the first position are read at every step, or the prefix never grows. The newest position, the last
    one, says what comes next."""

    def choose(self, logits):
        return logits[:, 0].argmax(dim=-1)


@misconception()
class GreedyNeverStops(Model):
    """`eos_id` is not looked at: every row is written on up to max_len. A row ends with its first eos_id, and padding
    follows."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len

    def silenced(self, chosen, ended, pad_id):
        return chosen


@misconception()
class GreedyNoPadAfterEos(Model):
    """Rows that have ended go on writing while others are still busy. After its eos_id a row gets only padding."""

    def silenced(self, chosen, ended, pad_id):
        return chosen


@misconception()
class GreedyEndIsForgotten(Model):
    """Only the newest tokens are compared with eos_id, so a row that ended earlier counts as running again. Remember
    which rows have ended."""

    def silenced(self, chosen, ended, pad_id):
        return chosen

    def now_ended(self, ended, chosen, eos_id):
        return chosen == eos_id


@misconception()
class GreedyStopsAtFirstEos(Model):
    """The whole batch stops when its first row ends. Go on until *all* rows have ended."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len and not ended.any()


@misconception()
class GreedyFixedWidth(Model):
    """The result always has max_len columns. It is as wide as its longest row: stop when all rows have ended."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len


@misconception()
class GreedyKeepsBos(Model):
    """The result still begins with bos_id. Return what was generated, without it."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt


@misconception()
class GreedyDropsEos(Model):
    """`eos_id` is missing from the result. A row is returned up to and with its first eos_id."""

    def returned(self, tgt, eos_id, pad_id):
        ids = tgt[:, 1:].masked_fill(tgt[:, 1:] == eos_id, pad_id)
        return ids[:, (ids != pad_id).any(dim=0)]


@misconception()
class GreedyOneTooMany(Model):
    """There is one token too many. max_len counts the generated tokens, without bos_id."""

    def goes_on(self, generated, ended, max_len):
        return generated <= max_len and not ended.all()


@misconception()
class GreedyOneTooFew(Model):
    """There is one token too few: bos_id was counted. max_len counts the generated tokens, without it."""

    def goes_on(self, generated, ended, max_len):
        return generated + 1 < max_len and not ended.all()


@misconception()
class GreedyInTrainMode(Model):
    """The model decodes in the mode in which it came: in training, dropout makes every run say something else. Switch
    to evaluation first."""

    def enter(self, model):
        pass


@misconception()
class GreedyLeavesEvaluation(Model):
    """The model is left in evaluation mode although it came in training: from then on it trains without dropout. Put it
    back into the mode in which it came."""

    def leave(self, model, was_training):
        pass


@misconception()
class GreedyLeavesTraining(Model):
    """The model is always left in training mode, also where it came in evaluation. Put it back into the mode in which
    it came."""

    def leave(self, model, was_training):
        model.train()


@misconception()
class GreedyRecordsGradients(Model):
    """Gradients are recorded at every step, and all of the past is kept in memory for nothing. Decode under
    `torch.no_grad()`."""

    def without_gradients(self):
        return nullcontext()


@misconception("greedy-positions-restart")
class GreedyLastTokenOnly(Model):
    """`decode` is given the newest token alone: its position starts at 0 again and everything before it is forgotten.
    Give it the whole prefix."""

    def prefix(self, tgt):
        return tgt[:, -1:]


@misconception()
class GreedyForgetsBos(Model):
    """After the first step bos_id is left out of the prefix. Every prefix begins with it, as every target did in
    training."""

    def prefix(self, tgt):
        return tgt if tgt.shape[1] == 1 else tgt[:, 1:]


@misconception()
class GreedyBosHardCoded(Model):
    """Decoding always starts with the id 1. Start with the argument `bos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return 1, eos_id, pad_id


@misconception()
class GreedyStartsWithPadding(Model):
    """Decoding starts with padding. Start with the argument `bos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return pad_id, eos_id, pad_id


@misconception()
class GreedyEosHardCoded(Model):
    """The end is always looked for at the id 2. Compare with the argument `eos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, 2, pad_id


@misconception()
class GreedyPadHardCoded(Model):
    """What follows the end is always filled with 0. Use the argument `pad_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, eos_id, 0


@misconception()
class GreedyFillsWithEos(Model):
    """What follows the end is filled with eos_id. A row has one eos_id, and `pad_id` after it."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, eos_id, eos_id


@misconception()
class GreedySamples(Model):
    """The next token is drawn at random. Greedy decoding takes the most likely one."""

    def choose(self, logits):
        return self.xp.multinomial(logits[:, -1].softmax(dim=-1), 1)[:, 0]


@misconception()
class GreedyLeastLikely(Model):
    """The least likely token is taken. Take the one with the largest logit."""

    def choose(self, logits):
        return logits[:, -1].argmin(dim=-1)


@misconception()
class GreedyOneChoiceForAll(Model):
    """One choice is made for the whole batch. Every row has its own: take the largest logit along the vocabulary."""

    def choose(self, logits):
        return logits[:1, -1].argmax(dim=-1).expand(len(logits))


@misconception()
class GreedyCallsTheModel(Model):
    """The model itself is called, which encodes the source again at every step. Call `model.encode(src)` once, and then
    `model.decode(tgt, memory, src)`."""

    def ask(self, model, tgt, memory, src):
        return model(src, tgt)


@misconception()
class GreedyMemoryAndSourceSwapped(Model):
    """Memory and source have changed places in the call of `decode`. Its arguments are tgt, memory, src."""

    def ask(self, model, tgt, memory, src):
        return model.decode(tgt, src, memory)


@misconception()
class GreedyReturnsLists(Model):
    """Lists are returned. The result is a tensor of ids, one row for each sentence."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt[:, 1:].tolist()


@misconception()
class GreedyReturnsNumbers(Model):
    """The ids are returned as floating-point numbers. Ids are integers."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt[:, 1:].float()


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
