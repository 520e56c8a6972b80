"""The tiny model of unit 2 learns what each kind of word looks for, with whatever attention a student wrote."""

import numpy as np
import pytest

from autograder.word_finder import WordFinder
from transformer_ref.in_numpy.attention import scaled_dot_product_attention

NEW = ["the", "cat", "sleeps", "because", "it", "ran"]
NOUN, VERBS = 1, [2, 5]


@pytest.fixture(scope="module")
def trained() -> tuple[WordFinder, list[float]]:
    model = WordFinder(scaled_dot_product_attention)
    return model, model.train(steps=200)


def test_before_training_every_word_looks_nearly_everywhere():
    looked = WordFinder(scaled_dot_product_attention).look(NEW)
    assert looked.shape == (6, 6)
    assert np.abs(looked - 1 / 6).max() < 0.1


def test_it_learns_where_the_right_answers_are_in_a_sentence_that_is_new(trained):
    model, losses = trained
    looked = model.look(NEW)
    assert losses[0] > 1 and losses[20] < losses[0] / 2 and losses[-1] < 0.01
    assert looked[[0, 2, 4, 5], NOUN].min() > 0.99
    assert looked[[1, 3]][:, VERBS].sum(axis=1).min() > 0.99


def test_it_sees_no_order(trained):
    model, _ = trained
    order = [3, 0, 5, 1, 4, 2]
    np.testing.assert_allclose(model.look([NEW[i] for i in order]), model.look(NEW)[order][:, order], atol=1e-12)


def test_the_same_attention_learns_the_same(trained):
    assert WordFinder(scaled_dot_product_attention).train(steps=5) == trained[1][:5]


def test_the_new_sentence_is_new():
    model = WordFinder(scaled_dot_product_attention)
    drawn = np.concatenate([model._draw_sentences() for _ in range(200)])
    cat, sleeps = ((drawn == number).any(axis=1) for number in (2, 6))
    assert cat.any() and sleeps.any() and not (cat & sleeps).any()


def test_its_steps_go_down_the_gradient():
    def loss(model: WordFinder) -> float:
        model.generator = np.random.default_rng(5)
        return WordFinder.train(model, steps=1)[0]

    model = WordFinder(scaled_dot_product_attention)
    for table in ("queries", "keys"):
        before = getattr(model, table).copy()
        kept = model.queries.copy(), model.keys.copy()
        loss(model)
        moved = before - getattr(model, table)
        place = np.unravel_index(np.abs(moved).argmax(), moved.shape)
        steps = []
        for small in (1e-5, -1e-5):
            model.queries, model.keys = kept[0].copy(), kept[1].copy()
            getattr(model, table)[place] += small
            steps.append(loss(model))
        model.queries, model.keys = kept
        words = 6  # the loss is a mean over words, and the step is for their sum
        assert moved[place] == pytest.approx(words * (steps[0] - steps[1]) / 2e-5, rel=1e-4)


def test_an_attention_that_ignores_scores_learns_nothing():
    def even(q, k, v):
        shares = np.full((*q.shape[:-1], k.shape[-2]), 1 / k.shape[-2])
        return shares @ v, shares

    model = WordFinder(even)
    losses = model.train(steps=50)
    assert losses[-1] == pytest.approx(losses[0], abs=0.3)
    assert (model.look(NEW) == 1 / 6).all()
