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
# # 8 · Tokenization
#
# *Section 5.1 of "Attention Is All You Need" (Vaswani et al., 2017), and "Neural Machine Translation of Rare Words with
# Subword Units" (Sennrich et al., 2016)*
#
# Your Transformer reads numbers. Somebody has to turn text into numbers first, and the numbers that come out into text
# again. If every word got a number of its own, a word that was never seen would have none. If every letter got one,
# sentences would be very long. The paper takes the way between: common words are one token, rare ones are spelt from
# parts. At the end of this notebook you can see the parts grow, find out which languages pay more than English, and
# save half of the work that padding costs.
#
# **You are here:** units 1 to 7 built the model. Unit 8 feeds it, unit 9 trains it, unit 10 makes it speak.
#
# {exercises: 80 min, 100 with all the experiments}
#
# **How to work.** Replace each `raise NotImplementedError()` by your own code. The cell below it checks the exercise
# and says, where something differs, what should have been there. Cells that draw or calculate something *with* your
# code come after it; until the code is there they say "Not yet" and do no harm. From a terminal, in the folder of the
# course:
#
# {commands: train_bpe}
#
# **What is allowed.** Python and NumPy. This unit needs no PyTorch.
#
# | word | what it means here |
# |---|---|
# | byte | a number from 0 to 255; text in UTF-8 is a row of bytes: one for `a`, two for `ä`, three for `日` |
# | piece | a word with the blank before it; text is cut into pieces before anything else |
# | symbol | one or more bytes that stand together, such as `b" the"` |
# | merge | a pair of symbols that becomes one symbol from now on |
# | token | a symbol that the model gets as one number, its *id* |

# %%
from collections import Counter
from itertools import pairwise

import numpy as np

from autograder import check
from autograder.blocks import pieces
from autograder.figures import amounts, curves, shares
from autograder.properties import when_written

# %% [markdown]
# ## Which parts are worth a number?
#
# You are given `pieces(text)`. It cuts a text into words, each with at most one blank before it, and single white
# spaces. Joined, the pieces are the text again: nothing is lost.

# %%
print(pieces("So  she said:\n go on"))
print(list("ä日".encode()), "are the five bytes of ä日")

# %% [markdown]
# {exercise: train_bpe}
#
# **Deliver** the function `train_bpe` in the next code cell.
#
# > *The paper:* "Sentences were encoded using byte-pair encoding, which has a shared source-target vocabulary of about
# > 37000 tokens." (section 5.1)
#
# Every piece starts as its bytes. Then, again and again: count how often each pair of neighbours occurs, take the most
# frequent pair, and make it one symbol wherever it stands. What you took is a *merge*, and the list of merges is all
# that is learned.
#
# | argument | type | meaning |
# |---|---|---|
# | `text` | `str` | the text to learn from |
# | `num_merges` | `int` | how many merges to learn |
# | *returns* | `list[tuple[bytes, bytes]]` | the merges, in the order in which they were learned |
#
# Four things have to be settled, or two right programs would differ:
#
# 1. A pair never crosses from one piece into the next.
# 2. Every place where two neighbours stand counts, in every occurrence of the piece. In `aaa` the pair (`a`, `a`)
#    stands twice.
# 3. Merging goes from left to right: `aaa` becomes `aa`, `a`.
# 4. If several pairs are equally frequent, take the greater one, as Python compares tuples of bytes:
#    `(b"b", b"a") > (b"a", b"z")`.
#
# If no pair is left, there are fewer merges.
#
# **In numbers**, with the text `low low lower`. The pieces are `low`, ` low`, ` lower`:
#
# | step | the most frequent pairs | taken | the pieces afterwards |
# |---|---|---|---|
# | 1 | (`l`, `o`) and (`o`, `w`), three times each | (`o`, `w`) | `l·ow`, ` ·l·ow`, ` ·l·ow·e·r` |
# | 2 | (`l`, `ow`), three times | (`l`, `ow`) | `low`, ` ·low`, ` ·low·e·r` |
# | 3 | (` `, `low`), twice | (` `, `low`) | `low`, ` low`, ` low·e·r` |
#
# > **The paper does not say** how ties are broken, whether a mark for the end of a word is used, or that it works on
# > letters. Sennrich et al. start from letters; since GPT-2 most models start from bytes, because then no text is
# > impossible.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Keep each different piece as a list of symbols, with the number of times it occurs. One step needs two things from
# this list: the counts of all pairs, and the list again after the merge.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Count the pieces. Split each into single bytes. Repeat `num_merges` times: add up, over all pieces, the piece's count
# for each pair of neighbours; stop if there is none; take the best pair; rebuild every piece from left to right,
# joining the pair where it stands.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `max(counts, key=counts.get)` breaks ties by what was seen first. The key has to be (count, pair). `bytes([b])` is one
# byte, and iterating over `bytes` gives numbers. After a merge, step over *both* symbols.
#
# </details>


