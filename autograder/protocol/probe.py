"""The fixed vocabulary in which a case asks something of an implementation, and the hand that carries it out.

A probe is data: which name to take from a namespace, and a tuple of actions, each made by one of the functions below.
`perform` carries them out and returns an `Observation`: arrays and short facts, and never a judgement. The
student's implementation, the reference and every misconception go through the same lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.protocol.arguments import KINDS, Array, Earlier, Several
from autograder.protocol.candidates import Ask
from autograder.protocol.plain import kind_of, write_out
from autograder.protocol.undisturbed import undisturbed
from autograder.protocol.written_tests import VERDICT, try_around_own, try_elsewhere

DTYPES = {"bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"}
Action = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Probe:
    """`target` is the function or class to take; `library` is "numpy" or "torch". A probe is equal to itself alone."""

    target: str
    library: str
    actions: tuple[Action, ...]


@dataclass
class Observation:
    """What a probe saw: named arrays, and named facts that are not arrays (a type, a parameter's shape)."""

    arrays: dict[str, Array] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def build(**arguments: Any) -> Action:
    """Construct the target, a class; what follows is asked of this module, up to the next one."""
    return {"do": "build", "arguments": arguments}


def construct(*arguments: Any) -> Action:
    """Construct the target with arguments of a call; it may be any class. What follows is asked of this object."""
    return {"do": "construct", "arguments": list(arguments)}


def build_refused(label: str = "", **arguments: Any) -> Action:
    """Construct the target and note which exception it raises, and whether that says anything."""
    return {"do": "build_refused", "arguments": arguments, "label": label}


def load(weights: Mapping[str, Array], dtype: str = "float64") -> Action:
    """Note the parameters' names and shapes, convert the module to `dtype` and copy the weights in by name."""
    return {"do": "load", "weights": dict(weights), "dtype": dtype}


def cast(dtype: str) -> Action:
    """Convert the module to `dtype`."""
    return {"do": "cast", "dtype": dtype}


def mode(training: bool) -> Action:
    """Switch the module to training or evaluation."""
    return {"do": "mode", "training": training}


def call(*arguments: Any, returns: tuple[str, ...], label: str = "", **keywords: Any) -> Action:
    """Call the function or module; its results are kept under the names in `returns`, behind `label`.

    One whose name begins with an underscore is not looked at, only handed on (`arguments.Earlier`).
    """
    return {"do": "call", "arguments": list(arguments), "keywords": keywords, "returns": list(returns), "label": label}


def plain(action: Action, exact: bool = False) -> Action:
    """The same call, whose results are plain Python data and no arrays; where `exact`, without numbers of NumPy's."""
    return action | {"plain": "exact" if exact else "any numbers"}


def call_method(method: str, *arguments: Any, returns: tuple[str, ...], label: str = "", **keywords: Any) -> Action:
    """Call a method of the module, as `call` calls the module itself."""
    return call(*arguments, returns=returns, label=label, **keywords) | {"do": "call_method", "method": method}


def counted(action: Action) -> Action:
    """The same call of a method, and how often each linear map of the model that the object was constructed with is
    computed for one id of the first argument."""
    return action | {"counted": True}


def call_refused(*arguments: Any, label: str = "", error: str = "") -> Action:
    """Call the function or module and note whether it raises; any exception will do, but NotImplementedError.

    Where the contract names the `error`, "ValueError", note whether it is one of that class.
    """
    action = {"do": "call_refused", "arguments": list(arguments), "label": label}
    return action | ({"error": error} if error else {})


def gradients(*, label: str = "", **upstream: Array) -> Action:
    """Differentiate Σ upstream · output of the last call, by its floating-point arguments and all parameters."""
    return {"do": "gradients", "upstream": upstream, "label": label}


def parameters(label: str = "") -> Action:
    """Note the names and shapes of the module's parameters, and load nothing."""
    return {"do": "parameters", "label": label}


def recording(enabled: bool) -> Action:
    """Switch the recording of gradients on or off for the calls that follow."""
    return {"do": "recording", "enabled": enabled}


def with_one_object(action: Action, *positions: int) -> Action:
    """The same call, in which the arguments at these positions are one and the same object, the first of them."""
    return action | {"one_object": list(positions)}


def model_after(src: Array | None = None, label: str = "") -> Action:
    """Report the parameters of the model that the last call was given, and what it then says to the sentences `src`."""
    return {"do": "model_after", "src": src, "label": label}


def arguments_after(plain: bool = False) -> Action:
    """Report the arguments of the last call as they are after it: arrays, or where `plain` lists and dicts."""
    return {"do": "arguments_after"} | ({"plain": True} if plain else {})


def try_on_own(name: str, mistake: str = "as_it_is", *details: Any) -> Action:
    """Try the target, a test, on the function `name` of the same namespace with a mistake of `mistakes_around`."""
    return {"do": "try_on_own", "name": name, "mistake": mistake, "details": list(details)}


def try_on_candidate() -> Action:
    """Try the target, a test, on a candidate that runs elsewhere; which one it is, nobody here is told."""
    return {"do": "try_on_candidate"}


def perform(probe: Probe, namespace: Mapping[str, Any], ask: Ask | None = None) -> Observation:
    """Carry a probe out on the implementation in `namespace`; whatever that implementation raises comes through.

    The random numbers of the caller's process are left as they were. `ask` reaches a candidate that runs elsewhere.
    """
    with undisturbed(probe.library), np.errstate(all="ignore"):
        run = _TorchRun(probe, namespace) if probe.library == "torch" else _Run(probe, namespace)
        run.namespace, run.ask = namespace, ask
        for action in probe.actions:
            arguments = {name: value for name, value in action.items() if name != "do"}
            if getattr(run, action["do"])(**arguments) is _STOP:
                break
        run.look_again()
    return run.seen


_STOP = object()


class _Run:
    """One implementation under one probe, in NumPy."""

    kind, library = "array", "numpy"
    namespace: Mapping[str, Any] = {}
    ask: Ask | None = None

    def __init__(self, probe: Probe, namespace: Mapping[str, Any]) -> None:
        self.target = self.subject = namespace[probe.target]
        self.seen = Observation()
        self.given: dict[str, Any] = {}
        self.results: dict[str, Any] = {}
        self.returned: dict[str, Any] = {}
        self.exact: dict[str, bool] = {}
        self.parts: list[Any] = []
        self.handed_on: dict[str, Any] = {}
        self.differentiable = any(action["do"] == "gradients" for action in probe.actions)

    def call(
        self,
        arguments: list[Any],
        keywords: dict[str, Any],
        returns: list[str],
        label: str,
        one_object: Sequence[int] = (),
        plain: str = "",
    ) -> None:
        arguments = [made for argument in arguments for made in self.several(argument)]
        arguments = [self.handed_on.get(a.name) if isinstance(a, Earlier) else a for a in arguments]
        for position in one_object[1:]:
            arguments[position] = arguments[one_object[0]]
        keywords = {name: self.own(value) for name, value in keywords.items()}
        self.given = {f"argument {i + 1}": value for i, value in enumerate(arguments)} | keywords
        result = self.subject(*arguments, **keywords)
        if not returns:
            return
        results = list(result) if isinstance(result, (tuple, list)) and len(returns) > 1 else [result]
        if len(results) != len(returns):
            self.seen.facts[f"{label}results"] = f"{len(results)} ({', '.join(map(self.describe, results))})"
            return
        self.results = dict(zip(returns, results, strict=True))
        self.handed_on |= {f"{label}{name}": value for name, value in (self.given | self.results).items()}
        for name, value in self.results.items():
            if plain:
                self.exact[f"{label}{name}"] = plain == "exact"
            if not name.startswith("_"):
                self.keep(f"{label}{name}", value)
                self.returned[f"{label}{name}"] = value

    def look_again(self) -> None:
        """Note a result that has changed since it was returned."""
        for name, value in self.returned.items():
            if name in self.seen.arrays and (name in self.exact or self.is_array(value)):
                now = write_out(value, self.exact[name]) if name in self.exact else self.to_numpy(value)
                before = self.seen.arrays[name]
                if now is None or now.shape != before.shape or now.tobytes() != before.tobytes():
                    self.seen.facts[f"{name} after later calls"] = "changed"

    def construct(self, arguments: list[Any]) -> None:
        self.parts = [self.own(argument) for argument in arguments]
        self.subject = self.target(*self.parts)

    def call_method(self, method: str, counted: bool = False, **request: Any) -> None:
        with self.counting(request["label"]) if counted else nullcontext():
            self._call_method(method, **request)

    @contextmanager
    def counting(self, label: str) -> Iterator[None]:
        """Note how often the linear maps of a model are computed."""
        from autograder.protocol.counted_maps import MapsCounted

        with MapsCounted(self.parts[0]) as maps:
            yield
        for part, rows in maps.most().items():
            times = rows / max(1, self.given["argument 1"].numel())
            self.seen.facts[f"{label}times that a map of the {part} is computed for a token"] = f"{max(1.0, times):.3g}"

    def _call_method(self, method: str, **request: Any) -> None:
        module = self.subject
        self.subject = getattr(module, method)
        self.call(**request)
        self.subject = module

    def call_refused(self, arguments: list[Any], label: str, error: str = "") -> None:
        try:
            self.subject(*(self.own(argument) for argument in arguments))
            self.seen.facts[f"{label}the call raises"] = "nothing"
        except NotImplementedError:
            raise
        except Exception as raised:
            told = (error if isinstance(raised, ValueError) else "another error") if error else "an exception"
            self.seen.facts[f"{label}the call raises"] = told

    def try_on_own(self, name: str, mistake: str, details: list[Any]) -> None:
        self.seen.facts[VERDICT] = try_around_own(self.target, self.namespace, name, mistake, details)

    def try_on_candidate(self) -> None:
        self.seen.facts[VERDICT] = try_elsewhere(self.target, self.ask)

    def arguments_after(self, plain: bool = False) -> None:
        for name, value in self.given.items():
            if plain and isinstance(value, (list, dict)):
                self.keep_plain(f"{name} after the call", value)
            for suffix, leaf in _leaves(value):
                if self.is_array(leaf):
                    self.keep(f"{name}{suffix} after the call", leaf)

    def keep(self, name: str, value: Any) -> None:
        """Copy a result: a later change to it is not seen."""
        if name in self.exact:
            self.keep_plain(name, value, self.exact[name])
        elif isinstance(value, dict):
            for key in value:
                self.keep(f"{name}[{key}]", value[key])
        elif type(value) in (int, float):
            self.seen.arrays[name] = np.array(value, dtype=np.float64)
            self.keep_type(name, value)
        elif not self.is_array(value):
            self.keep_type(name, value)
        else:
            array = self.to_numpy(value)
            if array is None or array.dtype.name not in DTYPES:
                self.seen.facts[f"dtype of {name}"] = str(value.dtype)
            else:
                self.seen.arrays[name] = array

    def keep_plain(self, name: str, value: Any, exact: bool = False) -> None:
        """Write out what is no array."""
        self.seen.facts[f"type of {name}"] = kind_of(value)
        written = write_out(value, exact)
        if written is not None:
            self.seen.arrays[name] = written

    def keep_type(self, name: str, value: Any) -> None:
        """Note what a result is that is no array. A number of Python's is as good as one of NumPy's."""
        if type(value) not in (int, float):
            self.seen.facts[f"type of {name}"] = self.describe(value)

    def several(self, value: Any) -> tuple[Any, ...]:
        """An argument, or the arguments that one description stands for."""
        made = self.own(value)
        return tuple(made) if isinstance(made, Several) else (made,)

    def own(self, value: Any) -> Any:
        """A fresh copy of an argument, as this library has it."""
        if isinstance(value, dict):
            return {key: self.own(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.own(entry) for entry in value]
        if isinstance(value, Earlier):
            return value
        if type(value) in KINDS.values():
            return self.ready(value.make(self.library, self.seen))
        return self.ready(self.from_numpy(value.copy())) if isinstance(value, np.ndarray) else value

    def ready(self, value: Any) -> Any:
        """What an argument needs before it is used."""
        return value

    def describe(self, value: Any) -> str:
        return self.kind if self.is_array(value) else "None" if value is None else type(value).__name__

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (np.ndarray, np.generic))

    def from_numpy(self, array: Array) -> Any:
        return array

    def to_numpy(self, value: Any) -> Array | None:
        return np.array(value, copy=True, subok=False)


class _TorchRun(_Run):
    """One implementation under one probe, in PyTorch."""

    kind, library = "tensor", "torch"

    def build(self, arguments: dict[str, Any]) -> object:
        from torch import nn

        self.subject = self.target(**arguments)
        if not isinstance(self.subject, nn.Module):
            self.seen.facts["base class"] = "not nn.Module"
            return _STOP
        return None

    def build_refused(self, arguments: dict[str, Any], label: str) -> None:
        try:
            self.target(**arguments)
            self.seen.facts[f"{label}the constructor raises"] = "nothing"
        except NotImplementedError:
            raise
        except Exception as error:
            name = "ValueError" if isinstance(error, ValueError) else type(error).__name__
            self.seen.facts[f"{label}the constructor raises"] = name
            if not str(error).strip():
                self.seen.facts[f"{label}the error says"] = "nothing"

    def load(self, weights: dict[str, Array], dtype: str) -> object:
        import torch

        self.subject.to(getattr(torch, dtype))
        parameters = {name: p for name, p in self.subject.named_parameters() if p.requires_grad}
        for name, parameter in parameters.items():
            self.seen.facts[f"parameter {name}"] = str(tuple(parameter.shape))
        for name, parameter in self.subject.named_parameters():
            if name in weights and not parameter.requires_grad:
                self.seen.facts[f"parameter {name}"] = f"{tuple(parameter.shape)}, frozen"
        if {n: tuple(p.shape) for n, p in parameters.items()} != {n: w.shape for n, w in weights.items()}:
            return _STOP
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(torch.from_numpy(weights[name]))
        return None

    def parameters(self, label: str) -> None:
        for name, parameter in self.subject.named_parameters():
            if parameter.requires_grad:
                self.seen.facts[f"{label}parameter {name}"] = str(tuple(parameter.shape))

    def recording(self, enabled: bool) -> None:
        import torch

        torch.set_grad_enabled(enabled)

    def cast(self, dtype: str) -> None:
        import torch

        self.subject.to(getattr(torch, dtype))

    def mode(self, training: bool) -> None:
        self.subject.train(training)

    def model_after(self, src: Array | None, label: str) -> None:
        from torch import nn

        model: Any = next(value for value in self.given.values() if isinstance(value, nn.Module))
        for name, parameter in model.named_parameters():
            self.keep(f"{label}{name} after the call", parameter)
        if src is not None:
            self.keep(f"{label}what the model says", model.say(self.from_numpy(src)))

    def gradients(self, upstream: dict[str, Array], label: str) -> None:
        import torch

        wanted = {name: value for name, value in self.given.items() if self.is_array(value) and value.requires_grad}
        wanted |= {name: p for name, p in self.subject.named_parameters() if p.requires_grad}
        weights = {name: torch.from_numpy(array) for name, array in upstream.items()}
        outputs: dict[str, Any] = {name: self.results.get(name) for name in upstream}
        if not all(_alike(output, weights[name]) for name, output in outputs.items()):
            return
        found: Sequence[Any] = [None] * len(wanted)
        if all(output.requires_grad for output in outputs.values()):
            totals = [(weights[name] * output).sum() for name, output in outputs.items()]
            found = torch.autograd.grad(sum(totals[1:], totals[0]), list(wanted.values()), allow_unused=True)
        for name, gradient in zip(wanted, found, strict=True):
            if gradient is None:
                self.seen.facts[f"{label}gradient of {name}"] = "none"
            else:
                self.keep(f"{label}gradient of {name}", gradient.to_dense())

    def keep_type(self, name: str, value: Any) -> None:
        self.seen.facts[f"type of {name}"] = self.describe(value)

    def is_array(self, value: Any) -> bool:
        import torch

        return isinstance(value, torch.Tensor)

    def from_numpy(self, array: Array) -> Any:
        import torch

        return torch.from_numpy(array)

    def ready(self, value: Any) -> Any:
        if self.differentiable and self.is_array(value) and value.is_floating_point():
            return value.requires_grad_()
        return value

    def to_numpy(self, value: Any) -> Array | None:
        import torch

        if value.layout != torch.strided or str(value.dtype).removeprefix("torch.") not in DTYPES:
            return None
        array: Array = value.numpy(force=True).copy()
        return array


def _alike(output: Any, upstream: Any) -> bool:
    """Whether an output is a tensor of the upstream gradient's shape and dtype; if not, the comparison will say so."""
    return isinstance(output, type(upstream)) and output.shape == upstream.shape and output.dtype == upstream.dtype


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, (dict, list)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(entry, f"{name}[{key}]")
    else:
        yield name, value
