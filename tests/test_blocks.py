"""The modules that later units hand out: equal to the reference in everything, and no solution in disguise."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from autograder.random_inputs import Draw
from autograder.sandbox.watch import watched
from autograder.student import blocks
from transformer_ref.in_numpy import (
    attention,
    decoder,
    encoder,
    feed_forward,
    layer_norm,
    positional_encoding,
    transformer,
)
from transformer_ref.in_torch import attention as torch_attention
from transformer_ref.in_torch import decoder as torch_decoder
from transformer_ref.in_torch import encoder as torch_encoder
from transformer_ref.in_torch import feed_forward as torch_feed_forward
from transformer_ref.in_torch import layer_norm as torch_layer_norm
from transformer_ref.in_torch import positional_encoding as torch_positional_encoding
from transformer_ref.in_torch import transformer as torch_transformer

BATCH, TOKENS, SOURCE, HEADS, D_MODEL, D_FF, LAYERS = 3, 5, 7, 2, 8, 20, 3
SOURCE_FILE = Path(blocks.__file__)
ROOT = SOURCE_FILE.parents[2]
DRAW = Draw("blocks")

NUMPY_WING = {
    name: function
    for module in (attention, feed_forward, layer_norm, positional_encoding, encoder, decoder, transformer)
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__
}
TORCH_WING = {
    "MultiHeadAttention": (torch_attention, (D_MODEL, HEADS)),
    "FeedForward": (torch_feed_forward, (D_MODEL, D_FF)),
    "LayerNorm": (torch_layer_norm, (D_MODEL,)),
    "ResidualConnection": (torch_layer_norm, (D_MODEL,)),
    "PositionalEncoding": (torch_positional_encoding, (D_MODEL, 64)),
    "EncoderLayer": (torch_encoder, (D_MODEL, HEADS, D_FF)),
    "Encoder": (torch_encoder, (LAYERS, D_MODEL, HEADS, D_FF)),
    "DecoderLayer": (torch_decoder, (D_MODEL, HEADS, D_FF)),
    "Decoder": (torch_decoder, (LAYERS, D_MODEL, HEADS, D_FF)),
}


def pair(name: str, dropout: float = 0.0) -> tuple[nn.Module, nn.Module]:
    """A block and the reference's module with the same random weights, in evaluation mode."""
    home, sizes = TORCH_WING[name]
    options = {} if name == "LayerNorm" else {"dropout": dropout}
    block, reference = (getattr(place, name)(*sizes, **options).double().eval() for place in (blocks, home))
    for parameter in reference.parameters():
        parameter.data = torch.from_numpy(DRAW.normal(*parameter.shape, scale=0.6))
    block.load_state_dict(reference.state_dict())
    return block, reference


def weights_of(name: str) -> dict[str, np.ndarray]:
    return {key: tensor.numpy() for key, tensor in pair(name)[1].state_dict().items()}


def heads(tokens: int) -> np.ndarray:
    return DRAW.normal(BATCH, HEADS, tokens, 4)


X, MEMORY = DRAW.normal(BATCH, TOKENS, D_MODEL), DRAW.normal(BATCH, SOURCE, D_MODEL)
CAUSAL = np.tril(np.ones((TOKENS, TOKENS), dtype=bool))
SELF_MASKS = {"none": None, "causal": CAUSAL, "of samples": DRAW.mask(BATCH, 1, TOKENS, TOKENS)}
MEMORY_MASKS = {
    "none": None,
    "of keys": DRAW.mask(SOURCE),
    "padding": DRAW.mask(BATCH, 1, 1, SOURCE),
    "of heads": DRAW.mask(BATCH, HEADS, TOKENS, SOURCE),
}
QKV = heads(TOKENS), heads(SOURCE), DRAW.normal(BATCH, HEADS, SOURCE, 6)
LAYER = {name: weights_of(name) for name in TORCH_WING}

