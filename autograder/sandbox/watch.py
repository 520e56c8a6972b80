"""A watch on the ready-made answers: what PyTorch offers that a student is asked to build.

The watch sees every call of PyTorch's by what is called, not by how it was found: under a name that was kept, through
`getattr`, `eval` or `torch.ops`, inside a subclass. Only the known-good modules of `autograder.blocks` may make one.
"""

import _thread
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cache, partial, partialmethod
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple

from autograder.protocol import shapes
from autograder.protocol.ready_made_names import BLOCKS, CLASSES, FUNCTIONS, INSIDES, LOSSES, OF_TRAINING, OPERATORS
from autograder.protocol.without_pytorch import StandIn
from autograder.sandbox.closed_methods import closed, find_methods
from autograder.sandbox.engines import remove_engines

BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)  # they keep their names
THREADS_START = {
    "start_new",
    "start_new_thread",
    "_start_new_thread",
    "start_joinable_thread",
    "_start_joinable_thread",
}

_watches: list["_Watch"] = []


class ReadyMade(BaseException):
    """A ready-made answer was called."""


class PyTorch(NamedTuple):
    """What the watch stands on. In a worker it is found before any student code, which can change what is imported."""

    classes: tuple[type, ...]
    methods: tuple[tuple[str, FunctionType], ...]  # of these classes, with their names
    normalise: Callable[[], Any]  # a ready-made answer
    trusted: Mapping[int, CodeType] | None  # the code of the known-good modules; None where they are files


def find_pytorch(known_good: Iterable[CodeType] | None = None) -> PyTorch | None:
    """Find PyTorch where this process has imported it. Only the code that is `known_good` may call what is ready-made;
    without it, the modules of `autograder.blocks` may."""
    if isinstance(sys.modules.get("torch"), StandIn | None):
        return None
    import torch

    classes = tuple(getattr(torch.nn, name) for name in CLASSES if hasattr(torch.nn, name))
    normalise = partial(torch.nn.functional.layer_norm, torch.zeros(1, device="cpu"), (1,))
    trusted = None if known_good is None else {i: c for code in known_good for i, c in _all_code(code).items()}
    return PyTorch(classes, tuple(find_methods(classes)), normalise, trusted)


def refuses(ready_made: Callable[[], Any]) -> bool:
    """Whether the watch is still awake."""
    try:
        ready_made()
    except ReadyMade:
        return True
    return False


@contextmanager
def watched(
    library: str,
    pytorch: PyTorch | None = None,
    refuses: Callable[..., bool] = refuses,
    target: str = "",
    calls: bool = True,
) -> Iterator[dict[str, Any]]:
    """Within the block every ready-made answer refuses to run; for "numpy" everything of PyTorch's does. Losses are one
    where `target` is an exercise of the unit on training. Without `calls`, which take long to look at, only ready-made
    modules refuse, and ready-made functions are let pass.

    The dict that it gives holds, after a refusal, what was called first: its `name`, and the `cell` and `line`. Where
    `pytorch` is not given and this process has not imported it either, nothing is watched.
    """
    used: dict[str, Any] = {}
    pytorch = pytorch or find_pytorch()
    if pytorch is None:
        yield used
        return

    def refuse(name: str) -> None:
        used.update({"name": name, **_place()} if not used else {})
        raise ReadyMade(name)

    classes = pytorch.classes if library == "torch" else ()
    originals = [cls.__init__ for cls in classes]  # type: ignore[misc]
    methods = pytorch.methods if library == "torch" else ()
    watch = _Watch(library, refuse, pytorch.trusted, (*OPERATORS, *LOSSES) if target in OF_TRAINING else OPERATORS)
    try:
        for cls in classes:
            cls.__init__ = lambda *_, name=f"torch.nn.{cls.__name__}", **__: refuse(name)  # type: ignore[misc]
        _watches.append(watch)
        with closed(methods, _refuse) as are_closed, _mode(lambda: watch) if calls else nullcontext():
            yield used
            before = dict(used)
            if (not calls or refuses(pytorch.normalise)) and are_closed():
                used.clear()
                used.update(before)
            else:
                used["name"] = "torch, with the watch put out,"
    finally:
        _watches.remove(watch)
        for cls, original in zip(classes, originals, strict=True):
            cls.__init__ = original  # type: ignore[misc]


def _refuse(name: str) -> None:
    _watches[-1].refuse(name)


