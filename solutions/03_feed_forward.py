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
# # 3 · The feed-forward network
#
# *Section 3.3 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# Attention lets tokens talk to one another, and that is nearly all it does: it mixes. What a token *does* with what it
# has heard is decided here, by a small network that looks at one token at a time. It is the simplest part of a
# Transformer, and the largest: two thirds of the weights of an encoder layer are in it.
#
# {exercises: 40 min, 50 with all the experiments}
#
# **How to work.** Replace each `raise NotImplementedError()` by your own code. The cell below it checks the exercise
# and says, where something differs, what still agreed. Cells that draw or calculate something *with* your code come
# after it; until the code is there they say "Not yet" and do no harm. From a terminal, in the folder of the course:
#
# {commands: relu}
#
# **What is allowed.** In NumPy everything, and in PyTorch everything but its ready-made Transformer layers. Linear
# maps, activations and dropout may come from `torch.nn`.

# %%
import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from autograder import check
from autograder.figures import curves, heatmaps, shares
from autograder.properties import influence, numerical_gradient, permutation_equivariance, when_written

# %% [markdown]
# ## A corner
#
# {exercise: relu}
#
# **Deliver** the function `relu` in the next code cell.
#
# > *The paper:* "This consists of two linear transformations with a ReLU activation in between." (section 3.3)
#
# $$\mathrm{relu}(x) = \max(0, x)$$
#
# for every number on its own: what is negative becomes 0, what is positive stays.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | any | float64 | no |
# | *returns* | the shape of `x` | float64 | no |
#
# `x` is not changed.
#
# **In numbers**: $\begin{pmatrix} -3 & 0.5 \\ 2 & -0.1 \end{pmatrix}$ becomes
# $\begin{pmatrix} 0 & 0.5 \\ 2 & 0 \end{pmatrix}$.
#
# > **The paper does not say** why it takes the ReLU. Later models take smoother curves (GELU, SwiGLU); in this unit it
# > is the plain one, with its corner at 0.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Every number is compared with 0, and the larger of the two stays. Nothing is summed, no axis disappears.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For every number: itself where it is positive, 0 elsewhere. NumPy has a function for such a choice between two, and
# another one for the larger of two.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `np.max(x, 0)` is something else: the largest number *along axis 0*. Python's own `max` wants one truth value for the
# whole array. And `x[x < 0] = 0` changes the caller's array.
#
# </details>


# %% exercise="relu" minutes=4 difficulty=1 importance=4
def relu(x: np.ndarray) -> np.ndarray:
    """relu(x) = max(0, x) for every number of x; the result has the shape of x."""
    ### BEGIN SOLUTION
    return np.where(x > 0, x, 0.0)
    ### END SOLUTION


# %% check="relu"
check("relu")

# %% experiment="relu_in_numbers"
with when_written():
    x = np.array([[-3.0, 0.5], [2.0, -0.1]])
    print(relu(x))
    assert np.array_equal(relu(x), [[0.0, 0.5], [2.0, 0.0]])
    assert x[0, 0] == -3.0

