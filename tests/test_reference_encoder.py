"""The reference of unit 5: both wings agree with each other and with PyTorch's own encoder."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from transformer_ref.in_numpy import encoder as numpy_wing
from transformer_ref.in_torch import encoder as torch_wing

BATCH, TOKENS, HEADS, D_MODEL, D_FF, LAYERS = 3, 5, 2, 8, 20, 3


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def random_mask(*shape: int, seed: int = 9) -> Tensor:
    mask = torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    return mask


X = random(BATCH, TOKENS, D_MODEL, seed=1)
MASKS = {
    "no mask": None,
    "one row for all": random_mask(TOKENS),
    "padding": random_mask(BATCH, 1, 1, TOKENS),
    "causal": torch.ones(TOKENS, TOKENS, dtype=torch.bool).tril(),
    "one mask per sample": random_mask(BATCH, 1, TOKENS, TOKENS),
    "one mask per sample and head": random_mask(BATCH, HEADS, TOKENS, TOKENS),
}
with_every_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=list(MASKS))


def filled(module: nn.Module) -> nn.Module:
    """The module in float64 and evaluation mode, every parameter random."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.double().eval().parameters()):
            parameter.copy_(random(*parameter.shape, seed=20 + seed, scale=0.6))
    return module


def layer(dropout=0.0):
    return filled(torch_wing.EncoderLayer(D_MODEL, HEADS, D_FF, dropout))


def stack(dropout=0.0):
    return filled(torch_wing.Encoder(LAYERS, D_MODEL, HEADS, D_FF, dropout))


def as_numpy(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}


def numpy_mask(mask: Tensor | None) -> np.ndarray | None:
    return None if mask is None else mask.numpy()


def largest_gap(got, expected) -> float:
    got, expected = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, expected))
    assert got.shape == expected.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max())


# ---- the two wings


@with_every_mask
def test_both_wings_compute_the_same_layer_from_one_state_dict(mask):
    module = layer()
    ours = numpy_wing.encoder_layer(X.numpy(), as_numpy(module), HEADS, numpy_mask(mask))
    assert largest_gap(ours, module(X, mask)) < 1e-12


@with_every_mask
def test_both_wings_compute_the_same_stack(mask):
    module = stack()
    layers = [as_numpy(one) for one in module.layers]
    assert largest_gap(numpy_wing.encoder(X.numpy(), layers, HEADS, numpy_mask(mask)), module(X, mask)) < 1e-9


@with_every_mask
def test_the_backward_pass_by_hand_is_that_of_autograd(mask):
    module, x, upstream = layer(), X.clone().requires_grad_(), random(*X.shape, seed=5)
    names = [name for name, _ in module.named_parameters()]
    expected = torch.autograd.grad(module(x, mask), [x, *module.parameters()], upstream)
    grad_x, grad_weights = numpy_wing.encoder_layer_backward(
        upstream.numpy(), X.numpy(), as_numpy(module), HEADS, numpy_mask(mask)
    )
    assert list(grad_weights) == list(as_numpy(module))
    assert largest_gap(grad_x, expected[0]) < 1e-9
    assert all(largest_gap(grad_weights[n], g) < 1e-9 for n, g in zip(names, expected[1:], strict=True))


def test_weights_that_a_layer_does_not_need_are_ignored():
    weights = as_numpy(layer())
    spare = {"residual3.norm.gamma": np.ones(D_MODEL), **weights}
    assert largest_gap(*(numpy_wing.encoder_layer(X.numpy(), w, HEADS) for w in (spare, weights))) == 0
    assert numpy_wing.encoder_layer_backward(X.numpy(), X.numpy(), spare, HEADS)[1].keys() == weights.keys()


# ---- PyTorch's own


def renamed(name: str) -> str:
    """PyTorch's name of a parameter outside of the fused projection."""
    for own, theirs in (
        ("self_attention.w_o", "self_attn.out_proj"),
        ("feed_forward.", ""),
        ("residual1.norm.gamma", "norm1.weight"),
        ("residual1.norm.beta", "norm1.bias"),
        ("residual2.norm.gamma", "norm2.weight"),
        ("residual2.norm.beta", "norm2.bias"),
    ):
        name = name.replace(own, theirs)
    return name


def in_pytorchs_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors by the names of our layer, by the names of nn.TransformerEncoderLayer."""
    roles = [f"self_attention.w_{role}" for role in "qkv"]
    found = {renamed(name): tensor for name, tensor in tensors.items() if not name.startswith(tuple(roles))}
    for kind in ("weight", "bias"):
        found[f"self_attn.in_proj_{kind}"] = torch.cat([tensors[f"{role}.{kind}"] for role in roles])
    return found


def pytorchs_own_layer(module: nn.Module) -> nn.TransformerEncoderLayer:
    own = nn.TransformerEncoderLayer(
        D_MODEL, HEADS, D_FF, dropout=0.0, batch_first=True, norm_first=False, dtype=torch.float64
    )
    own.load_state_dict(in_pytorchs_names(module.state_dict()))
    return own


def hidden(mask: Tensor | None) -> Tensor | None:
    """PyTorch's mask: True hides, one for each sample and head."""
    if mask is None:
        return None
    return ~mask.expand(BATCH, HEADS, TOKENS, TOKENS).reshape(BATCH * HEADS, TOKENS, TOKENS)


