"""PyTorch's other engines: what computes an answer without calling, in Python, a function that the watch sees.

They interpret graphs, compile or load programs, or call an operator that was looked up below Python. Nobody needs them
to write a Transformer; `torch.jit.script`, `torch.jit.trace` and `torch.compile` give back what they are given, which
computes the same. What is taken away is taken wherever it is kept, before student code is there to keep it elsewhere.
"""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

COMPILERS = ("script", "trace", "trace_module", "script_if_tracing", "freeze", "optimize_for_inference", "interface")
# What is in torch._C, as it begins. Of TorchScript, all but what asks and sets.
ENGINES = (
    *("_jit_", "parse_ir", "import_ir", "_import_ir", "_create_", "_compile_", "_freeze_", "_fuse_to_", "_load_"),
    *("_parse_source", "_save_", "_backport_", "_nn_module_to_mobile", "_quantize_ondevice", "_generate_upgraders"),
    *("_propagate_", "_hack_do_not_use_", "_run_emit_", "_replace_overloaded", "_last_executed"),
    *("_dispatch_call_boxed", "_dispatch_get_computed_kernel", "ThroughputBenchmark"),
)
HARMLESS = (
    *(
        "_jit_get_",
        "_jit_set_",
        "_jit_is_",
        "_jit_has_",
        "_jit_can_",
        "_jit_debug_",
        "_jit_init",
        "_jit_resolve_packet",
    ),
    *("_jit_flatten", "_jit_unflatten", "_jit_assert_is_instance", "_jit_try_infer_type", "_jit_clear_class_registry"),
    *("_jit_texpr_", "_jit_override_", "_jit_llga_", "_jit_object_", "_jit_symbolic_"),
    *("_jit_pass_get_", "_jit_pass_set_"),
)
PARTS = ("_aoti", "_nativert", "_te", "_lazy", "_lazy_ts_backend")  # of torch._C, in which all functions and classes go
METHODS = {
    "CompilationUnit": ("__init__", "define", "create_function"),
    "ScriptModule": ("_create_method_from_trace", "_create_method_from_trace_with_dict", "_define"),
    "ConcreteModuleType": ("_create_methods_and_properties", "_create_hooks"),
    "StaticModule": ("__call__", "runAsync"),
    "LiteScriptModule": ("forward", "run_method", "find_method"),
    "_DispatchOperatorHandle": ("redispatch_boxed",),
    "_DispatchModule": ("impl_with_aoti_compile",),
}
NOTHING = ModuleType("nothing")  # for a part that another version lacks
PUBLIC = {
    "torch.jit": ("CompilationUnit", "load"),
    "torch.export": ("export", "load", "draft_export", "export_for_training", "unflatten", "save"),
    "torch.fx.experimental.proxy_tensor": ("make_fx",),
    "torch.library": ("get_kernel",),
    "torch.package": ("PackageImporter",),
}


def remove_engines() -> None:
    """Take PyTorch's other engines away from this process, and let its compilers give back what they are given."""
    torch: Any = importlib.import_module("torch")
    for public in PUBLIC:
        importlib.import_module(public)
    replaced = {id(old): (old, unavailable) for old in _engines(torch)}
    for old in (torch.compile, *(getattr(torch.jit, name) for name in COMPILERS)):
        replaced[id(old)] = (old, unchanged)
    for kind, names in METHODS.items():
        for name in names:
            if hasattr(getattr(torch._C, kind, None), name):
                setattr(getattr(torch._C, kind), name, unavailable)
    for module in [module for name, module in sys.modules.items() if name.partition(".")[0] in ("torch", "functorch")]:
        for name, value in list(vars(module).items()):
            if id(value) in replaced:
                setattr(module, name, replaced[id(value)][1])
    torch._C.DisableTorchFunction = torch._ops.OpOverload.redispatch = unavailable


def _engines(torch: Any) -> Iterator[Any]:
    """Everything that has to go, as it is in the modules of PyTorch's."""
    inside = torch._C
    for name, value in vars(inside).items():
        if name.startswith(ENGINES) and not name.startswith(HARMLESS) and callable(value):
            yield value
    yield inside.CompilationUnit
    for part in PARTS:
        yield from (value for value in vars(getattr(inside, part, NOTHING)).values() if callable(value))
    for module, names in PUBLIC.items():
        yield from (vars(sys.modules[module])[name] for name in names if name in vars(sys.modules[module]))


def unchanged(function: Any = None, *_: Any, **__: Any) -> Any:
    """What a compiler gives back: the function, or what waits for one where it is called with settings only."""
    return (lambda later: later) if function is None else function


def unavailable(*_: Any, **__: Any) -> None:
    """Stand for what is not there. Raises RuntimeError."""
    raise RuntimeError("this part of PyTorch is not available where a grade is made")
