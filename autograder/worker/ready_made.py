"""The ready-made answers: what PyTorch offers that a student is asked to build, and a watch on their use.

The watch sees every call of PyTorch's by what is called, not by how it was found: under a name that was kept, through
`getattr`, `eval` or `torch.ops`, inside a subclass. Only the known-good modules of `autograder.blocks` may make one.
"""

import _thread
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

FUNCTIONS = (
    "scaled_dot_product_attention",
    "multi_head_attention_forward",
    "layer_norm",
    "rms_norm",
    "group_norm",
    "batch_norm",
    "instance_norm",
    "native_layer_norm",
    "native_group_norm",
    "native_batch_norm",
)
CLASSES = (
    "MultiheadAttention",
    "Transformer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "LayerNorm",
    "RMSNorm",
    "GroupNorm",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
)
OPERATORS = (*FUNCTIONS, "scaled_dot_product", "native_multi_head_attention", "transformer_encoder_layer_fwd")
OPERATORS += ("fused_rms_norm", "cudnn_batch_norm", "miopen_batch_norm", "mkldnn_layer_norm")
INSIDES = ("torch._refs", "torch._decomp", "torch._prims", "torch._inductor", "torch._numpy")  # all of it in Python
INSIDES += ("torch.nn.attention", "torch.nn.quantizable", "torch.ao", "torch.onnx")  # and its layers once more
BLOCKS = ("autograder.blocks", "autograder.own_work")
BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)  # they keep their names
WRITTEN = 1 << 9  # the flag of a class that is not a built-in one
SHOWS, ANSWER = "handle_torch_function", "__torch_function__"

_looks: list[Callable[[Any], bool]] = []


class ReadyMade(BaseException):
    """A ready-made answer was called."""


def refuses(ready_made: Callable[..., Any]) -> bool:
    """Whether the watch is still awake."""
    import torch

    try:
        ready_made(torch.zeros(1), (1,))
    except ReadyMade:
        return True
    return False


@contextmanager
def watched(library: str, refuses: Callable[..., bool] = refuses) -> Iterator[dict[str, Any]]:
    """Within the block every ready-made answer refuses to run; for "numpy" everything of PyTorch's does.

    The dict that it gives holds, after a refusal, what was called first: its `name`, and the `cell` and `line`.
    """
    used: dict[str, Any] = {}
    if "torch" not in sys.modules:
        yield used
        return
    from torch import nn
    from torch.nn import functional

    def refuse(name: str) -> None:
        used.update({"name": name, **_place()} if not used else {})
        raise ReadyMade(name)

    classes = [getattr(nn, name) for name in CLASSES if hasattr(nn, name)] if library == "torch" else []
    originals = [cls.__init__ for cls in classes]
    look = _looking(library, refuse)
    try:
        for cls in classes:
            cls.__init__ = lambda *_, name=f"torch.nn.{cls.__name__}", **__: refuse(name)
        _looks.append(look)
        with _mode(lambda: look):
            yield used
            before = dict(used)
            if refuses(functional.layer_norm):
                used.clear()
                used.update(before)
            else:
                used["name"] = "torch, with the watch put out,"
    finally:
        _looks.remove(look)
        for cls, original in zip(classes, originals, strict=True):
            cls.__init__ = original


def prepare() -> None:
    """Ready this process, before it knows any student code, for a watch that cannot be avoided by compiling or waiting.

    `torch.jit.script`, `torch.jit.trace` and `torch.compile` give back what they are given, which computes the same;
    a thread that is started from now on is under the watch of the moment.
    """
    import torch

    def unchanged(function: Any = None, *_: Any, **__: Any) -> Any:
        return (lambda later: later) if function is None else function

    def unavailable(*_: Any, **__: Any) -> None:
        raise RuntimeError("this part of PyTorch is not available where a grade is made")

    torch.jit.script = torch.jit.trace = torch.jit.script_if_tracing = torch.compile = unchanged
    torch.jit.CompilationUnit = torch._C.CompilationUnit = torch.jit.load = unavailable
    torch._C.DisableTorchFunction = unavailable
    threading.setprofile(_begin_thread)
    _torchs_own()
    _torchs_answers()
    start = _thread.start_new_thread
    _thread.start_new_thread = lambda function, *rest: start(_under_watch(function), *rest)


def _begin_thread(*_: Any) -> None:
    sys.setprofile(None)
    _mode(lambda: _looks[-1] if _looks else None).__enter__()


def _under_watch(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **keywords: Any) -> Any:
        with _mode(lambda: _looks[-1] if _looks else None):
            return function(*arguments, **keywords)

    return run


