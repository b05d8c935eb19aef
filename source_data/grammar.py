"""Write text from a grammar: what the scripts that make the course's texts share.

A rule has alternatives; `{name}` in an alternative stands for one of the rule `name`. Alternatives are dealt like cards,
all of them before any comes again, so that a text is varied; the same seed deals the same cards on every machine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

SLOT = re.compile(r"\{(\w+)\}")
ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|u(?!ni|se))")


class Dice:
    """Draw numbers from a seed; built on `Random.random` alone, which Python keeps the same over versions."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        """Return a number of 0 … n - 1."""
        return int(self._random.random() * n)

    def shuffled(self, items: Sequence[str]) -> list[str]:
        """Return the items in another order."""
        left, dealt = list(items), []
        while left:
            dealt.append(left.pop(self.below(len(left))))
        return dealt


class Grammar:
    """Hold rules and deal their alternatives."""

    def __init__(self, rules: Mapping[str, str | Sequence[str]], seed: int) -> None:
        self.rules = {name: split(given) for name, given in rules.items()}
        self.dice = Dice(seed)
        self._decks: dict[str, list[str]] = {}
        self._last: dict[str, str] = {}
        self._said: set[str] = set()

    def deal(self, name: str) -> str:
        """Return the next alternative of a rule."""
        if not self._decks.get(name):
            self._decks[name] = self.dice.shuffled(self.rules[name])
            if self._decks[name][-1] == self._last.get(name):
                self._decks[name].reverse()
        self._last[name] = self._decks[name].pop()
        return self._last[name]

    def expand(self, text: str, **given: str) -> str:
        """Return `text` with every slot filled, those named in `given` with what is given."""
        while match := SLOT.search(text):
            name = match.group(1)
            filling = given[name] if name in given else self.deal(name)
            text = text[: match.start()] + filling + text[match.end() :]
        return text

    def sentence(self, rule: str, **given: str) -> str:
        """Return a sentence of a rule that has not been said yet: with its capital, and with `an` before vowels."""
        for _ in range(200):
            text = self.expand(f"{{{rule}}}", **given)
            made = ARTICLE.sub(r"\1n ", text[0].upper() + text[1:])
            if made not in self._said:
                self._said.add(made)
                return made
        raise ValueError(f"the rule {rule!r} has nothing new to say; give it more alternatives")


def split(given: str | Sequence[str]) -> list[str]:
    """Return alternatives; in a string they are separated by `|`."""
    return [part.strip() for part in given.split("|")] if isinstance(given, str) else list(given)
