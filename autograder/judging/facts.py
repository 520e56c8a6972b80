"""Facts that differ, in words: a type, a parameter's shape, what dropout did. See `protocol.probe.Observation`."""

import re
from collections.abc import Mapping

from autograder.protocol.probe import Observation

MOST_NAMES, LONGEST_NAME = 12, 60
QUARTERS = {0.0: "none", 0.25: "about a quarter", 0.5: "about half", 0.75: "about three quarters", 1.0: "all"}
NEARLY = QUARTERS | {0.0: "hardly any", 1.0: "nearly all"}
SHARE = re.compile(r"(?P<before>(?:.*: )?)share of (?P<what>.+) that training drops")
ROWS = re.compile(r"(?P<before>.*): output, the share of each different row")

# what should be, and what is, of facts that right code shows; {name} is what the pattern leaves of the fact's name
ASKED = (
    (
        r"(?P<name>.*)times that a map of the (?P<part>.+) is computed for a token",
        "{name}each linear map of the {part} should be computed once for a token",
        "one is computed {seen} times",
    ),
    (r"type of (?P<name>.+)", "{name} should be of type {wanted}", "it is of type {seen}"),
    (r"share of (?P<name>.+) that is 0", "{wanted} of {name} should be 0", "{seen} is"),
    (r"(?P<name>.+) is multiplied by", "{name} should be multiplied by {wanted}", "it is multiplied by {seen}"),
    (r"(?P<name>.+) are dropped", "{name} should be dropped {wanted}", "they are dropped {seen}"),
    (r"(?P<name>.+) goes past the sublayer", "{name} should go past the sublayer {wanted}", "it does {seen}"),
    (r"(?P<name>what two calls in training give)", "two calls in training should give {wanted}", "they give {seen}"),
    (r"calls of the sublayer()", "the sublayer should be called {wanted} time", "it is called {seen} times"),
    (r"(?P<name>.*)the call raises", "{name}the call should raise {wanted}", "it raises {seen}"),
    (r"(?P<name>.*)the constructor raises", "{name}the constructor should raise {wanted}", "it raises {seen}"),
    (r"numbers that training would change()", "nothing here should be trained", "training would change {seen} numbers"),
    (r"(?P<name>\w+) records gradients", "{name} should be called without recording gradients", "it records them"),
    (r"(?P<name>the mode in which .+)", "{name} should be {wanted}", "it is {seen}"),
    (r"your test()", "a good test {wanted}", "yours {seen}"),
    (r"(?P<name>.+) is", "{name} should be {wanted}", "it is {seen}"),
    (r"(?P<name>.*)", "{name}: should be {wanted}", "it is {seen}"),
)
# what is there and should not be
UNASKED = (
    (r"type of (?P<name>.+)", "{name} should be an array or a tensor, is {seen}"),
    (r"dtype of (?P<name>.+)", "{name} has dtype {seen}, which was not asked for"),
    (
        r"(?P<name>.+) after later calls",
        "{name} changes when the function is called again: return a new array each time",
    ),
    (r"(?P<name>.*)results", "{name}{seen} is returned, and that is not the number of results asked for"),
    (r"base class()", "the class does not inherit from nn.Module"),
    (r"(?P<name>.+), when all is dropped", "with nearly everything dropped, {name} {seen}"),
    (r"(?P<name>.*)", "{name}: {seen}, which was not asked for"),
)


def describe_fact(name: str, expected: Observation, got: Observation) -> str:
    """How a fact differs from what is expected, as a sentence for the student; it shows what the student's code did."""
    wanted, seen = expected.facts.get(name), got.facts.get(name)
    label, _, short = name.rpartition(": ")
    if short.startswith("parameter "):
        return _describe_parameter(name, wanted, seen, got.facts)
    if short.startswith("gradient of ") and seen == "none":
        where = f"{label}: " * bool(label)
        return f"{where}no gradient reaches {short.removeprefix('gradient of ')}: it was cut on the way, or never used"
    if wanted is None:
        return _fill(UNASKED, name, seen=seen or "nothing")[0]
    should, does = _say(name, wanted, seen)
    does = does.replace("they are dropped none", "none is dropped")
    return f"{should}; {does if seen else _describe_unnamed(name, got)}"


