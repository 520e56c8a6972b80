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
# # 1 · Positional encoding
#
# *Section 3.5 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# A Transformer reads all the words of a sentence at once, and nothing in it knows which word came first. So before
# anything else happens, every token (a word or a part of one) is told its position. In this notebook you build the
# paper's table of positions in NumPy, find out what is clever about it, and wrap it in your first PyTorch module.
#
# {exercises: 15 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: positional_encoding}
#
# **What is allowed.** In 1.1, everything but PyTorch. In 1.2, everything. Neither library has a ready-made table of
# sinusoids.

# %%
import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.figures import curves, heatmaps, signed_maps, waves
from autograder.properties import check_number, predicted, when_written

# %% [markdown]
# ## Counting without a counter
#
# > *"Since our model contains no recurrence and no convolution, in order for the model to make use of the order of the
# > sequence, we must inject some information about the relative or absolute position of the tokens in the sequence."*
# > (section 3.5)
#
# The obvious way is to give each token its number: 0, 1, 2, … But a network that has only seen numbers up to 50 does
# not know what to do with 700, and a feature (one number of a token's vector) of size 700 drowns out features of
# size 1. If you divide by the length of the sentence, the numbers stay small, but then one step to the right means
# something different in every sentence.
#
# Look at how we *write* numbers. In binary, the positions 0 to 7 are rows of three digits, and each column has its own
# rhythm: the last digit changes at every step, the middle one at every second step, the first one at every fourth. All
# entries are small, and no two rows are equal. But digits jump: from 3 to 4 all three change at once, although these
# positions are neighbours. (In the picture, a hatched square is 0.)

# %% experiment="binary"
positions = np.arange(8)
digits = positions[:, None] // np.array([4, 2, 1]) % 2
heatmaps(
    [digits.astype(float)],
    ["0 to 7, in binary"],
    rows=[str(position) for position in positions],
    columns=["fours", "twos", "ones"],
    row_label="position",
    column_label="",
    decimals=0,
)

# %% [markdown]
# The paper keeps the rhythms, but uses smooth waves instead of digits. Each pair of features is like the hand of a
# clock: the two numbers are the sine and the cosine of its angle. The first hand turns by one radian per position, the
# next a little more slowly, and the last one so slowly that it does not go round even once in a whole text. A row of
# the table says where all the hands point at one position. Fast hands tell neighbours apart; slow hands tell the
# beginning from the end.
#
# ## The table
#
# {exercise: positional_encoding}
#
# **Deliver** the function `positional_encoding` in the next code cell.
#
# > *The paper:* "In this work, we use sine and cosine functions of different frequencies [...] That is, each dimension
# > of the positional encoding corresponds to a sinusoid. The wavelengths form a geometric progression from $2\pi$ to
# > $10000 \cdot 2\pi$." (section 3.5) With the formula below, the longest is
# > $10000^{(d_\text{model} - 2)/d_\text{model}} \cdot 2\pi$: a little shorter for 512 features, much shorter for 4.
#
# $$PE_{(pos,\,2i)} = \sin\left(\frac{pos}{10000^{2i/d_\text{model}}}\right), \qquad
# PE_{(pos,\,2i+1)} = \cos\left(\frac{pos}{10000^{2i/d_\text{model}}}\right)$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `num_positions` | one integer, at least 1 | `int` | no |
# | `d_model` | one even integer, at least 2 | `int` | no |
# | *returns* | `(num_positions, d_model)` | float64 | no |
#
# **The slow specification.** Take a position (0 for the first token) and a pair of columns. Pair $i$ consists of the
# columns $2i$ and $2i + 1$, and $i$ runs from 0 to $d_\text{model}/2 - 1$. Divide the position by 10000 to the power
# $2i / d_\text{model}$; this is the angle. Its sine goes into column $2i$, its cosine into column $2i + 1$. Do this for
# every position and every pair. Your code does it for all of them at once.
#
# **In numbers**, with three positions and $d_\text{model} = 4$. There are two pairs, with the exponents $0/4$ and
# $2/4$, so the position is divided by $10000^0 = 1$ and by $10000^{1/2} = 100$:
#
# | position | both angles | sin, cos of the first | sin, cos of the second |
# |---|---|---|---|
# | 0 | 0 and 0 | 0.0000, 1.0000 | 0.0000, 1.0000 |
# | 1 | 1 and 0.01 | 0.8415, 0.5403 | 0.0100, 1.0000 |
# | 2 | 2 and 0.02 | 0.9093, -0.4161 | 0.0200, 0.9998 |
#
# The last two columns of this list, side by side, are your table: four numbers in each row.
#
# > **The paper does not say** where counting starts. Here, as nearly everywhere, the first token is at position 0. The
# > paper calls $i$ "the dimension", but $i$ numbers the *pairs* of dimensions; this has led many people to an exponent
# > that is half or twice the right one. It does not say what to do with an odd $d_\text{model}$, but you will not meet
# > one here. Some code, the authors' own included, puts all sines in the first half of the columns and all cosines in
# > the second. A model works equally well with either order, as long as it never changes; this course follows the
# > formula.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The angles form a matrix with a row for each position and a column for each *pair*. It has half as many columns as the
# table. The table is made of its sines and its cosines.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Make a column of the positions 0, 1, 2, … Make a row of the even numbers 0, 2, 4, … below d_model, divide each by
# d_model, and raise 10000 to these powers. Divide the column by the row: this broadcasts to a matrix. Make an empty
# table; its even columns are the sines of that matrix, its odd columns the cosines.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# If your index already runs over 0, 2, 4, … it *is* the $2i$ of the formula: do not double it again. `//` makes every
# exponent 0. `x[:, None]` turns a vector into a column, and `table[:, 0::2]` is every second column, starting with the
# first. A table with `dtype=int`, or made by `zeros_like` from integers, cuts the decimals off every sine.
#
# </details>


