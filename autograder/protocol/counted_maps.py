"""How often the linear maps of a model are computed, whatever function computes them."""

from collections import Counter
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

PRODUCTS = ("mm", "addmm", "bmm", "baddbmm", "linear", "mv", "addmv")


class MapsCounted(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A context in which `rows` counts, for each matrix of the model by name, the vectors that it is multiplied with.

    Tables in which rows are looked up are no maps.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows: Counter[str] = Counter()
        self.matrices = {
            parameter.untyped_storage().data_ptr(): (name, parameter.shape[1])
            for name, parameter in model.named_parameters()
            if parameter.ndim == 2 and "embedding" not in name
        }

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say no: to skip it, PyTorch imports its compiler, which takes seconds."""
        return False

    def most(self) -> dict[str, int]:
        """The largest count of any matrix of a part; the output map belongs to the decoder."""
        counts = dict.fromkeys(("encoder", "memory's keys and values", "decoder"), 0)
        for name, rows in self.rows.items():
            of_memory = "cross_attention.w_k" in name or "cross_attention.w_v" in name
            part = "encoder" if name.startswith("encoder") else "memory's keys and values" if of_memory else "decoder"
            counts[part] = max(counts[part], rows)
        return counts

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count, and go on."""
        if func.overloadpacket.__name__ in PRODUCTS:
            self._count([arg for arg in args if isinstance(arg, Tensor) and arg.ndim > 1])
        return func(*args, **(kwargs or {}))

    def _count(self, factors: list[Tensor]) -> None:
        for place, factor in enumerate(factors):
            name, features = self.matrices.get(factor.untyped_storage().data_ptr(), ("", 1))
            if name:
                others = [other for i, other in enumerate(factors) if i != place]
                self.rows[name] += others[-1].numel() // features if others else 1
