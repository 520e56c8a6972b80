# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6 · The decoder
#
# *Section 3.1 and the right half of figure 1 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# The encoder reads. The decoder writes, one token after the other. For each token it looks at what it has written and
# at what the encoder read. By the end of this notebook you will have built it in NumPy and in PyTorch, checked that
# nothing in it can look into the future, and watched it learn where in the source to look.
#
# {exercises: 15 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: decoder_layer}
#
# **What is allowed.** This unit is about putting good parts together, so you are given the parts, in NumPy and in
# PyTorch: attention, feed-forward network, norm and residual connection, with the names and arguments that you know. If
# yours had a mistake in it, you don't pay for it twice. `nn.TransformerDecoderLayer` and its relatives are still not
# allowed, nor is PyTorch in NumPy exercises.

# %%
import math

import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    causal_mask,
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
    padding_mask,
    positional_encoding,
)
from autograder.figures import curves, heatmaps
from autograder.properties import causality, check_number, padding_invariance, predicted, what_moves, when_written

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## Two questions at every position
#
# Translate *"Die Katze schläft"*. You have written *"The cat"*, and the next word is due. You ask two questions. What
# have I written so far? And what does the source say that I have not said yet? Self-attention answers the first
# question, as in the encoder. The second one needs something new:
#
# > *"In addition to the two sub-layers in each encoder layer, the decoder inserts a third sub-layer, which performs
# > multi-head attention over the output of the encoder stack."* (section 3.1)
#
# It is the same attention with other inputs. The output of the encoder stack is called the **memory**: it has one
# vector for each source token.
#
# | | queries | keys and values | mask | attention weights |
# |---|---|---|---|---|
# | self-attention | target | target | `tgt_mask`: causal, and no padding | (tgt, tgt): a square |
# | cross-attention | target | memory | `memory_mask`: no padding | (tgt, src): a rectangle |
#
# The target asks, and the source answers. So there is a row of weights for every *target* token, and a column for every
# *source* token, and the two numbers are independent. Remember this when you test your code: most mistakes show only
# where source and target differ in length.
#
# Each layer has three sublayers, each in a residual connection of its own with a norm of its own:
#
# > *"Similar to the encoder, we employ residual connections around each of the sub-layers, followed by layer
# > normalization."* (section 3.1)
#
# $$\begin{aligned}
# h &= \mathrm{LayerNorm}_1\big(x + \mathrm{SelfAttention}(x)\big) \\
# c &= \mathrm{LayerNorm}_2\big(h + \mathrm{CrossAttention}(h, \text{memory})\big) \\
# y &= \mathrm{LayerNorm}_3\big(c + \mathrm{FFN}(c)\big)
# \end{aligned}$$
#
# The weights of a layer come in one flat dict with dots in its names, like the `state_dict()` of a PyTorch module. Here
# is a small function that cuts out the weights of one part. You may use it.


