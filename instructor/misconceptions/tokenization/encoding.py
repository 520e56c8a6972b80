"""Misconceptions about encoding a text."""

import re
import unicodedata
from itertools import pairwise

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.tokenization.steps import Tokenizer


@misconception()
class EncodeWithoutBlanks(Tokenizer):
    """The text is cut with `split()`, and the white space is lost. Cut with `pieces(text)`: joined they are the
    text."""

    def pieces_to_encode(self, text):
        return text.split()


@misconception()
class EncodeBlanksApart(Tokenizer):
    """Words are cut off from the spaces before them. A merge may begin with that space: cut with `pieces(text)`."""

    def pieces_to_encode(self, text):
        return re.findall(r"\S+|\s", text)


@misconception()
class EncodeLongestMatch(Tokenizer):
    """From the left, always the longest known symbol is taken. Merge pairs in the order in which they were learned
    instead: that can cut the piece differently."""

    def encoded(self, piece, ranks):
        known = {bytes([i]): i for i in range(256)}
        known |= {first + second: 256 + rank for (first, second), rank in ranks.items()}
        rest, found = piece.encode(), []
        while rest:
            symbol = next(rest[:size] for size in range(len(rest), 0, -1) if rest[:size] in known)
            found.append(known[symbol])
            rest = rest[len(symbol) :]
        return found


@misconception()
class EncodeLeftmostFirst(Tokenizer):
    """The first pair from the left that has a merge is merged, whichever it is. Of all pairs in the piece take the one
    whose merge was learned earliest."""

    def next_place(self, symbols, ranks):
        known = self.known(symbols, ranks)
        return min(place for _, place in known) if known else None


@misconception()
class EncodeRightmostFirst(Tokenizer):
    """The last pair that has a merge is merged, whichever it is. Of all pairs in the piece take the one whose merge was
    learned earliest."""

    def next_place(self, symbols, ranks):
        known = self.known(symbols, ranks)
        return max(place for _, place in known) if known else None


@misconception()
class EncodeLatestFirst(Tokenizer):
    """The pair whose merge was learned last is merged first. Take the one that was learned earliest."""

    def next_place(self, symbols, ranks):
        known = self.known(symbols, ranks)
        return min((-rank, place) for rank, place in known)[1] if known else None


@misconception()
class EncodeRightToLeft(Tokenizer):
    """Of several places with the same pair the last is merged first, which matters in a run such as aaa. Begin on the
    left."""

    def next_place(self, symbols, ranks):
        known = self.known(symbols, ranks)
        return min((rank, -place) for rank, place in known)[1] * -1 if known else None


@misconception()
class EncodeOneMerge(Tokenizer):
    """Only one pair is merged in each piece. Go on as long as there is a pair that has a merge."""

    def encoded(self, piece, ranks):
        symbols = self.symbols_of(piece)
        place = self.next_place(symbols, ranks)
        if place is not None:
            symbols[place : place + 2] = [self.joined(symbols[place], symbols[place + 1], ranks)]
        return self.numbers_of(symbols)


@misconception()
class EncodeBytePairsOnly(Tokenizer):
    """Single bytes are merged, but what came out of a merge is never merged again. Look at the neighbours anew after
    each merge."""

    def next_place(self, symbols, ranks):
        known = [(rank, i) for rank, i in self.known(symbols, ranks) if len(symbols[i][0] + symbols[i + 1][0]) == 2]
        return min(known)[1] if known else None


@misconception(weight=Weight.NOTHING_LEFT)
class EncodeBytesOnly(Tokenizer):
    """Nothing is merged: the ids are the bytes. As long as two neighbours have a merge, put its id in their place."""

    def next_place(self, symbols, ranks):
        return None


@misconception()
class EncodeMergesFromZero(Tokenizer):
    """Merge i gets the id i, which is a byte already. The merges come after the 256 bytes: 256 + i."""

    def id_of_merge(self, rank):
        return rank


@misconception()
class EncodeMergesOneTooHigh(Tokenizer):
    """Merge i gets the id 257 + i. The bytes are 0 to 255, so the first merge is 256."""

    def id_of_merge(self, rank):
        return 257 + rank


