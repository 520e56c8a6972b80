"""What both sides of the sandbox share: probes, their arguments, how an error is described, and the bytes between.

Nothing here knows an answer: it imports the standard library, NumPy, safetensors and, where a probe needs it, PyTorch.
"""
