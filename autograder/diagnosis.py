"""Find out what was mixed up: compare what the checks saw of an answer with what they see of each named mistake.

A mistake's signature is what each check recorded when it ran on that mistake, over several runs where the mistake is
random. It depends on the course alone, so it is made once; naming a student's mistake is then a comparison of records.
Signatures of visible checks travel with the released unit (numbers, no code), so that a student's own check can name
mistakes as well.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.calls import Foreign, tree
from autograder.errors import Raised
from autograder.results import CheckResult, Outcome

LOOSE = {"float64": 1e-6, "float32": 1e-3, "float16": 1e-1, "bfloat16": 1e-1}
RUNS = 32
ANY = {"any": True}
APART = object()  # None is a fact

# What torch calls RuntimeError has many causes; these parts of its texts tell them apart.
CAUSES = {
    "sizes in a product": (
        "shapes cannot be multiplied",
        "Expected size for first two dimensions of batch2",
        "size mismatch",
        "inconsistent tensor size",
        "einsum",
        "must be a 3D tensor",
        "must be a matrix",
    ),
    "sizes in parts to join along axis 0": ("must match except in dimension 0",),
    "sizes in parts to join": ("must match except in dimension",),
    "sizes side by side": ("must match", "broadcast", "output with shape"),
    "number of elements": ("is invalid for input of size", "cannot be converted to Scalar", "unflatten"),
    "memory layout": ("view size is not compatible",),
    "changed in place": ("in-place", "inplace"),
    "dtypes": ("dtype", "scalar type", "can't be cast"),
    "no graph": ("does not require grad", "does not have a grad_fn", "second time"),
}

Seen = tuple[bool, Any]
Ran = tuple[str, bool, Any]


@dataclass
class Signature:
    """Hold what the checks of one exercise saw of one mistake: per check, the variants of passed and facts.

    What a check sees is found out by `run`, when it is first asked for; without `run`, what is known is all there is.
    """

    name: str
    sentence: str
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    run: Callable[[str, int], CheckResult] | None = None

    def variants(self, check: str) -> list[Seen]:
        """Return what a check sees of the mistake: in a few runs where these are all alike, else in many."""
        if check not in self.seen and self.run is not None:
            variants: list[Seen] = []
            first: Seen | None = None
            steady = True
            for number in range(RUNS):
                result = self.run(check, number)
                seen = (result.outcome is Outcome.PASSED, as_data(result.facts))
                add_variant(variants, seen)
                first = first or seen
                steady = steady and alike(first, seen)
                # What draws random numbers may do the same twice by chance.
                if steady and number + 1 == (4 if result.drew else 2):
                    break
            self.seen[check] = variants
        return self.seen.get(check, [])

    def to_json(self, checks: Iterable[str]) -> dict[str, Any]:
        """Return the part on some checks, as JSON."""
        return {
            "name": self.name,
            "sentence": self.sentence,
            "seen": {
                check: [[passed, [] if passed else rounded(facts)] for passed, facts in self.variants(check)]
                for check in checks
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Signature:
        return cls(data["name"], data["sentence"], seen_from_json(data))


def seen_from_json(data: dict[str, Any]) -> dict[str, list[Seen]]:
    """Return what `Signature.to_json` wrote of the checks."""
    return {
        check: [(bool(passed), facts) for passed, facts in variants]
        for check, variants in data["seen"].items()
    }


def alike(one: Seen, other: Seen) -> bool:
    """Tell whether two runs showed the same to the last digit, so that nothing random is at work."""
    return repr(one) == repr(other)


def add_variant(variants: list[Seen], new: Seen) -> None:
    """Add what a run showed, merged with an earlier variant of the same form."""
    passed, facts = new
    for index, (known_passed, known) in enumerate(variants):
        if passed and known_passed:
            return
        if passed == known_passed and (merged := merge(known, facts)) is not APART:
            variants[index] = (passed, merged)
            return
    variants.append(new)


def merge(one: Any, other: Any) -> Any:
    """Return facts that cover both; `APART` where they are not of the same form.

    An observation's tolerance grows to cover both values; other numbers that differ become `ANY`.
    """
    if same(other, one):
        return one
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if is_observation(one) and is_observation(other) and one[0] == other[0]:
            middle = (one[1] + other[1]) / 2
            reach = abs(one[1] - other[1]) + max(one[2], other[2])
            return [one[0], middle, reach] if math.isfinite(reach) else [one[0], ANY, 0.0]
        parts = [merge(mine, theirs) for mine, theirs in zip(one, other, strict=True)]
        return APART if any(part is APART for part in parts) else parts
    if isinstance(one, dict) and isinstance(other, dict) and set(one) == set(other):
        if "numbers" in one:
            alike = one["dtype"] == other["dtype"] and one["shape"] == other["shape"]
            return {**one, "numbers": ANY} if alike else APART
        items = {key: merge(one[key], other[key]) for key in one}
        return APART if any(item is APART for item in items.values()) else items
    if isinstance(one, float) and isinstance(other, float):
        return ANY
    return APART


def name_mistakes(
    signatures: Sequence[Signature], checks: Iterable[CheckResult], visible_alone: bool = False
) -> list[Signature]:
    """Return the one mistake that did on every check just what the answer did, else the one pair that explains it.

    The list is empty where none fits, or several do. With `visible_alone`, there are no hidden checks to tell these
    apart: then it is the first of them, as authors list the most common mistakes first.
    """
    # What visible checks saw of mistakes is known beforehand, and what failed tells most mistakes apart at once.
    ordered = sorted(checks, key=lambda check: (not check.visible, check.outcome is Outcome.PASSED))
    ran = [
        (check.name, check.outcome is Outcome.PASSED, as_data(check.facts))
        for check in ordered
        if check.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.RAISED)
    ]
    if all(passed for _, passed, _ in ran):
        return []
    fitting = [candidate for candidate in signatures if fits(candidate, ran)]
    if not fitting:
        return pair(signatures, ran)
    return fitting[:1] if visible_alone or len(fitting) == 1 else []


def pair(signatures: Sequence[Signature], ran: Sequence[Ran]) -> list[Signature]:
    """Return the one pair of mistakes of which an answer has both, as far as checks can tell; else nothing.

    Each failed check shows one of the two alone, where the other did nothing until then, or is one that both fail,
    where together they may show anything; each is the only mistake that shows itself in some check; and both pass what
    the answer passed. Answers with random results are left aside.
    """
    failed = [item for item in ran if not item[1]]
    if len(failed) < 2 or any(is_observation(fact) for _, _, facts in failed for fact in facts):
        return []
    shown = {
        index: {item[0] for item in failed if shows(candidate, *item)}
        for index, candidate in enumerate(signatures)
    }
    sure = {
        index: {name for name in names if fails(signatures[index], name)} for index, names in shown.items()
    }
    shown_by = Counter(name for names in sure.values() for name in names)
    likely = [
        index
        for index, names in shown.items()
        if names and all(fails(signatures[index], name) is False for name, passed, _ in ran if passed)
    ]
    found = [
        [signatures[one], signatures[other]]
        for one, other in itertools.combinations(likely, 2)
        if any(shown_by[name] == 1 for name in sure[one])
        and any(shown_by[name] == 1 for name in sure[other])
        and all(
            fails(signatures[one], name) and fails(signatures[other], name)
            for name, _, _ in failed
            if name not in shown[one] | shown[other]
        )
        and not any(
            spoils(signatures[hidden], name, facts)
            for hidden, plain in ((one, other), (other, one))
            for name, _, facts in failed
            if name in shown[plain] - shown[hidden]
        )
    ]
    return found[0] if len(found) == 1 else []


def fails(candidate: Signature, check: str) -> bool | None:
    """Tell whether a mistake fails a check; None where that is a matter of chance."""
    outcomes = {passed for passed, _ in candidate.variants(check)}
    return not outcomes.pop() if len(outcomes) == 1 else None


def spoils(candidate: Signature, check: str, facts: Any) -> bool:
    """Tell whether a mistake changes what a check sees before it ends with `facts`."""
    return any(not passed and len(theirs) <= len(facts) for passed, theirs in candidate.variants(check))


def shows(candidate: Signature, check: str, passed: bool, facts: Any) -> bool:
    """Tell whether a mistake does on one check what the answer did."""
    return any(
        passed == theirs_passed and (passed or same(facts, theirs))
        for theirs_passed, theirs in candidate.variants(check)
    )


def fits(candidate: Signature, ran: Sequence[Ran]) -> bool:
    """Tell whether a mistake passed and failed the same checks, and was seen doing the same in those it failed."""
    return all(shows(candidate, *item) for item in ran)


def cause_of(failure: Raised) -> str:
    """Return what tells exceptions apart, whatever sizes and names are in their texts."""
    if failure.kinds[0] != "RuntimeError":
        return failure.kinds[0]
    found = (cause for cause, parts in CAUSES.items() if any(part in failure.text for part in parts))
    return next(found, "RuntimeError")


def as_data(value: Any) -> Any:
    """Turn facts into JSON data: tensors become dtype, shape and numbers."""
    if isinstance(value, torch.Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        numbers = [] if value.device.type == "meta" else value.flatten().tolist()
        return {"dtype": kind, "shape": list(value.shape), "numbers": numbers}
    if isinstance(value, Foreign):
        return {"foreign": value.what}
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    if isinstance(value, dict):
        return {"entries": {str(key): as_data(item) for key, item in value.items()}}
    return value


def rounded(value: Any) -> Any:
    """Round the floats in facts to what recognising a mistake needs."""
    return tree(lambda item: float(f"{item:.8g}") if isinstance(item, float) else item, value)


def is_observation(value: Any) -> bool:
    """Tell whether a fact is an observation: what, value, tolerance."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and isinstance(value[2], float)
    )


