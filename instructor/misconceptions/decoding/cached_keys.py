"""Misconceptions about decoding with cached keys and values."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoding.steps import Decoding


@misconception()
class CachePositionRestarts(Decoding):
    """Every token gets position 0. The newest token's position is the number of tokens before it."""

    def position(self, state):
        return 0


@misconception()
class CachePositionFromOne(Decoding):
    """The positions begin at 1. The first token has position 0, as in `model.decode`."""

    def position(self, state):
        return state.count + 1


@misconception()
class CacheWithoutPosition(Decoding):
    """No position is added to the newest token. `model.positional_encoding` adds those from 0 on: take row t of it."""

    def placed(self, model, x, position):
        return x


@misconception()
class CacheOverwrites(Decoding):
    """Only the newest token's keys and values are kept. Append them to the earlier ones along the tokens."""

    def appended(self, old, new):
        return new

    def own_mask(self, state):
        return state.tgt_shown[:, -1:]


@misconception()
class CacheAddsUp(Decoding):
    """New keys and values are added to the old ones as numbers. Put them one after the other, along the axis of the
    tokens: `torch.cat`."""

    def appended(self, old, new):
        return tuple(a + b for a, b in zip(old, new, strict=True))

    def own_mask(self, state):
        return None


@misconception()
class CacheInFront(Decoding):
    """New keys are put in front, while the mask goes on at the end. Append both at the end."""

    def appended(self, old, new):
        return tuple(self.xp.cat(both, dim=2) for both in zip(new, old, strict=True))


@misconception()
class CacheSharedByLayers(Decoding):
    """All layers write into one cache. Each layer has keys and values of its own."""

    def grown(self, state, number, new):
        state.own[0] = new if state.own[0] is None else self.appended(state.own[0], new)
        return state.own[0]

    def own_mask(self, state):
        shown, keys = state.tgt_shown, state.own[0][0].shape[2]
        return shown.repeat_interleave(len(state.model.decoder.layers), dim=1)[:, :keys]


@misconception()
class CacheWithoutNewest(Decoding):
    """The newest token does not see itself: attention comes before its keys are appended. Append first."""

    def grown(self, state, number, new):
        old = state.own[number]
        super().grown(state, number, new)
        return new if old is None else old

    def own_mask(self, state):
        return state.tgt_shown[:, : max(1, state.count)]


@misconception("cache-mask-misaligned")
class CacheFirstKeyOnly(Decoding):
    """The causal mask lets the new query see the first key only: its row in the mask is the last one. A single query
    may see all tokens so far, and needs no causal mask."""

    def own_mask(self, state):
        return state.tgt_shown & (self.xp.arange(state.tgt_shown.shape[1]) == 0)


@misconception()
class CachePaddingSeen(Decoding):
    """Padding among the tokens so far is looked at. Remember which of them were `model.pad_id`, and hide these keys."""

    def own_mask(self, state):
        return None


@misconception()
class CacheSourcePaddingSeen(Decoding):
    """The padding of the source is looked at. Hide the memory's keys where `src` is `model.pad_id`."""

    def memory_mask(self, state):
        return None


@misconception()
class CacheHidesNewPaddingOnly(Decoding):
    """Only the newest token is checked for padding, and the result is used for all keys. Remember it for each token."""

    def own_mask(self, state):
        return state.tgt_shown[:, -1:] | (self.xp.arange(state.tgt_shown.shape[1]) < 0)


@misconception()
class CachePaddingIsZero(Decoding):
    """Padding is always taken to be 0. The model says which id it is: `model.pad_id`."""

    def padding(self, model):
        return 0


@misconception()
class CacheDecodesAll(Decoding):
    """All tokens so far go through the decoder at every step: the numbers are right, and nothing is saved. Send only
    the newest token through, and take the earlier keys and values from the cache."""

    def logits(self, logits, state, tokens):
        return state.model.decode(state.tokens, state.encoded, state.src)[:, -1]


@misconception()
class CacheMemoryEveryStep(Decoding):
    """The memory's keys and values are computed again at every step. They never change: compute them in `start`."""

    def memory_of(self, state, number, layer, x):
        return self.memory_pair(layer, state.encoded)


@misconception()
class CacheMemoryGrows(Decoding):
    """The newest token is appended to the memory's keys and values too. The memory is the source, and never grows."""

    def memory_of(self, state, number, layer, x):
        state.memory[number] = self.appended(state.memory[number], self.pair(layer.cross_attention, x))
        return state.memory[number]

    def memory_mask(self, state):
        more = state.count + 1
        return self.xp.cat((state.src_shown, state.src_shown.new_ones(len(state.src_shown), more)), dim=1)


