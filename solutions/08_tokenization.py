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
# Your Transformer reads numbers. So text has to be turned into numbers first, and the numbers that come out have to be
# turned back into text. If every word had its own number, a new word would have none. If every letter had one,
# sentences would become very long. The paper takes a middle way: a common word is one token, and a rare word is spelt
# from parts. By the end of this notebook you will have watched these parts grow, found out which languages need more
# tokens than English, and made batches with almost no padding.
#
# **You are here:** units 1 to 7 built the model. Unit 8 feeds it, unit 9 trains it, unit 10 makes it speak.
#
# {exercises: 20 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: train_bpe}
#
# **What is allowed.** Python and NumPy. This unit needs no PyTorch.
#
# | word | what it means here |
# |---|---|
# | byte | a number from 0 to 255; UTF-8 writes text as bytes: one for `a`, two for `ä`, three for `日` |
# | piece | a word with the space before it; the text is cut into pieces before anything else happens |
# | symbol | one or more bytes that are treated as one unit, such as `b" the"` |
# | merge | a pair of neighbouring symbols that are joined into one symbol |
# | token | a symbol as the model reads it: one number, its *id* |

# %%
from collections import Counter
from itertools import pairwise

import numpy as np

from autograder import check
from autograder.blocks import pieces
from autograder.figures import amounts, curves, shares
from autograder.properties import check_number, predicted, when_written

# %% [markdown]
# ## Which parts are worth a number?
#
# You are given `pieces(text)`. It cuts a text into words, each with at most one space before it; any other white space
# is a piece of its own. If you join the pieces, you get the text back: nothing is lost.

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
# Byte-pair encoding (BPE) starts with every piece as a list of single bytes. Then it repeats three things: count how
# often each pair of neighbours occurs, take the most frequent pair, and join it into one symbol everywhere. The pair
# that you took is a *merge*. The list of merges is all that is learned.
#
# | argument | type | meaning |
# |---|---|---|
# | `text` | `str` | the text to learn from |
# | `num_merges` | `int` | how many merges to learn |
# | *returns* | `list[tuple[bytes, bytes]]` | the merges, in the order in which they were learned |
#
# Four rules make the answer unique:
#
# 1. A pair never crosses from one piece into the next.
# 2. Count a pair at every place where it occurs, in every occurrence of the piece. In `aaa` the pair (`a`, `a`) occurs
#    twice.
# 3. Merging goes from left to right: `aaa` becomes `aa`, `a`.
# 4. If several pairs are equally frequent, take the greatest, as Python compares tuples of bytes:
#    `(b"b", b"a") > (b"a", b"z")`.
#
# If no pair is left, stop early: you return fewer merges.
#
# **In numbers**, with the text `low low lower`. The pieces are `low`, ` low`, ` lower`:
#
# | step | the most frequent pairs | taken | the pieces afterwards |
# |---|---|---|---|
# | 1 | (`l`, `o`) and (`o`, `w`), three times each | (`o`, `w`) | `l·ow`, ` ·l·ow`, ` ·l·ow·e·r` |
# | 2 | (`l`, `ow`), three times | (`l`, `ow`) | `low`, ` ·low`, ` ·low·e·r` |
# | 3 | (` `, `low`), twice | (` `, `low`) | `low`, ` low`, ` low·e·r` |
#
# > **The paper does not say** how ties are broken, whether the end of a word gets a mark, or whether the symbols start
# > as letters or as bytes. Sennrich et al. start from letters. Since GPT-2 many models start from bytes, because bytes
# > can spell any text.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# For each distinct piece, keep its symbols and the number of times that it occurs. Each step first counts all pairs,
# then applies the merge to every piece.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Count the pieces. Split each into single bytes. Repeat `num_merges` times: add up, over all pieces, the piece's count
# for each pair of neighbours; stop if there is none; take the best pair; rebuild every piece from left to right,
# joining the pair wherever it occurs.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `max(counts, key=counts.get)` breaks a tie in favour of the pair seen first; compare (count, pair) instead. Iterating
# over `bytes` gives numbers, and `bytes([b])` makes one byte from a number. After a merge, move on past *both* symbols.
#
# </details>


