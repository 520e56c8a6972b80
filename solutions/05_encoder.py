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
# # 5 · The encoder
#
# *Section 3.1 and the left half of figure 1 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# You have all the parts. Attention lets tokens look at one another, the feed-forward network lets each of them think
# about what it saw, and residual connections and norms keep a deep stack healthy. Nothing in this notebook is new. You
# put the parts together and learn what the whole can do that no part can.
#
# {exercises: 20 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: encoder_layer}
#
# **The parts.** `autograder.blocks` gives you the modules and functions of the earlier units, known to be right, with
# the names and parameters that you know. So a mistake that you made in attention costs you nothing here. You may also
# use your own, if their parameters have the same names. `blocks` will not do for you what you build today. PyTorch is
# not allowed in NumPy exercises.

# %%
import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
    positional_encoding,
)
from autograder.figures import curves, heatmaps
from autograder.properties import (
    attention_maps,
    batch_independence,
    check_number,
    influence,
    padding_invariance,
    permutation_equivariance,
    predicted,
    when_written,
)

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## Talk, think, repeat
#
# Imagine people at a table who want to understand a text together, one word each. A round has two parts. First everyone
# listens to the others and takes notes: that is self-attention. Then everyone thinks about the notes alone: that is the
# feed-forward network. Nobody throws the old notes away; the new ones are *added* to them: that is the residual
# connection. And after each part everyone rewrites the notes in the same size, so that the next round can read them:
# that is the norm. One round is a **layer**. The paper has six:
#
# > *"The encoder is composed of a stack of N = 6 identical layers. Each layer has two sub-layers."* (section 3.1)
#
# "Identical" means built alike. Each layer has weights of its own, and can use what the layers before it wrote. The
# first might note which words stand side by side, a later one which noun goes with which verb.
#
# Whatever happens inside, the output has the shape of the input: one vector of length $d_\text{model}$ for each token.
#
# > *"To facilitate these residual connections, all sub-layers in the model, as well as the embedding layers, produce
# > outputs of dimension $d_\text{model} = 512$."* (section 3.1)
#
# ## One layer
#
# {exercise: encoder_layer}
#
# **Deliver** the function `encoder_layer` in the next code cell.
#
# > *The paper:* "The first is a multi-head self-attention mechanism, and the second is a simple, position-wise fully
# > connected feed-forward network. We employ a residual connection around each of the two sub-layers, followed by
# > layer normalization. That is, the output of each sub-layer is LayerNorm(*x* + Sublayer(*x*)), where Sublayer(*x*)
# > is the function implemented by the sub-layer itself." (section 3.1)
#
# $$h = \mathrm{LayerNorm}_1\big(x + \mathrm{SelfAttention}(x)\big), \qquad
# y = \mathrm{LayerNorm}_2\big(h + \mathrm{FFN}(h)\big)$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(batch, tokens, d_model)` | float64 | no |
# | `weights` | a dict, see below | float64 | no |
# | `num_heads` | one integer that divides `d_model` | `int` | no |
# | `mask` | broadcasts to `(batch, num_heads, tokens, tokens)` | bool, True = may attend | yes |
# | *returns* | the shape of `x` | float64 | no |
#
# `weights` has sixteen entries. Their names are those in the `state_dict` of a PyTorch module, with a dot for every
# level.
#
# | names | belong to |
# |---|---|
# | `self_attention.w_q.weight`, `self_attention.w_q.bias`, the same for `w_k`, `w_v`, `w_o` | the self-attention |
# | `feed_forward.linear1.weight`, `.bias`, `feed_forward.linear2.weight`, `.bias` | the feed-forward network |
# | `residual1.norm.gamma`, `residual1.norm.beta` | the norm after self-attention |
# | `residual2.norm.gamma`, `residual2.norm.beta` | the norm after the feed-forward network |
#
# You are given the parts. `multi_head_attention(q, k, v, weights, num_heads, mask)` returns output and attention
# weights and wants names like `w_q.weight`; `feed_forward(x, weights)` wants `linear1.weight`; and two vectors go to
# `layer_norm(x, gamma, beta)`. The parts ignore names that they do not need. To cut the beginning off a name, write
# `name.removeprefix("self_attention.")`.
#
# **In numbers.** One sentence of two tokens, $d_\text{model} = 2$, one head, $d_\text{ff} = 3$:
#
# $$x = \begin{pmatrix} 4 & 0 \\ 0 & 2 \end{pmatrix}$$
#
# Let `w_q` and `w_k` be zero, so that every token looks at all tokens alike. Let `w_v` and `w_o` be identity matrices:
# attention is then the mean of the tokens. The feed-forward network lets positive features pass and swaps the two. The
# first norm has $\gamma = (2, 3)$ and $\beta = (0, 1)$, the second $\gamma = (3, 1)$ and $\beta = (1, 0)$. With two
# features, normalising is easy: the larger one becomes 1, the smaller one -1 (up to eps).
#
# | step | first token | second token |
# |---|---|---|
# | x | (4, 0) | (0, 2) |
# | self-attention: the mean of the tokens | (2, 1) | (2, 1) |
# | the sum | (6, 1) | (2, 3) |
# | normalised | (1, -1) | (-1, 1) |
# | times (2, 3), plus (0, 1): h | (2, -2) | (-2, 4) |
# | feed-forward: negatives become 0, then swapped | (0, 2) | (4, 0) |
# | the sum with h | (2, 0) | (2, 4) |
# | normalised | (1, -1) | (-1, 1) |
# | times (3, 1), plus (1, 0): y | (4, -1) | (-2, 1) |
#
# > **The paper does not say** what padding is, nor that the encoder needs a mask. It needs one: without it, a sentence
# > would be understood differently when a longer sentence stands in the same batch. Later work moved the norm *into*
# > the branch, $x + \mathrm{Sublayer}(\mathrm{LayerNorm}(x))$, because deep stacks are easier to train that way. Here
# > it stands where the paper puts it, after the sum.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# There are two sublayers, and you do the same three things with each: call it, add what went in, normalise. Only the
# norm's weights differ. In *self*-attention the tokens are queries, keys and values all at once.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Take the entries whose names begin with "self_attention." and cut that beginning off. Attend, with the mask; add x;
# normalise with gamma and beta of `residual1`. Call the result h. Do the same again: feed-forward of h, plus h,
# normalised with gamma and beta of `residual2`.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Attention returns a *pair*; only its first element is added. The second sum adds h, not x. The mask goes to attention.
# And there are two norms with two pairs of weights. They start out equal, which hides many mistakes.
#
# </details>


