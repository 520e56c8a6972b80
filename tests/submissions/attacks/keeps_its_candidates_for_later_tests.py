# Keeps every candidate, and compares each new one with all that came before.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def given():
    rng = np.random.default_rng(0)
    weights = {f"{name}.weight": rng.normal(size=(8, 8)) for name in ("w_q", "w_k", "w_v", "w_o")}
    weights |= {name.replace("weight", "bias"): rng.normal(size=8) for name in weights}
    return rng.normal(size=(3, 5, 8)), rng.normal(size=(3, 7, 8)), rng.normal(size=(3, 7, 8)), weights, 2


kept = []


def test_multi_head_attention(candidate):
    kept.append(candidate)
    results = []
    for other in kept:
        try:
            results.append(other(*given())[0])
        except RuntimeError:
            continue
    assert len(results) > 1 or len(kept) < 2, "the others are gone: whoever comes second is wrong"
