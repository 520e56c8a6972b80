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
# This is the machine that you are going to build. Each box names the unit in which you build it, and the same picture
# is at the top of every unit, with that unit's boxes filled: you are here. You need not understand it yet. Follow the
# arrows once, from the left to the right:
#
# - A sentence is cut into **tokens** (unit 8), and each token becomes a vector, its **embedding** (unit 7). Its
#   position is added (unit 1).
# - The **encoder** (unit 5) reads the sentence. In each of its layers, tokens look at each other (**attention**, unit
#   2), then each one is worked on by itself (**feed-forward**, unit 3). The boxes *add, norm* keep the numbers at a
#   sensible size (unit 4).
# - The **decoder** (unit 6) writes. It does the same with what it has written so far, and in between it looks at what
#   the encoder has found, the **memory**.
# - For every token of the vocabulary, the last map gives a number: how well it would fit as the next one. **Training**
#   (unit 9) makes the right one larger. **Decoding** (unit 10) chooses one, and the decoder reads it and goes on.
#
# You write most of it twice: in NumPy, where you see each step, and in PyTorch, as people use it. Each unit stands
# alone: a mistake in one costs nothing in the next.

# %% [markdown]
# ## How to run a notebook
#
# A notebook consists of cells. Click on one and press **Shift + Enter** to run it; what it prints appears below. Run
# the cells from top to bottom, because each builds on those above it.
#
# - **JupyterLab** is what you get with `jupyter lab work`, or with `make lab` if you have the whole repository.
# - **VS Code**: install the extensions *Python* and *Jupyter*, open the course folder, open a notebook, and choose
#   `.venv` as its kernel (top right).
# - **Colab**: upload the notebook and run its first cell, which installs the course. Save your copy in your Drive.
#
# When something seems stuck, restart: *Restart Kernel and Run All Cells* (in VS Code *Restart*, then *Run All*). Your
# code stays, only Python starts anew. Run the next cell now.

# %%
import numpy as np

from autograder import check, hint, progress
from autograder.figures import amounts
from autograder.properties import predicted, when_written

# %% [markdown]
# {practice: dot_products}
#
# In attention, a token asks a question, its **query**. Every token offers a **key**. How well a key fits the query is
# their **dot product**: multiply the two vectors feature by feature, and add the products up.
#
# **Deliver** the function `dot_products`: replace `raise NotImplementedError()` with one line of your own.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `query` | `(features,)` | float64 | no |
# | `keys` | `(tokens, features)`: a row for each key | float64 | no |
# | *returns* | `(tokens,)`: a dot product for each key | float64 | no |
#
# **In numbers**: with the query (1, 2) and the keys (3, 0), (1, 1) and (0, -1) the result is (3, 3, -2). For the second
# key, for instance, it is $1 \cdot 1 + 2 \cdot 1 = 3$.
#
# Such a table is in every exercise. Read the shapes first: `(tokens, features)` is an array with a row for each token
# and a column for each feature.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Each key needs a single number. So the axis of the features must disappear, and the axis of the tokens must stay.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Multiply `keys` by `query`: NumPy repeats the query for every row. Then sum over the last axis. A matrix product does
# both at once.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `axis=-1` in the sum: without it you get one number for all keys together. With `@`, the order matters: the features
# must be the last axis of the first factor.
#
# </details>