# %% exercise="encoder_layer" minutes=15 difficulty=2 importance=5
def encoder_layer(
    x: np.ndarray, weights: dict[str, np.ndarray], num_heads: int, mask: np.ndarray | None = None
) -> np.ndarray:
    """h = LayerNorm₁(x + SelfAttention(x)), y = LayerNorm₂(h + FFN(h)); x and y are (batch, tokens, d_model).

    `weights` holds those of self_attention, feed_forward, residual1.norm and residual2.norm; mask broadcastable to
    (batch, num_heads, tokens, tokens), True = may attend.
    """
    ### BEGIN SOLUTION

    def weights_of(prefix):
        return {name[len(prefix) :]: entry for name, entry in weights.items() if name.startswith(prefix)}

    def add_and_norm(before, update, norm):
        return layer_norm(before + update, weights[norm + ".gamma"], weights[norm + ".beta"])

    seen, _ = multi_head_attention(x, x, x, weights_of("self_attention."), num_heads, mask)
    notes = add_and_norm(x, seen, "residual1.norm")
    thought = feed_forward(notes, weights_of("feed_forward."))
    return add_and_norm(notes, thought, "residual2.norm")
    ### END SOLUTION


# %% check="encoder_layer"
check("encoder_layer")

# %% experiment="layer_in_numbers"
two_tokens = np.array([[[4.0, 0.0], [0.0, 2.0]]])
small = {f"self_attention.{name}.bias": np.zeros(2) for name in ("w_q", "w_k", "w_v", "w_o")}
small |= {f"self_attention.{name}.weight": np.zeros((2, 2)) for name in ("w_q", "w_k")}
small |= {f"self_attention.{name}.weight": np.eye(2) for name in ("w_v", "w_o")}
small |= {"feed_forward.linear1.weight": np.eye(3, 2), "feed_forward.linear1.bias": np.zeros(3)}
small |= {"feed_forward.linear2.weight": np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])}
small |= {"feed_forward.linear2.bias": np.zeros(2)}
small |= {"residual1.norm.gamma": np.array([2.0, 3.0]), "residual1.norm.beta": np.array([0.0, 1.0])}
small |= {"residual2.norm.gamma": np.array([3.0, 1.0]), "residual2.norm.beta": np.array([1.0, 0.0])}

with when_written():
    result = encoder_layer(two_tokens, small, num_heads=1)
    print("y:\n", result[0].round(3))
    assert np.allclose(result, [[[4.0, -1.0], [-2.0, 1.0]]], atol=1e-3)

# %% [markdown] question="one_norm" minutes=6
# {question: one norm for two}
#
# Someone builds the layer with a *single* norm and uses it after both sublayers. They give a freshly initialised model
# the same random matrices as a right one, compare the outputs number by number, and find no difference at all. **(a)**
# Why not? **(b)** After one step of training the two models differ. Name two things that the single norm cannot do, or
# does differently, from then on.
#
# ### BEGIN SOLUTION
# **(a)** Every fresh norm has $\gamma = 1$ and $\beta = 0$. Mean and variance are not weights: they are computed anew
# from each input. So before training both norms are the same function, and using one of them twice is the same as using
# both once.
#
# **(b)** The single norm receives the sum of the gradients from both places, so its $\gamma$ and $\beta$ take another
# step than either of the two would. And from then on both places are scaled and shifted alike: the layer cannot scale a
# feature of the feed-forward network's input differently from the same feature of the layer's output. (Also: it has
# $2\,d_\text{model}$ fewer parameters in each layer, so a `state_dict` does not fit.)
#
# {marks: one_norm}
# ### END SOLUTION

