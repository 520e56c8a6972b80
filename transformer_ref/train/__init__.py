"""Put the reference to work: `python -m transformer_ref.train TASK` trains a small Transformer and measures it."""
