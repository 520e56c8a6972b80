"""The reference of unit 9: losses, Adam and clipping are PyTorch's, the way back is autograd's, and it learns."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.test_reference_transformer import HEADS, LAYERS, TGT_VOCABULARY, largest_gap, model, random, sentences
from transformer_ref.in_numpy import training as numpy_wing
from transformer_ref.in_torch import training as torch_wing
from transformer_ref.in_torch.transformer import Transformer, greedy_decode

BATCH, TOKENS, VOCABULARY = 3, 5, 11
EPSILONS = (0.0, 0.1, 0.4)


def logits_and_labels(pad_id: int = 0, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    labels = torch.randint(0, VOCABULARY, (BATCH, TOKENS), generator=torch.Generator().manual_seed(1))
    labels[0, 3:], labels[2, 1] = pad_id, pad_id
    return random(BATCH, TOKENS, VOCABULARY) * scale, labels


def pytorchs_loss(logits: Tensor, labels: Tensor, epsilon: float, pad_id: int) -> Tensor:
    return nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), ignore_index=pad_id, label_smoothing=epsilon
    )


def gradient_of(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


# ---- losses


def test_teacher_forcing_shifts_by_one_in_arrays_and_in_tensors():
    tgt = np.array([[1, 7, 8, 2, 0], [1, 9, 2, 0, 0]])
    for given in (tgt, torch.from_numpy(tgt)):
        decoder_input, labels = numpy_wing.teacher_forcing(given)
        assert decoder_input.tolist() == [[1, 7, 8, 2], [1, 9, 2, 0]]
        assert labels.tolist() == [[7, 8, 2, 0], [9, 2, 0, 0]]


@pytest.mark.parametrize("pad_id", [0, 4])
@pytest.mark.parametrize("epsilon", EPSILONS)
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_the_losses_of_both_wings_and_their_gradient_are_pytorchs(epsilon, pad_id, scale):
    logits, labels = logits_and_labels(pad_id, scale)
    expected = pytorchs_loss(logits.requires_grad_(), labels, epsilon, pad_id)
    expected.backward()
    arrays = logits.detach().numpy(), labels.numpy()
    assert numpy_wing.label_smoothing_loss(*arrays, epsilon, pad_id) == pytest.approx(expected.item(), rel=1e-12)
    assert torch_wing.LabelSmoothingLoss(epsilon, pad_id)(logits, labels).item() == pytest.approx(expected.item())
    gradient = numpy_wing.label_smoothing_loss_backward(*arrays, epsilon, pad_id)
    assert largest_gap(gradient, gradient_of(logits)) < 1e-12
    assert (gradient[labels.numpy() == pad_id] == 0).all()
    if epsilon == 0:
        assert numpy_wing.cross_entropy(*arrays, pad_id) == pytest.approx(expected.item(), rel=1e-12)


def test_the_gradient_is_zero_where_the_model_says_exactly_the_smoothed_distribution():
    target = np.full(VOCABULARY, 0.1 / VOCABULARY)
    target[3] += 0.9
    assert np.abs(numpy_wing.label_smoothing_loss_backward(np.log(target)[None, None], np.array([[3]]))).max() < 1e-15


# ---- the optimizer


def test_the_learning_rate_rises_linearly_and_then_falls_with_the_root():
    rates = [numpy_wing.learning_rate(step, 512) for step in (1, 2000, 4000, 16000)]
    assert rates == pytest.approx([512**-0.5 * 4000**-1.5, rates[2] / 2, 512**-0.5 * 4000**-0.5, rates[2] / 2])
    for step in (0, -1):
        with pytest.raises(ValueError, match="steps count from 1"):
            numpy_wing.learning_rate(step, 512)


def test_adam_is_pytorchs():
    parameters = [nn.Parameter(random(3, 4)), nn.Parameter(random(5, seed=1))]
    optimizer = torch.optim.Adam(parameters, lr=0.03, betas=(0.9, 0.98), eps=1e-9)
    ours, state = {str(i): p.detach().numpy().copy() for i, p in enumerate(parameters)}, None
    for step in range(4):
        for i, parameter in enumerate(parameters):
            parameter.grad = random(*parameter.shape, seed=10 * step + i) * 10.0 ** (-4 * i)
        optimizer.step()
        gradients = {str(i): gradient_of(p).numpy() for i, p in enumerate(parameters)}
        ours, state = numpy_wing.adam_step(ours, gradients, state, 0.03)
        assert max(largest_gap(ours[str(i)], p) for i, p in enumerate(parameters)) < 1e-12


@pytest.mark.parametrize("max_norm", [0.5, 1e3])
def test_clipping_is_pytorchs(max_norm):
    parameters = [nn.Parameter(random(3, 4)), nn.Parameter(random(5, seed=1))]
    for parameter in parameters:
        parameter.grad = parameter.detach().clone()
    gradients = {str(i): gradient_of(p).numpy().copy() for i, p in enumerate(parameters)}
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    clipped, ours = numpy_wing.clip_gradients(gradients, max_norm)
    assert ours == pytest.approx(norm.item())
    assert max(largest_gap(clipped[str(i)], gradient_of(p)) for i, p in enumerate(parameters)) < 2e-6


# ---- the loop


def test_a_step_clips_steps_and_leaves_the_model_in_training():
    src, tgt = sentences()
    trained, expected = model(), model()
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (trained, expected)]
    loss_function = torch_wing.LabelSmoothingLoss()
    for _ in range(2):
        loss = torch_wing.train_step(trained, optimizers[0], loss_function, src, tgt, max_norm=0.3)
        optimizers[1].zero_grad()
        by_hand = pytorchs_loss(expected(src, tgt[:, :-1]), tgt[:, 1:], 0.1, 0)
        by_hand.backward()
        nn.utils.clip_grad_norm_(expected.parameters(), 0.3)
        optimizers[1].step()
        assert loss == pytest.approx(by_hand.item())
    assert trained.training
    for parameter, other in zip(trained.parameters(), expected.parameters(), strict=True):
        assert largest_gap(parameter, other) < 1e-12


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_weighs_every_label_the_same_and_restores_the_mode(training):
    src, tgt = sentences(seed=4)
    batches = [sentences(seed=3), (src[:2], tgt[:2])]
    evaluated = model(dropout=0.5).train(training)
    found = torch_wing.evaluate(evaluated, batches)
    plain = model()
    labels = torch.cat([tgt[:, 1:].flatten() for _, tgt in batches])
    logits = torch.cat([plain(src, tgt[:, :-1]).flatten(0, 1) for src, tgt in batches])
    assert found == pytest.approx(nn.functional.cross_entropy(logits, labels, ignore_index=0).item())
    assert evaluated.training is training
    assert evaluated.encoder.layers[0].training is training


def test_the_average_of_checkpoints_is_made_in_float64():
    states = [{"w": torch.tensor([w], dtype=torch.float16), "n": torch.tensor(i)} for i, w in enumerate((4e4, 6e4))]
    averaged = torch_wing.average_checkpoints(states)
    assert averaged["w"].dtype == torch.float16
    assert averaged["w"].item() == torch.tensor(5e4, dtype=torch.float16).item()
    assert averaged["n"].item() == 1


def reversals(count: int, length: int = 4, vocabulary: int = 8, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Sources and their reversals between BOS (1) and EOS (2)."""
    src = torch.randint(3, vocabulary, (count, length), generator=torch.Generator().manual_seed(seed))
    ends = torch.ones(count, 1, dtype=torch.long)
    return src, torch.cat((ends, src.flip(1), 2 * ends), dim=1)


