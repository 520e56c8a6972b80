"""How often the linear maps of a model are computed is seen, whatever function computes them."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder import syllabus
from autograder.exercise import Trial
from autograder.protocol.arguments import NextLogProbs, Translator
from autograder.protocol.counted_maps import MapsCounted
from autograder.protocol.probe import perform
from autograder.random_inputs import Draw

X = torch.randn(3, 5, 4)
WAYS = {
    "the module": lambda map, x: map(x),
    "linear": lambda map, x: F.linear(x, map.weight, map.bias),
    "matmul": lambda map, x: x @ map.weight.T,
    "einsum": lambda map, x: torch.einsum("bti,oi->bto", x, map.weight),
    "from the left": lambda map, x: (map.weight @ x.flatten(0, 1).T).T,
    "row by row": lambda map, x: torch.stack([map(row) for row in x.flatten(0, 1)]),
    "matrix times vector": lambda map, x: torch.stack([torch.mv(map.weight, row) for row in x.flatten(0, 1)]),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
@pytest.mark.parametrize("recording", [True, False])
def test_every_vector_that_a_map_is_computed_for_is_counted(way, recording):
    model = nn.ModuleDict({"map": nn.Linear(4, 6), "other": nn.Linear(4, 6)})
    with torch.set_grad_enabled(recording), MapsCounted(model) as counted:
        way(model["map"], X)
    assert dict(counted.rows) == {"map.weight": 15}


def test_looking_up_and_other_products_do_not_count():
    model = nn.ModuleDict({"embedding": nn.Embedding(7, 4)})
    with MapsCounted(model) as counted:
        model["embedding"](torch.tensor([1, 2])) @ torch.randn(4, 4)
    assert not counted.rows


def test_the_known_good_decoder_is_counted_inside_its_fused_attention():
    trial = Trial("CachedDecoder", "one-token", "a seed")
    construct = syllabus.probe_of(trial).actions[0]
    model = construct["arguments"][0].make("torch", None)
    with MapsCounted(model) as counted:
        model.decode(
            torch.ones(2, 6, dtype=torch.long), torch.zeros(2, 7, 8, dtype=torch.float64), torch.ones(2, 7).long()
        )
    assert counted.rows["decoder.layers.0.self_attention.w_k.weight"] == 12
    assert counted.rows["decoder.layers.0.cross_attention.w_v.weight"] == 14
    assert counted.rows["output.weight"] == 12


def test_decoding_all_tokens_anew_is_told():
    class Anew:
        def __init__(self, model: nn.Module) -> None:
            self.model = model

        def start(self, src: torch.Tensor) -> None:
            self.src, self.memory, self.tgt = src, self.model.encode(src), src[:, :0]  # type: ignore[operator]

        def step(self, tokens: torch.Tensor) -> torch.Tensor:
            self.tgt = torch.cat((self.tgt, tokens[:, None]), dim=1)
            return self.model.decode(self.tgt, self.memory, self.src)[:, -1]  # type: ignore[operator]

    seen = perform(syllabus.probe_of(Trial("CachedDecoder", "one-token", "a seed")), {"CachedDecoder": Anew})
    counts = [fact for name, fact in seen.facts.items() if "a map of the decoder is computed" in name]
    assert counts[0] == "1"
    assert float(counts[-1]) >= 3


def test_a_model_of_a_case_has_the_weights_that_it_is_given():
    action = syllabus.probe_of(Trial("CachedDecoder", "as-decode", "a seed")).actions[0]
    (described,) = action["arguments"]
    assert isinstance(described, Translator)
    model = described.make("torch", None)
    assert not model.training
    assert all(np.array_equal(p.detach().numpy(), described.weights[n]) for n, p in model.named_parameters())


@pytest.mark.parametrize("by_last", [True, False])
def test_a_language_depends_on_the_prefix_and_on_its_length(by_last):
    table = Draw("a language").normal(4, 5, 5)
    ask = NextLogProbs(table, by_last).make("numpy", None)
    assert ask(np.array([[1, 3], [2, 3]])).shape == (2, 5)
    same = np.array_equal(*ask(np.array([[1, 0, 3], [2, 2, 3]])))
    assert same is by_last
    assert not np.array_equal(ask(np.array([[3]])), ask(np.array([[3, 3]])))