CALLS: dict[str, list[tuple]] = {
    "softmax": [(DRAW.normal(3, 5, 7, scale=300.0), axis) for axis in (-1, 0, 1)],
    "relu": [(X,)],
    "causal_mask": [(1,), (5,)],
    "padding_mask": [(np.array([[3, 0, 2, 0], [0, 2, 2, 1]]),), (np.array([[3, 0, 2], [2, 2, 1]]), 2)],
    "positional_encoding": [(100, 8), (3, 2)],
    "layer_norm": [(X, DRAW.normal(D_MODEL), DRAW.normal(D_MODEL), eps) for eps in (1e-5, 0.1)],
    "feed_forward": [(X, LAYER["FeedForward"]), (X[0, 0], LAYER["FeedForward"])],
    "scaled_dot_product_attention": [(*QKV, mask) for mask in MEMORY_MASKS.values()]
    + [(QKV[0][0, 0], QKV[1][0, 0], QKV[2][0, 0]), (*(x.swapaxes(0, 1)[::-1] for x in QKV), None)],
    "multi_head_attention": [
        (X, MEMORY, MEMORY[::-1], LAYER["MultiHeadAttention"], HEADS, mask) for mask in MEMORY_MASKS.values()
    ],
    "encoder_layer": [(X, LAYER["EncoderLayer"], HEADS, mask) for mask in SELF_MASKS.values()],
    "encoder": [(X, [LAYER["EncoderLayer"], weights_of("EncoderLayer")], HEADS, CAUSAL)],
    "decoder_layer": [(X, MEMORY, LAYER["DecoderLayer"], HEADS, CAUSAL, mask) for mask in MEMORY_MASKS.values()],
    "decoder": [
        (X, MEMORY, [LAYER["DecoderLayer"], weights_of("DecoderLayer")], HEADS, CAUSAL, MEMORY_MASKS["padding"])
    ],
}
CALLS |= {
    "softmax_backward": [(DRAW.normal(3, 7), attention.softmax(DRAW.normal(3, 7), axis), axis) for axis in (-1, 0)],
    "scaled_dot_product_attention_backward": [
        (DRAW.normal(BATCH, HEADS, TOKENS, 6), *call) for call in CALLS["scaled_dot_product_attention"][:4]
    ],
    "layer_norm_backward": [(DRAW.normal(*X.shape), X, DRAW.normal(D_MODEL), eps) for eps in (1e-5, 0.1)],
}
CALLS |= {
    f"{name}_backward": [(DRAW.normal(*call[0].shape), *call) for call in CALLS[name]]
    for name in ("feed_forward", "multi_head_attention", "encoder_layer", "decoder_layer")
}


def leaves(value) -> list[np.ndarray]:
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    if isinstance(value, (tuple, list)):
        return [leaf for entry in value for leaf in leaves(entry)]
    return [value]


def largest_gap(got: object, expected: object) -> float:
    got, expected = leaves(got), leaves(expected)
    assert [(a.shape, a.dtype) for a in got] == [(a.shape, a.dtype) for a in expected]
    return max(float(np.abs(a.astype(float) - b.astype(float)).max()) for a, b in zip(got, expected, strict=True))


# ---- the NumPy track


@pytest.mark.parametrize("name", CALLS)
def test_every_function_gives_what_the_reference_gives(name):
    for arguments in CALLS[name]:
        assert largest_gap(getattr(blocks, name)(*arguments), NUMPY_WING[name](*arguments)) < 1e-12


@pytest.mark.parametrize("name", CALLS)
def test_every_function_has_the_references_signature(name):
    own, reference = (inspect.signature(f).parameters.values() for f in (getattr(blocks, name), NUMPY_WING[name]))
    assert [(p.name, p.default) for p in own] == [(p.name, p.default) for p in reference]


