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
# # 2 · Attention
#
# *Section 3.2 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# Everything else in a Transformer works on one token at a time. Attention is the only place where tokens meet: it
# decides which token listens to which, and how much. In this notebook you build it twice, by hand in NumPy and as
# modules in PyTorch, and see that both give the same numbers.
#
# {exercises: 15 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: softmax}
#
# **What is allowed.** In NumPy exercises, everything but PyTorch. In PyTorch exercises, everything except the
# ready-made answers: `nn.MultiheadAttention`, `F.scaled_dot_product_attention` and their relatives.

# %%
import math

import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.figures import curves, heatmaps, movements
from autograder.properties import (
    causality,
    check_number,
    entropy,
    hidden_weight,
    influence,
    key_permutation_invariance,
    numerical_gradient,
    padding_invariance,
    predicted,
    query_permutation_equivariance,
    rows_sum_to_one,
    what_moves,
    when_written,
)
from autograder.word_finder import WordFinder

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## A dictionary that answers softly
#
# A Python dictionary answers only a question that it knows exactly: `{"cat": 4}["cat"]` is 4, and `["kitten"]` is an
# error. Now let questions and entries be vectors. A **query** says what you are looking for. Each entry has a **key**,
# which says what it offers, and a **value**, which is its answer. Compare the query with *every* key, turn the
# comparisons into shares that are positive and sum to 1, and answer with the values mixed in these shares:
#
# > *"The output is computed as a weighted sum of the values, where the weight assigned to each value is computed by a
# > compatibility function of the query with the corresponding key."* (section 3.2)
#
# If one key fits far better than all others, its share is nearly 1 and we are back at the ordinary dictionary. If none
# stands out, the answer is an average. Everything in between is smooth, so the lookup has a gradient, and queries, keys
# and values can all be learned. That is the whole idea.
#
# In a trained model these vectors are found by gradient descent. For a first look we write some by hand, so that we
# know what should happen. Most words of a small sentence offer one feature and look for others: an article looks for
# its noun, a verb for its subject, and *it* for the noun it stands for. Hatched squares in the maps are exactly 0.

# %% experiment="sentence"
words = ["the", "cat", "sleeps", "because", "it", "ran", "<pad>", "<pad>"]
features = ["article", "noun", "verb", "pronoun"]
offers = {"the": "article", "cat": "noun", "sleeps": "verb", "it": "pronoun", "ran": "verb"}
looks_for = {"the": ["noun"], "cat": ["article", "verb"], "sleeps": ["noun"], "because": ["verb"], "it": ["noun"]}
looks_for["ran"] = ["pronoun"]

word_keys = np.array([[float(offers.get(word) == feature) for feature in features] for word in words])
word_queries = np.array([[6.0 * (feature in looks_for.get(word, [])) for feature in features] for word in words])

heatmaps(
    [word_keys, word_queries],
    ["what a word offers: its key", "what it looks for: its query"],
    rows=words,
    columns=features,
    row_label="",
    column_label="",
    largest=6.0,
    decimals=0,
)

# %% [markdown]
# ## From scores to shares
#
# {exercise: softmax}
#
# **Deliver** the function `softmax` in the next code cell.
#
# > *The paper:* "... and apply a softmax function to obtain the weights on the values." (section 3.2.1)
#
# $$\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `x` | any | float64 | no |
# | `axis` | one integer, possibly negative | `int` | no, -1 if it is left out |
# | *returns* | the shape of `x` | float64 | no |
#
# The result is finite for inputs of any size, and `x` is not changed.
#
# **In numbers.** For the two rows of $x = \begin{pmatrix} 0 & \ln 3 \\ 5 & 5 \end{pmatrix}$ the exponentials are
# $(1, 3)$ and $(e^5, e^5)$, their sums $4$ and $2e^5$, and the result
# $\begin{pmatrix} 0.25 & 0.75 \\ 0.5 & 0.5 \end{pmatrix}$. Now add 800 to everything. The shares must stay as they
# are, because a common factor $e^{800}$ cancels; but `np.exp(800)` is `inf`, and `inf / inf` is `nan`.
#
# > **The paper does not say** how to keep the exponentials from overflowing. Every implementation does the same: find
# > the number that you can subtract from a whole row without changing its shares, so that nothing exceeds $e^0$.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Softmax sees differences only: $\mathrm{softmax}(x + c) = \mathrm{softmax}(x)$ for every number $c$. You may choose
# $c$ for each row, and you want the largest exponent to be 0.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each row along `axis`: find its largest entry; subtract it from every entry; exponentiate; divide by the row's
# sum.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A maximum or a sum along an axis removes that axis, and then the result no longer lines up with `x`. `keepdims=True`
# keeps it, with length 1. And avoid `x -= ...`: it changes the caller's array.
#
# </details>


# %% exercise="softmax" minutes=8 difficulty=1 importance=4
def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ), along `axis`; the result has the shape of x."""
    ### BEGIN SOLUTION
    shifted = x - np.max(x, axis=axis, keepdims=True)
    powers = np.exp(shifted)
    return powers / np.sum(powers, axis=axis, keepdims=True)
    ### END SOLUTION


# %% check="softmax"
check("softmax")

# %% experiment="softmax_in_numbers"
with when_written():
    x = np.array([[0.0, math.log(3)], [5.0, 5.0]])
    expected = [[0.25, 0.75], [0.5, 0.5]]
    print("shares:\n", softmax(x))
    print("shares, everything 800 larger:\n", softmax(x + 800))
    assert np.allclose(softmax(x), expected)
    assert np.allclose(softmax(x + 800), expected)

# %% [markdown]
# ## The lookup
#
# {exercise: scaled_dot_product_attention}
#
# **Deliver** the function `scaled_dot_product_attention`, which uses your `softmax`.
#
# > *The paper:* "We compute the dot products of the query with all keys, divide each by $\sqrt{d_k}$, and apply a
# > softmax function to obtain the weights on the values." (section 3.2.1)
#
# $$\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right) V \qquad \text{(equation 1)}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `q` | `(..., queries, d_k)` | float64 | no |
# | `k` | `(..., keys, d_k)` | float64 | no |
# | `v` | `(..., keys, d_v)` | float64 | no |
# | `mask` | broadcasts to `(..., queries, keys)` | bool, True = may attend | yes: then every key may be seen |
# | *returns* `output` | `(..., queries, d_v)` | float64 | no |
# | *returns* `attention_weights` | `(..., queries, keys)` | float64 | no |
#
# `...` stands for any number of leading axes, possibly none: a batch, heads (you meet them below), or both. There may
# be more or fewer keys than queries, and `d_k` may differ from `d_v`.
#
# **The slow specification.** Take one query. Its score with a key is their dot product divided by $\sqrt{d_k}$. Where
# the mask is False, the score becomes so low that its weight after the softmax is 0. The softmax over all keys gives
# this query's row of weights, and the sum of the values times these weights is its row of the output. Do this for every
# query and every index of the leading axes. Your code does it for all of them at once.
#
# **In numbers**, with two queries, two keys, $d_k = 4$ and $d_v = 2$:
#
# $$Q = \begin{pmatrix} \ln 3 & \ln 3 & 0 & 0 \\ 0 & 0 & 0 & 0 \end{pmatrix}, \quad
# K = \begin{pmatrix} 1 & 1 & 0 & 0 \\ 0 & 0 & 1 & 1 \end{pmatrix}, \quad
# V = \begin{pmatrix} 4 & 0 \\ 0 & 8 \end{pmatrix}$$
#
# | step | first query | second query |
# |---|---|---|
# | dot products with both keys | (2 ln 3, 0) | (0, 0) |
# | divided by √4: the scores | (ln 3, 0) | (0, 0) |
# | softmax: the weights | (0.75, 0.25) | (0.5, 0.5) |
# | the output | 0.75 · (4, 0) + 0.25 · (0, 8) = (3, 2) | (2, 4) |
# | if the first query may not see the second key: the weights | (1, 0) | (0.5, 0.5) |
# | and then the output | (4, 0) | (2, 4) |
#
# > **The paper does not say** which number to use in code for the $-\infty$ in a hidden place. Any number far below
# > every real score will do; here hidden keys must stay hidden for scores up to $\pm 10^4$. Nor does it say what
# > happens to a query that may see **nothing at all**. (With $-\infty$ its output is `nan`, which then spreads through
# > the whole model.) In this course the output must be finite; its value is not graded. And there is no convention for
# > what the mask *means*. Here **True = may attend**, as in PyTorch's own `scaled_dot_product_attention`. In PyTorch's
# > `nn.MultiheadAttention` and `nn.Transformer` it is the other way round: True = hidden.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Two matrix products with a softmax between them. `@` multiplies matrices in the last two axes and repeats that over
# all the others. The first product must have a row for each query and a column for each key.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Compute all dot products of queries with keys; divide by the root of d_k; if there is a mask, put a hugely negative
# number wherever it is False; softmax along the keys; multiply by the values. Return the product and the weights.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `k.T` reverses *all* axes, which is wrong as soon as there is a batch: swap the last two only. `np.where` returns a
# new array and does not change the old one. And hide keys before the softmax: if you set weights to 0 afterwards, the
# row no longer sums to 1.
#
# </details>


# %% exercise="scaled_dot_product_attention" minutes=12 difficulty=2 importance=5
def scaled_dot_product_attention(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Attention(Q, K, V) = softmax(QKᵀ / √d_k) V, equation (1), where `mask` hides keys: True = may attend.

    q (..., queries, d_k), k (..., keys, d_k), v (..., keys, d_v), mask broadcastable to (..., queries, keys). Returns
    the output (..., queries, d_v) and the attention weights (..., queries, keys).
    """
    ### BEGIN SOLUTION
    d_k = q.shape[-1]
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(d_k)
    if mask is not None:
        lowest = np.finfo(scores.dtype).min
        scores = np.where(mask, scores, lowest)
    shares = softmax(scores, axis=-1)
    return shares @ v, shares
    ### END SOLUTION


