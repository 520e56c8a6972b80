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
# A Transformer reads all words of a sentence at once, and nothing in it knows which of them came first. So before
# anything else happens, every token is told where it stands. When this notebook is done you have built the paper's
# table of positions in NumPy, found out what is clever about it, and wrapped it in your first PyTorch module.
#
# {exercises: 50 min, 65 with all the experiments}
#
# **How to work.** Replace each `raise NotImplementedError()` by your own code. The cell below it checks the exercise
# and says, where something differs, what still agreed. Cells that draw or calculate something *with* your code come
# after it; until the code is there they say "Not yet" and do no harm. From a terminal, in the folder of the course:
#
# {commands: positional_encoding}
#
# **What is allowed.** Everything that NumPy and PyTorch have: there is no ready-made sinusoid table in either.

# %%
import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.figures import curves, heatmaps, signed_maps, waves
from autograder.properties import when_written

# %% [markdown]
# ## Counting without a counter
#
# > *"Since our model contains no recurrence and no convolution, in order for the model to make use of the order of the
# > sequence, we must inject some information about the relative or absolute position of the tokens in the sequence."*
# > (section 3.5)
#
# The obvious way is to hand each token its number: 0, 1, 2, … But a network that has seen numbers up to 50 does not
# know what to do with 700, and a feature of size 700 drowns all features of size 1. Numbers divided by the length of
# the sentence stay small, but then one step to the right means something else in every sentence.
#
# Look at how we *write* numbers. In the binary system the positions 0 to 7 are rows of three digits, and each column
# has a rhythm of its own: the last digit changes at every step, the one before it at every second, the first one at
# every fourth. All entries are small, no two rows are equal, and neighbours differ little.

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
# The paper does the same with smooth waves in place of digits that jump. Each pair of features is the hand of a clock,
# given by its height and its width, the sine and the cosine of its angle. The first hand turns by one radian with
# each position, the next a little more slowly, and the last one so slowly that a whole text is only the beginning of
# its first round. A row of the table is the state of all clocks at one position: fast hands tell neighbours apart, slow
# hands tell the beginning from the end.
#
# ## The table
#
# {exercise: positional_encoding}
#
# **Deliver** the function `positional_encoding` in the next code cell.
#
# > *The paper:* "In this work, we use sine and cosine functions of different frequencies [...] That is, each dimension
# > of the positional encoding corresponds to a sinusoid. The wavelengths form a geometric progression from $2\pi$ to
# > $10000 \cdot 2\pi$." (section 3.5)
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
# **The slow specification.** Take a position, 0 for the first token, and a pair of columns: the pair $i$ consists of
# the columns $2i$ and $2i + 1$, and $i$ runs from 0 to $d_\text{model}/2 - 1$. Divide the position by 10000 to the
# power $2i / d_\text{model}$: this is the angle. Its sine goes into column $2i$, its cosine into column $2i + 1$. Do
# this for every position and every pair. Your code does it for all of them at once.
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
# The last four columns, side by side, are the table.
#
# > **The paper does not say** where counting starts: here, as nearly everywhere, the first token is position 0. It
# > calls $i$ "the dimension", but $i$ numbers the *pairs* of dimensions, and this has led many people to an exponent
# > that is half or twice as large as it should be. Nor does it say what happens to an odd $d_\text{model}$, which does
# > not occur here. And you may meet the same formula with all sines in the first half of the columns and all cosines
# > in the second: the authors' own code did it so. A model does not care as long as it is always the same; this course
# > does as the formula says.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# All angles together are a matrix: a row for each position, a column for each *pair*. It has half as many columns as
# the table, and the table is made of its sines and its cosines.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# A column of the positions 0, 1, 2, …; a row of the even numbers 0, 2, 4, … below d_model, each over d_model; 10000 to
# these powers; divide the column by the row, which broadcasts to a matrix. Make an empty table; its even columns are
# the sines of that matrix, its odd columns the cosines.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# If your index already runs over 0, 2, 4, … it *is* the $2i$ of the formula: do not double it again. `//` makes all
# exponents 0. `x[:, None]` makes a column of a vector, and `table[:, 0::2]` is every second column, beginning with the
# first. A table made with `dtype=int`, or like an array of integers, cuts every sine off to 0.
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
# Here is your table for 100 positions and 64 features, and some of its features as curves. In the map, read a row: this
# is what a token at that position is told. Then read columns from left to right: the waves become longer and longer,
# until they hardly move. Every even column starts at 0 and every odd one at 1, so for short sentences the right half
# of the map is nearly the same in every row. There is room there for other things.

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
# the dot product of two rows is a fair measure of how alike they are. Draw it for all pairs of positions,
# $PE \cdot PE^\top$, and as a curve for three of them.

