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
# # 7 · Transformer
#
# *Sections 3 and 3.4 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# You have all the parts. What is left is figure 1: which part follows which, who may see whom, and how words become
# vectors and vectors become words again. It is little code, and yet a surprising number of published models get some of
# it wrong in a way that training never shows. By the end of this notebook your model will have learned a small French
# phrase book by heart, and will write it down word by word.
#
# {exercises: 20 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: TokenEmbedding}
#
# **What is allowed.** In NumPy exercises, everything but PyTorch. In PyTorch exercises, everything except the
# ready-made answers: `nn.Transformer` and its layers, and their relatives. The next cell gives you the parts of units 1
# to 6, with the names and parameters that you know, so that an old mistake does not cost points twice. **To build on
# your own notebooks instead, write `own_work` where the cell says `blocks`**: then you get whatever you have written
# there that passes its checks, and you are told which parts these are. Your grade is the same either way.

# %%
import math
from functools import cache

import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.blocks import (
    Decoder,
    Encoder,
    PositionalEncoding,
    causal_mask,
    decoder,
    encoder,
    padding_mask,
    positional_encoding,
)
from autograder.figures import amounts, curves, heatmaps
from autograder.properties import check_number, predicted, when_written

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another

# %% [markdown]
# | you are given, in PyTorch | it does |
# |---|---|
# | `PositionalEncoding(d_model, max_len=5000, dropout=0.1)` | adds sinusoids to `(batch, tokens, d_model)`; dropout |
# | `Encoder(num_layers, d_model, num_heads, d_ff, dropout=0.1)` | called with `(x, mask)`, returns a tensor like `x` |
# | `Decoder(num_layers, d_model, num_heads, d_ff, dropout=0.1)` | with `(x, memory, tgt_mask, memory_mask)`, likewise |
#
# | you are given, in NumPy | it does |
# |---|---|
# | `positional_encoding(num_positions, d_model)` | the table `(num_positions, d_model)` |
# | `encoder(x, layers, num_heads, mask)` | as the module; `layers` is a list with a dict of weights for each layer |
# | `decoder(x, memory, layers, num_heads, tgt_mask, memory_mask)` | likewise |
# | `causal_mask(num_tokens)` | `(num_tokens, num_tokens)`, True = may attend |
# | `padding_mask(token_ids, pad_id)` | `(batch, 1, 1, keys)`, True = may attend |
#
# ## From words to vectors
#
# A model does not read words. Every word has a number, its **id**, and a sentence arrives as a row of ids. First the
# model looks up a vector for each id, in a table. The table is learned like everything else.
#
# {exercise: TokenEmbedding}
#
# **Deliver** the module `TokenEmbedding` in the next code cell.
#
# > *The paper:* "In the embedding layers, we multiply those weights by $\sqrt{d_\text{model}}$." (section 3.4)
#
# $$x_t = \sqrt{d_\text{model}} \cdot E_{\mathrm{id}_t}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `vocab_size`, `d_model` | integers, for the constructor | `int` | no |
# | `ids` | `(batch, tokens)` | int64 | no |
# | *returns* | `(batch, tokens, d_model)` | that of the table | no |
#
# The table is called `embedding`; its parameter is `embedding.weight`, of shape `(vocab_size, d_model)`, as in an
# `nn.Embedding`.
#
# **In numbers**, with $d_\text{model} = 4$, so that the root is 2: if row 2 of the table is (1, 2, 0, -1), then the id
# 2 becomes (2, 4, 0, -2), wherever it stands.
#
# > **The paper does not say** how the table is initialised, and without that you cannot tell what the root is for. The
# > written question below is about this.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# PyTorch has a table that you can index with a whole batch of ids. The rest is one multiplication.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: keep a table with a row for each id. Forward: look all ids up at once; multiply by the root of the
# length of a row.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Take the root of d_model, not of the vocabulary's size. And multiply what you looked up: if you multiply the table in
# place, it grows with every call.
#
# </details>