def _mode(look: Callable[[], Callable[[Any], bool] | None]) -> Any:
    """Have everything of PyTorch's that is called in this thread looked at first.

    While the watch calls what it was shown, PyTorch shows it nothing. So it calls only PyTorch's own functions like
    that, which would be shown for ever; whatever else is shown is called under the watch, and a tensor of a kind that
    answers for itself answers under the watch.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class Watch(TorchFunctionMode):
        def __torch_function__(self, func: Any, kinds: tuple, args: tuple = (), kwargs: Any = None) -> Any:
            current, keywords = look(), kwargs or {}
            is_torchs_own = current(func) if current else _is_torchs_own(func)
            if kinds and (kinds[0] is not torch.Tensor or len(kinds) > 1) and torch._C._is_torch_function_enabled():
                for kind in filter(_answers_for_itself, kinds):
                    with self:
                        result = kind.__torch_function__(func, kinds, args, keywords)
                    if result is not NotImplemented:
                        return result
            if is_torchs_own:
                return func(*args, **keywords)
            with self:
                return func(*args, **keywords)

    return Watch()


def _answers_for_itself(kind: type) -> bool:
    """Whether a kind of tensor has a `__torch_function__` that is not PyTorch's."""
    own = next((vars(base)[ANSWER] for base in kind.__mro__ if ANSWER in vars(base)), None)
    return all(own is not known for known in _torchs_answers())


def _is_torchs_own(func: Any) -> bool:
    """Whether this is a function that PyTorch itself shows to a watch, as it was before there was student code."""
    builtin, written, kinds = _torchs_own()
    if type(func) in (*BUILTIN, type):
        return func in builtin
    if type(func) is MethodWrapperType and type(func.__self__) is property:
        func = func.__self__.fget
    if type(func) is FunctionType:
        return written.get(func) is func.__code__
    if type(func) is MethodWrapperType:
        return type(func.__self__) is GetSetDescriptorType
    return type(func) in kinds


@cache
def _torchs_answers() -> tuple[Any, ...]:
    import torch

    return (None, vars(torch.Tensor)[ANSWER], vars(torch.nn.Parameter)[ANSWER])


@cache
def _torchs_own() -> tuple[frozenset[Any], dict[Any, CodeType], frozenset[type]]:
    """What PyTorch shows to a watch: built-in functions, those in Python with their code, kinds of operators."""
    import torch

    modules = {name: m for name, m in [*sys.modules.items()] if name.startswith("torch") and type(m) is ModuleType}
    places = [module for name, module in modules.items() if name.startswith("torch._C")]
    places += [torch, torch.Tensor, torch._C.TensorBase, type(torch._C._VariableFunctions)]
    builtin = frozenset(value for place in places for value in vars(place).values() if type(value) in BUILTIN)
    builtin |= {value for value in vars(torch).values() if type(value) is type and not value.__flags__ & WRITTEN}
    held = [value for place in (*modules.values(), torch.Tensor) for value in vars(place).values()]
    functions = [value for value in held if type(value) is FunctionType and SHOWS in value.__code__.co_names]
    listed = [getattr(f, "__self__", f) for f in torch.overrides.get_testing_overrides()]
    functions += [f.fget if type(f) is property else f for f in listed]
    kinds = frozenset(value for value in vars(torch._ops).values() if isinstance(value, type))
    return builtin, {f: f.__code__ for f in functions if type(f) is FunctionType}, kinds


def _looking(
    library: str, refuse: Callable[[str], None], operators: tuple[str, ...] = OPERATORS
) -> Callable[[Any], bool]:
    harmless: set[Any] = set()

    def look(func: Any) -> bool:
        """Refuse a ready-made answer; of anything else say whether it is PyTorch's own function."""
        known = type(func) in BUILTIN and func in harmless
        if not known:
            name = _name(func)
            is_ready_made = name.rpartition(".")[2].lstrip("_").startswith(operators)
            if (library == "numpy" or is_ready_made) and not _called_by_blocks(library):
                refuse(name)
        if insides := _passed_through_insides():
            refuse(insides)
        if known or not _is_torchs_own(func):
            return known
        if library == "torch" and not is_ready_made and type(func) in BUILTIN:
            harmless.add(func)
        return True

    return look


def _name(func: Any) -> str:
    """The dotted name by which a function of PyTorch's is known: "torch.nn.functional.layer_norm"."""
    module = getattr(func, "__module__", None) or "torch.Tensor"
    name = getattr(func, "__name__", "function").partition(".")[0]
    known = {"torch._C._nn": "torch.nn.functional", "torch._ops.aten": "torch.ops.aten"}
    return f"{known.get(module, module)}.{name}"


def _caller() -> FrameType | None:
    """The frame that called PyTorch's, and so the watch; `f_back` leads on to its callers."""
    frame = sys._getframe(2)
    while frame and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame


def _called_by_blocks(library: str) -> bool:
    """Whether a known-good module made the call, itself or through a function of PyTorch's that is no module."""
    passed = ("torch",) if library == "numpy" else ("torch.nn.functional", "torch.overrides", "torch._ops")
    modules = [module for module in map(sys.modules.get, BLOCKS) if module]
    frame = _caller()
    while frame and frame.f_globals.get("__name__", "").startswith(passed):
        frame = frame.f_back
    if frame is None:
        return False
    file = frame.f_code.co_filename
    return any(frame.f_globals is vars(module) and file == module.__file__ for module in modules)


def _passed_through_insides() -> str | None:
    """The part of PyTorch's that does over again, in Python, what its operators do; if the call came through one."""
    frame = _caller()
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
