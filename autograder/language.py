"""Say things in the reader's language.

The program composes, stores and compares English. Whoever shows a text to a person passes it through `_`, which looks it
up in gettext catalogues: as a whole, as a template whose `{places}` are filled, else line by line and sentence by
sentence. What no catalogue has stays English. The program's catalogue is `locale/LANGUAGE/LC_MESSAGES/autograder.po`;
what a unit says is in `LANGUAGE.po` beside its `unit.toml`.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from autograder.errors import AutograderError
from autograder.formulas import readable_math

ENGLISH = "en"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES = (ENGLISH, *sorted(path.name for path in LOCALE.glob("*_*")))
VARIABLES = ("AUTOGRADER_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
PLACE = re.compile(r"\{([a-z_]\w*)\}", re.ASCII)
SENTENCE_END = re.compile(r"(?<=[.!?]) +")
FULL_WIDTH = "。！？；："
LABEL = re.compile(r"(called|expected|got|where): ")
# What a text from a submission can cost to look up is bounded: depth of places in places, sentences of a line, of a message.
DEEPEST = 4
MOST_SENTENCES = 40
LONGEST_RUN = 12
LEAST_LETTERS = 3


def known(name: str) -> str | None:
    """Return which of `LANGUAGES` a locale's name, as `zh_CN.UTF-8` or `zh`, stands for; None for none of them."""
    plain = re.split(r"[.@]", name.strip().replace("-", "_"))[0]
    if plain in ("C", "POSIX"):
        return ENGLISH
    for language in LANGUAGES:
        if plain.casefold() in (language.casefold(), language.partition("_")[0]):
            return language
    return ENGLISH if plain.casefold().startswith("en_") else None


