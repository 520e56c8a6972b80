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
# # 10 · Decoding
#
# *Section 6.1 of "Attention Is All You Need" (Vaswani et al., 2017), with Wu et al. (2016) for the length penalty and
# Papineni et al. (2002) for BLEU*
#
# A trained model answers one question: given the tokens so far, how likely is each token to come next? That is not a
# sentence yet. In this notebook you make sentences from these answers: the most likely one that you can find, or a
# random one that still makes sense. You also make this much faster. Then you measure how good the sentences are with
# BLEU, the score by which the paper compares models.
#
# **You are here:** units 1 to 7 built the model, unit 8 feeds it, unit 9 trains it. This one makes it speak.
#
# {exercises: 20 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: beam_search}
#
# **What is allowed.** Python and NumPy, but no library that computes BLEU or an edit distance. For `CachedDecoder` you
# may also use PyTorch, except its ready-made attention and Transformer layers. Its model comes from
# `autograder.blocks`; your own, from `own_work`, must also have the `num_heads` and `pad_id` in the table of 10.3.
#
# | word | what it means here |
# |---|---|
# | prefix | the tokens so far, `bos_id` first |
# | hypothesis | a prefix that may become the answer, with the sum of its log-probabilities |
# | beam | the hypotheses that the search follows at the same time |
# | live, finished | a hypothesis without `eos_id` at its end, and one with it |
# | n-gram | n tokens in a row |

# %%
from collections import Counter
from itertools import pairwise

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from autograder import check
from autograder.blocks import Transformer
from autograder.figures import curves, shares
from autograder.properties import check_number, predicted, when_written

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# ## The likeliest sentence
#
# In unit 7 you took the most likely token at each step. That can go wrong: a good first word may lead nowhere. With
# 37,000 tokens and twenty places, there are too many sentences to try them all. Beam search takes a middle way: it
# follows a few beginnings at the same time, and drops those that fall behind.
#
# {exercise: beam_search}
#
# **Deliver** the function `beam_search` in the next code cell.
#
# > *The paper:* "We used beam search with a beam size of 4 and length penalty α = 0.6." (section 6.1)
#
# You are given a function instead of a model: `next_log_probs(prefixes)` takes an int64 array `(number, tokens)` of
# prefixes of equal length and returns the log-probabilities `(number, vocab)` of the token that comes next.
#
# | argument | type | meaning |
# |---|---|---|
# | `next_log_probs` | a function | see above |
# | `bos_id`, `eos_id` | `int` | the first id of every prefix, and the id that ends a sentence |
# | `beam_size` | `int` | how many extensions to keep at each step |
# | `max_len` | `int` | the largest number of tokens to generate |
# | `alpha` | `float` | the strength of the length penalty, by default 0.6 |
# | *returns* | `(list[int], float)` | the best hypothesis without `bos_id`, with `eos_id` if it has one; its score |
#
# **One step.** Extend every live hypothesis by every token. An extension's sum is the sum of its hypothesis plus the
# log-probability of the new token. Compare *all* extensions together, and keep the `beam_size` with the largest sums.
# Of equal sums you may keep any. Those that end with `eos_id` are finished and leave the beam. At the next step you
# again keep `beam_size` extensions of what is live. **Stop** when nothing is live, or after `max_len` tokens; then the
# live hypotheses count as finished, too. Don't stop for any other reason.
#
# **The score.** Every further token makes the sum smaller, so short sentences would win. So divide the sum by
#
# $$\left(\frac{5 + n}{6}\right)^{\alpha}$$
#
# where $n$ is the number of generated tokens, including `eos_id`. Return the finished hypothesis with the best score.
# During the search, compare the undivided sums: at each step all hypotheses have the same length.
#
# **In numbers**, with `beam_size` 2, `max_len` 2 and three tokens. The first token is `a` with the probability 0.5, `b`
# with 0.4, `<eos>` with 0.1. After `a`, each of the three has a third. After `b`, `<eos>` has 0.9.
#
# | step | extensions, best first | kept |
# |---|---|---|
# | 1 | `a` 0.5, `b` 0.4, `<eos>` 0.1 | `a`, `b` |
# | 2 | `b <eos>` 0.36, `a a` 0.17, `a b` 0.17, … | `b <eos>` is finished, `a a` stays live |
#
# Greedy decoding would have started with `a`. The score of `b <eos>` is $\ln 0.36 / (7/6)^{0.6} = -1.02 / 1.097 =
# -0.93$.
#
# > **The paper does not say** how its length penalty is defined; it cites Wu et al. (2016), and this is their formula.
# > Others divide by $n^\alpha$, leave finished hypotheses in the beam, or stop early. The paper itself says "terminate
# > early when possible" (section 6.1), and not when that is; here the search goes on. Each of these can give different
# > sentences, which is one reason why published results are hard to reproduce.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Keep two lists: live and finished. A hypothesis is a list of ids and a sum. At first only one is live: `[bos_id]` with
# the sum 0.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Up to `max_len` times, as long as something is live: ask for the log-probabilities of all live prefixes at once; add
# each one's sum to its row; take the `beam_size` largest of the whole array; make a new hypothesis of each; put it into
# the finished or the live list. At the end, score the hypotheses in both lists, and return the best.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `np.argsort` of the flattened array gives places; `np.unravel_index` or `divmod(place, vocab)` tells you which
# hypothesis and which token each one is. The length does not count `bos_id`. And don't start with `beam_size` equal
# hypotheses: you would follow the same sentence several times.
#
# </details>


