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
# # 0 · Start here
#
# *Ten minutes, and no points: nothing in this notebook is graded.*
#
# This is the model that you are going to build. Each box names the unit in which you build it. The same picture is at
# the top of every unit, with that unit's boxes filled in. You don't have to understand it yet. Just follow the arrows
# once, from left to right:
#
# - A sentence is split into **tokens** (unit 8), and each token becomes a vector, its **embedding** (unit 7). A vector
#   that stands for the token's position is added to it (unit 1).
# - The **encoder** (unit 5) reads the sentence. In each of its layers, the tokens first look at each other
#   (**attention**, unit 2). Then each token is processed by itself (**feed-forward**, unit 3). The *add, norm* boxes
#   keep the numbers at a sensible size (unit 4).
# - The **decoder** (unit 6) writes. It does the same with the tokens that it has written so far. In between, it looks
#   at the **memory**, which is the output of the encoder.
# - All the tokens that the model knows are its **vocabulary**. The box *to logits* (unit 7) gives each of them a
#   number: how well it would fit as the next token.
#   **Training** (unit 9) changes the model so that the right token gets a larger number. **Decoding** (unit 10) chooses
#   a token. The decoder then reads that token and writes the next one.
#
# You write most of it twice: in NumPy, where you see every step, and in PyTorch, the way people use it. Each unit is
# checked on its own, so a mistake in one unit costs you nothing in the next.

# %% [markdown]
# ## How to run a notebook
#
# A notebook is made of cells. Click on one and press **Shift + Enter** to run it. Its output appears below it. Run the
# cells from top to bottom, because they build on the ones above.
#
# - **JupyterLab**: start it with `jupyter lab work`, or with `make lab` if you have the whole repository.
# - **VS Code**: install the extensions *Python* and *Jupyter*, open the course folder, open a notebook, and choose
#   `.venv` as its kernel (top right).
# - **Colab**: upload the notebook and run its first cell, which installs the course. Save your copy in your Drive.
#
# If something seems stuck, choose *Restart Kernel and Run All Cells* (in VS Code *Restart*, then *Run All*). This
# restarts Python, and you keep your code. Now run the next cell.

# %%
import numpy as np

from autograder import check, hint, progress
from autograder.figures import amounts
from autograder.properties import predicted, when_written

# %% [markdown]
# {practice: dot_products}
#
# In attention, each token has a **query**, a vector that says what the token is looking for. Each token also has a
# **key**, a vector that the queries are compared with. The **dot product** of a query and a key measures how well they
# match: multiply the two vectors number by number (the numbers of such a vector are its **features**), and add up the
# products.
#
# **Deliver** the function `dot_products`: replace `raise NotImplementedError()` with one line of your own.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `query` | `(features,)` | float64 | no |
# | `keys` | `(tokens, features)`: one row for each key | float64 | no |
# | *returns* | `(tokens,)`: one dot product for each key | float64 | no |
#
# **In numbers**: with the query (1, 2) and the keys (3, 0), (1, 1) and (0, -1), the result is (3, 3, -2). The second
# number, for example, is $1 \cdot 1 + 2 \cdot 1 = 3$.
#
# Every exercise has a table like this one. Read the shapes first: `(tokens, features)` is an array with one row for
# each token and one column for each feature.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You need a single number for each key. So the feature axis has to disappear, and the token axis has to stay.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Multiply `keys` by `query`: NumPy applies the query to every row. Then sum over the last axis. A matrix product does
# both at once.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# If you use a sum, it needs `axis=-1`; without it you get one number for all keys together. If you use `@`, the order
# matters: a matrix times a vector sums over the last axis of the matrix, and that has to be the features. So write
# `keys` first.
#
# </details>


