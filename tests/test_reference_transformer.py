"""The reference of unit 7: both wings agree, PyTorch's own layers agree, and the base model has the paper's size."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from autograder.protocol.arguments import ScriptedModel
from autograder.protocol.probe import Observation
from transformer_ref.in_numpy.transformer import transformer
from transformer_ref.in_torch.transformer import TokenEmbedding, Transformer, greedy_decode

BATCH, TGT, SRC, HEADS, LAYERS, D_MODEL, D_FF, SRC_VOCABULARY, TGT_VOCABULARY = 3, 5, 7, 2, 3, 8, 20, 11, 13
SRC_SHOWN = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]]).bool()
TGT_SHOWN = torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [1, 1, 0, 0, 1]]).bool()


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def model(pad_id: int = 0, dropout: float = 0.0, **options: int) -> Transformer:
    """A model whose parameters are all random, gains and shifts included."""
    sizes = {"d_model": D_MODEL, "num_heads": HEADS, "num_layers": LAYERS, "d_ff": D_FF, "max_len": 40} | options
    made = Transformer(SRC_VOCABULARY, TGT_VOCABULARY, **sizes, dropout=dropout, pad_id=pad_id).double().eval()
    with torch.no_grad():
        for i, parameter in enumerate(made.parameters()):
            parameter.copy_(random(*parameter.shape, seed=i) * 0.6)
    return made


def sentences(pad_id: int = 0, seed: int = 3) -> tuple[Tensor, Tensor]:
    """Source and target with padding at the end and in the middle."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for shown, vocabulary in ((SRC_SHOWN, SRC_VOCABULARY), (TGT_SHOWN, TGT_VOCABULARY)):
        ids = torch.randint(0, vocabulary - 1, shown.shape, generator=generator)
        found.append((ids + (ids >= pad_id)).masked_fill(~shown, pad_id))
    return found[0], found[1]


def largest_gap(got: Tensor | np.ndarray, expected: Tensor | np.ndarray) -> float:
    got, expected = (np.asarray(x.detach() if isinstance(x, Tensor) else x) for x in (got, expected))
    assert got.shape == expected.shape
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max())


# ---- both wings


@pytest.mark.parametrize("pad_id", [0, 3])
def test_both_wings_compute_the_same_logits_from_one_state_dict(pad_id):
    torch_model, (src, tgt) = model(pad_id), sentences(pad_id)
    weights = {name: tensor.numpy() for name, tensor in torch_model.state_dict().items()}
    ours = transformer(src.numpy(), tgt.numpy(), weights, HEADS, LAYERS, pad_id)
    assert largest_gap(ours, torch_model(src, tgt)) < 1e-9


def test_an_embedding_is_its_row_times_the_root_of_d_model():
    embedding = TokenEmbedding(SRC_VOCABULARY, 16).double()
    ids = torch.tensor([[3, 0, 3]])
    assert torch.equal(embedding(ids), embedding.embedding.weight[ids] * 4)


# ---- PyTorch's own layers


def renamed(state: dict[str, Tensor], attentions: dict[str, str]) -> dict[str, Tensor]:
    """The weights of one of our layers under the names that PyTorch's layer has for them."""
    found = {}
    for ours, theirs in attentions.items():
        for kind in ("weight", "bias"):
            fused = [state[f"{ours}.w_{role}.{kind}"] for role in "qkv"]
            found[f"{theirs}.in_proj_{kind}"] = torch.cat(fused)
            found[f"{theirs}.out_proj.{kind}"] = state[f"{ours}.w_o.{kind}"]
    found |= {name.removeprefix("feed_forward."): w for name, w in state.items() if name.startswith("feed_forward.")}
    for number in range(1, len(attentions) + 2):
        found[f"norm{number}.weight"] = state[f"residual{number}.norm.gamma"]
        found[f"norm{number}.bias"] = state[f"residual{number}.norm.beta"]
    return found


