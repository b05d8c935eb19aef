"""Collecting from every layout that classes come in, and from hostile and damaged ones."""

import io
import json
import os
import stat
import struct
import zipfile

import pytest

from autograder import archives
from autograder.collecting import collect
from autograder.errors import CourseError
from autograder.files import write as write_file
from autograder.roster import Roster, read_people

UNIT, OTHER = "regularization", "recurrent"
ROSTER = """id,name,email,canvas_id,sis_id,github
ann,Ann Lee,ann@example.org,501,S1,ann-l
bob,Bob Müller,bob@example.org,502,S2,bobby
cy,Li Wei,cy@example.org,503,S3,cy3
"""


@pytest.fixture(scope="session")
def notebook(hand_in):
    """Return the bytes of a notebook, marked so that two are told apart."""

    def made(mark="", unit=UNIT, metadata=True):
        content = hand_in(unit)
        if not metadata:
            content["metadata"].pop("autograder", None)
        content["metadata"]["mark"] = mark
        return json.dumps(content).encode()

    return made


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "students.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return Roster(read_people(path))


@pytest.fixture
def run(tmp_path, units):
    """Collect sources into a folder; return the report."""

    def collected(*sources, roster=None, **options):
        return collect(list(sources), tmp_path / "submitted", units, roster or Roster(), **options)

    return collected


def write(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zip_of(files, **marks):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, marks.get(name, (2026, 10, 1, 0, 0, 0))), data)
    return stream.getvalue()


def there(tmp_path):
    """Return what lies under `submitted/`, by path: the mark of a notebook, the text of anything else."""
    found = {}
    for path in sorted((tmp_path / "submitted").rglob("*")):
        if path.suffix == ".ipynb":
            found[path.relative_to(tmp_path / "submitted").as_posix()] = json.loads(path.read_bytes())[
                "metadata"
            ]["mark"]
        elif path.is_file():
            found[path.relative_to(tmp_path / "submitted").as_posix()] = path.read_text()
    return found


def place(student, unit=UNIT):
    return f"{student}/{unit}/{unit}.ipynb"


def problems(report):
    return "\n".join(f"{where}: {why}" for where, why in report.problems)


@pytest.mark.parametrize("packed", [True, False])
def test_moodle_folders_and_flat_names(tmp_path, run, roster, notebook, packed):
    files = {
        "Ann Lee_7001_assignsubmission_file_/my homework.ipynb": notebook("ann"),
        "Bob Müller_7002_assignsubmission_file_regularization.ipynb": notebook("bob"),
        "Wei Li_7003_assignsubmission_file/deep/er/x.ipynb": notebook("cy"),
        "Zed Zoo_7009_assignsubmission_file_/x.ipynb": notebook("zed"),
        "Ann Lee_7001_assignsubmission_onlinetext_/onlinetext.html": b"<p>see file</p>",
    }
    source = tmp_path / "CS1-Week 3-77.zip" if packed else tmp_path / "download"
    source.write_bytes(zip_of(files)) if packed else write(source, files)
    report = run(source, roster=roster)
    assert there(tmp_path) == {place("ann"): "ann", place("bob"): "bob", place("cy"): "cy"}
    assert "Zed Zoo (Moodle) is not in the class list" in problems(report)
    assert len(report.problems) == 1
    assert not report.missing


def test_moodle_names_that_are_not_marked_as_utf8(tmp_path, run, roster, notebook):
    name = "Bob Müller_7002_assignsubmission_file_/x.ipynb"
    plain = "Bob MXXller_7002_assignsubmission_file_/x.ipynb"
    data = zip_of({plain: notebook("bob")}).replace(plain.encode(), name.encode())
    assert len(name.encode()) == len(plain)
    (tmp_path / "m.zip").write_bytes(data)
    run(tmp_path / "m.zip", roster=roster)
    assert there(tmp_path) == {place("bob"): "bob"}


def test_namesakes_are_not_guessed_at(tmp_path, run, notebook):
    files = {f"Li Wei_{n}_assignsubmission_file_/x.ipynb": notebook(str(n)) for n in (11, 12)}
    (tmp_path / "m.zip").write_bytes(zip_of(files))
    report = run(tmp_path / "m.zip")
    assert there(tmp_path) == {}
    assert problems(report).count("several students who could be") == 2


