"""Misconceptions about turning ids into text again."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.tokenization.steps import Tokenizer


@misconception()
class DecodeOneByOne(Tokenizer):
    """Each id is turned into text on its own, and a letter whose bytes lie in two ids is lost. Join all bytes first,
    then decode once."""

    def as_text(self, found):
        return "".join(symbol.decode("utf-8", "replace") for symbol in found)


@misconception(weight=Weight.SLIP)
class DecodeStrict(Tokenizer):
    """Ids whose bytes are not valid UTF-8 raise an error. A model may produce any ids: decode with
    `errors="replace"`."""

    def as_text(self, found):
        return b"".join(found).decode()


@misconception(weight=Weight.SLIP)
class DecodeIgnores(Tokenizer):
    """Bytes that are not valid UTF-8 disappear. Decode with `errors="replace"`, so that you can see where they were."""

    def as_text(self, found):
        return b"".join(found).decode("utf-8", "ignore")


@misconception()
class DecodeLatin(Tokenizer):
    """Each byte becomes a letter (`chr`, Latin-1). Letters outside ASCII are several bytes: decode as UTF-8."""

    def as_text(self, found):
        return b"".join(found).decode("latin-1")


@misconception()
class DecodeChr(Tokenizer):
    """`chr` turns a byte into a letter of that number, and from 128 on this letter has two bytes of its own. The byte
    itself is `bytes([b])`."""

    def bytes_of(self, i, table):
        return chr(i).encode() if i < 256 else table[i]


@misconception()
class DecodeJoinsWithBlanks(Tokenizer):
    """The symbols are joined with spaces. The spaces are in the symbols already: join with nothing between."""

    def as_text(self, found):
        return b" ".join(found).decode("utf-8", "replace")


@misconception()
class DecodeReturnsBytes(Tokenizer):
    """Bytes are returned. Decode them: the result is a `str`."""

    def as_text(self, found):
        return b"".join(found)


@misconception()
class DecodeReturnsList(Tokenizer):
    """A list of strings is returned. Join them: the result is one `str`."""

    def as_text(self, found):
        return [symbol.decode("utf-8", "replace") for symbol in found]


@misconception()
class DecodeStripped(Tokenizer):
    """White space at the beginning and at the end is stripped. Decoding is the exact inverse of encoding."""

    def as_text(self, found):
        return super().as_text(found).strip()


@misconception()
class DecodeMergesOneTooHigh(Tokenizer):
    """Merge i is looked up at 257 + i, so every merged symbol is the one before it. The first merge is 256."""

    def bytes_of(self, i, table):
        return table[i - 1 if i > 255 else i]


@misconception()
class DecodeMergesOneTooLow(Tokenizer):
    """Merge i is looked up at 255 + i: every merged symbol is the one after it, or does not exist. The first merge is
    256."""

    def bytes_of(self, i, table):
        return table[i + 1 if i > 255 else i]


@misconception()
class DecodeFirstHalf(Tokenizer):
    """Only the first symbol of a merge is written. A merge stands for both, one after the other."""

    def table(self, merges):
        return [bytes([byte]) for byte in range(256)] + [first for first, _ in merges]


@misconception()
class DecodeHalvesSwapped(Tokenizer):
    """The second symbol of a merge is written before the first. Keep the order of the pair."""

    def table(self, merges):
        return [bytes([byte]) for byte in range(256)] + [second + first for first, second in merges]


@misconception()
class DecodeMergesOnly(Tokenizer):
    """Ids below 256 are skipped. They are single bytes, and belong to the text."""

    def bytes_of(self, i, table):
        return table[i] if i > 255 else b""


@misconception()
class DecodeBytesOnly(Tokenizer):
    """Ids of merges are skipped. Id 256 + i stands for the bytes of merge i."""

    def bytes_of(self, i, table):
        return table[i] if i < 256 else b""


@misconception()
class DecodeAsciiOnly(Tokenizer):
    """The bytes are decoded as ASCII, and every byte of another letter becomes a replacement mark. Decode as UTF-8."""

    def as_text(self, found):
        return b"".join(found).decode("ascii", "replace")
