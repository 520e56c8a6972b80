"""A tiny model whose only layer is a student's attention: it learns what each kind of word looks for.

A sentence goes in, and every word answers with one of its words: an article with its noun, a noun with its verb. Every
word has a query and a key, both learned. The output of attention, where the values are the words themselves, is how
probable the model finds each answer. It is never told where to look, only which answers are right.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WORDS = {
    "article": ("the", "a"),
    "noun": ("cat", "dog", "fish", "bird"),
    "verb": ("sleeps", "ran", "ate", "sang"),
    "joining word": ("because", "and"),
    "pronoun": ("it", "she"),
}
ANSWERS = {"article": "noun", "noun": "verb", "verb": "noun", "joining word": "verb", "pronoun": "noun"}
SENTENCE = ("article", "noun", "verb", "joining word", "pronoun", "verb")  # a training sentence, before it is shuffled
NEVER_TOGETHER = ("cat", "sleeps")  # so that a sentence with both is new to the model
FEATURES, SENTENCES, RATE, SEED = 8, 32, 1.0, 1706

_KIND = {word: kind for kind, words in WORDS.items() for word in words}
_ID = {word: number for number, word in enumerate(_KIND)}
_IS_RIGHT = np.array([[ANSWERS[_KIND[asking]] == _KIND[other] for other in _KIND] for asking in _KIND])


class WordFinder:
    """The model. `attention(q, k, v)` returns output and weights, as `scaled_dot_product_attention` does."""

    def __init__(self, attention: Callable[..., Any]) -> None:
        self.attention, self.generator = attention, np.random.default_rng(SEED)
        self.queries, self.keys = self.generator.normal(0, 0.3, (2, len(_ID), FEATURES))

    def look(self, words: Sequence[str]) -> np.ndarray:
        """The attention weights (words, words) of a sentence. Raises KeyError for a word that the model has not."""
        return np.asarray(self._run(np.array([_ID[word] for word in words]))[1])

    def train(self, steps: int = 200) -> list[float]:
        """Take so many steps, each on a few new sentences; the loss before each of them."""
        return [self._step() for _ in range(steps)]

    def _step(self) -> float:
        """Make the right answers of some sentences a little more probable.

        A word's weight on a right answer goes up, and on every other word down, in proportion to what it is: for the
        loss -log(probability of the right answers), that is the gradient of the scores.
        """
        ids = self._draw_sentences()
        answers, weights = self._run(ids)
        found = np.maximum((answers * _IS_RIGHT[ids]).sum(axis=-1), 1e-12)
        hits = _IS_RIGHT[ids[:, :, None], ids[:, None, :]]
        by_score = (weights - weights * hits / found[..., None]) / np.sqrt(FEATURES) / SENTENCES
        by_query, by_key = np.zeros(self.queries.shape), np.zeros(self.keys.shape)
        np.add.at(by_query, ids, by_score @ self.keys[ids])
        np.add.at(by_key, ids, np.einsum("sqk,sqf->skf", by_score, self.queries[ids]))
        self.queries -= RATE * by_query
        self.keys -= RATE * by_key
        return float(-np.log(found).mean())

    def _run(self, ids: np.ndarray) -> tuple[Any, Any]:
        """The probabilities (..., words, vocabulary) of each word's answer, and the weights (..., words, words)."""
        return self.attention(self.queries[ids], self.keys[ids], np.eye(len(_ID))[ids])

    def _draw_sentences(self) -> np.ndarray:
        """The ids (sentences, words) of new sentences, whose words are shuffled: attention does not see their order."""
        first, last = (_ID[word] for word in NEVER_TOGETHER)
        kinds = [np.array([_ID[word] for word in WORDS[kind]]) for kind in SENTENCE]
        ids = np.stack([self.generator.choice(ids, SENTENCES) for ids in kinds], axis=1)
        has_first = (ids == first).any(axis=1, keepdims=True)
        ids = np.where(has_first & (ids == last), _ID["ran"], ids)
        return self.generator.permuted(ids, axis=1)