@misconception()
class CacheMemoryOfFirstLayer(Decoding):
    """All layers use the memory's keys and values of the first layer. Each has its own `w_k` and `w_v`."""

    def memory_of(self, state, number, layer, x):
        return state.memory[0]


@misconception()
class CacheMemoryFromSelf(Decoding):
    """The memory's keys and values are made with the maps of self-attention. Take those of `cross_attention`."""

    def memory_pair(self, layer, memory):
        return self.pair(layer.self_attention, memory)


@misconception()
class CacheWithoutMemory(Decoding):
    """Attention to the memory is left out, so the source is never seen. It is the second sublayer of every layer."""

    def crossed(self, state, number, layer, x):
        return x


@misconception()
class CacheEncodesEveryStep(Decoding):
    """The source is encoded again at every step. Encode it once, in `start`."""

    def step(self, state, tokens):
        state.encoded = self.encoded(state.model, state.src)
        return super().step(state, tokens)


@misconception()
class CacheEncodesTwice(Decoding):
    """`start` encodes the source more than once. The memory is the same for all layers: encode once, and keep it."""

    def encoded(self, model, src):
        model.encode(src)
        return model.encode(src)


@misconception()
class CacheStartKeepsOld(Decoding):
    """`start` keeps the keys and values of the last sentence. Empty the cache there."""

    def forget(self, state):
        if not hasattr(state, "own") or state.own[0] is None or len(state.own[0][0]) != len(state.src):
            super().forget(state)
        else:
            earlier = state.own[0][0].shape[2]
            state.tgt_shown = state.tgt_shown.new_ones(len(state.src), earlier)


@misconception()
class CacheStartKeepsKeys(Decoding):
    """`start` sets back the mask of the tokens so far, and keeps the keys and values of the last sentences: the two no
    longer fit together. Empty the cache there."""

    def forget(self, state):
        if not hasattr(state, "own"):
            super().forget(state)


@misconception()
class CacheStartKeepsAll(Decoding):
    """`start` keeps what there is of the last sentences: keys, values and mask go on growing. Empty all of it there."""

    def start(self, state, src):
        earlier = (state.tgt_shown, state.count, state.tokens) if hasattr(state, "own") else None
        super().start(state, src)
        if earlier:
            state.tgt_shown, state.count, state.tokens = earlier

    def forget(self, state):
        if not hasattr(state, "own"):
            super().forget(state)


@misconception()
class CacheStartKeepsCount(Decoding):
    """`start` does not set the position back to 0. The first token of each sentence has position 0."""

    def position(self, state):
        state.all = getattr(state, "all", 0) + 1
        return state.all - 1


@misconception()
class CacheNotReordered(Decoding):
    """`reorder` changes nothing, and the beams go on with the keys of others. Take the rows `indices` of everything
    that is kept: caches, memory and masks."""

    def reorder(self, state, indices):
        state.rows = len(indices)


@misconception()
class CacheMemoryNotReordered(Decoding):
    """`reorder` leaves the memory's keys and values as they were, so a row that has moved reads another source. Reorder
    them too."""

    def reorder_memory(self, state, indices):
        pass


@misconception()
class CacheMasksNotReordered(Decoding):
    """`reorder` leaves the masks as they were. Which keys are padding belongs to the rows: reorder it too."""

    def reorder_masks(self, state, indices):
        pass


@misconception()
class CacheSourceMaskNotReordered(Decoding):
    """`reorder` leaves the mask of the source as it was. Which of the memory's keys are padding belongs to the rows:
    reorder it too."""

    def reorder_masks(self, state, indices):
        state.tgt_shown = state.tgt_shown[indices]


@misconception()
class CacheOwnMaskNotReordered(Decoding):
    """`reorder` leaves the mask of the tokens so far as it was. Which of them are padding belongs to the rows: reorder
    it too."""

    def reorder_masks(self, state, indices):
        state.src_shown = state.src_shown[indices]


@misconception()
class CacheValuesNotReordered(Decoding):
    """`reorder` takes other keys, and leaves the values. Both belong to the rows."""

    def reordered_pair(self, pair, indices):
        return None if pair is None else (pair[0][indices], pair[1])


@misconception()
class CacheReordersTheOtherWay(Decoding):
    """`reorder` puts row i where `indices[i]` says, instead of fetching it from there. Row i goes on with the old row
    `indices[i]`: `tensor[indices]`."""

    def reorder(self, state, indices):
        super().reorder(state, indices.argsort())