# %%
def part(weights: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The weights of one part: part(weights, "self_attention") has the entries "w_q.weight", "w_q.bias" and so on."""
    return {key.removeprefix(f"{name}."): array for key, array in weights.items() if key.startswith(f"{name}.")}


# %% [markdown]
# ## One layer
#
# {exercise: decoder_layer}
#
# **Deliver** the function `decoder_layer`.
#
# > *The paper:* "... the queries come from the previous decoder layer, and the memory keys and values come from the
# > output of the encoder." (section 3.2.3)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(batch, tgt_tokens, d_model)` | float64 | no |
# | `memory` | `(batch, src_tokens, d_model)` | float64 | no |
# | `weights` | a dict, see below | float64 | no |
# | `num_heads` | one integer that divides `d_model` | `int` | no |
# | `tgt_mask` | broadcasts to `(batch, num_heads, tgt_tokens, tgt_tokens)` | bool, True = may attend | yes |
# | `memory_mask` | broadcasts to `(batch, num_heads, tgt_tokens, src_tokens)` | bool, True = may attend | yes |
# | *returns* | `(batch, tgt_tokens, d_model)` | float64 | no |
#
# A mask that is `None` hides nothing. Your function must not change its arguments.
#
# | in `weights` | what it is |
# |---|---|
# | `self_attention.…`, `cross_attention.…` | each has `w_q`, `w_k`, `w_v` and `w_o`, with `.weight` and `.bias` |
# | `feed_forward.…` | `linear1` and `linear2`, with `.weight` and `.bias` |
# | `residual1.norm.…` to `residual3.norm.…` | `gamma` and `beta` of the three norms, in the order of the sublayers |
#
# You are given `multi_head_attention(q, k, v, weights, num_heads, mask=None)`, which returns output *and* attention
# weights, and `feed_forward(x, weights)` and `layer_norm(x, gamma, beta)`, which return one array each.
#
# **In numbers**, with $d_\text{model} = 2$, one head, one target token $x = (3, 1)$ and a memory of two tokens,
# $(1, 0)$ and $(0, 0)$. Normalising two numbers is easy: the larger becomes 1, the smaller -1 (up to $\epsilon$), then
# come $\gamma$ and $\beta$. All norms have $\gamma = (1, 1)$ and $\beta = (0, 0)$, except for $\beta_2 = (2, 0)$,
# $\gamma_3 = (2, 3)$ and $\beta_3 = (0, 1)$. All maps of both attentions are identity matrices without bias, except for
# two in cross-attention: `w_k` is $\sqrt 2 \ln 3$ times the identity matrix, and `w_v` turns $(1, 0)$ into $(0, 8)$.
# The feed-forward network is $\mathrm{FFN}(c) = (0,\ 2 \max(0, c_2 + 1))$.
#
# | step | both source tokens visible | the first one is padding |
# |---|---|---|
# | self-attention: one token sees itself | (3, 1) | (3, 1) |
# | add it to x, norm: h | (6, 2) → (1, -1) | (6, 2) → (1, -1) |
# | cross-attention: scores | (ln 3, 0) | hidden, and 0 |
# | weights | (0.75, 0.25) | (0, 1) |
# | output, from the values (0, 8) and (0, 0) | (0, 6) | (0, 0) |
# | add it to h, norm: c | (1, 5) → (-1, 1) + (2, 0) = (1, 1) | (1, -1) → (1, -1) + (2, 0) = (3, -1) |
# | feed-forward | (0, 4) | (0, 0) |
# | add it to c, norm: y | (1, 5) → (2 · -1, 3 · 1) + (0, 1) = (-2, 4) | (3, -1) → (2, -3) + (0, 1) = (2, -2) |
#
# > **The paper does not say** how the layer gets its masks. Here there are two, one for each attention, and the layer
# > uses them as they are. It does not know what a sentence is and builds no mask of its own, not even a causal one. The
# > caller joins causality and padding into one `tgt_mask`, with *and*.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You need the same pattern three times: a sublayer looks at the current state, you add its result to that state, and
# you normalise the sum, which is the new state. Only the sublayer changes.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# State = x. Attend from the state to itself under the target's mask; add; first norm. Attend from the state to the
# memory under the memory's mask; add; second norm. Feed forward; add; third norm.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Attention returns a pair. In cross-attention the query is the new state, not x, and you add the result to the new
# state, not to x. Keys *and* values are the memory; do not normalise it again. And there are three norms. With fresh
# weights they are all alike, so you would not notice that you used one twice.
#
# </details>


# %% exercise="decoder_layer" minutes=18 difficulty=3 importance=5
def decoder_layer(
    x: np.ndarray,
    memory: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    tgt_mask: np.ndarray | None = None,
    memory_mask: np.ndarray | None = None,
) -> np.ndarray:
    """h = LN(x + SelfAttention(x)), c = LN(h + CrossAttention(h, memory)), y = LN(c + FFN(c)).

    x (batch, tgt_tokens, d_model), memory (batch, src_tokens, d_model); `weights` has those of self_attention,
    cross_attention, feed_forward and residual1.norm to residual3.norm; the masks broadcast to (batch, num_heads,
    tgt_tokens, tgt_tokens) and (batch, num_heads, tgt_tokens, src_tokens), True = may attend. Returns (batch,
    tgt_tokens, d_model).
    """

    ### BEGIN SOLUTION
    def norm(number, total):
        return layer_norm(total, **part(weights, f"residual{number}.norm"))

    written, _ = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, tgt_mask)
    state = norm(1, x + written)
    read, _ = multi_head_attention(state, memory, memory, part(weights, "cross_attention"), num_heads, memory_mask)
    state = norm(2, state + read)
    return norm(3, state + feed_forward(state, part(weights, "feed_forward")))
    ### END SOLUTION


# %% check="decoder_layer"
check("decoder_layer")

# %% experiment="layer_in_numbers"
tiny = {f"{kind}_attention.w_{role}.weight": np.eye(2) for kind in ("self", "cross") for role in "qkvo"}
tiny |= {f"{kind}_attention.w_{role}.bias": np.zeros(2) for kind in ("self", "cross") for role in "qkvo"}
tiny["cross_attention.w_k.weight"] = math.sqrt(2) * math.log(3) * np.eye(2)
tiny["cross_attention.w_v.weight"] = np.array([[0.0, 0.0], [8.0, 0.0]])
tiny |= {"feed_forward.linear1.weight": np.array([[0.0, 1.0]]), "feed_forward.linear1.bias": np.array([1.0])}
tiny |= {"feed_forward.linear2.weight": np.array([[0.0], [2.0]]), "feed_forward.linear2.bias": np.zeros(2)}
tiny |= {f"residual{number}.norm.gamma": np.ones(2) for number in (1, 2, 3)}
tiny |= {f"residual{number}.norm.beta": np.zeros(2) for number in (1, 2, 3)}
tiny |= {"residual2.norm.beta": np.array([2.0, 0.0])}
tiny |= {"residual3.norm.gamma": np.array([2.0, 3.0]), "residual3.norm.beta": np.array([0.0, 1.0])}
one_token, two_sources = np.array([[[3.0, 1.0]]]), np.array([[[1.0, 0.0], [0.0, 0.0]]])

with when_written():
    seen = decoder_layer(one_token, two_sources, tiny, num_heads=1)
    print("both source tokens visible:", seen[0, 0].round(3))
    assert np.allclose(seen, [[[-2.0, 4.0]]], atol=1e-4)
    seen = decoder_layer(one_token, two_sources, tiny, num_heads=1, memory_mask=np.array([False, True]))
    print("the first one is padding:  ", seen[0, 0].round(3))
    assert np.allclose(seen, [[[2.0, -2.0]]], atol=1e-4)

# %% [markdown]
# ### Zero the memory and see who notices
#
# One mistake changes no shape and causes no crash: cross-attention is computed, but its result is not used. Such a
# decoder still learns: it writes fluent sentences that have nothing to do with the source.
#
# You can test for it without a reference answer. Set **one source token to zero** and see which outputs move; do this
# for every source token. Below, the entry in row $i$ and column $j$ says how far target position $i$ moved when source
# token $j$ was set to zero. The last two source tokens are padding, and hidden. Beside your layer there are two wrong
# ones: one drops what cross-attention found, and one hides padding on the axis of the queries instead of the keys.
#
# **Predict first.** In your layer, the source token *heute* is set to zero. Which of the five target positions
# change?
#
# - **a**: only *today*, its translation
# - **b**: only *sleeps* and *today*: the causal mask hides *heute*, the fourth word, from the first three
# - **c**: all five

# %% guess="who_notices"
# a: The weights are random, so the layer has no idea which words belong together. Even in a trained model, a target
#    word may need several source words: a verb, for example, has to agree with its subject.
# b: The causal mask is only for the target. The whole source is known before the first word is written, so none of it
#    is in the future.
# c: In cross-attention, every target position looks at every source token that is not padding. Only the two padding
#    columns are 0.
guess_who_notices = "c"

# %% experiment="who_notices"
generator = np.random.default_rng(3)
source_words = ["die", "Katze", "schläft", "heute", "<pad>", "<pad>"]
target_words = ["<bos>", "the", "cat", "sleeps", "today"]
five_targets, six_sources = generator.normal(size=(1, 5, 8)), generator.normal(size=(1, 6, 8))
source_is_word = np.array([word != "<pad>" for word in source_words])


def random_layer(d_model=8, d_ff=20):
    """Random weights of one layer, under the names that the exercise gives them."""
    maps = {f"{kind}_attention.w_{role}": (d_model, d_model) for kind in ("self", "cross") for role in "qkvo"}
    maps |= {"feed_forward.linear1": (d_ff, d_model), "feed_forward.linear2": (d_model, d_ff)}
    made = {f"{name}.weight": generator.normal(size=shape) / math.sqrt(shape[1]) for name, shape in maps.items()}
    made |= {f"{name}.bias": generator.normal(size=shape[0]) / 4 for name, shape in maps.items()}
    made |= {f"residual{i}.norm.gamma": 1 + generator.normal(size=d_model) / 4 for i in (1, 2, 3)}
    return made | {f"residual{i}.norm.beta": generator.normal(size=d_model) / 4 for i in (1, 2, 3)}


layer_weights = random_layer()
forgetful_weights = layer_weights | {
    f"cross_attention.w_o.{kind}": np.zeros_like(layer_weights[f"cross_attention.w_o.{kind}"])
    for kind in ("weight", "bias")
}


def yours(memory):
    """Your layer, as a function of the memory alone."""
    return decoder_layer(five_targets, memory, layer_weights, 2, causal_mask(5), source_is_word)


def forgetful(memory):
    """Your layer with weights that lose whatever cross-attention finds."""
    return decoder_layer(five_targets, memory, forgetful_weights, 2, causal_mask(5), source_is_word)


def on_the_wrong_axis(memory):
    """Your layer with a mask for the queries: target positions 4 and later are told to see nothing at all."""
    return decoder_layer(five_targets, memory, layer_weights, 2, causal_mask(5), source_is_word[:5, None])


def notices(f):
    """Entry [i, j]: how far output i moves when source token j becomes zero."""
    return np.stack([what_moves(f, six_sources, j, replacement=0.0) for j in range(6)], axis=1)


with when_written(), predicted("who_notices", guess_who_notices):
    heatmaps(
        [notices(yours), notices(forgetful), notices(on_the_wrong_axis)],
        ["yours", "what was found is dropped", "padding hidden on the wrong axis"],
        rows=target_words,
        columns=source_words,
        row_label="output that moves",
        column_label="source token that becomes zero",
        largest=None,
        decimals=1,
    )

# %% [markdown]
# On the left *every* target position hears *every* word of the source, even the first position: there is no triangle
# here. And nobody hears the padding (hatched: exactly 0). In the middle nobody hears the source. On the right everyone
# hears the padding. Training would not tell you: the loss can go down with all three.

# %% [markdown] question="all_of_the_source" minutes=5
# {question: why cross-attention may see everything}
#
# Self-attention in the decoder is causal. Cross-attention is not: target position 0 may look at the last word of the
# source. Why is that not cheating? And what would be lost if someone gave cross-attention a lower triangle "to be on
# the safe side"?
#
# ### BEGIN SOLUTION
# The causal mask keeps a position from reading what it has to predict, the *target's* later tokens. The source is not
# predicted: it is the given input, complete before the first target token is written, both in training and in use. So
# looking at all of it reveals nothing that would be missing when you generate. (The source tells a lot about the
# target, and that is exactly what it is for.)
#
# With a lower triangle, target position $i$ could see only the source positions $0 \dots i$. That compares positions of
# two different sequences, whose order and length need not correspond. A German verb at the end of the sentence could
# not be used for an English verb near the beginning, and if the source is longer than the target, its end would never
# be seen at all. (The memory vectors carry some of it, because the encoder looks both ways. That makes the damage
# smaller but does not undo it.)
#
# {marks: all_of_the_source}
# ### END SOLUTION

# %% [markdown]
# ## The stack
#
# {exercise: decoder}
#
# **Deliver** the function `decoder`, which uses your `decoder_layer`.
#
# > *The paper:* "The decoder is also composed of a stack of $N = 6$ identical layers." (section 3.1)
#
# $$\mathrm{Decoder}(x, \text{memory}) =
# \mathrm{Layer}_N(\dots \mathrm{Layer}_1(x, \text{memory}) \dots, \text{memory})$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(batch, tgt_tokens, d_model)` | float64 | no |
# | `memory` | `(batch, src_tokens, d_model)` | float64 | no |
# | `layers` | a list of dicts like `weights` above, the first layer first | float64 | no |
# | `num_heads` | one integer that divides `d_model` | `int` | no |
# | `tgt_mask`, `memory_mask` | as in `decoder_layer` | bool, True = may attend | yes |
# | *returns* | `(batch, tgt_tokens, d_model)` | float64 | no |
#
# **In numbers**: two layers, the first with the weights of the example above, the second with the same, except for
# $\gamma_3 = (1, 1)$ and $\beta_3 = (0, 0)$. The first turns $(3, 1)$ into $(-2, 4)$. In the second, $h = (-1, 1)$, the
# scores are $(-\ln 3, 0)$, the weights $(0.25, 0.75)$, cross-attention finds $(0, 2)$, $c$ is again $(1, 1)$, and
# $y = (-1, 1)$.
#
# > **The paper does not say** what "identical" means: the layers are built alike, and each has weights of its own. All
# > read the *same* memory, the output of the last encoder layer (figure 1 has one arrow for all of them). There is no
# > norm after the stack, because each layer ends in one.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Each layer gets what the one before it returned. The memory and the masks stay the same.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# State = x. For the weights of each layer: state = layer(state, memory, these weights, both masks). Return the state.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Give both masks to every layer. And `return` comes after the loop, not inside it.
#
# </details>


# %% exercise="decoder" minutes=4 difficulty=1 importance=4
def decoder(
    x: np.ndarray,
    memory: np.ndarray,
    layers: list[dict[str, np.ndarray]],
    num_heads: int,
    tgt_mask: np.ndarray | None = None,
    memory_mask: np.ndarray | None = None,
) -> np.ndarray:
    """Decoder(x, memory) = Layer_N(… Layer₁(x, memory), memory), `layers` with the weights of each, no norm at the end.

    x (batch, tgt_tokens, d_model), memory (batch, src_tokens, d_model); masks as in decoder_layer. Returns (batch,
    tgt_tokens, d_model).
    """
    ### BEGIN SOLUTION
    state = x
    for own in layers:
        state = decoder_layer(state, memory, own, num_heads, tgt_mask=tgt_mask, memory_mask=memory_mask)
    return state
    ### END SOLUTION


# %% check="decoder"
check("decoder")

# %% experiment="stack_in_numbers"
with when_written():
    second = tiny | {"residual3.norm.gamma": np.ones(2), "residual3.norm.beta": np.zeros(2)}
    seen = decoder(one_token, two_sources, [tiny, second], num_heads=1)
    print("after two layers:", seen[0, 0].round(3))
    assert np.allclose(seen, [[[-1.0, 1.0]]], atol=1e-4)

# %% [markdown]
# ### All at once, or one by one
#
# In use, the decoder writes token after token: it sees a prefix, and only its last output counts. In training we have
# the whole target and run it once. Do both ways give the same outputs? Run your stack of three layers on every prefix
# by itself, keep the last row of each, and compare with the rows of a single run under the causal mask. Then do the
# same without a causal mask.
#
# **Predict first.** Without a causal mask, which of the five rows come out differently in a single run?
#
# - **a**: all five
# - **b**: all but the last
# - **c**: only the last

# %% guess="no_mask"
# a: The last row is an exception. Its prefix is the whole target, so it is computed from the same tokens either way.
# b: Without a mask, a row also looks at the tokens after it. They are there in a single run, but not in a prefix. Only
#    the last row is the same, because its prefix is the whole target.
# c: It is the other way round. The last row is the only one that stays the same, because its prefix is the whole
#    target.
guess_no_mask = "b"

# %% experiment="prefixes"
three_layers = [random_layer() for _ in range(3)]


def stacked(x, mask):
    """Your three layers, under a mask for the target."""
    return decoder(x, six_sources, three_layers, 2, mask, source_is_word)


with when_written(), predicted("no_mask", guess_no_mask):
    for name, masks in (("causal mask", [causal_mask(n) for n in range(1, 6)]), ("no mask", [None] * 5)):
        at_once = stacked(five_targets, masks[-1])[0]
        one_by_one = np.concatenate([stacked(five_targets[:, : n + 1], masks[n])[0, -1:] for n in range(5)])
        apart = np.abs(at_once - one_by_one).max(axis=1)
        print(f"{name:>12}, how far apart the rows are:", "  ".join(f"{gap:.0e}" for gap in apart))

    laws = {
        "a changed target token moves nothing before it": causality(lambda x: stacked(x, causal_mask(5)), five_targets),
        "hidden garbage after the source moves nothing": padding_invariance(
            lambda memory, mask: decoder(five_targets, memory, three_layers, 2, causal_mask(5), mask), six_sources
        ),
    }
    for law, moved in laws.items():
        print(f"{law:48} {moved:.1e}")

# %% [markdown]
# Under the causal mask the rows agree up to rounding. Without it only the last row does, and only because its prefix is
# the whole target. So one run under the mask does the work of five runs, and that is how a Transformer is trained.
#
# ## The same in PyTorch
#
# {exercise: DecoderLayer}
#
# **Deliver** the module `DecoderLayer`.
#
# > *The paper:* "We apply dropout to the output of each sub-layer, before it is added to the sub-layer input and
# > normalized." (section 5.4)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model`, `num_heads`, `d_ff` | integers, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x` | `(batch, tgt_tokens, d_model)` | float32 or float64 | no |
# | `memory` | `(batch, src_tokens, d_model)` | that of `x` | no |
# | `tgt_mask` | broadcasts to `(batch, num_heads, tgt_tokens, tgt_tokens)` | bool, True = may attend | yes |
# | `memory_mask` | broadcasts to `(batch, num_heads, tgt_tokens, src_tokens)` | bool, True = may attend | yes |
# | *returns* | `(batch, tgt_tokens, d_model)` | that of `x` | no |
#
# The parts have the names of problem {number: decoder_layer}: `self_attention` and `cross_attention`
# (each a `MultiHeadAttention`), `feed_forward` (a `FeedForward`), `residual1`, `residual2` and `residual3`
# (each a `ResidualConnection`).
#
# You are given `MultiHeadAttention(d_model, num_heads, dropout)`, which is called with `(q, k, v, mask)` and returns
# output *and* weights. `FeedForward(d_model, d_ff, dropout)` is called with `x`. `ResidualConnection(d_model, dropout)`
# is called with `(x, sublayer)`, where `sublayer` is a *function* of x, and returns $\mathrm{LayerNorm}(x +
# \mathrm{Dropout}(\mathrm{sublayer}(x)))$.
#
# **In numbers**: problem {number: decoder_layer} again, with its weights loaded, gives $(-2, 4)$ and $(2, -2)$.
#
# > **The paper does not say** whether there is also dropout on the attention weights and inside the feed-forward
# > network. Much code has both. You may have it or not: only the dropout on the output of each sublayer is graded.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The residual connection adds, drops and normalises. You only have to say what each sublayer *is*, as a function of one
# argument.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: six parts, under their names. Forward: first residual with the function "attend from the state to itself,
# under the target's mask"; second residual with "attend from the state to the memory, under the memory's mask"; third
# residual with the feed-forward network, which is a function of one argument already.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A residual connection wants something to call, so give it a `lambda` or an inner function, not a tensor. Attention
# returns a pair, and only its first entry may be added. A residual connection adds x by itself: a sublayer that adds it
# too counts it twice. And pass `dropout` on.
#
# </details>


# %% exercise="DecoderLayer" minutes=12 difficulty=3 importance=5
class DecoderLayer(nn.Module):
    """h = LN(x + SelfAttention(x)), c = LN(h + CrossAttention(h, memory)), y = LN(c + FFN(c)).

    Its parts are self_attention, cross_attention, feed_forward, residual1, residual2 and residual3.
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention, self.cross_attention = (MultiHeadAttention(d_model, num_heads, dropout) for _ in range(2))
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout)
        self.residual1, self.residual2, self.residual3 = (ResidualConnection(d_model, dropout) for _ in range(3))
        ### END SOLUTION

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor,
        tgt_mask: torch.Tensor | None = None,
        memory_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return (batch, tgt_tokens, d_model).

        x (batch, tgt_tokens, d_model), memory (batch, src_tokens, d_model); tgt_mask is for self-attention, memory_mask
        for attention to the memory, True = may attend.
        """

        ### BEGIN SOLUTION
        def look_back(state):
            return self.self_attention(state, state, state, mask=tgt_mask)[0]

        def look_across(state):
            return self.cross_attention(state, memory, memory, mask=memory_mask)[0]

        state = self.residual1(x, look_back)
        state = self.residual2(state, look_across)
        return self.residual3(state, self.feed_forward)
        ### END SOLUTION


# %% check="DecoderLayer"
check("DecoderLayer")

# %% experiment="module_in_numbers"
with when_written():
    module = DecoderLayer(d_model=2, num_heads=1, d_ff=1).double().eval()
    module.load_state_dict({name: torch.tensor(entry) for name, entry in tiny.items()})
    seen = module(torch.tensor(one_token), torch.tensor(two_sources))
    print("both source tokens visible:", seen[0, 0].detach().numpy().round(3))
    assert np.allclose(seen.detach(), [[[-2.0, 4.0]]], atol=1e-4)
    seen = module(torch.tensor(one_token), torch.tensor(two_sources), memory_mask=torch.tensor([False, True]))
    print("the first one is padding:  ", seen[0, 0].detach().numpy().round(3))
    assert np.allclose(seen.detach(), [[[2.0, -2.0]]], atol=1e-4)

# %% [markdown]
# {exercise: Decoder}
#
# **Deliver** the module `Decoder`, which uses your `DecoderLayer`.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `num_layers`, `d_model`, `num_heads`, `d_ff` | integers, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x`, `memory`, `tgt_mask`, `memory_mask` | as in `DecoderLayer` | | as there |
# | *returns* | `(batch, tgt_tokens, d_model)` | that of `x` | no |
#
# Keep the layers in `layers`, so that the parameters are called `layers.0.self_attention.w_q.weight` and so on.
#
# **In numbers**: problem {number: decoder} again, with its weights loaded, gives $(-1, 1)$.
#
# > **The paper does not say** how many layers a decoder must have. Its own has six, as many as its encoder. The numbers
# > could differ, because only the memory passes between the two stacks.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Problem {number: decoder}, with modules instead of dicts.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: a list of num_layers new layers that PyTorch can see. Forward: pass the state from layer to layer, with
# the memory and both masks.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A plain Python list hides its layers from PyTorch: there are no parameters and nothing to train. And
# `[layer] * num_layers` is one layer, several times.
#
# </details>


# %% exercise="Decoder" minutes=5 difficulty=2 importance=4
class Decoder(nn.Module):
    """Decoder(x, memory) = Layer_N(… Layer₁(x, memory), memory): `layers`, each with parameters of its own."""

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        made = [DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]
        self.layers = nn.ModuleList(made)
        ### END SOLUTION

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor,
        tgt_mask: torch.Tensor | None = None,
        memory_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return (batch, tgt_tokens, d_model); every layer gets the same memory and masks, True = may attend."""
        ### BEGIN SOLUTION
        state = x
        for layer in self.layers:
            state = layer(state, memory, tgt_mask, memory_mask)
        return state
        ### END SOLUTION