def prepare() -> None:
    """Ready this process, before it knows any student code, for a watch that cannot be avoided by compiling or waiting.

    A thread that is started from now on is under the watch of the moment.
    """
    _own_code(), _ready_made_code(), _kind_of_mode()
    remove_engines()
    threading.setprofile(_begin_thread)
    for module in (_thread, threading):
        for name in THREADS_START & vars(module).keys():
            setattr(module, name, _starting_under_watch(getattr(module, name)))


def _begin_thread(*_: Any) -> None:
    sys.setprofile(None)
    _mode(lambda: _watches[-1] if _watches else None).__enter__()


def _starting_under_watch(start: Callable[..., Any]) -> Callable[..., Any]:
    return lambda function, *rest, **options: start(_under_watch(function), *rest, **options)


def _under_watch(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **keywords: Any) -> Any:
        with _mode(lambda: _watches[-1] if _watches else None):
            return function(*arguments, **keywords)

    return run


def _mode(watch: Callable[[], "_Watch | None"]) -> Any:
    """Have everything of PyTorch's that is called in this thread looked at first."""
    return _kind_of_mode()(watch)


@cache
def _kind_of_mode() -> type:
    """A mode of PyTorch's that looks.

    While a mode calls what it was shown, PyTorch shows it nothing. So what happens within the call is looked at as a
    profiler does, and student code in it (a hook, a backward pass, an index) is under the mode again.
    """
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __init__(self, watch: Callable[[], "_Watch | None"]) -> None:
            self.watch = watch
            self.within: list[FrameType] = []

        def __torch_function__(self, func: Any, _: Any, args: tuple = (), kwargs: Any = None) -> Any:
            watch = self.watch()
            if watch is None or (type(func) is MethodWrapperType and watch.passes(func)):
                return func(*args, **(kwargs or {}))
            if not watch.look(func) and _is_foreign(func):
                with self:
                    return func(*args, **(kwargs or {}))
            before = sys.getprofile()
            sys.setprofile(self.profile)
            try:
                return func(*args, **(kwargs or {}))
            finally:
                sys.setprofile(before)

        def profile(self, frame: FrameType, event: str, called: Any) -> None:
            if event == "c_call":
                if _may_be_ready_made(called.__name__) and (watch := self.watch()):
                    watch.look(called)
            elif event == "call":
                if id(frame.f_code) in _ready_made_code() and (watch := self.watch()):
                    watch.look(frame.f_code)
                if not _is_in_a_file(frame.f_code.co_filename):  # student code is in none
                    self.within.append(frame)
                    self.__enter__()
            elif event == "return" and self.within and self.within[-1] is frame:
                self.within.pop()
                self.__exit__(None, None, None)

    return Mode


class _Watch:
    """Looks at what is called, and refuses ready-made answers; where the `library` is NumPy, all of PyTorch's."""

    def __init__(
        self,
        library: str,
        refuse: Callable[[str], None],
        trusted: Mapping[int, CodeType] | None,
        operators: tuple[str, ...] = OPERATORS,
    ) -> None:
        self.library, self.refuse, self.trusted, self.operators = library, refuse, trusted, operators
        self.harmless = _find_harmless(library, operators)

    def knows(self, func: Any) -> bool:
        """Whether this is one of PyTorch's built-in functions that was looked at before, and is harmless."""
        return type(func) in BUILTIN and func in self.harmless

    def passes(self, attribute: MethodWrapperType) -> bool:
        """Whether this reads an attribute of a tensor's, which calls nothing, where PyTorch may be used."""
        return type(attribute.__self__) is GetSetDescriptorType and self.library == "torch"

    def look(self, func: Any) -> bool:
        """Look at a function, or at the code of one, before it is called. Say whether it is one that is known."""
        known = self.knows(func)
        if not known:
            name = _name(func)
            ready_made = _is_ready_made(name.rpartition(".")[2], self.operators)
            if (self.library == "numpy" or ready_made) and not self.called_by_blocks():
                self.refuse(name)
            if self.library == "torch" and not ready_made and type(func) in BUILTIN and not _is_foreign(func):
                self.harmless.add(func)
                known = True
        if insides := _passed_through_insides():
            self.refuse(insides)
        return known

    def called_by_blocks(self) -> bool:
        """Whether a known-good module made the call, itself or through a function of PyTorch's that is no module."""
        passed = ("torch",) if self.library == "numpy" else ("torch.nn.functional", "torch.overrides", "torch._ops")
        frame = _caller()
        while frame and (frame.f_globals.get("__name__", "").startswith(passed) or id(frame.f_code) in _own_code()):
            frame = frame.f_back
        if frame is None or self.trusted is None:
            return frame is not None and _is_of_blocks(frame)
        return id(frame.f_code) in self.trusted


