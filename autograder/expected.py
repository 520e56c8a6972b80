"""What a case expects: the reference's observations and the misconceptions', computed live and kept for the session."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from autograder import bank
from autograder.exercise import Case, Exercise
from autograder.isolate import GraderFault, Job, Worker
from autograder.received import Failure
from autograder.worker.cells import describe_error
from autograder.worker.probe import Observation, Probe, perform

REFERENCE = "transformer_ref"
_known: dict[tuple[str, str, str], Observation] = {}


@lru_cache(maxsize=4096)
def of_reference(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows. An exception of it is the grader's fault and comes through."""
    return viewed(bank.exercise(exercise_name).case_named(case_name), plain(exercise_name, case_name, seed))


def plain(exercise_name: str, case_name: str, seed: str) -> Observation:
    """What the reference shows before a view is applied."""
    key = exercise_name, case_name, seed
    if key not in _known:
        _known[key] = perform(probe_of(*key), vars(_reference(bank.exercise(exercise_name))))
    return _known[key]


def compute_in(worker: Worker, unit: str, wanted: Iterable[tuple[str, str, str]]) -> None:
    """Have a process of the worker's compute what the PyTorch reference shows, if PyTorch is not imported here.

    Where all is right it is then needed nowhere else, and importing it takes seconds. `wanted` are exercise, case and
    seed. The process is one that no student's code is in, and ends with it. Raises GraderFault.
    """
    if "torch" in sys.modules:
        return
    keys = [key for key in wanted if key not in _known and bank.exercise(key[0]).library == "torch"]
    jobs = [Job(str(number), "reference", probe_of(*key)) for number, key in enumerate(keys)]
    cells = {1: f"from {REFERENCE}.in_torch.{unit} import *"}
    ran = worker.run(cells, jobs, modules=_sources_of_reference()) if jobs else None
    for job, key in zip(jobs, keys, strict=True):
        seen = ran.jobs[job.id]
        if not isinstance(seen, Observation):
            raise GraderFault(f"the reference of {key[0]} shows nothing in the case {key[1]}: {seen}")
        _known[key] = seen


def _sources_of_reference() -> dict[str, str]:
    folder = Path(importlib.util.find_spec(REFERENCE).origin).parent
    files = {f"{REFERENCE}.in_torch.{path.stem}": path for path in (folder / "in_torch").glob("[a-z]*.py")}
    sources = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    return {REFERENCE: "", f"{REFERENCE}.in_torch": "", **sources}


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
