"""The reference of unit 3: both wings agree with each other and with PyTorch, the backward pass with autograd."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, nn

from transformer_ref.in_numpy import feed_forward as numpy_wing
from transformer_ref.in_torch import feed_forward as torch_wing

BATCH, TOKENS, D_MODEL, D_FF = 3, 5, 8, 20
EVERY_LEADING = [(), (TOKENS,), (BATCH, TOKENS), (2, BATCH, TOKENS)]
with_any_leading_axes = pytest.mark.parametrize("leading", EVERY_LEADING, ids=lambda shape: f"{len(shape)} axes")


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def network(dropout: float = 0.0) -> nn.Module:
    module = torch_wing.FeedForward(D_MODEL, D_FF, dropout).double()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(random(*parameter.shape, seed=20 + i, scale=0.6))
    return module


def as_numpy(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


def pytorchs_own(module: nn.Module) -> nn.Sequential:
    own = nn.Sequential(nn.Linear(D_MODEL, D_FF), nn.ReLU(), nn.Linear(D_FF, D_MODEL)).double()
    own.load_state_dict(dict(zip(own.state_dict(), module.state_dict().values(), strict=True)))
    return own


def largest_gap(got, expected) -> float:
    got, expected = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, expected))
    assert got.shape == expected.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max())


def test_the_shapes_in_signatures_are_enforced_here():
    weights = as_numpy(network())
    with pytest.raises(TypeCheckError):
        numpy_wing.feed_forward_backward(random(TOKENS, D_MODEL).numpy(), random(D_MODEL).numpy(), weights)
    with pytest.raises(TypeCheckError):
        numpy_wing.relu([1.0, -1.0])  # type: ignore[arg-type]


@with_any_leading_axes
def test_relu_is_that_of_pytorch(leading):
    x = random(*leading, D_MODEL, scale=1e3)
    assert largest_gap(numpy_wing.relu(x.numpy()), torch.relu(x)) == 0


@with_any_leading_axes
def test_both_wings_compute_the_same_network_from_one_state_dict(leading):
    module, x = network(), random(*leading, D_MODEL)
    ours = numpy_wing.feed_forward(x.numpy(), as_numpy(module) | {"w_q.weight": np.zeros((2, 2))})
    assert largest_gap(ours, module(x)) < 1e-12


def test_the_network_and_its_gradients_are_those_of_pytorchs_layers():
    module = network()
    own = pytorchs_own(module)
    ours, theirs = (random(BATCH, TOKENS, D_MODEL).requires_grad_() for _ in range(2))
    upstream = random(BATCH, TOKENS, D_MODEL, seed=5)
    module(ours).backward(upstream)
    own(theirs).backward(upstream)
    assert largest_gap(module(ours), own(theirs)) < 1e-12
    assert largest_gap(ours.grad, theirs.grad) < 1e-12
    for parameter, other in zip(module.parameters(), own.parameters(), strict=True):
        assert largest_gap(parameter.grad, other.grad) < 1e-12


@with_any_leading_axes
def test_the_backward_pass_by_hand_is_autograds(leading):
    module, x = network(), random(*leading, D_MODEL).requires_grad_()
    upstream = random(*leading, D_MODEL, seed=5)
    module(x).backward(upstream)
    weights = as_numpy(module)
    grad_x, grad_weights = numpy_wing.feed_forward_backward(upstream.numpy(), x.detach().numpy(), weights)
    assert grad_weights.keys() == weights.keys()
    assert largest_gap(grad_x, x.grad) < 1e-9
    for name, parameter in module.named_parameters():
        assert largest_gap(grad_weights[name], parameter.grad) < 1e-9


def test_inputs_and_weights_are_left_as_they_were():
    module = network()
    weights, x, upstream = as_numpy(module), random(BATCH, TOKENS, D_MODEL), random(BATCH, TOKENS, D_MODEL, seed=5)
    arrays = (x.numpy(), upstream.numpy(), *weights.values())
    before = [array.copy() for array in arrays]
    numpy_wing.relu(x.numpy())
    numpy_wing.feed_forward(x.numpy(), weights)
    numpy_wing.feed_forward_backward(upstream.numpy(), x.numpy(), weights)
    module(x)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_shuffled_positions_stay_shuffled_and_no_position_hears_of_another():
    module, x = network(), random(BATCH, TOKENS, D_MODEL)
    order = torch.tensor([2, 0, 3, 1, 4])
    assert largest_gap(module(x[:, order]), module(x)[:, order]) < 1e-12
    changed = x.clone()
    changed[:, 2] += 1
    moved = (module(changed) - module(x)).abs().amax(dim=(0, 2)) > 1e-12
    assert moved.tolist() == [False, False, True, False, False]


def test_the_parameters_are_exactly_those_of_the_contract():
    shapes = {name: tuple(p.shape) for name, p in torch_wing.FeedForward(D_MODEL, D_FF).named_parameters()}
    assert shapes == {
        "linear1.weight": (D_FF, D_MODEL),
        "linear1.bias": (D_FF,),
        "linear2.weight": (D_MODEL, D_FF),
        "linear2.bias": (D_MODEL,),
    }


def test_float32_comes_out_where_float32_goes_in():
    assert network().float()(random(BATCH, TOKENS, D_MODEL).float()).dtype == torch.float32


def test_dropout_keeps_the_expectation_of_the_output_in_training_and_does_nothing_in_evaluation():
    module, x = network(dropout=0.5), random(TOKENS, D_MODEL)
    plain = module.eval()(x)
    assert torch.equal(plain, network()(x))
    torch.manual_seed(0)
    many = module.train()(x.expand(4000, *x.shape))
    assert largest_gap(many.mean(0), plain) < 0.35
    assert (many[0] - many[1]).abs().max() > 1.0
