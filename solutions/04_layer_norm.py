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
# # 4 · Layer normalization and the residual connection
#
# *Sections 3.1 and 5.4 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# Attention and the feed-forward network do the work of a Transformer. The two parts that you build here do none of it,
# but without them you could hardly train more than a few layers. The residual connection lets every number go *past* a
# layer, and the norm keeps what comes out at a size that the next layer expects. Together they are two lines of
# algebra, and yet more public implementations differ from the paper here than anywhere else.
#
# {exercises: 20 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: layer_norm}
#
# **What is allowed.** In NumPy exercises, everything but PyTorch. In PyTorch exercises, everything except the
# ready-made answers: `nn.LayerNorm`, `F.layer_norm` and PyTorch's other normalizations.

# %%
import math

import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.figures import heatmaps, magnitudes
from autograder.properties import (
    check_number,
    influence,
    numerical_gradient,
    permutation_equivariance,
    predicted,
    shift_and_scale_invariance,
    when_written,
)

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## Bringing every token to a common size
#
# A token in a Transformer is a list of $d_\text{model}$ features. After some layers these numbers may lie anywhere:
# around 1000, or all very close together. A matrix that was made for numbers of size 1 can do little with either. You
# could compare the marks of a strict and a lenient teacher like this: subtract the mean, then divide by the standard
# deviation. Layer norm does the same with the features. Then it gives the network its freedom back, with two learned
# numbers for each feature: a scale $\gamma$, the **gain**, and a shift $\beta$, the **bias**.
#
# Which numbers do mean and deviation come from? **Batch** normalization takes one feature and looks at all samples.
# That ties the samples of a batch together, it works differently when the batch is small, and at test time, when a
# batch may be a single sentence, it needs stored averages instead. Write the tokens as the rows of a table, with their
# features as its columns: batch normalization works down the columns, layer normalization along the rows:
#
# > *"... we transpose batch normalization into layer normalization by computing the mean and variance used for
# > normalization from all of the summed inputs to the neurons in a layer on a single training case."* (Ba, Kiros and
# > Hinton, 2016, the abstract)
#
# So each token is normalised over its own features. No other token of the sentence and no other sentence of the batch
# can interfere.
#
# {exercise: layer_norm}
#
# **Deliver** the function `layer_norm` in the next code cell.
#
# > *The paper:* "We employ a residual connection around each of the two sub-layers, followed by layer normalization."
# > (section 3.1)
#
# $$\mathrm{LayerNorm}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad
# \mu = \frac{1}{d} \sum_{i=1}^{d} x_i, \qquad \sigma^2 = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | `(..., d_model)` | float64 | no |
# | `gamma` | `(d_model,)` | float64 | no |
# | `beta` | `(d_model,)` | float64 | no |
# | `eps` | one number | `float` | no, 1e-5 if it is left out |
# | *returns* | the shape of `x` | float64 | no |
#
# `...` stands for any number of leading axes, possibly none. Your function must not change its arguments.
#
# **The slow specification.** Take one token. Find the mean of its features. Then find their variance, the mean of the
# squared differences from that mean. Subtract the mean from every feature, and divide by the root of variance plus eps.
# Multiply feature $i$ by $\gamma_i$ and add $\beta_i$. Do this for every token separately.
#
# **In numbers**, with two tokens of two features, $\gamma = (3, 6)$, $\beta = (10, 20)$, and a very large
# $\varepsilon = 5$, which keeps the numbers round:
#
# | step | first token | second token |
# |---|---|---|
# | $x$ | (1, 5) | (7, 7) |
# | the mean | 3 | 7 |
# | the differences from it | (-2, 2) | (0, 0) |
# | their mean square: the variance | 4 | 0 |
# | √(variance + 5) | 3 | √5 |
# | normalised | (-2/3, 2/3) | (0, 0) |
# | times γ, plus β | (-2 + 10, 4 + 20) = (8, 24) | (10, 20) |
#
# The second token shows what $\varepsilon$ is for: all its features are equal, so without $\varepsilon$ you would get
# 0/0.
#
# > **The paper does not say** what layer normalization is, and does not mention $\varepsilon$: it cites Ba et al.
# > (2016). We take what nearly all libraries agree on. The variance is a mean over $d$ numbers, not $d - 1$: you
# > *estimate* nothing here, because these are all the features there are. $\varepsilon$ stands **inside** the root, and
# > its default is 1e-5. Read other people's code with care. The most copied tutorials divide by `std + eps` instead,
# > where `std` is PyTorch's default, the one with $d - 1$. About half of the hand-written layer norms that you will
# > find do the same. An experiment below shows what that changes.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Compute two statistics over the last axis. Everything else is arithmetic that broadcasts: `gamma` and `beta` have the
# length of that axis, so they line up by themselves.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Take the mean over the last axis and subtract it. Take the mean of the squared differences. Add eps and take the root.
# Divide, scale, shift.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `keepdims=True`: without it, a mean loses its axis and no longer lines up with `x`. `axis=-1`, not `axis=2`: `x` may
# have two axes, or four. Use the argument `eps`, which is not always 1e-5. And subtract before you square: the textbook
# shortcut $E[x^2] - E[x]^2$ has a trap, which you will see below.
#
# </details>