# %% check="scaled_dot_product_attention"
check("scaled_dot_product_attention")

# %% experiment="attention_in_numbers"
with when_written():
    q = math.log(3) * np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    k = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    v = np.array([[4.0, 0.0], [0.0, 8.0]])

    seen, shares_of_keys = scaled_dot_product_attention(q, k, v)
    print("weights:\n", shares_of_keys, "\noutput:\n", seen)
    assert np.allclose(shares_of_keys, [[0.75, 0.25], [0.5, 0.5]])
    assert np.allclose(seen, [[3.0, 2.0], [2.0, 4.0]])

    seen, shares_of_keys = scaled_dot_product_attention(q, k, v, mask=np.array([[True, False], [True, True]]))
    print("with the mask, weights:\n", shares_of_keys, "\noutput:\n", seen)
    assert np.allclose(shares_of_keys, [[1.0, 0.0], [0.5, 0.5]])
    assert np.allclose(seen, [[4.0, 0.0], [2.0, 4.0]])

# %% [markdown]
# ### Look at it
#
# Here is our sentence in your attention. Read a row from left to right: this is how one word divides its attention.
# *it* should find *cat*, *because* should find both verbs, and `<pad>`, a filler that looks for nothing, should spread
# its attention evenly. Look also at the last two columns: every word pays the fillers some attention, although they are
# not words.

# %% experiment="plain_heatmap"
with when_written():
    _, shares_of_keys = scaled_dot_product_attention(word_queries, word_keys, word_keys)
    heatmaps([shares_of_keys], ["who looks at whom"], rows=words, columns=words)

# %% [markdown]
# ### Why divide by the root?
#
# > "We suspect that for large values of $d_k$, the dot products grow large in magnitude, pushing the softmax function
# > into regions where it has extremely small gradients." (section 3.2.1)
#
# You can test a suspicion. The next cell draws random queries and keys with entries of variance 1, lets each query
# divide its attention over 64 keys, and measures two things as $d_k$ grows:
#
# - the **entropy** of a row of weights, in bits: 6 bits if all 64 keys count alike, 0 bits if one key takes
#   everything;
# - the **sensitivity** of the softmax, $1 - \sum_j w_j^2$ (the sum of all $\partial w_j / \partial s_j$, where $s$ are
#   the scores): how much the weights still react to the scores. Where it is 0, no gradient gets through.
#
# Your function always divides. To show attention without the division, the experiment first multiplies the queries by
# $\sqrt{d_k}$, which cancels it exactly.
#
# **Predict first.** Take $d_k = 1024$, without the division. How many of the 64 keys does a query pay attention to, on
# average?
#
# - **a**: about 40: random keys all fit about equally well
# - **b**: about 10
# - **c**: just one

# %% guess="unscaled"
# a: That is what happens *with* the division: about 39 keys. Without it, the scores are random numbers with a standard
#    deviation of about 32, so the best score is usually far ahead of the second best.
# b: The entropy falls much further than that, to a fraction of a bit. Without the division, a query pays attention to 8
#    or 9 keys only if $d_k$ is as small as 8.
# c: A score is a sum of 1024 products, so its standard deviation is about $\sqrt{1024} = 32$. The softmax turns a lead
#    of 10 into a factor of 22 000. So the best key gets nearly all the weight, and hardly any gradient gets through.
guess_unscaled = "c"

# %% experiment="entropy"
with when_written(), predicted("unscaled", guess_unscaled):
    generator = np.random.default_rng(0)
    sizes = [2**power for power in range(11)]
    bits, sensitivity = {"divided by √d_k": [], "not divided": []}, {"divided by √d_k": [], "not divided": []}
    for size in sizes:
        q, k = generator.normal(size=(200, size)), generator.normal(size=(64, size))
        for name, factor in (("divided by √d_k", 1.0), ("not divided", math.sqrt(size))):
            _, shares_of_keys = scaled_dot_product_attention(factor * q, k, k)
            bits[name].append(entropy(shares_of_keys).mean())
            sensitivity[name].append((1 - (shares_of_keys**2).sum(axis=-1)).mean())
    curves(
        sizes,
        {"Entropy of the weights (bits)": bits, "Sensitivity of the softmax": sensitivity},
        x_label="d_k",
        levels={"Entropy of the weights (bits)": (6.0, "64 keys alike")},
        log2_x=True,
    )
    for name in bits:
        print(f"{name:>16}, d_k = {sizes[-1]}: a query listens to about {2 ** bits[name][-1]:.1f} of 64 keys")

# %% [markdown] question="variance" minutes=8
# {question: the variance of a dot product}
#
# Let the entries of $q$ and $k$ be independent random numbers with mean 0 and variance 1, $d_k$ of them in each vector.
# **(a)** Derive the mean and the variance of $q \cdot k$, and say where you use independence. **(b)** What happens to
# the softmax and to its gradient when $d_k$ is large and you do not divide by $\sqrt{d_k}$? Why is $\sqrt{d_k}$ the
# right divisor, and not $d_k$?
#
# ### BEGIN SOLUTION
# **(a)** $q \cdot k = \sum_{i=1}^{d_k} q_i k_i$. As $q_i$ and $k_i$ are independent,
# $E[q_i k_i] = E[q_i]\,E[k_i] = 0$, and $\mathrm{Var}(q_i k_i) = E[q_i^2 k_i^2] = E[q_i^2]\,E[k_i^2] = 1 \cdot 1 = 1$.
# The products for different $i$ are independent of each other, so their variances add up:
# $\mathrm{Var}(q \cdot k) = d_k$. The mean is 0.
#
# **(b)** The scores have a standard deviation of $\sqrt{d_k}$, so the gaps between them grow like $\sqrt{d_k}$ too.
# Softmax takes exponentials of the gaps: the largest score wins nearly everything, the weights come close to a single 1
# and many 0s. The derivatives of the weights by the scores form a matrix, the *Jacobian* $\mathrm{diag}(w) - w w^\top$.
# It is then nearly 0, and hardly any gradient reaches queries and keys. Dividing by $\sqrt{d_k}$ makes the variance
# $d_k / d_k = 1$, whatever $d_k$ is. Dividing by $d_k$ would make it $1 / d_k$: the scores would shrink to nothing, and
# every query would get almost the plain mean of the values.
#
# {marks: variance}
# ### END SOLUTION

# %% number="deviation"
# For d_k = 64: what is the standard deviation of q · k, before you divide?
#
# 8: The variance is 64, and the standard deviation is its root. Dividing by 8 brings it down to 1.
# 64: That is the variance. The standard deviation is its root.
# 1: That is the standard deviation after the division. You were asked for the one before it.
# 4096: You squared. Add up the variances of 64 products, and take the root of the sum.
# otherwise: Add up the variances of the 64 products, and take the root of the sum.
number_deviation = 8
check_number("deviation", number_deviation)

# %% [markdown]
# ## Who may see whom
#
# A mask is a table of True and False with a row for each query and a column for each key. A Transformer needs only two
# of them.
#
# {exercise: causal_mask}
#
# **Deliver** the function `causal_mask`.
#
# A decoder is trained on whole sentences at once, and at every position it has to predict the *next* token. If a
# position could look to the right, it would find the answer there, and learn nothing.
#
# > *The paper:* "... self-attention layers in the decoder allow each position in the decoder to attend to all
# > positions in the decoder up to and including that position." (section 3.2.3)
#
# $$\mathrm{mask}_{ij} = (j \le i)$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `num_tokens` | one integer, at least 1 | `int` | no |
# | *returns* | `(num_tokens, num_tokens)` | bool, True = may attend | no |
#
# **In numbers**, with two tokens: the first sees itself, the second sees both, so the rows are (True, False) and
# (True, True). It is the mask of the worked example above.
#
# > **The paper does not say** whether True hides or shows, what type a mask has, or which axes. Here it is boolean,
# > True = may attend, and has no batch axis: it broadcasts over any leading axes.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Rows are queries, columns are keys. The places that may be seen are on the diagonal and to its left.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Number the positions; entry (i, j) is True if j is at most i. Or start from a square that is True everywhere, and keep
# its lower triangle.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `dtype=bool`. And the diagonal: a token may see itself; otherwise the first one would see nothing.
#
# </details>