def test_a_grading_worksheet_tells_namesakes_apart(tmp_path, run, notebook):
    files = {f"Li Wei_{n}_assignsubmission_file_/x.ipynb": notebook(str(n)) for n in (11, 12)}
    (tmp_path / "m.zip").write_bytes(zip_of(files))
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum grade\n"
        "Participant 11,Li Wei,one@x.org,,,\nParticipant 12,Li Wei,two@x.org,,,\n",
        encoding="utf-8-sig",
    )
    report = run(tmp_path / "m.zip", roster=Roster.load([sheet]))
    assert there(tmp_path) == {place("one@x.org"): "11", place("two@x.org"): "12"}
    assert not report.problems


def test_a_worksheet_adds_to_the_class_list_and_nobody_to_the_class(tmp_path, run, roster, notebook):
    files = {f"Ann Lee_{n}_assignsubmission_file_/x.ipynb": notebook(str(n)) for n in (11, 12)}
    (tmp_path / "m.zip").write_bytes(zip_of(files))
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(
        "Identifier,Full name,Email address\nParticipant 11,Ann Lee,ANN@example.org\nParticipant 12,Ann Lee,other@x.org\n"
    )
    report = run(tmp_path / "m.zip", roster=Roster.load([tmp_path / "students.csv", sheet]))
    assert there(tmp_path) == {place("ann"): "11"}
    assert "Ann Lee_12_" in problems(report)


def test_canvas_takes_the_newest_file_and_notes_who_is_late(tmp_path, run, roster, notebook):
    files = {
        "leeann_501_9001_regularization.ipynb": notebook("first"),
        "leeann_LATE_501_9105_regularization-1.ipynb": notebook("second"),
        "mullerbob_502_9002_other name.ipynb": notebook("bob"),
        "anon_x1y2z_9009_regularization.ipynb": notebook("who"),
        "weili_503_9003_report.pdf": b"%PDF",
    }
    (tmp_path / "submissions.zip").write_bytes(zip_of(files))
    report = run(tmp_path / "submissions.zip", roster=roster)
    assert there(tmp_path) == {place("ann"): "second", place("bob"): "bob"}
    assert [
        line["late"] for line in report.lines if line["student"] == "ann" and line["status"] == "new"
    ] == [True]
    assert report.counts["earlier attempt"] == 1
    assert "anonymous" in problems(report)
    assert "no notebook was handed in here, but weili_503_9003_report.pdf" in problems(report)


def test_gradescope_groups_and_times(tmp_path, run, roster, notebook):
    metadata = """---
submission_31:
  :submitters:
  - :name: Ann Lee
    :sid: S1
    :email: ann@example.org
  - :name: Somebody Else
    :sid: ''
    :email: BOB@example.org
  :created_at: 2026-10-02 21:10:29.128190000 Z
  :score: 3.0
submission_32:
  :submitters:
  - :name: Li Wei
    :sid: S3
    :email:
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-10-03 08:00:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: UTC
"""
    files = {
        "assignment_5_export/submission_31/a.ipynb": notebook("group"),
        "assignment_5_export/submission_32/b.ipynb": notebook("cy"),
        "assignment_5_export/submission_32/timestamp.txt": b"2020-01-01 00:00:00 UTC",
        "assignment_5_export/submission_33/c.ipynb": notebook("nobody"),
        "assignment_5_export/submission_metadata.yml": metadata.encode(),
    }
    (tmp_path / "g.zip").write_bytes(zip_of(files))
    report = run(tmp_path / "g.zip", roster=roster)
    assert there(tmp_path) == {
        place("ann"): "group",
        f"ann/{UNIT}/timestamp.txt": "2026-10-02 21:10:29.128190 UTC",
        place("bob"): "group",
        f"bob/{UNIT}/timestamp.txt": "2026-10-02 21:10:29.128190 UTC",
        place("cy"): "cy",
        f"cy/{UNIT}/timestamp.txt": "2026-10-03 08:00:00.000000 UTC",
    }
    assert "submission_33/c.ipynb: who handed it in is not known" in problems(report)


def test_nbgraders_exchange_latest_attempt_wins(tmp_path, run, notebook):
    inbound = tmp_path / "exchange" / "deep-learning" / "inbound"
    first, second = "2026-10-02 12:00:00.000000 UTC", "2026-10-04 12:00:00.000000 UTC"
    for stamp in (second, first):
        folder = inbound / f"ann+b@x.org+{UNIT}+{stamp}+c29tZQ"
        write(
            folder,
            {f"{UNIT}.ipynb": notebook(stamp), "timestamp.txt": stamp.encode(), "visible_checks.py": b""},
        )
    report = run(tmp_path / "exchange")
    assert there(tmp_path) == {place("ann+b@x.org"): second, f"ann+b@x.org/{UNIT}/timestamp.txt": second}
    assert not report.problems