# %% check="Decoder"
check("Decoder")

# %% [markdown]
# ### Two implementations, one set of weights
#
# The weights of your NumPy stack go into your module by name, and both get padded sentences of different lengths. Both
# get the same masks, in which padding and causality are joined with *and*.

# %% experiment="two_wings"
with when_written():
    module = Decoder(num_layers=3, d_model=8, num_heads=2, d_ff=20).double().eval()
    state = {f"layers.{i}.{name}": torch.tensor(w) for i, own in enumerate(three_layers) for name, w in own.items()}
    module.load_state_dict(state)
    sources, targets = generator.normal(size=(2, 6, 8)), generator.normal(size=(2, 5, 8))
    source_mask = padding_mask(np.array([[3, 1, 4, 1, 5, 9], [2, 6, 5, 0, 0, 0]]))
    target_mask = padding_mask(np.array([[2, 7, 1, 8, 0], [2, 8, 1, 0, 0]])) & causal_mask(5)

    by_numpy = decoder(targets, sources, three_layers, 2, target_mask, source_mask)
    by_torch = module(*map(torch.tensor, (targets, sources, target_mask, source_mask))).detach().numpy()
    print(f"masks {target_mask.shape} and {source_mask.shape}, output {by_torch.shape}")
    print(f"the largest difference is {np.abs(by_numpy - by_torch).max():.1e}")
    assert np.allclose(by_numpy, by_torch, rtol=0, atol=1e-9)

    module = Decoder(num_layers=2, d_model=2, num_heads=1, d_ff=1).double().eval()
    module.load_state_dict({f"layers.{i}.{n}": torch.tensor(w) for i in (0, 1) for n, w in (tiny, second)[i].items()})
    seen = module(torch.tensor(one_token), torch.tensor(two_sources))
    assert np.allclose(seen.detach(), [[[-1.0, 1.0]]], atol=1e-4)

