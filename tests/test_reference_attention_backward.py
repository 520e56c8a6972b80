"""The backward passes of unit 2 by hand equal autograd, for any mask and a random upstream gradient."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, nn

from transformer_ref.in_numpy import attention as numpy_wing
from transformer_ref.in_torch import attention as torch_wing

BATCH, HEADS, QUERIES, KEYS, D_K, D_V, D_MODEL = 3, 2, 5, 7, 4, 6, 8


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def random_mask(*shape: int) -> Tensor:
    mask = torch.rand(*shape, generator=torch.Generator().manual_seed(9)) < 0.5
    mask[..., 0] = True
    return mask


def qkv(*leading: int, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    sizes = ((QUERIES, D_K), (KEYS, D_K), (KEYS, D_V))
    q, k, v = (random(*leading, *size, seed=i, scale=scale).requires_grad_() for i, size in enumerate(sizes))
    return q, k, v


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    lengths = (QUERIES, KEYS, KEYS)
    q, k, v = (random(BATCH, tokens, D_MODEL, seed=i).requires_grad_() for i, tokens in enumerate(lengths))
    return q, k, v


def multi_head() -> nn.Module:
    module = torch_wing.MultiHeadAttention(D_MODEL, HEADS).double()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(random(*parameter.shape, seed=20 + i, scale=0.6))
    return module


def arrays(q: Tensor, k: Tensor, v: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return q.detach().numpy(), k.detach().numpy(), v.detach().numpy()


def numpy_mask(mask: Tensor | None) -> np.ndarray | None:
    return None if mask is None else mask.numpy()


def largest_gap(got, expected) -> float:
    assert got.shape == tuple(expected.shape)
    assert np.isfinite(got).all()
    return float(np.abs(got - expected.detach().numpy()).max())


MASKS = {
    "no mask": None,
    "one mask for all": (QUERIES, KEYS),
    "one row for all queries": (KEYS,),
    "padding": (BATCH, 1, 1, KEYS),
    "one mask per sample": (BATCH, 1, QUERIES, KEYS),
    "one mask per head": (HEADS, QUERIES, KEYS),
}
with_every_mask = pytest.mark.parametrize(
    "mask", [None if shape is None else random_mask(*shape) for shape in MASKS.values()], ids=list(MASKS)
)


def test_the_shapes_in_signatures_are_enforced_here():
    with pytest.raises(TypeCheckError):
        numpy_wing.softmax_backward(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(TypeCheckError):
        numpy_wing.scaled_dot_product_attention_backward(np.zeros((QUERIES, D_K)), *arrays(*qkv()))


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -2])
def test_the_gradient_of_softmax_is_autograds_along_every_axis(axis):
    x, upstream = random(BATCH, QUERIES, KEYS).requires_grad_(), random(BATCH, QUERIES, KEYS, seed=5)
    output = torch.softmax(x, axis)
    output.backward(upstream)
    assert largest_gap(numpy_wing.softmax_backward(upstream.numpy(), output.detach().numpy(), axis), x.grad) < 1e-12


@pytest.mark.parametrize("shape", [(KEYS,), (QUERIES, KEYS), (2, 1, 3, 4, 5)])
def test_the_gradient_of_softmax_takes_any_number_of_axes(shape):
    x, upstream = random(*shape).requires_grad_(), random(*shape, seed=5)
    output = torch.softmax(x, -1)
    output.backward(upstream)
    assert largest_gap(numpy_wing.softmax_backward(upstream.numpy(), output.detach().numpy()), x.grad) < 1e-12


def test_an_upstream_gradient_of_ones_proves_nothing_about_softmax():
    output = numpy_wing.softmax(random(BATCH, KEYS).numpy())
    assert np.abs(numpy_wing.softmax_backward(np.ones(output.shape), output)).max() < 1e-15
    assert np.abs(numpy_wing.softmax_backward(random(BATCH, KEYS, seed=5).numpy(), output)).max() > 0.05


@with_every_mask
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_the_gradients_of_attention_are_autograds(mask, scale):
    tensors, upstream = qkv(BATCH, HEADS, scale=scale), random(BATCH, HEADS, QUERIES, D_V, seed=5)
    torch_wing.ScaledDotProductAttention()(*tensors, mask)[0].backward(upstream)
    ours = numpy_wing.scaled_dot_product_attention_backward(upstream.numpy(), *arrays(*tensors), numpy_mask(mask))
    assert all(largest_gap(a, t.grad) < 1e-9 for a, t in zip(ours, tensors, strict=True))


@pytest.mark.parametrize("leading", [(), (3,), (2, 1, 3, 2)])
def test_the_gradients_of_attention_take_any_number_of_leading_axes(leading):
    tensors, upstream, mask = qkv(*leading), random(*leading, QUERIES, D_V, seed=5), random_mask(QUERIES, KEYS)
    torch_wing.ScaledDotProductAttention()(*tensors, mask)[0].backward(upstream)
    ours = numpy_wing.scaled_dot_product_attention_backward(upstream.numpy(), *arrays(*tensors), mask.numpy())
    assert all(largest_gap(a, t.grad) < 1e-9 for a, t in zip(ours, tensors, strict=True))


@with_every_mask
def test_the_gradients_of_multi_head_attention_are_autograds(mask):
    module, tensors, upstream = multi_head(), inputs(), random(BATCH, QUERIES, D_MODEL, seed=5)
    module(*tensors, mask)[0].backward(upstream)
    weights = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    *ours, grad_weights = numpy_wing.multi_head_attention_backward(
        upstream.numpy(), *arrays(*tensors), weights, HEADS, numpy_mask(mask)
    )
    assert all(largest_gap(a, t.grad) < 1e-9 for a, t in zip(ours, tensors, strict=True))
    assert list(grad_weights) == list(weights)
    for name, parameter in module.named_parameters():
        assert largest_gap(grad_weights[name], parameter.grad) < 1e-9


def test_one_vector_added_to_every_key_changes_nothing_so_the_bias_of_the_keys_has_no_gradient():
    weights = {name: tensor.numpy() for name, tensor in multi_head().state_dict().items()}
    upstream = random(BATCH, QUERIES, D_MODEL, seed=5)
    *_, gradients = numpy_wing.multi_head_attention_backward(upstream.numpy(), *arrays(*inputs()), weights, HEADS)
    assert np.abs(gradients["w_k.bias"]).max() < 1e-12
    assert np.abs(gradients["w_q.bias"]).max() > 0.1


def test_hidden_keys_get_exactly_0_whatever_stands_there():
    q, k, v = arrays(*qkv(BATCH))
    hidden = np.arange(KEYS) >= np.array([[7], [5], [3]])
    k, v = (np.where(hidden[..., None], 1e3 * x, x) for x in (k, v))
    upstream = random(BATCH, QUERIES, D_V, seed=5).numpy()
    gradients = numpy_wing.scaled_dot_product_attention_backward(upstream, q, k, v, ~hidden[:, None])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert all((gradient[hidden] == 0).all() and gradient[~hidden].all() for gradient in gradients[1:])


def test_hidden_tokens_get_exactly_0_through_the_maps_as_well():
    hidden = np.arange(KEYS) >= np.array([[7], [5], [3]])
    weights = {name: tensor.numpy() for name, tensor in multi_head().state_dict().items()}
    upstream = random(BATCH, QUERIES, D_MODEL, seed=5)
    _, grad_k, grad_v, _ = numpy_wing.multi_head_attention_backward(
        upstream.numpy(), *arrays(*inputs()), weights, HEADS, ~hidden[:, None, None]
    )
    assert all((gradient[hidden] == 0).all() and gradient[~hidden].all() for gradient in (grad_k, grad_v))


def test_a_query_that_sees_nothing_gives_finite_gradients_and_none_to_queries_and_keys():
    mask = np.zeros((QUERIES, KEYS), dtype=bool)
    upstream = random(BATCH, QUERIES, D_V, seed=5).numpy()
    grad_q, grad_k, grad_v = numpy_wing.scaled_dot_product_attention_backward(upstream, *arrays(*qkv(BATCH)), mask)
    assert not grad_q.any()
    assert not grad_k.any()
    assert np.isfinite(grad_v).all()


def test_everything_given_is_left_as_it_was():
    weights = {name: tensor.numpy() for name, tensor in multi_head().state_dict().items()}
    mask, upstream = random_mask(BATCH, 1, QUERIES, KEYS).numpy(), random(BATCH, QUERIES, D_MODEL, seed=5).numpy()
    q, k, v = arrays(*inputs())
    given = [upstream, q, k, v, mask, *weights.values()]
    before = [array.copy() for array in given]
    numpy_wing.multi_head_attention_backward(upstream, q, k, v, weights, HEADS, mask)
    numpy_wing.softmax_backward(upstream, numpy_wing.softmax(upstream))
    assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))
