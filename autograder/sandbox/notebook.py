"""Run the cells of a submission one by one, as IPython runs them; a cell that fails does not stop the next one."""

import __future__

import ast
import inspect
import linecache
import sys
import types
from collections.abc import Callable
from types import CodeType
from typing import Any

from autograder.protocol.errors import describe_error
from autograder.sandbox.interactive import History

FUTURES = [getattr(__future__, name) for name in __future__.all_feature_names]
Error = dict[str, Any] | None


def new_module() -> dict[str, Any]:
    """Return a namespace that is the module `__main__`."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    return module.__dict__


class Notebook:
    """A namespace in which cells run. It has the names that a notebook always has."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.history = History(namespace)

    def run_cell(self, number: int, source: str) -> Error:
        """Execute one cell; return None or what it raised first, as `describe_error` puts it.

        Where an import fails, the rest of the cell runs all the same: what a host's helpers are asked for fails too,
        and what has nothing to do with them is there.
        """
        filename = f"<cell {number}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        self.history.begin(source)
        first, imports_failed = None, False
        try:
            tree = self._take_apart(source, filename)
            if tree is None:
                self._execute(source, filename, "exec")
                return None
        except BaseException as error:  # whatever a cell raises, SystemExit included, is a value to us
            return describe_error(error)
        quiet = source.rstrip().endswith(";")
        for statement in tree.body:
            try:
                self._run(statement, filename, is_result=statement is tree.body[-1] and not quiet)
            except BaseException as error:
                first = first or describe_error(error)
                imports_failed |= isinstance(error, ImportError)
                if not imports_failed:
                    break
        return first

    def _take_apart(self, source: str, filename: str) -> ast.Module | None:
        """The statements of a cell; None where it is nested so deeply that Python compiles it only as a whole."""
        try:
            tree = compile(source, filename, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            compile(tree, filename, "exec", self.flags, dont_inherit=True)
        except RecursionError:
            return None
        except SyntaxError:  # such as an import from the future behind other code: statement by statement it is none
            return compile(source, filename, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        return tree

    def _run(self, statement: ast.stmt, filename: str, is_result: bool) -> None:
        if is_result and isinstance(statement, ast.Expr):
            self.history.keep(self._execute(ast.Expression(statement.value), filename, "eval"))
        else:
            self._execute(ast.Module([statement], []), filename, "exec")

    def _execute(self, tree: ast.Expression | ast.Module | str, filename: str, mode: str) -> Any:
        """Compile and run a cell or a piece of it; what it says of the future holds for all that comes later."""
        code: CodeType = compile(tree, filename, mode, self.flags, dont_inherit=True)
        for feature in FUTURES:
            self.flags |= code.co_flags & feature.compiler_flag
        value = eval(code, self.namespace)
        return _await(value) if code.co_flags & inspect.CO_COROUTINE else value


def _await(coroutine: Any) -> Any:
    from autograder.sandbox import awaiting

    run: Callable[[Any], Any] = awaiting.run
    return run(coroutine)
