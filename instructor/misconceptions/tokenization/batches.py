"""Misconceptions about padding, and about batches of sequences of about the same length."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.tokenization.steps import Tokenizer


@misconception()
class PadLeft(Tokenizer):
    """The padding is on the left. Put it on the right, after the tokens."""

    def padded(self, sequence, width, pad_id):
        return [pad_id] * (width - len(sequence)) + sequence


@misconception(weight=Weight.SLIP)
class PadAlwaysZero(Tokenizer):
    """The padding is always 0. Take the argument `pad_id`."""

    def filling(self, pad_id):
        return 0


@misconception()
class PadToShortest(Tokenizer):
    """The sequences are cut to the shortest. Fill them up to the longest."""

    def width(self, sequences):
        return min(len(sequence) for sequence in sequences)

    def padded(self, sequence, width, pad_id):
        return sequence[:width]


@misconception()
class PadToFirst(Tokenizer):
    """Every row is as long as the first sequence. The longest sequence decides."""

    def width(self, sequences):
        return len(sequences[0])

    def padded(self, sequence, width, pad_id):
        return super().padded(sequence, width, pad_id)[:width]


@misconception()
class PadOneTooMany(Tokenizer):
    """There is one column of padding too many. The longest sequence has no padding."""

    def width(self, sequences):
        return super().width(sequences) + 1


@misconception()
class PadRepeatsLast(Tokenizer):
    """The last token is repeated. What is missing is filled with `pad_id`."""

    def padded(self, sequence, width, pad_id):
        return sequence + [sequence[-1] if sequence else pad_id] * (width - len(sequence))


@misconception()
class PadTransposed(Tokenizer):
    """Rows and columns are swapped. The shape is (batch, longest)."""

    def as_batch(self, rows):
        return super().as_batch(rows).T


@misconception()
class PadReturnsLists(Tokenizer):
    """Lists are returned. The result is an int64 array of shape (batch, longest)."""

    def as_batch(self, rows):
        return rows


@misconception()
class PadFloats(Tokenizer):
    """The array holds floating-point numbers, as `np.zeros` makes them. Ids are integers: `dtype=np.int64`."""

    def as_batch(self, rows):
        return super().as_batch(rows).astype(float)


@misconception(weight=Weight.SLIP)
class PadInt32(Tokenizer):
    """The array is int32. This exercise asks for int64, which is what PyTorch takes as ids."""

    def as_batch(self, rows):
        return super().as_batch(rows).astype(np.int32)


@misconception()
class PadNotAtAll(Tokenizer):
    """The rows are not all equally long, and rows of different lengths make no array. Fill each one with `pad_id` to
    the length of the longest sequence."""

    def padded(self, sequence, width, pad_id):
        return list(sequence)


@misconception()
class PadExtendsSequences(Tokenizer):
    """The caller's own lists are filled up (`extend`, `append`, `+=`). Leave them as they are."""

    def padded(self, sequence, width, pad_id):
        sequence += [pad_id] * (width - len(sequence))
        return sequence


@misconception()
class PadSorted(Tokenizer):
    """The rows are sorted by length. Row i belongs to sequence i."""

    def as_batch(self, rows):
        return super().as_batch(sorted(rows, key=lambda row: -row.count(row[-1])))


@misconception(weight=Weight.SLIP)
class PadSkipsEmpty(Tokenizer):
    """Empty sequences are left out. An empty sequence is a row of padding."""

    def pad_batch(self, sequences, pad_id=0):
        return super().pad_batch([sequence for sequence in sequences if sequence], pad_id)


@misconception()
class BatchesUnsorted(Tokenizer):
    """The sequences are taken in the order in which they come. Sort by length first: that is what saves the padding."""

    def order(self, lengths):
        return list(range(len(lengths)))


@misconception()
class BatchesUnsortedByNewest(Tokenizer):
    """The lengths are not sorted, so the newest sequence of a batch need not be its longest, and the limit is counted
    with the wrong length. Sort by length first."""

    def order(self, lengths):
        return list(range(len(lengths)))

    def fits(self, there, new, limit):
        return new * (len(there) + 1) <= limit


@misconception()
class BatchesLongestFirst(Tokenizer):
    """The longest sequences come first. Go from the shortest to the longest."""

    def order(self, lengths):
        return sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))


@misconception()
class BatchesLongestFirstByNewest(Tokenizer):
    """The longest sequences come first, so the limit is counted with the shortest of each batch. Go from the shortest
    to the longest: then the newest sequence is the longest."""

    def order(self, lengths):
        return sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))

    def fits(self, there, new, limit):
        return new * (len(there) + 1) <= limit


@misconception()
class BatchesTurnedAround(Tokenizer):
    """The sorted indices are turned around (`[::-1]`): the longest sequences come first, and equal ones in reverse. Go
    from the shortest to the longest."""

    def order(self, lengths):
        return sorted(range(len(lengths)), key=lambda i: (lengths[i], i))[::-1]


@misconception()
class BatchesTurnedAroundByNewest(Tokenizer):
    """The sorted indices are turned around (`[::-1]`), so the longest sequences come first, and the limit is counted
    with the shortest of each batch. Leave them as they were sorted: then the newest sequence is the longest."""

    def order(self, lengths):
        return sorted(range(len(lengths)), key=lambda i: (lengths[i], i))[::-1]

    def fits(self, there, new, limit):
        return new * (len(there) + 1) <= limit


