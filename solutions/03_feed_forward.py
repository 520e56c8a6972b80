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
# Attention lets tokens talk to one another, but it does little more than mix them. What a token *does* with what it has
# heard is decided here, by a small network that looks at one token at a time. It is the simplest part of a Transformer,
# and the largest: it holds two thirds of the weights of an encoder layer.
#
# {exercises: 10 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: relu}
#
# **What is allowed.** In NumPy exercises, everything but PyTorch. In PyTorch exercises, everything except its
# ready-made Transformer layers; linear layers, activations and dropout may come from `torch.nn`.

# %%
import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from autograder import check
from autograder.figures import curves, heatmaps, shares, waves
from autograder.properties import (
    check_number,
    influence,
    numerical_gradient,
    permutation_equivariance,
    predicted,
    when_written,
)

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## The nonlinearity
#
# {exercise: relu}
#
# **Deliver** the function `relu` in the next code cell.
#
# > *The paper:* "This consists of two linear transformations with a ReLU activation in between." (section 3.3)
#
# $$\mathrm{relu}(x) = \max(0, x)$$
#
# for every number on its own: negative numbers become 0, positive ones stay.
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
# > **The paper does not say** why it uses the ReLU. Later models use a smoother curve (GELU) or multiply two linear
# > maps, one of them through such a curve (SwiGLU); this unit uses the plain ReLU, with its kink at 0.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Compare every number with 0 and keep the larger of the two. Nothing is summed, and no axis disappears.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Keep every number that is positive, and put 0 elsewhere. NumPy has a function that chooses between two values, and
# another one that takes the larger of two.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `np.max(x, 0)` is something else: the largest number *along axis 0*. Python's own `max` needs a single True or False
# for the whole array. And `x[x < 0] = 0` changes the caller's array.
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
# ## Two linear maps and a nonlinearity
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
# `...` stands for any number of leading axes, possibly none. The entries of `weights` have PyTorch's names, and the
# dict may hold others as well:
#
# | name | shape |
# |---|---|
# | `"linear1.weight"` | `(d_ff, d_model)` |
# | `"linear1.bias"` | `(d_ff,)` |
# | `"linear2.weight"` | `(d_model, d_ff)` |
# | `"linear2.bias"` | `(d_model,)` |
#
# As in `nn.Linear`, a matrix $W$ has a *row* for every *output*, and maps a row vector $x$ to $x W^\top + b$. So the
# paper's $W_1$ is the transpose of the matrix in the dict.
#
# **The slow specification.** Take one token, a row of `d_model` numbers. Each of the `d_ff` hidden units has a row of
# `linear1.weight` and a bias: it takes the dot product of the token and its row, and adds its bias. If this sum is
# negative, the unit is silent. Every other unit multiplies its column of `linear2.weight` by its sum. Add these columns
# to `linear2.bias`, and you have the token's output. You can think of the rows as questions and of the columns as
# answers.
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
# | ReLU: one token silences the third unit, the other the first | (3, 2, 0) | (0, 2, 2) |
# | products with the two rows of the second map | (3, 4) | (10, 2) |
# | plus the second bias | (13, -6) | (20, -8) |
#
# > **The paper does not say** how the weights are initialised, or why $d_\text{ff}$ is larger than $d_\text{model}$: it
# > uses 2048 and 512 and does not explain. Its equation has both biases.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Linear map, ReLU, linear map. `@` multiplies along the last axis and repeats that over all the others, so one line
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
# The `.T`. Without it you get an error if `d_ff` and `d_model` differ, and wrong numbers without an error if they are
# equal. And take the weights by name: a dict may come in any order.
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
# With $d_\text{model} = 1$ you can see it. Then the network is a curve, and a hidden unit is a hinge: flat on one side
# of the point where its sum crosses 0, and a sloping line on the other. Its first weight and bias say where the hinge
# sits, its two weights say how much it bends the curve. Nothing is trained here: the hinges are placed at equal
# distances, and each bends the curve so that it meets $1 + \sin x$ at the next one. Your function does the rest.
#
# **Predict first.** You use 12 hinges instead of 3, four times as many. How much of the largest error is left?
#
# - **a**: about a quarter
# - **b**: less than a tenth
# - **c**: nearly all of it: which curves a network can follow depends on its depth