@with_every_mask
def test_the_layer_and_all_its_gradients_are_those_of_pytorch(mask):
    module, upstream = layer(), random(*X.shape, seed=5)
    own = pytorchs_own_layer(module)
    x, their_x = X.clone().requires_grad_(), X.clone().requires_grad_()
    output, expected = module(x, mask), own(their_x, src_mask=hidden(mask))
    output.backward(upstream)
    expected.backward(upstream)
    assert largest_gap(output, expected) < 1e-5
    assert largest_gap(x.grad, their_x.grad) < 1e-5
    ours = in_pytorchs_names({name: p.grad for name, p in module.named_parameters()})
    theirs = {name: p.grad for name, p in own.named_parameters()}
    assert ours.keys() == theirs.keys()
    assert all(largest_gap(ours[name], theirs[name]) < 1e-5 for name in ours)


@with_every_mask
def test_the_stack_is_that_of_pytorch_without_a_norm_at_the_end(mask):
    module = stack()
    own = nn.TransformerEncoder(pytorchs_own_layer(module.layers[0]), LAYERS, norm=None, enable_nested_tensor=False)
    for ours, theirs in zip(module.layers, own.layers, strict=True):
        theirs.load_state_dict(in_pytorchs_names(ours.state_dict()))
    x, their_x, upstream = X.clone().requires_grad_(), X.clone().requires_grad_(), random(*X.shape, seed=5)
    output, expected = module(x, mask), own(their_x, mask=hidden(mask))
    assert largest_gap(output, expected) < 1e-5
    gradients = [torch.autograd.grad(y, i, upstream)[0] for y, i in ((output, x), (expected, their_x))]
    assert largest_gap(*gradients) < 1e-5


# ---- what the unit promises


def test_shuffled_tokens_give_shuffled_outputs():
    order = torch.tensor([3, 0, 4, 1, 2])
    assert largest_gap(stack()(X[:, order]), stack()(X)[:, order]) < 1e-12


def test_padding_with_garbage_in_it_moves_nothing():
    longer = torch.cat((X, random(BATCH, 3, D_MODEL, seed=8, scale=100.0)), dim=1)
    visible = torch.arange(TOKENS + 3) < TOKENS
    assert largest_gap(stack()(longer, visible)[:, :TOKENS], stack()(X)) < 1e-12


def test_samples_do_not_influence_one_another():
    assert largest_gap(stack()(X)[1:2], stack()(X[1:2])) < 1e-12


def test_every_token_that_comes_out_is_normalised():
    module = stack()
    norm = module.layers[-1].residual2.norm
    plain = (module(X) - norm.beta) / norm.gamma
    assert largest_gap(plain.mean(-1), torch.zeros(BATCH, TOKENS)) < 1e-12
    assert largest_gap(plain.var(-1, unbiased=False), torch.ones(BATCH, TOKENS)) < 1e-3


def test_every_layer_has_parameters_of_its_own():
    module = torch_wing.Encoder(LAYERS, D_MODEL, HEADS, D_FF)
    one = torch_wing.EncoderLayer(D_MODEL, HEADS, D_FF)
    assert len(list(module.parameters())) == LAYERS * len(list(one.parameters())) == LAYERS * 16
    expected = {f"layers.{i}.{name}" for i in range(LAYERS) for name in one.state_dict()}
    assert module.state_dict().keys() == expected


@pytest.mark.parametrize("made", [layer, stack])
def test_a_token_that_sees_nothing_is_finite_and_so_are_all_gradients(made):
    module, x = made().float(), X.float().requires_grad_()
    output = module(x, torch.zeros(TOKENS, TOKENS, dtype=torch.bool))
    found = torch.autograd.grad(output.square().sum(), [x, *module.parameters()])
    assert output.dtype == torch.float32
    assert all(bool(torch.isfinite(y).all()) for y in (output, *found))


def test_nothing_that_is_given_is_changed():
    weights, x, mask = as_numpy(layer()), X.numpy().copy(), random_mask(BATCH, 1, 1, TOKENS).numpy()
    before = {name: array.copy() for name, array in {**weights, "x": x, "mask": mask}.items()}
    numpy_wing.encoder(x, [weights, weights], HEADS, mask)
    numpy_wing.encoder_layer_backward(X.numpy(), x, weights, HEADS, mask)
    assert all(np.array_equal({**weights, "x": x, "mask": mask}[name], array) for name, array in before.items())


def test_dropout_does_nothing_in_evaluation_and_something_in_training():
    module = stack(dropout=0.5)
    assert torch.equal(module(X), stack()(X))
    torch.manual_seed(0)
    module.train()
    assert (module(X) - module(X)).abs().max() > 0.1