def same(got: Any, known: Any, tolerance: float | None = None) -> bool:
    """Tell whether facts are those known, up to rounding, or up to the tolerance that a statistic carries."""
    if known == ANY:
        return True
    if isinstance(got, dict) and isinstance(known, dict):
        if set(got) != set(known):
            return False
        if "numbers" in got:
            if got["dtype"] != known["dtype"] or got["shape"] != known["shape"]:
                return False
            if known["numbers"] == ANY:
                return True
            loose = LOOSE.get(got["dtype"], 0.0)
            finite = [abs(x) for x in known["numbers"] if math.isfinite(x)]
            return same(got["numbers"], known["numbers"], loose * max([1.0, *finite]))
        return all(same(got[key], known[key], tolerance) for key in got)
    if isinstance(got, list) and isinstance(known, list):
        if len(got) != len(known):
            return False
        if is_observation(got) and is_observation(known):
            return got[0] == known[0] and same(got[1], known[1], max(known[2], 1e-9))
        return all(same(mine, theirs, tolerance) for mine, theirs in zip(got, known, strict=True))
    if isinstance(got, float) and isinstance(known, int | float) and not isinstance(known, bool):
        if isinstance(known, int) and known.bit_length() > 1000:
            return False
        if math.isnan(got) or math.isnan(known):
            return math.isnan(got) and math.isnan(known)
        limit = 1e-6 * max(1.0, abs(known)) if tolerance is None else tolerance
        return got == known or abs(got - known) <= limit
    return type(got) is type(known) and bool(got == known)
