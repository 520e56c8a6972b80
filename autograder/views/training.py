"""What the cases of unit 9 look at: the sentences of a trained model."""

from autograder.protocol.probe import Observation


def what_is_said(seen: Observation) -> Observation:
    """The words alone: what a model says after many steps does not depend on rounding."""
    said = {name: array for name, array in seen.arrays.items() if name.endswith("says")}
    return Observation(said or seen.arrays, {} if said else seen.facts)
