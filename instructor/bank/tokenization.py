"""Unit 8, tokenization (section 5.1; Sennrich et al., 2016): its exercises and their cases.

Texts are made of invented words, so that every seed has its own: a few words that come again and again, as in real
text. They are small enough for the plain way of counting. Where two merges would make the same bytes, a text is not
used: which of the two ids such a symbol gets is not graded.
"""

from collections.abc import Callable

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Merges
from autograder.protocol.probe import Action, arguments_after, call, plain
from autograder.random_inputs import Draw
from instructor.misconceptions.tokenization import MISCONCEPTIONS
from transformer_ref.in_numpy.tokenization import bpe_encode as encode_right
from transformer_ref.in_numpy.tokenization import train_bpe as train_right

__all__ = ["MISCONCEPTIONS"]

LETTERS = "abcdeilmnorst"
OTHER_LETTERS = "äéßñøč日本語λж😀"
SPECIALS = ["<pad>", "<bos>", "<eos>"]
SENNRICH = "byte-pair encoding (Sennrich et al., 2016), on bytes"

train_bpe = Exercise("train_bpe", points=6, section="5.1", equation=SENNRICH, tolerance=1e-9)
bpe_encode = Exercise("bpe_encode", points=5, section="5.1", equation=SENNRICH, tolerance=1e-9)
bpe_decode = Exercise("bpe_decode", points=2, section="5.1", equation=SENNRICH, tolerance=1e-9)
build_vocabulary = Exercise(
    "build_vocabulary",
    points=2,
    section="5.1",
    equation="a vocabulary has a number for every token",
    tolerance=1e-9,
)
pad_batch = Exercise(
    "pad_batch", points=2, section="5.1", equation="sentences of a batch are filled up to one length", tolerance=1e-9
)
length_batches = Exercise(
    "length_batches",
    points=4,
    section="5.1",
    equation='"Sentence pairs were batched together by approximate sequence length"',
    tolerance=1e-9,
)


# ---- texts


def _word(draw: Draw, letters: str = LETTERS, least: int = 2, most: int = 6) -> str:
    return "".join(draw.generator.choice(list(letters), int(draw.generator.integers(least, most + 1))))


def _text(draw: Draw, words: int = 60, letters: str = LETTERS, different: int = 12) -> str:
    """Words one after the other, some far more often than others, and some of them twice in a longer one."""
    known = [_word(draw, letters) for _ in range(different)]
    known += [known[0] + known[1], known[2] * 2, known[3].capitalize(), known[0].upper()]
    places = [*range(len(known)), *(draw.generator.random(words) ** 2 * len(known)).astype(int)]
    return " ".join(known[place] for place in draw.generator.permutation(places[-words:] if words < 10 else places))


def _mixed(draw: Draw, words: int = 50) -> str:
    """A text with runs of one letter, letters outside ASCII, and white space of all sorts, also at both ends."""
    text = _text(draw, words).split(" ")
    text += [_word(draw, OTHER_LETTERS, 1, 4) for _ in range(8)] + [
        "o" * int(n) for n in draw.generator.integers(3, 9, 4)
    ]
    gaps = draw.generator.permutation(np.resize([" ", " ", " ", " ", "  ", "\n", "\t", " \n ", "   "], len(text)))
    return " " + "".join(word + gap for word, gap in zip(draw.generator.permutation(text), gaps, strict=True))


def _clear(draw: Draw, make: Callable[[Draw], str], num_merges: int) -> tuple[str, list[tuple[bytes, bytes]]]:
    """A text and its merges, no two of which make the same bytes."""
    while True:
        text = make(draw)
        merges = train_right(text, num_merges)
        if len({first + second for first, second in merges}) == len(merges):
            return text, merges


# ---- learning the merges


def _trained(text: str, num_merges: int, label: str = "") -> Action:
    return plain(call(text, num_merges, returns=("merges",), label=label))


@train_bpe.case("the most frequent pair of neighbours is merged everywhere, and then the pairs are counted again")
def most_frequent(draw: Draw) -> Actions:
    return [_trained(_text(draw), 15)]


@train_bpe.case("of equally frequent pairs, the greatest is taken, as Python compares tuples of bytes")
def equally_frequent(draw: Draw) -> Actions:
    letters = draw.generator.permutation(list(LETTERS))
    words = ["".join(letters[start : start + 4]) for start in (0, 4, 8)] + ["".join(letters[2:7])]
    first, second, third = sorted(draw.generator.permutation(list("uvwxyz"))[:3])
    often = "\n".join([first + second] * 3 + [first + second + first, first + third])
    return [_trained(" ".join(words), 9, "all of them: "), _trained(often, 4, "a longer symbol among them: ")]