# %% exercise="TokenEmbedding" minutes=6 difficulty=1 importance=3
class TokenEmbedding(nn.Module):
    """x = √d_model · E[id], section 3.4; the table E is `embedding`."""

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(num_embeddings=vocab_size, embedding_dim=d_model)
        self.factor = math.sqrt(d_model)
        ### END SOLUTION

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the vectors (batch, tokens, d_model) of the ids (batch, tokens)."""
        ### BEGIN SOLUTION
        rows = self.embedding(ids)
        return self.factor * rows
        ### END SOLUTION


# %% check="TokenEmbedding"
check("TokenEmbedding")

# %% experiment="embedding_in_numbers"
with when_written():
    small = TokenEmbedding(vocab_size=3, d_model=4)
    small.load_state_dict({"embedding.weight": torch.tensor([[0.0] * 4, [1.0] * 4, [1.0, 2.0, 0.0, -1.0]])})
    print(small(torch.tensor([[2, 1, 2]])).detach())
    assert torch.equal(small(torch.tensor([[2, 1, 2]]))[0, 2], torch.tensor([2.0, 4.0, 0.0, -2.0]))

# %% [markdown]
# ### How loud is the token?
#
# Embedding and positional encoding are *added*. How much of the sum is the token, and how much is its place? Take the
# squared length as a measure. That of the encoding is $d_\text{model} / 2$, whatever the position. That of the
# embedding depends on how the table is initialised. The paper uses one matrix for both embeddings and for the map to
# the logits, and the usual choice for such a matrix is a standard deviation of $1 / \sqrt{d_\text{model}}$. Draw a
# table like this, and see what share of the sum is due to the token, with your root and without it.

# %% experiment="loudness"
with when_written():
    torch.manual_seed(0)
    sizes = [2**power for power in range(2, 11)]
    loudness = {"with the root": [], "without the root": []}
    for size in sizes:
        drawn = TokenEmbedding(vocab_size=1000, d_model=size)
        nn.init.normal_(drawn.embedding.weight, std=size**-0.5)
        places = np.square(positional_encoding(50, size)).sum(axis=-1).mean()
        for name, factor in (("with the root", 1.0), ("without the root", size**-0.5)):
            words = (factor * drawn(torch.arange(1000)[None])).square().sum(dim=-1).mean().item()
            loudness[name].append(words / (words + places))
    curves(sizes, {"Share of the token in the sum": loudness}, x_label="d_model", log2_x=True)

# %% [markdown] question="root" minutes=6
# {question: why the root of d_model?}
#
# The entries of a table have mean 0 and variance $1 / d_\text{model}$, as above. **(a)** What is the expected squared
# length of a row, with and without the factor $\sqrt{d_\text{model}}$, and what is that of the positional encoding?
# **(b)** What problem would a model have if the factor were missing? And why can a model do without the factor if its
# table starts with variance 1, the default of `nn.Embedding`?
#
# ### BEGIN SOLUTION
# **(a)** A row has $d_\text{model}$ entries of mean 0 and variance $1 / d_\text{model}$, so its expected squared length
# is $d_\text{model} \cdot 1 / d_\text{model} = 1$. With the factor every entry has variance 1, and the squared length
# is $d_\text{model}$. The encoding consists of $d_\text{model} / 2$ pairs with $\sin^2 + \cos^2 = 1$: exactly
# $d_\text{model} / 2$.
#
# **(b)** Without the factor the token's share of the sum is $1 / (1 + d_\text{model} / 2)$, which is 0.4 % at 512. At
# the start the sum says where a token stands and hardly which token it is, and training has to enlarge the table first.
# With the factor the share is $2/3$ at every width. A table that starts with variance 1 already has rows of squared
# length $d_\text{model}$, so the ratio to the encoding is of order 1 without any factor.
#
# {marks: root}
# ### END SOLUTION

# %% number="how_much_longer"
# For d_model = 512 and without the factor: the row of a position is how many times as long as the row of a token?
#
# 16: The squared lengths are 1 and 256, so the lengths are 1 and 16.
# 256: That is the ratio of the squared lengths. Take its root.
# 0.0625: That is the other way round: how long the token's row is, compared with the position's.
# 22.6: Each *pair* of features adds 1 to the squared length of the encoding, and there are 256 pairs.
# 512: That is the squared length of a token's row *with* the factor.
# otherwise: Find both squared lengths, divide one by the other, and take the root.
number_how_much_longer = 16
check_number("how_much_longer", number_how_much_longer)

# %% [markdown]
# ## The whole model
#
# {exercise: Transformer}
#
# **Deliver** the module `Transformer`, made of your `TokenEmbedding` and the parts that you are given.
#
# > *The paper:* "Here, the encoder maps an input sequence of symbol representations $(x_1, ..., x_n)$ to a sequence of
# > continuous representations $\mathbf{z} = (z_1, ..., z_n)$. Given $\mathbf{z}$, the decoder then generates an output
# > sequence $(y_1, ..., y_m)$ of symbols one element at a time." (section 3)
#
# $$\mathrm{memory} = \mathrm{Encoder}(E_\text{src}(\mathrm{src}) + PE), \qquad
# \mathrm{logits} = \mathrm{Decoder}(E_\text{tgt}(\mathrm{tgt}) + PE,\ \mathrm{memory})\, W^\top + b$$
#
# | argument of the constructor | dtype | default |
# |---|---|---|
# | `src_vocab_size`, `tgt_vocab_size` | `int` | none |
# | `d_model`, `num_heads`, `num_layers`, `d_ff` | `int` | 512, 8, 6, 2048: the paper's base model |
# | `dropout` | a number in [0, 1) | 0.1, for both stacks *and* the sums of embeddings and encodings (section 5.4) |
# | `max_len` | `int` | 5000 positions |
# | `pad_id` | `int` | 0: the id of padding, in the source and in the target |
#
# | method | takes | returns |
# |---|---|---|
# | `encode(src)` | ids `(batch, src_tokens)` | the memory `(batch, src_tokens, d_model)` |
# | `decode(tgt, memory, src)` | `(batch, tgt_tokens)`, the memory, `src` | logits `(batch, tgt_tokens, tgt_vocab)` |
# | `forward(src, tgt)` | both ids | the logits |
#
# `decode` needs `src` only to know which rows of the memory are padding.
#
# Its parts are `src_embedding`, `tgt_embedding`, `positional_encoding`, `encoder`, `decoder` and `output`, an
# `nn.Linear` with a bias. No two of them share parameters, and both sides use the one positional encoding. The logits
# are what `output` returns: no softmax. Nothing comes between the stacks and what follows them.
#
# **Three masks.** The model makes them itself, from the ids and `pad_id`:
#
# | where | which keys are visible |
# |---|---|
# | encoder | source tokens that are not padding |
# | decoder, self-attention | target tokens that are not padding **and** not later than the query |
# | decoder, attention to the memory | source tokens that are not padding |
#
# Padding may stand anywhere, even between words. It is hidden as a **key**; what a padded position itself computes is
# not graded.
#
# **In numbers.** For the target ids (5, 0, 7) and `pad_id=0`, the mask of the decoder's self-attention has the rows
# (True, False, False), (True, False, False) and (True, False, True). And here is a whole model that you can calculate
# in your head. Let $d_\text{model} = 2$, and let all parameters be 0, except for the last layer norm, whose bias is (1,
# 2), and the output map $W = \begin{pmatrix} 1 & 0 \\ 0 & 1 \\ 1 & 1 \end{pmatrix}$, $b = (0, 0, 10)$. Because all
# gains are 0, each norm returns only its bias. So each position leaves the decoder as (1, 2), and its logits are (1, 2,
# 13).
#
# > **The paper does not say** how the masks are made, nor anything about padding. It *does* share one matrix between
# > both embeddings and the output map, over a common vocabulary. We keep the three apart: two languages may have two
# > vocabularies, and shared weights would hide a whole class of mistakes. PyTorch's own `nn.Transformer` puts one more
# > layer norm after each stack; the paper has none there, and nor do we.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# `forward` is `decode` after `encode`, and each of these two has four steps: embed, add positions, make the masks, run
# the stack. Only `decode` has a fifth.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Constructor: keep pad_id and make the six parts, each with its sizes and its dropout. A method for the padding mask of
# some ids: compare, then insert two axes. Encode: look up, add positions, encoder with the source's padding mask.
# Decode: the target's padding mask and a lower triangle of True, combined with "and"; look up, add positions, decoder
# with that and with the source's padding mask; output map.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The padding mask has the shape (batch, 1, 1, keys). If you exchange the last two axes, padded queries see nothing and
# everyone still sees the padding. The triangle has the target's length, and the memory mask has the source's. `dropout`
# and `max_len` go to the positional encoding too. New tensors belong on the device of the ids.
#
# </details>


# %% exercise="Transformer" minutes=25 difficulty=3 importance=5
class Transformer(nn.Module):
    """logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) Wᵀ + b, figure 1, without the softmax."""

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        d_model: int = 512,
        num_heads: int = 8,
        num_layers: int = 6,
        d_ff: int = 2048,
        dropout: float = 0.1,
        max_len: int = 5000,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.pad_id = pad_id
        self.src_embedding = TokenEmbedding(vocab_size=src_vocab_size, d_model=d_model)
        self.tgt_embedding = TokenEmbedding(vocab_size=tgt_vocab_size, d_model=d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len=max_len, dropout=dropout)
        stack = {"num_layers": num_layers, "d_model": d_model, "num_heads": num_heads, "d_ff": d_ff}
        self.encoder = Encoder(**stack, dropout=dropout)
        self.decoder = Decoder(**stack, dropout=dropout)
        self.output = nn.Linear(in_features=d_model, out_features=tgt_vocab_size)
        ### END SOLUTION

    def encode(self, src: torch.Tensor) -> torch.Tensor:
        """Return the memory (batch, src_tokens, d_model) of the ids src (batch, src_tokens)."""
        ### BEGIN SOLUTION
        vectors = self.positional_encoding(self.src_embedding(src))
        return self.encoder(vectors, mask=self.words(src))
        ### END SOLUTION

    def decode(self, tgt: torch.Tensor, memory: torch.Tensor, src: torch.Tensor) -> torch.Tensor:
        """Return the logits (batch, tgt_tokens, tgt_vocab_size) for every position of tgt (batch, tgt_tokens).

        memory (batch, src_tokens, d_model) is what `encode` made of src (batch, src_tokens).
        """
        ### BEGIN SOLUTION
        position = torch.arange(tgt.shape[1], device=tgt.device)
        not_later = position[None, :] <= position[:, None]
        vectors = self.positional_encoding(self.tgt_embedding(tgt))
        decoded = self.decoder(vectors, memory, tgt_mask=self.words(tgt) & not_later, memory_mask=self.words(src))
        return self.output(decoded)
        ### END SOLUTION

    def forward(self, src: torch.Tensor, tgt: torch.Tensor) -> torch.Tensor:
        """Return the logits (batch, tgt_tokens, tgt_vocab_size); row t says what follows the tokens up to t."""
        ### BEGIN SOLUTION
        memory = self.encode(src)
        return self.decode(tgt, memory, src)

    def words(self, ids: torch.Tensor) -> torch.Tensor:
        """(batch, 1, 1, keys): True where an id is not padding."""
        return ids.ne(self.pad_id)[:, None, None]
        ### END SOLUTION


# %% check="Transformer"
check("Transformer")


# %% experiment="model_in_numbers"
@torch.no_grad()
def nearly_silent():
    """The model of the text: all its parameters are 0, except the last norm's bias and the output map."""
    model = Transformer(4, 3, d_model=2, num_heads=1, num_layers=1, d_ff=3).eval()
    for name, parameter in model.named_parameters():
        loud = {
            "decoder.layers.0.residual3.norm.beta": [1.0, 2.0],
            "output.weight": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
            "output.bias": [0.0, 0.0, 10.0],
        }
        parameter.copy_(torch.tensor(loud.get(name, 0.0)))
    return model


