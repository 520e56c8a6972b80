"""The reference of unit 2: both wings agree with each other and with PyTorch's own attention."""

import inspect
import math

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, nn
from torch.nn import functional as F

from transformer_ref import in_numpy, in_torch
from transformer_ref.in_numpy import attention as numpy_wing
from transformer_ref.in_torch import attention as torch_wing

BATCH, HEADS, QUERIES, KEYS, D_K, D_V, D_MODEL = 3, 2, 5, 7, 4, 6, 8
WINGS = (numpy_wing, torch_wing)


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def random_mask(*shape: int, seed: int = 9) -> Tensor:
    mask = torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    return mask


def qkv(*leading: int, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    sizes = ((QUERIES, D_K), (KEYS, D_K), (KEYS, D_V))
    q, k, v = (random(*leading, *size, seed=i, scale=scale) for i, size in enumerate(sizes))
    return q, k, v


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    q, k, v = (random(BATCH, tokens, D_MODEL, seed=i) for i, tokens in enumerate((QUERIES, KEYS, KEYS)))
    return q, k, v


def arrays(q: Tensor, k: Tensor, v: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return q.detach().numpy(), k.detach().numpy(), v.detach().numpy()


def multi_head(dropout: float = 0.0) -> torch_wing.MultiHeadAttention:
    module = torch_wing.MultiHeadAttention(D_MODEL, HEADS, dropout).double()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(random(*parameter.shape, seed=20 + i, scale=0.6))
    return module


def as_numpy(state: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in state.items()}


def numpy_mask(mask: Tensor | None) -> np.ndarray | None:
    return None if mask is None else mask.numpy()


def largest_gap(got, expected) -> float:
    got, expected = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, expected))
    assert got.shape == expected.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max())


MASKS = {
    "no mask": None,
    "one mask for all": (QUERIES, KEYS),
    "one row for all queries": (KEYS,),
    "padding": (BATCH, 1, 1, KEYS),
    "one mask per sample": (BATCH, 1, QUERIES, KEYS),
    "one mask per head": (HEADS, QUERIES, KEYS),
    "one mask per sample and head": (BATCH, HEADS, QUERIES, KEYS),
}
with_every_mask = pytest.mark.parametrize(
    "mask", [None if shape is None else random_mask(*shape) for shape in MASKS.values()], ids=list(MASKS)
)


def test_the_shapes_in_signatures_are_enforced_here():
    q, k, v = (x.numpy() for x in qkv())
    with pytest.raises(TypeCheckError):
        numpy_wing.scaled_dot_product_attention(q, k[:, :-1], v)
    with pytest.raises(TypeCheckError):
        torch_wing.ScaledDotProductAttention()(*(torch.from_numpy(x) for x in (q, k, v[:-1])))
    with pytest.raises(TypeCheckError):
        numpy_wing.scaled_dot_product_attention(q, k, v, np.ones((QUERIES, KEYS)))


# ---- softmax


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -2])
def test_softmax_is_that_of_pytorch_along_every_axis(axis):
    x = random(BATCH, QUERIES, KEYS)
    assert largest_gap(numpy_wing.softmax(x.numpy(), axis), torch.softmax(x, axis)) < 1e-12


@pytest.mark.parametrize("shape", [(KEYS,), (QUERIES, KEYS), (2, 1, 3, 4, 5)])
def test_softmax_takes_any_number_of_axes(shape):
    assert largest_gap(numpy_wing.softmax(random(*shape).numpy()), torch.softmax(random(*shape), -1)) < 1e-12


def test_softmax_is_finite_for_huge_numbers_and_leaves_its_input_as_it_was():
    x = random(BATCH, KEYS, scale=1e4).numpy()
    before = x.copy()
    assert largest_gap(numpy_wing.softmax(x), torch.softmax(torch.from_numpy(before), -1)) < 1e-12
    assert np.array_equal(x, before)


