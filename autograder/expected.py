"""What a case expects: the reference's observations and the misconceptions', computed live and kept for the session."""

import importlib
from functools import lru_cache
from types import ModuleType
from typing import Any

from autograder import bank
from autograder.exercise import Case, Exercise
from autograder.received import Failure
from autograder.worker.cells import describe_error
from autograder.worker.probe import Observation, Probe, perform

MUCH_MORE = 4


@lru_cache(maxsize=4096)
def of_reference(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows. An exception of it is the grader's fault and comes through."""
    return viewed(bank.exercise(exercise_name).case_named(case_name), _plain(exercise_name, case_name, seed))


@lru_cache(maxsize=4096)
def _plain(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows before a view is applied."""
    return perform(probe_of(exercise_name, case_name, seed), vars(_reference(bank.exercise(exercise_name))))


def of_student(exercise_name: str, case_name: str, seed: str, seen: Observation) -> Observation:
    """What a student's code shows. Where it is far more than the reference shows, it is left as it is."""
    wanted, got = (sum(a.size for a in o.arrays.values()) for o in (_plain(exercise_name, case_name, seed), seen))
    return seen if got > MUCH_MORE * wanted + 1000 else viewed(bank.exercise(exercise_name).case_named(case_name), seen)


@lru_cache(maxsize=65536)
def of_misconception(exercise_name: str, case_name: str, seed: str, name: str) -> Observation | Failure:
    """What a misconception shows, or what it raises."""
    exercise = bank.exercise(exercise_name)
    case = exercise.case_named(case_name)
    implementation = _implementation(bank.unit_of(exercise_name).name, name, exercise.library)
    if exercise_name not in implementation:
        return Failure("missing")
    try:
        return viewed(case, perform(probe_of(exercise_name, case_name, seed), implementation))
    except Exception as error:  # a misconception may fail in any way that a student's code may
        return Failure("raised", describe_error(error))


def viewed(case: Case, seen: Observation) -> Observation:
    """Apply a case's view, if it has one, to what was seen; facts alone are left as they are."""
    return case.view(seen) if case.view and seen.arrays else seen


@lru_cache(maxsize=4096)
def probe_of(exercise_name: str, case_name: str, seed: str) -> Probe:
    """The probe of a case, its inputs drawn from a seed."""
    exercise = bank.exercise(exercise_name)
    return exercise.probe(exercise.case_named(case_name), seed)


def _reference(exercise: Exercise) -> ModuleType:
    unit = bank.unit_of(exercise.name)
    return importlib.import_module(f"transformer_ref.in_{exercise.library}.{unit.name}")


@lru_cache(maxsize=4096)
def _implementation(unit_name: str, name: str, library: str) -> dict[str, Any]:
    return next(m for m in bank.units()[unit_name].misconceptions if m.name == name).namespace(library)