with when_written():
    answer = nearly_silent()(torch.tensor([[1, 3, 2, 0]]), torch.tensor([[1, 2]]))
    print("logits:\n", answer.detach().numpy())
    assert torch.equal(answer, torch.tensor([[[1.0, 2.0, 13.0], [1.0, 2.0, 13.0]]]))

# %% [markdown]
# ### A model that knows nothing
#
# Before any training a model should have no opinion: every word of the vocabulary is about as likely as any other, and
# the cross entropy (minus the log of the probability that the model gives to the right token; unit 9) is about $\ln V$.
# This is the cheapest test of a new model. If the loss starts much higher, the logits are too large; if it starts
# clearly *lower*, the model has seen the answer.

# %% experiment="first_loss"
with when_written():
    torch.manual_seed(0)
    print("vocabulary   ln V   loss at the start")
    for vocabulary in (10, 100, 1000, 10000):
        fresh = Transformer(vocabulary, vocabulary, d_model=64, num_heads=4, num_layers=2, d_ff=128)
        src, tgt, following = torch.randint(1, vocabulary, (3, 16, 10))
        loss = nn.functional.cross_entropy(fresh(src, tgt).flatten(0, 1), following.flatten())
        print(f"{vocabulary:10} {math.log(vocabulary):6.2f} {loss.item():19.2f}")
        assert abs(loss.item() - math.log(vocabulary)) < 0.6