def pytorchs_own(ours: Transformer) -> nn.ModuleDict:
    """Stacks of PyTorch's layers with the same weights: post-norm, and no norm at the end."""
    options: dict[str, Any] = {"dropout": 0.0, "batch_first": True, "norm_first": False, "dtype": torch.float64}
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(D_MODEL, HEADS, D_FF, **options), LAYERS, norm=None, enable_nested_tensor=False
    )
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(D_MODEL, HEADS, D_FF, **options), LAYERS, norm=None)
    names = {"self_attention": "self_attn"}, {"self_attention": "self_attn", "cross_attention": "multihead_attn"}
    for own, stack, attentions in ((ours.encoder, encoder, names[0]), (ours.decoder, decoder, names[1])):
        for layer, theirs in zip(own.layers, stack.layers, strict=True):
            theirs.load_state_dict(renamed(layer.state_dict(), attentions))
    return nn.ModuleDict({"encoder": encoder, "decoder": decoder})


def logits_of_pytorchs_own(ours: Transformer, theirs: nn.ModuleDict, src: Tensor, tgt: Tensor) -> Tensor:
    """PyTorch's stacks between our embeddings and our output map; its masks say what is hidden."""
    src_hidden, future = src == ours.pad_id, torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(1)
    x = ours.positional_encoding(ours.src_embedding(src))
    memory = theirs["encoder"](x, src_key_padding_mask=src_hidden)
    y = ours.positional_encoding(ours.tgt_embedding(tgt))
    y = theirs["decoder"](
        y, memory, tgt_mask=future, tgt_key_padding_mask=tgt == ours.pad_id, memory_key_padding_mask=src_hidden
    )
    return ours.output(y)


@pytest.mark.parametrize("pad_id", [0, 3])
def test_the_model_is_pytorchs_own_layers_put_together_in_outputs_and_gradients(pad_id):
    ours, (src, tgt) = model(pad_id), sentences(pad_id)
    theirs = pytorchs_own(ours).train()  # without dropout; in evaluation PyTorch takes another way, without gradients
    upstream = random(BATCH, TGT, TGT_VOCABULARY, seed=50) * TGT_SHOWN[..., None]
    shared = [ours.src_embedding.embedding.weight, ours.tgt_embedding.embedding.weight, ours.output.weight]
    found = []
    for logits in (ours(src, tgt), logits_of_pytorchs_own(ours, theirs, src, tgt)):
        found.append((logits[TGT_SHOWN], *torch.autograd.grad((logits * upstream).sum(), shared)))
    assert all(largest_gap(a, b) < 1e-9 for a, b in zip(*found, strict=True))


# ---- what a whole model must obey


def test_no_position_hears_of_a_later_target_token_and_every_later_one_does():
    torch_model, (src, tgt) = model(), sentences()
    changed = tgt.clone()
    changed[0, 2] = tgt[0, 2] % (TGT_VOCABULARY - 1) + 1
    moved = (torch_model(src, changed) - torch_model(src, tgt)).abs().amax(dim=-1)[0]
    assert moved[:2].max() == 0
    assert moved[2:].min() > 1e-6


def test_padding_that_is_appended_changes_nothing():
    torch_model, (src, tgt) = model(), sentences()
    longer = [torch.cat((ids, torch.zeros(BATCH, 3, dtype=torch.int64)), dim=1) for ids in (src, tgt)]
    assert largest_gap(torch_model(*longer)[:, :TGT], torch_model(src, tgt)) < 1e-12


def test_a_sentence_does_not_depend_on_the_others_of_its_batch():
    torch_model, (src, tgt) = model(), sentences()
    alone = torch.cat([torch_model(src[i : i + 1], tgt[i : i + 1]) for i in range(BATCH)])
    assert largest_gap(alone, torch_model(src, tgt)) < 1e-12


def test_prefix_by_prefix_is_all_at_once():
    torch_model, (src, tgt) = model(), sentences()
    memory, whole = torch_model.encode(src), torch_model(src, tgt)
    for tokens in range(1, TGT + 1):
        assert largest_gap(torch_model.decode(tgt[:, :tokens], memory, src), whole[:, :tokens]) < 1e-12


def test_the_loss_at_the_start_is_about_the_logarithm_of_the_vocabulary():
    torch.manual_seed(0)
    fresh = Transformer(500, 400, d_model=64, num_heads=4, num_layers=2, d_ff=128)
    src, tgt, answers = (torch.randint(1, 400, (8, 12)) for _ in range(3))
    loss = nn.functional.cross_entropy(fresh(src, tgt).flatten(0, 1), answers.flatten())
    assert abs(loss.item() - np.log(400)) < 0.5


