"""What there is to translate, for authors: a unit's texts and the program's own, in .po files that are kept up to date."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.files import write
from autograder.language import LOCALE, PLACE
from autograder.quizzes.face import face
from autograder.quizzes.reading import Question, load_quiz
from autograder.speech import program_texts, template
from autograder.units import Unit

HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

FORMULA = re.compile(r"\$\$.+?\$\$|\$.+?\$", re.DOTALL)
WORDS_IN_FORMULA = re.compile(r"\\(?:text|mathrm|operatorname)\{[^{}]*\}")
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(([^)]*)\)")
HEADING = re.compile(r"^#+ ", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """Hold a text to translate, where it stands, and whether students get it with the released unit."""

    text: str
    place: str
    public: bool = True


def unit_messages(unit: Unit) -> list[Message]:
    """Return what a unit says to people, in the order of its files; prose of notebooks is beside the English prose."""
    found = [Message(unit.title, "unit.toml")]
    contracts = contracts_of(unit)
    for exercise in unit.exercises.values():
        found += [Message(hint, f"unit.toml:{exercise.name}") for hint in exercise.hints]
        found.append(Message(contracts[exercise.name], f"notebook.py:{exercise.name}", public=False))
    for path in unit.check_files(hidden=True):
        visible = path.name.startswith("visible")
        found += [Message(text, f"{path.name}:{name}", visible) for name, text in check_texts(path, visible)]
    for mistake in unit.mistakes.values():
        found.append(Message(mistake.sentence, f"mistakes.py:{mistake.full_name}"))
    quiz = load_quiz(unit, keys=False)
    for question in quiz.questions if quiz else ():
        place = f"quiz.toml:{question.id}"
        found += [Message(text, place) for text in face_texts(question)]
        found += [Message(text, place, public=False) for text in key_texts(question)]
    return [message for message in found if has_words(message.text)]


def has_words(text: str) -> bool:
    """Tell whether a text says anything outside of formulas and code."""
    return any(character.isalpha() for character in re.sub(r"\$[^$]*\$|`[^`]*`", "", text))


def contracts_of(unit: Unit) -> dict[str, str]:
    """Return the contract of each exercise: the docstring of its stub."""
    tree = ast.parse(unit.source.read_text(encoding="utf-8"), str(unit.source))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def check_texts(path: Path, told: bool) -> Iterator[tuple[str, str]]:
    """Yield the sentence of each check in a file and, where they are told, what its assertions call things."""
    for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        name = node.name.removeprefix("test_")
        if name != node.name:
            yield name, " ".join((ast.get_docstring(node) or "").split())
        for call in ast.walk(node) if told else ():
            match call:
                case ast.Call(
                    func=ast.Name(id="assert_within" | "assert_matches"), args=args, keywords=named
                ):
                    for value in [*args[3:], *(keyword.value for keyword in named if keyword.arg == "what")]:
                        if text := template(value):
                            yield name, text


def face_texts(question: Question) -> list[str]:
    """Return what students see of a question."""
    shown = face(question)
    return [shown.topic, shown.text, *shown.choices, *shown.lefts, shown.unit]


def key_texts(question: Question) -> list[str]:
    """Return what is told of a question after an answer."""
    whys = [*(option.why for option in question.options), *(wrong.why for wrong in question.wrong)]
    return [question.explanation, *whys]


def po_text(messages: Iterable[Message], translations: Any, language: str) -> str:
    """Return messages as the text of a .po file, with what `translations`, a babel catalogue, has for them."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    wanted = Catalog(locale=language)
    for message in messages:
        wanted.add(message.text, locations=[(message.place, None)])  # type: ignore[list-item]
    translations.update(wanted, update_header_comment=False)
    file = io.BytesIO()
    write_po(file, translations, width=110, omit_header=True, ignore_obsolete=True)
    return HEADER.format(language=language) + file.getvalue().decode("utf-8")


def read_catalogue(path: Path, language: str) -> Any:
    """Return a .po file as babel's catalogue; an empty one where there is no such file."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open(encoding="utf-8") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except FileNotFoundError:
        return Catalog(locale=language)
    except (OSError, UnicodeDecodeError, PoFileError, ValueError) as error:
        raise CourseError(f"{path}: {error}; correct the file") from None


def public_catalogue(unit: Unit, language: str) -> str:
    """Return the part of a unit's .po file that students get; empty where there is nothing translated."""
    known = read_catalogue(unit.folder / f"{language}.po", language)
    messages = [message for message in unit_messages(unit) if message.public]
    translated = [message for message in messages if message.text in known and known[message.text].string]
    return po_text(translated, known, language) if translated else ""