# %% exercise="train_bpe" minutes=25 difficulty=3 importance=5
def train_bpe(text: str, num_merges: int) -> list[tuple[bytes, bytes]]:
    """The pairs of symbols that are merged, in the order in which they are learned; of equal ones the greater pair."""
    ### BEGIN SOLUTION
    frequencies = Counter(pieces(text))
    spelt = {piece: [bytes([number]) for number in piece.encode("utf-8")] for piece in frequencies}
    learned = []
    for _ in range(num_merges):
        pairs = Counter()
        for piece, frequency in frequencies.items():
            for pair in pairwise(spelt[piece]):
                pairs[pair] += frequency
        if len(pairs) == 0:
            break
        _, best = max((frequency, pair) for pair, frequency in pairs.items())
        learned.append(best)
        for symbols in spelt.values():
            place = 0
            while place < len(symbols) - 1:
                if (symbols[place], symbols[place + 1]) == best:
                    symbols[place : place + 2] = [best[0] + best[1]]
                place += 1
    return learned
    ### END SOLUTION


# %% check="train_bpe"
check("train_bpe")

# %% experiment="merges_in_numbers"
with when_written():
    merges = train_bpe("low low lower", 3)
    print(merges)
    assert merges == [(b"o", b"w"), (b"l", b"ow"), (b" ", b"low")]
    assert train_bpe("aaa", 5) == [(b"a", b"a"), (b"aa", b"a")]  # no third pair is left

# %% [markdown]
# ### Watch them grow
#
# Here is a text that you may know. It is short, so your merges will know little more than it; real ones are learned
# from gigabytes.

# %%
TEXT = """
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, and
dedicated to the proposition that all men are created equal. Now we are engaged in a great civil war, testing whether
that nation, or any nation so conceived and so dedicated, can long endure. We are met on a great battle-field of that
war. We have come to dedicate a portion of that field, as a final resting place for those who here gave their lives
that that nation might live. It is altogether fitting and proper that we should do this. But, in a larger sense, we can
not dedicate, we can not consecrate, we can not hallow this ground. The brave men, living and dead, who struggled here,
have consecrated it, far above our poor power to add or detract. The world will little note, nor long remember what we
say here, but it can never forget what they did here. It is for us the living, rather, to be dedicated here to the
unfinished work which they who fought here have thus far so nobly advanced. It is rather for us to be here dedicated to
the great task remaining before us, that from these honored dead we take increased devotion to that cause for which
they gave the last full measure of devotion, that we here highly resolve that these dead shall not have died in vain,
that this nation, under God, shall have a new birth of freedom, and that government of the people, by the people, for
the people, shall not perish from the earth.
In the beginning God created the heaven and the earth. And the earth was without form, and void; and darkness was upon
the face of the deep. And the Spirit of God moved upon the face of the waters. And God said, Let there be light: and
there was light. And God saw the light, that it was good: and God divided the light from the darkness. And God called
the light Day, and the darkness he called Night. And the evening and the morning were the first day. And God said, Let
there be a firmament in the midst of the waters, and let it divide the waters from the waters. And God made the
firmament, and divided the waters which were under the firmament from the waters which were above the firmament: and it
was so. And God called the firmament Heaven. And the evening and the morning were the second day. And God said, Let the
waters under the heaven be gathered together unto one place, and let the dry land appear: and it was so. And God called
the dry land Earth; and the gathering together of the waters called he Seas: and God saw that it was good.
"""

