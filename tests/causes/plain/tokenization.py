import numpy as np


def build_vocabulary(sequences, specials=("<pad>", "<bos>", "<eos>")):
    symbols = set()
    for sequence in sequences:
        symbols.update(sequence)
    vocabulary = {symbol: number for number, symbol in enumerate(specials)}
    for symbol in sorted(symbols):
        if symbol not in vocabulary:
            vocabulary[symbol] = len(vocabulary)
    return vocabulary


def length_batches(lengths, tokens_per_batch):
    batches = []
    for index in np.argsort(lengths, kind="stable").tolist():
        if batches and lengths[index] * (len(batches[-1]) + 1) <= tokens_per_batch:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def pad_batch(sequences, pad_id=0):
    longest = max(len(sequence) for sequence in sequences)
    batch = np.full((len(sequences), longest), pad_id, dtype=np.int64)
    for row, sequence in enumerate(sequences):
        batch[row, : len(sequence)] = sequence
    return batch
