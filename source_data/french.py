"""The words that sentence pairs are made of: English and French, with what French grammar needs to know of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

VOWELS = "aeiouàâéèêëîïôûœh"  # every h of these lists is mute
ELIDED = re.compile(rf"\b(je|ne|le|la|de|que) (?=[{VOWELS}])")


def elide(french: str) -> str:
    """Return a French sentence with its vowels elided: `je aime la eau` becomes `j' aime l' eau`."""
    return ELIDED.sub(lambda match: f"{match.group(1)[:-1]}' ", french)


@dataclass(frozen=True)
class Adjective:
    """Hold an adjective: its forms, what it can be said of, whether it stands before the noun."""

    english: str
    masculine: str
    feminine: str
    kinds: tuple[str, ...]
    before: bool = False
    lasting: bool = True
    plural: str = ""  # masculine, where it is not formed with s
    mute: str = ""  # masculine before a vowel, where it differs

    def form(self, gender: str, plural: bool = False, vowel: bool = False) -> str:
        """Return the form that agrees."""
        if gender == "f":
            return self.feminine + ("s" if plural else "")
        if plural:
            return self.plural or self.masculine + "s"
        return self.mute if vowel and self.mute else self.masculine


@dataclass(frozen=True)
class Noun:
    """Hold a noun in both languages; plurals are given where they are not formed with s."""

    english: str
    french: str
    gender: str
    kind: str
    plural: str = ""
    plural_french: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "plural", self.plural or self.english + "s")
        object.__setattr__(self, "plural_french", self.plural_french or self.french + "s")

    @property
    def mute(self) -> bool:
        """Tell whether articles elide before the noun."""
        return self.french[0] in VOWELS

    def phrase(self, adjective: Adjective | None = None, plural: bool = False) -> str:
        """Return the noun with an adjective in its place."""
        noun = self.plural_french if plural else self.french
        if adjective is None:
            return noun
        if adjective.before:
            return f"{adjective.form(self.gender, plural, self.mute)} {noun}"
        return f"{noun} {adjective.form(self.gender, plural)}"


@dataclass(frozen=True)
class Verb:
    """Hold a verb: English forms; French forms for je, tu, il, nous, ils; what its objects can be."""

    english: str
    third: str
    past: str
    infinitive: str
    forms: tuple[str, ...]
    participle: str = ""
    order: str = ""
    objects: tuple[str, ...] = ()


def regular(english: str, infinitive: str, past: str = "", objects: str = "", ordered: bool = True) -> Verb:
    """Return a verb in -er; `english` names the third person as well where it is not formed with s."""
    english, _, third = english.partition("/")
    stem = infinitive.removesuffix("er")
    soft = f"{stem}e" if stem.endswith("g") else stem
    forms = (f"{stem}e", f"{stem}es", f"{stem}e", f"{soft}ons", f"{stem}ent")
    order = f"{stem}e" if ordered else ""
    kinds = tuple(objects.split())
    return Verb(english, third or f"{english}s", past, infinitive, forms, f"{stem}é", order, kinds)


def irregular(
    english: str, infinitive: str, forms: str, past: str = "", participle: str = "", objects: str = ""
) -> Verb:
    """Return a verb with all its forms given; the imperative is the first of them."""
    english, _, third = english.partition("/")
    said = tuple(forms.split())
    order = said[0] if participle and infinitive not in ("voir", "perdre") else ""
    return Verb(
        english, third or f"{english}s", past, infinitive, said, participle, order, tuple(objects.split())
    )


PERSON, BEING, ANY = ("person", "kin"), ("person", "kin", "animal"), ("person", "kin", "animal", "thing")
ADJECTIVES = [
    Adjective("tired", "fatigué", "fatiguée", BEING, lasting=False),
    Adjective("happy", "heureux", "heureuse", BEING, lasting=False, plural="heureux"),
    Adjective("sad", "triste", "triste", BEING, lasting=False),
    Adjective("young", "jeune", "jeune", BEING, before=True),
    Adjective("old", "vieux", "vieille", ANY, before=True, plural="vieux", mute="vieil"),
    Adjective("big", "grand", "grande", ("animal", "thing"), before=True),
    Adjective("tall", "grand", "grande", PERSON),
    Adjective("small", "petit", "petite", ANY, before=True),
    Adjective("rich", "riche", "riche", PERSON),
    Adjective("poor", "pauvre", "pauvre", PERSON),
    Adjective("ready", "prêt", "prête", PERSON, lasting=False),
    Adjective("sick", "malade", "malade", BEING, lasting=False),
    Adjective("calm", "calme", "calme", BEING, lasting=False),
    Adjective("angry", "fâché", "fâchée", PERSON, lasting=False),
    Adjective("alone", "seul", "seule", PERSON, lasting=False),
    Adjective("strong", "fort", "forte", BEING),
    Adjective("busy", "occupé", "occupée", PERSON, lasting=False),
    Adjective("serious", "sérieux", "sérieuse", PERSON, plural="sérieux"),
    Adjective("curious", "curieux", "curieuse", BEING, plural="curieux"),
    Adjective("lazy", "paresseux", "paresseuse", BEING, plural="paresseux"),
    Adjective("polite", "poli", "polie", PERSON),
    Adjective("beautiful", "beau", "belle", ("animal", "thing"), before=True, plural="beaux", mute="bel"),
    Adjective("new", "nouveau", "nouvelle", ("thing",), before=True, plural="nouveaux", mute="nouvel"),
    Adjective("red", "rouge", "rouge", ("thing",)),
    Adjective("black", "noir", "noire", ("animal", "thing")),
    Adjective("white", "blanc", "blanche", ("animal", "thing")),
    Adjective("green", "vert", "verte", ("thing",)),
    Adjective("blue", "bleu", "bleue", ("thing",)),
    Adjective("grey", "gris", "grise", ("animal", "thing"), plural="gris"),
    Adjective("expensive", "cher", "chère", ("thing",)),
    Adjective("heavy", "lourd", "lourde", ("thing",)),
    Adjective("dirty", "sale", "sale", ("animal", "thing"), lasting=False),
    Adjective("clean", "propre", "propre", ("thing",), lasting=False),
]

NOUNS = [
    Noun("man", "homme", "m", "person", "men"),
    Noun("woman", "femme", "f", "person", "women"),
    Noun("boy", "garçon", "m", "person"),
    Noun("girl", "fille", "f", "person"),
    Noun("friend", "ami", "m", "person"),
    Noun("teacher", "professeur", "m", "person"),
    Noun("doctor", "médecin", "m", "person"),
    Noun("child", "enfant", "m", "person", "children"),
    Noun("neighbour", "voisin", "m", "person"),
    Noun("brother", "frère", "m", "kin"),
    Noun("sister", "sœur", "f", "kin"),
    Noun("mother", "mère", "f", "kin"),
    Noun("father", "père", "m", "kin"),
    Noun("uncle", "oncle", "m", "kin"),
    Noun("aunt", "tante", "f", "kin"),
    Noun("cousin", "cousin", "m", "kin"),
    Noun("dog", "chien", "m", "animal"),
    Noun("cat", "chat", "m", "animal"),
    Noun("horse", "cheval", "m", "animal", "", "chevaux"),
    Noun("bird", "oiseau", "m", "animal", "", "oiseaux"),
    Noun("rabbit", "lapin", "m", "animal"),
    Noun("cow", "vache", "f", "animal"),
    Noun("mouse", "souris", "f", "animal", "mice", "souris"),
    Noun("book", "livre", "m", "thing"),
    Noun("car", "voiture", "f", "thing"),
    Noun("house", "maison", "f", "thing"),
    Noun("key", "clé", "f", "thing"),
    Noun("letter", "lettre", "f", "thing"),
    Noun("bag", "sac", "m", "thing"),
    Noun("hat", "chapeau", "m", "thing", "", "chapeaux"),
    Noun("coat", "manteau", "m", "thing", "", "manteaux"),
    Noun("bike", "vélo", "m", "thing"),
    Noun("chair", "chaise", "f", "thing"),
    Noun("table", "table", "f", "thing"),
    Noun("bed", "lit", "m", "thing"),
    Noun("door", "porte", "f", "thing"),
    Noun("window", "fenêtre", "f", "thing"),
    Noun("lamp", "lampe", "f", "thing"),
    Noun("dress", "robe", "f", "thing", "dresses"),
    Noun("shirt", "chemise", "f", "thing"),
    Noun("boat", "bateau", "m", "thing", "", "bateaux"),
    Noun("tree", "arbre", "m", "thing"),
    Noun("flower", "fleur", "f", "thing"),
    Noun("newspaper", "journal", "m", "thing", "", "journaux"),
    Noun("computer", "ordinateur", "m", "thing"),
    Noun("plate", "assiette", "f", "thing"),
    Noun("umbrella", "parapluie", "m", "thing"),
    Noun("garden", "jardin", "m", "place"),
    Noun("school", "école", "f", "place"),
    Noun("station", "gare", "f", "place"),
    Noun("market", "marché", "m", "place"),
    Noun("church", "église", "f", "place", "churches"),
    Noun("beach", "plage", "f", "place", "beaches"),
    Noun("library", "bibliothèque", "f", "place", "libraries"),
    Noun("hospital", "hôpital", "m", "place", "", "hôpitaux"),
    Noun("restaurant", "restaurant", "m", "place"),
    Noun("park", "parc", "m", "place"),
    Noun("water", "eau", "f", "mass"),
    Noun("bread", "pain", "m", "mass"),
    Noun("milk", "lait", "m", "mass"),
    Noun("cheese", "fromage", "m", "mass"),
    Noun("coffee", "café", "m", "mass"),
    Noun("tea", "thé", "m", "mass"),
    Noun("meat", "viande", "f", "mass"),
    Noun("soup", "soupe", "f", "mass"),
    Noun("rice", "riz", "m", "mass"),
    Noun("apple", "pomme", "f", "food"),
    Noun("egg", "œuf", "m", "food"),
    Noun("orange", "orange", "f", "food"),
    Noun("cake", "gâteau", "m", "food", "", "gâteaux"),
    Noun("tomato", "tomate", "f", "food", "tomatoes"),
    Noun("pear", "poire", "f", "food"),
]

SMALL = "book key letter bag hat coat lamp shirt newspaper umbrella plate flower"
TRANSITIVE = [
    irregular("have/has", "avoir", "ai as a avons ont", objects="animal thing food"),
    irregular("want", "vouloir", "veux veux veut voulons veulent", objects="animal thing food mass"),
    regular("like", "aimer", objects="person animal mass", ordered=False),
    irregular("see", "voir", "vois vois voit voyons voient", "saw", "vu", "person kin animal thing"),
    regular("eat", "manger", "ate", "food mass"),
    Verb(
        "buy",
        "buys",
        "bought",
        "acheter",
        ("achète", "achètes", "achète", "achetons", "achètent"),
        "acheté",
        "achète",
        ("animal", "thing", "food", "mass"),
    ),
    irregular("sell", "vendre", "vends vends vend vendons vendent", "sold", "vendu", "animal thing"),
    regular("find", "trouver", "found", f"animal {SMALL}", ordered=False),
    irregular("lose", "perdre", "perds perds perd perdons perdent", "lost", "perdu", SMALL),
    irregular("read", "lire", "lis lis lit lisons lisent", "", "lu", "book letter newspaper"),
    irregular("write", "écrire", "écris écris écrit écrivons écrivent", "wrote", "écrit", "book letter"),
    Verb(
        "open",
        "opens",
        "opened",
        "ouvrir",
        ("ouvre", "ouvres", "ouvre", "ouvrons", "ouvrent"),
        "ouvert",
        "ouvre",
        ("door", "window", "bag", "letter", "book", "umbrella"),
    ),
    regular("close", "fermer", "closed", "door window bag book umbrella"),
    irregular("drink", "boire", "bois bois boit buvons boivent", "drank", "bu", "water milk coffee tea"),
    irregular("take", "prendre", "prends prends prend prenons prennent", "took", "pris", SMALL),
    irregular("wait for/waits for", "attendre", "attends attends attend attendons attendent", "waited for", "attendu", "person"),
    regular("look for/looks for", "chercher", "looked for", f"person animal {SMALL}"),
    regular("help", "aider", "helped", "person"),
    regular("draw", "dessiner", "drew", "animal house tree boat flower"),
    regular("wash/washes", "laver", "washed", "dog horse car shirt dress plate window"),
    regular("break", "casser", "broke", "chair lamp plate window computer"),
]  # fmt: skip

INTRANSITIVE = [
    irregular("sleep", "dormir", "dors dors dort dormons dorment"),
    regular("work", "travailler"),
    regular("sing", "chanter"),
    regular("dance", "danser"),
    regular("swim", "nager"),
    irregular("run", "courir", "cours cours court courons courent"),
    regular("speak", "parler"),
    irregular("laugh", "rire", "ris ris rit rions rient"),
    irregular("read", "lire", "lis lis lit lisons lisent"),
    irregular("write", "écrire", "écris écris écrit écrivons écrivent"),
    regular("eat", "manger"),
    regular("cry/cries", "pleurer"),
    regular("cook", "cuisiner"),
    regular("walk", "marcher"),
    regular("play", "jouer"),
    regular("study/studies", "étudier"),
]
