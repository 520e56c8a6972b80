"""The reference of unit 6: both wings agree with each other and with PyTorch's own decoder."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from transformer_ref.in_numpy import decoder as numpy_wing
from transformer_ref.in_torch import decoder as torch_wing

BATCH, TGT, SRC, HEADS, D_MODEL, D_FF, LAYERS = 3, 5, 7, 2, 8, 20, 3
CAUSAL = torch.ones(TGT, TGT, dtype=torch.bool).tril()


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def random_mask(*shape: int, seed: int = 9) -> Tensor:
    mask = torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    return mask


def inputs() -> tuple[Tensor, Tensor]:
    return random(BATCH, TGT, D_MODEL, seed=1), random(BATCH, SRC, D_MODEL, seed=2)


def randomised(module: nn.Module) -> nn.Module:
    """Random parameters, no two norms alike; evaluation mode."""
    module = module.double().eval()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(random(*parameter.shape, seed=20 + i, scale=0.6))
    return module


def layer(dropout=0.1):
    return randomised(torch_wing.DecoderLayer(D_MODEL, HEADS, D_FF, dropout))


def stack():
    return randomised(torch_wing.Decoder(LAYERS, D_MODEL, HEADS, D_FF))


def as_numpy(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}


def arrays(*tensors):
    return [None if tensor is None else tensor.detach().numpy() for tensor in tensors]


def largest_gap(got, expected) -> float:
    got, expected = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, expected))
    assert got.shape == expected.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max())


PADDED_TARGET = random_mask(BATCH, 1, 1, TGT, seed=3) & CAUSAL
MASKS = {
    "no masks": (None, None),
    "a causal target": (CAUSAL, None),
    "a padded source": (None, random_mask(BATCH, 1, 1, SRC)),
    "padded and causal": (PADDED_TARGET, random_mask(BATCH, 1, 1, SRC)),
    "a mask per sample": (random_mask(BATCH, 1, TGT, TGT), random_mask(BATCH, 1, TGT, SRC)),
    "a mask per head, one row for all": (random_mask(HEADS, TGT, TGT), random_mask(SRC)),
}
with_all_masks = pytest.mark.parametrize(("tgt_mask", "memory_mask"), MASKS.values(), ids=list(MASKS))


# ---- the two wings


@with_all_masks
def test_both_wings_compute_the_same_layer_from_one_state_dict(tgt_mask, memory_mask):
    module = layer()
    x, memory, *masks = arrays(*inputs(), tgt_mask, memory_mask)
    ours = numpy_wing.decoder_layer(x, memory, as_numpy(module), HEADS, *masks)
    assert largest_gap(ours, module(*inputs(), tgt_mask, memory_mask)) < 1e-12


@with_all_masks
def test_both_wings_compute_the_same_stack(tgt_mask, memory_mask):
    module = stack()
    x, memory, *masks = arrays(*inputs(), tgt_mask, memory_mask)
    ours = numpy_wing.decoder(x, memory, [as_numpy(own) for own in module.layers], HEADS, *masks)
    assert largest_gap(ours, module(*inputs(), tgt_mask, memory_mask)) < 1e-9


@with_all_masks
def test_the_backward_pass_is_that_of_autograd(tgt_mask, memory_mask):
    module, (x, memory) = layer(), (tensor.requires_grad_() for tensor in inputs())
    upstream = random(BATCH, TGT, D_MODEL, seed=5)
    module(x, memory, tgt_mask, memory_mask).backward(upstream)
    grad_x, grad_memory, grad_weights = numpy_wing.decoder_layer_backward(
        upstream.numpy(),
        x.detach().numpy(),
        memory.detach().numpy(),
        as_numpy(module),
        HEADS,
        *arrays(tgt_mask, memory_mask),
    )
    assert largest_gap(grad_x, x.grad) < 1e-9
    assert largest_gap(grad_memory, memory.grad) < 1e-9
    assert list(grad_weights) == list(module.state_dict())
    for name, parameter in module.named_parameters():
        assert largest_gap(grad_weights[name], parameter.grad) < 1e-9, name


def test_hidden_source_tokens_get_a_gradient_of_exactly_0():
    hidden = random_mask(BATCH, 1, 1, SRC)
    upstream, x, memory = arrays(random(BATCH, TGT, D_MODEL, seed=5), *inputs())
    _, grad_memory, _ = numpy_wing.decoder_layer_backward(
        upstream, x, memory, as_numpy(layer()), HEADS, None, hidden.numpy()
    )
    visible = hidden[:, 0, 0].numpy()
    assert not grad_memory[~visible].any()
    assert np.abs(grad_memory[visible]).min(axis=-1).max() > 0


# ---- PyTorch's own decoder


def pytorchs_own(module: nn.Module) -> dict[str, Tensor]:
    """A layer's weights under the names of nn.TransformerDecoderLayer, where w_q, w_k and w_v are one matrix."""
    state = module.state_dict()
    named: dict[str, Tensor] = {}
    for ours, theirs in (("self_attention", "self_attn"), ("cross_attention", "multihead_attn")):
        for kind in ("weight", "bias"):
            fused = torch.cat([state[f"{ours}.{name}.{kind}"] for name in ("w_q", "w_k", "w_v")])
            named |= {f"{theirs}.in_proj_{kind}": fused, f"{theirs}.out_proj.{kind}": state[f"{ours}.w_o.{kind}"]}
    for kind in ("weight", "bias"):
        named |= {f"linear{i}.{kind}": state[f"feed_forward.linear{i}.{kind}"] for i in (1, 2)}
    for i in (1, 2, 3):
        named |= {f"norm{i}.weight": state[f"residual{i}.norm.gamma"], f"norm{i}.bias": state[f"residual{i}.norm.beta"]}
    return named


