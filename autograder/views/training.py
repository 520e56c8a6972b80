"""What the cases of unit 9 look at: the sentences of a trained model, or a part of the log of a run."""

from autograder.protocol.probe import Observation


def what_is_said(seen: Observation) -> Observation:
    """The words alone: what a model says after many steps does not depend on rounding."""
    said = {name: array for name, array in seen.arrays.items() if name.endswith("says")}
    return Observation(said or seen.arrays, {} if said else seen.facts)


def what_is_measured(seen: Observation) -> Observation:
    """The log of a run without the losses of its updates."""
    return _without(seen, "log[update ")


def what_is_learned(seen: Observation) -> Observation:
    """The log of a run without what was measured on sentences that are held out."""
    return _without(seen, "log[epoch ")


def _without(seen: Observation, beginning: str) -> Observation:
    return Observation({n: a for n, a in seen.arrays.items() if not n.startswith(beginning)}, seen.facts)