# %% guess="hinges"
# a: You would get a quarter if the error were proportional to the distance between the hinges. But the error of a
#    straight piece shrinks faster than its length.
# b: Between two hinges, the network is a straight line. The error of such a line grows with the square of its length,
#    so a quarter of the length gives about a sixteenth of the error. (Here it is a thirteenth, because with only 3
#    hinges the rule is not exact.)
# c: A single hidden layer can follow any smooth curve on an interval if it is wide enough. Each hinge adds one bend.
guess_hinges = "b"


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


with when_written(), predicted("hinges", guess_hinges):
    line = np.linspace(0, 2 * np.pi, 49)[:, None]
    drawn = {
        f"{count} hidden units": {
            "1 + sin x": 1 + np.sin(line[:, 0]),
            "your network": feed_forward(line, hinges(count))[:, 0],
        }
        for count in (3, 12)
    }
    waves(line[:, 0], drawn, x_label="x")
    for title, lines in drawn.items():
        print(f"{title:>16}: at most {np.abs(lines['your network'] - lines['1 + sin x']).max():.3f} away")

# %% [markdown]
# With four times as many hinges, the largest error falls to less than a tenth. In a Transformer the hinges are not
# placed by hand but learned, and they bend a space of 512 dimensions. The idea is the same: with a larger
# $d_\text{ff}$, the network can follow finer shapes.
#
# ### Without the ReLU it collapses
#
# Two linear maps in a row are one linear map. To show this without changing your code, the next cell adds the same
# number to the first bias of every unit. The larger it is, the fewer sums are negative, and the less the ReLU has to
# do. The right panel shows how far the network is from the *single* map with the matrix $W_1 W_2$ and the bias
# $b_1 W_2 + b_2$.

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
# **(a)** Show that without the ReLU the network is a single linear map with a bias, and say which matrix and which bias
# it has. How many numbers does that map need if $d_\text{model} = 512$, and how many does the network keep if
# $d_\text{ff} = 2048$? **(b)** Somebody also puts a ReLU on the *output*. The result is later added to $x$. What can
# this layer no longer do?
#
# ### BEGIN SOLUTION
# **(a)** $(x W_1 + b_1) W_2 + b_2 = x\,(W_1 W_2) + (b_1 W_2 + b_2)$: the matrix is $W_1 W_2$, of size
# $d_\text{model} \times d_\text{model}$, and the bias is $b_1 W_2 + b_2$. It needs $512^2 + 512 = 262\,656$ numbers.
# The network keeps $2 \cdot 512 \cdot 2048 + 2048 + 512 = 2\,099\,712$, eight times as many, for nothing.
#
# **(b)** Its output would never be negative, so it could only add to $x$. It could make a feature of a token larger but
# never smaller: nothing could be taken back.
#
# {marks: one_relu}
# ### END SOLUTION

# %% [markdown]
# ### No token hears about another
#
# The paper says *separately and identically*. You can test both words without a reference answer. **Identically**: if
# you shuffle the tokens, you get the same outputs, shuffled. **Separately**: if you change token $j$, only output $j$
# moves. In the maps below, the entry in row $i$ and column $j$ says how far output $i$ moved when token $j$ was
# changed. Next to your network you see a very simple layer that mixes: every token becomes the mean of itself and all
# tokens before it.
#
# **Predict first.** You change token 2, and the layer that takes means runs again. Which of the six outputs change?
#
# - **a**: 0, 1 and 2
# - **b**: only 2
# - **c**: 2, 3, 4 and 5

# %% guess="who_hears"
# a: Those are the tokens that token 2 *hears from*. The question was which outputs hear from token 2: its own, and all
#    those after it.
# b: That is true of your feed-forward network. In the other layer, the means of later tokens include token 2.
# c: The means of token 2 and of every later token include token 2, and those of earlier tokens don't. In the map, a
#    column shows which outputs hear from a token, and a row shows which tokens an output hears from. Everything above
#    the diagonal is 0. Such a layer is called causal.
guess_who_hears = "c"

# %% experiment="positions"
six_tokens = generator.normal(size=(1, 6, d_model))
labels = [f"token {i}" for i in range(6)]


def yours(x):
    """Your network on one sentence; x is (1, 6, d_model)."""
    return feed_forward(x, random_weights)


def mean_so_far(x):
    """Attention in its simplest form: the same weight for everything up to here."""
    return np.cumsum(x, axis=-2) / np.arange(1, x.shape[-2] + 1)[:, None]