# ---- masks


@pytest.mark.parametrize("num_tokens", [1, 2, 7])
def test_the_causal_mask_is_the_lower_triangle(num_tokens):
    mask = numpy_wing.causal_mask(num_tokens)
    assert mask.dtype == bool
    assert mask.tolist() == [[j <= i for j in range(num_tokens)] for i in range(num_tokens)]


@pytest.mark.parametrize("pad_id", [0, 3])
def test_the_padding_mask_hides_exactly_the_padding(pad_id):
    ids = np.array([[5, pad_id, 1, pad_id], [pad_id, 2, 2, 4]])
    mask = numpy_wing.padding_mask(ids) if pad_id == 0 else numpy_wing.padding_mask(ids, pad_id=pad_id)
    assert mask.dtype == bool
    assert mask.tolist() == [[[[True, False, True, False]]], [[[False, True, True, True]]]]


# ---- scaled dot-product attention


@with_every_mask
def test_both_wings_compute_the_same_attention(mask):
    tensors = qkv(BATCH, HEADS)
    ours = numpy_wing.scaled_dot_product_attention(*arrays(*tensors), numpy_mask(mask))
    theirs = torch_wing.ScaledDotProductAttention()(*tensors, mask)
    assert all(largest_gap(a, b) < 1e-12 for a, b in zip(ours, theirs, strict=True))


@with_every_mask
def test_attention_and_its_gradients_are_those_of_pytorch(mask):
    ours, theirs = ([x.requires_grad_() for x in qkv(BATCH, HEADS)] for _ in range(2))
    output, _ = torch_wing.ScaledDotProductAttention()(*ours, mask)
    whole = None if mask is None else mask.expand(BATCH, HEADS, QUERIES, KEYS)
    expected = F.scaled_dot_product_attention(theirs[0], theirs[1], theirs[2], attn_mask=whole)
    upstream = random(*expected.shape, seed=5)
    output.backward(upstream)
    expected.backward(upstream)
    assert largest_gap(output, expected) < 1e-12
    assert all(largest_gap(a.grad, b.grad) < 1e-12 for a, b in zip(ours, theirs, strict=True))


@with_every_mask
def test_the_rows_of_the_weights_sum_to_1_on_the_visible_keys(mask):
    for weights in (
        numpy_wing.scaled_dot_product_attention(*arrays(*qkv(BATCH, HEADS)), numpy_mask(mask))[1],
        torch_wing.ScaledDotProductAttention()(*qkv(BATCH, HEADS), mask)[1].numpy(),
    ):
        assert np.allclose(weights.sum(-1), 1, rtol=0, atol=1e-12)
        assert mask is None or not weights[~np.broadcast_to(mask.numpy(), weights.shape)].any()


@pytest.mark.parametrize("leading", [(), (3,), (3, 2), (2, 1, 3, 2)])
def test_attention_takes_any_number_of_leading_axes(leading):
    tensors, mask = qkv(*leading), random_mask(QUERIES, KEYS)
    expected = F.scaled_dot_product_attention(*tensors, attn_mask=mask)
    assert largest_gap(torch_wing.ScaledDotProductAttention()(*tensors, mask)[0], expected) < 1e-12
    assert largest_gap(numpy_wing.scaled_dot_product_attention(*arrays(*tensors), mask.numpy())[0], expected) < 1e-12


