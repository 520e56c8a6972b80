"""The ready-made answers: what PyTorch offers that a student is asked to build, and a watch on their use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


class ReadyMade(BaseException):
    """A ready-made answer was called."""


@contextmanager
def watched(library: str) -> Iterator[list[str]]:
    """Within the block every ready-made answer refuses to run; the list names those that were tried."""
    used: list[str] = []
    if library != "torch" or "torch" not in sys.modules:
        yield used
        return
    from torch import nn
    from torch.nn import functional

    def refusal(name: str) -> Any:
        def refuse(*_: object, **__: object) -> None:
            used.append(name)
            raise ReadyMade(name)

        return refuse

    places = [(functional, name, f"torch.nn.functional.{name}") for name in FUNCTIONS]
    places += [(getattr(nn, name), "__init__", f"torch.nn.{name}") for name in CLASSES if hasattr(nn, name)]
    places = [place for place in places if hasattr(place[0], place[1])]
    originals = [getattr(owner, attribute) for owner, attribute, _ in places]
    try:
        for owner, attribute, name in places:
            setattr(owner, attribute, refusal(name))
        yield used
    finally:
        for (owner, attribute, _), original in zip(places, originals, strict=True):
            setattr(owner, attribute, original)