# %% exercise="causal_mask" minutes=3 difficulty=1 importance=5
def causal_mask(num_tokens: int) -> np.ndarray:
    """mask[i, j] = (j ≤ i), boolean, (num_tokens, num_tokens): a position sees itself and what came before."""
    ### BEGIN SOLUTION
    position = np.arange(num_tokens)
    return position[None, :] <= position[:, None]
    ### END SOLUTION


# %% check="causal_mask"
check("causal_mask")

# %% [markdown]
# {exercise: padding_mask}
#
# **Deliver** the function `padding_mask`.
#
# > *The paper:* "Sentence pairs were batched together by approximate sequence length." (section 5.1)
#
# *Approximate*: the sentences of a batch differ in length, so the short ones are filled up with a token that means
# nothing (padding), and no token may look at it.
#
# $$\mathrm{mask}_{b,0,0,j} = (\mathrm{token\_ids}_{b,j} \ne \mathrm{pad\_id})$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `token_ids` | `(batch, keys)` | integer | no |
# | `pad_id` | one integer | `int` | no, 0 if it is left out |
# | *returns* | `(batch, 1, 1, keys)` | bool, True = may attend | no |
#
# **In numbers**: for the ids $\begin{pmatrix} 5 & 7 \\ 9 & 0 \end{pmatrix}$ and `pad_id=0` the first sentence gives
# `[[[True, True]]]` and the second `[[[True, False]]]`. The shape is (2, 1, 1, 2).
#
# > **The paper does not say** anything about padding. The two axes of length 1 are our choice: attention weights with
# > heads (you meet them below) have the shape (batch, heads, queries, keys), and one mask should serve every head and
# > every query. Note that only **keys** are masked. A padded position still asks, and gets an answer that nobody reads.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# A comparison gives you True and False. The rest is about axes.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# True where the id is not `pad_id`; then insert two axes of length 1 between batch and keys.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The argument `pad_id`: it is not always 0. To insert an axis, index with `None` or reshape.
#
# </details>


# %% exercise="padding_mask" minutes=3 difficulty=1 importance=4
def padding_mask(token_ids: np.ndarray, pad_id: int = 0) -> np.ndarray:
    """mask[b, 0, 0, j] = (token_ids[b, j] ≠ pad_id), boolean, (batch, 1, 1, keys), for token_ids (batch, keys)."""
    ### BEGIN SOLUTION
    is_word = token_ids != pad_id
    return np.expand_dims(is_word, axis=(1, 2))
    ### END SOLUTION


# %% check="padding_mask"
check("padding_mask")

# %% experiment="masks_in_numbers"
with when_written():
    assert np.array_equal(causal_mask(2), [[True, False], [True, True]])
    visible = padding_mask(np.array([[5, 7], [9, 0]]))
    assert visible.shape == (2, 1, 1, 2)
    assert np.array_equal(visible[:, 0, 0], [[True, True], [True, False]])
    print("The masks match the text.")

# %% [markdown]
# ### The same sentence, three times
#
# Hatched places are exactly 0: hidden, not small. *the* finds its noun in the plain map and under the padding mask.
# Under the causal mask it can look only at itself, so it gives itself everything: a row always sums to 1. *it* still
# finds *cat*, which came before. Under the padding mask, the attention that went to the padding is shared among the
# words again. A decoder over padded sentences needs both masks at once. Which operator combines them?

# %% experiment="heatmaps"
with when_written():
    word_ids = np.array([[4, 9, 7, 2, 5, 8, 0, 0]])
    maps = [
        scaled_dot_product_attention(word_queries, word_keys, word_keys, mask)[1]
        for mask in (None, causal_mask(len(words)), padding_mask(word_ids)[0, 0])
    ]
    heatmaps(maps, ["plain", "causal mask", "padding mask"], rows=words, columns=words)

# %% [markdown] question="mask_first" minutes=4
# {question: why the mask comes first}
#
# Someone applies the causal mask *after* the softmax, by setting the hidden weights to 0, and does not normalise
# again. The hidden values are multiplied by 0, so "nothing can leak". Name **two** things that are wrong, and say
# which of them still lets a position learn something about the future.
#
# ### BEGIN SOLUTION
# First, the rows no longer sum to 1: the weight that went to hidden keys is lost, and the output shrinks by a factor
# that differs from query to query (early positions lose most). Second, each visible weight is
# $e^{s_{ij}} / \sum_m e^{s_{im}}$, and the sum runs over the hidden keys too. If you change a future token, its score
# changes the denominator, and with it every weight and the output of earlier positions. This second mistake is the
# leak: the values are hidden, but the keys are not. Filling the scores with $-\infty$ takes the hidden keys out of the
# sum, and repairs both.
#
# {marks: mask_first}
# ### END SOLUTION

# %% [markdown]
# ## Several lookups at once
#
# One row of weights can answer only one question. *ran* may look for its subject, the clause it belongs to, and the
# word before it; a single softmax has to average these. So the paper asks several times in parallel. Each of these
# **heads** has its own queries, keys and values, computed from the same tokens by learned matrices.
#
# {exercise: multi_head_attention}
#
# **Deliver** the function `multi_head_attention`, which uses your `scaled_dot_product_attention`.
#
# > *The paper:* "... we found it beneficial to linearly project the queries, keys and values $h$ times with different,
# > learned linear projections to $d_k$, $d_k$ and $d_v$ dimensions, respectively. [...] These are concatenated and
# > once again projected, resulting in the final values." (section 3.2.2)
#
# $$\mathrm{MultiHead}(Q, K, V) = \mathrm{Concat}(\mathrm{head}_1, \dots, \mathrm{head}_h)\, W^O, \qquad
# \mathrm{head}_i = \mathrm{Attention}(Q W_i^Q, K W_i^K, V W_i^V)$$
#
# with $d_k = d_v = d_\text{model} / h$.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `q` | `(batch, queries, d_model)` | float64 | no |
# | `k`, `v` | `(batch, keys, d_model)` | float64 | no |
# | `weights` | a dict, see below | float64 | no |
# | `num_heads` | one integer that divides `d_model` | `int` | no |
# | `mask` | broadcasts to `(batch, num_heads, queries, keys)` | bool, True = may attend | yes |
# | *returns* `output` | `(batch, queries, d_model)` | float64 | no |
# | *returns* `attention_weights` | `(batch, num_heads, queries, keys)` | float64 | no |
#
# `weights` has eight entries, named as PyTorch names them: `"w_q.weight"`, `"w_k.weight"`, `"w_v.weight"`,
# `"w_o.weight"`, each `(d_model, d_model)`, and a `.bias`, `(d_model,)`, for each of the four. As in `nn.Linear`, a
# matrix $W$ has a *row* for every *output*: it maps a row vector $x$ to $x W^\top + b$. The matrices of all heads are
# stacked in one: head 1 owns the first $d_k$ outputs of `w_q`, head 2 the next $d_k$, and so on.
#
# **How the axes move**, for four tokens (the numbers) and two heads (the colours). Each box holds $d_k$ numbers; the
# batch axis is left out.
#
# {picture: heads}
#
# **In numbers**, with one sentence of two tokens, $d_\text{model} = 2$ and two heads, so $d_k = 1$ and the root is 1.
# Let `w_q`, `w_k` and `w_v` be identity matrices with bias 0, so that head 1 sees only the first feature and head 2
# only the second, and let
#
# $$q = \begin{pmatrix} \ln 3 & 0 \\ 0 & \ln 3 \end{pmatrix}, \quad
# k = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}, \quad
# v = \begin{pmatrix} 4 & 8 \\ 0 & 0 \end{pmatrix}, \quad
# (W^O)^\top = \begin{pmatrix} 0 & 1 \\ 2 & 0 \end{pmatrix}, \quad b^O = (10, 0)$$
#
# | step | first token | second token |
# |---|---|---|
# | head 1: scores | (ln 3, 0) | (0, 0) |
# | head 1: weights | (0.75, 0.25) | (0.5, 0.5) |
# | head 1: output, from the values 4 and 0 | 3 | 2 |
# | head 2: scores | (0, 0) | (0, ln 3) |
# | head 2: weights | (0.5, 0.5) | (0.25, 0.75) |
# | head 2: output, from the values 8 and 0 | 4 | 2 |
# | both heads, side by side | (3, 4) | (2, 2) |
# | through the output map | (4 + 10, 2 · 3) = (14, 6) | (2 + 10, 2 · 2) = (12, 4) |
#
# > **The paper does not say** whether the four maps have a bias. Its equations have none; much code has one, and so
# > does ours. It writes one matrix per head, and leaves it to you how to stack them. It does not say how heads use a
# > mask: here the same mask applies to every head, unless it has an axis for heads.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your attention accepts any number of leading axes. If the heads become one of them, (batch, heads, tokens, d_k), it
# does all heads in a single call. The work is in getting the array into that shape and out of it again.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Project q, k and v. Split the last axis of each into heads and d_k; only then move the heads in front of the tokens.
# Apply attention, with the mask. Move the tokens back in front of the heads; only then join heads and d_k. Project once
# more.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A reshape never changes the order of the numbers: it only cuts the same long row in other places. Only a transpose
# swaps axes, so you need one on the way in *and one on the way out*. Without the second one the shapes are right and
# the numbers are wrong. Also, there may be more or fewer keys than queries, so do not use the queries' length for both.
#
# </details>