@pytest.mark.parametrize("score", [-1e4, 1e4])
def test_a_hidden_key_stays_hidden_however_extreme_the_scores_are(score):
    q, k, v = qkv(BATCH)
    q, k = torch.full_like(q, 100.0), torch.full_like(k, score / 100 * math.sqrt(D_K))
    mask = random_mask(BATCH, QUERIES, KEYS)
    expected = mask.double() / mask.sum(-1, keepdim=True)
    assert largest_gap(torch_wing.ScaledDotProductAttention()(q, k, v, mask)[1], expected) < 1e-12
    assert largest_gap(numpy_wing.scaled_dot_product_attention(*arrays(q, k, v), mask.numpy())[1], expected) < 1e-12


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_query_that_sees_nothing_is_finite_and_so_is_its_gradient(dtype):
    q, k, v = tensors = [x.to(dtype).requires_grad_() for x in qkv(BATCH, scale=1e2)]
    mask = torch.zeros(QUERIES, KEYS, dtype=torch.bool)
    output, weights = torch_wing.ScaledDotProductAttention()(*tensors, mask)
    output.backward(random(*output.shape, seed=5).to(dtype))
    assert output.dtype == weights.dtype == dtype
    assert all(bool(torch.isfinite(x).all()) for x in (output, weights, *(t.grad for t in tensors)))
    assert all(np.isfinite(x).all() for x in numpy_wing.scaled_dot_product_attention(*arrays(q, k, v), mask.numpy()))


def test_attention_leaves_its_inputs_as_they_were():
    tensors, mask = qkv(BATCH), random_mask(BATCH, QUERIES, KEYS)
    before = [x.clone() for x in (*tensors, mask)]
    torch_wing.ScaledDotProductAttention()(*tensors, mask)
    numpy_wing.scaled_dot_product_attention(*arrays(*tensors), mask.numpy())
    assert all(torch.equal(a, b) for a, b in zip((*tensors, mask), before, strict=True))


def test_dropout_keeps_the_expectation_in_training_and_does_nothing_in_evaluation():
    module = torch_wing.ScaledDotProductAttention(dropout=0.5)
    q, k, v = qkv(BATCH)
    plain = module.eval()(q, k, v)[0]
    assert largest_gap(plain, F.scaled_dot_product_attention(q, k, v)) < 1e-12
    torch.manual_seed(0)
    many = module.train()(*(x.expand(4000, *x.shape) for x in (q, k, v)))[0]
    assert largest_gap(many.mean(0), plain) < 0.15
    assert (many[0] - many[1]).abs().max() > 0.1


# ---- multi-head attention


@with_every_mask
def test_both_wings_compute_the_same_multi_head_attention_from_one_state_dict(mask):
    module = multi_head()
    theirs = module(*inputs(), mask)
    weights = as_numpy(module.state_dict())
    ours = numpy_wing.multi_head_attention(*arrays(*inputs()), weights, HEADS, numpy_mask(mask))
    assert all(largest_gap(a, b) < 1e-12 for a, b in zip(ours, theirs, strict=True))


def pytorchs_own(module):
    """The same weights in PyTorch's layer, where w_q, w_k and w_v are one matrix."""
    own = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True, dtype=torch.float64)
    state = module.state_dict()
    own.load_state_dict(
        {
            "in_proj_weight": torch.cat([state[f"{name}.weight"] for name in ("w_q", "w_k", "w_v")]),
            "in_proj_bias": torch.cat([state[f"{name}.bias"] for name in ("w_q", "w_k", "w_v")]),
            "out_proj.weight": state["w_o.weight"],
            "out_proj.bias": state["w_o.bias"],
        }
    )
    return own


