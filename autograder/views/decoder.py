"""What the cases of unit 6 look at: what dropout did to the sublayers."""

import numpy as np

from autograder.protocol.probe import Observation

LAYERS_AT_MOST = 2  # in a stack whose dropout is looked at


def dropout_view(seen: Observation) -> Observation:
    """What dropout did, without its random numbers: which rows there are, and how large a share each of them has.

    All rows of the input are equal and one sublayer returns one number, so a row has only two forms: with this number
    dropped, and with it kept and multiplied.
    """
    rows, facts = {}, {}
    for name, output in seen.arrays.items():
        if output.dtype != np.float64 or output.ndim != 3 or not output.size:
            return seen
        flat = output.reshape(-1, output.shape[-1]).round(6)
        forms, counts = np.unique(flat, axis=0, return_counts=True)
        if len(forms) > 2 * LAYERS_AT_MOST:
            facts[f"{name}, different rows"] = "more than one dropped number makes"
            continue
        rows[f"{name}, the different rows"] = forms
        shares = [f"about {round(4 * count / len(flat)) / 4:g}" for count in counts[:4]]
        facts[f"{name}, the share of each different row"] = ", ".join(shares)
    return Observation(rows, seen.facts | facts)