@pytest.mark.parametrize("name", CALLS)
def test_no_function_changes_what_it_is_given(name):
    for arguments in CALLS[name]:
        arrays = [leaf for leaf in leaves(arguments) if isinstance(leaf, np.ndarray)]
        before = [array.copy() for array in arrays]
        getattr(blocks, name)(*arguments)
        assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_weights_that_a_function_does_not_need_are_ignored():
    spare = LAYER["EncoderLayer"] | {"residual3.norm.gamma": DRAW.normal(D_MODEL)}
    assert (
        largest_gap(blocks.encoder_layer(X, spare, HEADS), blocks.encoder_layer(X, LAYER["EncoderLayer"], HEADS)) == 0
    )
    assert blocks.encoder_layer_backward(X, X, spare, HEADS)[1].keys() == LAYER["EncoderLayer"].keys()


def test_wrong_shapes_are_refused_in_both_tracks():
    with pytest.raises(ValueError, match=r"`beta` of `layer_norm` has the shape \(7,\)"):
        blocks.layer_norm(X, np.ones(D_MODEL), np.ones(D_MODEL - 1))
    with pytest.raises(ValueError, match=r"`k` of `MultiHeadAttention` has the shape \(2, 3, 8\)"):
        blocks.MultiHeadAttention(D_MODEL, HEADS)(torch.ones(1, 3, D_MODEL), *torch.ones(2, 2, 3, D_MODEL))


def test_the_random_numbers_of_the_caller_are_left_alone():
    torch.manual_seed(3)
    state = torch.get_rng_state()
    blocks.encoder_layer(X, LAYER["EncoderLayer"], HEADS)
    assert torch.equal(torch.get_rng_state(), state)


# ---- the PyTorch track


def run(name: str, module: nn.Module, mask: str = "none") -> tuple:
    """The tensors that go into a module, and what comes out."""
    x, memory = (torch.from_numpy(array).requires_grad_() for array in (X, MEMORY))
    own, other = (
        None if masks.get(mask) is None else torch.from_numpy(masks[mask]) for masks in (SELF_MASKS, MEMORY_MASKS)
    )
    if name == "MultiHeadAttention":
        return [x, memory], module(x, memory, memory.flip(0), other)
    if name == "ResidualConnection":
        return [x], module(x, lambda x: 3 * x.roll(1, dims=-1))
    if name.startswith("Decoder"):
        return [x, memory], module(x, memory, own, other)
    return [x], module(x, own) if name.startswith("Encoder") else module(x)


def outcome(name: str, module: nn.Module, mask: str) -> list[np.ndarray]:
    """The outputs and all gradients from a random upstream gradient."""
    inputs, output = run(name, module, mask)
    outputs = output if isinstance(output, tuple) else (output,)
    upstream = torch.from_numpy(Draw("upstream").normal(*outputs[0].shape))
    found = torch.autograd.grad(outputs[0], [*inputs, *module.parameters()], upstream, retain_graph=True)
    return [tensor.detach().numpy() for tensor in (*outputs, *found)]


@pytest.mark.parametrize("mask", sorted(SELF_MASKS | MEMORY_MASKS))
@pytest.mark.parametrize("name", TORCH_WING)
def test_every_module_and_its_gradients_are_the_references(name, mask):
    block, reference = pair(name)
    assert largest_gap(outcome(name, block, mask), outcome(name, reference, mask)) < 1e-12


@pytest.mark.parametrize("name", TORCH_WING)
def test_every_module_has_the_references_state_dict_and_arguments(name):
    block, reference = pair(name)
    assert list(block.state_dict()) == list(reference.state_dict())
    own, others = (inspect.signature(type(module)).parameters.values() for module in (block, reference))
    assert [(p.name, p.default) for p in own] == [(p.name, p.default) for p in others]


