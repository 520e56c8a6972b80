"""`python -m transformer_ref.train`: the data are as they should be, runs can be resumed, and scores are right."""

import datetime
import gzip
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from transformer_ref.in_torch.attention import ScaledDotProductAttention
from transformer_ref.in_torch.layer_norm import LayerNorm, ResidualConnection
from transformer_ref.in_torch.transformer import TokenEmbedding, Transformer
from transformer_ref.train.__main__ import main
from transformer_ref.train.ablation import ABLATIONS, step_without_shift
from transformer_ref.train.batches import endless, epoch, numbered
from transformer_ref.train.measures import distance, exact_match, sound_errors, translation_score
from transformer_ref.train.prepare.bible import LONGEST
from transformer_ref.train.run import Run
from transformer_ref.train.tasks import BOS, DATA, EOS, PAD, TASKS, Task, dates, reverse, sounds

SMALL = replace(reverse(1).settings, d_model=16, d_ff=32, steps=12, warmup=4)


@cache
def few_dates() -> Task:
    """The task with its first pairs alone; to go through all of them at every step takes seconds."""
    task = dates(1)
    return replace(task, train=task.train[:400])


@pytest.fixture
def few_reversals(monkeypatch) -> None:
    """What the command calls `reverse` has only the first pairs of the task."""

    def few(seed: int) -> Task:
        task = reverse(seed)
        return replace(task, train=task.train[:640], unseen=task.unseen[:40], answers=task.answers[:40])

    monkeypatch.setitem(TASKS, "reverse", few)


def small_run(seed: int = 1) -> Run:
    return Run(reverse(1), SMALL, seed)


def parameters(run: Run) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in run.model.parameters()])


# ---- data


def test_the_data_are_small_and_come_with_their_notices():
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 1.5e6
    notices = (DATA / "NOTICES.md").read_text(encoding="utf-8")
    for file in DATA.glob("*.gz"):
        assert f"## {file.name}" in notices
        assert (DATA.parent / "prepare" / f"{file.name.partition('.')[0]}.py").exists()


def test_every_date_is_one_and_none_of_the_unseen_is_learnt():
    task = dates(1)
    for pairs in (task.train, task.unseen):
        assert all(datetime.date.fromisoformat("".join(day)) for _, day in pairs)
    assert not {tuple(text) for text, _ in task.train} & {tuple(text) for text, _ in task.unseen}
    assert len(task.unseen) == 1000


def test_a_word_may_have_several_pronunciations_and_is_learnt_or_asked():
    task = sounds(1)
    assert not {tuple(word) for word, _ in task.train} & {tuple(word) for word, _ in task.unseen}
    assert any(len(known) > 1 for known in task.answers)
    assert all(said in known for (_, said), known in zip(task.unseen, task.answers, strict=True))
    assert not any(phoneme[-1].isdigit() for _, said in task.train for phoneme in said)


def test_no_verse_comes_twice_in_either_language():
    lines = gzip.decompress((DATA / "bible.tsv.gz").read_bytes()).decode().splitlines()
    for side in zip(*(line.split("\t") for line in lines), strict=True):
        words = [tuple(re.findall("[a-z]+", text.lower())) for text in side]
        assert len(set(words)) == len(words) > 8000
        assert max(map(len, side)) <= LONGEST


def test_a_seed_decides_what_is_held_out():
    assert dates(1).unseen == dates(1).unseen
    assert dates(1).unseen != dates(2).unseen


# ---- batches


def test_an_epoch_has_every_pair_once_and_batches_of_the_size_that_is_asked_for():
    run = Run(few_dates(), SMALL, 1)
    batches = epoch(run.ids, 512, seed=1, number=0)
    sentences = [tuple(i for i in row if i != PAD) for src, _ in batches for row in src.tolist()]
    assert sorted(sentences) == sorted(tuple(src) for src, _ in run.ids)
    assert all(max(src.numel(), tgt.numel()) <= 512 for src, tgt in batches)
    assert all((tgt[:, 0] == BOS).all() and (tgt == EOS).any(dim=1).all() for _, tgt in batches)


def test_the_order_depends_on_the_seed_and_the_epoch_alone():
    ids = numbered(reverse(1).train, reverse(1).vocabularies())
    first, again, other = (next(endless(ids, 288, seed)) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])
    assert not torch.equal(epoch(ids, 288, 1, 0)[0][0], epoch(ids, 288, 1, 1)[0][0])


# ---- runs