# %% [markdown]
# ## Two maps and a corner
#
# {exercise: feed_forward}
#
# **Deliver** the function `feed_forward`, which uses your `relu`.
#
# > *The paper:* "... each of the layers in our encoder and decoder contains a fully connected feed-forward network,
# > which is applied to each position separately and identically." (section 3.3)
#
# $$\mathrm{FFN}(x) = \max(0, x W_1 + b_1)\, W_2 + b_2 \qquad \text{(equation 2)}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(..., d_model)` | float64 | no |
# | `weights` | a dict, see below | float64 | no |
# | *returns* | `(..., d_model)` | float64 | no |
#
# `...` stands for any number of leading axes, also none. The entries of `weights` have PyTorch's names, and there may
# be others beside them:
#
# | name | shape |
# |---|---|
# | `"linear1.weight"` | `(d_ff, d_model)` |
# | `"linear1.bias"` | `(d_ff,)` |
# | `"linear2.weight"` | `(d_model, d_ff)` |
# | `"linear2.bias"` | `(d_model,)` |
#
# As in `nn.Linear`, a matrix $W$ has a *row* for every *output*, and maps a row vector $x$ to $x W^\top + b$. So the
# paper's $W_1$ is the transpose of what stands in the dict.
#
# **The slow specification.** Take one token, a row of `d_model` numbers. Each of the `d_ff` hidden units has a row of
# `linear1.weight` and a bias: it multiplies the token by its row, adds its bias, and if the sum is negative, it is
# silent. Every unit that is not silent adds its column of `linear2.weight`, as often as its sum says, to
# `linear2.bias`. That is the token's output. You could say: the rows are questions, and the columns are the answers.
#
# **In numbers**, with $d_\text{model} = 2$, three hidden units, and two tokens:
#
# $$W_1^\top = \begin{pmatrix} 1 & 1 \\ 1 & -1 \\ -1 & 0 \end{pmatrix}, \quad b_1 = (0, 1, 1), \quad
# W_2^\top = \begin{pmatrix} 1 & 0 & 5 \\ 0 & 2 & -1 \end{pmatrix}, \quad b_2 = (10, -10)$$
#
# | step | the token (2, 1) | the token (-1, -2) |
# |---|---|---|
# | products with the three rows | (3, 1, -2) | (-3, 1, 1) |
# | plus the first bias | (3, 2, -1) | (-3, 2, 2) |
# | ReLU: the third unit is silent, or the first | (3, 2, 0) | (0, 2, 2) |
# | products with the two rows of the second map | (3, 4) | (10, 2) |
# | plus the second bias | (13, -6) | (20, -8) |
#
# > **The paper does not say** how the weights are initialised, nor that $d_\text{ff}$ must be larger than
# > $d_\text{model}$: it takes 2048 and 512 and leaves it at that. Both biases stand in its equation.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Linear map, corner, linear map. `@` multiplies along the last axis and lets all others ride along, so that one line
# does it for every token of every sentence.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Multiply x by the first matrix, transposed; add the first bias; ReLU; multiply by the second matrix, transposed; add
# the second bias. No ReLU at the end.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The `.T`: with `d_ff` different from `d_model` its lack is an error, and with equal sizes it is silently wrong. And
# take the weights by name: a dict may come in any order.
#
# </details>


# %% exercise="feed_forward" minutes=12 difficulty=2 importance=5
def feed_forward(x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """FFN(x) = max(0, x W₁ + b₁) W₂ + b₂, equation (2), for every position of x (..., d_model) on its own.

    `weights` has linear1.weight (d_ff, d_model), linear1.bias (d_ff,), linear2.weight (d_model, d_ff) and linear2.bias
    (d_model,). Returns (..., d_model).
    """
    ### BEGIN SOLUTION
    sums = x @ weights["linear1.weight"].T + weights["linear1.bias"]
    units = relu(sums)
    return units @ weights["linear2.weight"].T + weights["linear2.bias"]
    ### END SOLUTION


# %% check="feed_forward"
check("feed_forward")

# %% experiment="network_in_numbers"
small = {
    "linear1.weight": np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 0.0]]),
    "linear1.bias": np.array([0.0, 1.0, 1.0]),
    "linear2.weight": np.array([[1.0, 0.0, 5.0], [0.0, 2.0, -1.0]]),
    "linear2.bias": np.array([10.0, -10.0]),
}
two_tokens = np.array([[2.0, 1.0], [-1.0, -2.0]])

with when_written():
    print(feed_forward(two_tokens, small))
    assert np.allclose(feed_forward(two_tokens, small), [[13.0, -6.0], [20.0, -8.0]])
    assert np.allclose(feed_forward(two_tokens[0], small), [13.0, -6.0])  # one token, no other axis

# %% [markdown]
# ### What a hidden unit is good for
#
# With $d_\text{model} = 1$ one can see it. Then the network is a curve, and a hidden unit is a hinge: flat up to the
# point where its sum crosses 0, straight after it. The first weight and bias say where the hinge sits, the second
# weight says how much it bends the curve. Nothing is trained here: the hinges are put at even distances under the
# curve $1 + \sin x$, each one bending as much as it must. Your function does the rest.


