"""What the cases of unit 10 look at: a search's ids, in whatever they come."""

from autograder.protocol.probe import Observation


def is_a_list(seen: Observation) -> Observation:
    """Ids may come in a list, a tuple or an array."""
    kinds = {name: "list" for name, kind in seen.facts.items() if kind in ("tuple", "array") and name.endswith("ids")}
    return Observation(seen.arrays, seen.facts | kinds)
