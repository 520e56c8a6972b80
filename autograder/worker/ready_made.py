"""The ready-made answers: what PyTorch offers that a student is asked to build, and a watch on their use.

The watch sees every call of PyTorch's by what is called, not by how it was found: under a name that was kept, through
`getattr`, `eval` or `torch.ops`, inside a subclass. Only the known-good modules of `autograder.blocks` may make one.
"""

import _thread
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
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


_looks: list[Callable[[Any], None]] = []


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


def _mode(look: Callable[[], Callable[[Any], None] | None]) -> Any:
    """Have everything of PyTorch's that is called in this thread looked at first."""
    from torch.overrides import TorchFunctionMode

    class Watch(TorchFunctionMode):
        def __torch_function__(self, func: Any, _: Any, args: tuple = (), kwargs: Any = None) -> Any:
            if current := look():
                current(func)
            return func(*args, **(kwargs or {}))

    return Watch()


def _looking(
    library: str, refuse: Callable[[str], None], operators: tuple[str, ...] = OPERATORS
) -> Callable[[Any], None]:
    def look(func: Any) -> None:
        name = _name(func)
        is_ready_made = name.rpartition(".")[2].lstrip("_").startswith(operators)
        if (library == "numpy" or is_ready_made) and not _called_by_blocks(library):
            refuse(name)
        if insides := _passed_through_insides():
            refuse(insides)

    return look


def _name(func: Any) -> str:
    """The dotted name by which a function of PyTorch's is known: "torch.nn.functional.layer_norm"."""
    module = getattr(func, "__module__", None) or "torch.Tensor"
    name = getattr(func, "__name__", "function").partition(".")[0]
    known = {"torch._C._nn": "torch.nn.functional", "torch._ops.aten": "torch.ops.aten"}
    return f"{known.get(module, module)}.{name}"


def _callers() -> Iterator[FrameType]:
    """The frames of those who called, from the watch outwards."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_filename != __file__:
            yield frame
        frame = frame.f_back


def _called_by_blocks(library: str) -> bool:
    """Whether a known-good module made the call, itself or through a function of PyTorch's that is no module."""
    passed = ("torch",) if library == "numpy" else ("torch.nn.functional", "torch.overrides", "torch._ops")
    modules = [module for module in map(sys.modules.get, BLOCKS) if module]
    for frame in _callers():
        if not frame.f_globals.get("__name__", "").startswith(passed):
            file = frame.f_code.co_filename
            return any(frame.f_globals is vars(module) and file == module.__file__ for module in modules)
    return False


def _passed_through_insides() -> str | None:
    """The part of PyTorch's that does over again, in Python, what its operators do; if the call came through one."""
    for frame in _callers():
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] != "torch":
            return None
        if module.startswith(INSIDES):
            return module
    return None


def _place() -> dict[str, Any]:
    """The cell and the line of the student's that made a call; nothing where no cell is known."""
    for frame in _callers():
        if frame.f_code.co_filename.startswith("<cell "):
            return {"cell": frame.f_code.co_filename[6:-1], "line": frame.f_lineno}
    return {}