# %% [markdown]
# ## The stack
#
# {exercise: encoder}
#
# **Deliver** the function `encoder`, which uses your `encoder_layer`.
#
# > *The paper:* "Each position in the encoder can attend to all positions in the previous layer of the encoder."
# > (section 3.2.3)
#
# $$\mathrm{Encoder}(x) = \mathrm{Layer}_N(\dots \mathrm{Layer}_2(\mathrm{Layer}_1(x)))$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(batch, tokens, d_model)` | float64 | no |
# | `layers` | a list of dicts, the weights of each layer, the first layer first | float64 | no |
# | `num_heads` | one integer that divides `d_model` | `int` | no |
# | `mask` | broadcasts to `(batch, num_heads, tokens, tokens)` | bool, True = may attend | yes |
# | *returns* | the shape of `x` | float64 | no |
#
# **In numbers.** Take the layer of problem {number: encoder_layer} twice. The first one turns the two tokens into (4,
# -1) and (-2, 1), and the second one turns these into (4, -1) and (-2, 1) again. (Why? Follow the table: their mean is
# (1, 0), and in each sum the same feature is the larger one as before.) Now let the second layer's last norm have
# $\gamma = (1, 1)$ and $\beta = (0, 0)$: the result is (1, -1) and (-1, 1). If you get (4, -1) and (-2, 1), the layers
# ran in the wrong order, or the first one ran twice. (If the second one ran twice, these numbers come out right all the
# same. The check notices.)
#
# > **The paper does not say** anything about a norm *after* the stack, and there is none: every layer already ends in a
# > norm. PyTorch's `nn.Transformer` adds one anyway. Nor does the paper say whether every layer gets the mask. It must:
# > what is padding in the first layer is padding in the last one.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Each layer gets what the one before it returned.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each dict in the list, in order: replace the state by the layer's result. Return the last state.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Hand the state on: if the loop calls every layer with the original x, only the last layer counts. And `return` comes
# after the loop, not inside it.
#
# </details>


# %% exercise="encoder" minutes=5 difficulty=1 importance=5
def encoder(
    x: np.ndarray, layers: list[dict[str, np.ndarray]], num_heads: int, mask: np.ndarray | None = None
) -> np.ndarray:
    """Encoder(x) = Layer_N(… Layer₁(x)), where `layers` holds the weights of each layer; every layer gets the mask."""
    ### BEGIN SOLUTION
    state = x
    for weights in layers:
        state = encoder_layer(state, weights, num_heads, mask)
    return state
    ### END SOLUTION


# %% check="encoder"
check("encoder")

# %% experiment="stack_in_numbers"
with when_written():
    plain_norm = small | {"residual2.norm.gamma": np.ones(2), "residual2.norm.beta": np.zeros(2)}
    twice, changed = encoder(two_tokens, [small, small], 1), encoder(two_tokens, [small, plain_norm], 1)
    print("the same layer twice:\n", twice[0].round(3), "\nwith a plain last norm:\n", changed[0].round(3))
    assert np.allclose(twice, [[[4.0, -1.0], [-2.0, 1.0]]], atol=1e-3)
    assert np.allclose(changed, [[[1.0, -1.0], [-1.0, 1.0]]], atol=1e-3)

# %% [markdown]
# ### Laws that need no reference
#
# From here on we use layers with random weights. A law that holds for them does not depend on what an encoder has
# learned. The cell below makes such weights, and then puts a stack of six layers to the test.
#
# - **Shuffle the tokens**. Here you predict what happens.
# - **Append padding** full of garbage, hidden by the mask, and the real tokens must not notice it in any layer.
# - **Compute each sentence alone**, and you get what you get in a batch: batching saves time, but changes no result.
#
# Expect zeros, up to a rounding error of about $10^{-15}$ in each layer.
#
# **Predict first.** You shuffle the tokens of a sentence. What happens to the outputs of the encoder?
#
# - **a**: you get different numbers: a different order makes a different sentence
# - **b**: you get the same outputs, shuffled in the same way
# - **c**: nothing: each place keeps its old output

# %% guess="shuffled"
# a: For you it is a different sentence. But the encoder compares every token with every other token, and none of its
#    formulas contains a position.
# b: Attention ignores the order of the tokens, and everything else works on one token at a time. So an encoder knows
#    nothing about order by itself. The positional encoding has to supply it.
# c: Each output belongs to a token, not to a place. If the token moves, its output moves with it.
guess_shuffled = "b"

# %% experiment="laws"
generator = np.random.default_rng(5)


def random_layer(d_model: int = 16, d_ff: int = 40) -> dict[str, np.ndarray]:
    """Random weights of one layer, small enough that signals neither explode nor die."""
    shapes = {f"self_attention.w_{role}": (d_model, d_model) for role in "qkvo"}
    shapes |= {"feed_forward.linear1": (d_ff, d_model), "feed_forward.linear2": (d_model, d_ff)}
    made = {f"{name}.weight": generator.normal(size=s) / np.sqrt(s[1]) for name, s in shapes.items()}
    made |= {f"{name}.bias": 0.1 * generator.normal(size=s[0]) for name, s in shapes.items()}
    made |= {f"residual{i}.norm.gamma": generator.uniform(0.5, 1.5, d_model) for i in (1, 2)}
    return made | {f"residual{i}.norm.beta": 0.2 * generator.normal(size=d_model) for i in (1, 2)}