def test_train_goes_round_the_batches_with_the_schedule_and_the_model_learns():
    torch.manual_seed(0)
    small = Transformer(8, 8, d_model=32, num_heads=2, num_layers=1, d_ff=64, dropout=0.0, max_len=8)
    for table in (small.src_embedding, small.tgt_embedding):
        nn.init.normal_(table.embedding.weight, std=32**-0.5)
    by_hand = copy.deepcopy(small)
    batches = [reversals(32, seed=seed) for seed in range(5)]
    losses = torch_wing.train(small, batches, steps=250, warmup_steps=100)
    assert len(losses) == 250
    src, tgt = reversals(50, seed=99)
    assert (greedy_decode(small, src, 1, 2, 5) == tgt[:, 1:]).all(dim=1).float().mean() > 0.8
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: numpy_wing.learning_rate(i + 1, 32, 100))
    for step in range(7):
        loss = torch_wing.train_step(by_hand, optimizer, torch_wing.LabelSmoothingLoss(), *batches[step % 5])
        schedule.step()
        assert losses[step] == pytest.approx(loss, rel=1e-5)


def test_a_run_trains_as_the_loop_does_and_measures_before_and_after_each_epoch():
    torch.manual_seed(0)
    run = Transformer(15, 15, d_model=32, num_heads=2, num_layers=1, d_ff=64, dropout=0.0)
    loop, untouched = copy.deepcopy(run), copy.deepcopy(run)
    batches, held_out = [reversals(4, seed) for seed in range(3)], [reversals(5, 7), reversals(2, 8)]
    log = torch_wing.training_run(run, batches, held_out, 2, 10)
    updates = {f"update {step}": loss for step, loss in enumerate(torch_wing.train(loop, batches, 6, 10), 1)}
    assert log == pytest.approx(
        updates
        | {"epoch 0": torch_wing.evaluate(untouched, held_out), "epoch 2": torch_wing.evaluate(loop, held_out)}
        | {"epoch 1": log["epoch 1"]}
    )
    assert log["epoch 2"] < log["epoch 1"] < log["epoch 0"]


# ---- the whole way back, in NumPy


@pytest.mark.parametrize("pad_id", [0, 3])
def test_the_whole_way_back_is_autograds(pad_id):
    torch_model, (src, tgt) = model(pad_id), sentences(pad_id)
    upstream = random(*tgt.shape, TGT_VOCABULARY, seed=9) * (tgt != pad_id)[..., None]
    torch_model(src, tgt).backward(upstream)
    weights = {name: tensor.numpy() for name, tensor in torch_model.state_dict().items()}
    before = copy.deepcopy(weights)
    ours = numpy_wing.transformer_backward(upstream.numpy(), src.numpy(), tgt.numpy(), weights, HEADS, LAYERS, pad_id)
    for name, parameter in torch_model.named_parameters():
        assert largest_gap(ours[name], gradient_of(parameter)) < 1e-9, name
    assert all(np.array_equal(weights[name], before[name]) for name in weights)