def from_environment(variables: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for: the first variable that is set counts."""
    value = next((variables[name] for name in VARIABLES if variables.get(name)), "")
    return next((language for name in value.split(":") if (language := known(name))), ENGLISH)


class _State:
    """Hold for the process which language was asked for, and which folders have catalogues of their own."""

    asked: str | None = None
    folders: ClassVar[dict[Path, None]] = {}
    catalogues: ClassVar[dict[str, Catalogue]] = {}


def language() -> str:
    """Return the language to speak: what was asked for, else a notebook's own, else what the environment says."""
    if _State.asked:
        return _State.asked
    if "ipykernel" in sys.modules and not os.environ.get(VARIABLES[0]):
        here = Path.cwd()
        return of_notebook(here / f"{here.name}.ipynb") or from_environment()
    return from_environment()


def asked() -> str | None:
    """Return the language that was asked for in this run; None where only the environment says one."""
    return _State.asked


@functools.cache
def of_notebook(path: Path) -> str | None:
    """Return the language in which a notebook file was released; None where that cannot be read."""
    try:
        return released_in(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def released_in(notebook: Mapping[str, Any]) -> str:
    """Return the language in which a notebook was released."""
    entry = notebook["metadata"].get("autograder", {})
    return known(str(entry.get("language", ENGLISH))) or ENGLISH


def choose(name: str | None) -> None:
    """Ask for a language, or for the environment's again; raise `AutograderError` for one that there is not."""
    chosen = None if name is None else known(name)
    if name is not None and chosen is None:
        raise AutograderError(f"there is no language {name!r}; there are: {', '.join(LANGUAGES)}")
    _State.asked = chosen


@contextmanager
def speaking(name: str | None) -> Iterator[None]:
    """Speak a language for a while; None leaves it as it is."""
    before = _State.asked
    choose(name or before)
    try:
        yield
    finally:
        _State.asked = before


def register(folder: Path) -> None:
    """Have the texts of a unit's folder looked up as well."""
    if folder not in _State.folders:
        _State.folders[folder] = None
        for name, made in _State.catalogues.items():
            made.add(unit_translations(folder / f"{name}.po"))


def teach(name: str, texts: Mapping[str, str]) -> None:
    """Add translations into a language that stand in no catalogue."""
    if name in LANGUAGES:
        catalogue(name).add(with_plain_formulas(texts))


def translations(name: str, texts: Iterable[str]) -> dict[str, str]:
    """Return what some texts are in a language, as far as they are translated as a whole."""
    found = catalogue(name).texts if name != ENGLISH else {}
    return {text: found[text] for text in texts if text in found}


def gettext(text: str) -> str:
    """Return a text in the reader's language, as far as the catalogues have it."""
    spoken = language()
    if spoken == ENGLISH or not text:
        return text
    return catalogue(spoken).translate(text)


_ = gettext


@dataclass(frozen=True)
class Template:
    """Hold a message with places to fill: the text between the places, their names, and the translation."""

    chunks: tuple[str, ...]
    names: tuple[str, ...]
    target: str

    @classmethod
    def of(cls, text: str, target: str) -> Template:
        parts = PLACE.split(text)
        return cls(tuple(parts[::2]), tuple(parts[1::2]), target)

    @property
    def letters(self) -> int:
        return sum(character.isalpha() for chunk in self.chunks for character in chunk)

    def match(self, text: str) -> dict[str, str] | None:
        """Return what fills the places in `text`; None where it is no such message. Linear in the text's length."""
        first, *middle, last = self.chunks
        if "\n" in text and not any("\n" in chunk for chunk in self.chunks):
            return None  # what fills a place is of one line
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return None
        end = len(text) - len(last)
        at, values = len(first), []
        for chunk in middle:
            found = text.find(chunk, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(chunk)
        return dict(zip(self.names, [*values, text[at:end]], strict=True))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the translation with its places filled."""
        return PLACE.sub(lambda place: values.get(place[1], place[0]), self.target)


@dataclass
class Catalogue:
    """Hold the translations into one language; `wide` where it is written with full-width punctuation."""

    wide: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)

    def add(self, translations: Mapping[str, str]) -> None:
        """Add translations; those that are there already stay."""
        made = []
        for text, target in translations.items():
            if text in self.texts:
                continue
            self.texts[text] = target
            if PLACE.search(text):
                made.append(Template.of(text, target))
        # Of several templates that fit, the one that says most is meant.
        strong = [template for template in made if template.letters >= LEAST_LETTERS]
        self.templates = sorted([*self.templates, *strong], key=lambda template: -template.letters)

    def translate(self, text: str) -> str:
        """Return a text translated as a whole, else line by line."""
        if "\n" in text and (found := self.whole(text.strip(), 0)) is not None:
            return text.replace(text.strip(), found, 1)
        return "\n".join(self.line(line, 0) for line in text.split("\n"))

    def line(self, text: str, depth: int) -> str:
        """Return one line translated as a whole, else sentence by sentence."""
        bare = text.strip()
        found = self.whole(bare, depth)
        if found is None:
            found = self.sentences(SENTENCE_END.split(bare), depth)
        elif LABEL.match(bare):
            return found  # labels are set flush right in English alone
        return text.replace(bare, found, 1) if bare else text

    def whole(self, text: str, depth: int) -> str | None:
        """Return the translation of a message; None where there is none."""
        if (found := self.texts.get(text)) is not None:
            return found
        if depth >= DEEPEST:
            return None
        for template in self.templates:
            values = template.match(text)
            if values is not None:
                filled = {
                    place: value if names_code(place, value) else self.line(value, depth + 1)
                    for place, value in values.items()
                }
                return template.fill(filled)
        return None

    def sentences(self, parts: list[str], depth: int) -> str:
        """Translate the longest runs of sentences that are messages, and parts of those that are none."""
        made = ""
        if len(parts) > MOST_SENTENCES:
            return " ".join(parts)
        while parts:
            for count in range(min(len(parts), LONGEST_RUN), 0, -1):
                run = " ".join(parts[:count])
                found = self.whole(run, depth) if len(parts) > 1 else None
                if found is not None or count == 1:
                    break
            space = "" if not made or (self.wide and made[-1] in FULL_WIDTH) else " "
            made += space + (self.clauses(run, depth) if found is None else found)
            parts = parts[count:]
        return made

    def clauses(self, text: str, depth: int) -> str:
        """Translate what stands between semicolons, and what stands before a colon."""
        if depth >= DEEPEST:
            return text
        parts = text.split("; ")
        if 1 < len(parts) <= MOST_SENTENCES:
            said = [self.line(part, depth + 1) for part in parts]
            return text if said == parts else ("；" if self.wide else "; ").join(said)
        head, colon, rest = text.partition(": ")
        title = self.whole(head, depth) if colon else None
        return text if title is None else f"{title}{'：' if self.wide else colon}{self.line(rest, depth + 1)}"


def names_code(place: str, value: str) -> bool:
    """Tell whether a place's value is a name out of code, as `dropout`, which may be a word of its own elsewhere."""
    return value.isidentifier() and place.rstrip("0123456789") in ("name", "exercise", "unit")


def catalogue(name: str) -> Catalogue:
    """Return the translations into a language: the program's, then those of the registered folders."""
    if name not in _State.catalogues:
        made = Catalogue(wide=name.startswith(("zh", "ja")))
        made.add(read_translations(LOCALE / name / "LC_MESSAGES" / "autograder.po"))
        for folder in _State.folders:
            made.add(unit_translations(folder / f"{name}.po"))
        _State.catalogues[name] = made
    return _State.catalogues[name]


def unit_translations(path: Path) -> dict[str, str]:
    """Return a unit's translations."""
    return with_plain_formulas(read_translations(path))


def with_plain_formulas(texts: Mapping[str, str]) -> dict[str, str]:
    """Return translations, formulas also in the form that terminals and stored results have."""
    plain = {readable_math(text): readable_math(target) for text, target in texts.items() if "$" in text}
    return plain | dict(texts)


def read_translations(path: Path) -> dict[str, str]:
    """Return what a .po file translates, without what is doubtful; nothing where there is no such file."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open(encoding="utf-8") as file:
            messages = list(read_po(file, abort_invalid=True))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, PoFileError, ValueError) as error:
        raise AutograderError(f"{path}: {error}; correct the file") from None
    return {
        str(message.id): str(message.string)
        for message in messages
        if message.id and message.string and not message.fuzzy
    }
