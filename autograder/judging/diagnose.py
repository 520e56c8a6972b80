"""Name the mistakes: find the smallest set of misconceptions that gives what the student's code gives.

Two mistakes are a class with two bases (`exercise.combine`), so a set is run like a single one. A misconception that
fails a trial which the student's code passes is never named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from autograder import syllabus
from autograder.answers import Answers, AnyShown, Mistakes
from autograder.evidence import Failure, Shown
from autograder.exercise import Exercise, Misconception, Trial
from autograder.judging.likeness import (
    Likeness,
    are_both_about_shapes,
    complain_alike,
    is_explained,
    is_same,
    likeness,
    passes,
    share_a_wrong_array,
)
from autograder.protocol import wire
from autograder.protocol.probe import Action, Observation

MOST = 3  # mistakes in one set
LOOKED_AT = 4  # failing trials in which the next mistake of a set is looked for
FOLLOWED = 5  # sets of one size that are enlarged


@dataclass(frozen=True)
class Diagnosis:
    """The mistakes of an exercise, the main one first.

    `blamed` has for each trial that they explain the one to blame, `changed` for each mistake the trials among these in
    which it alone would make a difference.
    """

    mistakes: Mistakes = ()
    blamed: Mapping[Trial, Misconception] = field(default_factory=dict)
    changed: Mapping[Misconception, Sequence[Trial]] = field(default_factory=dict)


def diagnose(
    exercise: Exercise,
    shown: Mapping[Trial, Shown],
    failing: Sequence[Trial],
    answers: Answers,
    counted: Sequence[str] = (),
    passing_elsewhere: Sequence[Trial] = (),
) -> Diagnosis:
    """The mistakes behind the failing trials: those that explain all, or else as many as can be explained. Where all
    that there is are crashes, one mistake has to explain them all.

    `counted` names mistakes that were found in earlier exercises: where several explanations are as good, theirs is
    taken. `passing_elsewhere` are trials of other exercises, which no mistake that is named may fail either.
    """
    if all(exercise.case_named(trial.case).proves_little for trial in failing):
        return Diagnosis()
    search = _Search(exercise, shown, failing, answers, counted, passing_elsewhere)
    whole = search.find_whole()
    mistakes = (whole,) if whole else () if search.only_crashes else search.find_set()
    if not mistakes:
        return Diagnosis()
    if whole:
        return search.blame(mistakes, search.failing)
    return search.blame(mistakes, search.find_explained(mistakes))


class _Search:
    def __init__(
        self,
        exercise: Exercise,
        shown: Mapping[Trial, Shown],
        failing: Sequence[Trial],
        answers: Answers,
        counted: Sequence[str],
        passing_elsewhere: Sequence[Trial],
    ) -> None:
        self.exercise, self.shown, self.answers = exercise, shown, answers
        self.small_first = sorted(shown, key=_size)
        self.failing = [trial for trial in self.small_first if trial in failing]
        self.passing = [trial for trial in self.small_first if trial not in failing]
        self.known = sorted(answers.relevant(exercise), key=lambda m: m.name not in counted)
        self.places = {m.name: place for place, m in enumerate(answers.relevant(exercise))}
        self.elsewhere = passing_elsewhere
        self.only_crashes = not any(isinstance(theirs, Observation) for theirs in shown.values())
        self._refuted: dict[Misconception, bool] = {}

    def find_whole(self) -> Misconception | None:
        """The misconception most like the student's code among those that do the same in every trial.

        Code that crashes must say the same at least once, but for names and sizes: a misspelt name where there is a
        mask is no `if mask:`. Code that does nothing but crash must always say the very same.
        """
        candidates = [m for m in self.known if self._may_do_the_same(m)]
        best, most, perfect = None, 0, Likeness.SAME * len(self.failing)
        for candidate, first in self.answers.mistakes(self.failing[0], candidates):
            likenesses = list(self._likenesses(candidate, first))
            explains = all(likenesses) and (not self.only_crashes or set(likenesses) == {Likeness.SAME})
            explains = explains and sum(likenesses) > most and self._complains_alike(candidate)
            if explains and not self.is_refuted(candidate):
                best, most = candidate, sum(likenesses)
            if most == perfect:
                break
        return best

    def _may_do_the_same(self, candidate: Misconception) -> bool:
        """Whether a misconception fails the trials that the student's code fails and no others, as far as is known."""
        known = self.answers.is_known_to_fail
        return all(known(trial, candidate) is not False for trial in self.failing) and not any(
            known(trial, candidate) for trial in self.passing
        )

    def _likenesses(self, candidate: Misconception, first: AnyShown) -> Iterator[Likeness]:
        """How alike the two are in one failing trial after the other, up to the first in which they are not."""
        for number, trial in enumerate(self.failing):
            ours = self.answers.mistake(trial, candidate) if number else first
            found = likeness(self.exercise, trial, self.shown[trial], ours)
            yield found
            if not found:
                return

    def _complains_alike(self, candidate: Misconception) -> bool:
        """Whether nothing crashes, or one crash says what the candidate's says. Where wrong numbers are the same, it is
        enough that both are about shapes."""
        crashes = [trial for trial, theirs in self.shown.items() if isinstance(theirs, Failure)]
        alike = are_both_about_shapes if any(map(self._has_numbers, self.failing)) else complain_alike
        pairs = ((self.shown[trial], self.answers.mistake(trial, candidate)) for trial in crashes)
        return not crashes or any(complain_alike(*pair) or alike(*pair) for pair in pairs)

    def find_set(self) -> Mistakes:
        """The smallest set of mistakes that explains the most failing trials; empty where none explains any."""
        best: Mistakes = ()
        fewest = len(self.failing)
        todo: list[Mistakes] = [()]
        for size in range(1, MOST + 1):
            found = {frozenset(m.name for m in chosen): chosen for chosen in self._enlarge_all(todo)}
            left = {chosen: self._unexplained(chosen) for chosen in found.values()}
            todo = sorted(left, key=lambda chosen: (len(left[chosen]), self._count_different(chosen)))[:FOLLOWED]
            if not todo and size == 1:
                todo, left = self._find_pair()
            if todo and len(left[todo[0]]) < fewest and self._accounts_for_itself(todo[0], left[todo[0]]):
                best, fewest = todo[0], len(left[todo[0]])
            if not todo or not fewest:
                break
        return best

    def _accounts_for_itself(self, chosen: Mistakes, left: Sequence[Trial]) -> bool:
        """Whether each mistake explains, with the others, half of the failing trials that it would change at least.

        One that explains a trial or two by accident would change many more in another way than they are. One that
        explains only crashes must change no numbers in another way: many mistakes crash alike. One that explains only
        what proves little is none.
        """
        for m in chosen:
            changed = [trial for trial in self.failing if self.fails(m, trial)]
            other = [trial for trial in changed if trial in left]
            if all(self._proves_little(trial) for trial in changed if trial not in left):
                return False
            only_crashes = all(isinstance(self.shown[t], Failure) for t in changed if t not in left)
            if len(other) > len(changed) / 2 or (only_crashes and any(map(self._has_numbers, other))):
                return False
        return True

    def _enlarge_all(self, sets: Sequence[Mistakes]) -> Iterator[Mistakes]:
        for chosen in sets:
            yield from self._enlarge(chosen)

    def _enlarge(self, chosen: Mistakes) -> Iterator[Mistakes]:
        """The set with one more mistake, which explains a trial that the set does not, or one array of it.

        A trial that many would explain tells little: others are asked, too.
        """
        fewest: list[Mistakes] = []
        hinted: list[Misconception] = []
        left = [trial for trial in self._unexplained(chosen) if not self._proves_little(trial)]
        telling = self._most_telling(left)
        others = [] if chosen else [trial for trial in left if trial not in telling and self._has_numbers(trial)]
        for trial in (*telling, *others):
            if fewest and trial in others:
                break
            found, hints = self._find_next(chosen, trial)
            hinted += hints
            if found and (not fewest or len(found) < len(fewest)):
                fewest = found
            if fewest and len(fewest) <= FOLLOWED:
                break
        if fewest or chosen:
            yield from fewest
        else:
            yield from ((m,) for m in dict.fromkeys(hinted) if not self.is_refuted(m))

    def _most_telling(self, trials: Sequence[Trial]) -> list[Trial]:
        """The trials in which the fewest mistakes change anything: there one of two is the most likely to be alone.

        One of those that every mistake changes stands for them all.
        """
        known = self.answers.is_known_to_fail
        candidates = [m for m in self.known if not self._is_known_to_be_refuted(m)]
        many = {trial: sum(known(trial, m) is not False for m in candidates) for trial in trials}
        fewer = sorted((t for t in trials if many[t] < len(candidates)), key=many.__getitem__)
        return list(dict.fromkeys((*fewer[: LOOKED_AT - 1], *trials[:1])))

    def _find_next(self, chosen: Mistakes, trial: Trial) -> tuple[list[Mistakes], list[Misconception]]:
        theirs, found, hints = self.shown[trial], [], []
        known = self.answers.is_known_to_fail
        candidates = [m for m in self.known if m not in chosen and known(trial, m) is not False]
        sets = {m: self._put_in_order((*chosen, m)) for m in candidates if not self._is_known_to_be_refuted(m)}
        combined = {combination: m for m in sets if (combination := self.answers.combine(self.exercise, sets[m]))}
        for combination, ours in self.answers.mistakes(trial, combined):
            m = combined[combination]
            if is_explained(self.exercise, trial, theirs, ours) and self._is_evidence(trial, theirs):
                if not self.is_refuted(m):
                    found.append(sets[m])
            elif not chosen and share_a_wrong_array(self.exercise, trial, theirs, ours, self.answers.reference(trial)):
                hints.append(m)
        return found, hints

    def _put_in_order(self, mistakes: Mistakes) -> Mistakes:
        """Mistakes in the order of the bank: where two change the same step, the first one's is taken."""
        return tuple(sorted(mistakes, key=lambda m: self.places.get(m.name, len(self.places))))

    def _has_numbers(self, trial: Trial) -> bool:
        theirs = self.shown[trial]
        return isinstance(theirs, Observation) and bool(theirs.arrays)

    def _proves_little(self, trial: Trial) -> bool:
        return self.exercise.case_named(trial.case).proves_little

    def _is_evidence(self, trial: Trial, theirs: Shown) -> bool:
        """Whether an agreement in this trial means something: it does not where there is nothing but NaN."""
        if isinstance(theirs, Failure) or not theirs.arrays:
            return True
        right = self.answers.reference(trial)
        return theirs.facts != right.facts or any(not np.isnan(array).all() for array in theirs.arrays.values())

    def _find_pair(self) -> tuple[list[Mistakes], dict[Mistakes, list[Trial]]]:
        """Two mistakes that each change every failing trial: none of them explains one alone."""
        numbers = {t: shown.arrays for t, shown in self.shown.items() if isinstance(shown, Observation)}
        wrong = [trial for trial in self.failing if numbers.get(trial) and not self._proves_little(trial)]
        if not wrong:
            return [], {}
        pool = [m for m in self.known if not self.is_refuted(m) and self.fails(m, wrong[0])]
        by_combination = {
            both: pair
            for pair in self.answers.pairs(self.exercise, pool)
            if (both := self.answers.combine(self.exercise, pair))
        }
        left = {}
        for both, ours in self.answers.mistakes(wrong[0], by_combination):
            if is_same(self.exercise, wrong[0], self.shown[wrong[0]], ours):
                left[by_combination[both]] = self._unexplained(by_combination[both])
        return sorted(left, key=lambda pair: len(left[pair]))[:FOLLOWED], left

    def _unexplained(self, chosen: Mistakes) -> list[Trial]:
        return [trial for trial in self.failing if not self.explains(chosen, trial)]

    def _count_different(self, chosen: Mistakes) -> int:
        """In how many failing trials the mistakes together do something else, facts alone included."""
        return sum(not self._do_the_same(chosen, trial) for trial in self.failing)

    def explains(self, chosen: Mistakes, trial: Trial) -> bool:
        """Whether the mistakes together do in a trial what the student's code did.

        Where there are no numbers to compare, such as names of parameters, one of them must do so alone.
        """
        theirs = self.shown[trial]
        if len(chosen) > 1 and isinstance(theirs, Observation) and not theirs.arrays:
            return any(self.explains((m,), trial) for m in chosen)
        return self._do_the_same(chosen, trial)

    def _do_the_same(self, chosen: Mistakes, trial: Trial) -> bool:
        combination = self.answers.combine(self.exercise, chosen) if chosen else None
        return combination is not None and is_explained(
            self.exercise, trial, self.shown[trial], self.answers.mistake(trial, combination)
        )

    def find_explained(self, chosen: Mistakes) -> list[Trial]:
        """The failing trials that the mistakes explain together.

        Where these are all the public ones, a hidden one that they would fail, too, is no exception: rounding can make
        a difference on other inputs, as in a table of truncated sines.
        """
        explained = [trial for trial in self.failing if self.explains(chosen, trial)]
        public = [trial for trial in self.failing if trial.is_public]
        if public and set(public) <= set(explained):
            return [t for t in self.failing if t in explained or any(self.fails(m, t) for m in chosen)]
        return explained

    def is_refuted(self, mistake: Misconception) -> bool:
        """Whether a misconception fails a trial that the student's code passes."""
        if mistake not in self._refuted:
            here = any(self.fails(mistake, trial) for trial in self.passing)
            self._refuted[mistake] = here or self._is_refuted_elsewhere(mistake)
        return self._refuted[mistake]

    def _is_known_to_be_refuted(self, mistake: Misconception) -> bool:
        """The same, as far as it is known without a run."""
        known = self._refuted.get(mistake)
        if known is None and any(self.answers.is_known_to_fail(trial, mistake) for trial in self.passing):
            known = self._refuted[mistake] = True
        return bool(known)

    def _is_refuted_elsewhere(self, mistake: Misconception) -> bool:
        matters = {
            name: mistake in self.answers.relevant(syllabus.exercise(name)) for name in _exercises(self.elsewhere)
        }
        return any(self.fails(mistake, trial) for trial in self.elsewhere if matters[trial.exercise])

    def fails(self, mistake: Misconception, trial: Trial) -> bool:
        """Whether a misconception gives something else than the reference."""
        known = self.answers.is_known_to_fail(trial, mistake)
        if known is not None:
            return known
        ours = self.answers.mistake(trial, mistake)
        return not passes(syllabus.exercise(trial.exercise), trial, self.answers.reference(trial), ours)

    def blame(self, mistakes: Mistakes, explained: Sequence[Trial]) -> Diagnosis:
        """The main mistake first: that which changes the most; a trial is blamed on the first that changes it."""
        if len(mistakes) == 1:
            return Diagnosis(mistakes, dict.fromkeys(explained, mistakes[0]), {mistakes[0]: explained})
        changed = {m: [trial for trial in explained if self.fails(m, trial)] for m in mistakes}
        ordered = sorted(mistakes, key=lambda m: (-m.weight.value, -len(changed[m])))
        blamed = {t: next((m for m in ordered if t in changed[m]), ordered[0]) for t in explained}
        return Diagnosis(tuple(ordered), blamed, changed)


@lru_cache(maxsize=4096)
def _size(trial: Trial) -> tuple[int, int]:
    """How much there is in a trial: masks, which many mistakes are about, and then bytes."""
    probe = syllabus.probe_of(trial)
    masks = sum(_count_masks(action) for action in probe.actions)
    return masks, len(wire.encode(probe.actions))


def _count_masks(action: Action) -> int:
    given = [*action.get("arguments", ()), *action.get("keywords", {}).values()]
    arrays = (getattr(value, "array", value) for value in given)
    return sum(isinstance(array, np.ndarray) and array.dtype == bool for array in arrays)


def _exercises(trials: Sequence[Trial]) -> set[str]:
    return {trial.exercise for trial in trials}
