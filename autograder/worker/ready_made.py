"""The ready-made answers: what PyTorch offers that a student is asked to build, and a watch on their use.

The watch sees every call of PyTorch's by what is called, not by how it was found: under a name that was kept, through
`getattr`, `eval` or `torch.ops`, inside a subclass. Only the known-good modules of `autograder.blocks` may make one.
"""

import sys
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
INSIDES = ("_refs", "_decomp", "_prims", "_prims_common", "_inductor", "_numpy")  # PyTorch again, in Python
BLOCKS = ("autograder.blocks", "autograder.own_work")


class ReadyMade(BaseException):
    """A ready-made answer was called."""


@contextmanager
def watched(library: str) -> Iterator[dict[str, Any]]:
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
    try:
        for cls in classes:
            cls.__init__ = lambda *_, name=f"torch.nn.{cls.__name__}", **__: refuse(name)
        with _watch(library, refuse):
            yield used
            before = dict(used)
            if _refuses(functional.layer_norm):
                used.clear()
                used.update(before)
            else:
                used["name"] = "torch, with the watch put out,"
    finally:
        for cls, original in zip(classes, originals, strict=True):
            cls.__init__ = original


def _refuses(ready_made: Callable[..., Any]) -> bool:
    """Whether the watch is still awake."""
    import torch

    try:
        ready_made(torch.zeros(1), (1,))
    except ReadyMade:
        return True
    return False


def without_compilers() -> None:
    """Let `torch.jit.script`, `torch.jit.trace` and `torch.compile` give back what they are given.

    Compiled code would hide its calls from the watch; it computes the same without.
    """
    import torch

    def unchanged(function: Any = None, *_: Any, **__: Any) -> Any:
        return (lambda later: later) if function is None else function

    torch.jit.script = torch.jit.trace = torch.jit.script_if_tracing = torch.compile = unchanged


def _watch(library: str, refuse: Callable[[str], None]) -> Any:
    from torch.overrides import TorchFunctionMode

    class Watch(TorchFunctionMode):
        def __torch_function__(self, func: Any, _: Any, args: tuple = (), kwargs: Any = None) -> Any:
            name = _name(func)
            operator = name.rpartition(".")[2].lstrip("_")
            if (library == "numpy" or operator.startswith(OPERATORS)) and not _called_by_blocks(library):
                refuse(name)
            if insides := _passed_through_insides():
                refuse(insides)
            return func(*args, **(kwargs or {}))

    return Watch()


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
        first, _, rest = frame.f_globals.get("__name__", "").partition(".")
        if first != "torch":
            return None
        if rest.partition(".")[0] in INSIDES:
            return f"torch.{rest.partition('.')[0]}"
    return None


def _place() -> dict[str, Any]:
    """The cell and the line of the student's that made a call; nothing where no cell is known."""
    for frame in _callers():
        if frame.f_code.co_filename.startswith("<cell "):
            return {"cell": frame.f_code.co_filename[6:-1], "line": frame.f_lineno}
    return {}
