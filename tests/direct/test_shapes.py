"""What a block says about arguments that do not fit."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from autograder.student import blocks

X, MEMORY = np.ones((3, 5, 8)), np.ones((3, 7, 8))
MAPS = {f"w_{role}.weight": np.eye(8) for role in "qkvo"} | {f"w_{role}.bias": np.zeros(8) for role in "qkvo"}


def attend(q, k, v, mask=None):
    return blocks.multi_head_attention(q, k, v, MAPS, 2, mask)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (X, MEMORY, X),
            "`v` of `multi_head_attention` has the shape (3, 5, 8); it should be (batch, keys, d_model), "
            "with keys = 7, as in `k`",
        ),
        (
            (X, MEMORY[:2], MEMORY),
            "`k` of `multi_head_attention` has the shape (2, 7, 8); it should be "
            "(batch, keys, d_model), with batch = 3, as in `q`",
        ),
        (
            (X[0], X, X),
            "`q` of `multi_head_attention` has the shape (5, 8); it should be (batch, queries, d_model), with 3 axes",
        ),
        (
            (X, MEMORY, MEMORY, np.ones((3, 1, 1, 5), bool)),
            "`mask` of `multi_head_attention` has the shape "
            "(3, 1, 1, 5); its last two axes are queries and keys, (5, 7) here, or 1",
        ),
    ],
)
def test_an_array_that_does_not_fit(arguments, message):
    with pytest.raises(ValueError) as refusal:
        attend(*arguments)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("argument", "words"),
    [((X, X), "take the output"), (abs, "call it"), (None, "is None"), ("x", "is 'x'")],
)
def test_what_is_no_array(argument, words):
    with pytest.raises(TypeError, match=words):
        attend(X, argument, X)


def test_leading_axes_agree_and_any_number_of_them_is_right():
    with pytest.raises(ValueError, match=r"with the leading axes \(3,\), as in `q`"):
        blocks.scaled_dot_product_attention(X, np.ones((2, 7, 8)), np.ones((2, 7, 8)))
    with pytest.raises(ValueError, match="with 2 axes or more"):
        blocks.scaled_dot_product_attention(np.ones(8), X, X)
    for leading in ((), (2,), (2, 3)):
        blocks.scaled_dot_product_attention(*(np.ones((*leading, n, 4)) for n in (5, 7, 7)))


@pytest.mark.parametrize("shape", [(7,), (5, 7), (1, 7), (5, 1), (3, 1, 1, 7), (3, 1, 5, 7), (3, 2, 5, 7), ()])
def test_a_mask_that_broadcasts_is_right(shape):
    attend(X, MEMORY, MEMORY, np.ones(shape, bool))


def read_blocks() -> Any:
    """The blocks as a student has them, without the types that tests enforce."""
    spec = importlib.util.spec_from_file_location("blocks_without_types", blocks.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lists_of_numbers_are_arrays_and_a_wrong_call_is_a_type_error_as_always():
    assert read_blocks().relu([[1.0, -1.0]]).tolist() == [[1.0, 0.0]]
    with pytest.raises(TypeError, match="missing a required argument: 'v'"):
        call: Any = blocks.scaled_dot_product_attention
        call(X, X)


def test_a_module_knows_the_size_with_which_it_was_made():
    import torch

    wrong = torch.ones(3, 5, 6)
    for block in (
        blocks.MultiHeadAttention(8, 2),
        blocks.FeedForward(8, 20),
        blocks.LayerNorm(8),
        blocks.ResidualConnection(8),
        blocks.PositionalEncoding(8),
        blocks.EncoderLayer(8, 2, 20),
        blocks.Decoder(1, 8, 2, 20),
    ):
        name = type(block).__name__
        inputs = {"MultiHeadAttention": (wrong,) * 3, "ResidualConnection": (wrong, abs), "Decoder": (wrong,) * 2}
        with pytest.raises(ValueError, match=f"d_model = 8, as in the d_model with which `{name}` was made"):
            block(*inputs.get(name, (wrong,)))