@train_bpe.case("no merge crosses a piece, and the space before a word belongs to it")
def inside_a_piece(draw: Draw) -> Actions:
    first, second = _word(draw, "abc", 2, 2), _word(draw, "de", 2, 2)
    return [_trained(f"{first} {second}, " * 8 + _text(draw, 10), 12)]


@train_bpe.case("a pair counts as often as its piece occurs in the text")
def every_occurrence(draw: Draw) -> Actions:
    often, seldom = _word(draw, "klm", 3, 3), [_word(draw, "aeo", 3, 5) for _ in range(6)]
    return [_trained(" ".join([*seldom, *[often] * 9]), 6)]


@train_bpe.case("in a run such as aaaa every pair of neighbours counts, and merging begins on the left")
def runs(draw: Draw) -> Actions:
    letter, other, third = draw.generator.permutation(list("xyz"))
    long, short = (int(n) for n in draw.generator.integers(5, 8, 2))
    text = f"{letter * long} {other}{letter * 3} {letter * short}{third} {other * 2}{third}{other * 2} {other}{third}"
    return [_trained(f"{text} {letter * 3}{other} {letter * 7}", 8)]


@train_bpe.case("a pair is merged at every place of a piece, and only where both symbols are exactly those of the pair")
def every_place(draw: Draw) -> Actions:
    a, b, c = draw.generator.permutation(list("pqrst"))[:3]
    words = [f"{a}{b}{a}{b}", f"{c}{a}{b}{c}{a}{b}", f"{c}{a}{b}{c}", f"{a}{b}", f"{c}{a}", f"{b}{c}{b}{c}{a}"]
    return [_trained(" ".join(words * 2 + words[:2]), 7)]


@train_bpe.case("a piece starts as its bytes in UTF-8, of which letters outside ASCII have several")
def bytes_of_letters(draw: Draw) -> Actions:
    return [_trained(_text(draw, 30, OTHER_LETTERS, 6), 14)]


@train_bpe.case("if no pair is left, there are fewer merges")
def fewer_merges(draw: Draw) -> Actions:
    return [_trained(f" {' '.join(_word(draw, most=4) for _ in range(3))}", 40)]


@train_bpe.case("all white space is part of the text, and upper and lower case are different")
def white_space(draw: Draw) -> Actions:
    return [_trained(_mixed(draw), 25)]


@train_bpe.case("if no merges are asked for, or none are possible, the list is empty")
def none_at_all(draw: Draw) -> Actions:
    empty = _trained("", int(draw.generator.integers(2, 9)), "no text: ")
    single = _trained(str(draw.generator.choice(list(LETTERS))), 3, "one letter: ")
    return [_trained(_text(draw, 5), 0, "no merges: "), empty, single]


@train_bpe.case("every call is independent: nothing is left over from earlier texts")
def second_text(draw: Draw) -> Actions:
    first, second = _text(draw, 20), _text(draw, 30)
    calls = (("at first: ", first), ("another text: ", second), ("the first again: ", first))
    return [_trained(text, 6, label) for label, text in calls]


@train_bpe.case("as many merges as are asked for, even more than there are bytes")
def many_merges(draw: Draw) -> Actions:
    return [_trained(_text(draw, 200, different=90), 275)]


@train_bpe.case("longer texts of all kinds work as well", hidden=True)
def longer_texts(draw: Draw) -> Actions:
    return [_trained(_mixed(draw, 120), 60)]


# ---- encoding


def _given(merges: list[tuple[bytes, bytes]]) -> Merges:
    return Merges([[symbol.decode("latin-1") for symbol in pair] for pair in merges])


def _encoded(text: str, merges: list[tuple[bytes, bytes]], label: str = "") -> Action:
    return plain(call(text, _given(merges), returns=("ids",), label=label))


@bpe_encode.case("merges are made in the order in which they were learned, each as the id 256 + its place in the list")
def learned_order(draw: Draw) -> Actions:
    text, merges = _clear(draw, _text, 40)
    return [_encoded(text, merges)]


@bpe_encode.case(
    "a pair that was learned earlier comes first, even where a longer symbol, or one further left, would fit"
)
def earliest_first(draw: Draw) -> Actions:
    a, b, c, d = draw.generator.permutation(list(LETTERS))[:4]
    words = [f"{b}{c}"] * 12 + [f"{a}{b}"] * 6 + [f"{c}{d}"] * 4 + [f"{a}{b}{d}"] * 3
    _, merges = _clear(draw, lambda _: "\n".join(words), 4)
    return [_encoded(f"{a}{b}{c}{d} {a}{b}{c} {a}{b}{d} {b}{c}{d}{a}{b}{c}", merges)]


@bpe_encode.case("words that training never saw are spelt with what there is, if need be byte by byte")
def never_seen(draw: Draw) -> Actions:
    _, merges = _clear(draw, _text, 25)
    return [_encoded(f"{_text(draw, 12)} {_word(draw, 'xyzw')} {_word(draw, OTHER_LETTERS)}!", merges)]