# %% [markdown]
# ### Where the parameters are
#
# How many parameters does the paper's base model have, with the 37000 tokens of its English and German vocabulary, and
# which part has most of them? You need not build 400 megabytes to know: all layers are alike, and so are all rows of a
# table. So make a model with *one* layer in each stack and 1000 words, and multiply.
#
# **Predict first.** Suppose that each of the two vocabularies has its own matrix, and the output map has a third one.
# Which part of the model has the most parameters?
#
# - **a**: attention, with its 18 blocks
# - **b**: the 12 feed-forward networks
# - **c**: the three matrices for the vocabulary

# %% guess="parameters"
# a: An attention block has four maps of 512 × 512, which is about one million parameters. So 18 blocks have about 19
#    million, the fewest of the three.
# b: They have about 25 million, which is more than attention has. But a single matrix for 37 000 tokens already has 19
#    million, and there are three.
# c: Three matrices of 37 000 × 512 have 57 million parameters, more than everything else together. The paper uses one
#    matrix for all three, which saves 38 million.
guess_parameters = "c"


# %% experiment="parameters"
def millions(model, *names):
    """How many million parameters the base model has below these names, if `model` has 1 layer and 1000 words."""
    sizes = {name: p.numel() * (6 if ".layers." in name else 37) / 1e6 for name, p in model.named_parameters()}
    return sum(size for name, size in sizes.items() if any(wanted in name for wanted in names))


with when_written(), predicted("parameters", guess_parameters):
    thin = Transformer(1000, 1000, num_layers=1)
    amounts(
        {
            "embedding of the source": millions(thin, "src_embedding"),
            "embedding of the target": millions(thin, "tgt_embedding"),
            "self-attention, 12 layers": millions(thin, "self_attention"),
            "cross-attention, 6 layers": millions(thin, "cross_attention"),
            "feed-forward, 12 layers": millions(thin, "feed_forward"),
            "layer norms": millions(thin, "norm"),
            "output map": millions(thin, "output"),
        },
        "Parameters of the base model",
        "million",
    )
    both_stacks, table = millions(thin, ".layers."), millions(thin, "src_embedding")
    print(f"with three matrices for the vocabulary: {millions(thin, ''):.1f} million parameters")
    print(f"with one matrix for all three:          {both_stacks + table:.1f} million parameters")

# %% [markdown]
# The second number is for the paper's model, which shares the matrix. Its table 3 says $65 \cdot 10^6$; the vocabulary
# is given as *about* 37000 tokens, and with a few thousand more the two agree.
#
# ## One batch by heart
#
# A model that cannot learn a single batch by heart cannot learn anything. This is the second cheapest test, and nearly
# every mistake in the wiring shows in it, or in what you do next with the model. Here is a small phrase book in which
# adjectives change places. The ids 0, 1 and 2 are padding, the beginning and the end of a sentence.

# %% experiment="phrase_book"
PHRASES = {
    "the cat sleeps": "le chat dort",
    "the dog eats": "le chien mange",
    "the black cat sleeps": "le chat noir dort",
    "a white cat runs": "un chat blanc court",
    "the white dog runs": "le chien blanc court",
    "a black dog sleeps": "un chien noir dort",
    "the dog sees a black fish": "le chien voit un poisson noir",
    "a black cat eats a white fish": "un chat noir mange un poisson blanc",
}
PAD, BOS, EOS = 0, 1, 2


def word_list(sentences):
    """All words of these sentences, after the three special ones; a word's id is its place."""
    return ["<pad>", "<bos>", "<eos>", *sorted({word for sentence in sentences for word in sentence.split()})]


ENGLISH, FRENCH = word_list(PHRASES), word_list(PHRASES.values())


def to_ids(sentences, vocabulary, before=(), after=()):
    """A batch of ids (sentences, tokens), filled up with padding."""
    rows = [[*before, *map(vocabulary.index, sentence.split()), *after] for sentence in sentences]
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def to_words(ids, vocabulary):
    """One sentence of ids as text, without padding and end."""
    return " ".join(vocabulary[i] for i in ids if i not in (PAD, EOS))


with when_written():
    book_src = to_ids(PHRASES, ENGLISH)
    book_tgt = to_ids(PHRASES.values(), FRENCH, before=[BOS], after=[EOS])
    print("a source:", book_src[0].tolist(), "\na target:", book_tgt[0].tolist())

# %% [markdown]
# The target plays two roles. The decoder **reads** it from `<bos>` on, without its last token, and at each position has
# to **say** the token that comes next:
#
# | | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | reads | `<bos>` | le | chat | dort |
# | says | le | chat | dort | `<eos>` |
#
# > *The paper:* "This masking, combined with fact that the output embeddings are offset by one position, ensures that
# > the predictions for position $i$ can depend only on the known outputs at positions less than $i$." (section 3.1)
#
# The next cell trains two of your models on the eight phrases, with Adam (a rule for changing the parameters; unit 9)
# and a cross entropy that ignores padding. The first one reads and says what the table shows. The second one gets *the
# same* tokens to read and to say, because someone forgot the offset.
#
# **Predict first.** What will the loss of the second model do, the one without the offset?
#
# - **a**: it stays near $\ln V$, because the task makes no sense
# - **b**: it falls, but more slowly than that of the first model
# - **c**: it falls about as fast as that of the first model, or faster

# %% guess="offset"
# a: The task is easy for the optimizer: the token to say is the same as the token that was read, and the model quickly
#    learns to copy it.
# b: Copying is easier than translating, so the loss does not fall more slowly.
# c: The second model reads the very token that it has to say, and copies it. Its loss looks perfect, but it has learned
#    no French. You will see this when it has to write by itself.
guess_offset = "c"


