"""What a student is told about an exercise, read from the top: what is to blame, then what else fails."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.judging.compare import UNCHANGED
from autograder.judging.written_tests import CAUGHT, LET, LETS_THROUGH, is_of_a_test
from autograder.verdict import Finding, Grade, Outcome, Picture, Verdict

MOST_GROUPS, MOST_LINES = 4, 12
OUR_WORDS = ("not written", "stops in", "your cell", "the ", "no answer", "all ", "an import")
INDEX = re.compile(r"\[[\d, ]*\](?= should)")
NUMBER = re.compile(r"\([\d, ]*\)|-?\d[\d.e+-]*|\bnan\b|-?\binf\b")
LABEL = re.compile(r"(?:[^:;]*: )+(?=[^:;]* (?:should|differs) )")  # of one call of several in a case


@dataclass(frozen=True)
class Paragraph:
    """One thing that is wrong: a sentence, what it costs in words ("-2.5"), and what is said below it."""

    head: str
    cost: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All about an exercise: its paragraphs, what the student's code printed and in which case, the place in the paper,
    and a picture of a wrong result; all but the paragraphs may be empty."""

    paragraphs: tuple[Paragraph, ...] = ()
    printed_in: str = ""
    printed: str = ""
    source: str = ""
    picture: Picture | None = None


def format_points(points: float) -> str:
    """Write points without needless zeros: 2, 0.5, 1.67."""
    return f"{round(points, 2):g}"


def explain_grade(grade: Grade) -> Explanation:
    """What there is to say about an exercise, and of the whole submission last; nothing where every case passed."""
    said = _explain_failures(grade)
    return replace(said, paragraphs=(*said.paragraphs, *map(Paragraph, grade.notes)))


def _explain_failures(grade: Grade) -> Explanation:
    failed = grade.failed
    if grade.outcome in (Outcome.FORBIDDEN, Outcome.UNREADABLE):
        return Explanation((Paragraph(_begin(failed[0].where)),), source=_cite(failed[:1]))
    named = {case for finding in grade.findings for case in finding.cases}
    if grade.findings and is_of_a_test(grade):
        return Explanation(_explain_test(grade), *_find_printed(failed))
    groups = _group([verdict for verdict in failed if verdict.case not in named])
    unwritten = [group for group in groups if group[0].outcome is Outcome.NOT_ATTEMPTED]
    groups = [group for group in groups if group not in unwritten]
    paragraphs = [_explain_group(group, len(grade.verdicts)) for group in unwritten]
    for number, finding in enumerate(grade.findings):
        paragraphs.append(_explain_finding(grade, finding, is_first=not number and not unwritten))
    paragraphs += [_explain_group(group, len(grade.verdicts), bool(named)) for group in groups[:MOST_GROUPS]]
    if more := sum(map(len, groups[MOST_GROUPS:])):
        lost = sum(verdict.points for group in groups[MOST_GROUPS:] for verdict in group)
        ways = "in another way" if more == 1 else "in other ways"
        paragraphs.append(Paragraph(f"{_count(more)} {ways}.", _cost(lost)))
    return Explanation(tuple(paragraphs), *_find_printed(failed), _cite(failed), _find_picture(grade))


def _find_printed(failed: Sequence[Verdict]) -> tuple[str, str]:
    """What the student's code printed, and in which case."""
    loud = next((verdict for verdict in failed if verdict.printed), None)
    return (f'Your code printed, in "{loud.promise}":', loud.printed.rstrip("\n")) if loud else ("", "")


def _explain_test(grade: Grade) -> tuple[Paragraph, ...]:
    """What a test that a student wrote lets through, or that it refuses right code."""
    through = [finding for finding in grade.findings if finding.name.startswith(LETS_THROUGH)]
    if not through:
        return tuple(Paragraph(finding.sentence, _price(finding)) for finding in grade.findings)
    wrong = [v for v in grade.verdicts if v.promise.startswith(CAUGHT)]
    head = f"Your test accepts right code. It lets {len(through)} of {len(wrong)} wrong implementations through."
    listed = tuple(finding.sentence.removeprefix(LET) for finding in through[:MOST_LINES])
    more = len(through) - MOST_LINES
    rest = (f"… and {more} more.",) if more > 0 else ()
    return (Paragraph(head, _cost(sum(finding.cost for finding in through)), listed + rest),)


def explain_case(grade: Grade, verdict: Verdict) -> list[str]:
    """What there is to say about one case that failed, line by line."""
    finding = next((finding for finding in grade.findings if finding.name == verdict.misconception), None)
    lines = [f"{finding.sentence}{in_brackets(_price(finding))}"] if finding else []
    lines.append(_quote(verdict))
    if verdict.printed:
        lines += ["Your code printed:", *(f"    {line}" for line in shorten(verdict.printed))]
    return [*lines, *filter(None, [_cite([verdict])])]


def shorten(printed: str) -> list[str]:
    """The lines that were printed, as many of them as can be read at a glance."""
    lines = printed.rstrip("\n").split("\n")
    more = len(lines) - MOST_LINES
    return lines if more <= 1 else [*lines[:MOST_LINES], f"… and {more} more lines"]


def has_more_to_say(grade: Grade) -> bool:
    """Whether there is more to say than that an exercise passed, or is not there yet."""
    return bool(grade.notes) or any(
        verdict.outcome is not Outcome.NOT_ATTEMPTED
        or not (verdict.where.startswith("not written yet") or verdict.where.endswith("is not defined"))
        for verdict in grade.failed
    )


