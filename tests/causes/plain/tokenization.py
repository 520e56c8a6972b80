from collections import Counter

import numpy as np

from autograder.blocks import pieces


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


def merge_pair(symbols, pair):
    merged, place = [], 0
    while place < len(symbols):
        if tuple(symbols[place : place + 2]) == pair:
            merged.append(symbols[place] + symbols[place + 1])
            place += 2
        else:
            merged.append(symbols[place])
            place += 1
    return merged


def train_bpe(text, num_merges):
    words = Counter(pieces(text))
    split = {word: [bytes([byte]) for byte in word.encode("utf-8")] for word in words}
    merges = []
    for _ in range(num_merges):
        counts = Counter()
        for word, frequency in words.items():
            symbols = split[word]
            for pair in zip(symbols, symbols[1:], strict=False):
                counts[pair] += frequency
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        for word in words:
            split[word] = merge_pair(split[word], best)
    return merges


def bpe_encode(text, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    numbers = {bytes([byte]): byte for byte in range(256)}
    for rank, (left, right) in enumerate(merges):
        numbers[left + right] = 256 + rank
    ids = []
    for word in pieces(text):
        symbols = [bytes([byte]) for byte in word.encode("utf-8")]
        while len(symbols) > 1:
            pairs = list(zip(symbols, symbols[1:], strict=False))
            best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
            if best not in ranks:
                break
            symbols = merge_pair(symbols, best)
        ids.extend(numbers[symbol] for symbol in symbols)
    return ids


def bpe_decode(ids, merges):
    symbols = {byte: bytes([byte]) for byte in range(256)}
    for rank, (left, right) in enumerate(merges):
        symbols[256 + rank] = left + right
    return b"".join(symbols[number] for number in ids).decode("utf-8", errors="replace")
