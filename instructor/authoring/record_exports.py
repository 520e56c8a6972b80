"""Record in `intake/exports.json` what star imports of PyTorch and of the known-good modules bind.

python -m instructor.authoring.record_exports
"""

import importlib
import json

import torch

from autograder.intake.exports import RECORD, read_exports

PARTS = ("activation", "batchnorm", "container", "dropout", "instancenorm", "linear", "module", "normalization")
MODULES = (
    *("torch", "torch.autograd", "torch.fft", "torch.func", "torch.functional", "torch.linalg", "torch.special"),
    *("torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.modules", "torch.nn.parameter", "torch.nn.utils"),
    *(f"torch.nn.modules.{part}" for part in (*PARTS, "sparse", "transformer")),
    *("torch.optim", "torch.utils.data", "einops", "matplotlib.pyplot", "pylab", "autograder.blocks"),
)


def record() -> dict[str, dict[str, str]]:
    """The exports of each module; a name that stands for a part of the module itself has an empty origin."""
    found = {}
    for module in MODULES:
        exports = read_exports(importlib.import_module(module))
        found[module] = {name: "" if origin == f"{module}.{name}" else origin for name, origin in exports.items()}
    return found


def main() -> None:
    """Write the record."""
    whole = {"torch": torch.__version__.partition("+")[0], "modules": record()}
    RECORD.write_text(json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