def summarize(grades: Sequence[Grade]) -> str:
    """One sentence for a whole submission: the first mistake that is named, or else the first thing that went wrong."""
    open_grades = [grade for grade in grades if not grade.is_settled]
    for grade in open_grades:
        if grade.findings:
            return f"{grade.exercise}: {grade.findings[0].sentence}"
    failed = [(grade.exercise, verdict) for grade in open_grades for verdict in grade.failed]
    failed.sort(key=lambda pair: pair[1].outcome is Outcome.NOT_ATTEMPTED)
    return f"{failed[0][0]}: {failed[0][1].where}" if failed else "everything is right"


def record_of(grade: Grade) -> dict[str, Any]:
    """An exercise in short, for those who look at a class: no inputs, no seed, no value of the student's."""
    paragraphs = () if grade.is_settled else explain_grade(grade).paragraphs
    return {
        "score": grade.score,
        "points": grade.points,
        "bonus": grade.bonus,
        "outcome": grade.outcome.value,
        "mistakes": {finding.name: finding.sentence for finding in grade.findings},
        "mend": _in_one_line(paragraphs[0]) if paragraphs else "",
    }


def _in_one_line(paragraph: Paragraph) -> str:
    """The head of a paragraph; where it announces a case, with the case's promise."""
    if not paragraph.head.endswith(":") or not paragraph.details:
        return paragraph.head
    promise = paragraph.details[0].partition('": ')[0]
    return f'{paragraph.head} {promise}"'


def in_brackets(cost: str) -> str:
    """A cost behind a sentence."""
    return f"   ({cost})" if cost else ""


def _explain_finding(grade: Grade, finding: Finding, is_first: bool) -> Paragraph:
    """A mistake that is named, the cases that it explains, and the first of them."""
    verdicts = [verdict for verdict in grade.failed if verdict.case in finding.cases]
    head = finding.sentence if is_first else f"Also: {finding.sentence}"
    if not verdicts:
        return Paragraph(head, _price(finding))
    breaks = f"It breaks {_share(len(verdicts), len(grade.verdicts))}"
    first = verdicts[0]
    if first.at:
        return Paragraph(head, _price(finding), (f"{breaks}, in {first.at}", _error(first)))
    return Paragraph(head, _price(finding), (breaks + (", the first:" if len(verdicts) > 1 else ":"), _quote(first)))


def _find_picture(grade: Grade) -> Picture | None:
    """The picture of the case that is told first, where a student checks their own work."""
    order = [case for finding in grade.findings for case in finding.cases]
    failed = sorted(grade.failed, key=lambda v: order.index(v.case) if v.case in order else len(order))
    return next((v.picture for v in failed[:1] if grade.seed is None), None)


def _share(some: int, cases: int) -> str:
    if some == cases:
        return {1: "its one case", 2: "both cases"}.get(cases, f"all {cases} cases")
    return f"{some} of {cases} cases"


def _group(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """Those that fail alike together: at the same line, or with the same words but for the numbers."""
    groups: dict[Hashable, list[Verdict]] = {}
    for verdict in verdicts:
        key = (verdict.at, verdict.where.partition(":")[0]) if verdict.at else (verdict.outcome, _kind(verdict.where))
        groups.setdefault(key, []).append(verdict)
    return list(groups.values())


def _kind(where: str) -> str:
    """What is said of a result, without the numbers, what they are of, and what is still right."""
    told = where.partition("; still right")[0].removeprefix(UNCHANGED)
    words = NUMBER.sub("#", INDEX.sub("", LABEL.sub("", told, 1)))
    return words.replace("differs)", "differ)").removesuffix(" (# of # differ)")


def _explain_group(group: Sequence[Verdict], cases: int, after_others: bool = False) -> Paragraph:
    """Cases that fail alike, and that no mistake with a name explains."""
    first, cost, count = group[0], _cost(sum(verdict.points for verdict in group)), _count(len(group), cases)
    if first.outcome is Outcome.WRONG:
        if len(group) == 1:
            return Paragraph(_quote(first), cost)
        return Paragraph(f"{count} alike, the first:", cost, (_quote(first),))
    same = " with the same error" if len(group) > 1 else " with this error"
    same = " for this reason" if first.outcome is Outcome.NOT_ATTEMPTED else same
    where = f", in {first.at}" if first.at else ""
    details = (f"{count}{same}{where}",) if where or len(group) < cases else ()
    return Paragraph("Another error: " * after_others + _begin(_error(first)), cost, details)


def _count(failing: int, cases: int = 0) -> str:
    """How many cases fail; `cases` is how many there are."""
    if failing == 1:
        return "One case fails"
    if failing == cases:
        return "Both cases fail" if cases == 2 else f"All {cases} cases fail"
    return f"{failing} cases fail"


def _quote(verdict: Verdict) -> str:
    return f'"{verdict.promise}": {verdict.where}' if verdict.promise else verdict.where


def _error(verdict: Verdict) -> str:
    """What was raised, without the place."""
    return verdict.where.removesuffix(f", in {verdict.at}").rstrip()


def _begin(sentence: str) -> str:
    """A sentence with its first letter in capitals, where it begins with one of ours."""
    return sentence[:1].upper() + sentence[1:] if sentence.startswith(OUR_WORDS) else sentence


def _price(finding: Finding) -> str:
    return f"counted in `{finding.counted_in}`" if finding.counted_in else _cost(finding.cost)


def _cost(points: float) -> str:
    return f"-{format_points(points)}" if round(points, 2) else ""


def _cite(failed: Sequence[Verdict]) -> str:
    """The place in the paper; none where code only crashes or is not there."""
    said = [v.source for v in failed if v.outcome in (Outcome.WRONG, Outcome.FORBIDDEN)]
    return next(filter(None, said), "")