# %% experiment="hinges"
def hinges(count):
    """Weights of a network that goes through 1 + sin x at `count` + 1 points and is straight between them."""
    knots = np.linspace(0, 2 * np.pi, count + 1)
    slopes = np.diff(1 + np.sin(knots)) / np.diff(knots)
    return {
        "linear1.weight": np.ones((count, 1)),
        "linear1.bias": -knots[:-1],
        "linear2.weight": np.diff(slopes, prepend=0.0)[None],
        "linear2.bias": np.ones(1),
    }


with when_written():
    line = np.linspace(0, 2 * np.pi, 49)[:, None]
    drawn = {
        f"{count} hidden units": {
            "1 + sin x": 1 + np.sin(line[:, 0]),
            "your network": feed_forward(line, hinges(count))[:, 0],
        }
        for count in (3, 12)
    }
    curves(line[:, 0], drawn, x_label="x")
    for title, lines in drawn.items():
        print(f"{title:>16}: at most {np.abs(lines['your network'] - lines['1 + sin x']).max():.3f} away")

# %% [markdown]
# Four times as many hinges, and the error falls by far more than four. In a Transformer the hinges are not put by hand,
# they are learned, and they bend a space of 512 dimensions; but this is why $d_\text{ff}$ is the number that people
# turn up when they want a model to know more.
#
# ### Without the corner it collapses
#
# Two linear maps in a row are one linear map. To see it without changing your code, push the first bias up by the same
# number for all units. The higher it is, the fewer sums are negative, and the less there is for the ReLU to do. On the
# right: how far the network is from the *single* map with the matrix $W_1 W_2$ and the bias $b_1 W_2 + b_2$.

# %% experiment="collapse"
generator = np.random.default_rng(3)
d_model, d_ff = 8, 32
random_weights = {
    "linear1.weight": generator.normal(size=(d_ff, d_model)),
    "linear1.bias": generator.normal(size=d_ff),
    "linear2.weight": generator.normal(size=(d_model, d_ff)) / 4,
    "linear2.bias": generator.normal(size=d_model),
}
many_tokens = generator.normal(size=(400, d_model))

with when_written():
    pushes = np.arange(0.0, 15.0)
    clipped, apart = [], []
    for push in pushes:
        pushed = random_weights | {"linear1.bias": random_weights["linear1.bias"] + push}
        one_matrix = pushed["linear2.weight"] @ pushed["linear1.weight"]
        one_bias = pushed["linear2.weight"] @ pushed["linear1.bias"] + pushed["linear2.bias"]
        clipped.append((many_tokens @ pushed["linear1.weight"].T < -pushed["linear1.bias"]).mean())
        apart.append(np.abs(feed_forward(many_tokens, pushed) - (many_tokens @ one_matrix.T + one_bias)).mean())
    curves(
        pushes,
        {
            "Share of the sums that are negative": {"negative sums": np.array(clipped)},
            "Distance to one linear map": {"your network": np.array(apart)},
        },
        x_label="added to the first bias",
    )
    print(f"nothing added: {clipped[0]:.0%} negative, {apart[0]:.1e} away from one linear map")
    print(f"    14 added: {clipped[-1]:.0%} negative, {apart[-1]:.1e} away from one linear map")

# %% [markdown] question="one_relu" minutes=6
# {question: one ReLU, and only one}
#
# **(a)** Show that without the ReLU the network is a single linear map with a bias, and say which matrix and which
# bias it has. How many numbers would suffice for it if $d_\text{model} = 512$, and how many does the network keep if
# $d_\text{ff} = 2048$? **(b)** Somebody also puts a ReLU on the *output*. The result is later added to $x$. What can
# this layer then no longer do?
#
# ### BEGIN SOLUTION
# **(a)** $(x W_1 + b_1) W_2 + b_2 = x\,(W_1 W_2) + (b_1 W_2 + b_2)$: the matrix is $W_1 W_2$, of size
# $d_\text{model} \times d_\text{model}$, and the bias is $b_1 W_2 + b_2$. It needs $512^2 + 512 = 262\,656$ numbers.
# The network keeps $2 \cdot 512 \cdot 2048 + 2048 + 512 = 2\,099\,712$, eight times as many, for nothing.
#
# **(b)** Its output would never be negative, so to $x$ it could only add. A feature of a token could be made larger and
# never smaller: nothing could be taken back, or turned round.
#
# {marks: one_relu}
# ### END SOLUTION