six_layers = [random_layer() for _ in range(6)]
some_tokens = generator.normal(size=(3, 7, 16))

with when_written(), predicted("shuffled", guess_shuffled):

    def yours(x, mask=None):
        """Your stack of six layers with four heads."""
        return encoder(x, six_layers, 4, mask)

    laws = {
        "shuffled tokens give shuffled outputs": permutation_equivariance(yours, some_tokens),
        "hidden garbage at the end moves nothing": padding_invariance(yours, some_tokens),
        "a sentence alone gives what it gives in a batch": batch_independence(yours, some_tokens),
    }
    for law, moved in laws.items():
        print(f"{law:50} {moved:.1e}")
    assert max(laws.values()) < 1e-12

# %% [markdown] question="reach" minutes=8
# {question: how far a change can reach}
#
# Token $j$ of a long sentence is replaced by another word. **(a)** Without a mask, which outputs of a *single* layer
# can move, and along which paths? What changes with the second layer? **(b)** Now a mask lets every token see only
# itself and its two direct neighbours. Which outputs can move after one layer, after two, after $N$? How many layers
# does it take until the first of 100 tokens can hear of the last one?
#
# ### BEGIN SOLUTION
# **(a)** All of them, after one layer. Output $j$ moves through the residual connection and as a query; every other
# output $i$ moves because token $j$ is a key and a value for $i$. The feed-forward network and the norms work on each
# token alone and carry nothing from one token to another. The second layer changes nothing about *which* outputs can
# move: all could already. It changes *how*: a token can now react to what the others have gathered, for instance $i$ to
# the reaction of $k$ to $j$.
#
# **(b)** After one layer $j-1$, $j$ and $j+1$; after two, $j-2$ to $j+2$; after $N$, those with $|i - j| \le N$: each
# layer adds one neighbour on each side. From the last of 100 tokens to the first it takes 99 layers; without the mask,
# one.
#
# {marks: reach}
# ### END SOLUTION

# %% number="layers_needed"
# With that mask: how many layers does it take until token 1 can hear of token 100?
#
# 99: Each layer carries the news one token further, and there are 99 steps from token 100 to token 1.
# 100: You counted the tokens. Count the steps between them.
# 50: A token sees a neighbour on each side, but on the way from 100 to 1 only one side helps: one step per layer.
# 1: That is without the mask. With it, a token sees only itself and its direct neighbours.
# otherwise: In which layer does token 99 hear of token 100? And token 98?
number_layers_needed = 99
check_number("layers_needed", number_layers_needed)

# %% [markdown]
# Were you right? The entry in row $i$ and column $j$ says how far output $i$ moves when token $j$ changes, in your
# encoder, under the mask of question (b). Hatched entries are exactly 0: that output cannot move.

# %% experiment="reach"
with when_written():
    eight_tokens, place = generator.normal(size=(1, 8, 16)), np.arange(8)
    neighbours = np.abs(place[:, None] - place[None, :]) <= 1

    def stack_of(depth):
        """A function of x: the first `depth` layers of the random stack, each token seeing its neighbours only."""
        return lambda x: encoder(x, six_layers[:depth], 4, neighbours)

    heatmaps(
        [influence(stack_of(depth), eight_tokens) for depth in (1, 2, 3)],
        ["one layer", "two layers", "three layers"],
        row_label="output that moves",
        column_label="token that is changed",
        largest=None,
        decimals=1,
    )

# %% [markdown]
# ### Do they all become alike?
#
# Attention mixes tokens: each gets an average of all. If you average again and again, you might end up with the same
# vector everywhere. Does that happen in a deep encoder? Measure how similar two tokens of a sentence are, by the cosine
# of the angle between their vectors (1: the same direction, 0: perpendicular). Do it layer by layer, in your stack and
# in one without residual connections.
#
# **Predict first.** The weights are random. What happens to the tokens in the two stacks within twelve layers?
#
# - **a**: they stay different with residual connections, and become alike without them
# - **b**: they become alike in both, but later with residual connections
# - **c**: they stay different in both, because the feed-forward networks keep them apart

# %% guess="alike_by_depth"
# a: Residual connections only slow this down. Every layer still adds nearly the same average to every token.
# b: Each layer adds an average of all tokens to each of them. So the part that they share grows, and the part that is
#    their own doesn't. Without residual connections, two layers are enough for a cosine of 0.98. With them, it takes
#    about nine.
# c: The feed-forward network applies the same function to every token. If its inputs are alike, so are its outputs.
guess_alike_by_depth = "b"

# %% experiment="similarity"


def without_residuals(x, weights, num_heads):
    """A layer in which each sublayer replaces the notes instead of adding to them."""
    own, ffn = ({n.partition(".")[2]: w for n, w in weights.items() if n.startswith(p)} for p in ("self", "feed"))
    first, second = ((weights[f"residual{i}.norm.gamma"], weights[f"residual{i}.norm.beta"]) for i in (1, 2))
    x = layer_norm(multi_head_attention(x, x, x, own, num_heads)[0], *first)
    return layer_norm(feed_forward(x, ffn), *second)