@pytest.mark.parametrize("name", sorted(TORCH_WING.keys() - {"LayerNorm"}))
def test_dropout_keeps_the_expectation_in_training_and_does_nothing_in_evaluation(name):
    block, reference = pair(name, dropout=0.25)
    plain, again, expected = (run(name, module)[1] for module in (block, block, reference))
    if name == "MultiHeadAttention":
        plain, again, expected = plain[0], again[0], expected[0]
    assert torch.equal(plain, again)
    assert torch.allclose(plain, expected, rtol=0, atol=1e-12)
    torch.manual_seed(0)
    block.train()
    averaged = name in ("MultiHeadAttention", "FeedForward", "PositionalEncoding")
    runs = [run(name, block)[1] for _ in range(300 if averaged else 20)]
    many = torch.stack([one[0] if name == "MultiHeadAttention" else one for one in runs])
    assert many.std(dim=0).max() > 0.05
    if averaged:
        assert ((many.mean(dim=0) - plain).abs() <= 6 * many.std(dim=0) / 300**0.5 + 1e-9).all()


def test_a_query_that_sees_nothing_gets_a_finite_output_and_a_finite_gradient():
    nothing = np.zeros((TOKENS, TOKENS), dtype=bool)
    assert np.isfinite(blocks.encoder_layer(X, LAYER["EncoderLayer"], HEADS, nothing)).all()
    assert all(
        np.isfinite(g).all() for g in leaves(blocks.encoder_layer_backward(X, X, LAYER["EncoderLayer"], HEADS, nothing))
    )
    module = pair("Encoder")[0].float()
    x = torch.from_numpy(X).float().requires_grad_()
    output = module(x, torch.from_numpy(nothing))
    (gradient,) = torch.autograd.grad(output.square().sum(), x)
    assert output.dtype == torch.float32
    assert bool(torch.isfinite(output).all() and torch.isfinite(gradient).all())


@pytest.mark.parametrize("score", [-1e4, 1e4])
def test_a_hidden_key_stays_hidden_however_extreme_the_scores_are(score):
    q, k, v = np.full((TOKENS, 4), 100.0), np.full((SOURCE, 4), score / 200), DRAW.normal(SOURCE, 6)
    seen = DRAW.mask(TOKENS, SOURCE)
    weights = blocks.scaled_dot_product_attention(q, k, v, seen)[1]
    assert largest_gap(weights, seen / seen.sum(axis=-1, keepdims=True)) < 1e-12


@pytest.mark.parametrize("broken", [blocks.MultiHeadAttention, blocks.EncoderLayer])
def test_an_indivisible_d_model_is_refused_with_both_numbers(broken):
    with pytest.raises(ValueError, match=r"3.*10"):
        broken(10, 3) if broken is blocks.MultiHeadAttention else broken(10, 3, D_FF)


# ---- the whole model

SRC_IDS, TGT_IDS = np.array([[4, 2, 7, 0, 3, 0], [1, 0, 2, 2, 5, 8]]), np.array([[1, 5, 0, 2], [1, 9, 9, 0]])
WHOLE = {"d_model": D_MODEL, "num_heads": HEADS, "num_layers": LAYERS, "d_ff": D_FF, "max_len": 12}


def whole_models(pad_id: int, dropout: float = 0.0) -> tuple[nn.Module, nn.Module]:
    """The block and the reference's model with the same random weights, in evaluation mode."""
    block, reference = (
        place.Transformer(9, 11, **WHOLE, pad_id=pad_id, dropout=dropout).double().eval()
        for place in (blocks, torch_transformer)
    )
    for parameter in reference.parameters():
        parameter.data = torch.from_numpy(DRAW.normal(*parameter.shape, scale=0.6))
    block.load_state_dict({name: parameter.data for name, parameter in reference.named_parameters()}, strict=False)
    return block, reference