def update(path: Path, messages: Iterable[Message], language: str) -> Path:
    """Write or renew a .po file: translations stay, those of texts that were changed become doubtful (fuzzy)."""
    text = po_text(messages, read_catalogue(path, language), language)
    write(path, text)
    return path


def discrepancies(text: str, target: str) -> list[str]:
    """Return in what a translation departs from its original where both have to be the same."""
    wordless, its = WORDS_IN_FORMULA.sub("", text), WORDS_IN_FORMULA.sub("", target)
    kept = {
        "formulas": (squeezed(FORMULA.findall(wordless)), squeezed(FORMULA.findall(its))),
        "code": (CODE.findall(FORMULA.sub("", text)), CODE.findall(FORMULA.sub("", target))),
        "places": (PLACE.findall(wordless), PLACE.findall(its)),
        "links": (LINK.findall(FORMULA.sub("", text)), LINK.findall(FORMULA.sub("", target))),
        "headings": (HEADING.findall(text), HEADING.findall(target)),
        "paragraphs": (["¶"] * text.strip().count("\n\n"), ["¶"] * target.strip().count("\n\n")),
    }
    found = []
    for what, (ours, theirs) in kept.items():
        lost, added = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
        if lost or added:
            parts = [f"lost {', '.join(lost.elements())}"] if lost else []
            parts += [f"added {', '.join(added.elements())}"] if added else []
            found.append(f"other {what}: {'; '.join(parts)}")
    return found


def squeezed(texts: Iterable[str]) -> list[str]:
    """Return texts without white space, which means nothing in formulas."""
    return ["".join(text.split()) for text in texts]


def problems(messages: Iterable[Message], path: Path, language: str) -> list[str]:
    """Return what keeps a .po file from being whole: texts without a translation, doubtful ones, and departures."""
    known = read_catalogue(path, language)
    found, seen = [], set[str]()
    for message in messages:
        entry = known.get(message.text)
        where = f"{path}: {message.place}: {shortened(message.text)}"
        if message.text in seen:
            continue
        seen.add(message.text)
        if entry is None or not entry.string:
            found.append(f"{where}: not translated")
        elif entry.fuzzy:
            found.append(f"{where}: the English was changed; see to the translation and take `fuzzy` out")
        else:
            found += [f"{where}: {text}" for text in discrepancies(message.text, str(entry.string))]
    return found


def prose_problems(unit: Unit, language: str) -> list[str]:
    """Return what is missing of a notebook's prose in a language, and where it departs from the English."""
    import jupytext

    cells = jupytext.reads(unit.source.read_text(encoding="utf-8"), fmt="py:percent").cells
    found = []
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type != "markdown" or "lang" in cell.metadata:
            continue
        where = f"{unit.source}: {shortened(cell.source)}"
        if following is None or following.metadata.get("lang") != language:
            found.append(f'{where}: not translated; put a cell marked lang="{language}" right after it')
        else:
            found += [f"{where}: {text}" for text in discrepancies(cell.source, following.source)]
    return found


def shortened(text: str) -> str:
    line = text.split("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"


def program_messages() -> list[Message]:
    """Return what the program itself says."""
    return [Message(text, place) for place, text in program_texts()]


def program_path(language: str) -> Path:
    """Return the program's own catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / "autograder.po"


def renew_unit(unit: Unit, language: str) -> Path:
    """Renew the catalogue of a unit; return its path."""
    return update(unit.folder / f"{language}.po", unit_messages(unit), language)


def renew_program(language: str) -> Path:
    """Renew the program's own catalogue; return its path."""
    return update(program_path(language), program_messages(), language)


def unit_problems(unit: Unit, language: str) -> list[str]:
    """Return what is missing or doubtful in the translation of a unit."""
    path = unit.folder / f"{language}.po"
    return problems(unit_messages(unit), path, language) + prose_problems(unit, language)


def program_problems(language: str) -> list[str]:
    """Return what is missing or doubtful in the translation of the program."""
    return problems(program_messages(), program_path(language), language)
