"""How long the reference's layers take beside PyTorch's own, on one thread: medians in milliseconds of the processor.

First the encoder and decoder stacks in training, forward and backward, against those of `nn.TransformerEncoderLayer`
and `nn.TransformerDecoderLayer`; then the forward pass of the paper's base model, in NumPy against PyTorch, both in
float64. What is compared takes turns, so that a busy moment of the machine hits both.

    python benchmarks/train_step.py [--repeat 30] [--dropout 0.1]
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from transformer_ref.in_numpy.transformer import transformer
from transformer_ref.in_torch.decoder import Decoder
from transformer_ref.in_torch.encoder import Encoder
from transformer_ref.in_torch.transformer import Transformer

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SIZES = {64: 4, 128: 4, 512: 8}  # d_model: heads
LAYERS, BATCH, SRC_TOKENS, TGT_TOKENS = 2, 16, 30, 24
Step = Callable[[], object]


def our_step(d_model: int, num_heads: int, dropout: float, x: Tensor, y: Tensor) -> Step:
    """Forward and backward through the reference's stacks."""
    encoder, decoder = (kind(LAYERS, d_model, num_heads, 4 * d_model, dropout) for kind in (Encoder, Decoder))
    causal = torch.ones(TGT_TOKENS, TGT_TOKENS, dtype=torch.bool).tril()

    def step() -> None:
        decoder(y, encoder(x), causal).square().mean().backward()

    return step


def their_step(d_model: int, num_heads: int, dropout: float, x: Tensor, y: Tensor) -> Step:
    """The same through stacks of PyTorch's layers; like the paper's, they have no norm at the end."""
    options: dict[str, Any] = {"dim_feedforward": 4 * d_model, "dropout": dropout, "batch_first": True}
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(d_model, num_heads, **options), LAYERS)
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(d_model, num_heads, **options), LAYERS)
    future = torch.ones(TGT_TOKENS, TGT_TOKENS, dtype=torch.bool).triu(1)

    def step() -> None:
        decoder(y, encoder(x), tgt_mask=future).square().mean().backward()

    return step


def base_models() -> tuple[Step, Step]:
    """The forward pass of the base model with a vocabulary of 1,000 words, in NumPy and in PyTorch: float64."""
    model = Transformer(1000, 1000, max_len=64).double().eval()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    src, tgt = torch.randint(1, 1000, (2, SRC_TOKENS)), torch.randint(1, 1000, (2, TGT_TOKENS))

    @torch.no_grad()
    def in_torch() -> Tensor:
        return model(src, tgt)

    def in_numpy() -> np.ndarray:
        return transformer(src.numpy(), tgt.numpy(), weights, 8, 6)

    np.testing.assert_allclose(in_numpy(), in_torch().numpy(), atol=1e-9)
    return in_numpy, in_torch


def medians(first: Step, second: Step, repeat: int) -> tuple[float, float]:
    """Milliseconds of each, in turns, after two that do not count."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(repeat + 2):
        for step, times in zip((first, second), taken, strict=True):
            started = time.process_time()
            step()
            if number >= 2:
                times.append(1000 * (time.process_time() - started))
    return statistics.median(taken[0]), statistics.median(taken[1])


@click.command(help=__doc__)
@click.option("--repeat", default=30, show_default=True, help="How many times each is measured.")
@click.option("--dropout", default=0.1, show_default=True, help="Of the layers that are trained; the paper's is 0.1.")
def main(repeat: int, dropout: float) -> None:
    """Measure and print."""
    if not ONE_THREAD.items() <= os.environ.items():  # NumPy reads them when it is imported
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    table = Table("what", "ours", "PyTorch's", "ratio", box=None)
    for d_model, num_heads in SIZES.items():
        x, y = torch.randn(BATCH, SRC_TOKENS, d_model), torch.randn(BATCH, TGT_TOKENS, d_model)
        steps = our_step(d_model, num_heads, dropout, x, y), their_step(d_model, num_heads, dropout, x, y)
        add(table, f"forward and backward, d_model {d_model}", *medians(*steps, repeat))
    add(table, "base model in NumPy and in PyTorch, forward", *medians(*base_models(), repeat))
    Console(width=100).print(table)


def add(table: Table, what: str, ours: float, theirs: float) -> None:
    """Write a row."""
    table.add_row(what, f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}")


if __name__ == "__main__":
    main()
