"""A class that hands in unit 10: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

IN_LISTS = {
    "beam_search": """
def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    live, finished = [([bos_id], 0.0)], []
    for _ in range(max_len):
        rows = next_log_probs(np.array([ids for ids, _ in live], dtype=np.int64))
        longer = [([*ids, t], total + float(p)) for (ids, total), row in zip(live, rows) for t, p in enumerate(row)]
        kept = sorted(longer, key=lambda hypothesis: -hypothesis[1])[:beam_size]
        finished += [hypothesis for hypothesis in kept if hypothesis[0][-1] == eos_id]
        live = [hypothesis for hypothesis in kept if hypothesis[0][-1] != eos_id]
        if not live:
            break
    score = lambda hypothesis: hypothesis[1] / ((4 + len(hypothesis[0])) / 6) ** alpha
    best = max(finished + live, key=score)
    return best[0][1:], score(best)
""",
    "error_rate": """
def error_rate(references, hypotheses):
    return sum(map(edit_distance, references, hypotheses)) / sum(map(len, references))
""",
}

COUNTS_BOS = {
    "beam_search": """
def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    live, finished = [([bos_id], 0.0)], []
    for _ in range(max_len):
        rows = next_log_probs(np.array([ids for ids, _ in live], dtype=np.int64))
        longer = [([*ids, t], total + float(p)) for (ids, total), row in zip(live, rows) for t, p in enumerate(row)]
        kept = sorted(longer, key=lambda hypothesis: -hypothesis[1])[:beam_size]
        finished += [hypothesis for hypothesis in kept if hypothesis[0][-1] == eos_id]
        live = [hypothesis for hypothesis in kept if hypothesis[0][-1] != eos_id]
        if not live:
            break
    score = lambda hypothesis: hypothesis[1] / ((5 + len(hypothesis[0])) / 6) ** alpha
    best = max(finished + live, key=score)
    return best[0][1:], score(best)
""",
    "next_token_distribution": """
def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    exps = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    order = np.argsort(-exps, axis=-1)
    best = np.take_along_axis(exps, order, axis=-1)
    if top_k is not None:
        best[..., top_k:] = 0
    best = best / best.sum(axis=-1, keepdims=True)
    if top_p is not None:
        best = np.where((np.cumsum(best, axis=-1) < top_p) | (np.arange(best.shape[-1]) == 0), best, 0)
    best = best / best.sum(axis=-1, keepdims=True)
    return np.take_along_axis(best, np.argsort(order, axis=-1), axis=-1)
""",
}

AVERAGES = {
    "error_rate": """
def error_rate(references, hypotheses):
    return float(np.mean([edit_distance(r, h) / max(len(r), 1) for r, h in zip(references, hypotheses)]))
""",
    "bleu": """
def bleu(references, hypotheses, max_n=4):
    matches, totals, r, c = np.zeros(max_n), np.zeros(max_n), 0, 0
    for several, said in zip(references, hypotheses):
        r, c = r + min(map(len, several)), c + len(said)
        for n in range(1, max_n + 1):
            grams = lambda tokens: Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
            known = Counter()
            for one in several:
                known |= grams(one)
            matches[n - 1] += sum((grams(said) & known).values())
            totals[n - 1] += max(len(said) - n + 1, 0)
    if not matches.all():
        return 0.0
    return float(100 * min(1.0, np.exp(1 - r / c)) * np.exp(np.log(matches / totals).mean()))
""",
}

UNFINISHED = {"CachedDecoder": None, "bleu": None}

STUDENTS = {
    "ada": {},
    "bela": IN_LISTS,
    "chidi": COUNTS_BOS,
    "dora": AVERAGES,
    "emil": UNFINISHED,
}