def test_github_clones(tmp_path, run, roster, notebook):
    clones = tmp_path / "week-3-submissions"
    inside = f"assignments/{UNIT}/{UNIT}.ipynb"
    write(
        clones / "week-3-ann-l", {inside: notebook("ann"), ".git/config": b"", ".git/x.ipynb": notebook("no")}
    )
    write(clones / "week-3-bobby", {"README.md": b"nothing yet"})
    report = run(clones, roster=roster)
    assert there(tmp_path) == {place("ann"): "ann"}
    assert "week-3-bobby: no notebook was handed in here, but README.md" in problems(report)
    write(tmp_path / "elsewhere" / "week-3-ann-l", {inside: notebook("again")})
    run(tmp_path / "elsewhere", roster=roster)
    assert there(tmp_path) == {place("ann"): "again"}


def test_a_folder_of_notebooks_and_of_folders(tmp_path, run, notebook):
    source = write(
        tmp_path / "inbox",
        {
            "ann.ipynb": notebook("ann"),
            f"{UNIT}_bob.ipynb": notebook("bob"),
            f"cy/{UNIT}/{UNIT}.ipynb": notebook("cy"),
            f"cy/{UNIT}/timestamp.txt": b"2026-10-02 12:00:00.000000 UTC",
            "cy/.ipynb_checkpoints/old.ipynb": notebook("old"),
            f"dee/{OTHER}.ipynb": notebook("dee", OTHER),
            f"{UNIT}.ipynb": notebook("whose"),
        },
    )
    report = run(source)
    assert there(tmp_path) == {
        place("ann"): "ann",
        place("bob"): "bob",
        place("cy"): "cy",
        f"cy/{UNIT}/timestamp.txt": "2026-10-02 12:00:00.000000 UTC",
        place("dee", OTHER): "dee",
    }
    assert (
        problems(report)
        == f"inbox/{UNIT}.ipynb: who handed it in is not known; put it in a folder of that name"
    )


def test_folders_that_wrap_everything_name_nobody(tmp_path, run, notebook):
    files = {f"hw1/week/{name}/{UNIT}.ipynb": notebook(name) for name in ("ann", "bob")}
    (tmp_path / "all.zip").write_bytes(zip_of(files))
    run(tmp_path / "all.zip")
    assert there(tmp_path) == {place("ann"): "ann", place("bob"): "bob"}


def test_a_students_zip_says_whose_it_is_but_not_within_a_systems_folder(tmp_path, run, roster, notebook):
    slip = json.dumps({"student": "bob", "units": [UNIT, OTHER]}).encode()
    made = zip_of(
        {
            f"{UNIT}/{UNIT}.ipynb": notebook("u"),
            f"{UNIT}/timestamp.txt": b"2000-01-01 00:00:00 UTC",
            f"{OTHER}/{OTHER}.ipynb": notebook("o", OTHER),
            "submission.json": slip,
        }
    )
    run(write(tmp_path / "mail", {"work.zip": made}), roster=roster)
    assert there(tmp_path) == {place("bob"): "u", place("bob", OTHER): "o"}
    forged = {"Ann Lee_7001_assignsubmission_file_/work.zip": made}
    (tmp_path / "m.zip").write_bytes(zip_of(forged))
    run(tmp_path / "m.zip", roster=roster)
    assert place("ann") in there(tmp_path)
    assert f"ann/{UNIT}/timestamp.txt" not in there(tmp_path)


IMPOSTORS = {
    "canvas": {f"AnnLee_501_{10**17}_{UNIT}.ipynb": None},
    "moodle": {f"Ann Lee_7001_assignsubmission_file_/{UNIT}.ipynb": None},
    "exchange": {f"ann+{UNIT}+2099-01-01 00:00:00 UTC/{UNIT}.ipynb": None},
    "slip": {f"{UNIT}.ipynb": None, "submission.json": b'{"student": "ann"}'},
    "gradescope": {
        f"submission_1/{UNIT}.ipynb": None,
        "submission_metadata.yml": b"submission_1:\n  :submitters:\n  - :name: Ann Lee\n    :sid: S1\n",
    },
}