# %% [markdown]
# ### Nobody hears of anybody
#
# *Separately and identically*, says the paper. Both words can be tested, with no reference answer. **Identically**:
# shuffle the tokens, and the outputs are the same, shuffled. **Separately**: change token $j$, and only output $j$
# moves. In the maps below, the entry in row $i$ and column $j$ says how far output $i$ moved when token $j$ was
# changed. Next to your network stands the simplest layer that mixes: every token becomes the mean of itself and all
# before it.

# %% experiment="positions"
six_tokens = generator.normal(size=(1, 6, d_model))
labels = [f"token {i}" for i in range(6)]


def yours(x):
    """Your network on one sentence; x is (1, 6, d_model)."""
    return feed_forward(x, random_weights)


def mean_so_far(x):
    """Attention in its simplest form: the same weight for everything up to here."""
    return np.cumsum(x, axis=-2) / np.arange(1, x.shape[-2] + 1)[:, None]


with when_written():
    heatmaps(
        [influence(yours, six_tokens), influence(mean_so_far, six_tokens)],
        ["your feed-forward network", "the mean so far"],
        rows=labels,
        columns=labels,
        row_label="output that moves",
        column_label="token that is changed",
        largest=None,
        decimals=1,
    )
    print(
        f"your network: shuffled tokens give shuffled outputs, up to {permutation_equivariance(yours, six_tokens):.1e}"
    )
    print(f"the mean so far: they do not, by {permutation_equivariance(mean_so_far, six_tokens):.1f}")

# %% [markdown]
# So a Transformer is two machines that take turns. One mixes tokens and never looks inside a feature on its own; the
# other one works on features and never leaves its token. Whatever needs both takes at least one round of each.
#
# ## The same in PyTorch
#
# {exercise: FeedForward}
#
# **Deliver** the module `FeedForward`.
#
# > *The paper:* "While the linear transformations are the same across different positions, they use different
# > parameters from layer to layer. Another way of describing this is as two convolutions with kernel size 1."
# > (section 3.3)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model`, `d_ff` | integers, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x` | `(..., d_model)` | float32 or float64 | no |
# | *returns* | `(..., d_model)` | that of `x` | no |
#
# The parameters are `linear1` and `linear2`, each an `nn.Linear` with a bias, so that `state_dict()` has the four names
# of problem {number: feed_forward}. Between ReLU and `linear2` hidden units are dropped, in training only.
#
# **In numbers**: problem {number: feed_forward} again, with its weights loaded, gives (13, -6) and (20, -8). With
# `dropout=0.5` in training, each hidden number becomes 0 or is doubled: the units (3, 2, 0) of the first token may
# become (6, 0, 0), and the output (16, -10).
#
# > **The paper does not say** that hidden units are dropped: it drops "the output of each sub-layer, before it is added
# > to the sub-layer input" (section 5.4). That one belongs to the residual connection of the next unit. Most code,
# > PyTorch's own layers too, drops in both places, and so does this course.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your NumPy function, in which `nn.Linear` keeps the weights, and one more step before the second map.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: two linear maps, from d_model to d_ff and back; a dropout layer. Forward: first map, ReLU, dropout,
# second map.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The names: inside an `nn.Sequential` the parameters are called `0.weight`, and a state dict with `linear1.weight` does
# not fit. `nn.Linear` takes the number of inputs first. `F.dropout` must be told whether the module is training.
#
# </details>