with when_written(), predicted("who_hears", guess_who_hears):
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
    print(f"the mean so far: they do not, they differ by {permutation_equivariance(mean_so_far, six_tokens):.1f}")

# %% [markdown]
# So two kinds of layers take turns in a Transformer. Attention moves information from token to token. The feed-forward
# network works on the features of one token at a time. Whatever needs both takes at least one of each.
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
# of problem {number: feed_forward}. Dropout acts on the hidden units, between the ReLU and `linear2`, in training only.
#
# **In numbers**: problem {number: feed_forward} again, with its weights loaded, gives (13, -6) and (20, -8). With
# `dropout=0.5` in training, each hidden number becomes 0 or is doubled: the units (3, 2, 0) of the first token may
# become (6, 0, 0), and the output (16, -10).
#
# > **The paper does not say** that hidden units are dropped: it drops "the output of each sub-layer, before it is added
# > to the sub-layer input" (section 5.4). That dropout belongs to the residual connection of the next unit. Most code,
# > including PyTorch's own layers, uses dropout in both places, and so does this course.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your NumPy function, in which `nn.Linear` keeps the weights, with one more step before the second map.
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
# The next cell puts your module's parameters into your NumPy function and gives both the same tokens. Then it shows
# what dropout does to the example in numbers: in training mode the output jumps about, but its mean over many steps is
# close to the output in evaluation mode.

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
# halves need for a sequence of $n$ tokens? **(b)** For which $n$ do they need the same number? What is this $n$ for
# $d_\text{model} = 512$, and what follows for a model that reads whole books?
#
# ### BEGIN SOLUTION
# With $d = d_\text{model}$. **(a)** Each of the four maps needs $d^2$ multiplications a token, together $4 n d^2$. The
# scores are $n^2$ dot products of length $d$ (over all heads together), $n^2 d$; the weighted sums need as many again.
# So attention needs $4 n d^2 + 2 n^2 d$. The feed-forward network needs $d \cdot 4d$ a token for each of its two maps,
# together $8 n d^2$.
#
# **(b)** $4 n d^2 + 2 n^2 d = 8 n d^2$ gives $2 n = 4 d$, so $n = 2d$: for 512 features 1024 tokens. In shorter
# sentences most of the work is in the feed-forward network, in longer ones in attention, whose cost grows with the
# square of the length while the other one grows in proportion: a book of 100 000 tokens costs about fifty times as much
# in its attention as in its feed-forward networks.
#
# {marks: same_cost}
# ### END SOLUTION

# %% number="equal_cost"
# For d_model = 512: at how many tokens do the two halves cost the same?
#
# 1024: That is twice the number of features. In longer texts, attention costs more.
# 2048: Something of attention is missing. It has four maps, and two products whose cost grows with n²: the scores and
#    the weighted sums.
# 4096: You counted only the scores of attention. It also has four maps, and the weighted sums of the values.
# otherwise: Write down both costs with n and d, set them equal, and divide by n and by d before you put in 512.
number_equal_cost = 1024
check_number("equal_cost", number_equal_cost)

