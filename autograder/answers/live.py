"""What a case expects: the reference's observations and the misconceptions', computed live and kept for the session.

What needs PyTorch can be asked of an oracle beforehand; otherwise it is computed here.
"""

import importlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from types import ModuleType
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from autograder import bank
from autograder.exercise import Case, Exercise
from autograder.isolate import GraderFault, Job, Worker
from autograder.oracle import Oracle, as_target
from autograder.reach import reaches
from autograder.received import Failure
from autograder.worker.cells import describe_error
from autograder.worker.probe import Observation, Probe, perform

REFERENCE = ""
Key = tuple[str, str, str, str]  # an exercise, a case, a seed, and a misconception or REFERENCE
_known: dict[Key, Observation | Failure] = {}
_reached: dict[str, tuple[bool, ...]] = {}


@lru_cache(maxsize=4096)
def of_reference(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows. An exception of it is the grader's fault and comes through."""
    return viewed(bank.exercise(exercise_name).case_named(case_name), plain(exercise_name, case_name, seed))


def plain(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows before a view is applied."""
    key = exercise_name, case_name, seed, REFERENCE
    if key not in _known:
        _known[key] = perform(probe_of(*key[:3]), vars(_reference(bank.exercise(exercise_name))))
    return _known[key]


def ask(worker: Worker | None, keys: Iterable[Key]) -> None:
    """Have an oracle of the worker's find out what is not known yet and needs PyTorch, if that is not imported here.

    Importing it takes seconds, and there it is imported anyway. The keys are of one unit. Raises GraderFault.
    """
    if worker is None or "torch" in sys.modules:
        return
    wanted = [key for key in keys if key not in _known and bank.exercise(key[0]).library == "torch"]
    if not wanted:
        return
    jobs = [
        Job(str(n), key[0], replace(probe_of(*key[:3]), target=as_target(key[3], key[0])))
        for n, key in enumerate(wanted)
    ]
    answers = _asked(worker, bank.unit_of(wanted[0][0]), lambda oracle: oracle.answers(jobs))
    for key, seen in zip(wanted, answers, strict=True):
        if key[3] == REFERENCE and not isinstance(seen, Observation):
            raise GraderFault(f"the reference of {key[0]} shows nothing in the case {key[1]}: {seen}")
        _known[key] = seen


def oracle_of(worker: Worker, unit: bank.Unit) -> Oracle:
    """The oracle of a unit that the worker has, or a new one."""
    if unit.name not in worker.oracles:
        targets = [e.name for e in unit.exercises if e.library == "torch"]
        worker.oracles[unit.name] = Oracle(worker, unit.name, targets, [m.name for m in unit.misconceptions])
    return worker.oracles[unit.name]


def _asked(worker: Worker, unit: bank.Unit, question: Callable[[Oracle], Any]) -> Any:
    """The answer of a unit's oracle. One that is gone is replaced once. Raises GraderFault."""
    try:
        return question(oracle_of(worker, unit))
    except GraderFault:
        if unit.name in worker.oracles:
            worker.oracles.pop(unit.name).close()
        return question(oracle_of(worker, unit))


def reached(unit: bank.Unit, exercise: Exercise, worker: Worker | None) -> tuple[bool, ...]:
    """For each misconception of a unit, whether it can matter to an exercise."""
    if exercise.name not in _reached:
        if worker is None or exercise.library != "torch" or "torch" in sys.modules:
            found = [reaches(m, exercise.name, exercise.library) for m in unit.misconceptions]
        else:
            found = _asked(worker, unit, lambda oracle: oracle.reached(exercise.name))
        _reached[exercise.name] = tuple(map(bool, found))
    return _reached[exercise.name]


def of_student(exercise_name: str, case_name: str, seed: str, seen: Observation) -> Observation:
    """What a student's code shows. Where its shapes are not the reference's, or the case's view makes nothing of it,
    it is left as it is."""
    shapes, wanted = ({n: a.shape for n, a in o.arrays.items()} for o in (seen, plain(exercise_name, case_name, seed)))
    if shapes != wanted:
        return seen
    with np.errstate(all="ignore"), catch_warnings():
        simplefilter("ignore")
        try:
            return viewed(bank.exercise(exercise_name).case_named(case_name), seen)
        except Exception:  # a view is written for what right code shows, and this is whatever a student's code may send
            return seen


@lru_cache(maxsize=65536)
def of_misconception(exercise_name: str, case_name: str, seed: str, name: str) -> Observation | Failure:
    """What a misconception shows, seen as a student's code is, or what it raises."""
    seen = plain_of_misconception(exercise_name, case_name, seed, name)
    return of_student(exercise_name, case_name, seed, seen) if isinstance(seen, Observation) else seen


@lru_cache(maxsize=256)
def plain_of_misconception(exercise_name: str, case_name: str, seed: str, name: str) -> Observation | Failure:
    """What a misconception shows before a view is applied, or what it raises."""
    if (exercise_name, case_name, seed, name) in _known:
        return _known[exercise_name, case_name, seed, name]
    exercise = bank.exercise(exercise_name)
    implementation = _implementation(bank.unit_of(exercise_name).name, name, exercise.library)
    if exercise_name not in implementation:
        return Failure("missing")
    try:
        return perform(probe_of(exercise_name, case_name, seed), implementation)
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