# %% experiment="by_heart"
@cache
def learned_by_heart(offset, steps=150):
    """Train a new model on the phrase book; return it and its loss at every step."""
    torch.manual_seed(3)
    reads, says = (book_tgt[:, :-1], book_tgt[:, 1:]) if offset else (book_tgt, book_tgt)
    model = Transformer(len(ENGLISH), len(FRENCH), d_model=32, num_heads=2, num_layers=2, d_ff=64, dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(book_src, reads).flatten(0, 1), says.flatten(), ignore_index=PAD)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.double().eval(), losses


with when_written(), predicted("offset", guess_offset):
    shown = list(range(0, 150, 6))
    losses = {
        name: np.take(learned_by_heart(offset)[1], shown)
        for name, offset in (("with the offset", True), ("without", False))
    }
    title = "Loss on the phrase book"
    curves(shown, {title: losses}, x_label="steps of Adam", levels={title: (math.log(len(FRENCH)), "ln V")})
    for name, values in losses.items():
        print(f"{name}: {values[0]:.2f} at the start, {values[-1]:.4f} at the end")
    assert losses["with the offset"][-1] < 0.05

# %% [markdown]
# Both losses go to 0. That of the model without the offset falls faster at first, and in the end the two are about
# equal. Which of the two has learned French? Keep the question in mind until you can ask the models.

# %% [markdown] question="offset" minutes=6
# {question: why is the target shifted?}
#
# **(a)** The second model reads and says the same tokens, under the same causal mask. What is the easiest way for it to
# bring its loss to 0, and does it need the source for that? **(b)** When it decodes, it is given `<bos>` and asked what
# comes next. What will it say? **(c)** Somebody suggests repairing it with a causal mask *without* its diagonal,
# leaving the tokens as they are. What can go wrong at the first position?
#
# ### BEGIN SOLUTION
# **(a)** At position $t$ it may see token $t$, and token $t$ is the answer: it only has to copy its own input, through
# the residual connections. It needs neither the source nor the earlier tokens, and learns nothing about either. **(b)**
# It has learned to repeat what it reads: `<bos>`. A decoding loop then feeds `<bos>` back, and so on until max_len.
# **(c)** The first query then sees no key at all: its row of the softmax is 0/0. That gives NaN, or an average of what
# should be hidden, depending on the implementation. (Moreover the residual connection carries token $t$ past the
# attention to its own position, so the answer is still there, diagonal or not.)
#
# {marks: offset}
# ### END SOLUTION

# %% [markdown]
# ## The same in NumPy
#
# {exercise: transformer}
#
# **Deliver** the function `transformer`: the same forward pass, from the same weights, without PyTorch.
#
# > *The paper:* "We also use the usual learned linear transformation and softmax function to convert the decoder output
# > to predicted next-token probabilities." (section 3.4) As in problem {number: Transformer}, leave the softmax out.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `src` | `(batch, src_tokens)` | int64 | no |
# | `tgt` | `(batch, tgt_tokens)` | int64 | no |
# | `weights` | the `state_dict` of a `Transformer`, as arrays | float64 | no |
# | `num_heads`, `num_layers` | integers | `int` | no |
# | `pad_id` | one integer | `int` | no, 0 if it is left out |
# | *returns* the logits | `(batch, tgt_tokens, tgt_vocab_size)` | float64 | no |
#
# The names in `weights` are dotted paths, such as `"src_embedding.embedding.weight"`, `"output.bias"` and
# `"encoder.layers.0.self_attention.w_q.weight"`. The functions `encoder` and `decoder` want a list with one dict for
# each layer, in which the names begin *after* the number: `"self_attention.w_q.weight"`. Ignore entries that you do not
# need, such as those of further layers. The function has no dropout and changes no argument.
#
# **In numbers**: the model of problem {number: Transformer} again, whose logits are (1, 2, 13) everywhere.
#
# > **The paper does not say** what weights are called. PyTorch has a good rule, which we follow in NumPy too: the name
# > of a parameter is the path to it.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# It is your module, line by line. Only the sorting of the weights is new.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each stack and each layer number: collect the entries whose names begin with that layer's path, and cut the path
# off. Embed both sides: rows of the table, times the root, plus positions. Make the masks of source and target as
# before. Then encoder, decoder, output map.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Keep the dot at the end of a path: without it, layer 1 also collects layers 10 and 11. The output map is x Wᵀ + b,
# because a weight has a row for every output. And `table *= ...` would change the caller's weights.
#
# </details>


# %% exercise="transformer" minutes=15 difficulty=3 importance=4
def transformer(
    src: np.ndarray,
    tgt: np.ndarray,
    weights: dict[str, np.ndarray],
    num_heads: int,
    num_layers: int,
    pad_id: int = 0,
) -> np.ndarray:
    """logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) Wᵀ + b, figure 1, without the softmax.

    src (batch, src_tokens) and tgt (batch, tgt_tokens) are ids; `weights` is the state dict of a Transformer. Returns
    the logits (batch, tgt_tokens, tgt_vocab_size).
    """

    ### BEGIN SOLUTION
    def below(path):
        return {name[len(path) :]: entry for name, entry in weights.items() if name.startswith(path)}

    def embed(ids, side):
        rows = weights[f"{side}_embedding.embedding.weight"][ids]
        tokens, d_model = rows.shape[1:]
        return math.sqrt(d_model) * rows + positional_encoding(tokens, d_model)

    numbers = range(num_layers)
    real_src, real_tgt = padding_mask(src, pad_id), padding_mask(tgt, pad_id)
    memory = encoder(embed(src, "src"), [below(f"encoder.layers.{n}.") for n in numbers], num_heads, real_src)
    decoded = decoder(
        embed(tgt, "tgt"),
        memory,
        [below(f"decoder.layers.{n}.") for n in numbers],
        num_heads,
        np.logical_and(real_tgt, causal_mask(tgt.shape[1])),
        real_src,
    )
    return decoded @ weights["output.weight"].T + weights["output.bias"]
    ### END SOLUTION


