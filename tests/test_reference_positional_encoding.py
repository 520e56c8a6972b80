"""The reference of unit 1: both wings agree with each other, with the paper's formula, and with what it promises."""

import inspect
import math

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor

from transformer_ref.in_numpy import positional_encoding as numpy_wing
from transformer_ref.in_torch import positional_encoding as torch_wing

BATCH, TOKENS, D_MODEL, MAX_LEN = 3, 5, 8, 31
SIZES = [(1, 2), (1, 8), (5, 2), (7, 8), (3, 32), (100, 10), (512, 64)]

with_every_size = pytest.mark.parametrize(("num_positions", "d_model"), SIZES)


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def module(dropout: float = 0.0, max_len: int = MAX_LEN, d_model: int = D_MODEL) -> torch.nn.Module:
    return torch_wing.PositionalEncoding(d_model, max_len, dropout)


# ---- the table


@with_every_size
def test_the_table_is_the_papers_formula_written_as_loops(num_positions, d_model):
    table = numpy_wing.positional_encoding(num_positions, d_model)
    assert table.shape == (num_positions, d_model)
    assert table.dtype == np.float64
    for pos in range(num_positions):
        for i in range(d_model // 2):
            angle = pos / 10000 ** (2 * i / d_model)
            assert table[pos, 2 * i] == pytest.approx(math.sin(angle), abs=1e-12)
            assert table[pos, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-12)


@with_every_size
def test_both_wings_hold_the_same_table(num_positions, d_model):
    table = module(max_len=num_positions, d_model=d_model).eval()(torch.zeros(1, num_positions, d_model).double())
    assert np.abs(table[0].numpy() - numpy_wing.positional_encoding(num_positions, d_model)).max() < 1e-12


@with_every_size
def test_every_row_has_the_squared_length_of_half_the_width(num_positions, d_model):
    table = numpy_wing.positional_encoding(num_positions, d_model)
    assert np.allclose((table**2).sum(axis=1), d_model / 2, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [0, 1, 7])
def test_one_matrix_shifts_every_position(shift):
    table = numpy_wing.positional_encoding(100, D_MODEL)
    angles = shift / 10000 ** (np.arange(0, D_MODEL, 2) / D_MODEL)
    matrix = np.zeros((D_MODEL, D_MODEL))
    for pair, angle in enumerate(angles):
        block = slice(2 * pair, 2 * pair + 2)
        matrix[block, block] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    assert np.allclose(table[: 100 - shift] @ matrix.T, table[shift:], rtol=0, atol=1e-12)


def test_the_dot_product_of_two_rows_depends_on_their_distance_alone():
    table = numpy_wing.positional_encoding(50, D_MODEL)
    products = table @ table.T
    for distance in range(50):
        assert np.ptp(np.diagonal(products, distance)) < 1e-12


def test_a_longer_table_begins_with_the_shorter_one():
    short, long = (numpy_wing.positional_encoding(n, D_MODEL) for n in (TOKENS, MAX_LEN))
    assert np.array_equal(long[:TOKENS], short)


# ---- the module


@pytest.mark.parametrize("tokens", [1, TOKENS, MAX_LEN])
def test_the_rows_are_added_to_the_tokens(tokens):
    x = random(BATCH, tokens, D_MODEL)
    expected = x.numpy() + numpy_wing.positional_encoding(tokens, D_MODEL)
    assert np.abs(module().eval()(x).numpy() - expected).max() < 1e-12


def test_more_tokens_than_rows_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"32.*31"):
        module()(random(BATCH, MAX_LEN + 1, D_MODEL))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("converted", [True, False])
def test_what_comes_in_goes_out(dtype, converted):
    made = module().eval()
    made = made.to(dtype) if converted else made
    x = random(BATCH, TOKENS, D_MODEL, dtype=dtype)
    output = made(x)
    assert output.dtype == dtype
    expected = x.double().numpy() + numpy_wing.positional_encoding(TOKENS, D_MODEL)
    assert np.abs(output.double().numpy() - expected).max() < 20 * torch.finfo(dtype).eps


def test_nothing_is_trained_and_the_table_moves_with_the_module():
    made = module()
    assert list(made.parameters()) == []
    assert [(name, tuple(buffer.shape)) for name, buffer in made.named_buffers()] == [("table", (MAX_LEN, D_MODEL))]
    assert made.to("meta")(torch.empty(BATCH, TOKENS, D_MODEL, device="meta")).device.type == "meta"


def test_the_gradient_of_the_input_is_the_upstream_gradient():
    x, upstream = random(BATCH, TOKENS, D_MODEL).requires_grad_(), random(BATCH, TOKENS, D_MODEL, seed=5)
    module()(x).backward(upstream)
    assert x.grad is not None and torch.equal(x.grad, upstream)


def test_the_input_is_left_as_it_was():
    x = random(BATCH, TOKENS, D_MODEL)
    before = x.clone()
    module(dropout=0.5).train()(x)
    assert torch.equal(x, before)


def test_dropout_reaches_the_sum_in_training_only():
    made, x = module(dropout=0.5), random(1, TOKENS, D_MODEL)
    plain = made.eval()(x)
    assert torch.equal(plain, module().eval()(x))
    torch.manual_seed(0)
    many = made.train()(x.expand(4000, TOKENS, D_MODEL))
    there = plain.expand_as(many) != 0
    kept = many[there] != 0
    assert float(kept.double().mean()) == pytest.approx(0.5, abs=0.01)
    assert torch.allclose(many[there][kept], 2 * plain.expand_as(many)[there][kept], rtol=0, atol=1e-12)


def test_the_constructor_has_the_defaults_of_the_contract():
    parameters = inspect.signature(torch_wing.PositionalEncoding.__init__).parameters
    assert list(parameters) == ["self", "d_model", "max_len", "dropout"]
    assert (parameters["max_len"].default, parameters["dropout"].default) == (5000, 0.1)


def test_the_shapes_in_signatures_are_enforced_here():
    with pytest.raises(TypeCheckError):
        module()(random(TOKENS, D_MODEL))


@pytest.mark.parametrize(
    "thing", [numpy_wing, torch_wing, numpy_wing.positional_encoding, torch_wing.PositionalEncoding]
)
def test_docstrings_begin_with_an_equation_or_a_sentence(thing):
    first = (thing.__doc__ or "").strip().splitlines()[0]
    assert "=" in first or first.endswith(".")