# %% exercise="multi_head_attention" minutes=18 difficulty=4 importance=5
def multi_head_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, with headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V).

    q (batch, queries, d_model), k and v (batch, keys, d_model); `weights` has w_q, w_k, w_v and w_o, each with a
    `.weight` (d_model, d_model) and a `.bias` (d_model,); mask broadcastable to (batch, num_heads, queries, keys), True
    = may attend. Returns the output (batch, queries, d_model) and the attention weights (batch, num_heads, queries,
    keys).
    """
    ### BEGIN SOLUTION
    batch, _, d_model = q.shape

    def linear(x, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def into_heads(x):
        return x.reshape(batch, -1, num_heads, d_model // num_heads).transpose(0, 2, 1, 3)

    seen_by_head, shares = scaled_dot_product_attention(
        into_heads(linear(q, "w_q")), into_heads(linear(k, "w_k")), into_heads(linear(v, "w_v")), mask
    )
    concatenated = seen_by_head.transpose(0, 2, 1, 3).reshape(batch, -1, d_model)
    return linear(concatenated, "w_o"), shares
    ### END SOLUTION


# %% check="multi_head_attention"
check("multi_head_attention")

# %% experiment="heads_in_numbers"
with when_written():
    unit = {f"{name}.weight": np.eye(2) for name in ("w_q", "w_k", "w_v")}
    unit |= {f"{name}.bias": np.zeros(2) for name in ("w_q", "w_k", "w_v")}
    unit |= {"w_o.weight": np.array([[0.0, 1.0], [2.0, 0.0]]), "w_o.bias": np.array([10.0, 0.0])}
    q = np.array([[[math.log(3), 0.0], [0.0, math.log(3)]]])
    k = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    v = np.array([[[4.0, 8.0], [0.0, 0.0]]])

    seen, shares_of_keys = multi_head_attention(q, k, v, unit, num_heads=2)
    print("weights of head 1:\n", shares_of_keys[0, 0], "\nweights of head 2:\n", shares_of_keys[0, 1])
    print("output:\n", seen[0])
    assert np.allclose(shares_of_keys[0, 0], [[0.75, 0.25], [0.5, 0.5]])
    assert np.allclose(shares_of_keys[0, 1], [[0.5, 0.5], [0.25, 0.75]])
    assert np.allclose(seen, [[[14.0, 6.0], [12.0, 4.0]]])

# %% [markdown]
# ### The leak detector
#
# Here is an experiment that needs no reference answer. Under a causal mask, take six tokens, **change the last one**,
# and see which outputs move. Only the last one may: no other position may know about it.
#
# Next to your function you see a version with one mistake. Every head is right, and every head obeys the mask, but then
# the heads are merged by `reshape` alone. This mistake is real. You find it in widely watched tutorials. It survives
# because every printed shape is right and the training loss goes down. The loss even goes down too easily, because some
# positions can read the answer.
#
# **Predict first.** You change the last token. Which outputs change in the version with the mistake?
#
# - **a**: only the last one: every head obeys the mask
# - **b**: the last one and one other, somewhere before it
# - **c**: all six: a wrong merge mixes everything

# %% guess="leak"
# a: Every head does obey the mask. But the merge then puts the results of the heads into the wrong rows, and no mask
#    can prevent that.
# b: In each head, only the result for token 5 changes. A correct merge puts both of these results into row 5. The
#    reshape puts the first head's result into row 2, and only the second head's result into row 5.
# c: The merge mixes nothing. Every number is still there, but some are in the wrong place. Only two pieces have
#    changed, one from each head, so at most two rows can change.
guess_leak = "b"

# %% experiment="leak_detector"
generator = np.random.default_rng(1)
six_tokens = generator.normal(size=(1, 6, 8))
labels = [f"token {i}" for i in range(6)]
random_weights = {f"w_{role}.weight": generator.normal(size=(8, 8)) / 2 for role in "qkvo"}
random_weights |= {f"w_{role}.bias": generator.normal(size=8) for role in "qkvo"}
two_matrices = generator.normal(size=(2, 8, 4)) / 2


def yours(x):
    """Your multi-head self-attention, two heads under a causal mask; x is (1, 6, 8)."""
    return multi_head_attention(x, x, x, random_weights, num_heads=2, mask=causal_mask(6))[0]


def merged_by_reshape_alone(x):
    """Two heads with a matrix each, under the same mask, and a merge that forgets which axis is which."""
    heads = np.stack([x @ matrix for matrix in two_matrices], axis=1)
    found, _ = scaled_dot_product_attention(heads, heads, heads, causal_mask(6))
    return found.reshape(x.shape)


with when_written(), predicted("leak", guess_leak):
    print("shapes:", yours(six_tokens).shape, "and", merged_by_reshape_alone(six_tokens).shape)
    movements(
        [what_moves(yours, six_tokens, -1), what_moves(merged_by_reshape_alone, six_tokens, -1)],
        ["yours", "merged by reshape alone"],
        changed=-1,
        labels=labels,
    )

# %% [markdown]
# Position 2 has learned something about token 5. A single change does not show the full extent, so the next cell
# changes every token in turn. In the maps below, the entry in row $i$ and column $j$ says how far output $i$ moved when
# token $j$ was changed. For a causal model, everything above the diagonal is 0. Before you read on: can you explain
# from the picture which tokens of which head ended up in row 2?

# %% experiment="influence"
with when_written():
    heatmaps(
        [influence(yours, six_tokens), influence(merged_by_reshape_alone, six_tokens)],
        ["yours", "merged by reshape alone"],
        rows=labels,
        columns=labels,
        row_label="output that moves",
        column_label="token that is changed",
        largest=None,
        decimals=1,
    )

# %% [markdown]
# Memory holds all tokens of head 1, then all tokens of head 2. A reshape cuts this long row into six pieces of eight
# numbers, so the first three rows are pairs of neighbours from head 1 (tokens 0 and 1, 2 and 3, 4 and 5), and the last
# three rows are the same pairs from head 2. Row 2 holds tokens 4 and 5: the future. Here are both merges for four
# tokens, yours on the left:
#
# {picture: merged}
#
# You can test other laws in the same way, without a reference answer. Each line of the output says how far a law is
# broken. Expect zeros, up to rounding (about $10^{-15}$).

# %% experiment="properties"
with when_written():
    queries, keys, values = (generator.normal(size=(2, tokens, 8)) for tokens in (5, 7, 7))
    hides_some = generator.random((2, 1, 5, 7)) < 0.6

    def cross(q, k, v):
        """Your function as cross-attention with two heads."""
        return multi_head_attention(q, k, v, random_weights, num_heads=2)

    def padded(x, mask):
        """Your function as self-attention with two heads under a mask."""
        return multi_head_attention(x, x, x, random_weights, num_heads=2, mask=mask)

    _, shares_of_keys = multi_head_attention(queries, keys, values, random_weights, num_heads=2, mask=hides_some)
    laws = {
        "a changed token moves nothing before it": causality(yours, six_tokens),
        "hidden garbage at the end moves nothing": padding_invariance(padded, six_tokens),
        "shuffling keys and values together moves nothing": key_permutation_invariance(cross, queries, keys, values),
        "shuffled queries give shuffled answers": query_permutation_equivariance(cross, queries, keys, values),
        "every row of weights sums to 1": rows_sum_to_one(shares_of_keys),
        "the largest weight at a hidden key": hidden_weight(shares_of_keys, hides_some),
    }
    for law, moved in laws.items():
        print(f"{law:50} {moved:.1e}")

# %% [markdown]
# Look at the third and the fourth line again. Attention treats its keys as a *set*: if you shuffle the words of a
# sentence, every word still gets the same answer. Without positions, attention cannot tell "the cat ate the fish" from
# "the fish ate the cat". That is what the positional encoding of unit 1 is for.
#
# ## The same in PyTorch
#
# You know the algorithm now. In PyTorch it becomes two modules, with two things that NumPy did not give you: gradients,
# which come for free as long as you detach nothing, and dropout.
#
# {exercise: ScaledDotProductAttention}
#
# **Deliver** the module `ScaledDotProductAttention`.
#
# > *The paper:* "We implement this inside of scaled dot-product attention by masking out (setting to $-\infty$) all
# > values in the input of the softmax which correspond to illegal connections." (section 3.2.3)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `dropout` | a number in [0, 1), for the constructor | `float` | no, 0.0 if left out |
# | `q` | `(..., queries, d_k)` | float32 or float64 | no |
# | `k` | `(..., keys, d_k)` | that of `q` | no |
# | `v` | `(..., keys, d_v)` | that of `q` | no |
# | `mask` | broadcasts to `(..., queries, keys)` | bool, True = may attend | yes |
# | *returns* `output` | `(..., queries, d_v)` | that of `q` | no |
# | *returns* `attention_weights` | `(..., queries, keys)` | that of `q` | no |
#
# **In numbers**: the $Q$, $K$, $V$ and the mask of problem {number: scaled_dot_product_attention}, with the same
# results. With `dropout=0.5` in training, a weight of 0.75 becomes either 0 or $0.75 / (1 - 0.5) = 1.5$, each half of
# the time, so the mean stays 0.75.
#
# > **The paper does not say** that attention weights are dropped: it mentions dropout only on the output of each
# > sublayer and on the embeddings (section 5.4). Much code drops the weights too, so your module has the argument. It
# > applies to the **weights**, between the softmax and the product. You may return the weights from before or after
# > dropout: they are graded only in evaluation mode, where the two are the same.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# It is your NumPy function, line by line, with one more step before the last product.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: create a dropout layer. Forward: scores, scale, fill where the mask is False, softmax over the keys, drop
# some weights, multiply by the values.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `masked_fill` fills where its argument is *True*, and returns a new tensor. `nn.Dropout` knows by itself whether the
# module is training; `F.dropout` must be told. float32 ends near $3.4 \cdot 10^{38}$, so -1e40 does not fit.
#
# </details>


# %% exercise="ScaledDotProductAttention" minutes=6 difficulty=2 importance=4
class ScaledDotProductAttention(nn.Module):
    """Attention(Q, K, V) = softmax(QKᵀ / √d_k) V, equation (1), with dropout on the attention weights in training."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.drop = nn.Dropout(p=dropout)
        ### END SOLUTION

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the output (..., queries, d_v) and the attention weights (..., queries, keys).

        q (..., queries, d_k), k (..., keys, d_k), v (..., keys, d_v), mask broadcastable to (..., queries, keys), True
        = may attend.
        """
        ### BEGIN SOLUTION
        logits = torch.matmul(q, k.mT) / math.sqrt(q.size(-1))
        if mask is not None:
            logits = logits.masked_fill(mask.logical_not(), torch.finfo(logits.dtype).min)
        shares = logits.softmax(dim=-1)
        return torch.matmul(self.drop(shares), v), shares
        ### END SOLUTION


# %% check="ScaledDotProductAttention"
check("ScaledDotProductAttention")

# %% [markdown]
# What does dropout do to attention? Here is our sentence once more. In evaluation mode nothing is dropped. In one step
# of training, each weight becomes 0 with a probability of a quarter (hatched, like the padding), and the others grow by
# a third, so the rows no longer sum to 1. Over many steps this averages out. A model trained like this cannot rely on
# any single connection.

# %% experiment="dropout"
with when_written():
    q, k, mask = torch.tensor(word_queries), torch.tensor(word_keys), torch.tensor([True] * 6 + [False] * 2)
    unit_values = torch.eye(8, dtype=torch.float64)  # with these the output is the weights that were used
    attention = ScaledDotProductAttention(dropout=0.25)
    torch.manual_seed(3)
    used = [attention.train()(q, k, unit_values, mask)[0] for _ in range(400)]
    heatmaps(
        [attention.eval()(q, k, unit_values, mask)[0], used[0], torch.stack(used).mean(dim=0)],
        ["in evaluation", "one step of training", "the mean of 400 steps"],
        rows=words,
        columns=words,
        largest=None,
    )

    q = math.log(3) * torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    k = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    v = torch.tensor([[4.0, 0.0], [0.0, 8.0]])
    seen, _ = attention(q, k, v)
    assert torch.allclose(seen, torch.tensor([[3.0, 2.0], [2.0, 4.0]]))
    seen, _ = attention(q, k, v, torch.tensor([[True, False], [True, True]]))
    assert torch.allclose(seen, torch.tensor([[4.0, 0.0], [2.0, 4.0]]))

# %% [markdown]
# {exercise: MultiHeadAttention}
#
# **Deliver** the module `MultiHeadAttention`. It may use your `ScaledDotProductAttention`.
#
# > *The paper:* "Multi-head attention allows the model to jointly attend to information from different representation
# > subspaces at different positions. With a single attention head, averaging inhibits this." (section 3.2.2)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `d_model`, `num_heads` | integers, for the constructor | `int` | no |
# | `dropout` | in [0, 1), for the constructor; acts on the attention weights | `float` | no, 0.0 if left out |
# | `q` | `(batch, queries, d_model)` | float32 or float64 | no |
# | `k`, `v` | `(batch, keys, d_model)` | that of `q` | no |
# | `mask` | broadcasts to `(batch, num_heads, queries, keys)` | bool, True = may attend | yes |
# | *returns* `output` | `(batch, queries, d_model)` | that of `q` | no |
# | *returns* `attention_weights` | `(batch, num_heads, queries, keys)` | that of `q` | no |
#
# The parameters are `w_q`, `w_k`, `w_v` and `w_o`, each an `nn.Linear` from `d_model` to `d_model` with a bias, so that
# `state_dict()` has the eight names of problem {number: multi_head_attention}. If `num_heads` does not divide
# `d_model`, the constructor raises a `ValueError` that says so.
#
# **In numbers**: problem {number: multi_head_attention} again, with its weights loaded, gives (14, 6) and (12, 4).
# `MultiHeadAttention(10, 3)` raises the `ValueError`.
#
# > **The paper does not say** how the parameters are initialised: the defaults of `nn.Linear` will do. All its models
# > have sizes that divide evenly (512 = 8 · 64), so it never mentions sizes that do not.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your NumPy function, in which `nn.Linear` keeps the weights and does the projections. The axes move as in the picture
# in problem {number: multi_head_attention}.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: refuse sizes that do not divide; create four linear layers and one attention module. Forward: project,
# split into heads, move the heads to the front, apply attention with the mask, move them back, join, project.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `view` needs contiguous memory, and a transposed tensor is not contiguous; `reshape` and `flatten` copy if they must.
# Layers in a plain Python list are invisible to PyTorch: make them attributes. And pass on `mask` *and* `dropout`.
#
# </details>


# %% exercise="MultiHeadAttention" minutes=10 difficulty=3 importance=5
class MultiHeadAttention(nn.Module):
    """MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, with headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V).

    Its parameters are w_q, w_k, w_v and w_o. Raises ValueError where num_heads does not divide d_model.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        if d_model % num_heads:
            raise ValueError(f"{num_heads} heads cannot share {d_model} features evenly: d_model % num_heads is not 0")
        self.num_heads = num_heads
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.attend = ScaledDotProductAttention(dropout)
        ### END SOLUTION

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the output (batch, queries, d_model) and the attention weights (batch, num_heads, queries, keys).

        q (batch, queries, d_model), k and v (batch, keys, d_model), mask broadcastable to the attention weights, True =
        may attend.
        """
        ### BEGIN SOLUTION
        projected = self.w_q(q), self.w_k(k), self.w_v(v)
        heads = [x.unflatten(dim=-1, sizes=(self.num_heads, -1)).transpose(-2, -3) for x in projected]
        by_head, shares = self.attend(*heads, mask)
        side_by_side = by_head.transpose(-2, -3).flatten(start_dim=-2)
        return self.w_o(side_by_side), shares
        ### END SOLUTION


# %% check="MultiHeadAttention"
check("MultiHeadAttention")

# %% [markdown]
# ### Two implementations, one set of weights
#
# The next cell gives the parameters of your module to your NumPy function, and the same tokens and masks to both. You
# wrote them separately, with different tools. If they agree to fifteen digits, any mistake must be in both.

# %% experiment="two_wings"
with when_written():
    torch.manual_seed(0)
    module = MultiHeadAttention(d_model=8, num_heads=2).double().eval()
    shared = {name: parameter.numpy() for name, parameter in module.state_dict().items()}
    queries, keys, values = (generator.normal(size=(3, tokens, 8)) for tokens in (5, 7, 7))
    visible = padding_mask(np.array([[3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 5, 0, 0, 0], [8, 9, 7, 0, 0, 0, 0]]))

    by_numpy = multi_head_attention(queries, keys, values, shared, num_heads=2, mask=visible)
    by_torch = [x.detach().numpy() for x in module(*map(torch.tensor, (queries, keys, values, visible)))]
    for name, ours, theirs in zip(("output", "attention weights"), by_numpy, by_torch, strict=True):
        print(f"{name:>18} {theirs.shape!s:>14}: the largest difference is {np.abs(ours - theirs).max():.1e}")
        assert np.allclose(ours, theirs, rtol=0, atol=1e-9)

    module.load_state_dict({name: torch.tensor(entry) for name, entry in random_weights.items()})
    seen, _ = module(*3 * [torch.tensor(six_tokens)], torch.tensor(causal_mask(6)))
    apart = np.abs(yours(six_tokens) - seen.detach().numpy()).max()
    print(f"{'under a causal mask':>33}: the largest difference is {apart:.1e}")

# %% experiment="module_in_numbers"
with when_written():
    module = MultiHeadAttention(d_model=2, num_heads=2).double().eval()
    module.load_state_dict({name: torch.tensor(entry) for name, entry in unit.items()})
    q = math.log(3) * torch.eye(2, dtype=torch.float64)[None]
    k = torch.eye(2, dtype=torch.float64)[None]
    v = torch.tensor([[[4.0, 8.0], [0.0, 0.0]]], dtype=torch.float64)
    seen, _ = module(q, k, v)
    print("output:\n", seen[0].detach().numpy())
    assert torch.allclose(seen, torch.tensor([[14.0, 6.0], [12.0, 4.0]], dtype=torch.float64))

    try:
        MultiHeadAttention(d_model=10, num_heads=3)
    except ValueError as error:
        print("10 features and 3 heads are refused:", error)

# %% [markdown]
# ## Your attention learns
#
# At the beginning of this unit, we wrote queries and keys by hand, so that *it* would find *cat*. Now training finds
# them, through your function. `WordFinder` is a tiny model with one layer, your `scaled_dot_product_attention`. Each of
# its 14 words has a query and a key of 8 random numbers, and the values are the words themselves. So the output is a
# mixture of the sentence's words, and the share of a word is the probability that the model gives it as the answer.
#
# The model is trained on 200 batches of 32 made-up sentences. An article should answer with the noun of its sentence, a
# noun with a verb, a verb and a pronoun with the noun, and *because* with a verb. In each step, queries and keys change
# a little so that right answers become more probable. The model is told only which answers are right, never where to
# look: the words of each sentence come in random order. And it never sees *cat* and *sleeps* in one sentence. (If you
# want to read the training loop, it has fewer than 30 lines: run `WordFinder??` in a new cell.)
#
# **Predict first.** After training, you give it "the cat sleeps because it ran". What does the map of its weights look
# like?
#
# - **a**: nearly even, as before training: the model was never told where to look
# - **b**: each word looks at the places where right answers stood most often in the training sentences
# - **c**: *the* and *it* look at *cat*, and *because* looks at the two verbs, although this sentence is new

# %% guess="finder"
# a: It was not told where to look, but a look at the wrong word made the right answer less probable. So the gradient
#    changed queries and keys until each word looked at the right ones.
# b: It cannot learn places. Attention treats its keys as a set, so it does not even know which word comes first. To
#    learn places, a model needs the positions of unit 1.
# c: The model learned something about words, not about sentences: the query of *it* fits the key of every noun. That is
#    why it can read a sentence that it has never seen.
guess_finder = "c"

# %% experiment="finder"
with when_written(), predicted("finder", guess_finder):
    sentence = ["the", "cat", "sleeps", "because", "it", "ran"]
    model = WordFinder(scaled_dot_product_attention)
    before = model.look(sentence)
    losses = model.train(steps=200)
    after = model.look(sentence)
    print(f"loss {losses[0]:.2f} at the start, {losses[20]:.2f} after 20 steps, {losses[-1]:.3f} at the end")
    heatmaps([before, after], ["before training", "after 200 steps"], rows=sentence, columns=sentence)

# %% [markdown]
# Compare the second map with the one that we made by hand, under "Look at it". In both, *the*, *sleeps* and *it* look
# at *cat*, and *because* looks at the verbs, but this time nobody wrote the queries. (*cat* and *ran* are different:
# here the right answer of a noun was a verb, never the article, and that of a verb was the noun, not the pronoun.)
# Where two verbs are right, the model need not share its attention evenly, because any right answer was good enough.
# This is how every attention map in a large model comes about.
#
# ## Advanced, for bonus points: the backward pass
#
# In PyTorch the gradients came for free. Here you compute them yourself: you go back through attention in NumPy, line
# by line, from the last step to the first. Only bonus exercises of later units use this, but it shows best where
# attention learns.
#
# The setting is always the same. Your output $y$ is used further on, and at the end there is a loss $L$, one number.
# The later layers have already computed $\partial L / \partial y$, the **upstream gradient**, and you get it as
# `grad_output`. You compute the gradients of everything that went in. Only what the table lists is kept from the
# forward pass: compute the rest again.
#
# {exercise: softmax_backward}
#
# **Deliver** the function `softmax_backward`.
#
# In a row $y = \mathrm{softmax}(x)$ every output depends on *every* input, because all share one sum:
#
# $$\frac{\partial y_i}{\partial x_j} = \begin{cases} y_i\,(1 - y_i) & i = j \\ -\,y_i\, y_j & i \ne j \end{cases}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | that of `output` | float64 | no |
# | `output` | any: what softmax **returned** | float64 | no |
# | `axis` | one integer, possibly negative | `int` | no, -1 if it is left out |
# | *returns* `grad_x` | that of `output` | float64 | no |
#
# **In numbers**: a row of outputs (0.25, 0.75) with the upstream gradient (8, 4) gives for the first input
# $0.25 \cdot 0.75 \cdot 8 - 0.25 \cdot 0.75 \cdot 4 = 0.75$, and for the second one $-0.75$. With the upstream gradient
# (1, 1) both are 0.
#
# > **The paper does not say** anything about gradients: the framework finds them. It only suspects that large dot
# > products push the softmax "into regions where it has extremely small gradients" (section 3.2.1). You can read off
# > where these regions are from the two cases above.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The gradient of $x_j$ is the sum over all $i$ of $\partial L / \partial y_i$ times $\partial y_i / \partial x_j$.
# Write it out for one $j$: part of it is a sum that is the same for every $j$ of the row.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each row along `axis`, compute the mean of the upstream gradient, weighted by the outputs. Every entry is then the
# output times (its upstream gradient minus that mean). You need not build the whole matrix of derivatives.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The mean itself: with $y_i (1 - y_i)$ alone, only the diagonal is there. `keepdims=True`, as in the forward pass. And
# `output` is the softmax already: do not apply it again.
#
# </details>


# %% exercise="softmax_backward" minutes=12 difficulty=3 importance=3
def softmax_backward(grad_output: np.ndarray, output: np.ndarray, axis: int = -1) -> np.ndarray:
    """The gradient of a loss with respect to x, from output = softmax(x) along `axis` and the upstream gradient."""
    ### BEGIN SOLUTION
    mean = np.sum(output * grad_output, axis=axis, keepdims=True)
    return output * (grad_output - mean)
    ### END SOLUTION


# %% check="softmax_backward"
check("softmax_backward")

# %% [markdown]
# ### A check that needs no calculus, and a trap
#
# A derivative says what a small step does. So take the step: make one number a little larger and a little smaller, run
# the *forward* pass both times, and divide the change by the step. `numerical_gradient` does that for every number. It
# is slow but reliable.
#
# It needs a loss. The obvious one is the sum of all outputs: its upstream gradient is 1 everywhere. The next cell
# checks your backward pass and one that always returns zeros, once with ones and once with random numbers.


# %% experiment="gradient_check"
def nothing_at_all(grad_output, output, axis=-1):
    """A backward pass by someone who has not begun."""
    return np.zeros(output.shape)


with when_written():
    x = np.array([[0.0, math.log(3)], [5.0, 5.0]])
    back = softmax_backward(np.array([[8.0, 4.0], [1.0, 3.0]]), softmax(x))
    print("in numbers:", back.tolist())
    assert np.allclose(back, [[0.75, -0.75], [-0.5, 0.5]])

    x = generator.normal(size=(3, 5))
    for title, upstream in (("ones", np.ones(x.shape)), ("random", generator.normal(size=x.shape))):
        by_steps = numerical_gradient(softmax, x, upstream)
        for backward in (softmax_backward, nothing_at_all):
            apart = np.abs(backward(upstream, softmax(x)) - by_steps).max()
            print(f"upstream {title:>6}: {backward.__name__:>16} is {apart:.1e} away from small steps")

# %% [markdown]
# With ones both pass. A row of softmax always sums to 1, so nothing can change its sum, and the true gradient *is*
# zero: this check cannot tell a right answer from zeros. **Always check with a random upstream gradient.**
#
# {exercise: scaled_dot_product_attention_backward}
#
# **Deliver** the function `scaled_dot_product_attention_backward`, which may use your `softmax_backward`.
#
# The forward pass was: scores $S = QK^\top / \sqrt{d_k}$, weights $A = \mathrm{softmax}(S)$, output $O = AV$. One rule
# covers both products: for any $C = XY$ with $G = \partial L / \partial C$, the gradient of $X$ is $G Y^\top$ and that
# of $Y$ is $X^\top G$.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | `(..., queries, d_v)`, that of the output | float64 | no |
# | `q`, `k`, `v`, `mask` | as in problem {number: scaled_dot_product_attention} | | `mask` only |
# | *returns* `grad_q`, `grad_k`, `grad_v` | those of `q`, `k` and `v` | float64 | no |
#
# A key that no query may see gets a gradient of exactly 0, and so does its value. Every query sees at least one key
# here.
#
# **In numbers**: problem {number: scaled_dot_product_attention} once more, with the upstream gradients (1, 0) and
# (0, 1).
#
# | step, from the end to the beginning | first query | second query |
# |---|---|---|
# | upstream | (1, 0) | (0, 1) |
# | times the values: the gradient of the weights | (4, 0) | (0, 8) |
# | back through the softmax | (0.75, -0.75) | (-2, 2) |
# | back through the scale: over √4 | (0.375, -0.375) | (-1, 1) |
# | times the keys: `grad_q` | (0.375, 0.375, -0.375, -0.375) | (-1, -1, 1, 1) |
#
# and `grad_v`, which gathers for each value what the queries took from it, is (0.75, 0.5) for the first value and
# (0.25, 0.5) for the second.
#
# > **The paper does not say** it, but you can see it now: a value learns in proportion to the weight that it got. A
# > mask with $-\infty$ gives hidden keys the weight 0, so their gradients are 0 too; you need not do anything else.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Compute the weights again. Then go backwards: the second product, the softmax, the scale, the first product.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Gradient of the values: transposed weights times upstream. Gradient of the weights: upstream times transposed values.
# Go back through the softmax and divide by the root of d_k: this is the gradient of the plain dot products. Multiply it
# by the keys for that of the queries; multiply its transpose by the queries for that of the keys.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The root, for queries *and* keys. The two transposes: values and keys collect from all queries. And the mask: you need
# it when you compute the weights again.
#
# </details>


# %% exercise="scaled_dot_product_attention_backward" minutes=20 difficulty=4 importance=3
def scaled_dot_product_attention_backward(
    grad_output: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of a loss with respect to q, k and v, from grad_output, the upstream gradient.

    grad_output (..., queries, d_v); q, k, v, mask as in scaled_dot_product_attention. Returns grad_q, grad_k, grad_v.
    """
    ### BEGIN SOLUTION
    _, shares = scaled_dot_product_attention(q, k, v, mask)
    into_shares = grad_output @ np.swapaxes(v, -1, -2)
    into_products = softmax_backward(into_shares, shares) / math.sqrt(q.shape[-1])
    grad_k = np.swapaxes(into_products, -1, -2) @ q
    grad_v = np.swapaxes(shares, -1, -2) @ grad_output
    return into_products @ k, grad_k, grad_v
    ### END SOLUTION


