"""Make the sentence pairs that translation models learn from: `pairs/eng-fra.tsv`.

    python source_data/make_pairs.py [FOLDER]

FOLDER is by default the folder `pairs` beside this file. A line holds an English sentence, a tab and its French
translation. Tokens are lower-case and stand apart, also punctuation and what French elides: `j' aime l' eau .`
No English sentence comes twice. `you` is `tu`, and `they` is `ils`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from french import ADJECTIVES, INTRANSITIVE, NOUNS, SMALL, TRANSITIVE, Adjective, Noun, Verb, elide
from grammar import Dice

PER_PATTERN = 280
LONGEST = 9
SHORTEST = 3


@dataclass(frozen=True)
class Subject:
    """Hold a subject in both languages: which verb form it takes, its gender, and whether it is plural."""

    english: str
    french: str
    form: int
    gender: str = "m"
    plural: bool = False

    @property
    def third(self) -> bool:
        return self.form == 2

    @property
    def be(self) -> str:
        if self.english == "i":
            return "am"
        return "is" if self.third else "are"


SUBJECTS = [
    Subject("i", "je", 0),
    Subject("you", "tu", 1),
    Subject("he", "il", 2),
    Subject("she", "elle", 2, "f"),
    Subject("we", "nous", 3, plural=True),
    Subject("they", "ils", 4, plural=True),
    Subject("tom", "tom", 2),
    Subject("marie", "marie", 2, "f"),
]
ETRE = ("suis", "es", "est", "sommes", "sont")
ALLER = ("vais", "vas", "va", "allons", "vont")
AVOIR = ("ai", "as", "a", "avons", "ont")
VOULOIR = ("veux", "veux", "veut", "voulons", "veulent")
POUVOIR = ("peux", "peux", "peut", "pouvons", "peuvent")
DEVOIR = ("dois", "dois", "doit", "devons", "doivent")
OWNERS = [
    ("my", "m", 0),
    ("your", "t", 1),
    ("his", "s", 2),
    ("her", "s", 2),
    ("our", "notre", 3),
    ("their", "leur", 4),
]
SPOTS = [("on", "sur"), ("under", "sous"), ("behind", "derrière"), ("in front of", "devant")]
ADVERBS = [
    ("well", "bien"),
    ("badly", "mal"),
    ("here", "ici"),
    ("a lot", "beaucoup"),
    ("slowly", "lentement"),
    ("fast", "vite"),
    ("today", "aujourd'hui"),
    ("now", "maintenant"),
    ("too much", "trop"),
    ("every day", "tous les jours"),
    ("at night", "la nuit"),
]
COUNTS = [
    ("two", "deux"),
    ("three", "trois"),
    ("four", "quatre"),
    ("five", "cinq"),
    ("six", "six"),
    ("seven", "sept"),
    ("eight", "huit"),
    ("nine", "neuf"),
    ("ten", "dix"),
]

INDEFINITE = ("have", "want", "buy", "eat", "draw", "write")

Pair = tuple[str, str]


def nouns(*kinds: str) -> list[Noun]:
    """Return the nouns of some kinds."""
    return [noun for noun in NOUNS if noun.kind in kinds]


def a(noun: Noun, adjective: Adjective | None = None) -> Pair:
    """Return a noun, perhaps with an adjective, after the indefinite article."""
    english = f"{adjective.english} {noun.english}" if adjective else noun.english
    article = "an" if english[0] in "aeio" or english.startswith("umb") else "a"
    return f"{article} {english}", f"{'un' if noun.gender == 'm' else 'une'} {noun.phrase(adjective)}"


def the(noun: Noun, adjective: Adjective | None = None, plural: bool = False) -> Pair:
    """Return a noun, perhaps with an adjective, after the definite article."""
    named = noun.plural if plural else noun.english
    english = f"the {adjective.english} {named}" if adjective else f"the {named}"
    article = "les" if plural else {"m": "le", "f": "la"}[noun.gender]
    return english, f"{article} {noun.phrase(adjective, plural)}"


def some(noun: Noun) -> Pair:
    """Return what there is no number of, with the partitive article."""
    return noun.english, f"{'du' if noun.gender == 'm' and not noun.mute else 'de la'} {noun.french}"


def own(owner: tuple[str, str, int], noun: Noun) -> Pair:
    """Return a noun after a possessive."""
    english, stem, form = owner
    if form > 2:
        return f"{english} {noun.english}", f"{stem} {noun.french}"
    ending = "on" if noun.gender == "m" or noun.mute else "a"
    return f"{english} {noun.english}", f"{stem}{ending} {noun.french}"


def no_thing(noun: Noun) -> str:
    """Return what stands after `pas` for an indefinite or partitive noun."""
    return f"de {noun.french}"


def to_place(noun: Noun) -> Pair:
    """Return the way to a place; `à` and `le` become one."""
    if noun.gender == "m" and not noun.mute:
        return f"to the {noun.english}", f"au {noun.french}"
    return f"to the {noun.english}", f"à la {noun.french}"


def being() -> Iterator[Pair]:
    """Yield: she is tired; she is not tired; is she tired?"""
    for who, adjective in product(SUBJECTS, [a for a in ADJECTIVES if "person" in a.kinds]):
        said = adjective.form(who.gender, who.plural)
        verb = ETRE[who.form]
        yield f"{who.english} {who.be} {adjective.english} .", f"{who.french} {verb} {said} ."
        yield f"{who.english} {who.be} not {adjective.english} .", f"{who.french} ne {verb} pas {said} ."
        if who.english not in ("i", "we"):
            yield f"{who.be} {who.english} {adjective.english} ?", f"est-ce que {who.french} {verb} {said} ?"


def describing() -> Iterator[Pair]:
    """Yield: the house is big; the houses are not big."""
    for noun, adjective, plural in product(nouns("person", "animal", "thing"), ADJECTIVES, (False, True)):
        if noun.kind in adjective.kinds:
            english, french = the(noun, plural=plural)
            said = adjective.form(noun.gender, plural)
            be, verb = ("are", "sont") if plural else ("is", "est")
            yield f"{english} {be} {adjective.english} .", f"{french} {verb} {said} ."
            yield f"{english} {be} not {adjective.english} .", f"{french} ne {verb} pas {said} ."


def doing(verb: Verb, who: Subject) -> Pair:
    """Return subject and verb in the present."""
    return (
        f"{who.english} {verb.third if who.third else verb.english}",
        f"{who.french} {verb.forms[who.form]}",
    )


def not_doing(verb: Verb, who: Subject) -> Pair:
    """Return subject and verb in the present, denied."""
    do = "does" if who.third else "do"
    return f"{who.english} {do} not {verb.english}", f"{who.french} ne {verb.forms[who.form]} pas"


def objects() -> Iterator[tuple[Verb, Noun]]:
    """Yield verbs with what can be their objects."""
    for verb, noun in product(TRANSITIVE, NOUNS):
        if noun.kind in verb.objects or noun.english in verb.objects:
            yield verb, noun


def acting() -> Iterator[Pair]:
    """Yield: i want a dog; he does not see the dog; do they eat an apple?"""
    for (verb, noun), who in product(objects(), SUBJECTS):
        if noun.kind != "mass":
            thing = a(noun) if verb.english in INDEFINITE else the(noun)
            denied = no_thing(noun) if verb.english in INDEFINITE else thing[1]
            yield from said(verb, who, thing, denied)


def consuming() -> Iterator[Pair]:
    """Yield: they drink water; we do not eat bread; she likes tea."""
    for (verb, noun), who in product(objects(), SUBJECTS):
        if noun.kind == "mass" and verb.english == "like":
            thing = (noun.english, the(noun)[1])
            yield from said(verb, who, thing, thing[1])
        elif noun.kind == "mass":
            yield from said(verb, who, some(noun), no_thing(noun))


def said(verb: Verb, who: Subject, thing: Pair, denied: str) -> Iterator[Pair]:
    """Yield a sentence with an object: said, denied, asked."""
    yes, no = doing(verb, who), not_doing(verb, who)
    yield f"{yes[0]} {thing[0]} .", f"{yes[1]} {thing[1]} ."
    yield f"{no[0]} {thing[0]} .", f"{no[1]} {denied} ."
    if not verb.english.endswith(" for") and who.english not in ("i", "we"):
        do = "does" if who.third else "do"
        yield f"{do} {who.english} {verb.english} {thing[0]} ?", f"est-ce que {yes[1]} {thing[1]} ?"


def loving() -> Iterator[Pair]:
    """Yield: i like dogs; he does not like dogs."""
    like = next(verb for verb in TRANSITIVE if verb.english == "like")
    for who, noun in product(SUBJECTS, nouns("animal", "food")):
        yes, no = doing(like, who), not_doing(like, who)
        yield f"{yes[0]} {noun.plural} .", f"{yes[1]} les {noun.phrase(None, True)} ."
        yield f"{no[0]} {noun.plural} .", f"{no[1]} les {noun.phrase(None, True)} ."


def owning() -> Iterator[Pair]:
    """Yield: he has a red car; we have an old dog."""
    have = next(verb for verb in TRANSITIVE if verb.english == "have")
    for who, noun, adjective in product(SUBJECTS, nouns("animal", "thing"), ADJECTIVES):
        if noun.kind in adjective.kinds and adjective.lasting:
            yes, thing = doing(have, who), a(noun, adjective)
            yield f"{yes[0]} {thing[0]} .", f"{yes[1]} {thing[1]} ."


def belonging() -> Iterator[Pair]:
    """Yield: my brother is tall; this is her hat; where is your bag?"""
    known = [noun for noun in nouns("person") if noun.english in ("friend", "neighbour", "teacher", "doctor")]
    for owner, noun in product(OWNERS, [*known, *nouns("kin", "animal", "thing")]):
        thing = own(owner, noun)
        yield f"this is {thing[0]} .", f"c' est {thing[1]} ."
        yield f"where is {thing[0]} ?", f"où est {thing[1]} ?"
        if noun.kind == "kin":
            for adjective in [a for a in ADJECTIVES if "person" in a.kinds]:
                yield (
                    f"{thing[0]} is {adjective.english} .",
                    f"{thing[1]} est {adjective.form(noun.gender)} .",
                )


def placing() -> Iterator[Pair]:
    """Yield: the cat is under the table; there is a bird in the garden."""
    here = [
        noun for noun in nouns("thing") if noun.english in ("table", "chair", "bed", "door", "tree", "car")
    ]
    small = [*SMALL.split(), "cat", "bird", "mouse", "rabbit", "dog"]
    for noun, (english, french), where in product(nouns("animal", "thing"), SPOTS, here):
        level = english in ("behind", "in front of")
        if noun is not where and (level or (noun.english in small and where.english not in ("door", "tree"))):
            one, spot = the(noun), the(where)
            yield f"{one[0]} is {english} {spot[0]} .", f"{one[1]} est {french} {spot[1]} ."
    for noun, where in product(nouns("person", "animal"), nouns("place")):
        one, place = a(noun), the(where)
        if where.english in ("beach", "market"):
            continue
        yield f"there is {one[0]} in {place[0]} .", f"il y a {one[1]} dans {place[1]} ."


def going() -> Iterator[Pair]:
    """Yield: we go to the station; she went to the market; i am going to sleep."""
    for who, place in product(SUBJECTS, nouns("place")):
        english, french = to_place(place)
        go = "goes" if who.third else "go"
        yield f"{who.english} {go} {english} .", f"{who.french} {ALLER[who.form]} {french} ."
        been = "allé" + ("e" if who.gender == "f" else "") + ("s" if who.plural else "")
        yield f"{who.english} went {english} .", f"{who.french} {ETRE[who.form]} {been} {french} ."
        do = "does" if who.third else "do"
        yield f"{who.english} {do} not go {english} .", f"{who.french} ne {ALLER[who.form]} pas {french} ."


def moving() -> Iterator[Pair]:
    """Yield: they sing well; she does not sleep here; do you work today?"""
    for who, verb, (english, french) in product(SUBJECTS, INTRANSITIVE, ADVERBS):
        yes, no = doing(verb, who), not_doing(verb, who)
        yield f"{yes[0]} {english} .", f"{yes[1]} {french} ."
        yield f"{no[0]} {english} .", f"{no[1]} {french} ."


def wanting() -> Iterator[Pair]:
    """Yield: i want to sleep; he cannot swim; we must work; they are going to eat."""
    for who, verb in product(SUBJECTS, INTRANSITIVE):
        do, wants = ("does", "wants") if who.third else ("do", "want")
        name, je = who.english, who.french
        yield f"{name} {wants} to {verb.english} .", f"{je} {VOULOIR[who.form]} {verb.infinitive} ."
        yield (
            f"{name} {do} not want to {verb.english} .",
            f"{je} ne {VOULOIR[who.form]} pas {verb.infinitive} .",
        )
        yield f"{name} can {verb.english} .", f"{je} {POUVOIR[who.form]} {verb.infinitive} ."
        yield f"{name} cannot {verb.english} .", f"{je} ne {POUVOIR[who.form]} pas {verb.infinitive} ."
        yield f"{name} must {verb.english} .", f"{je} {DEVOIR[who.form]} {verb.infinitive} ."
        yield f"{name} {who.be} going to {verb.english} .", f"{je} {ALLER[who.form]} {verb.infinitive} ."


def having_done() -> Iterator[Pair]:
    """Yield: he found the book; we did not see the dog."""
    for (verb, noun), who in product(objects(), SUBJECTS):
        if verb.past and noun.kind != "mass":
            thing = the(noun)
            have = AVOIR[who.form]
            yield (
                f"{who.english} {verb.past} {thing[0]} .",
                f"{who.french} {have} {verb.participle} {thing[1]} .",
            )
            yield (
                f"{who.english} did not {verb.english} {thing[0]} .",
                f"{who.french} ne {have} pas {verb.participle} {thing[1]} .",
            )


def ordering() -> Iterator[Pair]:
    """Yield: open the door! do not sell the car!"""
    for verb, noun in objects():
        if verb.order and noun.kind != "mass":
            thing = the(noun)
            yield f"{verb.english} {thing[0]} !", f"{verb.order} {thing[1]} !"
            yield f"do not {verb.english} {thing[0]} !", f"ne {verb.order} pas {thing[1]} !"


def counting() -> Iterator[Pair]:
    """Yield: we have two cats; she sees three boats."""
    have = next(verb for verb in TRANSITIVE if verb.english == "have")
    see = next(verb for verb in TRANSITIVE if verb.english == "see")
    for who, (english, french) in product(SUBJECTS, COUNTS):
        for verb, noun in product((have, see), nouns("animal", "thing")):
            yes = doing(verb, who)
            yield f"{yes[0]} {english} {noun.plural} .", f"{yes[1]} {french} {noun.phrase(None, True)} ."


def ageing() -> Iterator[Pair]:
    """Yield: he is ten years old."""
    for who, (english, french) in product(SUBJECTS, COUNTS):
        yield (
            f"{who.english} {who.be} {english} years old .",
            f"{who.french} {AVOIR[who.form]} {french} ans .",
        )


PATTERNS = [
    being,
    describing,
    acting,
    consuming,
    loving,
    owning,
    belonging,
    placing,
    going,
    moving,
    wanting,
    having_done,
    ordering,
    counting,
    ageing,
]


def tokens(text: str) -> int:
    return len(text.split(" "))


def pairs() -> list[Pair]:
    """Return the pairs: of each pattern some, in an order without order."""
    dice = Dice(1066)
    chosen: dict[str, str] = {}
    for pattern in PATTERNS:
        made = [f"{english}\t{elide(french)}" for english, french in pattern()]
        taken = 0
        for line in dice.shuffled(list(dict.fromkeys(made))):
            english, french = line.split("\t")
            fits = all(SHORTEST <= tokens(side) <= LONGEST for side in (english, french))
            if fits and english not in chosen and taken < PER_PATTERN:
                chosen[english] = french
                taken += 1
    lines = dice.shuffled([f"{english}\t{french}" for english, french in chosen.items()])
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def main(folder: Path) -> None:
    """Write the pairs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "eng-fra.tsv"
    path.write_bytes("".join(f"{english}\t{french}\n" for english, french in pairs()).encode())
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pairs")
