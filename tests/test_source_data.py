"""The data under source_data/: made by its scripts to the byte, described truly, fit for small models."""

import hashlib
import importlib.util
import re
import subprocess
import sys

import pytest

FILES = ("texts/harbour.txt", "texts/manual.txt", "pairs/eng-fra.tsv")
PUNCTUATION = {".", "?", "!"}


@pytest.fixture(scope="module")
def data(root):
    return root / "source_data"


@pytest.fixture(scope="module")
def pairs(data):
    lines = (data / "pairs" / "eng-fra.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.fixture(scope="module")
def french(data):
    """Return the module `french`, which the scripts import from their own folder."""
    spec = importlib.util.spec_from_file_location("french", data / "french.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["french"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["french"]


def cards(data):
    """Return what the README says of each file: size, lines and hash."""
    text = (data / "README.md").read_text(encoding="utf-8")
    found = {}
    for name, body in re.findall(r"^## (\S+\.\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        rows = dict(re.findall(r"^\| ([\w -]+) \| (.+) \|$", body, re.MULTILINE))
        found[name] = rows
    return found


@pytest.mark.parametrize(
    ("script", "folder", "names"),
    [
        ("make_texts.py", "texts", ["harbour.txt", "manual.txt"]),
        ("make_pairs.py", "pairs", ["eng-fra.tsv"]),
    ],
)
def test_scripts_make_the_files_byte_for_byte(data, tmp_path, script, folder, names):
    subprocess.run([sys.executable, data / script, tmp_path], check=True, capture_output=True, cwd=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for name in names:
        assert (tmp_path / name).read_bytes() == (data / folder / name).read_bytes(), f"run {script}"


def test_every_file_has_a_true_card(data):
    said = cards(data)
    made = {str(p.relative_to(data)) for folder in ("texts", "pairs") for p in (data / folder).iterdir()}
    assert set(said) == set(FILES) == made
    for name, rows in said.items():
        content = (data / name).read_bytes()
        assert rows["size"] == f"{len(content)} bytes, {content.count(10)} lines"
        assert rows["SHA-256"] == f"`{hashlib.sha256(content).hexdigest()}`"
        assert rows["licence"] == "MIT, as the project"
        assert rows["how made"] and rows["what"]
        [script] = re.findall(r"`(make_\w+\.py)`", rows["how made"])
        assert (data / script).is_file()


@pytest.mark.parametrize("name", ["harbour.txt", "manual.txt"])
def test_texts_are_long_varied_and_clean(data, name):
    text = (data / "texts" / name).read_text(encoding="ascii")
    assert len(text) >= 30_000
    assert not re.search(r"[{}|\t]|  | [.,;:]|\b[Aa] [aeio]|\ban [bcdfgjklmnpqrstvwxyz]", text)
    paragraphs = text.rstrip("\n").split("\n\n")
    assert all(paragraph and "\n" not in paragraph for paragraph in paragraphs)
    sentences = [s for p in paragraphs for s in re.split(r"(?<=[.?!]) ", p)]
    assert len(set(sentences)) >= 0.98 * len(sentences)
    assert all(sentence[0].isupper() or not sentence[0].isalpha() for sentence in sentences)


def test_the_two_texts_are_of_different_styles(data):
    harbour, manual = (
        (data / "texts" / f"{n}.txt").read_text(encoding="ascii") for n in ("harbour", "manual")
    )
    lengths = [
        sum(map(len, parts)) / len(parts)
        for parts in (re.split(r"[.?!]\s", harbour), re.split(r"[.?!]\s", manual))
    ]
    assert lengths[0] > 1.4 * lengths[1]
    assert not re.search(r"\d", harbour) and len(re.findall(r"\d+", manual)) > 500


def test_pairs_are_short_distinct_and_few_in_words(pairs):
    assert len(pairs) >= 2500
    assert len({english for english, _ in pairs}) == len(pairs)
    for pair in pairs:
        assert len(pair) == 2
        for side in pair:
            tokens = side.split(" ")
            assert 3 <= len(tokens) <= 9, side
            assert side == side.lower()
            assert tokens[-1] in PUNCTUATION and not PUNCTUATION & set(tokens[:-1])
            assert all(re.fullmatch(r"[a-zàâçéèêîôùûœ'-]+|[.?!]", token) for token in tokens), side
    for side in (0, 1):
        assert 200 <= len({word for pair in pairs for word in pair[side].split()}) <= 600


def test_pairs_keep_to_french_grammar(pairs):
    """Rules that hold whatever the sentence: elision, contraction, negation, être and avoir."""
    vowel = "[aeiouàâéèêîôûœh]"
    for english, french in pairs:
        assert not re.search(rf"\b(je|ne|le|la|de|que) {vowel}", french), french
        assert not re.search(rf"\b[jnldc]' (?!{vowel})", french.replace("qu'", "que")), french
        assert not re.search(r"\b(à le|de le|de les|à les|un une)\b", french), french
        assert not re.search(rf"\b[mts]a {vowel}|\b(beau|vieux|nouveau) {vowel}\w+ \.", french), french
        assert not re.search(r"\b(je|tu|il|elle|nous|ils) (je|tu|il|elle|nous|ils)\b", french), french
        denied = bool(re.search(r"\bnot\b|\bcannot\b", english))
        assert denied == bool(re.search(r"\b(ne|n') .* ?pas\b", french)), (english, french)
        assert ("?" in english) == ("?" in french)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("i like", "j' aime"),
        ("we eat", "nous mangeons"),
        ("they are not", "ils ne sont pas"),
        ("she went to the", "elle est allée"),
        ("they went to the", "ils sont allés"),
        ("we went to the market .", "nous sommes allés au marché ."),
        ("years old .", "ans ."),
    ],
)
def test_agreement_is_there(pairs, english, french):
    found = [line for line in pairs if re.search(rf"\b{re.escape(english)}", line[0])]
    assert found
    assert all(french in line[1] for line in found if line[0].startswith(english) or english.endswith("."))


def test_adjectives_agree_and_stand_in_their_place(french):
    nouns = {noun.english: noun for noun in french.NOUNS}
    adjectives = {adjective.english: adjective for adjective in french.ADJECTIVES}

    def phrase(adjective, noun, plural=False):
        return nouns[noun].phrase(adjectives[adjective], plural)

    assert phrase("red", "car") == "voiture rouge"
    assert phrase("old", "tree") == "vieil arbre"
    assert phrase("old", "house") == "vieille maison"
    assert phrase("new", "computer") == "nouvel ordinateur"
    assert phrase("beautiful", "bird", plural=True) == "beaux oiseaux"
    assert phrase("white", "mouse", plural=True) == "souris blanches"
    assert phrase("grey", "horse", plural=True) == "chevaux gris"
    assert french.elide("je ne aime pas le homme .") == "je n' aime pas l' homme ."
    assert french.elide("est-ce que il a de la eau ?") == "est-ce qu' il a de l' eau ?"


def test_similar_sentences_recur(pairs):
    """Most words come back often enough to be learned."""
    for side in (0, 1):
        counts = {}
        for pair in pairs:
            for word in pair[side].split():
                counts[word] = counts.get(word, 0) + 1
        total = sum(counts.values())
        assert sum(n for n in counts.values() if n >= 5) > 0.98 * total
