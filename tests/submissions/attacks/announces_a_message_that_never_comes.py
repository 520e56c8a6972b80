# Announces a message of a megabyte and then sends nothing more.
# outcome: timed out
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import os

from autograder.protocol import wire


def send(*messages):
    for descriptor in range(3, 128):
        for message in messages:
            try:
                os.write(descriptor, message)
            except OSError:
                break


def job(name, number, **more):
    stage = {"stage": ["job", f"{name} {number}"], "arrays": {"output": np.zeros((3, 5))}, "facts": {}}
    return wire.encode(stage | more)


def softmax(x, axis=-1):
    send(b"\0\x10\0\0" + bytes(4))
    os.closerange(3, 2)
    while True:
        pass
    return np.zeros_like(x)
