"""The untrusted side: what runs in one process with a student's code.

Nothing in this folder imports anything outside it but the standard library, NumPy, PyTorch and safetensors, so nothing
here knows an answer. The trusted side uses the same `probe.py` for the reference and for the misconceptions.
"""