def test_a_run_can_be_repeated():
    runs = [small_run(), small_run(), small_run(seed=2)]
    for run in runs:
        run.train(5)
    assert torch.equal(parameters(runs[0]), parameters(runs[1]))
    assert runs[0].losses == runs[1].losses
    assert not torch.equal(parameters(runs[0]), parameters(runs[2]))


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path):
    whole, stopped, resumed = small_run(), small_run(), small_run()
    whole.train()
    stopped.train(5)
    stopped.save(tmp_path / "checkpoint.pt")
    resumed.load(tmp_path / "checkpoint.pt")
    resumed.train()
    assert torch.equal(parameters(whole), parameters(resumed))
    assert whole.losses == resumed.losses


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    small_run().save(tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match="another seed or other settings"):
        small_run(seed=2).load(tmp_path / "checkpoint.pt")


def test_a_shared_embedding_is_one_matrix_for_one_vocabulary():
    run = Run(dates(1), replace(SMALL, shared=True), 1)
    source, target = run.vocabularies
    assert source == target
    assert source.keys() == {symbol for side in dates(1).vocabularies() for symbol in side}
    model = run.model
    assert model.src_embedding.embedding.weight is model.tgt_embedding.embedding.weight is model.output.weight
    before = model.output.weight.detach().clone()
    run.train(2)
    assert not torch.equal(model.src_embedding.embedding.weight, before)
    assert torch.equal(model.src_embedding.embedding.weight, model.output.weight)


def test_the_rate_rises_to_the_end_of_the_warm_up_and_falls_to_nothing():
    run = small_run()
    assert [run.rate(step) / SMALL.rate for step in (1, 4, 8, 12)] == pytest.approx([0.25, 1.0, 0.5, 0.0])


def test_what_is_said_ends_where_the_model_ends_it():
    run = small_run()
    said = run.say([list("abcdefgh"), list("hgfedcba")])
    assert len(said) == 2
    assert all(symbol in run.vocabularies[1] and symbol != "<eos>" for one in said for symbol in one)


@pytest.mark.usefixtures("few_reversals")
def test_the_command_trains_writes_and_resumes(tmp_path, capsys):
    common = ["reverse", "--folder", str(tmp_path), "--seed", "3", "--log", str(tmp_path / "log.jsonl")]
    main([*common, "--steps", "4"])
    for name in ("curves.svg", "attention.svg"):
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<?xml")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert scores["steps"] == 4
    assert scores["seed"] == 3
    assert 0 <= scores["exact match"] <= 100
    main([*common, "--steps", "4", "--resume"])
    assert "exact match" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="cannot resume"):
        main([*common, "--steps", "5", "--resume"])


# ---- ablation

SRC, TGT = torch.tensor([[5, 3, 9, 4, 7]]), torch.tensor([[BOS, 6, 8, 3]])


def small_model(*without: str) -> Transformer:
    return Run(reverse(1), replace(SMALL, without=without), 1).model.double().eval()


def moved(model: Transformer, src: torch.Tensor, tgt: torch.Tensor) -> float:
    """How far the first target position's logits are from those for SRC and TGT."""
    return (model(src, tgt)[:, 0] - model(SRC, TGT)[:, 0]).abs().max().item()


def first(model: Transformer, kind: type[torch.nn.Module]) -> Any:
    return next(part for part in model.modules() if isinstance(part, kind))


LATER = TGT.clone()
LATER[:, 2] = 10
PADDED = torch.nn.functional.pad(SRC, (0, 3))


@pytest.mark.parametrize(
    ("what", "src", "tgt"),
    [("causal-mask", SRC, LATER), ("padding-mask", PADDED, TGT), ("memory", SRC + 1, TGT)],
)
def test_an_answer_depends_on_a_part_of_the_input_or_not(what, src, tgt):
    whole, broken = moved(small_model(), src, tgt), moved(small_model(what), src, tgt)
    depends, does_not = (whole, broken) if what == "memory" else (broken, whole)
    assert depends > 1e-3
    assert does_not < 1e-12


def test_without_padding_mask_padding_of_the_target_is_seen_by_what_comes_after_it():
    hole = torch.tensor([[BOS, PAD, 8, 3]])
    logits = []
    for model in (small_model("padding-mask"), small_model()):
        before = model(SRC, hole)
        torch.nn.init.ones_(model.tgt_embedding.embedding.weight[PAD])
        logits.append((model(SRC, hole)[:, 3] - before[:, 3]).abs().max().item())
    assert logits[0] > 1e-3
    assert logits[1] < 1e-12


def test_without_positions_the_order_of_the_source_does_not_matter():
    shuffled = SRC[:, [3, 0, 4, 1, 2]]
    assert moved(small_model(), shuffled, TGT) > 1e-3
    assert moved(small_model("positions"), shuffled, TGT) < 1e-12


def test_without_residuals_what_the_sublayer_forgets_is_gone():
    x = torch.randn(2, 3, SMALL.d_model, dtype=torch.float64)
    assert first(small_model(), ResidualConnection)(x, torch.zeros_like).abs().max() > 0.1
    assert first(small_model("residuals"), ResidualConnection)(x, torch.zeros_like).abs().max() == 0