# %% check="scaled_dot_product_attention_backward"
check("scaled_dot_product_attention_backward")

# %% [markdown]
# ### Who teaches whom
#
# Suppose the loss looks at a single word's output. How large a gradient arrives at the value of each word? The next
# cell answers this for every word in turn: the loss looks at word $i$ in row $i$, and column $j$ shows how much word
# $j$ learns. It is the same picture as in "The same sentence, three times": each value gets the upstream gradient times
# its own weight, and here the upstream gradient is all ones. Under the padding mask, nobody sees the padding, so it
# learns nothing.


# %% experiment="who_teaches_whom"
def taught(mask):
    """How large a gradient word j's value gets from word i's output alone: (words, words)."""
    rows = []
    for word in range(len(words)):
        upstream = np.zeros(word_keys.shape)
        upstream[word] = 1.0
        _, _, arrived = scaled_dot_product_attention_backward(upstream, word_queries, word_keys, word_keys, mask)
        rows.append(np.abs(arrived).max(axis=-1))
    return np.array(rows)


with when_written():
    q = math.log(3) * np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    k = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    v = np.array([[4.0, 0.0], [0.0, 8.0]])
    to_q, to_k, to_v = scaled_dot_product_attention_backward(np.eye(2), q, k, v)
    assert np.allclose(to_q, [[0.375, 0.375, -0.375, -0.375], [-1.0, -1.0, 1.0, 1.0]])
    assert np.allclose(to_v, [[0.75, 0.5], [0.25, 0.5]])

    q, k, v, upstream = (generator.normal(size=size) for size in ((3, 4), (5, 4), (5, 2), (3, 2)))
    some = np.arange(5) <= np.arange(3)[:, None] + 1
    places = {
        "queries": (lambda moved: scaled_dot_product_attention(moved, k, v, some), q),
        "keys": (lambda moved: scaled_dot_product_attention(q, moved, v, some), k),
        "values": (lambda moved: scaled_dot_product_attention(q, k, moved, some), v),
    }
    by_hand = scaled_dot_product_attention_backward(upstream, q, k, v, some)
    for (name, (forward, x)), gradient in zip(places.items(), by_hand, strict=True):
        apart = np.abs(gradient - numerical_gradient(forward, x, upstream)).max()
        print(f"{name:>7}: {apart:.1e} away from small steps, with a mask and a random upstream gradient")

    heatmaps(
        [taught(causal_mask(len(words))), taught(padding_mask(word_ids)[0, 0])],
        ["causal mask", "padding mask"],
        rows=words,
        columns=words,
        row_label="whose output the loss looks at",
        column_label="whose value learns",
    )

