# Calls its candidate in threads that go on when the test is over, and in those that follow.
# outcome: wrong or crashed
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


import threading


def test_multi_head_attention(candidate):
    def ask():
        for _ in range(50):
            try:
                candidate(*given())
            except Exception:
                pass

    for _ in range(2):
        threading.Thread(target=ask, daemon=True).start()
