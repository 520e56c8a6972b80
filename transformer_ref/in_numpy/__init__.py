"""The paper as functions on arrays. Weights are a dict with the names and shapes of the PyTorch `state_dict`."""