@bpe_encode.case("the space before a word belongs to its piece, and a second space does not")
def encode_pieces(draw: Draw) -> Actions:
    first, second = _word(draw, "abc", 2, 2), _word(draw, "de", 2, 2)
    _, merges = _clear(draw, lambda draw: f"{first} {second} " * 6 + f"x{second} " * 3 + _text(draw, 10), 20)
    return [_encoded(f"{second} {first}  {second} x{second}{first}", merges)]


@bpe_encode.case("all white space is kept, even several spaces in a row, and at both ends")
def encode_white_space(draw: Draw) -> Actions:
    _, merges = _clear(draw, _text, 20)
    return [_encoded(f"\n {_text(draw, 6)} \t{_text(draw, 3)}  {_word(draw)}\n\n", merges)]


@bpe_encode.case("in a run such as aaaaa merging begins on the left")
def encode_runs(draw: Draw) -> Actions:
    letter = str(draw.generator.choice(list("xyz")))
    _, merges = _clear(draw, lambda draw: f"{letter * 2} " * 9 + _text(draw, 8), 6)
    return [_encoded(" ".join(letter * n for n in (1, 2, 3, 5, 7)) + f" {_word(draw)}", merges)]


@bpe_encode.case("letters outside ASCII are their bytes in UTF-8, and no letter is replaced by one that looks alike")
def encode_other_letters(draw: Draw) -> Actions:
    _, merges = _clear(draw, lambda draw: _text(draw, 20, OTHER_LETTERS, 5), 8)
    alike = " ".join(draw.generator.choice(["ﬁn", "e\u0301", "ｗide", "²", "①", "Å"], 4))
    return [_encoded(f"{_text(draw, 6, OTHER_LETTERS, 5)} {alike} {_text(draw, 3)}", merges)]


@bpe_encode.case("without merges the ids are the bytes, and an empty text has none")
def encode_nothing(draw: Draw) -> Actions:
    _, merges = _clear(draw, _text, 5)
    return [_encoded(_mixed(draw, 3), [], "no merges: "), _encoded("", merges, "no text: ")]


@bpe_encode.case("the caller's merges are left as they were, and a second text is encoded with them")
def merges_unchanged(draw: Draw) -> Actions:
    _, merges = _clear(draw, _text, 15)
    again = [_encoded(_text(draw, 9), merges, label) for label in ("at first: ", "another text: ")]
    return [again[0], arguments_after(plain=True), again[1], _encoded(_text(draw, 9), merges[:4], "fewer merges: ")]


@bpe_encode.case("longer texts of all kinds work as well", hidden=True)
def encode_mixed(draw: Draw) -> Actions:
    text, merges = _clear(draw, lambda draw: _mixed(draw, 80), 60)
    return [_encoded(text, merges, "seen: "), _encoded(_mixed(draw, 30), merges, "never seen: ")]


# ---- decoding


def _decoded(ids: list[int], merges: list[tuple[bytes, bytes]], label: str = "") -> Action:
    return plain(call(ids, _given(merges), returns=("text",), label=label))


@bpe_decode.case("decoding gives back the text that was encoded")
def given_back(draw: Draw) -> Actions:
    text, merges = _clear(draw, _text, 30)
    return [_decoded(encode_right(text, merges), merges)]


@bpe_decode.case("letters whose bytes lie in several ids, and all white space, are given back as well")
def parts_of_letters(draw: Draw) -> Actions:
    _, merges = _clear(draw, lambda draw: _text(draw, 20, OTHER_LETTERS, 5), 6)
    return [_decoded(encode_right(f" {_mixed(draw, 6)} {_text(draw, 5, OTHER_LETTERS, 4)}\n", merges), merges)]


@bpe_decode.case("any ids give a text: bytes that are not valid UTF-8 become the replacement character")
def any_ids(draw: Draw) -> Actions:
    _, merges = _clear(draw, lambda draw: _text(draw, 20, OTHER_LETTERS, 5), 8)
    return [_decoded([*draw.generator.integers(0, 256 + len(merges), 30).tolist(), 228, 240, 159], merges)]


@bpe_decode.case("no ids give an empty text, and without merges the ids are bytes; the caller's list is left as it was")
def decode_nothing(draw: Draw) -> Actions:
    text, merges = _clear(draw, _text, 6)
    ids = list(_mixed(draw, 4).encode())
    calls = [_decoded([], merges, "no ids: "), _decoded(ids, [], "no merges: "), arguments_after(plain=True)]
    return [*calls, _decoded(encode_right(text, merges), merges, "another text: ")]


# ---- the vocabulary


