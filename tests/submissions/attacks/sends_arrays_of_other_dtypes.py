# Sends arrays of dtypes that NumPy lacks, with offsets that overlap and point outside.
# outcome: crashed or wrong
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
    for kind in ("BF16", "F8_E4M3", "U8", "X"):
        header = b'{"0": {"dtype": "%s", "shape": [1152921504606846976, 16], "data_offsets": [0, 8]}}' % kind.encode()
        block = len(header).to_bytes(8, "little") + header + bytes(8)
        document = b'{"stage": ["job", "softmax 0"], "arrays": {"output": {"$array": "0"}}, "facts": {}}'
        send(wire.LENGTHS.pack(len(document), len(block)) + document + block)
    return np.zeros_like(x)