# %% experiment="similarity"
with when_written():
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
# Every diagonal of the map has one colour, and the three curves are one curve, pushed along: how alike two positions
# are depends on their *distance* alone, not on where they stand. It is largest for equal positions and falls to both
# sides, in small waves. Nobody asked for this; it follows from the addition theorem of the cosine, since the dot
# product of two rows is $\sum_i \cos(\omega_i \cdot \text{distance})$.
#
# ### One matrix for "k further on"
#
# > *The paper:* "We chose this function because we hypothesized it would allow the model to easily learn to attend by
# > relative positions, since for any fixed offset $k$, $PE_{pos+k}$ can be represented as a linear function of
# > $PE_{pos}$." (section 3.5)
#
# This says more than the picture above. It claims a matrix $M_k$ that takes *every* row to the row $k$ further on, the
# same matrix at the beginning and at the end of the text. Let us look for it without any theory: take the first 200
# rows of your table, and let least squares find the matrix that fits best. Then try it on 800 positions that the fit
# has never seen.

# %% experiment="shift"
with when_written():
    table, found = positional_encoding(1000, 8), {}
    for k in (1, 3, 10):
        found[k] = np.linalg.lstsq(table[: 200 - k], table[k:200], rcond=None)[0].T
        missed = np.abs(table[200 : 1000 - k] @ found[k].T - table[200 + k :]).max()
        print(f"k = {k:2}: on the positions from 200 to 999 the largest error is {missed:.0e}")
    titles = [f"the matrix for k = {k}" for k in found]
    signed_maps(list(found.values()), titles, "feature of the result", "feature of the row")

# %% [markdown]
# The claim holds, up to rounding. And the matrix that was found is no mess of 64 numbers: it has four blocks of 2 × 2
# along its diagonal, and zeros elsewhere. In the next cell you explain them.

# %% [markdown] question="shift" minutes=15
# {question: the shift matrix}
#
# Write $\omega_i = 10000^{-2i/d_\text{model}}$. **(a)** For one pair of features, derive the 2 × 2 matrix that takes
# $(\sin \omega_i\,pos, \ \cos \omega_i\,pos)$ to $(\sin \omega_i (pos + k), \ \cos \omega_i (pos + k))$. What does it
# do geometrically, and what does it *not* depend on? **(b)** What is $M_k$ for the whole row? Somebody wants to save
# half of the columns and keeps only the sines. Why is there no such matrix then?
#
# ### BEGIN SOLUTION
# **(a)** By the addition theorems
# $\sin \omega(pos + k) = \sin \omega pos \cos \omega k + \cos \omega pos \sin \omega k$ and
# $\cos \omega(pos + k) = \cos \omega pos \cos \omega k - \sin \omega pos \sin \omega k$. As a matrix:
# $$\begin{pmatrix} \cos \omega k & \sin \omega k \\ -\sin \omega k & \cos \omega k \end{pmatrix}$$
# It is a rotation by the angle $\omega k$ (it turns the clock's hand on). It depends on $k$ and on the pair's
# frequency, and not on $pos$.
#
# **(b)** $M_k$ has these blocks on its diagonal, one for each pair, with $\omega_i k$ in block $i$, and zeros
# elsewhere: a rotation of the whole row. With sines alone the right side of the first equation needs
# $\cos \omega pos$, which is no linear function of the sines: two positions may have the same sine and opposite
# cosines (the hand goes up or down), and then they must go to different places, which no function of the sine can do.
#
# {marks: shift}
# ### END SOLUTION

# %% [markdown]
# ### Can a position be read back?
#
# A code is of use only if it can be read when other things lie on top of it: the table is *added* to the embeddings,
# and for somebody who wants to know the position, the embedding is noise. So take 500 positions, add noise to every
# feature of every row, and look for the nearest row of the table. How often is it the right one?

# %% experiment="noise"
with when_written():
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
# With 256 features most positions survive noise that is larger than the signal itself, since 256 small hints add up;
# the paper has 512. And where 64 features are misread, they are mostly misread as a neighbour. There is no need for a
# second set of features that are kept clean for the position.