_is_in_a_file = cache(os.path.isabs)


@cache
def _find_harmless(library: str, operators: tuple[str, ...]) -> set[Any]:
    """The built-in functions that a watch on these operators has looked at and let pass; none of them for NumPy."""
    return set()


def _is_foreign(func: Any) -> bool:
    """Whether PyTorch itself would never show this: somebody has the watch call it."""
    if type(func) is BuiltinFunctionType:
        home = func.__self__
        return not (home is None or isinstance(home, type) or str(getattr(home, "__name__", "")).startswith("torch"))
    if type(func) in BUILTIN:
        return func.__objclass__.__name__ != "TensorBase"
    if type(func) is MethodWrapperType:
        return func.__name__ not in ("__get__", "__set__", "__delete__")
    return type(func) in (partial, partialmethod, MethodType)


@cache
def _is_ready_made(name: str, operators: tuple[str, ...] = OPERATORS) -> bool:
    return name.lstrip("_").startswith(operators)


@cache
def _may_be_ready_made(name: str) -> bool:
    """The same for all that is ready-made anywhere. (To find a tuple in a cache takes longer than to find one name.)"""
    return _is_ready_made(name, (*OPERATORS, *LOSSES))


@cache
def _ready_made_code() -> dict[int, tuple[str, CodeType]]:
    """The ready-made answers that are written in Python, by their code: a function's name can be changed."""
    from torch.nn import functional

    functions = {name: getattr(functional, name, None) for name in (*FUNCTIONS, *LOSSES)}
    written = {name: f.__code__ for name, f in functions.items() if type(f) is FunctionType}
    return {id(code): (f"torch.nn.functional.{name}", code) for name, code in written.items()}


def _name(func: Any) -> str:
    """The dotted name by which a function of PyTorch's, or its code, is known: "torch.nn.functional.layer_norm"."""
    code = func if type(func) is CodeType else getattr(func, "__code__", None)
    if id(code) in _ready_made_code():
        return _ready_made_code()[id(code)][0]
    module = getattr(func, "__module__", None) or "torch.Tensor"
    name = getattr(func, "__name__", "function").partition(".")[0]
    known = {"torch._C._nn": "torch.nn.functional", "torch._ops.aten": "torch.ops.aten"}
    return f"{known.get(module, module)}.{name}"


def _caller() -> FrameType | None:
    """The frame that called PyTorch's, and so the watch; `f_back` leads on to its callers."""
    frame: FrameType | None = sys._getframe(2)
    own = _own_code()
    while frame and id(frame.f_code) in own:
        frame = frame.f_back
    return frame


def _is_of_blocks(frame: FrameType) -> bool:
    modules = [module for module in map(sys.modules.get, BLOCKS) if module]
    return any(frame.f_globals is vars(module) and frame.f_code.co_filename == module.__file__ for module in modules)


def _all_code(code: CodeType) -> dict[int, CodeType]:
    """A code and those inside it, by their ids: to compare codes would be to read them."""
    found = {id(code): code}
    for inside in code.co_consts:
        found |= _all_code(inside) if type(inside) is CodeType else {}
    return found


@cache
def _own_code() -> dict[int, CodeType]:
    """The code of this file, and of the one that looks at the shapes of what a known-good module is given."""
    ours = (globals(), vars(shapes))
    own = [v for names in ours for v in names.values() if getattr(v, "__module__", None) == names["__name__"]]
    own += [value for kind in own if type(kind) is type for value in vars(kind).values()]
    own = [getattr(value, "__wrapped__", value) for value in own]
    found: dict[int, CodeType] = {}
    for function in own:
        found |= _all_code(function.__code__) if type(function) is FunctionType else {}
    return found


def _passed_through_insides() -> str | None:
    """The part of PyTorch's that does over again, in Python, what its operators do; if the call came through one."""
    frame: FrameType | None = sys._getframe(2)
    own = _own_code()
    while frame and id(frame.f_code) in own:
        frame = frame.f_back
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module != "torch" and not module.startswith("torch."):
            return None
        if module.startswith(INSIDES):
            return module
        frame = frame.f_back
    return None


def _place() -> dict[str, Any]:
    """The cell and the line of the student's that made a call; nothing where no cell is known."""
    frame = _caller()
    while frame and not frame.f_code.co_filename.startswith("<cell "):
        frame = frame.f_back
    return {"cell": frame.f_code.co_filename[6:-1], "line": frame.f_lineno} if frame else {}