# %% exercise="train_bpe" minutes=25 difficulty=3 importance=5
def train_bpe(text: str, num_merges: int) -> list[tuple[bytes, bytes]]:
    """The pairs of symbols to merge, in the order learned; of equally frequent pairs the greatest comes first."""
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
# ### Watch the merges grow
#
# Here is a text that you may know. It is short, so your merges will fit little else. Real merges are learned from
# gigabytes.

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
# The next cell counts the tokens that are left after more and more merges. (Which whole word do you think becomes a
# symbol first?)
#
# **Predict first.** The text has about 2,500 bytes, so it has about 2,500 tokens without merges. How many are left
# after 300 merges?
#
# - **a**: about 2,200: every merge saves one token
# - **b**: about 1,500
# - **c**: about 750

# %% guess="merges"
# a: A merge joins its pair *everywhere* in the text. The first merge alone saves 91 tokens.
# b: That is about how many are left after 50 merges. Each later merge saves less, but together they still save a lot.
# c: The first merges join the most frequent pairs, such as `t` and `h`. Each of them saves a token in every place where
#    the pair occurs. After 300 merges, a token is on average more than three characters long, spaces included.
guess_merges = "c"


# %% experiment="merges_grow"
def cut(text, merges):
    """The symbols of a text after these merges, applied in the order in which they were learned."""
    cut_pieces = [[bytes([byte]) for byte in piece.encode()] for piece in pieces(text)]
    for pair in merges:
        for symbols in cut_pieces:
            i = 0
            while i + 1 < len(symbols):
                if (symbols[i], symbols[i + 1]) == pair:
                    symbols[i : i + 2] = [pair[0] + pair[1]]
                i += 1
    return [symbol for symbols in cut_pieces for symbol in symbols]


with when_written(), predicted("merges", guess_merges):
    learned = train_bpe(TEXT, 300)
    for count in (0, 10, 50, 100, 300):
        shown = cut(" that all men are created equal", learned[:count])
        print(f"{count:>4} merges: {'|'.join(symbol.decode() for symbol in shown)}")
    points = [0, 10, 20, 40, 70, 100, 150, 200, 250, 300]
    sizes = {count: len(cut(TEXT, learned[:count])) for count in points}
    curves(points, {"Tokens of the whole text": {"your merges": np.array(list(sizes.values()))}}, x_label="merges")
    print(f"after 100 merges: {sizes[100]} tokens, after 300: {sizes[300]}")
    words = [first + second for first, second in learned if (first + second).strip().isalpha() and first[:1] == b" "]
    print("symbols that begin with a space, in the order learned:", *[word.decode() for word in words[:12]])

# %% [markdown]
# The first merges save the most, because the most frequent pairs are taken first. That is why the curve flattens, and
# why twice as many merges do not make sentences half as long.
#
# ## From text to ids, and back
#
# {exercise: bpe_encode}
#
# **Deliver** the function `bpe_encode`.
#
# Now you use the learned merges on any text. Cut it into pieces, and each piece into bytes. As long as some pair of
# neighbours in the piece is among the merges, apply the merge that was learned **earliest**. This repeats what happened
# in training, so a word from the training text is cut as it was there. A byte's id is its value, 0 to 255. The symbol
# that merge $i$ made has the id $256 + i$.
#
# | argument | type | meaning |
# |---|---|---|
# | `text` | `str` | any text |
# | `merges` | `list[tuple[bytes, bytes]]` | as `train_bpe` returns them; not changed |
# | *returns* | `list[int]` | the ids |
#
# **In numbers**, with the merges (`o`, `w`), (`l`, `ow`), (` `, `low`) from above: `low slow` has the pieces `low` and
# ` slow`. In `low`, merge 0 makes `l·ow` and merge 1 makes `low`, which has the id 257. In ` slow` they make ` ·s·low`.
# Merge 2 does not apply there, because the space and `low` are not neighbours. The ids are 257, 32, 115, 257.
#
# > **The paper does not say** any of this; it follows Sennrich et al. Others take the *longest* known symbol from the
# > left instead. Usually the result is the same, but not always.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# A pair's place in the list of merges is its *rank*. Among all neighbours in a piece, find the pair with the smallest
# rank. Merge it, then look again.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each piece, the symbols start as its bytes. Loop: among the neighbours that have a rank, take the pair with the
# smallest; if there is none, stop; replace the two symbols by one. At the end every symbol has an id: its byte, or 256
# plus the rank of the merge that made it.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# It is not enough to go from left to right and merge whatever fits: a merge further right may have been learned
# earlier, and then it comes first. And bytes that occur in no merge have ids, too.
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
# The way back is easier: every id stands for some bytes. Join them and read them as UTF-8. There is one trap. A letter
# such as ä is two bytes, and these may belong to two tokens. Neither byte is valid text alone, so join all bytes
# *before* you decode. A model may also produce ids whose bytes are not valid text. So decode with
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
# Make a list of the bytes of every id. Then look up each id and join the bytes.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# The list holds 256 single bytes, then the two halves of each merge joined. Look up every id, join, decode once.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `"replace"`, and decoding once at the end instead of once for each id.
#
# </details>