# %% [markdown]
# ### Count it
#
# PyTorch can count the multiplications of a module without computing anything: on the device `"meta"`, tensors have a
# shape but no data. The attention here is PyTorch's own, with the sizes of the paper's base model. Do the curves cross
# where your answer says?


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
    lengths = [2**power for power in range(4, 13)]
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
# ## Advanced, for bonus points: the backward pass
#
# PyTorch finds gradients by itself. To see that there is no magic in it, go back through this network once by hand.
# This is the best place to do it: there are only two linear maps and a ReLU.
#
# {exercise: feed_forward_backward}
#
# **Deliver** the function `feed_forward_backward`, in NumPy.
#
# The output $y = \mathrm{FFN}(x)$ is used further on, and at the end there is a loss $L$, one number. The later layers
# have already computed $\partial L / \partial y$, the **upstream gradient**, and you get it as `grad_output`. Compute
# $\partial L / \partial x$, for the layers before, and the gradients of the four weights, for training.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | `(..., d_model)`, that of the output | float64 | no |
# | `x` | `(..., d_model)`, what went into the forward pass | float64 | no |
# | `weights` | the dict of problem {number: feed_forward} | float64 | no |
# | *returns* `grad_x` | the shape of `x` | float64 | no |
# | *returns* `grad_weights` | a dict with the four names, each with the shape of its weight | float64 | no |
#
# Only the input is kept from the forward pass: compute the rest again. Do not change the arguments.
#
# **Two rules are enough.** For a linear map $y = x W^\top + b$ of a single row,
# $\partial L / \partial x = (\partial L / \partial y)\, W$. The entry $W_{oi}$ is used once, in
# $y_o = \dots + W_{oi} x_i + \dots$, so its gradient is $(\partial L / \partial y_o)\, x_i$; that of $b_o$ is
# $\partial L / \partial y_o$. And if something is used *several times*, like one matrix for all positions, the
# gradients of all its uses are **added**.
#
# **In numbers**: problem {number: feed_forward} once more, with `grad_output` (1, 2) for the first token and (3, -1)
# for the second.
#
# | step, from the end to the beginning | the token (2, 1) | the token (-1, -2) |
# |---|---|---|
# | `grad_output` | (1, 2) | (3, -1) |
# | back through the second map | (1, 4, 3) | (3, -2, 16) |
# | back through the ReLU: silent units get 0 | (1, 4, 0) | (0, -2, 16) |
# | back through the first map: `grad_x` | (5, -3) | (-18, 2) |
# | what each token adds to the gradient of `linear1.bias` | (1, 4, 0) | (0, -2, 16) |
# | together, the gradient of `linear1.bias` | (1, 2, 16) | |
#
# > **The paper does not say** anything about gradients: the framework finds them. At exactly 0 the ReLU has a kink and
# > no derivative; any number between 0 and 1 will do there, and it is not graded.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Go through the forward pass from its last line to its first. At every line you know the gradient of its result; find
# the gradients of everything that went into it.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Compute the sums before the ReLU and the units after it again. Second map: grad_output and the units give the gradient
# of the weight, grad_output alone that of the bias, grad_output and the matrix that of the units. ReLU: keep the
# gradient where the sum was positive. First map: the same three steps, with x.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The sum over *all* leading axes, however many there are: `reshape(-1, features)` turns all positions into plain rows,
# and then a single matrix product adds everything up. And at the ReLU, the sign of the number that *entered* it counts,
# not the sign of the gradient.
#
# </details>


# %% exercise="feed_forward_backward" minutes=25 difficulty=4 importance=3
def feed_forward_backward(
    grad_output: np.ndarray, x: np.ndarray, weights: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The gradients of a loss with respect to x and the weights of FFN(x), from grad_output, the upstream gradient.

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
# ### Check a gradient without trusting anyone
#
# A derivative says what a small step does. So take the step: make one number a little larger and a little smaller, run
# the *forward* pass both times, and divide the change by the step. This is slow, but it needs no calculus and can check
# any backward pass.
#
# It needs a loss. The obvious one is the sum of all outputs: its upstream gradient is 1 everywhere. **It is a trap.**
# The next cell checks your backward pass and one that never looks at `grad_output`, once with ones and once with random
# numbers.


# %% experiment="gradient_check"
def never_looks_up(grad_output, x, weights):
    """Your backward pass, with ones in place of the upstream gradient."""
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
# With ones both pass. A gradient of ones is the same for all features and all tokens, so it can hide a mistake that
# mixes them up. For softmax, and for layer norm with gains of 1 (unit 4), it even makes the true gradient exactly zero,
# and a backward pass that returns zeros passes. **Always check with a random upstream gradient.** And remember that
# small steps compare your backward pass with *your* forward pass: if the forward pass is wrong, the two can agree and
# both be wrong.
#
# ## What you have now
#
# You have a network that looks at one token at a time, in NumPy and in PyTorch, with the same numbers, and, if you went
# on, its gradients by hand. Together with attention it is the inside of every layer. What is still missing is the frame
# around both: the residual connection and layer norm.
#
# **New in this unit:** your model can compute things about a token that no matrix can, because its output bends: with
# 12 hidden units it can follow a wave.
#
# If you have half an hour left, try one of these, with the tools from above:
#
# - Draw the share of hidden units that are silent in a new, untrained module. Why is it near one half?
# - Train `FeedForward(1, 12)` on $1 + \sin x$ and look where it puts its hinges. Does it beat those at equal distances?
# - Read the rows of `linear1.weight` as keys and the columns of `linear2.weight` as values. What is the query, and what
#   stands in the place of the softmax?
# - Count the parameters of the whole base model. How large is the share of the feed-forward networks, with and without
#   the embeddings?