# %% exercise="beam_search" minutes=30 difficulty=4 importance=5
def beam_search(next_log_probs, bos_id: int, eos_id: int, beam_size: int, max_len: int, alpha: float = 0.6):
    """The best hypothesis that a beam of `beam_size` finds: its ids, without `bos_id`, and its score."""
    ### BEGIN SOLUTION
    prefixes, sums, done = np.array([[bos_id]], dtype=np.int64), np.zeros(1), []
    for length in range(1, max_len + 1):
        everything = sums[:, None] + next_log_probs(prefixes)
        chosen = np.argsort(everything.ravel())[::-1][:beam_size]
        parents, tokens = np.divmod(chosen, everything.shape[1])
        prefixes, sums = np.column_stack([prefixes[parents], tokens]), everything.ravel()[chosen]
        penalty = ((5 + length) / 6) ** alpha
        over = (tokens == eos_id) | (length == max_len)
        done += [(total / penalty, ids[1:].tolist()) for ids, total in zip(prefixes[over], sums[over], strict=True)]
        prefixes, sums = prefixes[~over], sums[~over]
        if len(sums) == 0:
            break
    score, ids = max(done)
    return ids, float(score)
    ### END SOLUTION


# %% check="beam_search"
check("beam_search")

# %% experiment="beam_in_numbers"
A, B, BOS, EOS = 0, 1, 2, 3
example = np.log(np.array([[1 / 3, 1 / 3, 1e-9, 1 / 3], [0.05, 0.05, 1e-9, 0.9], [0.5, 0.4, 1e-9, 0.1]]))

with when_written():
    found = beam_search(lambda prefixes: example[prefixes[:, -1]], BOS, EOS, beam_size=2, max_len=2)
    print(found)
    assert found[0] == [B, EOS]
    assert round(found[1], 2) == -0.93

# %% [markdown]
# ### A garden path
#
# Here is a small language. For each word, it gives the probabilities of some words that may come next; all others share
# what is left equally. The most likely first word is "a", but after "a" no word is likely: each has less than 0.1.

# %%
WORDS = ["<pad>", "<bos>", "<eos>", "a", "the", "it", "we", "quick", "brown", "fox", "jumps", "over", "my", "dog"]
FOLLOWS = {
    "<bos>": {"a": 0.36, "the": 0.30, "it": 0.12, "we": 0.10, "<eos>": 0.08},
    "a": {"fox": 0.09, "dog": 0.07, "<eos>": 0.02},
    **{word: {after: 0.72} for word, after in pairwise(WORDS[7:13])},
    "the": {"quick": 0.75},
    "my": {"dog": 0.7},
    "dog": {"<eos>": 0.75},
}


def language():
    """Log-probabilities (last word, next word); what FOLLOWS leaves over is shared equally by all other words."""
    table = np.zeros((len(WORDS), len(WORDS)))
    for row, word in enumerate(WORDS):
        for after, probability in FOLLOWS.get(word, {}).items():
            table[row, WORDS.index(after)] = probability
        free = (table[row] == 0) & (np.arange(len(WORDS)) > 1)
        table[row, free] = (1 - table[row].sum()) / free.sum()
    return np.log(table + 1e-12)


LANGUAGE = language()


def speak(prefixes):
    """What the language says after these prefixes."""
    return LANGUAGE[prefixes[:, -1]]


# %% [markdown]
# The next cell searches with beams of 1, 4 and 10, without a length penalty and with the paper's.
#
# **Predict first.** A beam of 4 finds that the fox jumps over my dog. What does a beam of 10 find, without a length
# penalty (`alpha=0`)?
#
# - **a**: the same sentence: a wider beam sees everything that a narrow one sees, so it can't do worse
# - **b**: an even better sentence
# - **c**: something that is more probable, but worse

# %% guess="beams"
# a: It does see more, and that is the problem: it also sees something with a larger sum of log-probabilities.
# b: It does find something with a larger sum of log-probabilities. But the most probable sentence is not always a good
#    one.
# c: It keeps the empty sentence, which a beam of 4 drops at the first step. The sum for this sentence has only one
#    term, and every longer sentence has a smaller sum. A wider beam finds what the *model* thinks is most probable, so
#    it exposes the model's errors.
guess_beams = "c"


# %% experiment="garden_path"
def as_text(ids):
    return " ".join(WORDS[i] for i in ids)


with when_written(), predicted("beams", guess_beams):
    for alpha in (0.0, 0.6):
        print(f"alpha = {alpha}")
        for size in (1, 4, 10):
            ids, _ = beam_search(speak, 1, 2, size, 12, alpha)
            total = sum(LANGUAGE[before, after] for before, after in pairwise([1, *ids]))
            print(f"  beam of {size:>2}: {as_text(ids):<58} log p = {total:5.2f}")

# %% [markdown]
# The beam of 1 takes "a", the best first word, and can't go back. The beam of 4 keeps "the" long enough to find the
# good sentence. And the beam of 10 finds something *more probable* that is worse: the empty sentence. At the first step
# `<eos>` is only the fifth best, so a narrow beam drops it. A wide beam keeps it. Its sum has a single term, and the
# sum of every longer sentence is smaller. This is not a bug in your code. Real models do it, too: the model gives the
# empty sentence too much probability, and a small beam hides that error. Here, the length penalty is enough to bring
# the fox back.
#
# ### What the beam has seen
#
# The next cell records the prefixes that your search asked about and prints them as a tree. Each line is a hypothesis
# that was live; the ones that extend it are indented below it.

# %% experiment="tree"
with when_written():
    asked = []

    def watched(prefixes):
        asked.extend(tuple(int(i) for i in prefix) for prefix in prefixes)
        return speak(prefixes)

    beam_search(watched, 1, 2, 3, 5)

    def draw(prefix, depth=0):
        print("    " * depth + WORDS[prefix[-1]])
        for longer in asked:
            if longer[:-1] == prefix:
                draw(longer, depth + 1)

    draw((1,))