# %% exercise="bpe_decode" minutes=6 difficulty=1 importance=4
def bpe_decode(ids: list[int], merges: list[tuple[bytes, bytes]]) -> str:
    """The text of some ids; bytes that are not valid UTF-8 become the replacement character."""
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
# The text above never mentions a computer. Its merges can still spell words about computers, and everything else.

# %% experiment="never_seen"
with when_written():
    learned = train_bpe(TEXT, 300)
    for sentence in (" and the people said", " the internet is down again", " Schrödinger ate 寿司 😀"):
        ids = bpe_encode(sentence, learned)
        print(f"{len(ids):>3} ids: {'|'.join(bpe_decode([i], learned) for i in ids)}")
        assert bpe_decode(ids, learned) == sentence

# %% [markdown]
# Where you see `�`, one character is cut into several tokens, and none of them is valid text by itself.
#
# ### Who pays more?
#
# Below is the first article of the Universal Declaration of Human Rights in seven languages. It says the same thing in
# all of them.
#
# How many tokens does it need in each?
#
# **Predict first.** The article has 43 characters in Chinese and 170 in English. Your merges were learned from English
# text only. How many tokens does the Chinese article need?
#
# - **a**: about a quarter of what English needs, because it has a quarter of the characters
# - **b**: about as many as English
# - **c**: more than English

# %% guess="languages"
# a: Tokens are made of bytes, not of characters. Each of these Chinese characters is three bytes, and none of your
#    merges applies to them.
# b: It is not that close. The 43 characters have three bytes each, which makes 129 tokens. English needs only about 80.
# c: Each of these Chinese characters is three bytes, and each byte remains a token, because the merges were learned
#    from English. A text in another language can need many tokens, even if it looks short.
guess_languages = "c"

# %% experiment="languages"
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

with when_written(), predicted("languages", guess_languages):
    learned = train_bpe(TEXT, 300)
    lengths = {language: len(bpe_encode(sentence, learned)) for language, sentence in ARTICLE.items()}
    amounts({name: n / lengths["English"] for name, n in lengths.items()}, "Tokens for the same sentence", "× English")
    for language, length in lengths.items():
        print(f"{language:>8}: {length:>4} tokens, {length / lengths['English']:.1f} times English")

# %% [markdown]
# German shares letters and parts of words with English, so some merges apply. Russian and Hindi share no letters with
# English: each letter stays two or three bytes, and each byte is a token. If you pay for a model by the token, a Hindi
# text costs several times as much as the same text in English, and far less of it fits into what the model can read at
# once. More merges, learned from text in all languages, make the gap smaller. They don't close it.
#
# %% [markdown] question="bytes_or_letters" minutes=10
# {question: bytes, letters, words}
#
# **(a)** If the vocabulary started from letters, no token could be half a letter. Why does it start from bytes anyway?
# Give two reasons. **(b)** Suppose you double the number of merges. Name two things that get better and two that get
# worse. For one of them, say by how much: the base model has $d_\text{model} = 512$, and 37,000 tokens for both
# languages together.
#
# ### BEGIN SOLUTION
# **(a)** With bytes *every* text has ids: 256 symbols are enough for all writing, while Unicode has about 150,000
# characters, and one that was not in the training text would have no id. And the embedding table stays small: it needs
# no rows for thousands of characters that hardly ever occur, about which the model would learn nothing. (Also right:
# the same code works for all languages and for emoji, code and broken text.)
#
# **(b)** Better: sentences have fewer tokens, so attention, whose cost grows with the square of their number, is
# cheaper, and the same window holds more text; more words are one token, so the model need not put them together from
# parts. Worse: the embedding table and the output layer grow by $37\,000 \cdot 512 \approx 19$ million numbers (twice
# that, if they share no weights), and the softmax becomes more expensive in the same proportion; the new tokens are
# rarer, so each is seen less often in training and learned less well; related words, such as a singular and its plural,
# share fewer parts.
#
# {marks: bytes_or_letters}
# ### END SOLUTION