@misconception()
class BatchesEqualReversed(Tokenizer):
    """Sequences of equal length come in reverse. Keep the order of their indices, as Python's `sorted` does."""

    def order(self, lengths):
        return sorted(reversed(range(len(lengths))), key=lambda i: lengths[i])


@misconception()
class BatchesCountTokens(Tokenizer):
    """The lengths in a batch are added up. With its padding, a batch takes the longest length times the number of
    sequences."""

    def fits(self, there, new, limit):
        return sum(there) + new <= limit


@misconception()
class BatchesStrictlyBelow(Tokenizer):
    """A batch that fills `tokens_per_batch` exactly is not made. The limit itself is allowed: ≤, not <."""

    def fits(self, there, new, limit):
        return max(*there, new) * (len(there) + 1) < limit


@misconception()
class BatchesCountSequences(Tokenizer):
    """`tokens_per_batch` is taken for a number of sequences. It counts tokens, padding included."""

    def fits(self, there, new, limit):
        return len(there) < limit


@misconception()
class BatchesOldLongest(Tokenizer):
    """The check whether a sequence fits uses the longest length without the new one. As they are sorted, the new one is
    the longest: use its length."""

    def fits(self, there, new, limit):
        return max(there) * (len(there) + 1) <= limit


@misconception()
class BatchesByShortest(Tokenizer):
    """The limit is counted with the shortest sequence of a batch. Every sequence is filled up to the longest: count
    longest × number."""

    def fits(self, there, new, limit):
        return min(there) * (len(there) + 1) <= limit


@misconception()
class BatchesOneOver(Tokenizer):
    """A batch is closed only after it has become too large. Before you add a sequence, check whether it still fits."""

    def fits(self, there, new, limit):
        return max(there) * len(there) <= limit


@misconception()
class BatchesWithoutTheNew(Tokenizer):
    """The new sequence is not counted in the check whether it fits. Add 1 to the number of sequences."""

    def fits(self, there, new, limit):
        return max(*there, new) * len(there) <= limit


@misconception()
class BatchesDropLong(Tokenizer):
    """Sequences longer than `tokens_per_batch` are left out. Each of them is a batch of its own: no index is lost."""

    def is_left_out(self, length, limit):
        return length > limit


@misconception()
class BatchesLongTogether(Tokenizer):
    """Sequences longer than `tokens_per_batch` share a batch. Each of them is a batch of its own."""

    def fits(self, there, new, limit):
        return min(there) > limit or super().fits(there, new, limit)


@misconception()
class BatchesDropLast(Tokenizer):
    """The last batch is missing: it was never added after the loop, or left out because it is not full. Every index
    occurs exactly once."""

    def batches(self, batches, lengths):
        return batches[:-1]


@misconception()
class BatchesOfLengths(Tokenizer):
    """The batches hold lengths. They should hold indices of the sequences."""

    def batches(self, batches, lengths):
        return [[lengths[i] for i in batch] for batch in batches]


@misconception(weight=Weight.SLIP)
class BatchesOfNumPyIntegers(Tokenizer):
    """The indices are NumPy's integers, as `argsort` gives them. Make each a plain `int`: `.tolist()` does."""

    def batches(self, batches, lengths):
        return [[np.int64(i) for i in batch] for batch in batches]


@misconception(weight=Weight.SLIP)
class BatchesOfArrays(Tokenizer):
    """A batch is an array. Make it a list of plain `int`: `.tolist()` does."""

    def batches(self, batches, lengths):
        return [np.array(batch) for batch in batches]


@misconception(weight=Weight.SLIP)
class BatchesOfTuples(Tokenizer):
    """A batch is a tuple. Make it a list."""

    def batches(self, batches, lengths):
        return [tuple(batch) for batch in batches]


@misconception()
class BatchesFlat(Tokenizer):
    """All indices come back in one list. Return a list of batches, each a list of its own."""

    def batches(self, batches, lengths):
        return [i for batch in batches for i in batch]


@misconception()
class BatchesOfEqualLength(Tokenizer):
    """A batch holds only sequences of exactly the same length. Nearly the same is enough: shorter ones are padded."""

    def fits(self, there, new, limit):
        return new == there[0] and super().fits(there, new, limit)


@misconception()
class BatchesOfOneSize(Tokenizer):
    """Every batch holds as many sequences as the longest of all allows. Count with the longest length in this batch."""

    def order(self, lengths):
        self.longest = max(lengths, default=1)
        return super().order(lengths)

    def fits(self, there, new, limit):
        return self.longest * (len(there) + 1) <= limit


@misconception()
class BatchesStartEmpty(Tokenizer):
    """The first batch is empty: it was begun before there was a sequence for it, and closed when the first one did not
    fit. Close a batch only when something is in it."""

    def length_batches(self, lengths, tokens_per_batch):
        batches = super().length_batches(lengths, tokens_per_batch)
        return [[], *batches] if lengths and min(lengths) > tokens_per_batch else batches


@misconception()
class BatchesFromOne(Tokenizer):
    """The indices begin at 1. Python counts from 0."""

    def batches(self, batches, lengths):
        return [[i + 1 for i in batch] for batch in batches]


@misconception()
class BatchesSortLengths(Tokenizer):
    """The caller's list of lengths is sorted in place, and the indices belong to another order. Sort the indices."""

    def order(self, lengths):
        lengths.sort()
        return super().order(lengths)


@misconception(weight=Weight.NOTHING_LEFT)
class BatchesOfOne(Tokenizer):
    """Every sequence is a batch of its own. Fill a batch as long as it fits."""

    def fits(self, there, new, limit):
        return False