def test_a_sum_of_embedding_and_encoding_is_dropped_in_training_only():
    torch_model, (src, tgt) = model(dropout=0.5), sentences()
    assert torch.equal(torch_model(src, tgt), torch_model(src, tgt))
    torch.manual_seed(0)
    assert not torch.equal(torch_model.train()(src, tgt), torch_model(src, tgt))


# ---- the paper's base model


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_base_model_has_the_size_of_the_papers():
    with torch.device("meta"):  # shapes without memory
        base = Transformer(37000, 37000)
    stacks = parameters(base.encoder) + parameters(base.decoder)
    table = parameters(base.src_embedding)
    assert stacks == 6 * 3_152_384 + 6 * 4_204_032 == 44_138_496
    assert table == 37000 * 512 == 18_944_000
    assert parameters(base) == stacks + 3 * table + 37000 == 101_007_496
    shared = stacks + table  # one matrix for both embeddings and the output, as the paper has it, without a bias
    assert shared == 63_082_496
    assert 0.95 * 65e6 < shared < 65e6  # table 3: 65 million


# ---- decoding


def scripted(path, bos_id=1, eos_id=2, training=False):
    """A model that says these ids, one list for each row."""
    logits = np.eye(TGT_VOCABULARY, dtype=np.float32)[np.array(path).T]
    script = ScriptedModel(logits, SOURCE[: len(path)], bos_id, eos_id, training)
    return script.make("torch", Observation())


SOURCE = np.arange(4 * SRC).reshape(4, SRC)


def test_every_row_ends_with_its_own_end_and_padding_follows():
    path = [[5, 6, 2, 7, 8, 9, 9], [4, 4, 4, 2, 5, 5, 5], [2, 5, 5, 5, 5, 5, 5]]
    ids = greedy_decode(scripted(path), torch.from_numpy(SOURCE[:3]), bos_id=1, eos_id=2, max_len=6)
    assert ids.tolist() == [[5, 6, 2, 0], [4, 4, 4, 2], [2, 0, 0, 0]]


@pytest.mark.parametrize(("max_len", "expected"), [(1, [[5]]), (3, [[5, 6, 7]]), (9, [[5, 6, 7, 8, 2]])])
def test_there_are_at_most_max_len_tokens(max_len, expected):
    path = [[5, 6, 7, 8, 2, 9, 9, 9, 9, 9]]
    assert greedy_decode(scripted(path), torch.from_numpy(SOURCE[:1]), 1, 2, max_len).tolist() == expected


@pytest.mark.parametrize("training", [True, False])
def test_decoding_leaves_the_model_in_its_mode_and_records_no_gradients(training):
    torch_model = model(dropout=0.5).train(training)
    src, _ = sentences()
    first, second = (greedy_decode(torch_model, src, bos_id=1, eos_id=2, max_len=6) for _ in range(2))
    assert torch.equal(first, second)
    assert torch_model.training is training
    assert not first.requires_grad
    assert first.dtype == torch.int64


def test_greedy_decoding_takes_the_best_continuation_of_its_own_prefix():
    torch_model, (src, _) = model(), sentences()
    ids = greedy_decode(torch_model, src, bos_id=1, eos_id=99, max_len=6)
    whole = torch_model(src, torch.cat((torch.ones(BATCH, 1, dtype=torch.int64), ids), dim=1))
    assert torch.equal(whole[:, :-1].argmax(dim=-1), ids)


def test_a_model_that_leaves_its_script_says_something_else():
    told = scripted([[5, 6, 2, 7]])
    src = torch.from_numpy(SOURCE[:1])
    memory = told.encode(src)
    assert told.decode(torch.tensor([[1, 5]]), memory, src).argmax(dim=-1).tolist() == [[5, 6]]
    assert told.decode(torch.tensor([[1, 4]]), memory, src).argmax(dim=-1).tolist() == [[5, 7]]
    assert told.decode(torch.tensor([[5]]), memory, src).argmax(dim=-1).tolist() == [[10]]
    assert told.decode(torch.tensor([[1]]), memory + 1, src).argmax(dim=-1).tolist() == [[6]]
    with pytest.raises(TypeError, match=r"model\.encode"):
        told(src, src)
