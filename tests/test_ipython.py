"""Cells in our own runner do what they do in a real IPython, magics and commands left aside."""

import gc
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from itertools import compress
from types import FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.intake.magics import as_python
from autograder.sandbox.notebook import Notebook

pytestmark = pytest.mark.filterwarnings("ignore")  # IPython's of itself, and Python's of odd cells

RUNS_PYTHON = ("time", "capture")
PLAIN = [
    "a = 1",
    "b = 'why? %d!' % 3  # safe now?",
    'c = """\n!ls\n%time z = 1\nwhat?\n  ?"""',
    "d = (7\n% 4)",
    "e = [1,  # !ls\n'?',\n]",
    "f = f\"{a!r} {b if 0 else '%'}\"",
    "if True:\n    g = 2\nelse:\n    g = 3",
    "def h(x: int = 2) -> int:\n    '''Why?\n    %time\n    '''\n    return x % 2",
    "def i(x: Undefined): return 3",
    "class J:\n    k = 1\n\n    def m(self): return self.k",
    "from __future__ import annotations",
    "import asyncio\nn = await asyncio.sleep(0, 5)",
    "async def o(): return 6\np = await o()",
    "41 + 1",
    "q = _",
    "None",
    "'quiet';",
    "r = 'a\\\nb'",
    "s = 5 \\\n  % 3",
    "1 / 0",
    "undefined",
    "x = (",
    "return 1",
]
SPECIAL = [
    "%matplotlib inline",
    "!pip install one \\\n    two",
    "!echo it's",
    "where = !pwd",
    "t = %timeit -o -n1 1",
    "%time u = 4",
    "v = %time 5",
    "a?",
    "str.join??",
    "?a",
    "!!ls",
    "if True:\n    !ls\n    %cd x\n    w = 2",
    "%load_ext 'quotes",
    "/str 1",
    ",str 1 2",
    ";str 1 2",
    "%time !ls",
    "a.b[0]?",
]
KINDS = (int, str, list, type, FunctionType)
LAYOUTS = {
    "as it is": lambda lines: lines,
    "indented": lambda lines: [f"    {line}" if line else line for line in lines],
    "below empty lines": lambda lines: ["", "  ", *lines],
    "prompts": lambda lines: [("... " if line[:1] in (" ", "'", "]", "%") else ">>> ") + line for line in lines],
    "prompts of IPython": lambda lines: [f"In [1]: {lines[0]}", *(f"   ...: {line}" for line in lines[1:])],
    "%%time": lambda lines: ["%%time", *lines],
    "%%capture": lambda lines: ["", "%%capture out", *lines],
    "%%html": lambda lines: ["%%html", *lines],
}
AT_ODDS = ("await", "%time", "__future__|return 1")  # in one cell, IPython refuses two of these, and we do not
CELLS = st.builds(
    lambda pieces, layout: "\n".join(LAYOUTS[layout]("\n".join(pieces).split("\n"))),
    st.lists(st.sampled_from(PLAIN + SPECIAL), min_size=1, max_size=4),
    st.sampled_from(list(LAYOUTS)),
).filter(lambda cell: sum(re.search(kind, cell) is not None for kind in AT_ODDS) < 2)


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    """A real IPython, in which commands and magics give nothing, but for those that run Python."""
    folder = tempfile.mkdtemp()
    os.environ["IPYTHONDIR"] = folder
    from IPython.core.async_helpers import get_asyncio_loop
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell: Any = InteractiveShell(config=config)
    real = shell.run_line_magic, shell.run_cell_magic
    shell.system, shell.getoutput, shell.showtraceback = _nothing, _nothing, _nothing
    shell.showsyntaxerror = shell.show_usage = _nothing
    shell.run_line_magic = lambda name, line: real[0](name, line, 2) if name in RUNS_PYTHON else None
    shell.run_cell_magic = lambda name, *rest: real[1](name, *rest) if name in RUNS_PYTHON else None
    gc.freeze()  # IPython collects garbage at each reset, among all that was imported for these tests
    yield shell
    gc.unfreeze()
    get_asyncio_loop().close()
    del os.environ["IPYTHONDIR"]


def _nothing(*_: Any, **__: Any) -> None:
    pass


