"""Symbols are numbers, pairs are counted with np.unique, the encoder looks for one place at a time, batches come from a
generator."""

import numpy as np

WORDS = __import__("re").compile(r" ?\S+|\s")


def train_bpe(text, num_merges):
    names = [bytes([i]) for i in range(256)]
    ids = {name: i for i, name in enumerate(names)}
    rows = [np.frombuffer(m.encode(), dtype=np.uint8).astype(np.int64) for m in WORDS.findall(text)]
    learned = []
    for _ in range(num_merges):
        pairs = [np.stack([row[:-1], row[1:]], axis=1) for row in rows if len(row) > 1]
        if not pairs:
            break
        found, counts = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
        ties = found[counts == counts.max()].tolist()
        a, b = max(ties, key=lambda pair: (names[pair[0]], names[pair[1]]))
        learned.append((names[a], names[b]))
        joined = names[a] + names[b]
        if joined not in ids:
            ids[joined] = len(names)
            names.append(joined)
        rows = [merge(row, a, b, ids[joined]) for row in rows]
    return learned


def merge(row, a, b, new):
    out = []
    for number in row.tolist():
        if out and out[-1] == -1 - a and number == b:
            out[-1] = new
        else:
            out.append(-1 - number if number == a else number)
    return np.array([-1 - n if n < 0 else n for n in out], dtype=np.int64)


def bpe_encode(text, merges):
    table = {pair: i for i, pair in enumerate(merges)}

    def symbols():
        for word in WORDS.findall(text):
            left = [(bytes([b]), b) for b in word.encode("utf-8")]
            place = first(left)
            while place >= 0:
                (x, _), (y, _) = left[place : place + 2]
                left = left[:place] + [(x + y, table[x, y] + 256)] + left[place + 2 :]
                place = first(left)
            yield from (i for _, i in left)

    def first(left):
        known = [table.get((x, y), len(table)) for (x, _), (y, _) in zip(left, left[1:])]
        return int(np.argmin(known)) if known and min(known) < len(table) else -1

    return list(symbols())


def bpe_decode(ids, merges):
    if not ids:
        return ""
    halves = [merges[i - 256] if i >= 256 else (bytes([i]), b"") for i in ids]
    return b"".join(a + b for a, b in halves).decode("utf-8", errors="replace")


def build_vocabulary(sequences, specials=("<pad>", "<bos>", "<eos>")):
    others = np.unique([s for sequence in sequences for s in sequence if s not in specials])
    numbers = {}
    for symbol in [*specials, *others.tolist()]:
        numbers[str(symbol)] = len(numbers)
    return numbers


def pad_batch(sequences, pad_id=0):
    longest = len(max(sequences, key=len))
    rows = [np.pad(np.asarray(s, dtype=np.int64), (0, longest - len(s)), constant_values=pad_id) for s in sequences]
    return np.stack(rows)


def length_batches(lengths, tokens_per_batch):
    def batches():
        batch = []
        for i in sorted(range(len(lengths)), key=lengths.__getitem__):
            batch.append(i)
            if lengths[i] * len(batch) > tokens_per_batch and len(batch) > 1:
                yield batch[:-1]
                batch = [i]
        if batch:
            yield batch

    return list(batches())
