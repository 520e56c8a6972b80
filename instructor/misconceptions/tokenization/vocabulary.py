"""Misconceptions about the vocabulary of symbols."""

from collections import Counter

from autograder.exercise import Weight, misconception
from instructor.misconceptions.tokenization.steps import SPECIALS, Tokenizer


@misconception()
class VocabularyByAppearance(Tokenizer):
    """The symbols are numbered as they appear. Sort them, so that the same text in another order has the same
    numbers."""

    def others(self, symbols, specials):
        return [symbol for symbol in dict.fromkeys(symbols) if symbol not in specials]


@misconception()
class VocabularyByFrequency(Tokenizer):
    """The most frequent symbol comes first. Sort the symbols themselves."""

    def others(self, symbols, specials):
        counts = Counter(symbols)
        return sorted(set(symbols) - set(specials), key=lambda symbol: (-counts[symbol], symbol))


@misconception()
class VocabularySortedInParts(Tokenizer):
    """The symbols of each sequence are sorted, and not those of all: then the numbers depend on the order of the
    sequences. Collect the symbols of all, and sort once."""

    def symbols_in(self, sequences):
        return [symbol for sequence in sequences for symbol in sorted(set(sequence))]

    def others(self, symbols, specials):
        return [symbol for symbol in dict.fromkeys(symbols) if symbol not in specials]


@misconception()
class VocabularyFromTheEnd(Tokenizer):
    """The symbols are sorted from the last to the first. Sort upwards."""

    def others(self, symbols, specials):
        return sorted(set(symbols) - set(specials), reverse=True)


@misconception()
class VocabularyByLength(Tokenizer):
    """Shorter symbols come first. Sort as Python compares strings."""

    def others(self, symbols, specials):
        return sorted(set(symbols) - set(specials), key=lambda symbol: (len(symbol), symbol))


@misconception()
class VocabularyWithoutCase(Tokenizer):
    """Upper and lower case are sorted as if they were the same. Sort as Python compares strings."""

    def others(self, symbols, specials):
        return sorted(set(symbols) - set(specials), key=lambda symbol: (symbol.lower(), symbol))


@misconception()
class VocabularySmallLetters(Tokenizer):
    """The symbols are converted to lower case. Each symbol is kept as it is."""

    def symbols_in(self, sequences):
        return [symbol.lower() for symbol in super().symbols_in(sequences)]


@misconception()
class VocabularySpecialsLast(Tokenizer):
    """The specials come last. They come first, so that padding is 0 in every vocabulary."""

    def in_order(self, specials, others):
        return [*others, *specials]


@misconception()
class VocabularySpecialsSorted(Tokenizer):
    """The specials are sorted too. They come first, in the order in which they are given."""

    def in_order(self, specials, others):
        return [*sorted(specials), *others]


@misconception()
class VocabularyAllSorted(Tokenizer):
    """Specials and symbols are sorted together. The specials come first, in their order, and then the others,
    sorted."""

    def in_order(self, specials, others):
        return sorted([*specials, *others])


@misconception()
class VocabularySpecialTwice(Tokenizer):
    """A special that occurs in the sequences is numbered a second time. It keeps its one id: leave it out of the
    others."""

    def others(self, symbols, specials):
        return sorted(set(symbols))


@misconception(weight=Weight.SLIP)
class VocabularyFixedSpecials(Tokenizer):
    """The specials are always <pad>, <bos> and <eos>. Take the argument `specials`."""

    def specials(self, specials):
        return SPECIALS


@misconception()
class VocabularyNoSpecials(Tokenizer):
    """The specials are missing. They get the first numbers."""

    def in_order(self, specials, others):
        return list(others)


@misconception()
class VocabularyFromOne(Tokenizer):
    """The numbers begin at 1. They begin at 0: they are rows of a table."""

    def numbered(self, symbols):
        return {symbol: i + 1 for i, symbol in enumerate(symbols)}


@misconception()
class VocabularyBackwards(Tokenizer):
    """The dict gives a symbol for each number. It should give a number for each symbol."""

    def numbered(self, symbols):
        return dict(enumerate(symbols))


@misconception()
class VocabularyList(Tokenizer):
    """A list of symbols is returned. Return a dict that gives the number of each."""

    def numbered(self, symbols):
        return list(symbols)


@misconception()
class VocabularyCounts(Tokenizer):
    """The dict says how often each symbol occurs. It should say which number it has."""

    def build_vocabulary(self, sequences, specials=SPECIALS):
        return dict.fromkeys(specials, 0) | dict(Counter(self.symbols_in(sequences)))


@misconception()
class VocabularyFirstSequence(Tokenizer):
    """Only the first sequence is looked at. Collect the symbols of all sequences."""

    def symbols_in(self, sequences):
        return list(sequences[0])


@misconception()
class VocabularyLetters(Tokenizer):
    """The symbols are cut into their letters. Each symbol is one entry, however long it is."""

    def symbols_in(self, sequences):
        return [letter for symbol in super().symbols_in(sequences) for letter in symbol]


@misconception()
class VocabularyWithoutRare(Tokenizer):
    """Symbols that occur only once are left out. Every symbol gets a number."""

    def others(self, symbols, specials):
        counts = Counter(symbols)
        return sorted(symbol for symbol in set(symbols) - set(specials) if counts[symbol] > 1)


@misconception()
class VocabularyWithGaps(Tokenizer):
    """Every occurrence uses up a number, so there are gaps. Number each symbol once, without a gap."""

    def others(self, symbols, specials):
        return sorted(symbol for symbol in symbols if symbol not in specials)


@misconception()
class VocabularyUnknown(Tokenizer):
    """A special for unknown symbols was added. This exercise has only the specials that are given."""

    def in_order(self, specials, others):
        return [*specials, "<unk>", *others]


@misconception()
class VocabularyExtendsSpecials(Tokenizer):
    """The caller's list of specials is extended with the symbols. Make a new list."""

    def in_order(self, specials, others):
        if isinstance(specials, list):
            specials += others
            return specials
        return super().in_order(specials, others)