# %% [markdown]
# **Predict first.** The text has some 2,500 bytes, so without a merge it is that many tokens. How many tokens is it
# after 100 merges? After 300? Write your guesses down, then run the cell below. (And which symbol do you think is the
# first that is a whole word?)

# %% experiment="merges_grow"
guesses = {100: None, 300: None}  # your guesses: how many tokens after so many merges


def cut(text, merges):
    """The symbols of a text after these merges: those that are learned are made one after the other."""
    cut_pieces = [[bytes([byte]) for byte in piece.encode()] for piece in pieces(text)]
    for pair in merges:
        for symbols in cut_pieces:
            i = 0
            while i + 1 < len(symbols):
                if (symbols[i], symbols[i + 1]) == pair:
                    symbols[i : i + 2] = [pair[0] + pair[1]]
                i += 1
    return [symbol for symbols in cut_pieces for symbol in symbols]


with when_written():
    learned = train_bpe(TEXT, 300)
    for count in (0, 10, 50, 100, 300):
        shown = cut(" that all men are created equal", learned[:count])
        print(f"{count:>4} merges: {'|'.join(symbol.decode() for symbol in shown)}")
    points = [0, 10, 20, 40, 70, 100, 150, 200, 250, 300]
    sizes = {count: len(cut(TEXT, learned[:count])) for count in points}
    curves(points, {"Tokens of the whole text": {"your merges": np.array(list(sizes.values()))}}, x_label="merges")
    for count, guess in guesses.items():
        print(f"after {count} merges: {sizes[count]} tokens" + (f", you said {guess}" if guess else ""))
    words = [first + second for first, second in learned if (first + second).strip().isalpha() and first[:1] == b" "]
    print("symbols that begin with a blank, in the order of their birth:", *[word.decode() for word in words[:12]])

# %% [markdown]
# The first merges save most: every later pair is rarer than the one before it. That is why the curve bends, and why a
# vocabulary that is twice as large does not make sentences half as long.
#
# ## From text to ids, and back
#
# {exercise: bpe_encode}
#
# **Deliver** the function `bpe_encode`.
#
# The merges are learned; now they are used, on any text. Cut it into pieces, each into bytes. As long as two neighbours
# in the piece are a pair that was merged in training, merge those that were merged **earliest**. That repeats what
# happened in training, so a word that was seen there is cut as it was there. The ids: a byte is its own number, 0 to
# 255; what merge $i$ made has the number $256 + i$.
#
# | argument | type | meaning |
# |---|---|---|
# | `text` | `str` | any text |
# | `merges` | `list[tuple[bytes, bytes]]` | as `train_bpe` returns them; not changed |
# | *returns* | `list[int]` | the ids |
#
# **In numbers**, with the merges (`o`, `w`), (`l`, `ow`), (` `, `low`) from above: `low slow` has the pieces `low` and
# ` slow`. In `low` merge 0 makes `l·ow`, merge 1 makes `low`, which is id 257. In ` slow` they make ` ·s·low`; merge 2
# does not fit, for the blank and `low` are no neighbours. The ids are 257, 32, 115, 257.
#
# > **The paper does not say** this at all; it follows Sennrich et al. Others take the *longest* known symbol from the
# > left instead. Mostly that is the same, and sometimes it is not.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Give each pair its place in the list: its *rank*. In a piece, look at all neighbours and find the pair with the
# smallest rank. Merge it; look again.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each piece: symbols are its bytes. Loop: among the neighbours that have a rank, take the smallest; if there is
# none, stop; replace the two by one. At the end every symbol has an id: one byte, or 256 + the rank of the merge that
# made it.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Going through the pairs from left to right and merging what fits is not the same: an earlier merge further right comes
# first. And bytes that occur in no merge have ids, too.
#
# </details>