@pytest.mark.parametrize("system", IMPOSTORS)
def test_what_lies_in_a_students_folder_is_that_students(tmp_path, run, roster, notebook, system):
    inside = {f"bob/{name}": data or notebook("bob") for name, data in IMPOSTORS[system].items()}
    run(write(tmp_path / "in", {f"ann/{UNIT}.ipynb": notebook("ann"), **inside}), roster=roster)
    assert there(tmp_path) == {place("ann"): "ann", place("bob"): "bob"}


def test_a_list_of_submitters_that_a_student_made_does_no_harm(tmp_path, run, roster, notebook):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    bomb += "submission_1:\n  :submitters:\n  - :name: *a11\n    :sid: S1\n"
    lists = {
        "early": b"submission_1:\n  :created_at: 0001-01-01 00:00:00 +14:00\n  :submitters: []\n",
        "bomb": bomb.encode(),
        "long": b"- [a, b]\n" * (3 << 20),
    }
    for name, text in lists.items():
        inside = {f"{UNIT}.ipynb": notebook("bob"), "submission_metadata.yml": text}
        source = write(tmp_path / name, {"Bob Müller_2_assignsubmission_file_/work.zip": zip_of(inside)})
        run(source, roster=roster)
        assert there(tmp_path) == {place("bob"): "bob"}
        assert "Ann" not in problems(run(write(tmp_path / f"plain {name}", inside), roster=roster))


def test_a_students_zip_in_an_unpacked_download_has_a_limit(tmp_path, run, roster, notebook, monkeypatch):
    monkeypatch.setattr(archives, "MAX_INFLATED", 3 << 20)
    blank = b" " * (1 << 20)
    many = zip_of({f"{UNIT}{n}.ipynb": blank for n in range(9)})
    folder = "Ann Lee_7001_assignsubmission_file_"
    report = run(write(tmp_path / "in", {f"{folder}/work.zip": many}), roster=roster)
    assert "larger than" in problems(report)


def test_a_folder_is_as_late_as_the_latest_notebook_in_it(tmp_path, run, roster, notebook):
    content = json.loads(notebook("quiz"))
    content["metadata"]["autograder"] = {"unit": UNIT, "quiz": True}
    quiz, late = json.dumps(content).encode(), "2026-05-10 00:00:00 UTC"
    run(write(tmp_path / "a", {f"ann+{UNIT}+{late}/{UNIT}.ipynb": notebook("late")}), roster=roster)
    stamp = f"ann/{UNIT}/timestamp.txt"
    assert "2026-05-10" in there(tmp_path)[stamp]
    early = {f"ann+{UNIT}+2026-05-01 00:00:00 UTC/{UNIT}_quiz.ipynb": quiz}
    early[f"ann+{UNIT}+2026-05-02 00:00:00 UTC/{UNIT}.ipynb"] = notebook("early")
    run(write(tmp_path / "b", early), roster=roster)
    assert there(tmp_path)[place("ann")] == "late" and "2026-05-10" in there(tmp_path)[stamp]
    run(write(tmp_path / "c", {f"ann/{UNIT}_quiz.ipynb": quiz + b" "}), roster=roster)
    assert "2026-05-10" in there(tmp_path)[stamp]


def test_quiz_notebooks_go_beside_their_unit(tmp_path, run, notebook):
    content = json.loads(notebook("quiz"))
    content["metadata"]["autograder"] = {"unit": UNIT, "quiz": True}
    source = write(
        tmp_path / "in", {"ann/a.ipynb": notebook("unit"), "ann/b.ipynb": json.dumps(content).encode()}
    )
    run(source)
    assert there(tmp_path) == {place("ann"): "unit", f"ann/{UNIT}/{UNIT}_quiz.ipynb": "quiz"}


def test_the_unit_is_told_by_content_and_what_is_of_none_is_reported(tmp_path, run, notebook):
    foreign = json.dumps(
        {"cells": [], "metadata": {"mark": "f"}, "nbformat": 4, "nbformat_minor": 5}
    ).encode()
    files = {f"ann/{OTHER}.ipynb": notebook("lost metadata", metadata=False), "bob/x.ipynb": foreign}
    source = write(tmp_path / "in", files)
    report = run(source)
    assert there(tmp_path) == {place("ann"): "lost metadata"}
    assert "bob/x.ipynb: it defines no exercise of the course" in problems(report)
    report = run(source, unit=OTHER)
    assert there(tmp_path)[place("bob", OTHER)] == "f"
    assert f"this is of {UNIT}, not of {OTHER}; collect it without --unit" in problems(report)