@misconception()
class EncodeMergesOneTooLow(Tokenizer):
    """Merge i gets the id 255 + i, and the first merge cannot be told from the byte 255. The first merge is 256."""

    def id_of_merge(self, rank):
        return 255 + rank


@misconception()
class EncodeLetters(Tokenizer):
    """Letters get their number in Unicode (`ord`). Ids below 256 are bytes: encode the text as UTF-8 first."""

    def symbols_of(self, piece):
        return [(letter.encode(), ord(letter)) for letter in piece]


@misconception()
class EncodeAsciiOnly(Tokenizer):
    """Letters outside ASCII are dropped or replaced. Every text has bytes in UTF-8, and each byte has an id."""

    def text_to_encode(self, text):
        return text.encode("ascii", "ignore").decode()


@misconception()
class EncodeDropsUnknown(Tokenizer):
    """Bytes that occur in no merge are dropped. Every byte has an id: a word that was never seen is still spelt."""

    def encoded(self, piece, ranks):
        known = {byte for pair in ranks for symbol in pair for byte in symbol}
        self.kept = known
        return super().encoded(piece, ranks)

    def symbols_of(self, piece):
        return [symbol for symbol in super().symbols_of(piece) if symbol[1] in self.kept]


@misconception()
class EncodeNormalised(Tokenizer):
    """The text is normalised: letters that look alike become one. Leave it as it is: decoding must give it back."""

    def text_to_encode(self, text):
        return unicodedata.normalize("NFKC", text)


@misconception()
class EncodeSmallLetters(Tokenizer):
    """The text is converted to lower case first. Leave it as it is: decoding must give it back."""

    def text_to_encode(self, text):
        return text.lower()


@misconception()
class EncodeStripped(Tokenizer):
    """White space at the beginning and at the end is stripped. Leave it: decoding must give it back."""

    def text_to_encode(self, text):
        return text.strip()


@misconception()
class EncodeReturnsSymbols(Tokenizer):
    """The symbols' bytes are returned. Return their ids."""

    def numbers_of(self, symbols):
        return [symbol for symbol, _ in symbols]


@misconception()
class EncodeReturnsPieces(Tokenizer):
    """The ids come back in a list for each piece. Put them all into one list."""

    def ids(self, found):
        return found


@misconception(weight=Weight.SLIP)
class EncodeReturnsArray(Tokenizer):
    """An array is returned. A token list is a Python list of `int`: `.tolist()`."""

    def ids(self, found):
        return np.array(super().ids(found), dtype=np.int64)


@misconception(weight=Weight.SLIP)
class EncodeReturnsTuple(Tokenizer):
    """A tuple is returned. A token list is a Python list of `int`."""

    def ids(self, found):
        return tuple(super().ids(found))


@misconception()
class EncodeUsesUpMerges(Tokenizer):
    """The caller's list of merges is changed (`pop`, `sort`, `reverse`): the next text is encoded differently. Leave it
    as it is."""

    def ranks(self, merges):
        merges.sort()
        return super().ranks(merges)


@misconception()
class EncodeInOnePass(Tokenizer):
    """The piece is read only once, from left to right, and each symbol is merged with what came before it if possible.
    Of all pairs in the piece take the one that was learned earliest, and look again."""

    def encoded(self, piece, ranks):
        found: list = []
        for symbol in self.symbols_of(piece):
            if found and (found[-1][0], symbol[0]) in ranks:
                found[-1] = self.joined(found[-1], symbol, ranks)
            else:
                found.append(symbol)
        return self.numbers_of(found)


@misconception()
class EncodeMergesReversed(Tokenizer):
    """The pair is looked up the wrong way round, the second symbol first. Keep the order in which they stand."""

    def known(self, symbols, ranks):
        pairs = enumerate(pairwise(symbols))
        return [(ranks[b[0], a[0]], i) for i, (a, b) in pairs if (b[0], a[0]) in ranks]

    def joined(self, a, b, ranks):
        return super().joined(b, a, ranks)