# %% exercise="positional_encoding" minutes=15 difficulty=2 importance=4
def positional_encoding(num_positions: int, d_model: int) -> np.ndarray:
    """PE[pos, 2i] = sin(pos / 10000^(2i / d_model)), PE[pos, 2i + 1] = cos(pos / 10000^(2i / d_model)).

    The table is (num_positions, d_model), float64; d_model is even, and the first position is 0.
    """
    ### BEGIN SOLUTION
    two_i = np.arange(0, d_model, 2)
    wavelength = np.power(10000.0, two_i / d_model)  # over 2π
    angle = np.arange(num_positions).reshape(-1, 1) / wavelength
    pairs = np.stack((np.sin(angle), np.cos(angle)), axis=2)
    return pairs.reshape(num_positions, d_model)
    ### END SOLUTION


# %% check="positional_encoding"
check("positional_encoding")

# %% experiment="table_in_numbers"
with when_written():
    expected = [[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.01, 1.0], [0.9093, -0.4161, 0.02, 0.9998]]
    print(positional_encoding(3, 4).round(4))
    assert np.allclose(positional_encoding(3, 4), expected, rtol=0, atol=1e-4)

# %% [markdown]
# ### Look at it
#
# Here is your table for 100 positions and 64 features, with some of its features as curves. Each row of the map is what
# a token at that position is told. Now go through the columns from left to right: the waves get longer and longer,
# until they hardly move. Every even column starts at 0 and every odd one at 1. In the first ten rows, the right half of
# the map hardly changes: a short sentence needs only the left half to tell its positions apart.

# %% experiment="heatmap"
with when_written():
    table = positional_encoding(100, 64)
    signed_maps([table], ["the table: dark orange is 1, dark blue is -1"])
    panels = {"one pair, sine and cosine": (16, 17), "four sines": (8, 16, 24, 32)}
    waves(
        np.arange(100),
        {title: {f"feature {column}": table[:, column] for column in columns} for title, columns in panels.items()},
        x_label="position",
    )

# %% [markdown]
# ### What the rows have in common
#
# All rows have the same length, because $\sin^2 + \cos^2 = 1$ in every pair: $|PE_{pos}|^2 = d_\text{model} / 2$. So
# the dot product of two rows is a fair measure of how alike they are. The next cell draws it for all pairs of
# positions, $PE \cdot PE^\top$ (divided by 32, so that equal rows give 1), and as curves for three positions.
#
# **Predict first.** What does the similarity of two rows depend on?
#
# - **a**: only on how far apart the two positions are
# - **b**: on where they are: the first rows are more alike, because the slow hands have hardly moved yet
# - **c**: on nothing: all rows have the same length, so all pairs are equally alike