def their_layer() -> nn.TransformerDecoderLayer:
    return nn.TransformerDecoderLayer(
        D_MODEL, HEADS, D_FF, dropout=0.1, batch_first=True, norm_first=False, dtype=torch.float64
    )


def hidden_keys(keys: Tensor | None) -> Tensor | None:
    """PyTorch's layers mark what is hidden."""
    return None if keys is None else ~keys


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("num_layers", [None, LAYERS])
def test_layer_and_stack_are_those_of_pytorch_in_outputs_and_gradients(num_layers, causal, padded):
    module = stack() if num_layers else layer()
    if num_layers:
        theirs: Any = nn.TransformerDecoder(their_layer(), num_layers, norm=None).eval()
        for own, other in zip(module.layers, theirs.layers, strict=True):
            other.load_state_dict(pytorchs_own(own))
    else:
        theirs = their_layer().eval()
        theirs.load_state_dict(pytorchs_own(module))
    tgt_keys = random_mask(BATCH, TGT, seed=3) if padded else None
    src_keys = random_mask(BATCH, SRC) if padded else None
    tgt_mask = CAUSAL if causal else None
    if tgt_keys is not None:
        tgt_mask = tgt_keys[:, None, None] & (CAUSAL if causal else torch.ones_like(CAUSAL))
    (x, memory), (their_x, their_memory) = ([t.requires_grad_() for t in inputs()] for _ in range(2))
    ours = module(x, memory, tgt_mask, None if src_keys is None else src_keys[:, None, None])
    expected = theirs(
        their_x,
        their_memory,
        tgt_mask=~CAUSAL if causal else None,
        tgt_key_padding_mask=hidden_keys(tgt_keys),
        memory_key_padding_mask=hidden_keys(src_keys),
    )
    upstream = random(BATCH, TGT, D_MODEL, seed=5)
    ours.backward(upstream)
    expected.backward(upstream)
    assert largest_gap(ours, expected) < 1e-5
    assert largest_gap(x.grad, their_x.grad) < 1e-5
    assert largest_gap(memory.grad, their_memory.grad) < 1e-5
    last, their_last = (module.layers[-1], theirs.layers[-1]) if num_layers else (module, theirs)
    assert largest_gap(last.feed_forward.linear1.weight.grad, their_last.linear1.weight.grad) < 1e-5
    assert largest_gap(last.residual2.norm.gamma.grad, their_last.norm2.weight.grad) < 1e-5
    assert largest_gap(last.cross_attention.w_q.weight.grad, their_last.multihead_attn.in_proj_weight.grad[:8]) < 1e-5


