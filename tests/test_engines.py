"""PyTorch's other engines are taken away wherever they are kept, and what right code uses is left."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
WITHOUT_ENGINES = f"""
import gc, sys
sys.path.insert(0, {str(PROJECT)!r})
import torch, torch.export, torch.package
from torch import nn
from torch.utils.checkpoint import checkpoint
from autograder.sandbox import engines
before = list(engines._engines(torch))
engines.remove_engines()
x = torch.ones(4, 3)
linear = nn.Linear(3, 3)
"""
LEFT = """
kept = [old for old in before if type(old).__name__ in ("builtin_function_or_method", "function", "pybind11_type")]
for old in kept:
    holders = [h for h in gc.get_referrers(old) if h is not before and h is not kept and h is not globals()]
    for holder in holders:
        name = holder.get("__name__", "") if type(holder) is dict else ""
        if name.partition(".")[0] in ("torch", "functorch"):
            print(name, old.__name__)
print(len(kept) > 100)
"""
RIGHT = {
    "script": "torch.jit.script(linear)(x)",
    "script of a function": "torch.jit.script(lambda x: x)(x)",
    "script with settings": "torch.jit.script(optimize=True)(linear)(x)",
    "trace": "torch.jit.trace(linear, x)(x)",
    "trace of methods": "torch.jit.trace_module(linear, {'forward': x})(x)",
    "freeze": "torch.jit.freeze(torch.jit.script(linear.eval()))(x)",
    "fork": "torch.jit.wait(torch.jit.fork(linear, x))",
    "compile": "torch.compile(linear)(x)",
    "compile with settings": "torch.compile(fullgraph=True)(linear)(x)",
    "vmap": "torch.vmap(lambda a: a.softmax(-1))(x)",
    "vmap of a gradient": "torch.func.vmap(torch.func.grad(lambda a: (a.softmax(-1) ** 2).sum()))(x)",
    "jacrev": "torch.func.jacrev(torch.sin)(x)",
    "functional call": "torch.func.functional_call(linear, dict(linear.named_parameters()), (x,))",
    "checkpoint": "checkpoint(linear, x, use_reentrant=False)",
    "reentrant checkpoint": "checkpoint(linear, x.requires_grad_(), use_reentrant=True)",
    "operator by name": "torch.ops.aten.add.Tensor(x, x)",
    "symbolic trace": "torch.fx.symbolic_trace(linear)(x)",
}
NOT_AVAILABLE = "this part of PyTorch is not available where a grade is made"
ENGINES = (
    "torch._C.parse_ir('graph(): return ()')",
    "torch._C._jit_interpret_graph(torch._C.Graph(), ())",
    "type(torch.jit._state._python_cu)('')",
    "torch.jit._state._python_cu.create_function('f', torch._C.Graph(), True)",
    "torch.library.get_kernel('aten::sin', 'CPU')",
    "torch.export.export(linear, (x,))",
    "torch._C._te.TensorExprKernel(torch._C.Graph())",
    "torch._C._nativert.PyModelRunner('', '')",
)


def run(*lines: str) -> list[str]:
    script = "\n".join([WITHOUT_ENGINES, *lines])
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_no_module_of_pytorchs_keeps_an_engine():
    assert run(LEFT) == ["True"]


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What a process without engines says of each use that is right, and then of each engine."""
    right = [f"print(tuple(({use}).shape)[:1])" for use in RIGHT.values()]
    tried = (("try:", f"    print({use})", "except RuntimeError as error:", "    print(error)") for use in ENGINES)
    return run(*right, *(line for lines in tried for line in lines))


def test_what_compiles_and_repeats_ones_own_code_works_without_engines(said):
    assert said[: len(RIGHT)] == ["(4,)"] * len(RIGHT)


def test_an_engine_is_not_available(said):
    answers = dict(zip(ENGINES, said[len(RIGHT) :], strict=True))
    assert answers == dict.fromkeys(ENGINES, NOT_AVAILABLE)
