"""Misconceptions about the model's masks."""

from autograder.exercise import misconception
from instructor.misconceptions.transformer.steps import Model


@misconception("model-mask-from-vectors")
class ModelPaddingVisible(Model):
    """Padding is left visible everywhere: only the causal mask is used, or the padding mask was made from embedded
    vectors, which are not 0 at padding. Compare the ids with pad_id."""

    def shown(self, ids, pad_id):
        return self.xp.ones_like(ids, dtype=self.boolean)[:, None, None, :]


@misconception()
class ModelEncoderPaddingVisible(Model):
    """The encoder looks at the padding: it gets no mask, or one that hides queries. Give it the mask of the source's
    keys, or a sentence changes with the length of its neighbours."""

    def encoder_mask(self, src, pad_id):
        return None


@misconception()
class ModelMemoryPaddingVisible(Model):
    """The decoder's attention to the memory gets no mask. Padding in the source must stay invisible there too."""

    def memory_mask(self, src, tgt, pad_id):
        return None


@misconception()
class ModelTargetPaddingVisible(Model):
    """The target's mask is causal only, or hides its padding as queries. Hide it as keys: a position may see what is
    not later *and* is not padding."""

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
    """The padding mask is on the axis of the queries: padded tokens may not look, but everyone looks at them. Hide
    keys: the mask has shape (batch, 1, 1, keys)."""

    def shown(self, ids, pad_id):
        return (ids != pad_id)[:, None, :, None]

    def memory_mask(self, src, tgt, pad_id):
        return self.shown(tgt, pad_id)


@misconception()
class ModelPaddingOnEveryonesQueries(Model):
    """The padding mask is on the axis of the queries, in the attention to the memory too, where the queries are the
    target's and do not fit. Hide keys: the mask has shape (batch, 1, 1, keys)."""

    def shown(self, ids, pad_id):
        return (ids != pad_id)[:, None, :, None]


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
    """The padding mask is inverted: it shows the padding and hides the words. Here True means may attend."""

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
    """The encoder gets a causal mask. The whole source is known from the start, so the encoder may look both ways."""

    def encoder_mask(self, src, pad_id):
        return self.shown(src, pad_id) & self.causal(src.shape[1])


@misconception()
class ModelMemoryCausal(Model):
    """The decoder's attention to the memory is causal. The whole source is known from the start: hide its padding
    only."""

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
    """The decoder's two masks are swapped. The first is for its self-attention, the second for the memory."""

    def target_mask(self, tgt, src, pad_id):
        return super().memory_mask(src, tgt, pad_id)

    def memory_mask(self, src, tgt, pad_id):
        return super().target_mask(tgt, src, pad_id)


@misconception()
class ModelPaddingByLength(Model):
    """The padding is hidden by counting: as many tokens at the end as there are pad_ids. It may be anywhere: compare
    every id with pad_id."""

    def shown(self, ids, pad_id):
        lengths = (ids != pad_id).sum(-1)
        return (self.xp.arange(ids.shape[1]) < lengths[:, None])[:, None, None, :]


@misconception()
class ModelHiddenFromFirstPadding(Model):
    """Everything from the first pad_id on is hidden, words too. Hide the padding alone: compare every id with
    pad_id."""

    def shown(self, ids, pad_id):
        return ((ids == pad_id).cumsum(-1) == 0)[:, None, None, :]


@misconception()
class ModelPaddingVectorsZeroed(Model):
    """The padding's vectors are set to 0 in place of a mask. A key of zeros still gets its share of the attention: hide
    it with a mask."""

    def encode(self, parts, src, pad_id):
        self.padding = pad_id
        return super().encode(parts, src, pad_id)

    def decode(self, parts, tgt, memory, src, pad_id):
        self.padding = pad_id
        return super().decode(parts, tgt, memory, src, pad_id)

    def embedded(self, parts, ids, side):
        return super().embedded(parts, ids, side) * (ids != self.padding)[..., None]

    def shown(self, ids, pad_id):
        return self.xp.ones_like(ids, dtype=self.boolean)[:, None, None, :]


@misconception()
class ModelMaskWithoutAxes(Model):
    """The padding mask has the shape (batch, keys), which does not line up with (batch, heads, queries, keys). Make it
    (batch, 1, 1, keys): `(ids != pad_id)[:, None, None, :]`."""

    def shown(self, ids, pad_id):
        return ids != pad_id


@misconception()
class ModelMaskWithoutHeads(Model):
    """The padding mask lacks an axis, so its batch axis is where the heads or the queries should be. Make it (batch, 1,
    1, keys): `(ids != pad_id)[:, None, None, :]`."""

    def shown(self, ids, pad_id):
        return (ids != pad_id)[:, None, :]


class _WritesIds(Model):
    def encode(self, parts, src, pad_id):
        memory = super().encode(parts, src, pad_id)
        self.write(src, pad_id)
        return memory

    def decode(self, parts, tgt, memory, src, pad_id):
        logits = super().decode(parts, tgt, memory, src, pad_id)
        self.write(tgt, pad_id)
        return logits

    def write(self, ids, pad_id):
        raise NotImplementedError


@misconception()
class ModelIdsOverwritten(_WritesIds):
    """The padding in the caller's ids is overwritten (`ids[ids == pad_id] = …`), so nothing shows any more what was
    padding. Leave the ids as they are, and compare them."""

    def shown(self, ids, pad_id):
        return self.xp.ones_like(ids, dtype=self.boolean)[:, None, None, :]

    def write(self, ids, pad_id):
        ids[ids == pad_id] = 1


@misconception()
class ModelMaskInTheIds(_WritesIds):
    """The mask is written into the caller's ids (`ids[ids != pad_id] = 1`), and the sentences are gone. Make a new
    array: `ids != pad_id`."""

    def write(self, ids, pad_id):
        ids[ids != pad_id] = 1