# %% check="transformer"
check("transformer")

# %% experiment="function_in_numbers"
with when_written():
    as_arrays = {name: entry.double().numpy() for name, entry in nearly_silent().state_dict().items()}
    answer = transformer(np.array([[1, 3, 2, 0]]), np.array([[1, 2]]), as_arrays, num_heads=1, num_layers=1)
    print("logits:\n", answer)
    assert np.allclose(answer, [[[1.0, 2.0, 13.0], [1.0, 2.0, 13.0]]])

# %% [markdown]
# ### Three models, one set of weights
#
# Your module has learned its phrase book. Give its weights to your function, and to a third model, made of PyTorch's
# own layers. You may not *use* these in an exercise, but you may *compare* with them. In their masks True means hidden,
# their three input projections are one matrix, and their stacks end without a norm, as yours do (only `nn.Transformer`
# adds one). Apart from that they are what you have built.


# %% experiment="three_models"
def in_pytorchs_words(layer, attentions):
    """The weights of one of your layers, under the names that PyTorch's own layer has for them."""
    state, found = layer.state_dict(), {}
    for ours, theirs in attentions.items():
        for kind in ("weight", "bias"):
            found[f"{theirs}.in_proj_{kind}"] = torch.cat([state[f"{ours}.w_{role}.{kind}"] for role in "qkv"])
            found[f"{theirs}.out_proj.{kind}"] = state[f"{ours}.w_o.{kind}"]
    for number in range(1, len(attentions) + 2):
        found[f"norm{number}.weight"] = state[f"residual{number}.norm.gamma"]
        found[f"norm{number}.bias"] = state[f"residual{number}.norm.beta"]
    return found | {
        f"{name}.{kind}": state[f"feed_forward.{name}.{kind}"]
        for name in ("linear1", "linear2")
        for kind in ("weight", "bias")
    }


def logits_of_pytorchs_layers(model, src, tgt):
    """PyTorch's own encoder and decoder, with your weights, between your embeddings and your output map."""
    options = {"d_model": 32, "nhead": 2, "dim_feedforward": 64, "dropout": 0.0, "batch_first": True}
    one, other = nn.TransformerEncoderLayer(**options), nn.TransformerDecoderLayer(**options)
    theirs = nn.TransformerEncoder(one, 2, norm=None), nn.TransformerDecoder(other, 2, norm=None)
    roles = {"self_attention": "self_attn"}, {"self_attention": "self_attn", "cross_attention": "multihead_attn"}
    for yours, stack, attentions in zip((model.encoder, model.decoder), theirs, roles, strict=True):
        for from_layer, to_layer in zip(yours.layers, stack.layers, strict=True):
            to_layer.load_state_dict(in_pytorchs_words(from_layer, attentions))
        stack.double().train()  # there is no dropout; in evaluation PyTorch takes a shortcut
    x, y = (model.positional_encoding(e(i)) for e, i in ((model.src_embedding, src), (model.tgt_embedding, tgt)))
    src_hidden, tgt_hidden = src == PAD, tgt == PAD
    later = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(1)
    memory = theirs[0](x, src_key_padding_mask=src_hidden)
    masks = {"tgt_key_padding_mask": tgt_hidden, "memory_key_padding_mask": src_hidden}
    return model.output(theirs[1](y, memory, tgt_mask=later, **masks))


with when_written():
    learned, _ = learned_by_heart(offset=True)
    reads = book_tgt[:, :-1]
    by_module = learned(book_src, reads).detach().numpy()
    as_arrays = {name: entry.numpy() for name, entry in learned.state_dict().items()}
    by_function = transformer(book_src.numpy(), reads.numpy(), as_arrays, num_heads=2, num_layers=2)
    by_pytorch = logits_of_pytorchs_layers(learned, book_src, reads).detach().numpy()
    words_only = reads.numpy() != PAD
    for name, logits in (("your function in NumPy", by_function), ("PyTorch's own layers", by_pytorch)):
        apart = np.abs(logits - by_module)[words_only].max()
        print(f"{name:>22} and your module: {logits.shape}, the largest difference is {apart:.1e}")
        assert apart < 1e-6

# %% [markdown]
# ## Word by word
#
# {exercise: greedy_decode}
#
# **Deliver** the function `greedy_decode`.
#
# > *The paper:* "At each step the model is auto-regressive, consuming the previously generated symbols as additional
# > input when generating the next." (section 3)
#
# $$y_t = \arg\max_y\ p(y \mid y_1, \dots, y_{t-1}, \mathrm{src})$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `model` | an `nn.Module` with `encode` and `decode`, as in {number: Transformer} | | no |
# | `src` | `(batch, src_tokens)` | int64 | no |
# | `bos_id`, `eos_id` | integers | `int` | no |
# | `max_len` | one integer, at least 1 | `int` | no |
# | `pad_id` | one integer | `int` | no, 0 if it is left out |
# | *returns* | `(batch, generated)` | integers, a tensor | no |
#
# Start every row with `bos_id` and let the model say what comes next; append its most likely token, and go on. A row
# **ends** with its first `eos_id`. The result does not contain the `bos_id` that you began with, but whatever the model
# writes stays, even `bos_id` or `pad_id`. Each row goes up to its own first `eos_id`, which is included, and is then
# filled with `pad_id`. The result is as wide as its longest row, and a row has at most `max_len` tokens.
#
# Call only `model.encode(src)`, once for each sentence, and `model.decode(tgt, memory, src)`. Do it in evaluation mode
# and without gradients, and leave the model in the mode in which you found it.
#
# **In numbers.** A parrot is a model whose most likely next token is the next token of its *source*. Let `eos_id=2` and
# `pad_id=0`. For the sources (7, 5, 2, 9) and (6, 2, 8, 8) the result is
# $\begin{pmatrix} 7 & 5 & 2 \\ 6 & 2 & 0 \end{pmatrix}$: the second row ends first, and nobody asks for a fourth token.
# With `max_len=2` it is $\begin{pmatrix} 7 & 5 \\ 6 & 2 \end{pmatrix}$.
#
# > **The paper does not say** how to decode a batch, and it does not decode greedily. It uses beam search (unit 10)
# > with a beam of 4, and allows the output 50 tokens more than the input has (section 6.1).
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Encode once. Then write a loop that appends one column at a time, and keep a boolean vector that says which rows have
# ended.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Remember the mode; switch to evaluation. Encode. Begin with a column of bos_id. While there are fewer than max_len
# generated tokens and some row has not ended: decode the whole prefix; take the largest logit of the last position;
# where a row has ended, take pad_id instead; append; note which rows have ended now. Restore the mode. Return all
# columns but the first.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The *last* position says what follows the prefix. A row that has ended stays ended: combine what you knew and what is
# new with "or". `model.train(mode)` takes True or False. And bos_id is not a generated token: do not count it.
#
# </details>