# %% exercise="layer_norm" minutes=12 difficulty=2 importance=5
def layer_norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β, with the mean μ and the biased variance σ² of the last axis."""
    ### BEGIN SOLUTION
    from_mean = x - np.mean(x, axis=-1, keepdims=True)
    mean_square = np.mean(from_mean**2, axis=-1, keepdims=True)
    return gamma * from_mean / np.sqrt(mean_square + eps) + beta
    ### END SOLUTION


# %% check="layer_norm"
check("layer_norm")

# %% experiment="layer_norm_in_numbers"
with when_written():
    two_tokens, scale, shift = np.array([[1.0, 5.0], [7.0, 7.0]]), np.array([3.0, 6.0]), np.array([10.0, 20.0])
    seen = layer_norm(two_tokens, scale, shift, eps=5.0)
    print(seen)
    assert np.allclose(seen, [[8.0, 24.0], [10.0, 20.0]])

# %% [markdown]
# ### Which inputs does one output depend on?
#
# Take six tokens of eight features, pick one number of the output, and ask of every number of the input: if I nudge it,
# does the picked one move? Hatched numbers have no influence at all. On the left is your function. On the right it is
# your function again, but it got the transposed table, and its result was transposed back: that is **batch**
# normalization.
#
# **Predict first.** In a decoder, no token may depend on a later one. Which of the two norms, as they are drawn here,
# respects that?
#
# - **a**: only layer norm
# - **b**: only batch norm
# - **c**: either one: both only subtract a mean and divide by a standard deviation

# %% guess="axes"
# a: With layer norm, each output depends only on the features of its own token. In the map on the right, the chosen
#    output of token 2 also depends on tokens 3, 4 and 5. A decoder must not see these: they are in the future.
# b: Batch norm takes the mean of a feature over *all* tokens, including later ones. So an output would depend on tokens
#    that come after it.
# c: The arithmetic is the same, but it matters which numbers the mean is taken over.
guess_axes = "a"

# %% experiment="axes"
generator = np.random.default_rng(4)
table = generator.normal(size=(6, 8))


def by_layer(x):
    """Your layer norm without gain and bias."""
    return layer_norm(x, np.ones(x.shape[-1]), np.zeros(x.shape[-1]))


def by_batch(x):
    """Batch normalization: the same, down the columns."""
    return by_layer(x.T).T


with when_written(), predicted("axes", guess_axes):
    picked = np.zeros((6, 8))
    picked[2, 3] = 1.0
    says = [np.abs(numerical_gradient(norm, table, picked)) for norm in (by_layer, by_batch)]
    says = [np.where(matrix > 1e-8, matrix, 0.0) for matrix in says]
    heatmaps(
        says,
        ["layer norm: one token, all features", "batch norm: all tokens, one feature"],
        row_label="token",
        column_label="feature",
        largest=None,
    )

# %% [markdown]
# Here are laws that need no reference answer, tested on your function. If you shift and stretch a token as a whole, the
# result stays the same. (Nearly: $\varepsilon$ still makes a tiny difference.) Tokens do not notice each other, so
# shuffling them shuffles the results. And without gain and bias, every token has mean 0 and, up to $\varepsilon$,
# deviation 1.

# %% experiment="laws"
with when_written():
    normalised = by_layer(table)
    laws = {
        "LN(7x + 11) - LN(x), with eps = 0": shift_and_scale_invariance(
            lambda x: layer_norm(x, np.ones(8), np.zeros(8), eps=0.0), table
        ),
        "LN(7x + 11) - LN(x), with eps = 1e-5": shift_and_scale_invariance(by_layer, table),
        "shuffled tokens give shuffled results": permutation_equivariance(by_layer, table),
        "a changed token moves another one": (influence(by_layer, table) * (1 - np.eye(6))).max(),
        "a token's mean differs from 0": np.abs(normalised.mean(axis=-1)).max(),
        "a token's deviation differs from 1": np.abs(normalised.std(axis=-1) - 1).max(),
    }
    for law, distance in laws.items():
        print(f"{law:40} {distance:.1e}")

# %% [markdown]
# ### What the most copied variant changes
#
# Here is the tutorials' variant beside yours. It differs in two ways. The first is easy to predict: dividing by $d - 1$
# shrinks every result by the factor $\sqrt{(d-1)/d}$. That is 6.5 % at $d = 8$ and only 0.1 % at $d = 512$, and nobody
# notices it as long as the same code trains and uses a model. But load weights that were trained with the other
# formula, and the output is wrong without any error. The second difference, $\varepsilon$ outside the root, shows where
# features hardly differ. With a deviation of a thousandth, $\sqrt{\sigma^2 + \varepsilon}$ is more than three times
# $\sigma + \varepsilon$, so the two formulas give results of very different size.

# %% experiment="copied_variant"
with when_written():

    def tutorial_norm(x, eps=1e-5):
        """What many tutorials call layer norm: PyTorch's default deviation, eps outside."""
        return (x - x.mean(axis=-1, keepdims=True)) / (x.std(axis=-1, ddof=1, keepdims=True) + eps)

    print("     d    ordinary tokens    tokens that are 1000 times smaller")
    for size in (4, 8, 64, 512):
        ordinary = generator.normal(size=(200, size))
        ratios = [np.median(tutorial_norm(x) / by_layer(x)) for x in (ordinary, ordinary / 1000)]
        print(f"{size:6} {ratios[0]:14.4f} {ratios[1]:22.4f}    (the variant's result, yours being 1)")