# %% guess="alike"
# a: Each diagonal of the map has a single colour, and all pairs on a diagonal are the same distance apart. Each hand
#    contributes the cosine of the angle between its two directions, and this angle is its speed times the distance.
# b: It is true that the slow hands have hardly moved in the first rows. But from position 80 to 81 they move just as
#    little as from 0 to 1, and only the difference counts.
# c: Two vectors of the same length need not be alike. Their dot product also depends on the angle between them.
guess_alike = "a"

# %% experiment="similarity"
with when_written(), predicted("alike", guess_alike):
    table = positional_encoding(100, 64)
    alike = table @ table.T / 32
    print(f"|row|² is {(table**2).sum(axis=1).min():.6f} to {(table**2).sum(axis=1).max():.6f}, and 64 / 2 = 32")
    signed_maps([alike], ["how alike two positions are"], "position", "position")
    waves(
        np.arange(100),
        {"how alike a position is to ...": {f"position {p}": alike[p] for p in (10, 50, 80)}},
        x_label="position",
    )

# %% [markdown]
# Every diagonal of the map has a single colour, and the three curves are the same curve, shifted: how alike two
# positions are depends only on their *distance*, not on where they are. The similarity is largest for equal positions
# and falls off to both sides, in small waves. This follows from the angle-sum identity of the cosine: the dot product
# of two rows is $\sum_i \cos(\omega_i \cdot \text{distance})$, where $\omega_i$ is the angle by which hand $i$ turns
# per position.
#
# ### One matrix for "k positions later"
#
# > *The paper:* "We chose this function because we hypothesized it would allow the model to easily learn to attend by
# > relative positions, since for any fixed offset $k$, $PE_{pos+k}$ can be represented as a linear function of
# > $PE_{pos}$." (section 3.5)
#
# This says more than the picture above. It claims that a single matrix $M_k$ takes *every* row to the row $k$ positions
# later, at the beginning of the text and at the end. Let us look for it without any theory. Least squares finds the
# matrix that fits the first 200 rows of your table best. Then we try it on the later positions, which the fit has never
# seen.

# %% experiment="shift"
with when_written():
    table, found = positional_encoding(1000, 8), {}
    for k in (1, 3, 10):
        found[k] = np.linalg.lstsq(table[: 200 - k], table[k:200], rcond=None)[0].T
        missed = np.abs(table[200 : 1000 - k] @ found[k].T - table[200 + k :]).max()
        print(f"k = {k:2}: on the positions from 200 to 999 the largest error is {missed:.0e}")
    titles = [f"the matrix for k = {k}" for k in found]
    without_rounding = [np.where(np.abs(matrix) > 1e-9, matrix, 0.0) for matrix in found.values()]
    signed_maps(without_rounding, titles, "feature of the result", "feature of the row")

# %% [markdown]
# The claim holds, up to rounding. And none of the matrices is a jumble of 64 numbers: each has four blocks of 2 × 2
# along its diagonal, and zeros elsewhere. In the next cell you explain them.

# %% [markdown] question="shift" minutes=15
# {question: the shift matrix}
#
# Write $\omega_i = 10000^{-2i/d_\text{model}}$. **(a)** For one pair of features, derive the 2 × 2 matrix that takes
# $(\sin \omega_i\,pos, \ \cos \omega_i\,pos)$ to $(\sin \omega_i (pos + k), \ \cos \omega_i (pos + k))$. What does it
# do geometrically, and what does it *not* depend on? **(b)** What is $M_k$ for the whole row? Suppose someone keeps
# only the sines, to save half of the columns. Why is there no such matrix then?
#
# ### BEGIN SOLUTION
# **(a)** By the angle-sum identities
# $\sin \omega(pos + k) = \sin \omega pos \cos \omega k + \cos \omega pos \sin \omega k$ and
# $\cos \omega(pos + k) = \cos \omega pos \cos \omega k - \sin \omega pos \sin \omega k$. As a matrix:
# $$\begin{pmatrix} \cos \omega k & \sin \omega k \\ -\sin \omega k & \cos \omega k \end{pmatrix}$$
# It is a rotation by the angle $\omega k$ (it turns the hand of the clock). It depends on $k$ and on the pair's
# frequency, but not on $pos$.
#
# **(b)** $M_k$ has these blocks on its diagonal, one for each pair, with $\omega_i k$ in block $i$, and zeros
# elsewhere: a rotation of the whole row. With sines alone, the right side of the first equation still needs
# $\cos \omega pos$, which is not a linear function of the sines. Two positions can have the same sine and opposite
# cosines (one hand is rising, the other falling). They must go to different places, and no function of the sine can do
# that.
#
# {marks: shift}
# ### END SOLUTION