def test_a_damaged_notebook_is_passed_on_for_grading_to_refuse(tmp_path, run):
    source = write(tmp_path / "in", {f"ann/{UNIT}.ipynb": b"%PDF-1.4", "bob/notes.ipynb": b""})
    report = run(source)
    assert (tmp_path / "submitted" / place("ann")).read_bytes() == b"%PDF-1.4"
    assert "refuse" in report.lines[0]["note"]
    assert "bob/notes.ipynb: the file is empty" in problems(report)


def test_running_it_again_changes_nothing_and_what_is_replaced_is_kept(tmp_path, run, notebook):
    source = write(tmp_path / "in", {"ann/x.ipynb": notebook("one")})
    assert run(source).counts == {"new": 1}
    before = (tmp_path / "submitted" / place("ann")).stat().st_mtime_ns
    assert run(source).counts == {"unchanged": 1}
    assert (tmp_path / "submitted" / place("ann")).stat().st_mtime_ns == before
    write(source, {"ann/x.ipynb": notebook("two")})
    assert run(source, dry_run=True).counts == {"updated": 1}
    assert there(tmp_path) == {place("ann"): "one"}
    assert run(source).counts == {"updated": 1}
    assert there(tmp_path) == {place("ann"): "two"}
    kept = tmp_path / ".autograder" / "replaced" / "ann" / UNIT / f"{UNIT}.1.ipynb"
    assert json.loads(kept.read_bytes())["metadata"]["mark"] == "one"
    kept.rename(kept.with_name(f"{UNIT}.3.ipynb"))
    kept.with_name(f"{UNIT}.2.ipynb").touch()
    run(write(source, {"ann/x.ipynb": notebook("three")}))
    assert sorted(path.name for path in kept.parent.iterdir()) == [f"{UNIT}.{n}.ipynb" for n in (2, 3, 4)]
    assert json.loads(kept.with_name(f"{UNIT}.3.ipynb").read_bytes())["metadata"]["mark"] == "one"


def test_an_older_attempt_does_not_replace_a_newer_one(tmp_path, run, notebook):
    def exchange(day):
        stamp = f"2026-10-0{day} 12:00:00.000000 UTC"
        return write(tmp_path / f"in{day}", {f"inbound/ann+{UNIT}+{stamp}/{UNIT}.ipynb": notebook(str(day))})

    run(exchange(5))
    assert run(exchange(3)).counts == {"older than what is there": 1}
    assert there(tmp_path)[place("ann")] == "5"
    assert run(exchange(5)).counts == {"unchanged": 1}


def test_files_come_in_the_order_of_their_names(tmp_path):
    source = write(tmp_path / "in", dict.fromkeys(["d.txt", "c/x", "a/z/x", "a/y", "b.txt"], b""))
    found = archives.walk(source, lambda place, why: pytest.fail(f"{place}: {why}"))
    assert [entry.place for entry in found] == ["in/a/y", "in/a/z/x", "in/b.txt", "in/c/x", "in/d.txt"]


def test_a_file_that_goes_away_meanwhile_is_said(tmp_path):
    source = write(tmp_path / "in", dict.fromkeys(["a.txt", "b.txt", "c.txt"], b""))
    told, found = [], []
    for entry in archives.walk(source, lambda *trouble: told.append(trouble)):
        found.append(entry.name)
        (source / "b.txt").unlink(missing_ok=True)
    assert (found, told) == (["a.txt", "c.txt"], [("in/b.txt", "No such file or directory")])