# %% [markdown]
# ### The Jacobian's lower triangle
#
# PyTorch can differentiate every output with respect to every input. All these derivatives together are the Jacobian.
# Take the size of $\partial y_i / \partial x_j$ for all pairs of positions. Where it is 0, a small change of token $j$
# does not move output $i$ to first order, whatever its direction. That adds to your earlier tests, which made one large
# change to a token. Here are three pictures of your stack of three layers: the target with respect to itself under the
# causal mask, the same without a mask, and the target with respect to the memory.

# %% experiment="jacobian"


def sensitivity(f, x):
    """Entry [i, j] is the norm of the Jacobian of output i with respect to token j, for one sentence."""
    blocks_of_numbers = torch.autograd.functional.jacobian(lambda x: f(x[None])[0], x)
    return blocks_of_numbers.square().sum(dim=(1, 3)).sqrt()


with when_written():
    module = Decoder(num_layers=3, d_model=8, num_heads=2, d_ff=20).double().eval()
    module.load_state_dict(state)
    x, memory, causal = torch.tensor(five_targets[0]), torch.tensor(six_sources[0]), torch.tensor(causal_mask(5))
    visible = torch.tensor(source_is_word)
    by_target = [sensitivity(lambda x, mask=mask: module(x, memory[None], mask, visible), x) for mask in (causal, None)]
    heatmaps(
        by_target,
        ["sensitivity to the target, causal", "sensitivity to the target, no mask"],
        rows=target_words,
        columns=target_words,
        row_label="output",
        column_label="target token",
        largest=None,
        decimals=1,
    )
    heatmaps(
        [sensitivity(lambda memory: module(x[None], memory, causal, visible), memory)],
        ["sensitivity to the memory"],
        rows=target_words,
        columns=source_words,
        row_label="output",
        column_label="source token",
        largest=None,
        decimals=1,
    )
    assert not by_target[0].triu(1).any()