# %% [markdown] question="length_penalty" minutes=8
# {question: why long sentences are punished}
#
# **(a)** A model gives every right token the probability 0.8. How probable is a perfect sentence of 5 tokens, and one
# of 25? If you compare sums, how small must the probability of starting with `<eos>` be for the empty sentence to lose
# against the one of 25 tokens? **(b)** With $\alpha = 1$ and without the 5 and the 6, the score would be the mean
# log-probability of a token. What would such a search prefer that you do not want?
#
# ### BEGIN SOLUTION
# **(a)** $0.8^5 = 0.33$ and $0.8^{25} = 0.0038$. The empty sentence loses only if `<eos>` has a probability below
# 0.0038 at the first step. A model that is a little unsure easily gives it more.
#
# **(b)** A longer sentence need not have a lower mean. Every token that is more probable than the mean so far raises
# the score, so the search would prefer sentences that go on with repetitions and empty phrases, which are very
# predictable. It would favour long sentences, as the plain sum favours short ones. The formula with $\alpha = 0.6$ lies
# in between.
#
# {marks: length_penalty}
# ### END SOLUTION

# %% number="long_sentence"
# How probable is the perfect sentence of 25 tokens? Write a number from 0 to 1, to five decimal places.
#
# 0.00378: If `<eos>` comes first with a larger probability than this, the empty sentence wins.
# 0.328: That is the sentence of 5 tokens.
# 20.0: Probabilities of tokens are multiplied, not added.
# 5.58: That is how far its log-probability is below 0. You were asked for the probability.
# otherwise: Multiply the probabilities of its 25 tokens.
number_long_sentence = 0.00378
check_number("long_sentence", number_long_sentence)

# %% [markdown]
# ## A different sentence each time
#
# A translation should be right. A story should not be the same every time, so its tokens are drawn at random: they are
# *sampled*. But even a good model gives a little probability to each of thousands of tokens that make no sense, and
# that adds up. So the least likely tokens are cut off first.
#
# {exercise: next_token_distribution}
#
# **Deliver** the function `next_token_distribution`.
#
# | argument | shape or type | meaning |
# |---|---|---|
# | `logits` | `(..., vocab)`, float64 | the model's scores, before the softmax |
# | `temperature` | `float` | divides the logits; with 0 the best token gets the probability 1 |
# | `top_k` | `int`, at least 1, or `None` | how many of the best tokens are kept |
# | `top_p` | `float` above 0, at most 1, or `None` | keep as few of the best tokens as add up to at least this |
# | *returns* | `(..., vocab)`, float64 | probabilities: 0 for tokens that were cut, and the others add up to 1 |
#
# Apply the three in the order of the table. `top_p` looks at the tokens that `top_k` kept, after their probabilities
# were made to add up to 1 again. The token with which the sum reaches `top_p` is kept, so at least one always is. A
# `top_k` larger than the vocabulary keeps all tokens. If several tokens are equally good, any of them may count as the
# better one. Don't change `logits`.
#
# **In numbers**, with the probabilities 0.4, 0.1, 0.3, 0.15, 0.05 at temperature 1: `top_k=2` keeps 0.4 and 0.3, which
# become 0.57 and 0.43. `top_p=0.6` keeps the same two: 0.4 is not enough, 0.7 is. With both `top_k=2` and `top_p=0.5`,
# 0.57 is enough, so only the first token is kept.
#
# > **The paper does not say** anything about sampling, since it always searches for the best output. `top_p` comes from
# > Holtzman et al. (2020), "The Curious Case of Neural Text Degeneration".
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The temperature changes the logits; the two cuts set probabilities to 0. After each cut, divide by the sum.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Temperature 0: a 1 for the best token of each row. Otherwise take the softmax of logits / temperature. Sort each row,
# largest first. Set everything after the k-th to 0 and normalise. Add up from the left; a token is kept if the sum
# *before* it is below `top_p`. Put everything back into its place and normalise.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `np.cumsum(p) < top_p` drops the token with which the sum reaches `top_p`: compare `cumsum - p`. And subtract the
# largest logit before `np.exp`; this matters most when the temperature is small.
#
# </details>


