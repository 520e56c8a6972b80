"""Misconceptions about learning the merges."""

from itertools import pairwise

from autograder.exercise import Weight, misconception
from instructor.misconceptions.tokenization.steps import Tokenizer


@misconception()
class BpeWholeText(Tokenizer):
    """The text is not cut into pieces, so merges run across spaces and glue words together. Merge only inside each of
    the `pieces(text)`."""

    def cut(self, text):
        return [text]


@misconception("bpe-blanks-apart")
class BpeWithoutBlanks(Tokenizer):
    """The spaces before the words are lost: `split()` throws them away, and `\\S+|\\s` cuts them off. Take
    `pieces(text)`: the space before a word belongs to it."""

    def cut(self, text):
        return text.split()


@misconception()
class BpeLetters(Tokenizer):
    """A piece starts as its letters. It starts as its bytes in UTF-8: an ä is two of them, a 日 three."""

    def first_symbols(self, piece):
        return [letter.encode() for letter in piece]


@misconception("bpe-latin")
class BpeOtherBytes(Tokenizer):
    """The bytes are not those of UTF-8: the text was encoded as Latin-1, or each letter cut to one byte. `str.encode()`
    takes UTF-8."""

    def first_symbols(self, piece):
        return [bytes([ord(letter) % 256]) for letter in piece]


@misconception()
class BpeDistinctPieces(Tokenizer):
    """Each different piece counts once, however often it occurs. A pair is counted in every occurrence of the piece."""

    def weight(self, count):
        return 1


@misconception()
class BpeSmallerOfEqual(Tokenizer):
    """Of equally frequent pairs, the smallest is merged. Take the greatest, as Python compares tuples:
    `max` with the key (count, pair)."""

    def best(self, counts):
        most = max(counts.values())
        return min(pair for pair in counts if counts[pair] == most)


@misconception()
class BpeFirstOfEqual(Tokenizer):
    """Of equally frequent pairs, the one seen first is merged, as `max(counts, key=counts.get)` does. Take the
    greatest: the key is (count, pair)."""

    def best(self, counts):
        return max(counts, key=counts.get)


@misconception()
class BpeLastOfEqual(Tokenizer):
    """Of equally frequent pairs, the one seen last is merged. Take the greatest: the key is (count, pair)."""

    def best(self, counts):
        return max(reversed(list(counts)), key=counts.get)


@misconception()
class BpeLongerOfEqual(Tokenizer):
    """Of equally frequent pairs, the longest is merged. Take the greatest, as Python compares tuples of bytes."""

    def best(self, counts):
        return max(counts, key=lambda pair: (counts[pair], len(pair[0]) + len(pair[1]), pair))


@misconception()
class BpeEqualComparedAsOne(Tokenizer):
    """Equally frequent pairs are compared by their bytes put together. Compare the pairs: first by the first symbol,
    then by the second."""

    def best(self, counts):
        return max(counts, key=lambda pair: (counts[pair], pair[0] + pair[1], pair))


@misconception()
class BpeRarest(Tokenizer):
    """The rarest pair is merged first. Take the most frequent one."""

    def best(self, counts):
        return min(counts, key=lambda pair: (counts[pair], pair))


@misconception()
class BpeFrequencyTimesLength(Tokenizer):
    """A pair's count is multiplied by its length. Only how often it occurs decides."""

    def best(self, counts):
        return max(counts, key=lambda pair: (counts[pair] * len(pair[0] + pair[1]), pair))


@misconception()
class BpeOncePerPiece(Tokenizer):
    """A pair that occurs twice in a piece is counted there once. Every pair of neighbours counts."""

    def neighbours(self, symbols):
        return list(dict.fromkeys(pairwise(symbols)))


@misconception()
class BpeOverlapsSkipped(Tokenizer):
    """In a run such as aaa the pair (a, a) is counted once, as if it had been merged already. Every pair of neighbours
    counts: there are two."""

    def neighbours(self, symbols):
        found: list = []
        last = -1
        for i, pair in enumerate(pairwise(symbols)):
            if pair[0] != pair[1] or not found or found[-1] != pair or last != i - 1:
                found.append(pair)
                last = i
        return found


@misconception()
class BpeDistantNeighbours(Tokenizer):
    """Only every second place is looked at, as if a piece were cut into pairs. Each symbol but the last begins a pair:
    `zip(symbols, symbols[1:])`."""

    def neighbours(self, symbols):
        return list(zip(symbols[::2], symbols[1::2], strict=False))


@misconception()
class BpeRightToLeft(Tokenizer):
    """Merging goes from right to left: aaa becomes a, aa. Begin on the left: aa, a."""

    def merged(self, symbols, pair):
        found, i = [], len(symbols)
        while i > 0:
            is_pair = i > 1 and tuple(symbols[i - 2 : i]) == pair
            found.append(pair[0] + pair[1] if is_pair else symbols[i - 1])
            i -= 2 if is_pair else 1
        return found[::-1]


@misconception()
class BpeFirstPlaceOnly(Tokenizer):
    """In each piece only the first occurrence of the pair is merged. Merge all of them before you count again."""

    def merged(self, symbols, pair):
        for i, found in enumerate(pairwise(symbols)):
            if found == pair:
                return [*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :]]
        return symbols


@misconception()
class BpeMergesParts(Tokenizer):
    """Symbols that only end or begin like the pair are merged with it, as `replace` on joined text does. Both symbols
    must be equal to those of the pair."""

    def merged(self, symbols, pair):
        found = symbols[:1]
        for symbol in symbols[1:]:
            if found[-1].endswith(pair[0]) and symbol.startswith(pair[1]):
                found[-1] = found[-1] + symbol
            else:
                found.append(symbol)
        return found