@misconception(weight=Weight.SLIP)
class CacheReorderNeedsAStep(Decoding):
    """`reorder` fails before the first step, where there is no cache yet. Leave out what is not there."""

    def reordered_pair(self, pair, indices):
        return tuple(part[indices] for part in pair)


@misconception()
class CacheReorderCountsRows(Decoding):
    """`reorder` works only where as many rows stay as there were. `indices` may have any length, and a row may be taken
    several times."""

    def reorder(self, state, indices):
        every = self.xp.arange(len(state.src))
        super().reorder(state, self.xp.where(every < len(indices), indices[every.clamp(max=len(indices) - 1)], every))


@misconception()
class CacheScaledByWidth(Decoding):
    """The scores are divided by the root of d_model. In each head it is the root of d_k, its own width."""

    def divisor(self, q, attention):
        return (q.shape[-1] * attention.num_heads) ** 0.5


@misconception()
class CacheNotScaled(Decoding):
    """The scores are not divided by √d_k."""

    def divisor(self, q, attention):
        return 1.0


@misconception()
class CacheOneHead(Decoding):
    """Attention is computed with one head over all features. Cut queries, keys and values into `num_heads` heads."""

    def split(self, x, attention):
        return x[:, None]


@misconception()
class CacheSplitWithoutTranspose(Decoding):
    """Keys are cut into heads by `view` alone, which mixes tokens and heads. First (tokens, heads, d_k), then swap the
    axes: `.transpose(1, 2)`."""

    def split(self, x, attention):
        return x.reshape(len(x), attention.num_heads, x.shape[1], -1)


@misconception()
class CacheKeysAndValuesSwapped(Decoding):
    """Keys and values are swapped. `w_k` makes the keys, `w_v` the values."""

    def pair(self, attention, x):
        return super().pair(attention, x)[::-1]


@misconception()
class CacheNoOutputMap(Decoding):
    """The heads' results are passed on without the map `w_o`, which mixes them. Apply it to their concatenation."""

    def mixed(self, heads, attention):
        return heads


@misconception()
class CacheNotScaledEmbedding(Decoding):
    """The rows of the table are not multiplied by √d_model. Call `model.tgt_embedding`, which does it."""

    def looked_up(self, model, ids):
        return model.tgt_embedding.embedding(ids)


@misconception()
class CacheReturnsAnAxisTooMany(Decoding):
    """The logits keep an axis for the tokens. The shape is (batch, vocab): take `[:, -1]`."""

    def logits(self, logits, state, tokens):
        return logits


@misconception()
class CacheReturnsLogProbs(Decoding):
    """Log-probabilities are returned. `step` returns the logits, as `model.decode` does."""

    def logits(self, logits, state, tokens):
        return logits[:, 0].log_softmax(dim=-1)


@misconception()
class CacheReturnsProbabilities(Decoding):
    """Probabilities are returned. `step` returns the logits, as `model.decode` does: leave out the softmax."""

    def logits(self, logits, state, tokens):
        return logits[:, 0].softmax(dim=-1)


@misconception()
class CacheReturnsIds(Decoding):
    """The id of the most probable token is returned. `step` returns the logits, (batch, vocab); whoever calls it
    chooses."""

    def logits(self, logits, state, tokens):
        return logits[:, 0].argmax(dim=-1)


@misconception()
class CacheOfSelfNotReordered(Decoding):
    """`reorder` leaves the keys and values of the earlier tokens as they were, so a beam goes on with those of another.
    Take the rows `indices` of them, as of the memory's."""

    def reordered_pair(self, pair, indices):
        return pair


@misconception(weight=Weight.NOTHING_LEFT)
class CacheForgetsEverything(Decoding):
    """Each token is decoded as if it were the first: no keys, no values and no position of earlier ones. Keep them from
    step to step."""

    def position(self, state):
        return 0

    def grown(self, state, number, new):
        return new

    def own_mask(self, state):
        return state.tgt_shown[:, -1:]


@misconception()
class CacheRunsTheDecoder(Decoding):
    """`step` runs the whole decoder over all tokens again. Compute the memory's keys and values once, in `start`, and
    send only the newest token through the layers."""

    def memory_pair(self, layer, memory):
        return None

    def reorder_memory(self, state, indices):
        pass

    def step(self, state, tokens):
        state.tokens = self.xp.cat((state.tokens, tokens[:, None]), dim=1)
        return state.model.decode(state.tokens, state.encoded, state.src)[:, -1]