def test_without_residuals_the_sublayer_still_reads_its_input():
    x = torch.randn(2, 3, SMALL.d_model, dtype=torch.float64)
    layer = first(small_model("residuals"), ResidualConnection)
    assert torch.equal(layer(x, torch.tanh), layer.norm(torch.tanh(x)))


def test_without_scale_the_scores_are_the_products():
    q, k, v = torch.randn(3, 2, 5, 8, dtype=torch.float64)
    expected = torch.softmax(q @ k.transpose(1, 2), dim=-1)
    assert torch.allclose(first(small_model("scale"), ScaledDotProductAttention)(q, k, v)[1], expected)
    assert not torch.allclose(first(small_model(), ScaledDotProductAttention)(q, k, v)[1], expected)


def test_without_embedding_scale_vectors_are_rows_of_the_table():
    for what, factor in (("embedding-scale", 1), ("scale", SMALL.d_model**0.5)):
        part = first(small_model(what), TokenEmbedding)
        assert torch.allclose(part(SRC), factor * part.embedding.weight[SRC])


def test_without_layer_norm_what_comes_in_goes_out():
    x = 5 * torch.randn(2, 3, SMALL.d_model, dtype=torch.float64)
    assert torch.equal(first(small_model("layer-norm"), LayerNorm)(x), x)
    assert not torch.allclose(first(small_model(), LayerNorm)(x), x)


def test_without_shift_the_decoder_reads_what_it_is_asked_for():
    model, seen = small_model(), []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[1]))

    def loss_function(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        seen.append(labels)
        return logits.mean()

    step_without_shift(model, torch.optim.SGD(model.parameters(), lr=0.0), loss_function, SRC, TGT)
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], TGT[:, 1:])


@cache
def trained_with_all() -> tuple[dict[str, torch.Tensor], list[float]]:
    """The weights with which a run begins that leaves nothing out, and its first losses."""
    run = Run(few_dates(), SMALL, 1)
    weights = {name: parameter.detach().clone() for name, parameter in run.model.named_parameters()}
    run.train(3)
    return weights, run.losses


@pytest.mark.parametrize("what", ABLATIONS)
def test_each_ablation_begins_with_the_same_weights_and_learns_something_else(what):
    weights, losses = trained_with_all()
    broken = Run(few_dates(), replace(SMALL, without=(what,)), 1)
    own = dict(broken.model.named_parameters())
    assert all(torch.equal(parameter, own[name]) for name, parameter in weights.items())
    broken.train(3)
    assert losses != broken.losses


@pytest.mark.usefixtures("few_reversals")
def test_the_command_leaves_out_all_that_it_is_told_and_keeps_the_runs_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    common = ["reverse", "--steps", "2"]
    main([*common, "--without", "scale", "--without", "memory"])
    main(common)
    folders = {folder.name: folder for folder in (tmp_path / "build" / "train").iterdir()}
    left_out = {
        name: json.loads((folder / "scores.json").read_text(encoding="utf-8"))["without"]
        for name, folder in folders.items()
    }
    assert left_out == {"reverse-without-memory-without-scale": ["memory", "scale"], "reverse": []}
    other = str(folders["reverse-without-memory-without-scale"])
    with pytest.raises(SystemExit, match="cannot resume"):
        main([*common, "--folder", other, "--resume"])
    main([*common, "--without", "memory", "--without", "scale", "--folder", other, "--resume"])


# ---- measures


def test_the_distance_is_levenshteins():
    assert distance("kitten", "sitting") == 3
    assert distance("", "abc") == distance("abc", "") == 3
    assert distance("abc", "abc") == 0


def test_answers_are_measured_against_all_that_count_as_right():
    said, answers = [["A", "B"], ["C"]], [[["A", "X"], ["A", "B"]], [["D", "E"]]]
    assert exact_match(said, answers) == {"exact match": 50.0}
    assert sound_errors(said, answers) == {"phoneme error rate": 50.0, "word error rate": 50.0}


def test_bleu_clips_repetitions_and_punishes_what_is_short():
    right = ["the", "cat", "sat", "on", "the", "mat", "today"]
    assert translation_score([right], [[right]]) == {"BLEU": pytest.approx(100.0)}
    assert translation_score([["the"] * 7], [[right]]) == {"BLEU": 0.0}
    shorter = translation_score([right[:6]], [[right]])["BLEU"]
    assert shorter == pytest.approx(100 * 2.718281828459045 ** (1 - 7 / 6))


def test_the_prepared_files_are_read_from_the_package():
    assert Path(__file__).resolve().parent.parent / "transformer_ref" / "train" / "data" == DATA
