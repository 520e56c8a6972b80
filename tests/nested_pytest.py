"""pytest in this process, as its own tests run it: a process of its own would import everything anew."""

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

# At its end, the second would look for garbage in all that this process has imported, again and again.
# And where our packages are imported already, it would complain that it cannot rewrite their asserts.
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@dataclass
class Run:
    """What a run of pytest came to."""

    returncode: int
    stdout: str


def run_here(folder: Path, *arguments: object) -> Run:
    """What `pytest ARGUMENTS` does in a folder whose modules can be imported, as `python -m` has it."""
    before, printed = set(sys.modules), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
        patch.chdir(folder)
        patch.setattr(sys, "path", [str(folder), *sys.path])
        for name in [name for name in os.environ if name.startswith("PYTEST")]:
            patch.delenv(name)
        code = pytest.main([*WITHOUT, *map(str, arguments)])
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(f"{folder}{os.sep}"):
            del sys.modules[name]
    return Run(int(code), printed.getvalue())