# %% [markdown]
# ### The trap in the textbook formula
#
# $\sigma^2 = E[x^2] - E[x]^2$ is right on paper, needs one pass over the data instead of two, and is found in much
# code. But let the features be $1000 + $ something of size 1, in float32, which keeps about seven digits. The squares
# are around 1 000 000 and are rounded to the nearest sixteenth. If you subtract two such numbers to find a variance of
# 1, the rounding spoils it. A bit further out the difference can be *negative*, and its root is `nan`.
#
# The experiment takes 400 tokens whose standard deviation really is 1 and moves them further and further from zero. It
# finds their deviation in both ways and draws the worst error (counting a negative variance as 0). What your function
# divides by can be read off its result: the width of what went in over the width of what came out. Both lines rise,
# since the features themselves are rounded when they are stored; but the shortcut's line rises about twice as fast.

# %% experiment="one_pass"
with when_written():
    powers = list(range(15))
    spread = generator.normal(size=(400, 64))
    spread = (spread - spread.mean(axis=-1, keepdims=True)) / spread.std(axis=-1, keepdims=True)
    worst = {"subtract first: yours": [], "E[x²] - E[x]²": []}
    for power in powers:
        x = (spread + 2.0**power).astype(np.float32)
        result = layer_norm(x, np.ones(64, dtype=np.float32), np.zeros(64, dtype=np.float32), eps=0.0)
        one_pass = (x**2).mean(axis=-1) - x.mean(axis=-1) ** 2
        worst["subtract first: yours"].append(np.abs(np.ptp(x, axis=-1) / np.ptp(result, axis=-1) - 1).max())
        worst["E[x²] - E[x]²"].append(np.abs(np.sqrt(np.maximum(one_pass, 0)) - 1).max())
        if power in (0, 10, 14):
            lowest, highest = one_pass.min(), one_pass.max()
            print(f"around {2**power:5}: the one-pass variance of a token lies from {lowest:.3f} to {highest:.3f}")
    magnitudes(
        powers,
        {"Error of the worst token's deviation (float32)": worst},
        x_label="where the features lie: around 2 to this power",
    )

# %% [markdown]
# ## Advanced: the backward pass
#
# Training needs the gradient of the loss $L$ with respect to everything that came in. PyTorch finds it for you, but you
# understand it better once you have derived one yourself. Layer norm is a good place for that: it is short and has a
# surprise in it. You may leave the exercise of this section for last, because nothing that you build after it needs it.
#
# Write $s = \sqrt{\sigma^2 + \varepsilon}$, $\hat x = (x - \mu)/s$ and $y = \gamma \odot \hat x + \beta$. You are given
# $\partial L / \partial y$, the **upstream gradient**. The gradient of $\beta$ is easy: $\beta$ was added to *every*
# token, so the contributions of all tokens add up. For $\gamma$ it is the same, with $\hat x$ as a factor. The path to
# $x$ starts with $g = \gamma \odot \partial L / \partial y$, the gradient of $\hat x$.