# %% number="more_rows"
# With 37,000 more tokens: by how many million numbers does the embedding table grow?
#
# 18.944: Each new token is a row of 512 numbers. An output layer with weights of its own grows by as many.
# 37.888: That is with an output layer that has weights of its own. You were asked for the table alone.
# 18944000.0: That is how many numbers. Write it in millions.
# otherwise: Each new token is a row of d_model = 512 numbers. Write the result in millions.
number_more_rows = 18.944
check_number("more_rows", number_more_rows)

# %% [markdown]
# ## When the symbols are already there
#
# In some tasks the text need not be cut. If a model turns spelling into sounds, the symbols are letters on one side and
# sounds such as `AA` or `SH` on the other. You only have to give each of them a number.
#
# {exercise: build_vocabulary}
#
# **Deliver** the function `build_vocabulary`.
#
# | argument | type | meaning |
# |---|---|---|
# | `sequences` | `list[list[str]]` | lists of symbols; may be empty, and so may each of them |
# | `specials` | sequence of `str` | symbols that come first, by default `<pad>`, `<bos>`, `<eos>` |
# | *returns* | `dict[str, int]` | a number for each symbol |
#
# The specials get the first numbers, in the given order. By default, padding is 0, the beginning is 1 and the end is 2.
# After them come all other symbols of the sequences, **sorted**, so that the same data in another order gets the same
# numbers. A special that also occurs in a sequence keeps its number.
#
# **In numbers**: `[["b", "a"], ["a", "<eos>"]]` gives `<pad>` 0, `<bos>` 1, `<eos>` 2, `a` 3, `b` 4.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Collect the symbols in a set. Take out the specials, sort the rest, and number everything.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Collect all symbols of all sequences in a set and subtract the specials. Make one list: the specials, then the sorted
# rest. A symbol's number is its place in this list.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# A special must not be numbered a second time as a symbol. And don't extend the list that the caller gave you.
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
# Sentences have different lengths, but all rows of an array are equally long. So the short ones are filled up with
# padding, which costs time and means nothing. That is why your masks of unit 2 hide it.
#
# {exercise: pad_batch}
#
# **Deliver** the function `pad_batch`.
#
# | argument | type | meaning |
# |---|---|---|
# | `sequences` | `list[list[int]]` | ids of at least one sequence; a sequence may be empty |
# | `pad_id` | `int` | the id that fills the free places, by default 0 |
# | *returns* | int64 array `(batch, longest)` | one row for each sequence, padded on the right |
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
# Find the longest length. Make an array full of `pad_id`. Write each sequence into the first places of its row.
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
# If the sentences of a batch have about the same length, little padding is needed. And the size of a batch is measured
# in tokens, not in sentences, so that every batch costs about the same.
#
# | argument | type | meaning |
# |---|---|---|
# | `lengths` | `list[int]` | how long each sequence is; the list may be empty |
# | `tokens_per_batch` | `int` | the limit for (longest in the batch) × (number of sequences in it) |
# | *returns* | `list[list[int]]` | batches of *indices*, each a plain `int` |
#
# Go through the sequences from the shortest to the longest; equal lengths stay in the order of their indices. Add to a
# batch as long as (its longest) × (its number of sequences) is at most `tokens_per_batch`, then begin the next. Every
# index occurs exactly once. A sequence that is longer than the limit becomes a batch of its own.
#
# **In numbers**, with the lengths 3, 9, 4, 4 and the limit 8: sorted by length, the indices are 0, 2, 3, 1. Indices 0
# and 2 make $4 \cdot 2 = 8$, which fits; with index 3 it would be 12. Indices 3 and 1 would make $9 \cdot 2 = 18$. So
# the batches are `[[0, 2], [3], [1]]`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You go from short to long, so the newest sequence is the longest of its batch. One product tells you whether it fits.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Sort the indices by length. For each one: if there is a batch, and length × (number in it + 1) is at most the limit,
# append the index; otherwise begin a new batch with it.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Don't forget the `+ 1` for the new sequence, the last batch after the loop, or that the limit itself is allowed (`≤`).
# And `np.argsort` gives NumPy integers, with no fixed order for equal lengths unless you pass `kind="stable"`.
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
# Here are the lengths of two thousand made-up sentences: as in real text, most are short and a few are very long. They
# are put into batches twice: in the order in which they come, with as many in each batch as yours hold on average, and
# then by your `length_batches`.
#
# The figure shows what share of the places is padding in each case.
#
# **Predict first.** The sentences are put into batches in the order in which they come. What share of the places is
# padding?
#
# - **a**: about a tenth: most sentences have a similar length
# - **b**: about a third
# - **c**: about two thirds