@pytest.mark.parametrize("pad_id", [0, 2])
def test_the_whole_model_is_the_references_in_both_tracks(pad_id):
    block, reference = whole_models(pad_id)
    src, tgt = torch.from_numpy(SRC_IDS), torch.from_numpy(TGT_IDS)
    wanted = reference(src, tgt)
    assert (block(src, tgt) - wanted).abs().max() < 1e-12
    assert [name for name, _ in block.named_parameters()] == [name for name, _ in reference.named_parameters()]
    weights = {name: tensor.numpy() for name, tensor in reference.state_dict().items()}
    spare = weights | {"another.weight": np.zeros((2, 2))}
    ours = blocks.transformer(SRC_IDS, TGT_IDS, spare, HEADS, LAYERS, pad_id)
    assert np.abs(ours - wanted.detach().numpy()).max() < 1e-12


def test_the_whole_model_learns_as_the_reference_does():
    gradients = []
    for model in whole_models(0):
        loss = model(torch.from_numpy(SRC_IDS), torch.from_numpy(TGT_IDS)).square().sum()
        found = torch.autograd.grad(loss, list(model.parameters()))
        gradients.append(torch.cat([gradient.flatten() for gradient in found]))
    assert (gradients[0] - gradients[1]).abs().max() < 1e-9


@pytest.mark.parametrize("training", [True, False])
def test_greedy_decoding_is_the_references(training):
    block, reference = (model.train(training) for model in whole_models(0, dropout=0.5))
    said = [place.greedy_decode(reference, torch.from_numpy(SRC_IDS), 1, 2, 7) for place in (blocks, torch_transformer)]
    assert torch.equal(*said)
    assert torch.equal(blocks.greedy_decode(block, torch.from_numpy(SRC_IDS), 1, 2, 7), said[0])
    assert block.training is reference.training is training


# ---- where they are used


def test_the_blocks_work_while_the_ready_made_answers_refuse():
    with watched("torch") as used:
        for name in TORCH_WING:
            run(name, pair(name)[0])
        for name, calls in CALLS.items():
            getattr(blocks, name)(*calls[0])
    assert used == {}


def test_the_file_can_be_loaded_with_no_more_of_the_package_than_a_worker_has():
    source = (
        "import importlib.util, sys; sys.path[:] = [p for p in sys.path if p not in ('', sys.argv[2])];"
        "spec = importlib.util.spec_from_file_location('blocks', sys.argv[1]);"
        "blocks = importlib.util.module_from_spec(spec); spec.loader.exec_module(blocks);"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('autograder', 'transformer_ref', 'jaxtyping')))"
    )
    arguments = [sys.executable, "-I", "-c", source, str(SOURCE_FILE), str(ROOT)]
    loaded = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert loaded == "['autograder', 'autograder.protocol', 'autograder.protocol.shapes']\n"


# ---- what they do not tell


def statements(path: Path) -> set[str]:
    """What a file's functions compute, constructors and bare names aside."""
    functions = [f for f in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(f, ast.FunctionDef)]
    lines = [s for f in functions if f.name != "__init__" for s in f.body if isinstance(s, (ast.Return, ast.Assign))]
    return {ast.unparse(line) for line in lines if not isinstance(line.value, (ast.Name, ast.Constant))}


GIVEN_LINE = "return re.findall(' ?\\\\S+|\\\\s', text)"


def test_the_file_holds_no_line_of_a_solution():
    answers = [*ROOT.glob("transformer_ref/*/*.py"), *ROOT.glob("solutions/*.py")]
    assert len(answers) > 10
    given = {GIVEN_LINE}  # the tool of unit 8, which its lesson gives
    here = statements(SOURCE_FILE) - given
    for path in answers:
        assert not statements(path) & here, path


def test_the_file_multiplies_no_matrices_and_computes_no_formula_of_the_paper():
    tree = ast.parse(SOURCE_FILE.read_text(encoding="utf-8"))
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not any(isinstance(node, ast.MatMult) for node in ast.walk(tree))
    assert not called & {
        "exp",
        "sqrt",
        "rsqrt",
        "mean",
        "var",
        "std",
        "sin",
        "cos",
        "matmul",
        "einsum",
        "bmm",
        "maximum",
    }
