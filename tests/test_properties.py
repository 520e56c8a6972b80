"""Each tool gives 0 where its property holds, and a number that is known by hand, or not small, where it is broken."""

import sys
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder import properties
from autograder.properties import when_written

EXACT = 1e-12


def array(x) -> np.ndarray:
    return np.array(x, dtype=np.float64)


def tensor(x) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def values(x) -> np.ndarray:
    return x.detach().numpy() if isinstance(x, torch.Tensor) else x


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def attention(q, k, v, mask=True):
    """Attention without a scale: output and weights."""
    weights = torch.softmax(torch.where(torch.as_tensor(mask), torch.as_tensor(q) @ torch.as_tensor(k).mT, -1e9), -1)
    output = weights @ torch.as_tensor(v)
    return (output, weights) if isinstance(q, torch.Tensor) else (output.numpy(), weights.numpy())


def self_attention(x, mask=True):
    return attention(x, x, x, mask)


def so_far(x, mask=None):
    """Every token with all before it added."""
    return x.cumsum(-2)


def next_one(x):
    """Every token replaced by the one after it; the last by the first."""
    return x[..., [*range(1, x.shape[-2]), 0], :]


def over_the_batch(x):
    return x - x.mean(0)


def numbered(x):
    """Every token with its position added."""
    return x + (np.arange if isinstance(x, np.ndarray) else torch.arange)(x.shape[-2])[:, None]


class Remembers:
    """A function that keeps its arguments."""

    def __init__(self, f):
        self.f, self.arguments = f, []

    def __call__(self, *arguments):
        self.arguments.append(arguments)
        return self.f(*arguments)


both = pytest.mark.parametrize("kind", [array, tensor])


# what moves


@both
def test_only_outputs_from_the_changed_token_on_move_in_a_causal_function_and_by_as_much_as_it_changed(kind):
    x = kind([[[1, 2], [3, -5], [0, 1]], [[1, 1], [-4, 2], [2, 2]]])
    np.testing.assert_allclose(properties.what_moves(so_far, x, 1, replacement=0.0), [0, 5, 5], atol=EXACT)
    np.testing.assert_allclose(properties.what_moves(so_far, x, 1, replacement=10.0), [0, 15, 15], atol=EXACT)


@both
def test_the_last_token_is_changed_if_none_is_named_and_x_stays_as_it_is(kind):
    x = kind(noise(4, 3))
    before = values(x).copy()
    moved = properties.what_moves(so_far, x)
    assert (moved[:3] == 0).all() and moved[3] > 0.1
    np.testing.assert_array_equal(values(x), before)
    np.testing.assert_array_equal(properties.what_moves(so_far, x), moved)


@pytest.mark.parametrize("ids", [np.array([[3, 1, 4]]), torch.tensor([[3, 1, 4]])])
def test_token_ids_need_a_replacement(ids):
    with pytest.raises(ValueError, match="x holds token ids: say which id to put in"):
        properties.what_moves(lambda x: x, ids)
    embed = nn.Embedding.from_pretrained(torch.arange(10.0)[:, None])
    moved = properties.what_moves(lambda x: embed(torch.as_tensor(x)), ids, 1, replacement=9)
    np.testing.assert_array_equal(moved, [0, 8, 0])


def test_a_module_gets_its_own_dtype():
    linear = nn.Linear(3, 5)
    moved = properties.what_moves(linear, torch.ones(2, 4, 3), 2)
    assert moved.shape == (4,)
    assert moved[2] > 0.01 and (np.delete(moved, 2) == 0).all()


@both
def test_influence_has_a_row_for_each_output_and_a_column_for_each_changed_token(kind):
    x = kind(noise(3, 2))
    moves = properties.influence(next_one, x) > 0.01
    np.testing.assert_array_equal(moves, [[False, True, False], [False, False, True], [True, False, False]])


@both
def test_causality(kind):
    x = kind(noise(2, 5, 3))
    assert properties.causality(so_far, x) == 0
    assert properties.causality(lambda x: (so_far(x), "weights"), x) == 0
    assert properties.causality(next_one, x) > 0.1
    assert properties.causality(self_attention, x) > 0.01
    mask = np.tri(5, dtype=bool)
    assert properties.causality(lambda x: self_attention(x, mask), x) < EXACT


# what must not matter