# %% [markdown] question="three_ways" minutes=12
# {question: three paths of a gradient}
#
# One feature $x_j$ of a token moves the $\hat x_i$ of that token along three paths: directly (only $\hat x_j$), through
# $\mu$, and through $s$ (all of them). **(a)** Show that $\partial \mu / \partial x_j = 1/d$ and $\partial s / \partial
# x_j = \hat x_j / d$.
# **(b)** Derive
#
# $$\frac{\partial L}{\partial x_j} = \frac{1}{s} \Bigl( g_j - \frac{1}{d}\sum_i g_i - \hat x_j \, \frac{1}{d}
# \sum_i g_i \hat x_i \Bigr)$$
#
# and say which path each of the three terms belongs to.
#
# ### BEGIN SOLUTION
# **(a)** $\mu$ is a sum over $d$ features divided by $d$, so its slope is $1/d$ for each of them. From
# $s^2 = \frac{1}{d} \sum_i (x_i - \mu)^2 + \varepsilon$ it follows that $2 s \, \partial s / \partial x_j = \frac{2}{d}
# \sum_i (x_i - \mu) (\delta_{ij} -
# \frac{1}{d})$. The differences from the mean sum to 0, so the part with $\frac{1}{d}$ vanishes and $\frac{2}{d} (x_j -
# \mu)$ is left. Hence $\partial s / \partial x_j = (x_j - \mu) / (d s) = \hat x_j / d$.
#
# **(b)** By the quotient rule, with $\hat x_i = (x_i - \mu) / s$,
# $\frac{\partial \hat x_i}{\partial x_j} = \frac{1}{s} \bigl( \delta_{ij} - \frac{1}{d} \bigr) -
# \frac{x_i - \mu}{s^2} \cdot \frac{\hat x_j}{d} = \frac{1}{s} \bigl( \delta_{ij} - \frac{1}{d} - \hat x_i
# \frac{\hat x_j}{d} \bigr)$. Multiply by $g_i$ and sum over $i$. $\delta_{ij}$ leaves $g_j$: the direct path.
# $\frac{1}{d}$ leaves the mean of $g$: the path through $\mu$. The last part leaves $\hat x_j$ times the mean of
# $g \hat x$: the path through $s$.
#
# {marks: three_ways}
# ### END SOLUTION

# %% number="three_paths"
# A token has the features (0, 0, 2, 2), and g is (8, 0, 4, 0). With ε = 0, what is the gradient of its first feature?
#
# 4: μ and s are 1, the mean of g is 3, and the mean of g x̂ is -1. So the three paths give 8 - 3 - 1.
# 8: That is the direct path alone. Subtract what comes through μ and through s.
# 5: The path through s is missing: x̂ of this feature times the mean of g x̂.
# 7: The path through μ is missing: the mean of g.
# 6: The last term has the wrong sign. x̂ of the first feature and the mean of g x̂ are both negative.
# otherwise: First find μ, s and the four numbers x̂. Then put them into the formula, one path at a time.
number_three_paths = 4
check_number("three_paths", number_three_paths)

# %% [markdown]
# {exercise: layer_norm_backward}
#
# **Deliver** the function `layer_norm_backward`, in NumPy.
#
# > *The paper* leaves this to the library. *The equation* is the one in the question above; for $\gamma$ and $\beta$,
# > sum $\partial L/\partial y \odot \hat x$ and $\partial L/\partial y$ over all tokens.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | the shape of `x` | float64 | no |
# | `x` | `(..., d_model)` | float64 | no |
# | `gamma` | `(d_model,)` | float64 | no |
# | `eps` | one number | `float` | no, 1e-5 if it is left out |
# | *returns* `grad_x` | the shape of `x` | float64 | no |
# | *returns* `grad_gamma`, `grad_beta` | `(d_model,)` | float64 | no |
#
# Recompute what you need from the forward pass. Your function must not change its arguments.
#
# **In numbers**: the two tokens from above, with $\gamma = (3, 6)$ and $\varepsilon = 5$, and with the upstream
# gradients $(1, 1)$ and $(1, 0)$.
#
# | step | first token | second token |
# |---|---|---|
# | $g$, which is γ times the upstream gradient | (3, 6) | (3, 0) |
# | $\hat x$ and $s$ | (-2/3, 2/3) and 3 | (0, 0) and √5 |
# | the mean of $g$ | 4.5 | 1.5 |
# | the mean of $g \hat x$ | (-2 + 4) / 2 = 1 | 0 |
# | the three terms | (3 - 4.5 + 2/3, 6 - 4.5 - 2/3) | (3 - 1.5, 0 - 1.5) |
# | divided by $s$: the gradient of $x$ | (-5/18, 5/18) | (1.5, -1.5) / √5 |
#
# The gradient of $\gamma$ is (-2/3, 2/3) + (0, 0), and that of $\beta$ is (1, 1) + (1, 0) = (2, 1).
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You have the formula. Two of its three terms contain a *mean over the features of one token*: one number for each
# token, which broadcasts.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Recompute the root s and the normalised tokens. Make g from gamma and the upstream gradient. Add up the three terms
# and divide by s. The other two results are sums over everything but the last axis.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# gamma comes *first* in the backward pass: both means are of g, not of the upstream gradient. Sum over all leading
# axes, not the batch alone: `tuple(range(...))` gives you their numbers, or make one long table of tokens first. With
# one token and no leading axis there is nothing to sum.
#
# </details>