# %% exercise="next_token_distribution" minutes=15 difficulty=3 importance=4
def next_token_distribution(
    logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    """Probabilities (..., vocab) of the next token, after temperature, top_k and top_p, in this order."""
    ### BEGIN SOLUTION
    largest = logits.max(axis=-1, keepdims=True)
    if temperature == 0:
        first = np.argmax(logits, axis=-1)[..., None]
        return (np.arange(logits.shape[-1]) == first).astype(float)
    p = np.exp((logits - largest) / temperature)
    p /= p.sum(axis=-1, keepdims=True)
    for limit, kind in ((top_k, "k"), (top_p, "p")):
        if limit is not None:
            order = np.argsort(p, axis=-1)[..., ::-1]
            ordered = np.take_along_axis(p, order, axis=-1)
            before = np.arange(p.shape[-1]) if kind == "k" else np.cumsum(ordered, axis=-1) - ordered
            back = np.argsort(order, axis=-1)
            p = np.take_along_axis(np.where(before < limit, ordered, 0), back, axis=-1)
            p /= p.sum(axis=-1, keepdims=True)
    return p
    ### END SOLUTION


# %% check="next_token_distribution"
check("next_token_distribution")

# %% experiment="distributions"
with when_written():
    five = np.log([0.4, 0.1, 0.3, 0.15, 0.05])
    assert np.allclose(next_token_distribution(five, top_k=2), [4 / 7, 0, 3 / 7, 0, 0])
    assert np.allclose(next_token_distribution(five, top_k=2, top_p=0.5), [1, 0, 0, 0, 0])
    names, four = ["cat", "mat", "dog", "hat"], np.log([0.45, 0.1, 0.3, 0.15])
    settings = {
        "temperature 0.3": {"temperature": 0.3},
        "as it is": {},
        "temperature 2": {"temperature": 2.0},
        "top_k 2": {"top_k": 2},
        "top_p 0.8": {"top_p": 0.8},
    }
    found = {name: next_token_distribution(four, **options) for name, options in settings.items()}
    shares({name: dict(zip(names, p.tolist(), strict=True)) for name, p in found.items()}, "What may come next")

# %% [markdown]
# ## Never do the same work twice
#
# After 100 tokens, your model sends all 100 through the decoder to find the next one. But 99 of them were there before,
# and nothing about them has changed: the causal mask keeps them from seeing later tokens. All that the new token needs
# from the old ones is their keys and values, in every layer. So keep these in a *cache*.
#
# {exercise: CachedDecoder}
#
# **Deliver** the class `CachedDecoder`. It does not have to be a `torch.nn.Module`.
#
# > *The paper:* "self-attention layers in the decoder allow each position in the decoder to attend to all positions in
# > the decoder up to and including that position." (section 3.2.3)
#
# | method | argument | returns |
# |---|---|---|
# | `CachedDecoder(model)` | a `Transformer` in evaluation mode, float32 or float64 | |
# | `start(src)` | `(batch, src_tokens)` int64 | nothing; encodes the source and keeps the memory's keys and values |
# | `step(tokens)` | `(batch,)` int64, the newest tokens | the logits `(batch, vocab)` that follow |
# | `reorder(indices)` | `(any number,)` int64 | nothing; from now on, row $i$ continues the old row `indices[i]` |
#
# `step` returns what `model.decode` would return for the newest position, given all tokens so far. But in each step,
# each linear map of the decoder sees only *one* token per sequence, and the source is encoded once, in `start`. Each
# call of `start` begins anew. The first token of a sentence is never padding. Nobody asks for gradients, so you may use
# `torch.no_grad()`, but you need not. `reorder` is for beam search: rows may repeat or disappear, even before the first
# step.
#
# The parts of the model have these names:
#
# | part | what you need from it |
# |---|---|
# | `model.encode(src)` | the memory |
# | `model.tgt_embedding(ids)` | the embeddings, scaled by $\sqrt{d_\text{model}}$ |
# | `model.positional_encoding(x)` | adds row $t$ of the table to token $t$ of `x`, counted from 0 |
# | `model.decoder.layers` | each has `self_attention`, `cross_attention`, `feed_forward`, and three residuals |
# | `attention.w_q`, `w_k`, `w_v`, `w_o`, `num_heads` | the linear maps and the number of heads of an attention |
# | `layer.residual1(x, sublayer)`, and 2 and 3 | `norm(x + sublayer(x))` |
# | `model.output(x)` | logits |
# | `model.pad_id` | the padding id: hide such keys, in the source and among the tokens so far |
#
# **In numbers**, with 2 heads and $d_\text{model} = 8$: after three steps with 5 sentences, the cached keys of a layer
# are `(5, 2, 3, 4)`. The fourth token adds one query, `(5, 2, 1, 4)`, and one key. Now the keys are `(5, 2, 4, 4)`, and
# the scores `(5, 2, 1, 4)`. You need no causal mask, because the cache holds no later tokens.
#
# > **The paper does not say** any of this, though its authors' code did it. A cache changes the time that decoding
# > takes, not its result.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Write out the layer for one token. Project it to a query, a key and a value, and append the key and the value to the
# cache. Attend to the cache, then to the memory, with the keys and values from `start`. Then apply the feed-forward
# network.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# `start`: encode; for each layer, apply `w_k` and `w_v` of `cross_attention` to the memory and split into heads; empty
# the caches. `step`: embed; add the position; for each layer the three sublayers, each in its residual connection;
# output map. `reorder`: index every array that has a row for each sentence.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `model.positional_encoding` always treats a single token as position 0. Give it $t + 1$ rows of zeros, of the
# embedding's dtype, and take the last. The padding masks have a row for each sentence, too, so reorder them. And the
# target's padding mask grows with each token.
#
# </details>


# %% exercise="CachedDecoder" minutes=35 difficulty=4 importance=4
class CachedDecoder:
    """Decodes one token at a time, and remembers the keys and values of the earlier ones."""

    def __init__(self, model) -> None:
        ### BEGIN SOLUTION
        self.model = model
        ### END SOLUTION

    def start(self, src: torch.Tensor) -> None:
        """Encode the source (batch, src_tokens), and forget all earlier tokens."""
        ### BEGIN SOLUTION
        memory = self.model.encode(src)
        self.hidden = src == self.model.pad_id
        self.paddings = []  # for each token so far, which rows had padding there
        self.past = [([], []) for _ in self.model.decoder.layers]  # keys and values, one by one
        self.fixed = []
        for layer in self.model.decoder.layers:
            attention = layer.cross_attention
            self.fixed.append([self.in_heads(attention, part(memory)) for part in (attention.w_k, attention.w_v)])
        ### END SOLUTION

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """The logits (batch, vocab) after all tokens so far, of which `tokens` (batch,) are the newest."""
        ### BEGIN SOLUTION
        place = len(self.paddings)
        self.paddings.append(tokens == self.model.pad_id)
        x = self.model.tgt_embedding(tokens.unsqueeze(1))
        x = x + self.model.positional_encoding(torch.zeros(1, place + 1, x.shape[-1], dtype=x.dtype))[:, place:]
        own_hidden = torch.stack(self.paddings, dim=1)
        for layer, (keys, values), (memory_keys, memory_values) in zip(
            self.model.decoder.layers, self.past, self.fixed, strict=True
        ):
            own, cross = layer.self_attention, layer.cross_attention
            keys.append(self.in_heads(own, own.w_k(x)))
            values.append(self.in_heads(own, own.w_v(x)))
            k, v = torch.cat(keys, dim=2), torch.cat(values, dim=2)
            x = layer.residual1(x, lambda y, a=own, k=k, v=v: self.attend(a, y, k, v, own_hidden))
            x = layer.residual2(
                x, lambda y, a=cross, k=memory_keys, v=memory_values: self.attend(a, y, k, v, self.hidden)
            )
            x = layer.residual3(x, layer.feed_forward)
        return self.model.output(x).squeeze(1)
        ### END SOLUTION

    def reorder(self, indices: torch.Tensor) -> None:
        """Keep these rows, (any number,): row i continues the old row indices[i]."""
        ### BEGIN SOLUTION
        self.hidden = self.hidden[indices]
        self.paddings = [padding[indices] for padding in self.paddings]
        self.past = [([k[indices] for k in keys], [v[indices] for v in values]) for keys, values in self.past]
        self.fixed = [[part[indices] for part in both] for both in self.fixed]

    def in_heads(self, attention, x):
        """(batch, tokens, d_model) to (batch, heads, tokens, d_k)."""
        batch, tokens, _ = x.shape
        return x.view(batch, tokens, attention.num_heads, -1).permute(0, 2, 1, 3)

    def attend(self, attention, x, keys, values, hidden):
        """One query per row looks at the keys that are not hidden (batch, keys)."""
        query = self.in_heads(attention, attention.w_q(x))
        scores = torch.einsum("bhqd,bhkd->bhqk", query, keys) * keys.shape[-1] ** -0.5
        weights = torch.softmax(scores.masked_fill(hidden[:, None, None], -1e30), dim=-1)
        seen = torch.einsum("bhqk,bhkd->bqhd", weights, values)
        return attention.w_o(seen.reshape(x.shape))
        ### END SOLUTION


# %% check="CachedDecoder"
check("CachedDecoder")

# %% [markdown]
# ### What it saves
#
# The next cell counts the operations for one more token, with your cache and without it.
#
# **Predict first.** The model decodes 40 tokens with your cache, and again without it. How many times cheaper is the
# 40th token with the cache?
#
# - **a**: about 2 times: the cache saves only the keys and values, two of several maps
# - **b**: about 40 times
# - **c**: about $40^2 = 1600$ times: attention is quadratic

# %% guess="cost"
# a: It saves more than keys and values. The old tokens don't have to go through the decoder again at all: no queries,
#    no feed-forward network, no output map.
# b: Without the cache, 40 tokens go through the decoder to get one new token. With the cache, only one does. The factor
#    is a little above 40, because the memory's keys and values are not computed again either.
# c: Even the scores are only 40 times cheaper. Without the cache, there are $40 \times 40$ of them. With it, the query
#    of the new token is still compared with 40 keys.
guess_cost = "b"

# %% experiment="cost"
with when_written(), predicted("cost", guess_cost):
    torch.manual_seed(0)
    model = Transformer(50, 50, d_model=64, num_heads=4, num_layers=2, d_ff=256, max_len=100).eval()
    src, tgt = torch.randint(3, 50, (1, 20)), torch.randint(3, 50, (1, 40))
    cached, anew = [], []
    with torch.no_grad():
        memory, with_cache = model.encode(src), CachedDecoder(model)
        with_cache.start(src)
        for length in range(1, 41):
            with FlopCounterMode(display=False) as counter:
                ours = with_cache.step(tgt[:, length - 1])
            cached.append(counter.get_total_flops() / 1e6)
            with FlopCounterMode(display=False) as counter:
                theirs = model.decode(tgt[:, :length], memory, src)[:, -1]
            anew.append(counter.get_total_flops() / 1e6)
            assert (ours - theirs).abs().max() < 1e-4
    millions = {"with your cache": np.array(cached), "all tokens anew": np.array(anew)}
    curves(range(1, 41), {"Millions of operations for one more token": millions}, x_label="tokens so far")
    for name, place in (("the first token", 0), ("the 40th token", 39)):
        print(f"{name}: {anew[place] / cached[place]:.1f} times cheaper")
    print(f"all 40 together: {sum(anew) / sum(cached):.1f} times cheaper")

# %% [markdown]
# The logits are the same, and the cost of a token hardly grows any more. Even the first token is cheaper, because the
# memory's keys and values are already there. The cache itself takes memory: two numbers for each feature, layer and
# token. For large models with long contexts, storing and reading this cache is a large part of what an answer costs.
#
# ## How many mistakes?
#
# Is the answer right? For a date there is one right answer, and you can count how many changes would lead to it.
#
# {exercise: edit_distance}
#
# **Deliver** the function `edit_distance`: the smallest number of insertions, deletions and substitutions of single
# tokens that turn `a` into `b`. Each costs 1.
#
# | argument | type | meaning |
# |---|---|---|
# | `a`, `b` | sequences: strings, lists, tuples | of any tokens that can be compared with `==`; may be empty |
# | *returns* | `int` | the distance |
#
# Let $d_{i,j}$ be the distance between the first $i$ tokens of $a$ and the first $j$ of $b$. Then $d_{i,0} = i$,
# $d_{0,j} = j$, and
#
# $$d_{i,j} = \min\left(d_{i-1,j} + 1,\quad d_{i,j-1} + 1,\quad d_{i-1,j-1} + [a_i \ne b_j]\right)$$
#
# A bracket such as $[a_i \ne b_j]$ is 1 where it is true, and 0 elsewhere.
#
# **In numbers**, from `cat` to `act`:
#
# | | | a | c | t |
# |---|---|---|---|---|
# | | 0 | 1 | 2 | 3 |
# | **c** | 1 | 1 | 1 | 2 |
# | **a** | 2 | 1 | 2 | 2 |
# | **t** | 3 | 2 | 2 | 2 |
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Fill the table row by row. Each entry needs its neighbours above, on the left, and diagonally above on the left.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# The first row is 0, 1, 2, …. For each token of a, start a new row with the number of that row; for each token of b,
# append the minimum of the three. The last entry of the last row is the answer.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The first row and the first column are not zeros: if they were, an empty sequence would have the distance 0 to every
# sequence.
#
# </details>


# %% exercise="edit_distance" minutes=10 difficulty=2 importance=3
def edit_distance(a, b) -> int:
    """The fewest insertions, deletions and substitutions that turn a into b."""
    ### BEGIN SOLUTION
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = table[i - 1, j - 1] + (0 if a[i - 1] == b[j - 1] else 1)
            table[i, j] = min(replaced, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return int(table[len(a), len(b)])
    ### END SOLUTION


# %% check="edit_distance"
check("edit_distance")

# %% [markdown]
# {exercise: error_rate}
#
# **Deliver** the function `error_rate`: the sum of the distances of all pairs, divided by the sum of the reference
# lengths. If the tokens are sounds, this is called the *phoneme error rate*; if they are words, the *word error rate*.
#
# | argument | type | meaning |
# |---|---|---|
# | `references` | list of sequences | what is right; a reference may be empty, but not all of them |
# | `hypotheses` | list of sequences | what the model said, in the same order; a hypothesis may be empty, too |
# | *returns* | `float` | 0 if everything is right; may be above 1 |
#
# **In numbers**: the references `abcd` and `xy`, the hypotheses `abd` and `yx`: distances 1 and 2, lengths 4 and 2, so
# $3 / 6 = 0.5$. The mean of the two rates would be $(1/4 + 2/2) / 2 = 0.625$, since it gives the short pair the same
# weight as the long one.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Two sums, one division at the end.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Add up `edit_distance` over the pairs; add up the lengths of the references; divide.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Divide by the *reference* lengths. With the hypotheses' lengths, a superfluous token would cost less than
# a missing one.
#
# </details>


# %% exercise="error_rate" minutes=3 difficulty=1 importance=3
def error_rate(references: list, hypotheses: list) -> float:
    """Σ edit distances / Σ reference lengths."""
    ### BEGIN SOLUTION
    edits, tokens = 0, 0
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        edits += edit_distance(reference, hypothesis)
        tokens += len(reference)
    return edits / tokens
    ### END SOLUTION


# %% check="error_rate"
check("error_rate")

# %% [markdown]
# ## When there is more than one right answer
#
# A sentence can be translated in many ways, and two good translations may be many edits apart. BLEU asks something
# weaker: how many runs of one to four tokens of the output also occur in a reference?
#
# {exercise: bleu}
#
# **Deliver** the function `bleu`.
#
# > *The paper:* "On the WMT 2014 English-to-German translation task, the big transformer model (Transformer (big) in
# > Table 2) outperforms the best previously reported models (including ensembles) by more than 2.0 BLEU" (section 6.1)
#
# | argument | type | meaning |
# |---|---|---|
# | `references` | list of lists of token lists | `references[i]`: one or more translations of sentence $i$ |
# | `hypotheses` | list of token lists | what the model said, in ids or words; a hypothesis may be empty |
# | `max_n` | `int` | the longest n-gram, by default 4 |
# | *returns* | `float` | 0 to 100 |
#
# For each $n$ from 1 to `max_n`, count over the **whole corpus**, that is, over all sentences together:
#
# $$p_n = \frac{\text{n-grams of the hypotheses that are in a reference}}{\text{n-grams of the hypotheses}}$$
#
# In a sentence, an n-gram may match only as often as it occurs in a reference. If there are several references, the one
# in which it occurs most often counts. Then
#
# $$\mathrm{BLEU} = 100 \cdot \min\left(1, e^{1 - r/c}\right) \cdot \left(p_1\, p_2 \cdots p_N\right)^{1/N}$$
#
# where $N$ is `max_n` and $c$ is the total length of all hypotheses. $r$ adds up one reference length per sentence: the
# one closest to the length of the hypothesis (of two equally close ones, the shorter). If some $p_n$ is 0, or if the
# hypotheses have no n-grams of some length, BLEU is 0.
#
# **In numbers**: the reference *the cat sat on the mat*, the output *the cat sat on a mat*.
#
# | n | n-grams of the output | of which match | $p_n$ |
# |---|---|---|---|
# | 1 | 6 | 5: all but *a* | 5/6 |
# | 2 | 5 | 3: *the cat, cat sat, sat on* | 3/5 |
# | 3 | 4 | 2: *the cat sat, cat sat on* | 2/4 |
# | 4 | 3 | 1: *the cat sat on* | 1/3 |
#
# The product is 1/12, and its fourth root is 0.537. Both sentences have six tokens, so the factor with $r$ and $c$, the
# *brevity penalty*, is 1. BLEU is 53.7.
#
# > **The paper does not say** how its text was cut into tokens for BLEU, and that alone can change the number by more
# > than 1. That is why the library `sacrebleu` exists. Your function gives the same numbers as it does with
# > `tokenize="none"` and `smooth_method="none"`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# `Counter` does most of it: `found & known` takes the smaller count of each n-gram, `a | b` the larger.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For every sentence and every n: count the n-grams of the output (`found`) and of each reference; `limit` is the union
# of the references' counters; add the size of `found & limit` to the matches of n, and the size of `found` to its
# totals. Add up c and r on the way. At the end: precisions, geometric mean, brevity penalty.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Add up the counts over the corpus *before* you divide. A sentence shorter than n simply adds no n-grams. And a
# precision of 0 has no logarithm.
#
# </details>


# %% exercise="bleu" minutes=20 difficulty=3 importance=4
def bleu(references: list, hypotheses: list, max_n: int = 4) -> float:
    """Corpus BLEU in 0 to 100, without smoothing."""
    ### BEGIN SOLUTION
    product, said, closest = 1.0, sum(map(len, hypotheses)), 0
    for several, hypothesis in zip(references, hypotheses, strict=True):
        closest += sorted((abs(len(one) - len(hypothesis)), len(one)) for one in several)[0][1]
    for n in range(1, max_n + 1):
        right = total = 0
        for several, hypothesis in zip(references, hypotheses, strict=True):
            counts = Counter(zip(*(hypothesis[i:] for i in range(n)), strict=False))
            for ngram, count in counts.items():
                allowed = max(sum(tuple(one[i : i + n]) == ngram for i in range(len(one) - n + 1)) for one in several)
                right += min(count, allowed)
                total += count
        if right == 0:
            return 0.0
        product *= right / total
    brevity = 1.0 if said >= closest else float(np.exp(1 - closest / said))
    return 100 * brevity * product ** (1 / max_n)
    ### END SOLUTION


# %% check="bleu"
check("bleu")

# %% [markdown]
# ### Four outputs
#
# Here are four outputs for one reference.
#
# **Predict first.** The reference is *the quick brown fox jumps over the lazy dog*. Which output gets the highest BLEU?
#
# - **a**: *the quick brown fox*
# - **b**: *a fast brown fox leaps over a lazy dog*
# - **c**: *the lazy dog jumps over the quick brown fox*
# - **d**: *the quick brown fox does not jump over the lazy dog*

# %% guess="best_bleu"
# a: Every run of words in it is also in the reference. But it is far too short, and the brevity penalty takes away more
#    than two thirds of its BLEU.
# b: It means nearly the same as the reference, but the two have no run of three or four words in common, so its BLEU is
#    0.
# c: It has the right words, the right length, and one run of four words in common with the reference. BLEU does not
#    notice that the dog now jumps over the fox.
# d: It has two runs of four words in common with the reference and comes second, because three of its words are not
#    in the reference. BLEU does not notice that it says the opposite.
guess_best_bleu = "c"

# %% experiment="four_outputs"
REFERENCE = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
OUTPUTS = {
    "a": "the quick brown fox",
    "b": "a fast brown fox leaps over a lazy dog",
    "c": "the lazy dog jumps over the quick brown fox",
    "d": "the quick brown fox does not jump over the lazy dog",
}

with when_written(), predicted("best_bleu", guess_best_bleu):
    assert round(bleu([[list("abcdae")]], [list("abcdfe")]), 1) == 53.7  # as in the table: one letter for each word
    scores = {name: bleu([[REFERENCE]], [text.split()]) for name, text in OUTPUTS.items()}
    for name in sorted(scores, key=scores.get, reverse=True):
        print(f"{scores[name]:5.1f}   {name}: {OUTPUTS[name]}")

# %% [markdown]
# In c the dog jumps over the fox, and d says the opposite of the reference. Both are far ahead of b, which means almost
# the same as the reference and gets 0. BLEU sees runs of tokens, not meaning. Over thousands of sentences it can still
# tell good systems from bad ones, most of the time. It says little about a single sentence.

# %% [markdown] question="corpus_bleu" minutes=8
# {question: an average of BLEUs is not BLEU}
#
# **(a)** A friend computes BLEU for each sentence and takes the average. Give two reasons why this is a different
# number, one of them with an example. **(b)** Two systems are compared: one was measured on words, the other on the
# tokens of byte-pair encoding (BPE, unit 8), both with your function. Whose number is likely to be larger, and why does
# it prove nothing?
#
# ### BEGIN SOLUTION
# **(a)** Many single sentences have no 4-gram in common with their reference, or are shorter than four tokens: each of
# them counts 0, however good its words are. In corpus BLEU their n-grams simply join the sums: a sentence of three
# right tokens has BLEU 0 alone, but in a corpus it raises $p_1$, $p_2$ and $p_3$. And the average gives each sentence
# the same weight, while corpus BLEU gives each n-gram the same weight, so a long sentence counts for more. (Also right:
# in the average, the brevity penalty is applied per sentence, so a long sentence cannot make up for a short one.)
#
# **(b)** The one on BPE tokens: a wrong word may still share parts with the right one, and a right word can give
# several matching tokens in a row, so long n-grams match more easily. The two numbers count different things. You can
# compare BLEU only if the text is cut in the same way and the test set is the same.
#
# {marks: corpus_bleu}
# ### END SOLUTION

# %% [markdown]
# ## Watch your model read
#
# At the end, your own Transformer reads a date, and you watch where it looks. It is built from what you wrote in units
# 1 to 7, as far as that passes its checks; a message tells you which parts are yours. The next cell makes dates as
# people write them, and defines how the model is trained to write each one as year-month-day. The last cell trains it,
# which takes half a minute on a fast machine and a few minutes on a slow one.


# %% experiment="date_reader"
from datetime import date, timedelta
from functools import cache
from random import Random
from string import ascii_lowercase

from torch import nn

from autograder import own_work
from autograder.figures import heatmaps

MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october"]
MONTHS += ["november", "december"]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WAYS = (
    "{d} {month} {y}",
    "{month} {d}, {y}",
    "{d} {month:.3} {y}",
    "{month:.3} {d}, {y}",
    "{weekday}, {d} {month} {y}",
    "{weekday:.3} {d} {month:.3} {y}",
    "{d}.{m}.{y}",
    "{y}/{m:02}/{d:02}",
)
SYMBOLS = ["<pad>", "<bos>", "<eos>", *"0123456789 ,./-", *ascii_lowercase]
LONGEST = 40


def dated(count, seed):
    """Ids of `count` dates as people write them, and of the ISO dates to write, with <bos> and <eos>."""
    draw, written, iso = Random(seed), [], []
    for _ in range(count):
        day = date(1900, 1, 1) + timedelta(draw.randrange(73000))
        names = {"month": MONTHS[day.month - 1], "weekday": WEEKDAYS[day.weekday()]}
        written.append(draw.choice(WAYS).format(d=day.day, m=day.month, y=day.year, **names))
        iso.append(["<bos>", *day.isoformat(), "<eos>"])
    return as_ids(written), as_ids(iso)


def as_ids(texts):
    """The ids of the symbols of each text, padded on the right: (texts, longest)."""
    rows = [torch.tensor([SYMBOLS.index(symbol) for symbol in text]) for text in texts]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)


@cache
def date_reader(steps=600):
    """A small Transformer of your own, trained to read dates."""
    torch.manual_seed(0)
    model = own_work.Transformer(
        len(SYMBOLS), len(SYMBOLS), d_model=64, num_heads=4, num_layers=1, d_ff=128, dropout=0.0, max_len=LONGEST
    )
    for name, parameter in model.named_parameters():
        if name.endswith("embedding.weight"):
            nn.init.normal_(parameter, std=64**-0.5)
        elif parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    for step in range(1, steps + 1):
        src, tgt = dated(48, seed=step)
        for group in adam.param_groups:
            group["lr"] = 4e-3 * min(step / 100, (steps - step) / (steps - 100))
        logits = model(src, tgt[:, :-1]).transpose(1, 2)
        loss = nn.functional.cross_entropy(logits, tgt[:, 1:], label_smoothing=0.1)
        adam.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
    return model.eval()


# %% [markdown]
# **Type a date**, as you would write it in English, and predict: which letters of the month does the model look at when
# it writes the month? Does it look at the day of the week at all? Then run both cells. If you change the date, run them
# again; the trained model is kept.

# %% experiment="your_date"
YOUR_DATE = "Thursday, 5 March 1987"


# %% experiment="watch_it_read"
def readable(text):
    """The text in lower case, without symbols that the model has never seen; at most LONGEST symbols."""
    known = [letter for letter in text.lower() if letter in SYMBOLS]
    if len(known) < len(text):
        print("The model knows only a to z, digits, spaces and , . / - so the rest of your text is left out.")
    if len(known) > LONGEST:
        print(f"The model has positions for only {LONGEST} symbols, so the rest of your text is left out.")
    return known[:LONGEST]


def watch(model, letters):
    """Print each symbol as it is written, how sure the model is, and where it looks; return both."""
    looked, src, tgt = [], as_ids([letters]), torch.tensor([[1]])
    hook = model.decoder.layers[-1].cross_attention.register_forward_hook(
        lambda _, __, output: looked.append(output[1][0, :, -1])
    )
    print(f"writes  how sure  looks at      {''.join(letters)}")
    with torch.no_grad():
        memory = model.encode(src)
        while tgt.shape[1] < 13 and tgt[0, -1] != 2:
            p = next_token_distribution(model.decode(tgt, memory, src)[0, -1].double().numpy())
            tgt = torch.cat((tgt, torch.tensor([[p.argmax()]])), dim=1)
            mean = looked[-1].mean(dim=0)
            shades = "".join(" ░▒▓█"[min(4, int(8 * weight))] for weight in mean)
            print(f"{SYMBOLS[p.argmax()]:>6}  {p.max():8.0%}  {letters[mean.argmax()]!r:<12}  {shades}")
    hook.remove()
    return [SYMBOLS[i] for i in tgt[0, 1:]], torch.stack(looked, dim=1)


with when_written():
    next_token_distribution(np.zeros(2)).sum()  # if it gives no array yet, stop before the training
    letters = readable(YOUR_DATE) or list("5 march 1987")
    said, looked = watch(date_reader(), letters)
    print(f"\n{''.join(letters)} is {''.join(said).removesuffix('<eos>')}")
    heads = {"row_label": "the model writes", "column_label": "and looks at"}
    heatmaps([looked.mean(dim=0)], ["mean of the four heads"], rows=said, columns=letters, **heads)
    heatmaps(list(looked[:2]), ["first head", "second head"], rows=said, columns=letters, **heads)

# %% [markdown]
# Nobody told the model what a month is. Try a date in another order, one with a spelling mistake, the 31st of February,
# or a format that it has never seen. When it is wrong, is it less sure? And why is it hardly ever more than 90 to 93 %
# sure, however clear the date is? (You know the answer from unit 9: it was trained with label smoothing.)

# %% [markdown]
# ## What you have now
#
# Your decoder finds good sentences, samples sensible ones and does no work twice, and you can measure the results. With
# units 8 and 9, you have all the main steps from a file of text to a table of results.
#
# **New in this unit:** you can train a Transformer that reads dates as people write them, let it look for the best
# whole answer instead of the best next token, and put a number on how good it is.
#
# If you have half an hour left, try one of these, with the tools from above:
#
# - Put two of your pieces together: a beam search that calls `CachedDecoder.step`, then `reorder` to follow the
#   hypotheses that it kept.
# - Stop the beam search as soon as no live hypothesis can win any more. First prove that the answer stays the same. For
#   which alpha does it?
# - Sample sentences from the small language at several temperatures. From which temperature on do they make no sense?
# - Write a test of `beam_search`. It should find a mistake that the check here misses. Which mistake would it be?
