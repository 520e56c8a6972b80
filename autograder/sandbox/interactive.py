"""What IPython has in every notebook, as far as a grade needs it: its names are there, and do no harm."""

from typing import Any

from autograder.sandbox.imports import Nothing

HARMLESS = ("display", "help", "exit", "quit", "copyright", "credits", "license")


class NoResult(Nothing):
    """What a magic gives: nothing, which can be calculated with, compared, measured and written out."""

    def __repr__(self) -> str:
        return ""

    def __format__(self, specification: str) -> str:
        return ""

    def _itself(self, *_: object) -> "NoResult":
        return self

    def _no(self, *_: object) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pow__ = _itself
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __neg__ = __abs__ = __round__ = _itself
    __lt__ = __le__ = __gt__ = __ge__ = _no


class NoOutput(list[str]):
    """What a shell command prints: no line, in IPython's kind of list."""

    def __getattr__(self, name: str) -> "NoOutput | str":
        if name in ("l", "list", "p", "paths"):
            return self
        if name in ("n", "nlstr", "s", "spstr"):
            return ""
        raise AttributeError(name)

    def grep(self, *_: object, **__: object) -> "NoOutput":
        """The lines that fit a pattern."""
        return self

    fields = grep


class Shell(Nothing):
    """The shell that `get_ipython()` returns: no command is run, and no magic does anything."""

    def getoutput(self, *_: object, **__: object) -> NoOutput:
        """What a command prints."""
        return NoOutput()

    def run_line_magic(self, *_: object, **__: object) -> NoResult:
        """What a magic gives."""
        return NoResult()

    magic = run_cell_magic = run_line_magic


class History:
    """The cells that have run and what they gave, under the names that IPython has for them."""

    NAMES = ("_", "__", "___")

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.inputs, self.outputs, self.last = [""], dict[int, Any](), ("", "", "")
        names.update(dict.fromkeys(HARMLESS, Nothing()), get_ipython=Shell())
        names.update(In=self.inputs, _ih=self.inputs, Out=self.outputs, _oh=self.outputs, _dh=[])
        names.update(zip(self.NAMES, self.last, strict=True))

    def begin(self, source: str) -> None:
        """Note a cell that is about to run."""
        self.inputs.append(source)

    def keep(self, value: Any) -> None:
        """Note what the last line of a cell gave. A name that the student's code uses for itself stays as it is."""
        if value is None or value is self.outputs or isinstance(value, Nothing):
            return
        self.outputs[len(self.inputs) - 1] = value
        if all(self.names.get(name) is kept for name, kept in zip(self.NAMES, self.last, strict=True)):
            self.last = (value, *self.last[:2])
            self.names.update(zip(self.NAMES, self.last, strict=True))