# %% [markdown] question="one_pass" minutes=5
# {question: one pass in training, many in use}
#
# A decoder is trained with one pass over a target of 20 tokens. When it translates, it needs 20 passes for 20 tokens.
# **(a)** Why is one pass enough in training? Say which property of the Jacobian you use. **(b)** Why is one pass not
# enough in use?
#
# ### BEGIN SOLUTION
# **(a)** The Jacobian $\partial y_i / \partial x_j$ is 0 for $j > i$, through any number of layers, because every
# layer's self-attention is causal and everything else works on each position alone. So output $i$ depends on the
# prefix $x_0 \dots x_i$ only, and has the value that a pass over this prefix alone would give. In training all prefixes
# are known (they are parts of the given target), so one pass yields all 20 predictions.
#
# **(b)** In use the target does not exist yet. The input at position $i + 1$ is the token that was chosen from output
# $i$, so it cannot be fed in before output $i$ has been computed.
#
# {marks: one_pass}
# ### END SOLUTION

# %% number="zero_blocks"
# There are 20 · 20 pairs of an output i and an input j. For how many of them must the derivative be 0?
#
# 190: For output i these are the later inputs: 19 for the first output, 18 for the second, and so on down to 0.
# 210: That includes the pairs with i = j, or counts those that may differ from 0. A position does see itself.
# 200: Half of 400 is close, but the diagonal belongs to one side only: a position does see itself.
# 380: Outputs depend on earlier inputs, too. Only later inputs must not matter.
# otherwise: Count for each output the inputs that come later, and add up.
number_zero_blocks = 190
check_number("zero_blocks", number_zero_blocks)

