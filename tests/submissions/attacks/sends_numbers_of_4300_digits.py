# Sends an error with numbers of 4300 digits for cell and line.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import json, os, struct, sys


def softmax(x, axis=-1):
    frame = sys._getframe()
    while frame and "result_fd" not in frame.f_locals:
        frame = frame.f_back
    number, job = frame.f_locals["result_fd"], frame.f_locals["job"]
    big = 10**4299
    choices = [
        {"error": {"cell": big, "line": big, "type": big, "message": big, "function": big}},
        {"error": {"cell": True, "line": True}},
        {"ready_made": {"cell": big, "line": -big, "name": big}},
        {"arrays": {}, "facts": {"a": "b" * 1000}},
        {"error": {}},
        {"ready_made": {}},
        {"missing": True},
        {"error": {"type": "x", "message": float("nan"), "cell": "\u0661", "line": 1}},
        {"arrays": [], "facts": {}},
    ]
    frame.f_globals["_send"](number, {"stage": ["job", job["id"]], **choices[int(job["id"]) % len(choices)]})
    raise SystemExit