@with_every_mask
def test_multi_head_attention_is_that_of_pytorch_in_outputs_weights_and_gradients(mask):
    module, ours, theirs = multi_head(), *([x.requires_grad_() for x in inputs()] for _ in range(2))
    own = pytorchs_own(module)
    hidden = None
    if mask is not None:
        hidden = ~mask.expand(BATCH, HEADS, QUERIES, KEYS).reshape(BATCH * HEADS, QUERIES, KEYS)
    output, weights = module(*ours, mask)
    expected, expected_weights = own(*theirs, attn_mask=hidden, need_weights=True, average_attn_weights=False)
    upstream = random(*expected.shape, seed=5)
    output.backward(upstream)
    expected.backward(upstream)
    assert largest_gap(output, expected) < 1e-6
    assert largest_gap(weights, expected_weights) < 1e-6
    assert all(largest_gap(a.grad, b.grad) < 1e-6 for a, b in zip(ours, theirs, strict=True))
    fused = {"weight": own.in_proj_weight.grad.chunk(3), "bias": own.in_proj_bias.grad.chunk(3)}
    for kind, parts in fused.items():
        for linear, part in zip((module.w_q, module.w_k, module.w_v), parts, strict=True):
            assert largest_gap(getattr(linear, kind).grad, part) < 1e-6
    assert largest_gap(module.w_o.weight.grad, own.out_proj.weight.grad) < 1e-6
    assert largest_gap(module.w_o.bias.grad, own.out_proj.bias.grad) < 1e-6


def test_multi_head_attention_leaves_its_inputs_as_they_were():
    module, tensors, mask = multi_head(), inputs(), random_mask(BATCH, 1, QUERIES, KEYS)
    weights = as_numpy(module.state_dict())
    before = [x.copy() for x in (*(t.numpy() for t in tensors), mask.numpy(), *weights.values())]
    module(*tensors, mask)
    numpy_wing.multi_head_attention(*arrays(*tensors), weights, HEADS, mask.numpy())
    after = (*(t.numpy() for t in tensors), mask.numpy(), *weights.values())
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))


def test_multi_head_attention_has_exactly_the_parameters_of_the_contract():
    shapes = {name: tuple(p.shape) for name, p in torch_wing.MultiHeadAttention(D_MODEL, HEADS).named_parameters()}
    expected = {f"{name}.weight": (D_MODEL, D_MODEL) for name in ("w_q", "w_k", "w_v", "w_o")}
    assert shapes == expected | {f"{name}.bias": (D_MODEL,) for name in ("w_q", "w_k", "w_v", "w_o")}


def test_an_indivisible_d_model_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"10.*3"):
        torch_wing.MultiHeadAttention(10, 3)


def test_float32_comes_out_where_float32_goes_in():
    output, weights = multi_head().float()(*(x.float() for x in inputs()))
    assert output.dtype == weights.dtype == torch.float32


def test_multi_head_dropout_reaches_the_attention_weights_in_training_only():
    module = multi_head(dropout=0.5)
    plain = module.eval()(*inputs())[0]
    assert torch.equal(plain, multi_head()(*inputs())[0])
    torch.manual_seed(0)
    many = module.train()(*(x.repeat(400, 1, 1) for x in inputs()))[0].detach().unflatten(0, (400, BATCH))
    assert largest_gap(many.mean(0), plain) < 0.75
    assert (many[0] - many[1]).abs().max() > 1.0


# ---- documentation


def public_things() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [(wing.__name__, wing) for wing in (in_numpy, in_torch, *WINGS)]
    for wing in WINGS:
        for name, thing in vars(wing).items():
            if not name.startswith("_") and getattr(thing, "__module__", "") == wing.__name__ and callable(thing):
                found.append((f"{wing.__name__}.{name}", thing))
                methods = vars(thing).items() if inspect.isclass(thing) else ()
                found += [(f"{name}.{m}", f) for m, f in methods if not m.startswith("_") and inspect.isfunction(f)]
    return found


def test_the_first_line_of_every_docstring_is_an_equation_or_a_sentence():
    first_lines = {name: (thing.__doc__ or "\n").strip().partition("\n")[0] for name, thing in public_things()}
    assert {"softmax", "causal_mask", "MultiHeadAttention", "forward"} <= {n.rpartition(".")[2] for n in first_lines}
    assert {name: line for name, line in first_lines.items() if not is_equation_or_sentence(line)} == {}


def is_equation_or_sentence(line: str) -> bool:
    begins, ends = "=" in line or line[:1].isupper(), line.endswith((".", ",")) or "   (" in line or ") = " in line
    return begins and ends