# %% exercise="FeedForward" minutes=8 difficulty=1 importance=5
class FeedForward(nn.Module):
    """FFN(x) = max(0, x W₁ + b₁) W₂ + b₂, equation (2), with dropout on the hidden units in training.

    Its parameters are linear1 and linear2.
    """

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.drop = nn.Dropout(p=dropout)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (..., d_model) for x (..., d_model), every position on its own."""
        ### BEGIN SOLUTION
        units = torch.relu(self.linear1(x))
        return self.linear2(self.drop(units))
        ### END SOLUTION


# %% check="FeedForward"
check("FeedForward")

# %% [markdown]
# ### Two implementations, one set of weights
#
# Your module's parameters in your NumPy function, and the same tokens for both. Then the example in numbers, and what
# dropout does to it: in training the output jumps about, and its mean over many steps is what evaluation says.

# %% experiment="two_wings"
with when_written():
    torch.manual_seed(0)
    module = FeedForward(d_model=8, d_ff=32).double().eval()
    shared = {name: parameter.numpy() for name, parameter in module.state_dict().items()}
    by_torch = module(torch.tensor(many_tokens)).detach().numpy()
    apart = np.abs(feed_forward(many_tokens, shared) - by_torch).max()
    print(f"NumPy and PyTorch differ by at most {apart:.1e}")
    assert apart < 1e-9

    module = FeedForward(d_model=2, d_ff=3, dropout=0.5).double()
    module.load_state_dict({name: torch.tensor(entry) for name, entry in small.items()})
    steps = torch.stack([module.train()(torch.tensor(two_tokens)) for _ in range(4000)]).detach()
    in_evaluation = module.eval()(torch.tensor(two_tokens)).detach()
    print("first token in evaluation:", in_evaluation[0].tolist())
    print("in six steps of training:", ", ".join(str(tuple(step)) for step in steps[:6, 0].tolist()))
    print("the mean of 4000 steps:", [round(number, 1) for number in steps[:, 0].mean(dim=0).tolist()])
    assert torch.allclose(in_evaluation, torch.tensor([[13.0, -6.0], [20.0, -8.0]], dtype=torch.float64))

# %% [markdown] question="same_cost" minutes=10
# {question: when do both halves cost the same?}
#
# Count multiplications. A layer has self-attention (four maps from $d_\text{model}$ to $d_\text{model}$, the products
# $QK^\top$, and the weighted sums of the values; the number of heads does not matter) and a feed-forward network with
# $d_\text{ff} = 4\, d_\text{model}$. Leave out biases, softmax and ReLU. **(a)** How many multiplications do the two
# halves need for a sequence of $n$ tokens? **(b)** For which $n$ do they need the same number? What is that for
# $d_\text{model} = 512$, and what follows for a model that reads whole books?
#
# ### BEGIN SOLUTION
# With $d = d_\text{model}$. **(a)** Each of the four maps needs $d^2$ multiplications a token, together $4 n d^2$. All
# scores are $n^2$ dot products of length $d$ (over all heads together), $n^2 d$; the weighted sums as many again:
# attention needs $4 n d^2 + 2 n^2 d$. The feed-forward network needs $d \cdot 4d$ a token for each of its two maps,
# together $8 n d^2$.
#
# **(b)** $4 n d^2 + 2 n^2 d = 8 n d^2$ gives $2 n = 4 d$, so $n = 2d$: for 512 features 1024 tokens. In shorter
# sentences most of the work is in the feed-forward network, in longer ones in attention, whose cost grows with the
# square of the length while the other one grows in proportion: a book of 100 000 tokens costs about fifty times as much
# in its attention as in its feed-forward networks.
#
# {marks: same_cost}
# ### END SOLUTION

# %% [markdown]
# ### Count it
#
# PyTorch can count the multiplications of a module as it runs. No number is computed for that: on the device `"meta"`
# tensors have a shape and nothing in it. Attention is PyTorch's own here, with the sizes of the paper's base model.
# Does the crossing lie where your answer says?


# %% experiment="cost"
def multiplications(module, tokens):
    """The number of multiplications of a module for one sequence, in millions per token."""
    x = torch.empty(1, tokens, 512, device="meta")
    with FlopCounterMode(display=False) as counter:
        module(x, x, x) if isinstance(module, nn.MultiheadAttention) else module(x)
    return counter.get_total_flops() / 2 / tokens / 1e6  # each one comes with an addition, counted as well


with when_written():
    attention = nn.MultiheadAttention(512, 8, batch_first=True, device="meta")
    network = FeedForward(512, 2048).to("meta")
    lengths = [2**power for power in range(5, 13)]
    cost = {
        "your feed-forward network": [multiplications(network, length) for length in lengths],
        "self-attention": [multiplications(attention, length) for length in lengths],
    }
    curves(lengths, {"Million multiplications per token": cost}, x_label="tokens in the sequence", log2_x=True)

    parameters = [sum(p.numel() for p in part.parameters()) for part in (network, attention)]
    names = ("feed-forward network", "self-attention")
    whole = {"parameters": dict(zip(names, parameters, strict=True))}
    for length in (64, 1024, 4096):
        parts = [multiplications(part, length) for part in (network, attention)]
        whole[f"work, {length} tokens"] = dict(zip(names, parts, strict=True))
    shares(whole, "An encoder layer of the base model")
    print(f"parameters: {parameters[0]:,} in the feed-forward network, {parameters[1]:,} in attention")

# %% [markdown]
# ## Advanced, for bonus points: the way back
#
# PyTorch finds gradients by itself. To see that there is no magic in it, walk back through this network once by hand.
# It is the best place for it: two maps and a corner are all that it has.
#
# {exercise: feed_forward_backward}
#
# **Deliver** the function `feed_forward_backward`, in NumPy.
#
# Somewhere above this layer there is a loss $L$, a single number. Whoever stands above has already found
# $\partial L / \partial y$ for the output $y = \mathrm{FFN}(x)$, and hands it down: this is `grad_output`. Find
# $\partial L / \partial x$, to hand it further down, and the gradients of the four weights, to learn from them.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | `(..., d_model)`, that of the output | float64 | no |
# | `x` | `(..., d_model)`, what went into the forward pass | float64 | no |
# | `weights` | the dict of problem {number: feed_forward} | float64 | no |
# | *returns* `grad_x` | the shape of `x` | float64 | no |
# | *returns* `grad_weights` | a dict with the four names, each with the shape of its weight | float64 | no |
#
# Only the input is kept from the forward pass: compute again what you need of it. Nothing that is given is changed.
#
# **Two rules are enough.** For a linear map $y = x W^\top + b$ of a single row,
# $\partial L / \partial x = (\partial L / \partial y)\, W$; the entry $W_{oi}$ was used once, as
# $y_o = \dots + W_{oi} x_i + \dots$, so its gradient is $(\partial L / \partial y_o)\, x_i$; that of $b_o$ is
# $\partial L / \partial y_o$. And where something is used *several times*, as one matrix for all positions, the
# gradients of all its uses are **added**.
#
# **In numbers**: problem {number: feed_forward} once more, with `grad_output` (1, 2) for the first token and (3, -1)
# for the second.
#
# | step, from the end to the beginning | the token (2, 1) | the token (-1, -2) |
# |---|---|---|
# | `grad_output` | (1, 2) | (3, -1) |
# | back through the second map | (1, 4, 3) | (3, -2, 16) |
# | back through the ReLU: silent units stay silent | (1, 4, 0) | (0, -2, 16) |
# | back through the first map: `grad_x` | (5, -3) | (-18, 2) |
# | share in the gradient of `linear1.bias` | (1, 4, 0) | (0, -2, 16) |
# | together, the gradient of `linear1.bias` | (1, 2, 16) | |
#
# > **The paper does not say** anything about gradients: the framework finds them. At exactly 0 the ReLU has a corner
# > and no derivative; any number between 0 and 1 will do there, and it is not graded.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Walk the forward pass from its last line to its first. At every line you know the gradient of its result; find the
# gradients of everything that went into it.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Compute the sums before the ReLU, and the units after it, again. Second map: its weight's gradient from grad_output
# and the units, its bias's from grad_output, the units' from grad_output and the matrix. ReLU: keep the gradient where
# the sum was positive. First map: the same three again, with x.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The sum over *all* leading axes, however many there are: `reshape(-1, features)` first makes plain rows of all
# positions, and then a single product of two matrices adds up everything. And the ReLU asks for the sign of the number
# that *entered* it, not for the sign of the gradient.
#
# </details>


# %% exercise="feed_forward_backward" minutes=25 difficulty=4 importance=3
def feed_forward_backward(
    grad_output: np.ndarray, x: np.ndarray, weights: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The gradients of a loss by x and by the weights of FFN(x), from grad_output, its gradient by the output.

    grad_output and x (..., d_model); weights as in feed_forward. Returns grad_x (..., d_model) and grad_weights, a dict
    with the same four names and shapes.
    """

    ### BEGIN SOLUTION
    def rows(array):
        return array.reshape(-1, array.shape[-1])

    sums = x @ weights["linear1.weight"].T + weights["linear1.bias"]
    into_units = grad_output @ weights["linear2.weight"]
    into_sums = np.where(sums > 0, into_units, 0.0)
    grad_weights = {
        "linear1.weight": rows(into_sums).T @ rows(x),
        "linear1.bias": rows(into_sums).sum(axis=0),
        "linear2.weight": rows(grad_output).T @ rows(relu(sums)),
        "linear2.bias": rows(grad_output).sum(axis=0),
    }
    return into_sums @ weights["linear1.weight"], grad_weights
    ### END SOLUTION