def _describe_unnamed(name: str, got: Observation) -> str:
    """What is instead of a fact that is not noted: an array has a dtype, and no type is noted of it."""
    result = name.removeprefix("type of ")
    if result == name or (result not in got.arrays and f"dtype of {result}" not in got.facts):
        return "it is not there"
    has_one = result in got.arrays and got.arrays[result].size == 1
    return "it is an array or a tensor" + ": take its one number, with `.item()`" * has_one


def redact_fact(name: str, expected: Observation) -> str:
    """The same without a word that the student's code could choose."""
    wanted = expected.facts.get(name)
    if wanted is not None:
        return f"{_say(name, wanted, None)[0]}; that is not so"
    result = next((array for array in expected.arrays if name == f"type of {array}"), None)
    return f"{result} should be an array or a tensor" if result else "something is there that was not asked for"


def _describe_parameter(name: str, wanted: str | None, seen: str | None, facts: Mapping[str, str]) -> str:
    there = f"; your parameters: {_list_parameters(facts)}"
    if seen is None:
        return f"{name} of shape {wanted} is missing{there}"
    if wanted is None:
        return f"{name} of shape {seen} was not asked for{there}"
    return f"{name} should have shape {wanted}, has {seen}{there}"


def _list_parameters(facts: Mapping[str, str]) -> str:
    names = [name.removeprefix("parameter ") for name in facts if name.startswith("parameter ")]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(name[:LONGEST_NAME] for name in names[:MOST_NAMES]) + more or "none"


def _say(name: str, wanted: str, seen: str | None) -> tuple[str, str]:
    """What should be, and what is, in words."""
    if found := SHARE.fullmatch(name):
        return _say_share(found, _share(wanted), _share(seen))
    if found := ROWS.fullmatch(name):
        return _say_rows(found["before"], wanted, seen)
    should, does = _fill(ASKED, name, wanted=_in_words(wanted), seen=_in_words(seen or ""))
    return should, does


def _fill(sentences: tuple[tuple[str, ...], ...], name: str, **values: str) -> list[str]:
    """The sentences of the first pattern that the name has; the last pattern has every name."""
    matches = ((re.fullmatch(pattern, name, re.DOTALL), templates) for pattern, *templates in sentences)
    found, templates = next((match, templates) for match, templates in matches if match)
    return [template.format(**found.groupdict(), **values) for template in templates]


def _say_share(found: re.Match[str], dropped: float, seen: float) -> tuple[str, str]:
    """How much should stay, and how much does."""
    many = found["what"].endswith("s")
    rate = f"with dropout {dropped:g}" if 0 < dropped < 1 else "in training"
    should = f"{found['before']}{rate} {QUARTERS.get(1 - dropped, 'some')} of {found['what']} should stay"
    return should, f"{QUARTERS.get(1 - seen, 'another share')} {'do' if many else 'of it does'}"


def _say_rows(before: str, wanted: str, seen: str | None) -> tuple[str, str]:
    """In how many of many equal rows one number should be dropped, and what the rows are instead."""
    shares, seen_shares = ([_share(share) for share in told.split(", ")] for told in (wanted, seen or ""))
    dropped = max(shares)
    should = f"{before}: in {QUARTERS.get(dropped, 'some')} of the rows the number should be dropped"
    if len(seen_shares) == len(shares) == 2:
        return should, f"it is dropped in {NEARLY.get(seen_shares[shares.index(dropped)], 'some')} of them"
    return should, "all rows are alike" if len(seen_shares) == 1 else f"there are {len(seen_shares)} different rows"


def _share(words: str | None) -> float:
    """0.75 for "about 0.75"; -1 where no share is told."""
    found = re.fullmatch(r"about (0|1|0\.25|0\.5|0\.75)", words or "")
    return float(found[1]) if found else -1.0


def _in_words(value: str) -> str:
    """A share in words; anything else as it is."""
    return QUARTERS.get(_share(value), value)