@both
def test_padding_invariance(kind):
    x = kind(noise(2, 4, 3))
    masked = Remembers(lambda x, mask: (x * mask[..., None]).sum(-2)[..., None, :] + x)
    assert properties.padding_invariance(masked, x, extra=2) < EXACT
    (plain, all_visible), (longer, visible) = masked.arguments
    assert plain.shape == (2, 4, 3) and longer.shape == (2, 6, 3)
    assert type(longer) is type(plain) and type(visible) is type(all_visible)
    np.testing.assert_array_equal(values(all_visible), [[True] * 4])
    np.testing.assert_array_equal(values(visible), [[True] * 4 + [False] * 2])
    assert visible.dtype in (bool, torch.bool)
    assert properties.padding_invariance(lambda x, mask: self_attention(x, mask[..., None, :]), x) < EXACT
    assert properties.padding_invariance(lambda x, mask: x.sum(-2)[..., None, :] + x, x) > 1
    assert properties.padding_invariance(self_attention_without_a_mask, x) > 0.1


def self_attention_without_a_mask(x, mask):
    return self_attention(x)


def test_what_follows_the_padding_is_not_compared():
    assert properties.padding_invariance(so_far, noise(2, 4, 3)) == 0


@both
def test_key_permutation_invariance(kind):
    q, k, v = kind(noise(2, 3, 4)), kind(noise(2, 5, 4) + 1), kind(noise(2, 5, 6))
    assert properties.key_permutation_invariance(attention, q, k, v) < EXACT
    assert properties.key_permutation_invariance(lambda q, k, v: v[..., :3, :], q, k, v) > 0.1
    assert properties.key_permutation_invariance(lambda q, k, v: attention(q, numbered(k), v), q, k, v) > 0.1
    two = kind([[1.0], [4.0]])
    assert properties.key_permutation_invariance(lambda q, k, v: v[0], two, two, two) == 3
    assert properties.key_permutation_invariance(lambda q, k, v: k[0], two, two, two) == 3
    assert properties.key_permutation_invariance(lambda q, k, v: q[0], two, two, two) == 0


@both
def test_query_permutation_equivariance(kind):
    q, k, v = kind(noise(2, 4, 4)), kind(noise(2, 5, 4) + 1), kind(noise(2, 5, 6))
    assert properties.query_permutation_equivariance(attention, q, k, v) < EXACT
    assert properties.query_permutation_equivariance(lambda q, k, v: attention(numbered(q), k, v), q, k, v) > 0.1
    two = kind([[1.0], [4.0]])
    assert properties.query_permutation_equivariance(lambda q, k, v: so_far(q), two, two, two) == 4  # (1, 5) to (5, 4)
    assert properties.query_permutation_equivariance(lambda q, k, v: k, two, two, two) == 3


@both
def test_permutation_equivariance(kind):
    x = kind(noise(2, 5, 3))
    assert properties.permutation_equivariance(self_attention, x) < EXACT
    assert properties.permutation_equivariance(lambda x: x**3, x) == 0
    assert properties.permutation_equivariance(lambda x: self_attention(numbered(x)), x) > 0.1
    assert properties.permutation_equivariance(so_far, kind([[1.0], [4.0]])) == 4


@pytest.mark.parametrize("tokens", range(2, 12))
def test_no_token_stays_where_it_is_when_tokens_are_shuffled(tokens):
    f = Remembers(lambda x: x)
    properties.permutation_equivariance(f, np.arange(tokens)[:, None])
    shuffled, plain = (x[:, 0] for (x,) in f.arguments)
    assert sorted(shuffled) == list(plain) == list(range(tokens))
    assert (shuffled != plain).all()


@both
def test_shift_and_scale_invariance(kind):
    def norm(x):
        from_mean = x - x.mean(-1)[..., None]
        return from_mean / (from_mean**2).mean(-1)[..., None] ** 0.5

    x = kind(noise(2, 5, 4))
    assert properties.shift_and_scale_invariance(norm, x) < 1e-9
    assert properties.shift_and_scale_invariance(lambda x: x, kind([[1.0, 2.0]])) == 23  # 7 · 2 + 11 - 2
    assert properties.shift_and_scale_invariance(lambda x: x, kind([[1.0, 2.0]]), shift=-5, scale=1) == 5
    assert properties.shift_and_scale_invariance(lambda x: x - x.mean(-1)[..., None], x, scale=1) < EXACT
    assert properties.shift_and_scale_invariance(lambda x: x / x.mean(-1)[..., None], x) > 0.1