# %% exercise="layer_norm_backward" minutes=20 difficulty=4 importance=2
def layer_norm_backward(
    grad_output: np.ndarray, x: np.ndarray, gamma: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∂L/∂x = (g - mean(g) - x̂ mean(g x̂)) / √(σ² + ε), where g = γ ∂L/∂y; and the gradients of γ and β."""
    ### BEGIN SOLUTION
    d_model = x.shape[-1]
    from_mean = x - np.mean(x, axis=-1, keepdims=True)
    root = np.sqrt(np.mean(from_mean**2, axis=-1, keepdims=True) + eps)
    x_hat = from_mean / root
    g = grad_output * gamma
    level = np.mean(g, axis=-1, keepdims=True)
    stretch = np.mean(g * x_hat, axis=-1, keepdims=True)
    by_token = grad_output.reshape(-1, d_model)
    return (g - level - x_hat * stretch) / root, (by_token * x_hat.reshape(-1, d_model)).sum(0), by_token.sum(0)
    ### END SOLUTION


# %% check="layer_norm_backward"
check("layer_norm_backward")

# %% experiment="backward_in_numbers"
with when_written():
    two_tokens, from_above = np.array([[1.0, 5.0], [7.0, 7.0]]), np.array([[1.0, 1.0], [1.0, 0.0]])
    of_x, of_gamma, of_beta = layer_norm_backward(from_above, two_tokens, np.array([3.0, 6.0]), eps=5.0)
    print("x:\n", of_x, "\ngamma:", of_gamma, "\nbeta:", of_beta)
    assert np.allclose(of_x, [[-5 / 18, 5 / 18], [1.5 / math.sqrt(5), -1.5 / math.sqrt(5)]])
    assert np.allclose(of_gamma, [-2 / 3, 2 / 3])
    assert np.allclose(of_beta, [2.0, 1.0])

# %% [markdown]
# ### How could you check it yourself?
#
# Nudge every number of the input up and down by a little, and see how the output moves. This is slow, but there is no
# calculus in it that can go wrong. The cell below finds the slopes of the norm like this, and also those of norms in
# which a path is blocked: their mean, or their deviation, or both are frozen numbers that do not move with $x$ (as
# `.detach()` would make them). It does this with two kinds of upstream gradient: all ones, and random numbers. Read the
# column of the ones before you answer the next question.

# %% experiment="ones_prove_nothing"
with when_written():
    tokens = generator.normal(size=(5, 8))
    level, width = tokens.mean(axis=-1, keepdims=True), tokens.std(axis=-1, keepdims=True)

    def blocked(mean=None, deviation=None):
        """A norm whose mean or deviation is a frozen number, or neither of them."""

        def norm(x):
            middle = x.mean(axis=-1, keepdims=True) if mean is None else mean
            return (x - middle) / (x.std(axis=-1, keepdims=True) if deviation is None else deviation)

        return norm

    norms = {
        "the path through the mean blocked": blocked(mean=level),
        "the path through the deviation blocked": blocked(deviation=width),
        "both blocked": blocked(level, width),
    }
    kinds = {"ones": np.ones((5, 8)), "random numbers": generator.normal(size=(5, 8))}
    slopes = {kind: numerical_gradient(blocked(), tokens, above) for kind, above in kinds.items()}
    rows = {name: [numerical_gradient(norm, tokens, above) for above in kinds.values()] for name, norm in norms.items()}
    rows["zeros, with nothing calculated"] = [np.zeros((5, 8)), np.zeros((5, 8))]

    def show(name, gradients):
        """Print how far two gradients, for ones and for random numbers upstream, are from the true slopes."""
        gaps = [np.abs(got - slopes[kind]).max() for kind, got in zip(kinds, gradients, strict=True)]
        print(f"{name:45} {gaps[0]:9.0e} {gaps[1]:16.0e}")

    print(f"{'distance from the true slope, given':45} {'ones':>9} {'random numbers':>16}")
    for name, gradients in rows.items():
        show(name, gradients)
    show("your function", [layer_norm_backward(above, tokens, np.ones(8), eps=0.0)[0] for above in kinds.values()])

# %% [markdown] question="ones" minutes=6
# {question: a check with ones}
#
# Many people test a backward pass with `y.sum().backward()`, which makes the upstream gradient 1 everywhere. Let
# $\gamma = 1$ in all features. **(a)** What is the true gradient of $x$ then, and how could you have known it without
# the formula? **(b)** Name a wrong backward pass that gets through this test, and say how to test instead.
#
# ### BEGIN SOLUTION
# **(a)** It is 0. The normalised features of a token sum to 0 whatever $x$ is, so $\sum_i y_i = \sum_i \beta_i$ does
# not depend on $x$ at all. (In the formula: $g = 1$, so $g_j - \text{mean}(g) = 0$, and the mean of $g \hat x$ is the
# mean of $\hat x$, which is 0.)
#
# **(b)** A function that returns zeros; or one that forgets the path through the deviation, which contributes 0 here.
# Test with a random upstream gradient (and random $\gamma$), against numerical slopes or autograd, for example by
# `y.backward(torch.randn_like(y))`.
#
# {marks: ones}
# ### END SOLUTION

# %% [markdown]
# ## The same in PyTorch
#
# {exercise: LayerNorm}
#
# **Deliver** the module `LayerNorm`.
#
# > *The paper:* "We employ a residual connection around each of the two sub-layers, followed by layer normalization."
# > (section 3.1)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model` | one integer, for the constructor | `int` | no |
# | `eps` | one number, for the constructor | `float` | no, 1e-5 if it is left out |
# | `x` | `(..., d_model)` | float32 or float64 | no |
# | *returns* | the shape of `x` | that of `x` | no |
#
# The parameters are the vectors `gamma` and `beta`, each of shape `(d_model,)`. They start at 1 and at 0, so that a new
# module only normalises.
#
# **In numbers**: with `gamma` and `beta` from problem {number: layer_norm} and `LayerNorm(2, eps=5.0)`, the tokens
# (1, 5) and (7, 7) become (8, 24) and (10, 20) again.
#
# > **The paper does not say** how many gains there are. Ba et al. use one for each feature. With the biases that is
# > 1024 numbers in each norm at $d_\text{model} = 512$, next to two million in one feed-forward network.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your NumPy function, with `gamma` and `beta` kept where PyTorch finds and trains them.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: two parameters, and remember eps. Forward: mean, variance, normalise, scale, shift.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# PyTorch does not train a tensor that is a plain attribute: wrap it in `nn.Parameter`. `var` and `std` divide by d - 1
# unless you ask them not to. No `.item()`, `.detach()` or `no_grad` around mean and variance: the gradient has to flow
# through them.
#
# </details>


# %% exercise="LayerNorm" minutes=8 difficulty=2 importance=5
class LayerNorm(nn.Module):
    """LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β over the last axis. Its parameters are the vectors gamma and beta."""

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.eps = eps
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise every token of x (..., d_model) on its own."""
        ### BEGIN SOLUTION
        variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        normalised = (x - mean) * torch.rsqrt(variance + self.eps)
        return self.gamma * normalised + self.beta
        ### END SOLUTION


# %% check="LayerNorm"
check("LayerNorm")

# %% experiment="two_wings"
with when_written():
    norm = LayerNorm(2, eps=5.0)
    norm.load_state_dict({"gamma": torch.tensor([3.0, 6.0]), "beta": torch.tensor([10.0, 20.0])})
    assert torch.allclose(norm(torch.tensor([[1.0, 5.0], [7.0, 7.0]])), torch.tensor([[8.0, 24.0], [10.0, 20.0]]))

    norm = LayerNorm(8).double()
    norm.load_state_dict({name: torch.tensor(generator.normal(size=8)) for name in ("gamma", "beta")})
    x = torch.tensor(generator.normal(size=(3, 5, 8)), requires_grad=True)
    from_above = generator.normal(size=(3, 5, 8))
    by_torch = norm(x)
    by_torch.backward(torch.tensor(from_above))
    arrays = [tensor.detach().numpy() for tensor in (x, norm.gamma, norm.beta)]
    print(f"forward, NumPy against PyTorch: {np.abs(layer_norm(*arrays) - by_torch.detach().numpy()).max():.1e}")
    # from here on you need the bonus of problem 4.2; without it, the cell stops here
    by_hand = layer_norm_backward(from_above, *arrays[:2])
    for name, ours, theirs in zip(("x", "gamma", "beta"), by_hand, (x, norm.gamma, norm.beta), strict=True):
        print(f"gradient of {name:>5}, by hand against autograd: {np.abs(ours - theirs.grad.numpy()).max():.1e}")

# %% [markdown]
# ## A way past every layer
#
# {exercise: ResidualConnection}
#
# **Deliver** the module `ResidualConnection`, which uses your `LayerNorm`.
#
# > *The paper:* "That is, the output of each sub-layer is LayerNorm(x + Sublayer(x)), where Sublayer(x) is the
# > function implemented by the sub-layer itself." (section 3.1) And: "We apply dropout to the output of each sub-layer,
# > before it is added to the sub-layer input and normalized." (section 5.4)
#
# $$\mathrm{LayerNorm}(x + \mathrm{Dropout}(\mathrm{Sublayer}(x)))$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model` | one integer, for the constructor | `int` | no |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if it is left out |
# | `x` | `(..., d_model)` | float32 or float64 | no |
# | `sublayer` | a function or module, from the shape of `x` to the shape of `x` | | no |
# | *returns* | the shape of `x` | that of `x` | no |
#
# The norm is a `LayerNorm(d_model)` and is called `norm`, so the parameters are `norm.gamma` and `norm.beta`. Call the
# sublayer once, and do not change `x`.
#
# **In numbers**: let $x = (1, 2)$, and let the sublayer return $(0, 3)$. Their sum is $(1, 5)$, with mean 3 and
# deviation 2. So with $\gamma = (3, 6)$ and $\beta = (10, 20)$ the result is $(-3 + 10, 6 + 20) = (7, 26)$, up to the
# tiny $\varepsilon$. If you normalised before you add, you would get something else: $(1, 2)$ plus the normalised
# $(0, 3)$.
#
# > **The paper does not say** that another order is possible. Most models since 2019 put the norm *before* the
# > sublayer, $x + \mathrm{Sublayer}(\mathrm{LayerNorm}(x))$, which is called **pre-norm**; the paper's order is
# > **post-norm**. Both are in use, and you can't load the weights of one into the other. Tutorials mix them up, some
# > while they quote the sentence above. This course uses post-norm.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Read the equation from the inside out.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: the norm and a dropout layer. Forward: call the sublayer, apply dropout to what it returns, add x,
# normalise.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `x += ...` writes into the caller's tensor: add into a new one. Apply dropout to what the sublayer returns, never to
# `x`; otherwise the path past the sublayer has holes.
#
# </details>


# %% exercise="ResidualConnection" minutes=8 difficulty=2 importance=5
class ResidualConnection(nn.Module):
    """LayerNorm(x + Dropout(Sublayer(x))), section 5.4. Its norm is `norm`."""

    def __init__(self, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.norm = LayerNorm(d_model)
        self.drop = nn.Dropout(p=dropout)
        ### END SOLUTION

    def forward(self, x: torch.Tensor, sublayer) -> torch.Tensor:
        """Call `sublayer` once on x (..., d_model), add what it returns, and normalise the sum."""
        ### BEGIN SOLUTION
        update = self.drop(sublayer(x))
        return self.norm(x + update)
        ### END SOLUTION


# %% check="ResidualConnection"
check("ResidualConnection")

# %% experiment="residual_in_numbers"
with when_written():
    residual = ResidualConnection(2).eval()
    residual.load_state_dict({"norm.gamma": torch.tensor([3.0, 6.0]), "norm.beta": torch.tensor([10.0, 20.0])})
    seen = residual(torch.tensor([[1.0, 2.0]]), lambda x: torch.tensor([[0.0, 3.0]]))
    print(seen.detach().numpy())
    assert torch.allclose(seen, torch.tensor([[7.0, 26.0]]), atol=1e-3)

# %% [markdown]
# ### Sixty-four layers deep
#
# Now comes the experiment that shows what all this is for. Stack 64 feed-forward networks with random weights, in four
# ways: *plain*, each on top of the last; *residual*, adding what comes in, without a norm; *post-norm*, with your
# `ResidualConnection`; and *pre-norm*, with your `LayerNorm` in front of each sublayer. Send random tokens up and a
# random gradient down, and measure the size of both at every depth.
#
# **Predict first.** In which of the four does a gradient of a useful size reach the lowest layers?
#
# - **a**: in all except the plain one: the residual connection is enough
# - **b**: only in the two with a norm
# - **c**: only in pre-norm: in post-norm, the norms are in the direct path and stop the gradient

# %% guess="deep"
# a: The residual connection keeps the gradient from vanishing, but nothing keeps it from growing. Without a norm, the
#    gradient at the bottom is thousands of times as large as at the top.
# b: The plain stack loses the gradient, and residual connections alone make it thousands of times as large. With a
#    norm, the gradient at the bottom has a useful size: about two thirds of that at the top in post-norm, and about
#    four times as much in pre-norm.
# c: In post-norm, about two thirds of the gradient is left after 64 layers, which is plenty. The two designs do behave
#    differently in training, but that does not show here.
guess_deep = "b"

# %% experiment="sixty_four_layers"
with when_written(), predicted("deep", guess_deep):
    depth, width = 64, 64

    def random_sublayers():
        """The same feed-forward networks for each of the four."""
        torch.manual_seed(0)
        maps = [(nn.Linear(width, 4 * width), nn.Linear(4 * width, width)) for _ in range(depth)]
        for linear in (linear for pair in maps for linear in pair):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
        return [nn.Sequential(first, nn.ReLU(), second) for first, second in maps]

    def sizes_by_depth(connect):
        """The size of a number, and that of its gradient, at the entry of every layer and at the end."""
        states = [torch.randn(32, width, generator=torch.Generator().manual_seed(1), requires_grad=True)]
        for sublayer in random_sublayers():
            states.append(connect(states[-1], sublayer))
            states[-1].retain_grad()
        states[-1].backward(torch.randn(32, width, generator=torch.Generator().manual_seed(2)))
        return [[float(x.detach().std()) for x in numbers] for numbers in (states, [x.grad for x in states])]

    post, pre = ResidualConnection(width, dropout=0.0), LayerNorm(width)
    designs = {
        "plain": lambda x, sublayer: sublayer(x),
        "residual": lambda x, sublayer: x + sublayer(x),
        "post-norm (the paper)": post,
        "pre-norm": lambda x, sublayer: x + sublayer(pre(x)),
    }
    found = {name: sizes_by_depth(connect) for name, connect in designs.items()}
    magnitudes(
        range(depth + 1),
        {
            "Size of the numbers, going up": {name: numbers for name, (numbers, _) in found.items()},
            "Size of their gradient, coming down": {name: gradient for name, (_, gradient) in found.items()},
        },
        x_label="layer",
    )
    for name, (_, gradient) in found.items():
        print(f"{name:>22}: below all layers the gradient is {gradient[0] / gradient[-1]:.1e} times what it was on top")

# %% [markdown]
# Read the plain stack first. Every layer shrinks the numbers and the gradients by about the same factor, and after 64
# layers too little is left for any optimiser. The residual connection cures that, because there is always the direct
# path, with slope 1. But it brings the opposite problem: every layer adds its own part, and sizes grow like compound
# interest. Only a norm keeps the sizes in check, and the two designs do it in different places. Post-norm rescales the
# running sum itself, at every layer. Pre-norm leaves that sum alone and normalises what each sublayer is given, so the
# sum grows, but slowly. In both, a gradient of useful size reaches the bottom, so the figure does not say which is
# easier to train. Xiong et al. (2020) found a difference in new Transformers: with post-norm, the weights near the
# output get large gradients. That is one reason why the paper needs the slow warm-up of the learning rate that you will
# meet in unit 9.

# %% [markdown]
# ## For a bonus: write the test
#
# Once more, you test other people's code. Unit 2 explains how such a test is graded, and what makes it catch mistakes.
#
# {exercise: test_layer_norm}
#
# **Deliver** the function `test_layer_norm(candidate)`. `candidate` is called exactly as your `layer_norm`. Your test
# raises `AssertionError` if the candidate is wrong, and returns if it is right.
#
# **Points.** The test is tried on {candidates: test_layer_norm}. Refusing a right one costs all points;
# otherwise your points are the share of wrong ones that you catch. The check below puts a few mistakes around your own
# `layer_norm`.
#
# Think of the mistakes that this notebook mentions: the unbiased variance, $\varepsilon$ outside the root, the wrong
# axis, the variance computed in one pass. On which inputs does each of them show? The one-pass variance hides as long
# as the features lie around 0, and $\varepsilon$ outside the root nearly does with a variance near 1. With $\gamma = 1$
# and $\beta = 0$, nobody notices a norm that ignores them. Right code rounds differently: a tolerance of `1e-9` is
# enough for it up to features around 10,000. For larger ones, see hint 3.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your own function says what should come out. Look for the inputs on which a wrong one says something else.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Write a helper that takes x and perhaps eps, draws γ and β, and compares the candidate with your function. Call it
# with ordinary, small and large numbers, with equal features, and with one, two, three and four axes.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# eps passed as 0.1 *and* left out, with features of size 0.001, where even 1e-5 shows. Features around 1,000,000, where
# the one-pass variance loses its digits: use multiples of 1/16 and four or eight features, so that the mean is exact.
#
# </details>


# %% exercise="test_layer_norm" minutes=12 difficulty=3 importance=3
def test_layer_norm(candidate) -> None:
    """Raise AssertionError if `candidate` is not layer normalization. It is called as layer_norm is."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(0)

    def compare(x, **eps):
        gain, shift = random.normal(size=(2, x.shape[-1]))
        inputs = [x, gain, shift]
        copies = [array.copy() for array in inputs]
        trusted = layer_norm(x, gain, shift, **eps)
        for _ in range(2):
            np.testing.assert_allclose(candidate(x, gain, shift, **eps), trusted, rtol=1e-9, atol=1e-9)
        assert all(map(np.array_equal, inputs, copies)), "an input was changed"

    x = random.normal(size=(3, 5, 8)) + random.normal(size=(3, 5, 1))
    for same_sizes in (x, x + random.normal(size=x.shape), 0.001 * x, 1000 * x, np.round(16 * x) / 16 + 2.0**20):
        compare(same_sizes)
    compare(x, eps=0.1)
    compare(np.ones((4, 6)))
    for shape in ((6,), (4, 7), (2, 3, 5, 9)):
        compare(random.normal(size=shape))
    compare(x.T.copy().T)  # not contiguous in memory
    ### END SOLUTION


# %% check="test_layer_norm"
check("test_layer_norm")

# %% [markdown]
# ## What you have now
#
# You have a norm for every token on its own, its backward pass by hand, and the frame around every sublayer of the
# Transformer. The encoder puts two of these frames in each layer, the decoder three.
#
# **New in this unit:** you can stack 64 layers, and neither the numbers on the way up nor the gradients on the way down
# vanish or explode.
#
# If you have an hour left, try one of these, with the tools from above:
#
# - Give your `LayerNorm` float32 features around 1000, then around 0.001, with `eps=1e-12`. Where do you lose more
#   digits?
# - In the last experiment, multiply the initial weights by 0.5, then by 2. Which of the four designs notice?
# - Put `nn.Dropout` *after* the norm. The gradient's size at the bottom hardly shows it. Why is the paper's place
#   better all the same?
# - Without training anything, count: what share of the parameters of one encoder layer (d_model 512, d_ff 2048) are
#   gains and biases of its norms?