# %% check="feed_forward_backward"
check("feed_forward_backward")

# %% experiment="backward_in_numbers"
with when_written():
    grad_x, grad_weights = feed_forward_backward(np.array([[1.0, 2.0], [3.0, -1.0]]), two_tokens, small)
    print("grad_x:\n", grad_x)
    for name, gradient in grad_weights.items():
        print(f"{name}: {gradient.tolist()}")
    assert np.allclose(grad_x, [[5.0, -3.0], [-18.0, 2.0]])
    assert np.allclose(grad_weights["linear1.bias"], [1.0, 2.0, 16.0])
    assert np.allclose(grad_weights["linear1.weight"], [[2.0, 1.0], [10.0, 8.0], [-16.0, -32.0]])
    assert np.allclose(grad_weights["linear2.weight"], [[3.0, 8.0, 6.0], [6.0, 2.0, -2.0]])

# %% [markdown]
# ### Check a gradient without trusting anybody
#
# A derivative says what a small step does. So take the step: make one number a little larger and a little smaller, run
# the *forward* pass twice, and divide. That is slow and needs no calculus, and it checks any backward pass, also one
# that nobody has written before.
#
# A loss is needed for it. The obvious one is the sum of all outputs, whose upstream gradient is 1 everywhere. **It is a
# trap.** Next to your backward pass stands one that never looks at `grad_output`. Check both, once with ones and once
# with random numbers.