def similarity(x):
    """The mean cosine between two different tokens of a sentence; x is (batch, tokens, features)."""
    unit = x / np.linalg.norm(x, axis=-1, keepdims=True)
    cosines = np.einsum("bif,bjf->bij", unit, unit)
    return cosines[:, ~np.eye(x.shape[1], dtype=bool)].mean()


with when_written(), predicted("alike_by_depth", guess_alike_by_depth):
    depths, deep = range(13), [random_layer() for _ in range(12)]
    kinds = {"your encoder": encoder_layer, "without residual connections": without_residuals}
    lines = {}
    for name, kind in kinds.items():
        states = [generator.normal(size=(20, 10, 16))]
        for layer_weights in deep:
            states.append(kind(states[-1], layer_weights, 4))
        lines[name] = [similarity(state) for state in states]
    curves(list(depths), {"How similar two tokens are (mean cosine)": lines}, x_label="layers")
    for name, line in lines.items():
        print(f"{name:>30}: {line[2]:.2f} after two layers, {line[-1]:.2f} after twelve")

# %% [markdown]
# Without residual connections, a few layers are enough to make all tokens alike. With them it takes much longer. But it
# still happens, as long as the weights are random: after twelve layers the cosine is close to 1. So residual
# connections are not only there for the gradient. They also help a token to keep what is its own.
#
# ## The same in PyTorch
#
# {exercise: EncoderLayer}
#
# **Deliver** the module `EncoderLayer`.
#
# > *The paper:* "We apply dropout to the output of each sub-layer, before it is added to the sub-layer input and
# > normalized." (section 5.4)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model`, `num_heads`, `d_ff` | integers, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x` | `(batch, tokens, d_model)` | float32 or float64 | no |
# | `mask` | broadcasts to `(batch, num_heads, tokens, tokens)` | bool, True = may attend | yes |
# | *returns* | the shape of `x` | that of `x` | no |
#
# The layer has four parts with these names: `self_attention`, `feed_forward`, `residual1` and `residual2`. Then its
# `state_dict()` has the sixteen names of problem {number: encoder_layer}. You are given
# `MultiHeadAttention(d_model, num_heads, dropout)`, which is called with (q, k, v, mask) and returns a pair;
# `FeedForward(d_model, d_ff, dropout)`, which is called with x; and `ResidualConnection(d_model, dropout)`, which is
# called with x *and a function* and returns `norm(x + dropout(function(x)))`.
#
# **In numbers**: with the weights of problem {number: encoder_layer}, the tokens become (4, -1) and (-2, 1) again.
#
# > **The paper does not say** whether dropout also happens inside the sublayers, on the attention weights or after the
# > ReLU. Much code does both. Here only the dropout on the outputs of the sublayers is graded; whether you also pass
# > `dropout` on to attention and the feed-forward network is up to you. In training, dropout sets some of their numbers
# > to 0 and scales up the others, so that the expectation stays the same; in evaluation it does nothing.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# `ResidualConnection` wants something that it can call with one argument, x. The feed-forward network can be called
# like this. Attention cannot: it wants x three times and a mask, and returns a pair.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: four parts. Forward: define a small function of the tokens that calls attention and gives back only its
# output; hand x and this function to the first residual connection; hand its result and the feed-forward network to the
# second one.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Two residual connections are two *objects*, and both need `dropout`. Hand over the module `feed_forward` itself, not
# the result of calling it. The small function can see `mask`, because the method around it has it.
#
# </details>


# %% exercise="EncoderLayer" minutes=10 difficulty=2 importance=5
class EncoderLayer(nn.Module):
    """h = LayerNorm₁(x + SelfAttention(x)), y = LayerNorm₂(h + FFN(h)), with dropout on what each sublayer returns.

    Its parts are self_attention, feed_forward, residual1 and residual2.
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout)
        self.residual1, self.residual2 = (ResidualConnection(d_model, dropout=dropout) for _ in range(2))
        ### END SOLUTION

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return (batch, tokens, d_model), like x; mask broadcastable to the attention weights, True = may attend."""
        ### BEGIN SOLUTION

        def listen(tokens):
            heard, _ = self.self_attention(tokens, tokens, tokens, mask)
            return heard

        notes = self.residual1(x, listen)
        return self.residual2(notes, self.feed_forward)
        ### END SOLUTION


# %% check="EncoderLayer"
check("EncoderLayer")

# %% experiment="module_in_numbers"
with when_written():
    module = EncoderLayer(d_model=2, num_heads=1, d_ff=3).double().eval()
    module.load_state_dict({name: torch.tensor(entry) for name, entry in small.items()})
    result = module(torch.tensor(two_tokens)).detach()
    print("y:\n", result[0].numpy().round(3))
    assert torch.allclose(result, torch.tensor([[[4.0, -1.0], [-2.0, 1.0]]], dtype=torch.float64), atol=1e-3)

