"""Misconceptions about edit distance and error rate."""

from collections import Counter

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoding.steps import Decoding


@misconception("per-substitution-weight", "edit-no-substitution")
class EditSubstitutionCostsTwo(Decoding):
    """A substitution costs 2, or is left out, so that a deletion and an insertion take its place. It costs 1, like each
    of these."""

    def cost(self, ours, theirs):
        return 2 * super().cost(ours, theirs)


@misconception()
class EditEqualCosts(Decoding):
    """Equal tokens cost 1 as well. They cost nothing."""

    def cost(self, ours, theirs):
        return 1


@misconception()
class EditCostFlipped(Decoding):
    """Equal tokens cost 1, and different ones nothing. It is the other way round."""

    def cost(self, ours, theirs):
        return int(ours == theirs)


@misconception()
class EditNoInsertion(Decoding):
    """Insertions are left out of the minimum. Three steps compete: deletion, insertion, substitution."""

    def cheapest(self, above, row, j, ours, theirs):
        return min(above[j + 1] + 1, above[j] + self.cost(ours, theirs))


@misconception()
class EditNoDeletion(Decoding):
    """Deletions are left out of the minimum. Three steps compete: deletion, insertion, substitution."""

    def cheapest(self, above, row, j, ours, theirs):
        return min(row[j] + 1, above[j] + self.cost(ours, theirs))


@misconception()
class EditSwapsNeighbours(Decoding):
    """Two neighbours that are swapped cost 1. In Levenshtein's distance they are two steps."""

    def distance(self, a, b):
        table = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
        for i in range(1, len(a) + 1):
            for j in range(1, len(b) + 1):
                steps = [table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1])]
                if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                    steps.append(table[i - 2][j - 2] + 1)
                table[i][j] = min(steps)
        return table[-1][-1]


@misconception("edit-zip-only")
class EditHamming(Decoding):
    """Tokens are compared place by place, and the rest is counted. After an insertion everything has moved: fill the
    table of all beginnings."""

    def distance(self, a, b):
        return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


@misconception()
class EditPlacesOnly(Decoding):
    """Tokens are compared place by place up to the end of the shorter sequence. What is longer has to be inserted or
    deleted, and counts."""

    def distance(self, a, b):
        return sum(x != y for x, y in zip(a, b, strict=False))


@misconception()
class EditBags(Decoding):
    """The order of the tokens is not looked at. Moving a token costs, too."""

    def distance(self, a, b):
        first, second = Counter(a), Counter(b)
        return max(sum((first - second).values()), sum((second - first).values()))


@misconception()
class EditBordersZero(Decoding):
    """The first row and the first column of the table hold zeros, as if it cost nothing to write or to delete what
    comes first. They are 0, 1, 2, …: from nothing to j tokens it takes j insertions."""

    def first_row(self, length):
        return [0] * (length + 1)

    def first_of_row(self, i):
        return 0


@misconception()
class EditFirstRowZero(Decoding):
    """The first row of the table holds zeros. From nothing to the first j tokens of b it takes j insertions."""

    def first_row(self, length):
        return [0] * (length + 1)


@misconception()
class EditFirstColumnZero(Decoding):
    """The first column of the table holds zeros. From the first i tokens of a to nothing it takes i deletions."""

    def first_of_row(self, i):
        return 0


@misconception()
class EditDivided(Decoding):
    """The distance is divided by the length of the longer sequence. It is the number of edits itself."""

    def edit_distance(self, a, b):
        return super().edit_distance(a, b) / max(len(a), len(b), 1)


@misconception(weight=Weight.SLIP)
class EditStringsOnly(Decoding):
    """The tokens are joined to one string, so that several tokens can look like one. Compare token by token."""

    def sequence(self, tokens):
        return "".join(map(str, tokens))


@misconception(weight=Weight.SLIP)
class EditBlanksSplit(Decoding):
    """A string is split into words. Its letters are the tokens: take the sequence as it comes."""

    def sequence(self, tokens):
        return tokens.split() if isinstance(tokens, str) else tokens


@misconception(weight=Weight.SLIP)
class EditWithoutCase(Decoding):
    """Upper and lower case count as the same. Tokens are the same only where they are equal."""

    def cost(self, ours, theirs):
        return int(str(ours).lower() != str(theirs).lower())


@misconception(weight=Weight.NOTHING_LEFT)
class EditLengths(Decoding):
    """Only the lengths are compared. Fill the table of all beginnings, and compare the tokens."""

    def distance(self, a, b):
        return abs(len(a) - len(b))


@misconception()
class RateMeanOfRates(Decoding):
    """The error rates of the pairs are averaged, so that short ones weigh as much as long ones. Add up the distances,
    add up the reference lengths, then divide."""

    def rate(self, distances, lengths, said):
        return float(np.mean([d / max(n, 1) for d, n in zip(distances, lengths, strict=True)]))


@misconception("per-no-normalisation")
class RateMeanOfDistances(Decoding):
    """The distances are averaged over the pairs. Divide their sum by the number of reference tokens."""

    def rate(self, distances, lengths, said):
        return sum(distances) / len(distances)


@misconception()
class RateByHypotheses(Decoding):
    """The sum is divided by the lengths of the hypotheses. Divide by those of the references: a model must not get
    better by saying more."""

    def rate(self, distances, lengths, said):
        return sum(distances) / sum(said)


@misconception()
class RateByLonger(Decoding):
    """The sum is divided by the longer length of each pair. Divide by the reference lengths; the rate may be above
    1."""

    def rate(self, distances, lengths, said):
        return sum(distances) / sum(max(pair) for pair in zip(lengths, said, strict=True))


@misconception()
class RateOfWrongOnes(Decoding):
    """The share of pairs that are not equal is returned. Count the edits, token by token."""

    def rate(self, distances, lengths, said):
        return sum(d > 0 for d in distances) / len(distances)


@misconception(weight=Weight.SLIP)
class RateInPercent(Decoding):
    """The rate is given in percent. It is a share: 1 means as many edits as reference tokens."""

    def rate(self, distances, lengths, said):
        return 100 * super().rate(distances, lengths, said)


@misconception()
class RateAtMostOne(Decoding):
    """The rate is cut off at 1. A hypothesis that says too much can cost more edits than the reference has tokens."""

    def rate(self, distances, lengths, said):
        return min(1.0, super().rate(distances, lengths, said))


@misconception()
class RateOfRight(Decoding):
    """The share of right tokens is returned. The error rate is the share of edits."""

    def rate(self, distances, lengths, said):
        return 1 - super().rate(distances, lengths, said)


@misconception()
class RateNotDivided(Decoding):
    """The distances are added up, and not divided. Divide by the sum of the reference lengths."""

    def rate(self, distances, lengths, said):
        return float(sum(distances))