# %% [markdown]
# {exercise: multi_head_attention_backward}
#
# **Deliver** the function `multi_head_attention_backward`, which may use your `scaled_dot_product_attention_backward`.
#
# Around attention there are four linear maps, and two changes of shape. For a map $y = x W^\top + b$, the gradient of
# $x$ is $(\partial L / \partial y)\, W$. That of $W$ is $(\partial L / \partial y)^\top x$ and that of $b$ is
# $\partial L / \partial y$, both **summed over all positions of all samples**, because all of them used the same map. A
# change of shape only moves numbers; the backward pass moves them back: read the picture in problem
# {number: multi_head_attention} from right to left.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_output` | `(batch, queries, d_model)`, that of the output | float64 | no |
# | `q`, `k`, `v`, `weights`, `num_heads`, `mask` | as in problem {number: multi_head_attention} | | `mask` only |
# | *returns* `grad_q`, `grad_k`, `grad_v` | those of `q`, `k` and `v` | float64 | no |
# | *returns* `grad_weights` | a dict with the eight names, each with the shape of its weight | float64 | no |
#
# **In numbers**: problem {number: multi_head_attention} once more, with the upstream gradients (0, 1) and (1, 0).
#
# | step, from the end to the beginning | first token | second token |
# |---|---|---|
# | upstream | (0, 1) | (1, 0) |
# | back through the output map: for head 1 and head 2 | (2, 0) | (0, 1) |
# | head 1, back through the softmax | (1.5, -1.5) | (0, 0) |
# | head 2, back through the softmax | (0, 0) | (1.5, -1.5) |
# | both heads, side by side: `grad_q` | (1.5, 0) | (0, -1.5) |
# | both heads, side by side: `grad_v` | (1.5, 0.25) | (0.5, 0.75) |
#
# > **The paper does not say** how many gradients an input gets. Here `q`, `k` and `v` are three arguments with three
# > gradients. In self-attention the same $x$ is used for all three, and the caller adds the three gradients up.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Go through your forward pass line by line, in reverse order. You have written the hardest line already: problem
# {number: scaled_dot_product_attention_backward} takes heads as leading axes.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Project, split into heads and apply attention again, to have what went into each map. Output map: gradients of its
# weight, its bias and its input. Split the last into heads; go back through attention; join each of the three results.
# For each of the three maps: gradients of weight, bias and input.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `W`, not its transpose, for the gradient of the input: $W$ is square, so a mistake shows only in the numbers. The sum
# over batch *and* tokens for weights and biases. And again the two transposes around the heads.
#
# </details>