# %% exercise="bpe_encode" minutes=15 difficulty=3 importance=5
def bpe_encode(text: str, merges: list[tuple[bytes, bytes]]) -> list[int]:
    """The ids of a text: 0 to 255 is a byte, 256 + i is merge i; the merge that was learned earliest comes first."""
    ### BEGIN SOLUTION
    rank = {pair: place for place, pair in enumerate(merges)}
    number = {bytes([byte]): byte for byte in range(256)}
    number |= {first + second: 256 + place for place, (first, second) in enumerate(merges)}
    ids = []
    for piece in pieces(text):
        symbols = [bytes([byte]) for byte in piece.encode("utf-8")]
        while True:
            ranked = [(rank[pair], place) for place, pair in enumerate(pairwise(symbols)) if pair in rank]
            if not ranked:
                break
            place = min(ranked)[1]
            symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]
        ids.extend(number[symbol] for symbol in symbols)
    return ids
    ### END SOLUTION


# %% check="bpe_encode"
check("bpe_encode")

# %% experiment="ids_in_numbers"
with when_written():
    three = [(b"o", b"w"), (b"l", b"ow"), (b" ", b"low")]
    print(bpe_encode("low slow", three))
    assert bpe_encode("low slow", three) == [257, 32, 115, 257]

# %% [markdown]
# {exercise: bpe_decode}
#
# **Deliver** the function `bpe_decode`.
#
# The way back is easier: every id stands for some bytes. Put them one behind the other and read them as UTF-8. There is
# one trap. A letter such as ä is two bytes, and these may lie in two tokens. Each of them alone is no text, so join all
# bytes *before* you decode. And a model may say ids that make no text at all: decode with
# `bytes.decode("utf-8", "replace")`, which writes `�` for them.
#
# | argument | type | meaning |
# |---|---|---|
# | `ids` | `list[int]` | ids from 0 to 255 + the number of merges |
# | `merges` | `list[tuple[bytes, bytes]]` | as `train_bpe` returns them |
# | *returns* | `str` | the text; `bpe_decode(bpe_encode(text, merges), merges) == text` for every text |
#
# **In numbers**: 257, 32, 115, 257 with the three merges from above is `low slow`, and 195, 164 with any merges is `ä`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Make a list of the bytes of every id. Then it is looking up and joining.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# The list: 256 single bytes, then the two halves of each merge put together. Look up every id, join, decode once.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `"replace"`, and decoding once at the end instead of once for each id.
#
# </details>


# %% exercise="bpe_decode" minutes=6 difficulty=1 importance=4
def bpe_decode(ids: list[int], merges: list[tuple[bytes, bytes]]) -> str:
    """The text of some ids; what is no UTF-8 becomes the replacement character."""
    ### BEGIN SOLUTION
    written = bytearray()
    for number in ids:
        written += bytes([number]) if number < 256 else b"".join(merges[number - 256])
    return written.decode("utf-8", "replace")
    ### END SOLUTION


# %% check="bpe_decode"
check("bpe_decode")

# %% [markdown]
# ### A word that was never seen
#
# The text above knows no computers. It can still spell them, and everything else.

# %% experiment="never_seen"
with when_written():
    learned = train_bpe(TEXT, 300)
    for sentence in (" and the people said", " the internet is down again", " Schrödinger ate 寿司 😀"):
        ids = bpe_encode(sentence, learned)
        print(f"{len(ids):>3} ids: {'|'.join(bpe_decode([i], learned) for i in ids)}")
        assert bpe_decode(ids, learned) == sentence

# %% [markdown]
# Where you see `�`, one letter is cut into several tokens, and none of them is text by itself.
#
# ### Who pays more?
#
# Below is one sentence, the first article of the Universal Declaration of Human Rights, in seven languages. It says the
# same in all of them.
#
# **Predict first.** Your merges have learned from English alone. By what factor is the sentence longer, in tokens, in
# German? In Russian? In Hindi? And is Chinese, which needs far fewer letters, shorter than English? Write the factors
# down, and run the cell.

# %% experiment="languages"
factors = {"German": None, "Russian": None, "Hindi": None, "Chinese": None}  # your guesses