def test_links_are_not_followed_and_names_lead_nowhere(tmp_path, run, roster, notebook):
    (tmp_path / "secret.ipynb").write_bytes(notebook("secret"))
    source = write(tmp_path / "in", {"bob/x.ipynb": notebook("bob")})
    (source / "ann").mkdir()
    (source / "ann" / "x.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (source / "cy").symlink_to(tmp_path)
    os.mkfifo(source / "bob" / "pipe.ipynb")
    link = zipfile.ZipInfo("ann/link.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, str(tmp_path / "secret.ipynb"))
        archive.writestr("../../../../ann/x.ipynb", notebook("out"))
        archive.writestr("/cy/x.ipynb", notebook("absolute"))
    (source / "z.zip").write_bytes(stream.getvalue())
    report = run(source, roster=roster)
    assert there(tmp_path) == {place("bob"): "bob", place("cy"): "absolute"}
    text = problems(report)
    assert text.count("not followed") == 3
    assert "no ordinary file" in text
    assert "leads out of the archive" in text


@pytest.mark.parametrize("student", ["..", ".", "a/b", "-rf", "x\n", "a" * 200, "", "con\0"])
def test_a_students_name_is_never_a_path(tmp_path, run, notebook, student):
    made = zip_of(
        {f"{UNIT}.ipynb": notebook("x"), "submission.json": json.dumps({"student": student}).encode()}
    )
    report = run(write(tmp_path / "in", {"w.zip": made}))
    names = (
        {path.name for path in (tmp_path / "submitted").glob("*")}
        if (tmp_path / "submitted").exists()
        else set()
    )
    assert names <= {"w", "x"}
    assert report.problems or names


def test_bombs_cost_their_own_student_alone(tmp_path, run, roster, notebook, monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILE", 1 << 20)
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 1 << 20)
    monkeypatch.setattr(archives, "MAX_INFLATED", 2 << 20)
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 4000)
    huge = zip_of({"x.ipynb": b"[" * (2 << 20)})
    nested = notebook("deep")
    for _ in range(6):
        nested = zip_of({"inner.zip" if nested[:2] == b"PK" else "x.ipynb": nested})
    many = zip_of({f"{n}.txt": b"" for n in range(200)})
    wide = zip_of({f"{n}.ipynb": b"[" * (1 << 19) for n in range(9)})
    lying = bytearray(zip_of({"x.ipynb": b"[" * (2 << 20)}))
    at = lying.rfind(b"PK\1\2")
    struct.pack_into("<L", lying, at + 24, 100)
    hostile = {
        "huge": huge,
        "nested": nested,
        "many": many,
        "wide": wide,
        "lying": bytes(lying),
        "broken": b"PK\3\4oops",
    }
    files = {
        f"{name}_1{n}_assignsubmission_file_/w.zip": data for n, (name, data) in enumerate(hostile.items())
    }
    files["Ann Lee_7001_assignsubmission_file_/x.ipynb"] = notebook("ann")
    (tmp_path / "m.zip").write_bytes(zip_of(files))
    report = run(tmp_path / "m.zip", roster=roster)
    assert there(tmp_path) == {place("ann"): "ann"}
    for name in hostile:
        assert f"{name}_1" in problems(report), name


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_file(pipe, b"marks")
    assert os.read(reader, 10) == b"marks"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "folder").mkdir()
    with pytest.raises(CourseError, match="folder"):
        write_file(tmp_path / "folder", b"")


def test_a_class_list_that_is_not_in_order_is_refused(tmp_path):
    path = tmp_path / "students.csv"
    for text, cause in {
        "id,name\n../x,Ann\n": "line 2",
        "id,name\nann,A\nann,B\n": "lines 2 and 3",
        "id,name\n\nann,A\n\n\n../x,B\n": "line 6",
        "name\nAnn\n": "column `id`",
        "": "header",
    }.items():
        path.write_text(text)
        with pytest.raises(CourseError, match=cause):
            read_people(path)


def test_the_command_says_what_it_did(copy_course, tmp_path, cli, notebook):
    course = copy_course(tmp_path / "course")
    (course.root / "students.csv").write_text(ROSTER, encoding="utf-8")
    files = {
        "Ann Lee_1_assignsubmission_file_/x.ipynb": notebook("ann"),
        "[red]_2_assignsubmission_file_/x.ipynb": notebook(),
    }
    (tmp_path / "m.zip").write_bytes(zip_of(files))
    ended = cli("collect", tmp_path / "m.zip", "--course", course.root)
    assert ended.returncode == 1
    assert "[red] (Moodle) is not in the class list" in ended.stderr
    assert f"{UNIT}: nothing from bob, cy" in ended.stdout
    assert "1 new, 1 not understood" in ended.stdout
    ended = cli("collect", tmp_path / "m.zip", "--course", course.root, "--dry-run", "--json", "-")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line.get("status") for line in lines] == ["unchanged", None, None]
    assert cli("collect", tmp_path / "none.zip", "--course", course.root).returncode == 2