# %% exercise="multi_head_attention_backward" minutes=25 difficulty=5 importance=3
def multi_head_attention_backward(
    grad_output: np.ndarray,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The gradients of a loss with respect to q, k, v and the weights, from grad_output, the upstream gradient.

    grad_output (batch, queries, d_model); the others as in multi_head_attention. Returns grad_q, grad_k, grad_v and
    grad_weights, a dict with the eight names and shapes of the weights.
    """
    ### BEGIN SOLUTION
    batch, _, d_model = q.shape

    def into_heads(x):
        return x.reshape(batch, -1, num_heads, d_model // num_heads).transpose(0, 2, 1, 3)

    def joined(x):
        return x.transpose(0, 2, 1, 3).reshape(batch, -1, d_model)

    entered = {"w_q": q, "w_k": k, "w_v": v}
    heads = [into_heads(x @ weights[name + ".weight"].T + weights[name + ".bias"]) for name, x in entered.items()]
    entered["w_o"] = joined(scaled_dot_product_attention(*heads, mask)[0])
    for_heads = into_heads(grad_output @ weights["w_o.weight"])
    from_heads = scaled_dot_product_attention_backward(for_heads, *heads, mask)
    left = dict(zip(entered, [*map(joined, from_heads), grad_output], strict=True))
    grad_weights = {name + ".weight": np.einsum("bto,bti->oi", left[name], entered[name]) for name in left}
    grad_weights |= {name + ".bias": grad.sum(axis=(0, 1)) for name, grad in left.items()}
    grad_q, grad_k, grad_v = (left[name] @ weights[name + ".weight"] for name in ("w_q", "w_k", "w_v"))
    return grad_q, grad_k, grad_v, grad_weights
    ### END SOLUTION


# %% check="multi_head_attention_backward"
check("multi_head_attention_backward")

# %% experiment="heads_gradient_check"
with when_written():
    q = np.array([[[math.log(3), 0.0], [0.0, math.log(3)]]])
    k = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    v = np.array([[[4.0, 8.0], [0.0, 0.0]]])
    to_q, to_k, to_v, _ = multi_head_attention_backward(np.array([[[0.0, 1.0], [1.0, 0.0]]]), q, k, v, unit, 2)
    assert np.allclose(to_q, [[[1.5, 0.0], [0.0, -1.5]]])
    assert np.allclose(to_v, [[[1.5, 0.25], [0.5, 0.75]]])

    queries, keys, values = (generator.normal(size=(2, tokens, 8)) for tokens in (3, 4, 4))
    upstream = generator.normal(size=queries.shape)
    given = {"q": queries, "k": keys, "v": values} | random_weights
    *to_inputs, to_weights = multi_head_attention_backward(upstream, queries, keys, values, random_weights, 2)
    by_hand = dict(zip("qkv", to_inputs, strict=True)) | to_weights

    def output_of(moved, name):
        """The output of your heads, where one of the eleven arrays is another one."""
        all_of_them = given | {name: moved}
        entries = {key: all_of_them[key] for key in random_weights}
        return multi_head_attention(all_of_them["q"], all_of_them["k"], all_of_them["v"], entries, 2)

    for name, x in given.items():
        by_steps = numerical_gradient(lambda moved, name=name: output_of(moved, name), x, upstream)
        apart, size = np.abs(by_hand[name] - by_steps).max(), np.abs(by_hand[name]).max()
        print(f"{name:>10}: largest gradient {size:7.1e}, {apart:.1e} away from small steps")

# %% [markdown]
# Eleven arrays, all of them right. One of them is a surprise: the gradient of `w_k.bias` is zero, up to rounding. This
# is not a mistake. That bias adds the same vector to every key, so all scores of a query change by the same number, and
# softmax sees only differences. Much code, ours included, has this parameter, but it never learns anything.

# %% [markdown]
# ## For a bonus: write the test
#
# Until now, somebody else's tests checked your code. Now you write one. If a colleague, or a machine, hands you a
# `multi_head_attention` that looks right, how do you find out whether it is? Most wrong implementations return the
# right shapes and pass a quick look. It takes a good test to tell them apart.
#
# {exercise: test_multi_head_attention}
#
# **Deliver** the function `test_multi_head_attention(candidate)`. `candidate` is called exactly as your
# `multi_head_attention`. Your test raises `AssertionError` if the candidate is wrong, and returns if it is right.
#
# **Points.** Your test is tried on {candidates: test_multi_head_attention}, with mistakes that people really make. If
# it refuses a right one, it earns nothing. Otherwise your points are the share of wrong ones that it catches, and you
# are told which ones get through. The check below does not have these implementations. It puts a few mistakes around
# *your own* `multi_head_attention` instead, so finish that first.
#
# **What makes a test catch mistakes?**
#
# | do | or this gets through |
# |---|---|
# | give every axis a size of its own: batch 3, queries 5, keys 7, heads 2 | axes that are mixed up |
# | compare the numbers with numbers that you trust, not just the shapes | nearly everything |
# | draw weights *and* biases at random | a bias that is forgotten, a transposed matrix |
# | test without a mask, and with masks of every shape that broadcasts | masks that reach only one head or sample |
# | give each sample its own mask, and make masks asymmetric | masks that are transposed or shared |
# | test ordinary inputs and large ones: numbers above 100, scores up to 10,000 | overflow; hidden keys that come back |
# | call it twice, with other numbers of the same sizes | results that are remembered |
# | look at your inputs after the call | inputs that are changed |
#
# **And what makes it refuse right code?** Right code rounds differently, so compare with a tolerance of about `1e-9`.
# Right code also differs in what nobody specified. A query that may attend to nothing gets the mean of all values from
# one implementation, and zeros from another; only an output that is not finite is wrong. And inputs are float64 here.
#
# **The rules.** You may use NumPy with its `numpy.testing`, the standard library and all the NumPy code that you have
# written, but no PyTorch. Other packages may be missing. Your own function has passed its check, so you can compare
# with it. Or use properties: the weights of a query sum to 1, hidden keys get exactly 0, and the order of the keys does
# not matter. An error in the middle of your test also counts as refusing the candidate. A test may call its candidate
# {most_calls: } times, with small arrays. Up to 4 samples, 4 heads, 20 tokens and 20 features are always small enough.
# The limits for a call are {longest_axis: } numbers along an axis, {largest_array: } in an array, {largest_together: }
# if you multiply the longest axes of all arguments (samples, heads, tokens and features), and {most_arrays: } arrays,
# weights included. It has {test_seconds: } seconds of processor time for a candidate, and {all_tests_seconds: } for all
# of them. Random numbers are the same at each run.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your own function says what should come out. So the work is in the inputs: on which of them would a wrong
# implementation return something else?
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Write a helper that takes the sizes and a mask, draws q, k, v and the weights, calls your function and the candidate,
# and compares both results and the inputs afterwards. Then call the helper once for each row of the table.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Masks of shape (queries, keys), (batch, 1, queries, keys), (batch, 1, 1, keys) and (batch, heads, queries, keys). One
# call in which q, k and v are the same array. For a query that sees nothing, only check that the output is finite.
#
# </details>


# %% exercise="test_multi_head_attention" minutes=20 difficulty=3 importance=4
def test_multi_head_attention(candidate) -> None:
    """Raise AssertionError if `candidate` is not multi-head attention. It is called as multi_head_attention is."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(0)

    def compare(batch, queries, keys, d_model, num_heads, mask=None, size=1.0, one_array=False):
        q, k, v = (size * random.normal(size=(batch, tokens, d_model)) for tokens in (queries, keys, keys))
        k, v = (q, q) if one_array else (k, v)
        drawn = {name + ".weight": random.normal(size=(d_model, d_model)) for name in ("w_q", "w_k", "w_v", "w_o")}
        drawn |= {name.replace("weight", "bias"): random.normal(size=d_model) for name in drawn}
        inputs = [q, k, v, *drawn.values()] + [mask] * (mask is not None)
        copies = [array.copy() for array in inputs]
        trusted = multi_head_attention(q, k, v, drawn, num_heads, mask)
        for _ in range(2):
            for got, right in zip(candidate(q, k, v, drawn, num_heads, mask), trusted, strict=True):
                np.testing.assert_allclose(got, right, rtol=1e-9, atol=1e-9)
        assert all(map(np.array_equal, inputs, copies)), "an input was changed"

    def some_of(*shape):
        mask = random.random(shape) < 0.5
        mask[..., 0] = True  # so that every query sees something
        return mask

    compare(3, 5, 7, 8, 2)
    compare(3, 5, 7, 8, 2)  # the same sizes, other numbers
    compare(2, 7, 4, 12, 3)
    compare(1, 1, 3, 6, 1)
    for shape in ((5, 7), (3, 1, 5, 7), (3, 1, 1, 7), (3, 2, 5, 7)):
        compare(3, 5, 7, 8, 2, some_of(*shape))
    compare(3, 5, 5, 8, 2, np.tril(np.ones((5, 5), dtype=bool)), one_array=True)
    compare(2, 2, 2, 4, 2, some_of(2, 1, 2, 2))
    compare(3, 5, 7, 8, 2, some_of(3, 1, 5, 7), size=100.0)

    nothing = np.ones((5, 7), dtype=bool)
    nothing[2] = False
    q, k = random.normal(size=(3, 5, 8)), random.normal(size=(3, 7, 8))
    eyes = {name + ".weight": np.eye(8) for name in ("w_q", "w_k", "w_v", "w_o")}
    eyes |= {name.replace("weight", "bias"): np.zeros(8) for name in eyes}
    assert np.isfinite(candidate(q, k, k, eyes, 2, nothing)[0]).all(), "a query that sees nothing gives nan"
    ### END SOLUTION


# %% check="test_multi_head_attention"
check("test_multi_head_attention")

# %% [markdown]
# ## What you have now
#
# You have a soft lookup that can be learned, masks that say who may see whom, and several lookups in parallel, in NumPy
# and in PyTorch, with the same numbers. Each encoder layer will use it once and each decoder layer twice.
#
# **New in this unit:** you can let the words of a sentence find each other, and let training find out which words those
# should be.
#
# If you have an hour left, try one of these, with the tools from above:
#
# - Put `MultiHeadAttention` into training mode with dropout and run the leak detector. What does it tell you, and why
#   is that not a leak?
# - Multiply the queries of the sentence by 10, then by 0. Which two familiar operations does attention become?
# - Count the parameters with 1 head and with 8. Then explain to someone why more heads cost no parameters.
# - Add the same vector to every key. Why does nothing move?