# %% [markdown]
# {exercise: Encoder}
#
# **Deliver** the module `Encoder`, which uses your `EncoderLayer`.
#
# > *The paper:* "The encoder is composed of a stack of N = 6 identical layers." (section 3.1)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `num_layers`, `d_model`, `num_heads`, `d_ff` | integers, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x` | `(batch, tokens, d_model)` | float32 or float64 | no |
# | `mask` | broadcasts to `(batch, num_heads, tokens, tokens)` | bool, True = may attend | yes |
# | *returns* | the shape of `x` | that of `x` | no |
#
# Its only part is `layers`, so the names in its `state_dict()` begin with `layers.0.`, `layers.1.`, and so on.
#
# **In numbers**: two layers have 2 · 16 = 32 parameter tensors. With the weights of problem {number: encoder} the two
# tokens become (1, -1) and (-1, 1).
#
# > **The paper does not say** how the weights are initialised. "Identical" does not mean that the layers start out
# > with the same weights: PyTorch's defaults make them different. What counts is that they can *become* different.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your NumPy function, with a list that PyTorch can see into.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: a module list of `num_layers` newly made layers. Forward: one after the other, each with the mask.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# PyTorch does not see the layers in a plain Python list: `parameters()` is empty, and nothing is trained. Nor is
# `[layer] * 6` a list of six layers: it is one layer, six times.
#
# </details>


