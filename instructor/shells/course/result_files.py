"""The result of one submission as Gradescope, PrairieLearn and Classroom 50 want it: plain dictionaries for JSON.

A bonus comes on top of the points possible, as far as each system can hold that.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from autograder import syllabus
from autograder.shells import report
from autograder.verdict import Grade, Outcome

LONGEST_OUTPUT = 20_000  # characters an exercise; PrairieLearn takes 1 MB together
HUNDREDTHS = 100  # Classroom 50 knows integers only, and our points have two decimals
ENVIRONMENT = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}


def for_gradescope(grades: Sequence[Grade], seconds: float) -> dict[str, Any]:
    """`results.json`: a test for each exercise; that of a bonus has 0 points to reach, so what it earns is on top."""
    tests = [
        {
            "number": str(number),
            "name": _name(grade),
            "score": grade.score,
            "max_score": 0 if grade.bonus else grade.points,
            "status": "passed" if grade.is_settled else "failed",
            "output": _tell(grade),
            "output_format": "text",
            "visibility": "visible",
        }
        for number, grade in enumerate(grades, 1)
    ]
    return {
        "tests": tests,
        "output": _note(grades),
        "output_format": "text",
        "execution_time": round(seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }


def for_prairielearn(grades: Sequence[Grade], seconds: float) -> dict[str, Any]:
    """`results.json`: the share of the points possible, at most 1. A file that cannot be read is not gradable."""
    refused = [v.where for grade in grades for v in grade.verdicts if v.outcome is Outcome.UNREADABLE]
    if refused:
        return {"gradable": False, "score": 0.0, "message": refused[0], "format_errors": [refused[0]]}
    earned, possible, bonus = report.total_points(grades)
    share = (earned + bonus) / possible if possible else float(all(grade.is_settled for grade in grades))
    tests = [
        {
            "name": _name(grade),
            "description": syllabus.exercise(grade.exercise).source,
            "points": grade.score,
            "max_points": grade.points,
            "output": _tell(grade),
        }
        for grade in grades
    ]
    return {"gradable": True, "score": round(min(share, 1.0), 4), "message": _note(grades), "tests": tests}


def for_classroom50(
    grades: Sequence[Grade], seconds: float, environment: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """`result.json` in hundredths of a point. No score is above its maximum there: a bonus fills up what is missing."""
    earned, possible, bonus = (round(part * HUNDREDTHS) for part in report.total_points(grades))
    said = {field: environment.get(name, "") for field, name in ENVIRONMENT.items()}
    said["assignment_type"] = said["assignment_type"] or "individual"
    said["owner"] = said["owner"] or environment.get("USERNAME", "")
    said["review"] = said["review"] or said["commit"]
    tests = [
        {
            "test-name": _name(grade),
            "passed": grade.is_settled,
            "score": 0 if grade.bonus else round(grade.score * HUNDREDTHS),
            "max-score": 0 if grade.bonus else round(grade.points * HUNDREDTHS),
        }
        for grade in grades
    ]
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    scores = {"score": min(earned + bonus, possible), "max-score": possible}
    return {"schema": "classroom50/result/v1", **said, "datetime": now, **scores, "tests": tests}


def _name(grade: Grade) -> str:
    return f"{grade.exercise} (bonus)" if grade.bonus else grade.exercise


def _tell(grade: Grade) -> str:
    """The report on an exercise as text; of one that was refused, the sentence is in it."""
    text = report.render_plain(grade)
    return text if len(text) <= LONGEST_OUTPUT else f"{text[:LONGEST_OUTPUT]}\n..."


def _note(grades: Sequence[Grade]) -> str:
    """The total, and what a person still marks."""
    unit = syllabus.units()[grades[0].unit]
    written = f"; the written answers ({unit.written_points:g} points) are marked by a person" if unit.questions else ""
    return f"{report.format_total(grades)}{written}"


FORMATS: dict[str, Callable[[Sequence[Grade], float], dict[str, Any]]] = {
    "gradescope": for_gradescope,
    "prairielearn": for_prairielearn,
    "classroom50": for_classroom50,
}