ARTICLE = {
    "English": "All human beings are born free and equal in dignity and rights. They are endowed with reason and "
    "conscience and should act towards one another in a spirit of brotherhood.",
    "German": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen "
    "begabt und sollen einander im Geiste der Brüderlichkeit begegnen.",
    "French": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de "
    "conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    "Finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki "
    "ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
    "Russian": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью "
    "и должны поступать в отношении друг друга в духе братства.",
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। "
    "उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
}

with when_written():
    learned = train_bpe(TEXT, 300)
    lengths = {language: len(bpe_encode(sentence, learned)) for language, sentence in ARTICLE.items()}
    amounts({name: n / lengths["English"] for name, n in lengths.items()}, "Tokens for the same sentence", "× English")
    for language, guess in factors.items():
        here = lengths[language] / lengths["English"]
        print(
            f"{language:>8}: {lengths[language]:>4} tokens, {here:.1f} times English"
            + f", you said {guess}" * bool(guess)
        )

# %% [markdown]
# German shares letters and parts of words with English, and gains a little from the merges. Russian and Hindi share
# nothing: each letter stays two or three bytes, and each byte a token. Whoever sells a model by the token sells it to
# Hindi at several times the price, and gives it a fraction of the room to remember in. More merges, learned from text
# in which all languages are there, make the gap smaller. They don't close it.
#
# %% [markdown] question="bytes_or_letters" minutes=10
# {question: bytes, letters, words}
#
# **(a)** A vocabulary of letters would need no trick with half letters. Why does it start from bytes all the same? Give
# two reasons. **(b)** You may double the number of merges. Name two things that get better and two that get worse, and
# say for one of them by how much: the base model has $d_\text{model} = 512$, and 37,000 tokens for both languages
# together.
#
# ### BEGIN SOLUTION
# **(a)** With bytes *every* text has ids: 256 symbols suffice for all writing there is, while Unicode has some 150,000
# letters, and a letter that was not in the training text would have none. And the table of vectors stays small: no rows
# for thousands of letters that hardly ever occur, of which the model would learn nothing. (Also right: the same code
# for all languages and for emoji, code, broken text.)
#
# **(b)** Better: sentences have fewer tokens, so attention, whose cost grows with the square of their number, is
# cheaper, and the same window holds more text; more words are one token and need not be put together by the model.
# Worse: the table and the output layer grow, by $37\,000 \cdot 512 \approx 19$ million numbers (twice that, if they
# share nothing), and the softmax over them costs the same share more; the new tokens are rarer, so each is seen less
# often in training and learned less well; similar words, such as a singular and its plural, share fewer parts.
#
# {marks: bytes_or_letters}
# ### END SOLUTION

# %% [markdown]
# ## When the symbols are there already
#
# Not every task has text that must be cut. When your model turns spelling into sounds, the symbols are letters on one
# side and sounds such as `AA` or `SH` on the other. All it takes is a number for each.
#
# {exercise: build_vocabulary}
#
# **Deliver** the function `build_vocabulary`.
#
# | argument | type | meaning |
# |---|---|---|
# | `sequences` | `list[list[str]]` | lists of symbols |
# | `specials` | sequence of `str` | symbols that come first, by default `<pad>`, `<bos>`, `<eos>` |
# | *returns* | `dict[str, int]` | a number for each symbol |
#
# The specials get the first numbers, in their order: then padding is 0, the beginning 1 and the end 2 in every
# vocabulary of this course. After them comes every symbol of the sequences, **sorted**, so that the same data in
# another order has the same numbers. If a special occurs in a sequence, it keeps its one number.
#
# **In numbers**: `[["b", "a"], ["a", "<eos>"]]` gives `<pad>` 0, `<bos>` 1, `<eos>` 2, `a` 3, `b` 4.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Which symbols are there is a set. Take the specials out of it, sort, number.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Collect all symbols of all sequences in a set; subtract the specials; specials plus the sorted rest is the list of
# all; its places are the numbers.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A special that is numbered a second time as a symbol. And don't extend the list that the caller gave you.
#
# </details>