# %% [markdown]
# ### Can a position be read back?
#
# The table is *added* to the embeddings (the vectors that stand for the words). A code for positions is useful only if
# it can still be read from this sum, and if you want to know the position, the embedding is noise. So take 500
# positions, add noise to every feature of every row, and look for the nearest row of the table. How often is it the
# right one?
#
# **Predict first.** A sine wave has a standard deviation of 0.7. Add noise with a standard deviation of 1 to every
# number in a row of 256 features. For how many of the 500 positions is the nearest row still the right one?
#
# - **a**: hardly any: in every single number, the noise is stronger than the signal
# - **b**: about one in four
# - **c**: about four in five

# %% guess="noise"
# a: It is true that you can't recover the position from a single number. But the search for the nearest row uses all
#    256 numbers at once.
# b: With 256 features, it is far more. With this much noise and only 16 features, about one in nine is found.
# c: Each number is only a weak hint. But 256 weak hints add up, while the noise in them partly cancels out. That is why
#    the line for 256 features stays so far above the line for 16.
guess_noise = "c"

# %% experiment="noise"
with when_written(), predicted("noise", guess_noise):
    generator = np.random.default_rng(0)
    levels, share, miss = np.linspace(0, 2, 9), {}, {}
    for d_model in (16, 64, 256):
        table = positional_encoding(500, d_model)
        share[f"{d_model} features"], miss[f"{d_model} features"] = [], []
        for level in levels:
            noisy = table + generator.normal(0, level, table.shape)
            nearest = (noisy @ table.T).argmax(axis=1)  # all rows are equally long: nearest is most alike
            share[f"{d_model} features"].append((nearest == np.arange(500)).mean())
            miss[f"{d_model} features"].append(np.median(np.abs(nearest - np.arange(500))))
    curves(
        levels,
        {"Share of positions found again": share, "By how many positions it missed (median)": miss},
        x_label="standard deviation of the noise (a sine has 0.7)",
    )

# %% [markdown]
# With 256 features, most positions are found again even under noise twice as strong as the signal, because 256 small
# hints add up; the paper has 512. With 64 features, most are misread at a noise of 1, but the median miss is at most 2
# positions up to a noise of 1.5. So a model does not need separate features for the position.

# %% [markdown] question="base" minutes=8
# {question: the base, and why the table is added}
#
# **(a)** Somebody writes 10 instead of 10000. Every row is still different from every other, and the nearest row can
# still be found. In a text of 1000 tokens, what can the slow hands of the paper's table tell you that no hand of this
# table can, and why? **(b)** The table could be put beside the embedding instead of being added to it. Compare what a
# linear layer makes of the sum and of the two side by side, and name the price of the second.
#
# ### BEGIN SOLUTION
# **(a)** The wavelengths now lie between $2\pi$ and (not quite) $10 \cdot 2\pi \approx 63$ positions. All clocks are
# fast: each goes round about sixteen times or more in 1000 tokens, so none says whether a token is at the beginning or
# at the end. Distances beyond some 60 positions can no longer be put in order, and with few features distant positions
# nearly coincide. The large base gives slow hands, which order the whole text; the fast ones tell neighbours apart.
#
# **(b)** On the sum, a linear layer gives $W(x + p) = Wx + Wp$. On the two side by side it gives $W_1 x + W_2 p$: more
# general, since the two matrices may differ, and the sum is the case $W_1 = W_2$. The price is width: with
# $d_\text{model}$ more features, every matrix in the model grows (or fewer features are left for the meaning). In the
# sum, embedding and position can still be told apart, because there are many features, the slow ones hardly change, and
# the embeddings are learned around them.
#
# {marks: base}
# ### END SOLUTION

# %% number="longest_wave"
# With the base 10 and infinitely many features: how many positions long is the longest wave? Give one decimal.
#
# 62.8: The slowest hand turns by about 1/10 of a radian per position, and a full turn is 2π radians.
# 10.0: That is the base. The slowest hand turns by about 1/10 of a radian per position; how long is a full turn?
# 6.28: That is the shortest wave, the one of the first pair. You need the last pair.
# 62832.0: That is the longest wave with the base 10000. Put 10 in its place.
# otherwise: The hand of the last pair turns by about 1/10 of a radian per position. Count the positions of a full turn.
number_longest_wave = 62.8
check_number("longest_wave", number_longest_wave)