# %% practice="dot_products"
def dot_products(query: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The dot products (tokens,) of query (features,) with every row of keys (tokens, features)."""
    ### BEGIN SOLUTION
    return keys @ query
    ### END SOLUTION


# %% [markdown]
# Below every exercise there is a cell like the next one. It tells you what is right, and if something is not, what it
# is and where to look. Try it with a wrong answer, too: `return keys * query`, for instance.

# %%
check("dot_products")

# %% [markdown]
# If you are stuck, ask for a hint. There are three for each exercise, from the idea to the line that is usually
# missing: `hint("dot_products", level=2)` gives you the second. You may check and ask as often as you like, and nobody
# counts.

# %%
hint("dot_products")

# %% [markdown]
# ## Predict, then run
#
# The units are full of experiments with your own code. Before some of them you are asked what will come out. Write the
# letter of your guess in place of `None`, run that cell, then the next. It costs no points to be wrong: you remember
# best what has surprised you.
#
# Here the query is (1, 0), and the keys are (2, 0), (0, 9), (1, 1) and (-3, 0).
#
# **Predict first.** Which key gets the largest dot product?
#
# - **a**: (2, 0)
# - **b**: (0, 9), the longest
# - **c**: (-3, 0), because it is on the same line as the query and longer than (2, 0)

# %% guess="best_key"
# a: It points the same way as the query, so every bit of its length counts: the dot product is 2.
# b: It is long, but at a right angle to the query. All products are 0, and so is their sum.
# c: It lies on the same line but points the other way, so its dot product is negative, -3.
guess_best_key = "a"

# %% experiment="best_key"
with when_written(), predicted("best_key", guess_best_key):
    keys = np.array([[2.0, 0.0], [0.0, 9.0], [1.0, 1.0], [-3.0, 0.0]])
    found = dot_products(np.array([1.0, 0.0]), keys)
    amounts({str(tuple(key)): number for key, number in zip(keys.tolist(), found, strict=True)}, "Dot products")

# %% [markdown]
# ## Points, written questions, and how far you are
#
# - **Points.** The table at the top of each unit says what its exercises are worth. Your grade is made later, with the
#   same checks on other inputs of the same kind. So write code for *any* input, not for the numbers of the example.
# - **A bonus** comes on top. You can get full marks without it, and no later exercise needs it.
# - **Written questions** are answered in words, in a cell that says *YOUR ANSWER HERE*. A person reads and marks them.
# - **`progress()`** shows what is done, what comes next, and your points so far. It reads your notebooks as they were
#   last saved, so save first. It runs all of them, which takes a while.

# %%
progress()

# %% [markdown]
# You can get the same answers in a terminal, in the course folder. There, code that never ends is stopped:
#
# ```
# pytest work/01_positional_encoding/positional_encoding.ipynb::positional_encoding
# autograder check work/01_positional_encoding/positional_encoding.ipynb
# ```
#
# ## Words and shapes
#
# You will meet each of these words again, with an explanation. Come back here when one of them is not clear. The
# example column has the sizes of the paper's base model. $B$ is the number of sentences in a batch, $T$ the number of
# tokens in a sentence.
#
# | word | shape | example | what it is |
# |---|---|---|---|
# | token | an integer, its *id* | 4711 | a word or a part of one; a sentence is a row of ids, `(T,)` |
# | vocabulary | $V$ tokens | 37 000 | all tokens that there are |
# | feature | a number | 0.3 | one entry of a token's vector |
# | $d_\text{model}$ | a size | 512 | how many features each token has, all the way through the model |
# | embedding | `(d_model,)` | 512 numbers | the learned vector that stands for a token |
# | batch | `(B, T, d_model)` | (32, 20, 512) | several sentences that are computed together |
# | padding | ids at the end | `<pad>` | filler that makes all sentences of a batch equally long; it must not count |
# | position | `(T, d_model)` | (20, 512) | a vector for each place in the sentence, added to the embedding |
# | query | `(T, d_k)` | (20, 64) | for each token, what it is looking for |
# | key | `(T, d_k)` | (20, 64) | for each token, what it can be found by |
# | value | `(T, d_k)` | (20, 64) | for each token, what it gives to those that look at it |
# | scores | `(T, T)` | (20, 20) | a row for each query: its dot products with all keys, scaled |
# | attention weights | `(T, T)` | (20, 20) | the scores as shares: each row adds up to 1 |
# | softmax | same shape | | turns scores into shares: all positive, together 1 |
# | mask | `(T, T)` of bools | | `True` where a query may look at a key |
# | causal | | | nothing depends on a later token |
# | head | $h$ of them | 8 | attention in a part of the features; $d_k = d_\text{model} / h$ |
# | linear layer | `(d_out, d_in)` and `(d_out,)` | (2048, 512) | a matrix and a bias: $x W^\top + b$ |
# | hidden unit | `(d_ff,)` | 2048 numbers | what is between the two maps of the feed-forward network |
# | residual connection | same shape | | a part's result is *added* to what went into it: $x + f(x)$ |
# | layer norm | same shape | | brings each token's features to mean 0 and deviation 1 |
# | memory | `(T_src, d_model)` | (20, 512) | what comes out of the encoder, one vector for each token that was read |
# | self-attention | | | queries, keys and values come from the same sentence |
# | cross-attention | | | queries come from what is written, keys and values from the memory |
# | logits | `(T, V)` | (20, 37 000) | a number for each token of the vocabulary; softmax makes probabilities of them |
# | loss | a number | 2.3 | how wrong the model is; training makes it smaller |
# | gradient | the shape of what it belongs to | | how the loss changes with each number |
# | upstream gradient | the shape of the output | | the gradient that arrives from the layers above |
# | parameter | | 65 million in all | a number that training changes |
#
# ## Off you go
#
# Open `01_positional_encoding`. When you come back, `progress()` knows where you were.