# %% guess="padding"
# a: A batch is as wide as its longest sentence, and 40 sentences nearly always include a very long one.
# b: It is more than that. The longest of 40 sentences is about three times as long as the average.
# c: Every sentence is padded to the length of the longest one in its batch, which is about three times the average. If
#    you sort by length, the sentences in a batch are almost the same length, and only about 3% of the places are
#    padding.
guess_padding = "c"

# %% experiment="padding"
lengths = np.random.default_rng(8).lognormal(2.9, 0.55, 2000).astype(int) + 2

with when_written(), predicted("padding", guess_padding):
    by_length = length_batches(lengths.tolist(), 1000)
    size = round(len(lengths) / len(by_length))
    as_they_come = [list(range(start, min(start + size, 2000))) for start in range(0, 2000, size)]
    parts = {}
    for name, batches in (("as they come", as_they_come), ("by length", by_length)):
        places = sum(pad_batch([[1] * lengths[i] for i in batch]).size for batch in batches)
        parts[name] = {"words": int(lengths.sum()), "padding": int(places - lengths.sum())}
        share = parts[name]["padding"] / places
        print(f"{name:>12}: {share:.0%} of {places:,} places are padding")
    shares(parts, "What a batch is made of")

# %% [markdown] question="sorted_batches" minutes=8
# {question: what sorting costs}
#
# Sorting by length saves more than half of the places. **(a)** If you also *train* on the batches from short to long,
# in every pass through the data (an *epoch*), something goes wrong. What goes wrong, and how do you avoid it but keep
# the saving? **(b)** Each batch has about the same number of *places*, so a batch of short sentences holds far more
# sentences than a batch of long ones. Is that a problem for the loss of unit 9, which is a mean over the real tokens?
# Would it be a problem for a mean over sentences?
#
# ### BEGIN SOLUTION
# **(a)** The model sees only short sentences for a while, then only long ones. What it learns first is partly undone
# later, consecutive batches are not a fair sample of the data, and in the first epoch the schedule gives different
# rates to short and to long sentences. Make the batches by length, then shuffle the *batches* (and, between epochs, the
# order of sentences of equal length, so that the batches are not always the same).
#
# **(b)** It is no problem for a mean over tokens: each batch has about the same number of terms, so all steps are about
# equally noisy, and every token has about the same weight. With a mean over sentences, each sentence would have the
# weight 1 / (number in its batch). There are few long sentences in a batch, so each of them would move the model more
# than a short one, and these steps would be noisier.
#
# {marks: sorted_batches}
# ### END SOLUTION

# %% [markdown]
# ## What you have now
#
# You can turn any text into ids and get exactly the same text back, and you can make batches that waste little. With
# these tools, a model such as yours can be trained on text in any language. Unit 9 shows how to train it, and unit 10
# how it writes.
#
# **New in this unit:** a model can now read any text, in any language, even a word that nobody has ever written before.
#
# If you have half an hour left, try one of these, with the tools from above:
#
# - Learn merges from a text in your own language, and draw the bars again. Who pays now?
# - Learn merges from Python code. What is the longest symbol after 300 of them?
# - Your `train_bpe` may count everything anew at each step, although a merge changes only the pairs around it. Keep the
#   counts up to date instead, and measure how much faster 2,000 merges on a megabyte of text become.
# - Learn merges from a text with many numbers, such as a table of years and prices. Then encode a sentence that holds
#   the numbers from 1 to 100, written in digits. Which numbers are one token? What does that mean for a model that has
#   to add them?