def test_a_layer_norm_of_pytorch_passes_and_a_root_mean_square_norm_does_not():
    x = torch.as_tensor(noise(2, 5, 4))
    assert properties.shift_and_scale_invariance(nn.LayerNorm(4, eps=1e-12, dtype=torch.float64), x) < 1e-9
    assert properties.shift_and_scale_invariance(nn.RMSNorm(4, dtype=torch.float64), x) > 0.1


@both
def test_batch_independence(kind):
    assert properties.batch_independence(so_far, kind(noise(3, 4, 2))) == 0
    assert properties.batch_independence(over_the_batch, kind([[[1.0]], [[3.0]]])) == 1  # (-1, 1), and (0, 0) alone


def test_dropout_in_training_breaks_a_property_and_in_evaluation_does_not():
    torch.manual_seed(0)
    dropout, x = nn.Dropout(0.5), torch.ones(2, 8, 8)
    assert properties.batch_independence(dropout, x) == 2
    assert properties.batch_independence(dropout.eval(), x) == 0


# attention weights


@both
def test_rows_sum_to_one(kind):
    assert properties.rows_sum_to_one(kind([[0.5, 0.5], [0.25, 0.75]])) == 0
    assert properties.rows_sum_to_one(kind([[0.5, 0.5], [0.25, 0.25]])) == 0.5
    assert properties.rows_sum_to_one(kind([[0.5, 1.0], [1.0, 0.0]])) == 0.5
    assert properties.rows_sum_to_one(attention(*[kind(noise(2, 3, 4))] * 3)[1]) < EXACT