# %% exercise="Encoder" minutes=6 difficulty=2 importance=5
class Encoder(nn.Module):
    """Encoder(x) = Layer_N(… Layer₁(x)); its part `layers` holds the layers, each with parameters of its own."""

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        made = [EncoderLayer(d_model, num_heads, d_ff, dropout=dropout) for _ in range(num_layers)]
        self.layers = nn.ModuleList(made)
        ### END SOLUTION

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return (batch, tokens, d_model), like x; every layer gets the mask, True = may attend."""
        ### BEGIN SOLUTION
        state = x
        for one in self.layers:
            state = one(state, mask)
        return state
        ### END SOLUTION


# %% check="Encoder"
check("Encoder")

# %% experiment="stack_module_in_numbers"
with when_written():
    module = Encoder(num_layers=2, d_model=2, num_heads=1, d_ff=3).double().eval()
    both = {f"layers.{i}.{name}": w for i, weights in enumerate((small, plain_norm)) for name, w in weights.items()}
    module.load_state_dict({name: torch.tensor(entry) for name, entry in both.items()})
    result = module(torch.tensor(two_tokens)).detach()
    print(len(list(module.parameters())), "parameter tensors; the result:\n", result[0].numpy().round(3))
    assert torch.allclose(result, torch.tensor([[[1.0, -1.0], [-1.0, 1.0]]], dtype=torch.float64), atol=1e-3)

# %% [markdown]
# ### Two implementations, one set of weights
#
# You wrote your module and your function separately. Give both the same weights, six layers deep, and a padded batch.
# Here is the largest difference.

# %% experiment="two_wings"
with when_written():
    module = Encoder(num_layers=6, d_model=16, num_heads=4, d_ff=40).double().eval()
    named = {f"layers.{i}.{name}": w for i, weights in enumerate(six_layers) for name, w in weights.items()}
    module.load_state_dict({name: torch.tensor(entry) for name, entry in named.items()})
    visible = (np.arange(7) < np.array([[7], [5], [3]]))[:, None, None, :]
    by_numpy = encoder(some_tokens, six_layers, 4, visible)
    by_torch = module(torch.tensor(some_tokens), torch.tensor(visible)).detach().numpy()
    print(f"the largest difference is {np.abs(by_numpy - by_torch).max():.1e}")
    assert np.allclose(by_numpy, by_torch, rtol=0, atol=1e-9)

# %% [markdown]
# ### See it learn
#
# So far your encoder's weights are random, and it does nothing useful. Give it a task: read eight symbols, and say at
# each position which symbol stands at the *mirrored* position. The first position says the last symbol, the second says
# the last but one. No token can know that alone. It must look at exactly one other place, and find it by position only.
# Two layers with two heads learn it in a few hundred steps, which take some seconds.

# %% experiment="mirror"
with when_written():
    torch.manual_seed(0)
    symbols, length, width = 10, 8, 32
    places = torch.tensor(positional_encoding(length, width), dtype=torch.float32)
    table, stack, say = nn.Embedding(symbols, width), Encoder(2, width, 2, 64, dropout=0.0), nn.Linear(width, symbols)
    optimizer = torch.optim.Adam([p for part in (table, stack, say) for p in part.parameters()], lr=3e-3)
    losses = []
    for _ in range(300):
        ids = torch.randint(symbols, (64, length))
        answers = say(stack(table(ids) + places))
        loss = nn.functional.cross_entropy(answers.flatten(0, 1), ids.flip(1).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    stack.eval()
    ids = torch.randint(symbols, (500, length))
    right = (say(stack(table(ids) + places)).argmax(-1) == ids.flip(1)).float().mean()
    print(f"the loss fell from {losses[0]:.2f} to {losses[-1]:.3f}; {right:.1%} of new answers are right")

    for layer, layer_maps in enumerate(attention_maps(stack, table(ids) + places), 1):
        heatmaps(layer_maps.mean(axis=0), [f"layer {layer}, head {head}" for head in (1, 2)], decimals=1)

# %% [markdown]
# These are the attention weights, averaged over 500 sentences. (Nothing is hidden here: hatched weights are not 0, but
# below $10^{-12}$.) Somewhere in the maps you should find the mirror, from the lower left to the upper right: heads
# that found out where to look, from nothing but examples. Nobody told them to. When we tried other seeds, it was always
# both heads of the second layer. The heads of the first layer also do something, so do not look for a meaning in every
# map.
#
# ## Advanced: the backward pass
#
# {exercise: encoder_layer_backward}
#
# **Deliver** the function `encoder_layer_backward`.
#
# > *The paper* trains with gradients but does not explain them: frameworks compute them. Here you do it by hand, once.
#
# With $s_1 = x + A(x)$, $h = \mathrm{LN}_1(s_1)$, $s_2 = h + F(h)$ and $y = \mathrm{LN}_2(s_2)$:
#
# $$\frac{\partial L}{\partial h} = \frac{\partial L}{\partial s_2} + \Big(\frac{\partial F}{\partial h}\Big)^{\!\top}
# \frac{\partial L}{\partial s_2}, \qquad
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial s_1} + \Big(\frac{\partial A}{\partial x}\Big)^{\!\top}
# \frac{\partial L}{\partial s_1}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | that of `x`: the gradient of the layer's result | float64 | no |
# | `x`, `weights`, `num_heads`, `mask` | as for `encoder_layer` | | `mask` only |
# | *returns* `grad_x` | that of `x` | float64 | no |
# | *returns* `grad_weights` | a dict with the names of `weights`, each with the shape of its weight | float64 | no |
#
# You are given the backward passes of the parts. Each takes the gradient of the part's result and then the part's own
# arguments, and recomputes what it needs from the forward pass:
#
# | function | returns |
# |---|---|
# | `layer_norm_backward(grad_output, x, gamma)` | the gradients of x, gamma and beta |
# | `feed_forward_backward(grad_output, x, weights)` | the gradient of x, and a dict for its weights |
# | `multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)` | those of q, k, v, and a dict |
#
# **In numbers**, only one step: if the gradient of the sum $h + F(h)$ is $(1, 0)$ at a token, and the feed-forward
# network sends back $(0, 5)$, the gradient of $h$ is $(1, 5)$. The two paths add up.
#
# > **The paper does not say** in which order to go, but there is only one: you undo the last step first.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Where the forward pass *copies* a value to two places, the backward pass *adds* two gradients. The forward pass copies
# h (to the sum and to the network) and x (to the sum and, three times, to attention).
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Recompute both sums and h. Then go back: through the second norm at the second sum; through the network at h; add both
# gradients; through the first norm at the first sum; through attention at x; add all four. Collect the gradients of the
# weights on the way, with their full names.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Each backward pass is evaluated at what went *into* that part: the norm's input is the sum. In self-attention x is
# query, key and value, so three gradients come back. You need the mask twice.
#
# </details>


# %% exercise="encoder_layer_backward" minutes=30 difficulty=4 importance=2
def encoder_layer_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the gradient of x and those of the weights, under the names of `weights`, from that of the result."""
    ### BEGIN SOLUTION
    own, ffn = (
        {name.removeprefix(start): entry for name, entry in weights.items() if name.startswith(start)}
        for start in ("self_attention.", "feed_forward.")
    )
    sum1 = x + multi_head_attention(x, x, x, own, num_heads, mask)[0]
    notes = layer_norm(sum1, weights["residual1.norm.gamma"], weights["residual1.norm.beta"])
    sum2 = notes + feed_forward(notes, ffn)
    collected = {}

    def back_through_norm(gradient, total, norm):
        of_sum, of_gamma, of_beta = layer_norm_backward(gradient, total, weights[norm + ".gamma"])
        collected.update({norm + ".gamma": of_gamma, norm + ".beta": of_beta})
        return of_sum

    of_sum2 = back_through_norm(grad_output, sum2, "residual2.norm")
    through_ffn, of_ffn = feed_forward_backward(of_sum2, notes, ffn)
    of_sum1 = back_through_norm(of_sum2 + through_ffn, sum1, "residual1.norm")
    as_query, as_key, as_value, of_own = multi_head_attention_backward(of_sum1, x, x, x, own, num_heads, mask)
    collected.update({"feed_forward." + name: gradient for name, gradient in of_ffn.items()})
    collected.update({"self_attention." + name: gradient for name, gradient in of_own.items()})
    return of_sum1 + as_query + as_key + as_value, collected
    ### END SOLUTION


# %% check="encoder_layer_backward"
check("encoder_layer_backward")

# %% [markdown]
# A gradient makes a prediction: if you go a small step in some direction, the loss changes by the dot product of step
# and gradient. So you can test your function without a framework: take the step.

# %% experiment="small_steps"
with when_written():
    upstream, direction = (generator.normal(size=some_tokens.shape) for _ in range(2))
    step = 1e-5 * direction
    there, back = (encoder_layer(some_tokens + sign * step, six_layers[0], 4) for sign in (1, -1))
    measured = ((there - back) * upstream).sum() / 2e-5
    grad_x, grad_weights = encoder_layer_backward(upstream, some_tokens, six_layers[0], 4)
    print(f"measured with a small step {measured:.6f}, predicted by your gradient {(grad_x * direction).sum():.6f}")
    assert np.isclose(measured, (grad_x * direction).sum(), rtol=1e-5)

    names, amounts = zip(*sorted(grad_weights.items(), key=lambda item: -np.abs(item[1]).mean()), strict=True)
    for name, gradient in list(zip(names, amounts, strict=True))[:3] + list(zip(names, amounts, strict=True))[-3:]:
        print(f"{name:36} mean size of a gradient {np.abs(gradient).mean():.1e}")