# %% exercise="build_vocabulary" minutes=5 difficulty=1 importance=3
def build_vocabulary(
    sequences: list[list[str]], specials: list[str] | tuple[str, ...] = ("<pad>", "<bos>", "<eos>")
) -> dict[str, int]:
    """A number for every symbol: the specials first, in their order, then all others, sorted."""
    ### BEGIN SOLUTION
    numbers = {}
    for special in specials:
        numbers[special] = len(numbers)
    for symbol in sorted(set().union(*sequences)):
        numbers.setdefault(symbol, len(numbers))
    return numbers
    ### END SOLUTION


# %% check="build_vocabulary"
check("build_vocabulary")

# %% [markdown]
# ## A batch is a rectangle
#
# Sentences have different lengths, and an array has one. So the short ones are filled up with padding, which costs time
# and says nothing. That is why your masks of unit 2 hide it.
#
# {exercise: pad_batch}
#
# **Deliver** the function `pad_batch`.
#
# | argument | type | meaning |
# |---|---|---|
# | `sequences` | `list[list[int]]` | ids; a sequence may be empty |
# | `pad_id` | `int` | what is filled in, by default 0 |
# | *returns* | int64 array `(batch, longest)` | a row for each sequence, padding on the right |
#
# **In numbers**: `[[5, 6, 7], [8]]` becomes $\begin{pmatrix} 5 & 6 & 7 \\ 8 & 0 & 0 \end{pmatrix}$.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Begin with a rectangle of padding and write the sequences over it.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# The longest length; an array full of `pad_id`; for each row, put the sequence into its first places.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `dtype=np.int64`: `np.zeros` alone makes floating-point numbers, and an embedding cannot look these up.
#
# </details>


# %% exercise="pad_batch" minutes=5 difficulty=1 importance=4
def pad_batch(sequences: list[list[int]], pad_id: int = 0) -> np.ndarray:
    """One row (longest,) for each sequence, filled on the right with `pad_id`; int64."""
    ### BEGIN SOLUTION
    longest = max(len(ids) for ids in sequences)
    rows = [ids + [pad_id] * (longest - len(ids)) for ids in sequences]
    return np.array(rows, dtype=np.int64).reshape(len(rows), longest)
    ### END SOLUTION


# %% check="pad_batch"
check("pad_batch")

# %% [markdown]
# {exercise: length_batches}
#
# **Deliver** the function `length_batches`.
#
# > *The paper:* "Sentence pairs were batched together by approximate sequence length. Each training batch contained a
# > set of sentence pairs containing approximately 25000 source tokens and 25000 target tokens." (section 5.1)
#
# If sentences of about the same length are together, little has to be filled up. And a batch is measured in tokens, not
# in sentences: then every batch costs about the same.
#
# | argument | type | meaning |
# |---|---|---|
# | `lengths` | `list[int]` | how long each sequence is |
# | `tokens_per_batch` | `int` | the limit for (longest in the batch) × (number of sequences in it) |
# | *returns* | `list[list[int]]` | batches of *indices*, each a plain `int` |
#
# Go through the sequences from the shortest to the longest; equal lengths stay in the order of their indices. Fill a
# batch as long as (its longest) × (its number of sequences) is at most `tokens_per_batch`, then begin the next. Every
# index occurs exactly once. A sequence that alone is longer than the limit is a batch of its own.
#
# **In numbers**, with the lengths 3, 9, 4, 4 and the limit 8: sorted, the indices are 0, 2, 3, 1. Index 0 and 2 make
# $4 \cdot 2 = 8$, which fits; with index 3 it would be 12. Index 3 and 1 would make $9 \cdot 2 = 18$. So the batches
# are `[[0, 2], [3], [1]]`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# When you go upwards, the newest sequence is the longest of its batch. So whether it fits is one product.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Sort the indices by length. For each: if there is a batch, and length × (number in it + 1) is at most the limit,
# append; otherwise begin a new batch with it.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The `+ 1` for the sequence that comes in; the last batch, which nobody closes; the `≤`. And `np.argsort` gives NumPy's
# integers, in no fixed order for equal lengths unless you say `kind="stable"`.
#
# </details>