# %% [markdown]
# ## The same as a module
#
# In PyTorch the table becomes part of the model. It is computed once, when the model is built, and it must go where the
# model goes: to another device, to another precision. But it must not be *trained*. For such tensors a module has
# **buffers**: `self.register_buffer("name", tensor)` makes `self.name` a tensor that moves with `.to(...)` and that
# training never changes.
#
# {exercise: PositionalEncoding}
#
# **Deliver** the module `PositionalEncoding`. It may use your `positional_encoding`.
#
# > *The paper:* "To this end, we add 'positional encodings' to the input embeddings at the bottoms of the encoder and
# > decoder stacks. The positional encodings have the same dimension $d_\text{model}$ as the embeddings, so that the two
# > can be summed." (section 3.5)
# >
# > "In addition, we apply dropout to the sums of the embeddings and the positional encodings in both the encoder and
# > decoder stacks." (section 5.4)
#
# $$\mathrm{output}_{b,t} = \mathrm{Dropout}(x_{b,t} + PE_t)$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model` | one even integer, for the constructor | `int` | no |
# | `max_len` | one integer, for the constructor | `int` | no, 5000 if left out |
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.1 if left out |
# | `x` | `(batch, tokens, d_model)` | float16, float32 or float64 | no |
# | *returns* | `(batch, tokens, d_model)` | that of `x` | no |
#
# The module has nothing to train. Register the table as a buffer: a buffer moves to another device with the module.
# `tokens` may be anything from 1 to `max_len`. For more tokens, raise an exception that says so; its type is up to you.
# Do not change `x` itself.
#
# **In numbers**, for a batch of one sequence with two tokens and $d_\text{model} = 2$, in evaluation mode:
#
# $$x = \begin{pmatrix} 10 & 20 \\ 30 & 40 \end{pmatrix}, \quad
# PE = \begin{pmatrix} 0 & 1 \\ 0.8415 & 0.5403 \end{pmatrix}, \quad
# \text{output} = \begin{pmatrix} 10 & 21 \\ 30.8415 & 40.5403 \end{pmatrix}$$
#
# **Dropout** works in training mode only: it sets each number to 0 with the probability `dropout`, and divides the
# others by 1 - `dropout`. With `dropout=0.5`, each of these four numbers becomes either 0 or twice as large.
#
# > **The paper does not say** how long a sequence may be. The formula works for any position, but a table has to end,
# > so we added `max_len`. The table need not be fixed, either: "We also experimented with using learned positional
# > embeddings instead, and found that the two versions produced nearly identical results." Our tensors are batch-first,
# > so the tokens are on axis **1**. Older code has them on axis 0; a slice copied from there cuts the table to the size
# > of the batch.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The constructor makes the table for `max_len` positions and keeps it. The forward pass needs its first rows, as many
# as there are tokens. They broadcast over the batch by themselves.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: compute the table, turn it into a tensor, register it as a buffer; create a dropout layer. Forward: count
# the tokens; if there are more tokens than rows, raise; add the first rows to x; apply dropout.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# NumPy's float64 spreads: float32 plus float64 is float64, and the next layer complains. `.to(x.dtype)` prevents it. A
# tensor that is a plain attribute stays behind when the model moves. And `x += ...` changes the caller's tensor.
#
# </details>