# ---- what the decoder promises


def test_a_target_position_never_sees_a_later_one():
    module, (x, memory) = stack(), inputs()
    jacobian = torch.autograd.functional.jacobian(lambda x: module(x, memory[:1], CAUSAL).sum(dim=(0, 2)), x[:1])
    moves = jacobian[:, 0].abs().sum(dim=-1)
    assert not moves.triu(1).any()
    assert bool((moves.tril() > 0)[CAUSAL].all())


def test_prefix_by_prefix_gives_what_all_at_once_gives():
    module, (x, memory) = stack(), inputs()
    whole = module(x, memory, CAUSAL)
    for length in range(1, TGT + 1):
        prefix = module(x[:, :length], memory, CAUSAL[:length, :length])
        assert largest_gap(prefix[:, -1], whole[:, length - 1]) < 1e-12


def test_padding_of_the_source_is_never_looked_at():
    module, (x, memory) = stack(), inputs()
    longer = torch.cat([memory, random(BATCH, 4, D_MODEL, seed=6, scale=10.0)], dim=1)
    visible = torch.arange(SRC + 4) < SRC
    assert largest_gap(module(x, longer, CAUSAL, visible), module(x, memory, CAUSAL)) < 1e-12


def test_shuffling_the_source_changes_nothing_and_another_source_does():
    module, (x, memory) = stack(), inputs()
    order = torch.randperm(SRC, generator=torch.Generator().manual_seed(4))
    assert largest_gap(module(x, memory[:, order], CAUSAL), module(x, memory, CAUSAL)) < 1e-12
    assert largest_gap(module(x, memory.roll(1, dims=0), CAUSAL), module(x, memory, CAUSAL)) > 0.1


def test_inputs_are_left_as_they_were():
    module, tensors = layer(), [*inputs(), PADDED_TARGET, random_mask(BATCH, 1, 1, SRC)]
    before = [tensor.clone() for tensor in tensors]
    x, memory, *masks = arrays(*tensors)
    module(*tensors)
    numpy_wing.decoder_layer(x, memory, as_numpy(module), HEADS, *masks)
    numpy_wing.decoder_layer_backward(arrays(before[0])[0], x, memory, as_numpy(module), HEADS, *masks)
    assert all(torch.equal(a, b) for a, b in zip(tensors, before, strict=True))


def test_the_parameters_are_those_of_the_contract():
    attentions = [f"{kind}_attention.w_{role}" for kind in ("self", "cross") for role in "qkvo"]
    maps = [*attentions, "feed_forward.linear1", "feed_forward.linear2"]
    names = {f"{name}.{kind}" for name in maps for kind in ("weight", "bias")}
    names |= {f"residual{i}.norm.{kind}" for i in (1, 2, 3) for kind in ("gamma", "beta")}
    assert {name for name, _ in layer().named_parameters()} == names
    assert {name for name, _ in stack().named_parameters()} == {f"layers.{i}.{n}" for i in range(LAYERS) for n in names}


def test_dropout_is_on_in_training_only():
    module = layer(dropout=0.5)
    assert torch.equal(module(*inputs()), module(*inputs()))
    module.train()
    assert not torch.equal(module(*inputs()), module(*inputs()))


def test_float32_comes_out_where_float32_goes_in():
    assert stack().float()(*(x.float() for x in inputs())).dtype == torch.float32