# %% exercise="length_batches" minutes=12 difficulty=2 importance=3
def length_batches(lengths: list[int], tokens_per_batch: int) -> list[list[int]]:
    """Batches of indices, from short to long, each with longest × number of sequences ≤ tokens_per_batch."""
    ### BEGIN SOLUTION
    batches, current = [], []
    for length, index in sorted((length, index) for index, length in enumerate(lengths)):
        if current and length * (len(current) + 1) > tokens_per_batch:
            batches.append(current)
            current = []
        current.append(index)
    if current:
        batches.append(current)
    return batches
    ### END SOLUTION


# %% check="length_batches"
check("length_batches")

# %% experiment="batches_in_numbers"
with when_written():
    print(length_batches([3, 9, 4, 4], 8))
    assert length_batches([3, 9, 4, 4], 8) == [[0, 2], [3], [1]]

# %% [markdown]
# ### How much is padding?
#
# Two thousand sentences with lengths as they occur in real text, most of them short, a few very long. Once they are
# taken in the order in which they come, as many at a time as your batches hold on average; once by your
# `length_batches`.
#
# **Predict first:** how large is the share of padding in each?

# %% experiment="padding"
expected = {"as they come": None, "by length": None}  # your guesses, such as 0.3

lengths = np.random.default_rng(8).lognormal(2.9, 0.55, 2000).astype(int) + 2

with when_written():
    by_length = length_batches(lengths.tolist(), 1000)
    size = round(len(lengths) / len(by_length))
    as_they_come = [list(range(start, min(start + size, 2000))) for start in range(0, 2000, size)]
    parts = {}
    for name, batches in (("as they come", as_they_come), ("by length", by_length)):
        places = sum(pad_batch([[1] * lengths[i] for i in batch]).size for batch in batches)
        parts[name] = {"words": int(lengths.sum()), "padding": int(places - lengths.sum())}
        share = parts[name]["padding"] / places
        print(
            f"{name:>12}: {share:.0%} of {places:,} places are padding"
            + f", you said {expected[name]}" * bool(expected[name])
        )
    shares(parts, "What a batch is made of")

# %% [markdown] question="sorted_batches" minutes=8
# {question: what sorting costs}
#
# Sorting by length saves more than half of the places. **(a)** If the batches are also *trained on* from short to long,
# in every epoch, something goes wrong. What, and how do you keep the saving without it? **(b)** Each batch has about
# the same number of *places*. Then a batch of short sentences holds far more of them than one of long sentences. Is
# that a problem for the loss of unit 9, which is a mean over the real tokens? Would it be one if it were a mean over
# sentences?
#
# ### BEGIN SOLUTION
# **(a)** The model sees only short sentences for a while, then only long ones: what it learns first is undone later,
# the steps of an epoch are no fair sample, and the schedule's large rates always hit the short ones. Make the batches
# by length, then shuffle the *batches* (and, between epochs, the order of sentences of equal length, so that the
# batches are not always the same).
#
# **(b)** With a mean over tokens each batch has about the same number of terms, so a step is about equally well
# averaged everywhere, and every token weighs the same. With a mean over sentences, each sentence would weigh 1 /
# (number in its batch): a long one, of which there are few in a batch, would move the model more than a short one, and
# its steps would be noisier.
#
# {marks: sorted_batches}
# ### END SOLUTION

# %% [markdown]
# ## What you have now
#
# Text goes in, ids come out, and every text comes back exactly. Batches are rectangles that waste little. In unit 9
# they train your model, and in unit 10 `bpe_decode` turns what it says into text.
#
# If you have half an hour left, try one of these, with the tools from above:
#
# - Learn merges from a text in your own language, and draw the bars again. Who pays now?
# - Learn merges from Python code. What is the longest symbol after 300 of them?
# - Your `train_bpe` counts everything anew at each step. A merge changes only the pairs around the places where it
#   happens. Keep the counts up to date instead, and measure how much faster 2,000 merges on a megabyte become.
# - Encode the digits 1 to 100 as words in a sentence. Which numbers are one token? What does that mean for a model that
#   is to add?