def _symbols(draw: Draw, *lengths: int) -> list[list[str]]:
    known = [_word(draw, LETTERS + "ABC", 1, 5) for _ in range(9)]
    return [draw.generator.choice(known, length).tolist() for length in lengths]


def _numbered(sequences: list[list[str]], label: str = "", **options: list[str]) -> Action:
    return plain(call(sequences, returns=("vocabulary",), label=label, **options))


@build_vocabulary.case("the specials come first, then every symbol of all sequences, sorted, without a gap")
def specials_and_symbols(draw: Draw) -> Actions:
    return [_numbered([*_symbols(draw, 5, 7, 3), ["B", "a", "Ab", "b", "ä"]])]


@build_vocabulary.case("a special that occurs in the sequences keeps its one number")
def specials_in_sequences(draw: Draw) -> Actions:
    first, second = _symbols(draw, 4, 6)
    return [_numbered([["<bos>", *first, "<eos>"], ["<bos>", *second, "<eos>", "<pad>"]])]


@build_vocabulary.case("the specials are those that are given, in their order, and may be none")
def other_specials(draw: Draw) -> Actions:
    sequences = _symbols(draw, 6, 4)
    given = _numbered(sequences, "two others: ", specials=["~end", "<begin>"])
    return [given, arguments_after(plain=True), _numbered(sequences, "none: ", specials=[])]


@build_vocabulary.case("empty sequences do no harm, and nothing is left of earlier calls")
def vocabulary_again(draw: Draw) -> Actions:
    first, second = _symbols(draw, 5, 4), _symbols(draw, 3)
    calls = [([[], *first], "at first: "), ([*second, []], "others: "), ([], "no sequences: ")]
    return [_numbered(sequences, label) for sequences, label in calls]


# ---- padding


def _ids(draw: Draw, *lengths: int) -> list[list[int]]:
    return [draw.generator.integers(3, 50, length).tolist() for length in lengths]


@pad_batch.case("each sequence is a row, filled on the right up to the longest")
def filled(draw: Draw) -> Actions:
    return [call(_ids(draw, 3, 7, 1, 5), returns=("batch",))]


@pad_batch.case("the padding is the id that is given")
def other_padding(draw: Draw) -> Actions:
    return [call(_ids(draw, 4, 2, 6), pad_id=int(draw.generator.integers(60, 90)), returns=("batch",))]


@pad_batch.case("one sequence, sequences of one length, and an empty one work as well")
def odd_batches(draw: Draw) -> Actions:
    lengths = {"one sequence: ": (6,), "one length: ": (4, 4, 4), "an empty one: ": (2, 0, 3)}
    return [call(_ids(draw, *which), returns=("batch",), label=label) for label, which in lengths.items()]


@pad_batch.case("the caller's lists are left as they were")
def sequences_unchanged(draw: Draw) -> Actions:
    return [call(_ids(draw, 2, 5, 3), returns=("batch",)), arguments_after(plain=True)]


# ---- batches by length


def _batched(lengths: list[int], limit: int, label: str = "") -> Action:
    return plain(call(lengths, limit, returns=("batches",), label=label), exact=True)


@length_batches.case(
    "from the shortest to the longest, a batch is filled as long as longest × number stays in the limit"
)
def filled_batches(draw: Draw) -> Actions:
    return [_batched(draw.generator.integers(3, 30, 25).tolist(), 64)]


@length_batches.case("sequences of equal length keep the order of their indices")
def equal_lengths(draw: Draw) -> Actions:
    return [_batched(draw.generator.integers(4, 8, 20).tolist(), 30)]


@length_batches.case("a batch may fill the limit exactly")
def exactly_full(draw: Draw) -> Actions:
    length = int(draw.generator.integers(3, 7))
    return [_batched(draw.generator.permutation([length] * 8 + [2 * length] * 5 + [1, 1]).tolist(), 4 * length)]


@length_batches.case("a sequence that is longer than the limit is a batch of its own")
def too_long(draw: Draw) -> Actions:
    some, long = draw.generator.integers(5, 12, 9), draw.generator.integers(21, 40, 3)
    mixed, only = draw.generator.permutation([*some, *long]), draw.generator.integers(50, 60, 3)
    return [_batched(mixed.tolist(), 20, "some: "), _batched(only.tolist(), 20, "all: ")]


@length_batches.case("the caller's lengths are left as they were, and without lengths there are no batches")
def lengths_unchanged(draw: Draw) -> Actions:
    lengths = draw.generator.integers(3, 30, 10).tolist()
    return [_batched(lengths, 50), arguments_after(plain=True), _batched([], 50, "none: ")]


@length_batches.case("many sequences of all lengths work as well", hidden=True)
def many_sequences(draw: Draw) -> Actions:
    return [_batched(draw.generator.integers(0, 25, 600).tolist(), 120)]