# %% [markdown]
# ### It learns where to look
#
# So far all weights were random. Now let your layer learn something: to write a sequence of digits **backwards**. The
# memory holds a digit and its position at every place. The target sees the digits written so far. Nothing tells it that
# place $t$ of the target belongs to place $7 - t$ of the source. It has to find that out, and cross-attention is its
# only access to the source. The layer does not return the weights of cross-attention, so a **forward hook** keeps them:
# a function that PyTorch calls whenever a module has computed something.

# %% experiment="backwards"


class Reverser(nn.Module):
    """Digits in, digits out: your decoder layer, an embedding with positions before it, and a linear map after it."""

    def __init__(self, d_model=32, num_tokens=8):
        super().__init__()
        self.digits, self.output = nn.Embedding(11, d_model), nn.Linear(d_model, 10)
        self.decoder = Decoder(1, d_model, num_heads=1, d_ff=64, dropout=0.0)
        table = torch.tensor(positional_encoding(num_tokens, d_model), dtype=torch.float32)
        self.register_buffer("positions", table)
        self.register_buffer("causal", torch.tensor(causal_mask(num_tokens)))

    def forward(self, source, written):
        """Both (batch, 8): the source, and the target moved one to the right behind a start sign, 10."""
        embed = [self.digits(ids) + self.positions for ids in (written, source)]
        return self.output(self.decoder(*embed, tgt_mask=self.causal))


def examples(count):
    source = torch.randint(0, 10, (count, 8))
    answer = source.flip(1)
    return source, torch.cat((torch.full((count, 1), 10), answer[:, :-1]), dim=1), answer