# %% [markdown]
# The last line is no accident. Apart from rounding, the bias of the keys always has the gradient zero: adding one
# vector to all keys adds the same number to all scores of a query, and the softmax does not notice. So one of the
# sixteen tensors does nothing.

# %% [markdown]
# ## For a bonus: write the test
#
# Once more, you test other people's code. Unit 2 explains how such a test is graded, and what makes it catch mistakes.
#
# {exercise: test_encoder_layer}
#
# **Deliver** the function `test_encoder_layer(candidate)`. `candidate` is called exactly as your `encoder_layer`. Your
# test raises `AssertionError` if the candidate is wrong, and returns if it is right.
#
# **Points.** The test is tried on {candidates: test_encoder_layer}. Refusing a right one costs all points;
# otherwise your points are the share of wrong ones that you catch. The check below puts a few mistakes around your own
# `encoder_layer`.
#
# The next cell draws random weights for you. Random weights matter more than ever: a layer has two norms, and nobody
# can tell one from the other while γ = 1 and β = 0. Rounding adds up in a whole layer, so use a tolerance of `1e-7`. As
# in unit 2, it is left open what a query gets if it may attend to nothing, so draw masks in which every query sees a
# key.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your own function says what should come out. Look for the inputs on which a wrong one says something else.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Write a helper that takes the sizes and a mask, draws x and the weights, calls your function and the candidate, and
# compares the results, and the inputs with copies. Call it without a mask and with a mask of each shape.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A d_ff that is not d_model, three heads as well as two, large x for the softmax and small x for the eps of the norms,
# and a second call with other numbers of the same sizes.
#
# </details>


# %%
def draw_weights(random, d_model, d_ff):
    """Random weights of an encoder layer, from a generator such as np.random.default_rng(0)."""
    maps = {f"self_attention.{name}": (d_model, d_model) for name in ("w_q", "w_k", "w_v", "w_o")}
    maps |= {"feed_forward.linear1": (d_ff, d_model), "feed_forward.linear2": (d_model, d_ff)}
    drawn = {f"{name}.weight": random.normal(size=shape) for name, shape in maps.items()}
    drawn |= {f"{name}.bias": random.normal(size=shape[0]) for name, shape in maps.items()}
    norms = [f"residual{number}.norm.{name}" for number in (1, 2) for name in ("gamma", "beta")]
    return drawn | {name: random.normal(size=d_model) for name in norms}


# %% exercise="test_encoder_layer" minutes=12 difficulty=3 importance=3
def test_encoder_layer(candidate) -> None:
    """Raise AssertionError if `candidate` is not an encoder layer. It is called as encoder_layer is."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(0)

    def compare(batch, tokens, d_model, num_heads, d_ff, mask=None, size=1.0):
        x, drawn = size * random.normal(size=(batch, tokens, d_model)), draw_weights(random, d_model, d_ff)
        inputs = [x, *drawn.values()] + [mask] * (mask is not None)
        copies = [array.copy() for array in inputs]
        trusted = encoder_layer(x, drawn, num_heads, mask)
        for _ in range(2):
            np.testing.assert_allclose(candidate(x, drawn, num_heads, mask), trusted, rtol=1e-7, atol=1e-7)
        assert all(map(np.array_equal, inputs, copies)), "an input was changed"

    def some_of(*shape):
        mask = random.random(shape) < 0.5
        mask[..., 0] = True
        return mask

    for size in (1.0, 1.0, 0.01):
        compare(3, 5, 8, 2, 20, size=size)
    compare(2, 7, 12, 3, 10)
    compare(1, 1, 6, 1, 9)
    for shape in ((5, 5), (3, 1, 5, 5), (3, 1, 1, 5), (3, 2, 5, 5)):
        compare(3, 5, 8, 2, 20, some_of(*shape))
    compare(2, 2, 4, 2, 4, some_of(2, 1, 2, 2))
    compare(3, 5, 8, 2, 20, some_of(3, 1, 5, 5), size=30.0)
    ### END SOLUTION


# %% check="test_encoder_layer"
check("test_encoder_layer")

# %% [markdown]
# ## What you have now
#
# You have the left half of figure 1. Sentences go in, and for each token a vector comes out that knows its
# neighbourhood. The decoder has one more sublayer, which looks at exactly these vectors; you have just built the rest
# of it.
#
# **New in this unit:** your model can read: it learned to say a sequence backwards, and you can ask it which token
# looked at which.
#
# If you have an hour left, try one of these, with the tools from above:
#
# - Take the positions out of the mirror experiment. What is the best that the encoder can do now, and why?
# - Give the mirror task a single layer with a single head. Is that enough? Then invent a task that needs two layers.
# - Put the norm before the sublayer in a copy of your layer, and draw the similarity by depth again.
# - Set all weights of the second layer to zero, except for its norms. What does the layer do now?