@misconception()
class BpeMergesRuns(Tokenizer):
    """After a merge the new symbol is merged on with what follows in the same pass: aaaa becomes one symbol. Go on
    after the two symbols that were merged."""

    def merged(self, symbols, pair):
        found = symbols[:1]
        for symbol in symbols[1:]:
            if symbol == pair[1] and (found[-1] == pair[0] or (pair[0] == pair[1] and found[-1] == pair[0] + pair[1])):
                found[-1] = found[-1] + symbol
            else:
                found.append(symbol)
        return found


@misconception()
class BpeNeverMerges(Tokenizer):
    """The pair is noted but not merged, so the same pair is found again at every step. Replace it in every piece before
    you count again."""

    def merged(self, symbols, pair):
        return symbols


@misconception()
class BpeCountsOnce(Tokenizer):
    """The pairs are counted once, and the most frequent ones are all taken from this count. After each merge there are
    new neighbours: count again."""

    def train_bpe(self, text, num_merges):
        counts = self.pair_counts(self.words(text))
        return self.learned(sorted(counts, key=lambda pair: (counts[pair], pair), reverse=True)[:num_merges])


@misconception()
class BpeOneTooFew(Tokenizer):
    """There is one merge too few. `num_merges` counts the merges that are learned."""

    def steps(self, num_merges):
        return num_merges - 1


@misconception()
class BpeOneTooMany(Tokenizer):
    """There is one merge too many. `num_merges` counts the merges that are learned."""

    def steps(self, num_merges):
        return num_merges + 1


@misconception()
class BpeSizeOfVocabulary(Tokenizer):
    """`num_merges` is taken for the size of the vocabulary, and the 256 bytes are subtracted. It counts the merges
    alone."""

    def steps(self, num_merges):
        return num_merges - 256


@misconception()
class BpeStopsAtOnce(Tokenizer):
    """Training stops where no pair occurs twice. Go on as long as there is a pair."""

    def is_over(self, counts):
        return not counts or max(counts.values()) < 2


@misconception(weight=Weight.SLIP)
class BpeNothingLeftToMerge(Tokenizer):
    """Where no pair is left, `max` of nothing raises an error. Stop there, and return the merges so far."""

    def is_over(self, counts):
        return False


@misconception()
class BpeSecondSymbolStays(Tokenizer):
    """After a merge, the second symbol of the pair stays where it was, and so it is there twice. Go on past both of
    them."""

    def merged(self, symbols, pair):
        pairs = pairwise([*symbols, b""])
        return [a + b if (a, b) == pair else a for a, b in pairs]


@misconception()
class BpeEndOfWord(Tokenizer):
    """Each piece gets a mark for its end, as in the code of Sennrich et al. Here the space before a word says where it
    begins, and no mark is needed."""

    def first_symbols(self, piece):
        return [*super().first_symbols(piece), b"</w>"]


@misconception()
class BpeBlankBehind(Tokenizer):
    """The space goes with the word before it. In `pieces` it goes with the word that follows."""

    def cut(self, text):
        import re

        return re.findall(r"\S+ ?|\s", text)


@misconception()
class BpeSmallLetters(Tokenizer):
    """The text is converted to lower case before the pairs are counted. Leave it as it is: decoding must give it
    back."""

    def training_text(self, text):
        return text.lower()


@misconception()
class BpeStripped(Tokenizer):
    """White space at the beginning and at the end is stripped before the pairs are counted. It belongs to the text."""

    def training_text(self, text):
        return text.strip()


@misconception()
class BpeReturnsSymbols(Tokenizer):
    """The merged symbols are returned. Return the pairs that they were made of."""

    def learned(self, merges):
        return [first + second for first, second in merges]


@misconception()
class BpeReturnsStrings(Tokenizer):
    """The pairs hold strings. A symbol is `bytes`: it may be half a letter."""

    def learned(self, merges):
        return [tuple(symbol.decode("utf-8", "replace") for symbol in pair) for pair in merges]


@misconception()
class BpeReturnsIds(Tokenizer):
    """The pairs hold ids. They should hold the symbols' bytes."""

    def learned(self, merges):
        ids = {bytes([i]): i for i in range(256)}
        found = []
        for number, (first, second) in enumerate(merges):
            found.append((ids[first], ids[second]))
            ids[first + second] = 256 + number
        return found


@misconception()
class BpeReturnsLists(Tokenizer):
    """A merge is returned as a list. Make it a tuple: it can then be the key of a dict."""

    def learned(self, merges):
        return [list(pair) for pair in merges]


@misconception()
class BpeReturnsDict(Tokenizer):
    """A dict of merges is returned. Return the list of pairs, in the order in which they were learned."""

    def learned(self, merges):
        return {pair: 256 + i for i, pair in enumerate(merges)}


@misconception()
class BpeReturnsTuple(Tokenizer):
    """The merges come back in a tuple. Return a list."""

    def learned(self, merges):
        return tuple(merges)


@misconception()
class BpeReturnsReversed(Tokenizer):
    """The merges come back in reverse. The first in the list is the one that was learned first."""

    def learned(self, merges):
        return merges[::-1]


@misconception()
class BpeReturnsSorted(Tokenizer):
    """The merges come back sorted. Keep the order in which they were learned: encoding follows it."""

    def learned(self, merges):
        return sorted(merges)


@misconception(weight=Weight.NOTHING_LEFT)
class BpeNoMerges(Tokenizer):
    """There are no merges at all. Return the pairs, in the order in which they are learned."""

    def learned(self, merges):
        return []
