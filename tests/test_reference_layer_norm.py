"""The reference of unit 4: both wings agree with each other and with PyTorch's own layer norm, backwards too."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, nn
from torch.nn import functional as F

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial
from autograder.intake.submission import Submission
from autograder.protocol.probe import perform
from autograder.verdict import Outcome
from tests.judged import ANSWERS
from transformer_ref.in_numpy import layer_norm as numpy_wing
from transformer_ref.in_torch import layer_norm as torch_wing

D_MODEL = 8
SHAPES = [(D_MODEL,), (5, D_MODEL), (3, 5, D_MODEL), (2, 1, 3, 5, D_MODEL)]
with_every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{len(shape)} axes")
with_every_eps = pytest.mark.parametrize("eps", [1e-5, 0.1])


def random(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def tokens(*shape: int) -> Tensor:
    """Random tokens with a mean of their own; one of them small, one with all its features equal."""
    x = random(*shape) + random(*shape[:-1], 1, seed=1)
    if len(shape) > 1:
        x[..., 0, :] *= 1e-3
        x[..., 1, :] = x[..., 1, :1]
    return x


def gamma_and_beta() -> tuple[Tensor, Tensor]:
    return random(D_MODEL, seed=2), random(D_MODEL, seed=3)


def module(eps: float = 1e-5) -> torch_wing.LayerNorm:
    made = torch_wing.LayerNorm(D_MODEL, eps).double()
    made.load_state_dict(dict(zip(("gamma", "beta"), gamma_and_beta(), strict=True)))
    return made


def pytorchs_own(eps: float = 1e-5) -> nn.LayerNorm:
    own = nn.LayerNorm(D_MODEL, eps).double()
    own.load_state_dict(dict(zip(("weight", "bias"), gamma_and_beta(), strict=True)))
    return own


def largest_gap(got, wanted) -> float:
    got, wanted = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, wanted))
    assert got.shape == wanted.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - wanted).max())


def test_the_shapes_in_signatures_are_enforced_here():
    x, (gamma, beta) = tokens(3, 5, D_MODEL), gamma_and_beta()
    with pytest.raises(TypeCheckError):
        numpy_wing.layer_norm(x.numpy(), gamma.numpy()[:-1], beta.numpy())
    with pytest.raises(TypeCheckError):
        numpy_wing.layer_norm_backward(x.numpy()[:-1], x.numpy(), gamma.numpy())


# ---- forward


@with_every_shape
@with_every_eps
def test_both_wings_give_what_pytorch_gives(shape, eps):
    x, (gamma, beta) = tokens(*shape), gamma_and_beta()
    wanted = F.layer_norm(x, (D_MODEL,), gamma, beta, eps)
    assert largest_gap(numpy_wing.layer_norm(x.numpy(), gamma.numpy(), beta.numpy(), eps), wanted) < 1e-12
    assert largest_gap(module(eps)(x), wanted) < 1e-12


def test_eps_is_a_hundred_thousandth_where_it_is_left_out():
    x, (gamma, beta) = tokens(3, 5, D_MODEL), gamma_and_beta()
    wanted = F.layer_norm(x, (D_MODEL,), gamma, beta)
    assert largest_gap(numpy_wing.layer_norm(x.numpy(), gamma.numpy(), beta.numpy()), wanted) < 1e-12
    assert largest_gap(module()(x), wanted) < 1e-12


def test_the_result_has_mean_beta_and_deviation_gamma_where_these_are_numbers():
    x, ones = random(3, 5, D_MODEL).numpy(), np.ones(D_MODEL)
    result = numpy_wing.layer_norm(x, 3 * ones, 2 * ones, eps=0.0)
    assert np.allclose(result.mean(-1), 2, rtol=0, atol=1e-12)
    assert np.allclose(result.std(-1), 3, rtol=0, atol=1e-12)


def test_shift_and_positive_scale_of_a_token_change_nothing():
    x, (gamma, beta) = random(3, 5, D_MODEL).numpy(), (p.numpy() for p in gamma_and_beta())
    moved = numpy_wing.layer_norm(7 * x + 11, gamma, beta, eps=0.0)
    assert largest_gap(moved, numpy_wing.layer_norm(x, gamma, beta, eps=0.0)) < 1e-12


def test_a_token_whose_features_are_equal_becomes_beta():
    _, beta = gamma_and_beta()
    result = module()(torch.full((3, D_MODEL), 0.3, dtype=torch.float64))
    assert largest_gap(result, beta.expand(3, D_MODEL)) < 1e-12


@pytest.mark.parametrize("offset", [1e3, 1e4])
def test_float32_far_from_zero_keeps_its_differences(offset):
    x = ((random(3, 5, D_MODEL) * 16).round() / 16 + offset).float()
    result = module().float()(x)
    assert result.dtype == torch.float32
    assert largest_gap(result.double(), module()(x.double())) < 1e-5


def test_a_new_layer_norm_only_normalises():
    state = torch_wing.LayerNorm(D_MODEL).state_dict()
    assert {name: entry.tolist() for name, entry in state.items()} == {
        "gamma": [1.0] * D_MODEL,
        "beta": [0.0] * D_MODEL,
    }


def test_inputs_are_left_as_they_were():
    x, (gamma, beta), upstream = tokens(3, 5, D_MODEL), gamma_and_beta(), random(3, 5, D_MODEL, seed=5)
    arrays = x.numpy(), gamma.numpy(), beta.numpy(), upstream.numpy()
    before = [a.copy() for a in arrays]
    numpy_wing.layer_norm(*arrays[:3])
    numpy_wing.layer_norm_backward(arrays[3], *arrays[:2])
    module()(x)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


# ---- backward


@with_every_shape
@with_every_eps
def test_the_gradients_of_both_wings_are_those_of_pytorch(shape, eps):
    ours, theirs = (tokens(*shape).requires_grad_() for _ in range(2))
    layer, own, upstream = module(eps), pytorchs_own(eps), random(*shape, seed=5)
    layer(ours).backward(upstream)
    own(theirs).backward(upstream)
    wanted = theirs.grad, own.weight.grad, own.bias.grad
    got = ours.grad, layer.gamma.grad, layer.beta.grad
    assert all(largest_gap(a, b) < 1e-9 for a, b in zip(got, wanted, strict=True))
    arrays = upstream.numpy(), theirs.detach().numpy(), layer.gamma.detach().numpy()
    by_hand = numpy_wing.layer_norm_backward(*arrays, eps)
    assert all(largest_gap(a, b) < 1e-9 for a, b in zip(by_hand, wanted, strict=True))


def test_with_ones_from_above_the_gradient_of_x_vanishes_and_so_a_check_with_ones_proves_nothing():
    x, ones = random(3, 5, D_MODEL).numpy(), np.ones(D_MODEL)
    grad_x, _, _ = numpy_wing.layer_norm_backward(np.ones_like(x), x, ones)
    assert np.abs(grad_x).max() < 1e-12


def test_the_gradient_of_a_token_is_orthogonal_to_ones_and_to_the_token():
    x, gamma = random(3, 5, D_MODEL).numpy(), gamma_and_beta()[0].numpy()
    grad_x, _, _ = numpy_wing.layer_norm_backward(random(3, 5, D_MODEL, seed=5).numpy(), x, gamma, eps=0.0)
    assert np.abs(grad_x.sum(-1)).max() < 1e-12
    assert np.abs((grad_x * x).sum(-1)).max() < 1e-12


# ---- the residual connection


def test_the_residual_connection_is_the_norm_of_the_sum():
    x, sublayer = tokens(3, 5, D_MODEL), nn.Linear(D_MODEL, D_MODEL).double()
    residual = torch_wing.ResidualConnection(D_MODEL).double().eval()
    residual.norm.load_state_dict(module().state_dict())
    assert {name for name, _ in residual.named_parameters()} == {"norm.gamma", "norm.beta"}
    assert largest_gap(residual(x, sublayer), pytorchs_own()(x + sublayer(x))) < 1e-12


def test_the_residual_connection_calls_the_sublayer_once_and_passes_the_gradient_by():
    calls = []

    def sublayer(x: Tensor) -> Tensor:
        calls.append(x)
        return torch.zeros_like(x)

    x = tokens(3, 5, D_MODEL).requires_grad_()
    residual = torch_wing.ResidualConnection(D_MODEL).double().eval()
    residual(x, sublayer).backward(random(3, 5, D_MODEL, seed=5))
    assert len(calls) == 1
    assert x.grad is not None and x.grad[0, 2].abs().max() > 0.01


def test_dropout_hits_the_sublayers_output_alone_and_keeps_its_expectation():
    residual = torch_wing.ResidualConnection(D_MODEL, dropout=0.5).double()
    x, ones = random(1, 1, D_MODEL), torch.ones(1, 1, D_MODEL, dtype=torch.float64)
    sums = []
    residual.norm.register_forward_pre_hook(lambda _, inputs: sums.append(inputs[0].detach()))
    torch.manual_seed(0)
    for _ in range(400):
        residual.train()(x, lambda _: ones)
    added = torch.cat(sums) - x
    kept = added.abs() > 1e-12
    assert torch.allclose(added[kept], torch.tensor(2.0, dtype=torch.float64))
    assert abs(float(added.mean()) - 1) < 0.1
    assert torch.equal(residual.eval()(x, lambda _: ones), residual(x, lambda _: ones))


# ---- ready-made normalisations


READY_MADE = {
    "the layer as a subclass": "class LayerNorm(nn.LayerNorm):\n    pass",
    "the layer as an attribute": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.inner = nn.LayerNorm(d_model, eps)
    def forward(self, x):
        return self.inner(x)""",
    "its function": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma, self.beta, self.eps = nn.Parameter(torch.ones(d_model)), nn.Parameter(torch.zeros(d_model)), eps
    def forward(self, x):
        return CALL(x, self.gamma.shape, self.gamma, self.beta, self.eps)""",
    "a neighbour": """
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(d_model)), nn.Parameter(torch.zeros(d_model))
        self.inner = nn.GroupNorm(1, d_model, eps, affine=False)
    def forward(self, x):
        return self.inner(x.reshape(-1, x.shape[-1])).view_as(x) * self.gamma + self.beta""",
}
CALLS = (
    "F.layer_norm",
    "torch.layer_norm",
    "torch.native_layer_norm",
    "torch.ops.aten.layer_norm",
    'getattr(F, "layer" + "_norm")',
)
IN_WORDS = [(name, source) for name, source in READY_MADE.items() if "CALL" not in source]
IN_WORDS += [(call, READY_MADE["its function"].replace("CALL", call)) for call in CALLS]


@pytest.mark.parametrize("source", [s for _, s in IN_WORDS], ids=[name for name, _ in IN_WORDS])
def test_a_ready_made_normalisation_is_forbidden(source, grader):
    cells = {1: "import torch\nimport torch.nn.functional as F\nfrom torch import nn", 2: source}
    result = grader.grade(Submission("s", "layer_norm", cells, is_notebook=True), [syllabus.exercise("LayerNorm")])[0]
    assert result.outcome is Outcome.FORBIDDEN
    assert result.score == 0
    assert "is a ready-made answer" in result.verdicts[0].where


def test_pytorchs_layer_norm_passes_every_case_were_it_allowed():
    """The contract is the layer norm that everybody uses: only its names differ."""

    class LayerNorm(nn.Module):
        def __init__(self, d_model: int, eps: float = 1e-5) -> None:
            super().__init__()
            self.gamma, self.beta = nn.Parameter(torch.ones(d_model)), nn.Parameter(torch.zeros(d_model))
            self.eps = eps

        def forward(self, x: Tensor) -> Tensor:
            return F.layer_norm(x, self.gamma.shape, self.gamma, self.beta, self.eps)

    exercise = syllabus.exercise("LayerNorm")
    for case in exercise.cases:
        wanted = ANSWERS.reference(Trial(exercise.name, case.name, PUBLIC))
        got = perform(exercise.probe(case, PUBLIC), {"LayerNorm": LayerNorm})
        for name, array in wanted.arrays.items():
            tolerance = exercise.tolerance_of(case.name)
            assert np.allclose(got.arrays[name], array, rtol=tolerance, atol=tolerance), (case.name, name)