# %% exercise="greedy_decode" minutes=15 difficulty=3 importance=4
def greedy_decode(
    model: nn.Module, src: torch.Tensor, bos_id: int, eos_id: int, max_len: int, pad_id: int = 0
) -> torch.Tensor:
    """yₜ = argmax p(y | y₁ … yₜ₋₁, src): ids (batch, generated) for src (batch, src_tokens), without bos_id.

    A row goes up to its first eos_id, pad_id follows; there are at most max_len tokens.
    """
    ### BEGIN SOLUTION
    came_in_training = model.training
    model.eval()
    with torch.no_grad():
        memory = model.encode(src)
        prefix = src.new_full((src.shape[0], 1), bos_id)
        running = torch.ones_like(prefix[:, 0], dtype=torch.bool)
        while running.any() and prefix.shape[1] < max_len + 1:
            likely = model.decode(prefix, memory, src)[:, -1].argmax(dim=-1)
            said = torch.where(running, likely, pad_id)
            prefix = torch.cat([prefix, said.unsqueeze(1)], dim=1)
            running = running & (said != eos_id)
    model.train(came_in_training)
    return prefix[:, 1:]
    ### END SOLUTION


# %% check="greedy_decode"
check("greedy_decode")


# %% experiment="parrot"
class Parrot(nn.Module):
    """A model whose most likely next token is the source's next token."""

    def encode(self, src):
        """The memory of a parrot is what it has heard."""
        return src

    def decode(self, tgt, memory, src):
        """Position t says token t of the memory."""
        return nn.functional.one_hot(memory[:, : tgt.shape[1]], num_classes=10).float()


with when_written():
    heard = torch.tensor([[7, 5, 2, 9], [6, 2, 8, 8]])
    said = greedy_decode(Parrot(), heard, bos_id=1, eos_id=2, max_len=4)
    print(said)
    assert said.tolist() == [[7, 5, 2], [6, 2, 0]]
    assert greedy_decode(Parrot(), heard, bos_id=1, eos_id=2, max_len=2).tolist() == [[7, 5], [6, 2]]

# %% [markdown]
# ### Ask your models
#
# Now the two models have to write down the phrase book, from the English alone. The last two sentences are not in it.

# %% experiment="ask"
with when_written():
    asked = [*PHRASES, "the white cat eats", "a black dog runs"]
    asked_ids = to_ids(asked, ENGLISH)
    by_shifted, by_same = (
        greedy_decode(learned_by_heart(offset)[0], asked_ids, BOS, EOS, max_len=8) for offset in (True, False)
    )
    print(f"{'English':<31}{'trained with the offset':<38}without")
    for sentence, right, wrong in zip(asked, by_shifted.tolist(), by_same.tolist(), strict=True):
        print(f"{sentence:<31}{to_words(right, FRENCH):<38}{to_words(wrong, FRENCH)}")
    assert [to_words(row, FRENCH) for row in by_shifted.tolist()[: len(PHRASES)]] == list(PHRASES.values())

# %% [markdown]
# The loss of the second model was just as low, and yet it has nothing to say: in training it could read the answer.
# Look also at the first model's last two lines. Every word of these sentences was in the book, and yet the model gets
# lost, or says one of the phrases that it knows. Learning by heart tests the wiring, not the language. For the
# language, eight phrases are not enough.
#
# ### Who looked where
#
# While it writes, the decoder looks at the source. A forward hook (a function that PyTorch calls whenever a module has
# computed something, as in unit 6) hangs on the cross-attention of each layer and catches the attention weights on
# their way through. Each row below is a French word that is being said, each column an English word. In a run of ours
# *le*, *chien* and *un* looked at *the*, *dog* and *a*, as in a dictionary, while *poisson* and *noir* looked mostly at
# *dog* and *the*. Only one phrase has a dog that sees, and for a model that knows its book by heart this is enough.

# %% experiment="cross_attention"
with when_written():
    caught, (learned, _) = [], learned_by_heart(offset=True)
    hooks = [
        layer.cross_attention.register_forward_hook(lambda module, given, result: caught.append(result[1]))
        for layer in learned.decoder.layers
    ]
    english = "the dog sees a black fish"
    source = to_ids([english], ENGLISH)
    french = greedy_decode(learned, source, BOS, EOS, max_len=8)
    caught.clear()
    learned(source, torch.cat([torch.tensor([[BOS]]), french[:, :-1]], dim=1))
    for hook in hooks:
        hook.remove()
    heatmaps(
        [weights[0].mean(dim=0) for weights in caught],
        ["layer 1, mean of the heads", "layer 2, mean of the heads"],
        rows=[FRENCH[i] for i in french[0]],
        columns=english.split(),
        row_label="French word being said",
        column_label="English word looked at",
        largest=None,
    )