def run_for_real(shell: Any, cells: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The type of what each cell raises, and the names in the end."""
    shell.reset(new_session=True, aggressive=False)
    shell.compile.reset_compiler_flags()
    shell.displayhook._ = shell.displayhook.__ = shell.displayhook.___ = ""
    shell.user_ns.update(dict.fromkeys(("_", "__", "___"), ""))
    errors = []
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for cell in cells:
            result = shell.run_cell(cell, store_history=True)
            error = result.error_before_exec or result.error_in_exec
            errors.append(type(error).__name__ if error else "")
    return errors, known(shell.user_ns)


def run_here(cells: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The same with our runner."""
    notebook, errors = Notebook({"__name__": "__main__"}), []
    with redirect_stdout(io.StringIO()):
        for number, cell in enumerate(cells):
            error = notebook.run_cell(number, as_python(cell))
            errors.append(error["type"] if error else "")
    return errors, known(notebook.namespace)


def known(names: dict[str, Any]) -> dict[str, Any]:
    """The student's names with their values; a function or a class counts by its name."""
    wanted = {*"abcdefghinopqrsuvwJ", "_", "__", "___"}
    return {
        name: getattr(value, "__name__", value)
        for name, value in names.items()
        if name in wanted and type(value) in KINDS and value != ""
    }


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS, min_size=1, max_size=3))
@example(cells=["from __future__ import annotations", "def i(x: Undefined): return 3"])
@example(cells=["a = 1\nfrom __future__ import annotations\ndef i(x: Undefined): return 3"])
def test_cells_run_as_in_a_real_ipython(shell, cells):
    (errors, names), (real_errors, real_names) = run_here(cells), run_for_real(shell, cells)
    told = [not re.search("%time|%capture", cell) for cell in cells]  # they keep their cell's errors for themselves
    assert list(compress(errors, told)) == list(compress(real_errors, told))
    if "%%capture" in str(cells):  # what its last line gives is not kept
        names, real_names = (
            {n: v for n, v in known.items() if n not in ("q", "_", "__", "___")} for known in (names, real_names)
        )
    assert names == real_names


MARKED = st.lists(st.sampled_from([*SPECIAL, *PLAIN[:9]]), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(pieces=MARKED, layout=st.sampled_from([name for name in LAYOUTS if name != "%%html"]))
def test_what_is_python_stays_on_its_line(pieces, layout):
    marked = "\n".join(f"{piece}\nmark = {number}" for number, piece in enumerate(pieces))
    cell = "\n".join(LAYOUTS[layout](marked.split("\n")))
    before, after = ([line.strip() for line in text.split("\n")] for text in (cell, as_python(cell)))
    for number in range(len(pieces)):
        place = next(n for n, line in enumerate(before) if line.endswith(f"mark = {number}"))
        assert after[place] == f"mark = {number}"


RESULTS = """
t = %timeit -o f(1)
told = f"{t.average * 1e3:.2f} ms" + str(t) + "%d" % t
larger = t.best > 3 or 2 - t < 1 or len(t) or bool(t) or round(t.worst, 2) == 1
lines = !nvidia-smi
joined = lines.s + "".join(lines.l) + lines.n + "".join(lines.grep("x").fields(0))
help(print); exit(); quit(); display(t)
kept = [In[-1][:2], list(Out), get_ipython().user_ns, "google.colab" in str(get_ipython())]
"""


def test_what_magics_and_commands_give_does_no_harm():
    notebook = Notebook({"__name__": "__main__"})
    assert notebook.run_cell(1, as_python(RESULTS)) is None
    assert notebook.namespace["told"] == " ms0"
    assert not notebook.namespace["larger"]
    assert notebook.namespace["joined"] == ""
    assert notebook.namespace["kept"][:2] == ["\nt", []]
    error = notebook.run_cell(2, as_python("lines = !ls\nlines.elsewhere"))
    assert error and error["type"] == "AttributeError"


FAILED_IMPORT = """
from google.colab import drive, userdata
drive.mount("/content/drive")
key = userdata.get("key")
import os
os.chdir("/content/drive/MyDrive")
x = 1
"""


def test_after_a_failed_import_the_rest_of_its_cell_runs():
    notebook = Notebook({"__name__": "__main__"})
    error = notebook.run_cell(1, FAILED_IMPORT)
    assert error and (error["type"], error["line"]) == ("ModuleNotFoundError", 2)
    assert notebook.namespace["x"] == 1


def test_without_a_failed_import_a_cell_ends_where_it_fails():
    notebook = Notebook({"__name__": "__main__"})
    error = notebook.run_cell(1, "1 / 0\nfrom google.colab import drive\nx = 1")
    assert error and error["type"] == "ZeroDivisionError"
    assert "x" not in notebook.namespace


def test_tasks_and_threads_are_waited_for_and_errors_come_through():
    notebook = Notebook({"__name__": "__main__"})
    waits = "import asyncio\nx = await asyncio.gather(asyncio.sleep(0, 1), asyncio.to_thread(lambda: 2))"
    assert notebook.run_cell(1, waits) is None
    assert notebook.namespace["x"] == [1, 2]
    error = notebook.run_cell(2, "async def f():\n    raise KeyError(3)\nawait f()")
    assert error and (error["type"], error["function"]) == ("KeyError", "f")