with when_written():
    torch.manual_seed(0)
    model, maps, losses = Reverser(), [], []
    attention = model.decoder.layers[0].cross_attention
    attention.register_forward_hook(lambda module, inputs, results: maps.append(results[1][0, 0].detach()))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(200):
        source, written, answer = examples(64)
        loss = nn.functional.cross_entropy(model(source, written).transpose(1, 2), answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    heatmaps(
        [maps[0], maps[60], maps[-1]],
        ["before training", "after 60 steps", f"after {len(losses)} steps"],
        row_label="target position",
        column_label="source position",
    )
    steps = range(0, len(losses), 10)
    curves(steps, {"Loss": {"your decoder": losses[::10]}}, "step", {"Loss": (math.log(10), "guessing")})

# %% [markdown]
# The anti-diagonal shows which source position each target position reads: 0 looks at the last digit, 1 at the one
# before it, and so on. No triangle is cut out. In a translation model, such a picture shows which source words each
# target position looked at.
#
# ## For a bonus: the backward pass
#
# {exercise: decoder_layer_backward}
#
# **Deliver** the function `decoder_layer_backward`.
#
# When you train a module, PyTorch finds all gradients by itself. Here you compute those of a decoder layer by hand. Let
# $L$ be any number that is computed from the layer's output $y$. You are given $\partial L / \partial y$, the
# **upstream gradient**. Find the gradients with respect to x, to the memory and to all weights. Your function must not
# change its arguments. The rule is simple: go through the forward pass in reverse, and **where something was used
# twice, its gradients add up**. The hard part is to see what was used twice.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | `(batch, tgt_tokens, d_model)`: $\partial L / \partial y$ | float64 | no |
# | `x`, `memory`, `weights`, `num_heads`, `tgt_mask`, `memory_mask` | as in `decoder_layer` | | as there |
# | *returns* `grad_x` | `(batch, tgt_tokens, d_model)` | float64 | no |
# | *returns* `grad_memory` | `(batch, src_tokens, d_model)` | float64 | no |
# | *returns* `grad_weights` | a dict with the keys of `weights` | float64 | no |
#
# You are given these functions, each with the gradient of its output as the first argument:
#
# | function | returns the gradients of |
# |---|---|
# | `layer_norm_backward(grad_output, x, gamma)` | x, gamma, beta |
# | `feed_forward_backward(grad_output, x, weights)` | x, and a dict for the weights |
# | `multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None)` | q, k, v, and a dict |
#
# **In numbers.** Let the memory have a single token. Its attention weight is 1, whatever its key is. So no gradient
# comes back through the keys, and the memory's gradient is the one through the values alone. With two tokens both paths
# count. The experiment below compares with finite differences, $(L(x + \delta) - L(x - \delta)) / 2\delta$, for single
# entries. (The tiny example from above would tell you nothing here: normalising two numbers always gives 1 and -1, so
# the gradient is nearly 0.)
#
# > **The paper does not say** anything about gradients. Here each function recomputes what it needs from the forward
# > pass, which wastes time but is easy to read.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# A residual sum $s = h + f(h)$ uses $h$ twice: its gradient is that of $s$, plus what comes back through $f$. In
# self-attention x is query, key and value. In cross-attention the memory is key and value, and the state is the query.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Run forward and keep x, h, c and the three sums. Then go back: third norm at the third sum; the feed-forward network
# at c; add both paths. Second norm at the second sum; cross-attention at (h, memory, memory); add the query's gradient
# to the one that went around it, and add the gradients of keys and values for the memory. First norm at the first sum;
# self-attention at (x, x, x); add four gradients. Put the dicts together under their full names.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `layer_norm_backward` wants what was *normalised*, the sum, not the state before it. After the norm, both paths start
# with the gradient of the *sum*, not with that of the norm's output. Both attentions need their masks again. And the
# names: `cross_attention.w_q.weight`, not `w_q.weight`; otherwise one attention overwrites the other.
#
# </details>


# %% exercise="decoder_layer_backward" minutes=30 difficulty=5 importance=2
def decoder_layer_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    memory: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    tgt_mask: np.ndarray | None = None,
    memory_mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """∂L/∂x, ∂L/∂memory and the gradients of the weights, from ∂L/∂y; the other arguments are those of decoder_layer.

    Returns grad_x (batch, tgt_tokens, d_model), grad_memory (batch, src_tokens, d_model) and grad_weights, a dict with
    the keys of `weights`.
    """
    ### BEGIN SOLUTION
    own, across, network = (part(weights, name) for name in ("self_attention", "cross_attention", "feed_forward"))
    norms = {number: part(weights, f"residual{number}.norm") for number in (1, 2, 3)}
    found = {}

    def collect(name, gradients):
        found.update({f"{name}.{key}": gradient for key, gradient in gradients.items()})

    def before_norm(number, gradient, total):
        grad_total, grad_gamma, grad_beta = layer_norm_backward(gradient, total, norms[number]["gamma"])
        collect(f"residual{number}.norm", {"gamma": grad_gamma, "beta": grad_beta})
        return grad_total

    total1 = x + multi_head_attention(x, x, x, own, num_heads, tgt_mask)[0]
    h = layer_norm(total1, **norms[1])
    total2 = h + multi_head_attention(h, memory, memory, across, num_heads, memory_mask)[0]
    c = layer_norm(total2, **norms[2])

    around = before_norm(3, grad_output, c + feed_forward(c, network))
    through, gradients = feed_forward_backward(around, c, network)
    collect("feed_forward", gradients)

    around = before_norm(2, around + through, total2)
    through, by_keys, by_values, gradients = multi_head_attention_backward(
        around, h, memory, memory, across, num_heads, memory_mask
    )
    collect("cross_attention", gradients)

    around = before_norm(1, around + through, total1)
    *three_ways, gradients = multi_head_attention_backward(around, x, x, x, own, num_heads, tgt_mask)
    collect("self_attention", gradients)
    return around + sum(three_ways), by_keys + by_values, {name: found[name] for name in weights}
    ### END SOLUTION


# %% check="decoder_layer_backward"
check("decoder_layer_backward")

# %% experiment="finite_differences"
with when_written():
    upstream = generator.normal(size=five_targets.shape)
    masks = causal_mask(5), source_is_word
    grad_x, grad_memory, grad_weights = decoder_layer_backward(
        upstream, five_targets, six_sources, layer_weights, 2, *masks
    )

    def by_difference(array, place, delta=1e-6):
        """Change one entry of an array by a little, both ways, and put it back."""
        kept, sums = array[place], []
        for step in (delta, -delta):
            array[place] = kept + step
            sums.append((upstream * decoder_layer(five_targets, six_sources, layer_weights, 2, *masks)).sum())
        array[place] = kept
        return (sums[0] - sums[1]) / (2 * delta)

    rows = [("x[0, 1, 2]", five_targets, grad_x, (0, 1, 2)), ("memory[0, 1, 2]", six_sources, grad_memory, (0, 1, 2))]
    rows.append(("memory[0, 5, 2] (padding)", six_sources, grad_memory, (0, 5, 2)))
    for name in ("cross_attention.w_k.weight", "self_attention.w_v.weight", "feed_forward.linear1.weight"):
        place = np.unravel_index(np.abs(grad_weights[name]).argmax(), grad_weights[name].shape)
        entry = f"{name}[{place[0]}, {place[1]}]"
        rows.append((entry, layer_weights[name], grad_weights[name], place))
    print(f"{'entry':34} {'by difference':>14} {'yours':>14}")
    for name, array, gradient, place in rows:
        print(f"{name:34} {by_difference(array, place):14.8f} {gradient[place]:14.8f}")
        assert abs(by_difference(array, place) - gradient[place]) < 1e-6

    _, by_one_source, _ = decoder_layer_backward(upstream, five_targets, six_sources[:, :1], layer_weights, 2, masks[0])
    print("\none source token, its gradient, through the values alone:", by_one_source[0, 0].round(3))

# %% [markdown]
# ## For another bonus: write the test
#
# Once more, you test other people's code. Unit 2 explains how such a test is graded, and what makes it catch mistakes.
#
# {exercise: test_decoder_layer}
#
# **Deliver** the function `test_decoder_layer(candidate)`. `candidate` is called exactly as your `decoder_layer`. Your
# test raises `AssertionError` if the candidate is wrong, and returns if it is right.
#
# **Points.** The test is tried on {candidates: test_decoder_layer}. Refusing a right one costs all points;
# otherwise your points are the share of wrong ones that you catch. The check below puts a few mistakes around your own
# `decoder_layer`.
#
# The next cell draws random weights for you. A decoder layer has two masks, and each can be forgotten, swapped or given
# to the wrong attention. So use them one at a time *and* together. Use a tolerance of `1e-7`, and draw masks in which
# every query sees a key.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your own function says what should come out. Look for the inputs on which a wrong one says something else.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Write a helper that takes the sizes and two masks, draws x, memory and the weights, calls your function and the
# candidate, and compares the results, and the inputs with copies.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Sources that are longer *and* shorter than targets, and of the same length: only then do two masks fit in each
# other's place. Scores of up to 10,000 for the softmax, but not more, and small numbers for the eps of the norms.
#
# </details>


# %%
def draw_weights(random, d_model, d_ff):
    """Random weights of a decoder layer, from a generator such as np.random.default_rng(0)."""
    attentions = [f"{kind}_attention.w_{letter}" for kind in ("self", "cross") for letter in "qkvo"]
    maps = dict.fromkeys(attentions, (d_model, d_model))
    maps |= {"feed_forward.linear1": (d_ff, d_model), "feed_forward.linear2": (d_model, d_ff)}
    drawn = {f"{name}.weight": random.normal(size=shape) for name, shape in maps.items()}
    drawn |= {f"{name}.bias": random.normal(size=shape[0]) for name, shape in maps.items()}
    norms = [f"residual{number}.norm.{name}" for number in (1, 2, 3) for name in ("gamma", "beta")]
    return drawn | {name: random.normal(size=d_model) for name in norms}


# %% exercise="test_decoder_layer" minutes=12 difficulty=3 importance=3
def test_decoder_layer(candidate) -> None:
    """Raise AssertionError if `candidate` is not a decoder layer. It is called as decoder_layer is."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(0)

    def compare(batch, tgt_tokens, src_tokens, d_model, num_heads, d_ff, own=None, cross=None, size=1.0):
        x, memory = (size * random.normal(size=(batch, tokens, d_model)) for tokens in (tgt_tokens, src_tokens))
        drawn = draw_weights(random, d_model, d_ff)
        inputs = [x, memory, *drawn.values(), *(mask for mask in (own, cross) if mask is not None)]
        copies = [array.copy() for array in inputs]
        trusted = decoder_layer(x, memory, drawn, num_heads, own, cross)
        for _ in range(2):
            got = candidate(x, memory, drawn, num_heads, own, cross)
            np.testing.assert_allclose(got, trusted, rtol=1e-7, atol=1e-7)
        assert all(map(np.array_equal, inputs, copies)), "an input was changed"

    def some_of(*shape):
        mask = random.random(shape) < 0.5
        mask[..., 0] = True
        return mask

    past = np.tril(np.ones((5, 5), dtype=bool))
    for size in (1.0, 1.0, 0.01):
        compare(3, 5, 7, 8, 2, 20, size=size)
    compare(2, 6, 4, 12, 3, 10)
    compare(1, 1, 3, 6, 1, 9)
    compare(3, 5, 7, 8, 2, 20, own=past)
    compare(3, 5, 7, 8, 2, 20, cross=some_of(3, 1, 1, 7))
    for own, cross in (((5, 5), (5, 7)), ((3, 1, 5, 5), (3, 1, 5, 7)), ((3, 2, 5, 5), (3, 2, 5, 7))):
        compare(3, 5, 7, 8, 2, 20, some_of(*own), some_of(*cross))
    compare(3, 5, 5, 8, 2, 20, past, some_of(3, 1, 1, 5))
    compare(2, 2, 2, 4, 2, 4, some_of(2, 1, 2, 2), some_of(2, 1, 2, 2))
    compare(3, 5, 7, 8, 2, 20, past, some_of(3, 1, 5, 7), size=30.0)
    ### END SOLUTION


# %% check="test_decoder_layer"
check("test_decoder_layer")

# %% [markdown]
# ## What you have now
#
# You have a decoder that cannot see the future and reads all of the source but none of its padding, in NumPy and in
# PyTorch, with the same numbers. Unit 7 puts an encoder before it, embeddings below it and a vocabulary above it, and
# that is the Transformer.
#
# **New in this unit:** your model can write: one token after the other, looking at a source as it goes, without ever
# seeing what comes next.
#
# If you have an hour left, try one of these, with the tools from above:
#
# - Shuffle the source tokens of the `Reverser`'s memory *after* the positions were added. Which outputs move, and why?
# - Give the `Reverser` two heads. What does each of them look at?
# - Take the positions away from the source only. How far does the loss fall now, and what can the model still learn?
# - How far does target position 4 move when source token 0 changes, after one layer and after three? Use `what_moves`
#   and explain what you see.