# %% experiment="gradient_check"
def never_looks_up(grad_output, x, weights):
    """Your backward pass, with ones in place of what comes from above."""
    return feed_forward_backward(np.ones_like(grad_output), x, weights)


def largest_error(backward, x, weights, upstream):
    """How far a backward pass is from small steps, over x and all the weights."""
    by_hand_x, by_hand = backward(upstream, x, weights)
    errors = [by_hand_x - numerical_gradient(lambda moved: feed_forward(moved, weights), x, upstream)]
    for name in weights:

        def output(moved, name=name):
            return feed_forward(x, weights | {name: moved})

        errors.append(by_hand[name] - numerical_gradient(output, weights[name], upstream))
    return max(np.abs(error).max() for error in errors)


with when_written():
    tokens = generator.normal(size=(2, 3, d_model))
    for title, upstream in (("ones", np.ones(tokens.shape)), ("random", generator.normal(size=tokens.shape))):
        for backward in (feed_forward_backward, never_looks_up):
            error = largest_error(backward, tokens, random_weights, upstream)
            print(f"upstream {title:>6}: {backward.__name__:>21} is {error:.1e} away from small steps")

# %% [markdown]
# With ones both pass. A gradient of ones is the same for all features and all tokens, so it hides everything that
# confuses them; for softmax and layer norm it even makes the true gradient exactly zero, and a backward pass that
# returns zeros passes. **Always check with a random upstream gradient.** And small steps compare your backward pass
# with *your* forward pass: if that one is wrong, both agree and both are wrong. Consistent is not correct.
#
# ## What you have now
#
# A network that looks at one token at a time, in NumPy and in PyTorch, with the same numbers; and, if you went on, its
# gradients by hand. With attention it makes up the inside of every layer; what is still missing is the frame around
# both: residual connection and layer norm.
#
# If you have half an hour left, try one of these, with the tools from above:
#
# - Draw the share of hidden units that are silent for your module at its initialisation. Why is it near one half?
# - Train `FeedForward(1, 12)` on $1 + \sin x$ and look where it puts its hinges. Does it beat those at even distances?
# - Read the rows of `linear1.weight` as keys and the columns of `linear2.weight` as values. What is the query, and what
#   stands in the place of the softmax?
# - Count the parameters of the whole base model. How large is the share of the feed-forward networks, with and without
#   the embeddings?