# %% practice="dot_products"
def dot_products(query: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The dot products (tokens,) of query (features,) with every row of keys (tokens, features)."""
    ### BEGIN SOLUTION
    return keys @ query
    ### END SOLUTION


# %% [markdown]
# Below every exercise there is a cell like the next one. It tells you whether your code is right. If it isn't, the
# cell says what is wrong and where to look. Try a wrong answer as well, such as `return keys * query`.

# %%
check("dot_products")

# %% [markdown]
# If you are stuck, ask for a hint. Each exercise has three. The first gives you the idea, and the third tells you what
# is usually missing. `hint("dot_products", level=2)` shows you the second one. You may check your code and ask for
# hints as often as you like; nobody keeps count.

# %%
hint("dot_products")

# %% [markdown]
# ## Predict, then run
#
# The units are full of experiments with your own code. Before some of them, you are asked what will come out. Write the
# letter of your guess in place of `None`, run that cell, and then run the next one. A wrong guess costs no points, and
# you will remember a result better if it surprised you.
#
# Here the query is (1, 0), and the keys are (2, 0), (0, 9), (1, 1) and (-3, 0).
#
# **Predict first.** Which key gets the largest dot product?
#
# - **a**: (2, 0)
# - **b**: (0, 9), because it is the longest
# - **c**: (-3, 0), because it is on the same line as the query and longer than (2, 0)

# %% guess="best_key"
# a: (2, 0) points in the same direction as the query, so its whole length counts: the dot product is 2.
# b: (0, 9) is long, but it is at a right angle to the query. Both products are 0, and so is their sum.
# c: (-3, 0) is on the same line but points the other way, so its dot product is negative: -3.
guess_best_key = "a"

# %% experiment="best_key"
with when_written(), predicted("best_key", guess_best_key):
    keys = [(2, 0), (0, 9), (1, 1), (-3, 0)]
    found = dot_products(np.array([1.0, 0.0]), np.array(keys, dtype=float))
    amounts({str(key): number for key, number in zip(keys, found, strict=True)}, "Dot products")

# %% [markdown]
# ## Points, written questions and your progress
#
# - **Points.** The table at the top of each unit says how many points each exercise is worth. Your work is graded
#   later, with the same checks on other inputs of the same kind. So write code that works for *any* input, not only for
#   the numbers in the example.
# - **Bonus exercises** give extra points. You can get full marks without them, and only other bonus exercises build on
#   them.
# - **Written questions** are answered in words, in a cell that says *YOUR ANSWER HERE*. A person reads and marks them.
# - **`progress()`** shows what you have done, what comes next, and your points so far. It reads your notebooks as you
#   last saved them, so save first. It runs them all, which takes a while.

# %%
progress()

# %% [markdown]
# You can also check your work from a terminal, in the course folder:
#
# ```
# pytest work/01_positional_encoding/positional_encoding.ipynb::positional_encoding
# autograder check work/01_positional_encoding/positional_encoding.ipynb
# ```
#
# ## Words and shapes
#
# Each of these words is explained again where you need it. Come back here when you have forgotten one. The examples
# have the sizes of the paper's base model, with 32 sentences of 20 tokens. $B$ is the number of sentences in a batch,
# and $T$ is the number of tokens in a sentence.
#
# | word | shape | example | what it is |
# |---|---|---|---|
# | token | an integer, its *id* | 4711 | a word or part of a word; a sentence is a row of ids, `(T,)` |
# | vocabulary | $V$ tokens | 37 000 | all the tokens that the model knows |
# | feature | a number | 0.3 | one entry of a token's vector |
# | $d_\text{model}$ | a size | 512 | how many features each token has between the layers of the model |
# | embedding | `(d_model,)` | 512 numbers | the learned vector that stands for a token |
# | batch | `(B, T)`, then `(B, T, d_model)` | (32, 20, 512) | several sentences that are computed together |
# | padding | ids at the end | `<pad>` | filler that makes all sentences in a batch the same length; it must not count |
# | positional encoding | `(T, d_model)` | (20, 512) | a vector for each position, added to the embedding |
# | query | `(T, d_k)` | (20, 64) | for each token, what it is looking for |
# | key | `(T, d_k)` | (20, 64) | for each token, what the queries are compared with |
# | value | `(T, d_k)` | (20, 64) | for each token, what it passes on to the tokens that look at it |
# | scores | `(T, T)` | (20, 20) | for each query, its dot products with all keys, divided by $\sqrt{d_k}$ |
# | softmax | same shape | | turns scores into shares that are not negative and add up to 1 |
# | attention weights | `(T, T)` | (20, 20) | the softmax of the scores: each row adds up to 1 |
# | mask | bools that broadcast to `(T, T)` | | `True` where a query may look at a key |
# | causal | | | no output depends on a later token |
# | head | $h$ of them | 8 | one of several attentions side by side, each with $d_k = d_\text{model} / h$ features |
# | linear layer | `(d_out, d_in)` and `(d_out,)` | (2048, 512) | a matrix and a bias: $x W^\top + b$ |
# | hidden units | `(T, d_ff)` | (20, 2048) | the features between the two linear layers of the feed-forward network |
# | residual connection | same shape | | what attention or the feed-forward network returns is *added* to its input |
# | layer norm | same shape | | gives each token's features mean 0 and deviation 1; then it scales and shifts |
# | memory | `(T_src, d_model)` | (20, 512) | the output of the encoder: one vector for each token that it read |
# | self-attention | | | queries, keys and values come from the same sentence |
# | cross-attention | | | queries come from the decoder, keys and values from the memory |
# | logits | `(T, V)` | (20, 37 000) | a number for each token of the vocabulary; softmax makes them probabilities |
# | loss | a number | 2.3 | how wrong the model is; training makes it smaller |
# | gradient | same shape as the numbers it belongs to | | how the loss changes when each of these numbers changes |
# | upstream gradient | same shape as the output | | the gradient that arrives from the layers above |
# | parameter | a number | one of 65 million | a number that training changes |
#
# ## Off you go
#
# **New in this unit:** you can read an exercise, check your code, ask for a hint, and see how far you are.
#
# Open `01_positional_encoding`. When you come back later, `progress()` shows you where you were.