@both
def test_hidden_weight(kind):
    weights = kind([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
    mask = [[True, True, False], [True, True, False], [False, False, False]]
    made = torch.tensor if kind is tensor else np.array
    assert properties.hidden_weight(weights, made(mask)) == 0.7
    assert properties.hidden_weight(weights[:1], made(mask[:1])) == 0
    assert properties.hidden_weight(weights[2:], made(mask[2:])) == 0  # a query that sees nothing
    assert properties.hidden_weight(weights, made([[True, False, True]])) == 0.5  # one row for all queries
    assert properties.hidden_weight(weights, made([[True, True, True]])) == 0
    assert properties.hidden_weight(-weights, made(mask)) == 0.7


@both
def test_entropy(kind):
    weights = kind([[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.25, 0]])
    np.testing.assert_allclose(properties.entropy(weights), [0, 2, 1.5], atol=EXACT)


class Layers(nn.Module):
    """Two layers with attention of each kind."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.ModuleDict(dict(self_attention=Weighs(n), other=Weighs(9))) for n in (1, 2))

    def forward(self, x):
        for layer in reversed(self.layers):
            layer.get_submodule("other")(x)
            x, _ = layer.get_submodule("self_attention")(x)
        return x


class Weighs(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        if x.isnan().any():
            raise ValueError("not a number")
        return x, torch.full((1, 1, 2, 2), float(self.weight), requires_grad=True)


def test_attention_maps_are_those_of_self_attention_in_the_order_of_use():
    maps = properties.attention_maps(Layers(), torch.ones(1, 2, 3))
    assert [type(weights) for weights in maps] == [np.ndarray, np.ndarray]
    assert [weights.shape for weights in maps] == [(1, 1, 2, 2)] * 2
    assert [weights.max() for weights in maps] == [2, 1]


def test_attention_maps_leave_no_hook_behind_even_if_the_model_fails():
    model = Layers()
    properties.attention_maps(model, torch.ones(1, 2, 3))
    with pytest.raises(ValueError, match="not a number"):
        properties.attention_maps(model, torch.full((1, 2, 3), torch.nan))
    assert [module for module in model.modules() if module._forward_hooks] == []


# gradients


def test_numerical_gradient():
    x = array([[1, -2, 3], [0, 0.5, -1]])
    upstream = array([[1, 1, 0], [2, 4, -1]])
    np.testing.assert_allclose(properties.numerical_gradient(np.square, x, upstream), 2 * x * upstream, atol=1e-9)
    np.testing.assert_array_equal(x, [[1, -2, 3], [0, 0.5, -1]])
    both_outputs = properties.numerical_gradient(lambda x: (x.sum(0), "weights"), x, array([1, 10, 100]))
    np.testing.assert_allclose(both_outputs, [[1, 10, 100]] * 2, atol=1e-7)


def test_the_step_goes_both_ways_and_is_as_long_as_asked():
    with_abs = properties.numerical_gradient(np.abs, array([0.0, 1.0]), array([1, 1]), step=3)
    np.testing.assert_allclose(with_abs, [0, 1 / 3], atol=EXACT)  # (|1 + 3| - |1 - 3|) / 6
    cubed = properties.numerical_gradient(lambda x: x**3, array([2.0]), array([1]), step=1)
    np.testing.assert_allclose(cubed, [13], atol=EXACT)  # (27 - 1) / 2


def test_a_wrong_gradient_differs_from_the_numerical_one():
    x, upstream = noise(3, 4), noise(3, 4)
    right = upstream * np.cos(x)
    numerical = properties.numerical_gradient(np.sin, x, upstream)
    assert np.abs(numerical - right).max() < 1e-9
    assert np.abs(numerical + right).max() > 0.1


# exercises that are still to be written


def stub():
    raise NotImplementedError()


class Stub(nn.Module):
    def forward(self, x):
        raise NotImplementedError()


def calls_a_stub():
    return stub()


@pytest.mark.parametrize(
    ("call", "name"), [(stub, "stub"), (calls_a_stub, "stub"), (lambda: Stub()(torch.ones(1)), "Stub")]
)
def test_an_unwritten_exercise_is_named_and_ends_the_block(call, name, capsys):
    with when_written():
        call()
        print("never")
    assert capsys.readouterr().out == f"Not yet: write {name} first, then run this cell again.\n"


def test_a_written_exercise_is_run_and_nothing_is_said(capsys):
    with when_written():
        print("ran")
    assert capsys.readouterr().out == "ran\n"


@pytest.mark.parametrize("line", ["causal_mask(3)", "model.decoder", "{'f': lambda: model.decoder(Transformer)}"])
def test_what_is_given_and_what_is_only_an_attribute_is_nothing_to_write(line, capsys):
    cell = f"from autograder.blocks import Transformer, causal_mask\nwith when_written():\n    {line}"
    exec(cell, {"when_written": when_written, "model": SimpleNamespace(decoder=None)})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cached()", "Not right yet: mend train first"),
        ("causal_mask(3)", "Not yet: run the cell of causal_mask first, then this one again.\n"),
        ("padding_mask(3)", "Not right yet: mend padding_mask first"),
        ("model.decoder(1)", "This cell stopped in line 2: TypeError: 'NoneType' object is not callable."),
    ],
)
def test_what_is_missing_or_wrong_in_the_notebook_is_named(line, said, capsys):
    namespace: dict[str, Any] = {"__name__": "__main__", "when_written": when_written}
    namespace["model"] = SimpleNamespace(decoder=None)
    exec(
        "padding_mask = lambda ids: ids\ndef train():\n    raise ValueError\n\ndef calls():\n    return train()",
        namespace,
    )
    exec(f"with when_written():\n    {line}", namespace | {"cached": cache(namespace["calls"])})
    assert capsys.readouterr().out.startswith(said)


def stops(error: Exception):
    raise error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotImplementedError("no kernel for this"), "NotImplementedError: no kernel for this"),
        (ValueError(), "ValueError"),
        (KeyError("x"), "KeyError: 'x'"),
    ],
)
def test_any_other_error_is_told_with_its_line_and_stops_no_notebook(error, said, capsys):
    here = sys._getframe().f_lineno
    with when_written():
        stops(error)
    assert capsys.readouterr().out == (
        f"This cell stopped in line {here + 2}: {said}. Did you change something in it, or in what it uses?\n"
    )


HERE = """
from torch.nn import functional as F
from autograder.blocks import relu
def softmax(x): return x
class Mine: pass
decoder = Mine()
"""
USES = """
with when_written():
    F.cross_entropy, relu, decoder, {name}
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("F", ""),
        (
            "softmax",
            'Not right yet: mend softmax first (check("softmax") says what is wrong), then run this cell again.\n',
        ),
        ("encoder", "Not yet: run the cell of encoder first, then this one again.\n"),
    ],
)
def test_only_what_is_written_in_the_notebook_is_asked_for(name, said, capsys):
    namespace = {"__name__": "__main__", "when_written": when_written}
    exec(HERE, namespace)
    exec(USES.format(name=name), namespace)
    assert capsys.readouterr().out == said