# %% [markdown]
# ## For a bonus: write the test
#
# Once more, you test other people's code. Unit 2 explains how such a test is graded, and what makes it catch mistakes.
#
# {exercise: test_transformer}
#
# **Deliver** the function `test_transformer(candidate)`. `candidate` is called exactly as your NumPy `transformer`.
# Your test raises `AssertionError` if the candidate is wrong, and returns if it is right.
#
# **Points.** The test is tried on {candidates: test_transformer}. Refusing a right one costs all points;
# otherwise your points are the share of wrong ones that you catch. The check below puts a few mistakes around your own
# `transformer`.
#
# The next cell draws random weights for you. Most mistakes in a whole model are about padding: on which side it is
# hidden, from whom, and whether `pad_id` is used at all. So pad some sentences of a batch and not others, on both
# sides, at the end and once in the middle of the target, and with another `pad_id`. Two things are left open. The
# logits *at* a padded target position do not count, so don't compare them. And a table of positions that was made in
# float32 counts as right: use a tolerance of `1e-4`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Your own function says what should come out. Look for the inputs on which a wrong one says something else.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Write a helper that takes the sizes and pad_id, draws ids and weights, pads some of the rows, calls your function and
# the candidate, and compares the logits where tgt is not padding, and the inputs with copies.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Vocabularies of different sizes, sources that are shorter, longer and as long as targets, one layer, two and three,
# and fewer layers than the weights hold.
#
# </details>


# %%
def draw_weights(random, src_vocab, tgt_vocab, d_model, d_ff, num_layers):
    """Random weights of a Transformer, from a generator such as np.random.default_rng(0)."""
    maps, norms = {"output": (tgt_vocab, d_model)}, []
    for number in range(num_layers):
        for stack, kinds in (("encoder", ("self",)), ("decoder", ("self", "cross"))):
            layer = f"{stack}.layers.{number}"
            attentions = [f"{layer}.{kind}_attention.w_{letter}" for kind in kinds for letter in "qkvo"]
            maps |= dict.fromkeys(attentions, (d_model, d_model))
            maps |= {f"{layer}.feed_forward.linear1": (d_ff, d_model), f"{layer}.feed_forward.linear2": (d_model, d_ff)}
            norms += [f"{layer}.residual{place}.norm" for place in range(1, len(kinds) + 2)]
    drawn = {f"{name}.weight": random.normal(size=shape) for name, shape in maps.items()}
    drawn |= {f"{name}.bias": random.normal(size=shape[0]) for name, shape in maps.items()}
    drawn |= {f"{name}.{part}": random.normal(size=d_model) for name in norms for part in ("gamma", "beta")}
    tables = {"src_embedding": src_vocab, "tgt_embedding": tgt_vocab}
    return drawn | {f"{name}.embedding.weight": random.normal(size=(rows, d_model)) for name, rows in tables.items()}


# %% exercise="test_transformer" minutes=15 difficulty=4 importance=3
def test_transformer(candidate) -> None:
    """Raise AssertionError if `candidate` is not the Transformer. It is called as transformer is."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(0)

    def compare(batch, src_tokens, tgt_tokens, num_layers, drawn_layers=0, padded=False, **other):
        drawn = draw_weights(random, 11, 13, 8, 20, drawn_layers or num_layers)
        src, tgt = random.integers(3, 11, (batch, src_tokens)), random.integers(3, 13, (batch, tgt_tokens))
        pad = other.get("pad_id", 0)
        if padded:
            src[0, -2:] = src[1, -1] = tgt[1, -2:] = tgt[0, 2] = pad
        inputs = [src, tgt, *drawn.values()]
        copies = [array.copy() for array in inputs]
        trusted = transformer(src, tgt, drawn, 2, num_layers, **other)
        for _ in range(2):
            logits = candidate(src, tgt, drawn, 2, num_layers, **other)
            assert logits.shape == trusted.shape
            np.testing.assert_allclose(logits[tgt != pad], trusted[tgt != pad], rtol=1e-4, atol=1e-4)
        assert all(map(np.array_equal, inputs, copies)), "an input was changed"

    compare(3, 5, 7, 2)
    compare(3, 5, 7, 2)  # the same sizes, other numbers
    compare(2, 7, 4, 1, drawn_layers=2)
    compare(1, 1, 1, 1)
    compare(3, 6, 6, 3, padded=True)
    compare(3, 5, 7, 2, padded=True)
    compare(3, 5, 7, 2, padded=True, pad_id=2)
    ### END SOLUTION


# %% check="test_transformer"
check("test_transformer")

# %% [markdown]
# ## What you have now
#
# You have the whole of figure 1, in PyTorch and in NumPy, with the same numbers as PyTorch's own layers; a model that
# has learned something; and a loop that lets it speak. To become a translator, it needs text turned into tokens (unit
# 8), and data, a schedule and patience: that is training (unit 9).
#
# **New in this unit:** a whole Transformer of your own learns a small phrase book and says the French for an English
# phrase.
#
# If you have an hour left, try one of these, with the models from above:
#
# - Write `own_work` into the import cell, restart the notebook and run everything again. How many parts are yours?
# - Give the phrase book's sources ten more columns of padding. Does a single logit move? Then put the padding mask on
#   the wrong axis, train again, look at the loss curve, and repeat the test.
# - Shuffle the words of an English phrase before you decode. When does the French change, and what would a model
#   without positional encoding say?
# - `greedy_decode` calls `decode` on the whole prefix at every step. How much of that work is done again and again, and
#   what would you have to keep to avoid it?