# %% [markdown] question="base" minutes=8
# {question: the base, and why the table is added}
#
# **(a)** Somebody writes 10 instead of 10000. Every row is still different from every other. What can no longer be
# read from the table in a text of 1000 tokens, and why? **(b)** The table could be put beside the embedding instead of
# being added to it. Compare what a linear layer makes of the two, and name the price of the second one.
#
# ### BEGIN SOLUTION
# **(a)** The wavelengths now lie between $2\pi$ and (not quite) $10 \cdot 2\pi \approx 63$ positions. All clocks are
# fast: every one of them has gone round about sixteen times or more in 1000 tokens, so none says whether a token stands
# at the beginning or at the end. Whatever is further away than some 60 positions looks equally far, and with few
# features distant positions nearly coincide. The large base gives slow hands, which order the whole text; the fast ones
# tell neighbours apart.
#
# **(b)** On the sum, a linear layer gives $W(x + p) = Wx + Wp$. On the two side by side it gives
# $W_1 x + W_2 p$: more general, since the two matrices may differ, and the sum is the case $W_1 = W_2$. The price is
# width: with $d_\text{model}$ more features (or fewer for the meaning) every matrix in the model grows. In the sum,
# embedding and code can still be kept apart, because there are many features, the slow ones hardly change, and the
# embeddings are learned around them.
#
# {marks: base}
# ### END SOLUTION

# %% [markdown]
# ## The same as a module
#
# In PyTorch the table becomes part of the model. It is computed once, when the model is built, and it must go where the
# model goes: to another device, to another precision. But it must not be *trained*. For such things a module has
# **buffers**: `self.register_buffer("name", tensor)` makes `self.name` a tensor that moves with `.to(...)` and that no
# optimizer ever sees.
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
# The module has nothing to train. `tokens` may be anything from 1 to `max_len`; more than that is an error, and an
# exception must say so (of which kind is left to you). `x` itself is not changed.
#
# **In numbers**, for a batch of one sequence with two tokens and $d_\text{model} = 2$, in evaluation:
#
# $$x = \begin{pmatrix} 10 & 20 \\ 30 & 40 \end{pmatrix}, \quad
# PE = \begin{pmatrix} 0 & 1 \\ 0.8415 & 0.5403 \end{pmatrix}, \quad
# \text{output} = \begin{pmatrix} 10 & 21 \\ 30.8415 & 40.5403 \end{pmatrix}$$
#
# In training with `dropout=0.5`, each of these four numbers is either 0 or twice as large.
#
# > **The paper does not say** how long a sequence may be: the formula has no end, a table has one, and `max_len` is
# > ours. Nor does it say that the table is fixed because it has to be: "We also experimented with using learned
# > positional embeddings instead, and found that the two versions produced nearly identical results." With
# > batch-first tensors the tokens are axis **1**; older code has them on axis 0, and a slice that is copied from there
# > cuts the table at the size of the batch.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The constructor makes the table for `max_len` positions and keeps it. The forward pass needs its first rows, as many
# as there are tokens. They broadcast over the batch by themselves.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: compute the table, make a tensor of it, register it as a buffer; keep a dropout layer. Forward: count the
# tokens; if there are more than rows, raise; add the first rows to x; drop.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# NumPy's float64 spreads: float32 plus float64 is float64, and the next layer complains. `.to(x.dtype)` or a table in
# float32 prevents it. A tensor that is a plain attribute stays where it is when the model moves. And `x += ...` changes
# the caller's tensor.
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
# Give your module zeros, and what comes out is the table that it holds: it must be the one of your NumPy function, in
# every precision as far as that goes. The last column says how many numbers an optimizer would change.

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
# What has the model gained? Take a sentence in which a word stands twice. Without positions both are the same vector,
# and nothing that works on one token at a time, nor a lookup that compares vectors, could ever treat them differently.
# The maps show how alike all pairs of tokens are (the cosine of their angle), before and after your module. Before,
# *the* is exactly *the*; after it, the two are still relatives, and no longer the same.

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
# All the other pairs have become more alike, too: positions that are near share most of their code. How much of the
# sum is meaning and how much is position is a matter of scale. In the paper the embeddings are multiplied by
# $\sqrt{d_\text{model}}$ before they meet the table; that is the business of unit 7, and not of this module.
#
# You now have tokens that know where they stand. In the next unit they look at each other.