# %% exercise="PositionalEncoding" minutes=12 difficulty=2 importance=4
class PositionalEncoding(nn.Module):
    """Dropout(x + PE), PE[pos, 2i] = sin(pos / 10000^(2i / d_model)), PE[pos, 2i + 1] = cos(…); the table is fixed."""

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.1) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        rows = torch.from_numpy(positional_encoding(max_len, d_model))
        self.register_buffer("rows", rows, persistent=False)
        self.drop = nn.Dropout(p=dropout)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add row t of the table to token t of x (batch, tokens, d_model). Raises for more than max_len tokens."""
        ### BEGIN SOLUTION
        length, longest = x.size(1), self.rows.size(0)
        if length > longest:
            raise ValueError(f"a sequence of {length} tokens is too long: max_len is {longest}")
        return self.drop(x + self.rows[:length].type_as(x))
        ### END SOLUTION


# %% check="PositionalEncoding"
check("PositionalEncoding")

# %% experiment="module_in_numbers"
with when_written():
    x = torch.tensor([[[10.0, 20.0], [30.0, 40.0]]])
    output = PositionalEncoding(d_model=2).eval()(x)
    print("output:\n", output[0])
    assert torch.allclose(output, torch.tensor([[[10.0, 21.0], [30.8415, 40.5403]]]), rtol=0, atol=1e-3)

# %% [markdown]
# ### Two implementations, one table
#
# If you give your module zeros, the output is the table that it holds. It must agree with your NumPy function, as far
# as each precision allows, and the precision in which you made the table. The end of each line says how many numbers
# training would change.

# %% experiment="two_wings"
with when_written():
    table = positional_encoding(100, 64)
    for dtype in (torch.float64, torch.float32, torch.float16):
        module = PositionalEncoding(d_model=64, max_len=100).to(dtype).eval()
        held = module(torch.zeros(1, 100, 64, dtype=dtype))[0]
        apart = np.abs(held.double().numpy() - table).max()
        trained = sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
        print(f"{dtype!s:>13}: the largest difference is {apart:.0e}, trained numbers: {trained}")

# %% [markdown]
# ### One word, twice
#
# What has the model gained? Take a sentence in which one word occurs twice. Without positions, both are the same
# vector. A layer that works on one token at a time cannot treat them differently, and neither can a lookup that
# compares vectors. The maps show how alike all pairs of tokens are (the cosine of the angle between them), before and
# after your module. Before, the two *the* are identical; after it, they are similar, but no longer the same.

# %% experiment="one_word_twice"
with when_written():
    words = ["the", "cat", "ate", "the", "fish"]
    vocabulary = torch.randn(4, 64, generator=torch.Generator().manual_seed(1))
    sentence = vocabulary[torch.tensor([0, 1, 2, 0, 3])]
    placed = PositionalEncoding(d_model=64).eval()(sentence[None])[0]
    directions = [tokens / tokens.norm(dim=1, keepdim=True) for tokens in (sentence, placed)]
    signed_maps(
        [unit @ unit.T for unit in directions],
        ["embeddings alone", "with their positions"],
        row_label="",
        column_label="",
        rows=words,
        columns=words,
    )

# %% [markdown]
# All pairs of different words have become more alike, because nearby positions share most of their code. How much of
# the sum is meaning and how much is position depends on their scales. In the paper, the embeddings are multiplied by
# $\sqrt{d_\text{model}}$ before the table is added; you will do that in unit 7, not in this module.
#
# ### The word before
#
# Now put everything together, with 512 features as in the paper. Here is a sentence in which *the* occurs three times
# and *cat* twice, and every word is the sum of its embedding and its position. Each word asks two questions, and all it
# has is dot products with the rows of your table:
#
# - *Where am I?* It compares its sum with all rows, and takes the one that fits best.
# - *Who is one place before me?* It first multiplies its sum by a matrix, the one for "one position earlier", and then
#   does the same.
#
# The maps show which position each word finds. (The first word has nobody before it.)

# %% experiment="word_before"
with when_written():
    generator = np.random.default_rng(0)
    words = ["the", "dog", "saw", "the", "cat", "and", "the", "cat", "ran"]
    table = positional_encoding(200, 512)
    embedding = {word: generator.normal(0, 0.5, 512) for word in dict.fromkeys(words)}
    tokens = np.array([embedding[word] for word in words]) + table[: len(words)]
    one_back = np.linalg.lstsq(table[1:], table[:-1], rcond=None)[0].T

    here, before = (queries @ table.T for queries in (tokens, tokens @ one_back.T))
    maps = [np.eye(200)[found.argmax(axis=1)][:, : len(words)] for found in (here, before)]
    maps[1][0] = 0
    heatmaps(
        maps,
        ["where am I?", "who is one place before me?"],
        rows=words,
        columns=words,
        row_label="the word that asks",
        column_label="the position that it finds",
        decimals=0,
    )

# %% [markdown]
# Every word finds its own position again, although an embedding was added to it, and the second and the third *the*
# find different words before them. No word was compared with any other word: one matrix and some dot products are
# enough. In the next unit, such a matrix makes the *query* of a token, and attention does a similar search, among the
# words of the sentence itself.
#
# ## What you have now
#
# Your tokens know their positions, in NumPy and in PyTorch.
#
# **New in this unit:** from the sum of a word and its position, you can read back where the word stands, and find the
# word before it. In the next unit the words look at each other.
