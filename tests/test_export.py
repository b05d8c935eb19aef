"""Marks as tables for Canvas and Moodle, results for Gradescope and GitHub Classroom, and what these run."""

import base64
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import pytest
import yaml

from autograder.errors import CourseError
from autograder.exporting import canvas_sheet, fill, moodle_sheet, plain_sheet, read_grades
from autograder.nbgrader_bridge import Marks, nbgrader_config
from autograder.platforms import (
    CLASSROOM,
    classroom_files,
    classroom_result,
    gradescope_zip,
    read_scores,
    results_of_graded,
    results_of_scores,
)
from autograder.results import ExerciseResult, Outcome, Result, in_points
from autograder.roster import Roster, read_people
from autograder.sheets import Sheet, harmless
from autograder.units import Course

UNIT, OTHER = "regularization", "recurrent"
ROSTER = """id,name,email,login,canvas_id,sis_id
ann,Ann Mary Lee,ann@example.org,alee,501,S1
bob,"=HYPERLINK(""http://x"",""y"")",bob@example.org,bobby,502,S2
cy,"Wei, Li",cy@example.org,cy,503,S3
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,"Dropout and all that (9001)",Essay (9002),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,3.00,10,(read only)
"Lee, Ann Mary",501,S1,alee,Sec 1,,7,70
"Müller, Bob",502,S2,bobby,Sec 1,1,8,80
"Nobody, Known",599,S9,nobody,Sec 1,,,
"Wei, Li",503,S3,cy,Sec 1,EX,,
"Student, Test",600,,a1b2c3,Sec 1,,,
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade),Feedback comments
Participant 11,Ann Mary Lee,ann@example.org,Submitted for grading,,{most},Yes,-,
Participant 12,Bob,bob@example.org,Submitted for grading,,{most},No,-,
Participant 13,Zed,zed@example.org,No submission,,{most},Yes,-,
"""


def results(unit, score, feedback="<b>ok</b>\x1b[31m"):
    exercises = [
        ExerciseResult(
            name, Outcome.PASSED if score else Outcome.FAILED, score, exercise.points, feedback=feedback
        )
        for name, exercise in unit.exercises.items()
    ]
    return {unit.name: Result("x.ipynb", unit.name, exercises=exercises)}


@pytest.fixture(scope="module")
def graded(copy_course, course, tmp_path_factory):
    """Return a course whose gradebook has marks: ann in both units, bob late in one, cy in one."""
    copied = copy_course(tmp_path_factory.mktemp("graded") / "course")
    shutil.copy(course.root / "gradebook.db", copied.root)
    (copied.root / "students.csv").write_text(ROSTER, encoding="utf-8")
    units = copied.units()
    marks = Marks(f"sqlite:///{copied.root / 'gradebook.db'}", nbgrader_config(copied), str(copied.root))
    marks.record("ann", units[UNIT], results(units[UNIT], 2.25), None)
    marks.record("ann", units[OTHER], results(units[OTHER], 1.0), None)
    marks.record("bob", units[UNIT], results(units[UNIT], 3.0), None)
    marks.record("cy", units[UNIT], results(units[UNIT], 1.0), None)
    late = marks.book.find_submission_notebook(UNIT, UNIT, "bob")
    late.late_submission_penalty = 0.5
    marks.book.find_grade("dropout", UNIT, UNIT, "cy").manual_score = 2.0
    marks.commit()
    marks.close()
    return copied


@pytest.fixture(scope="module")
def grades(graded):
    return read_grades(graded, [], None, Roster(read_people(graded.root / "students.csv")))


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_marks_are_those_of_the_gradebook(grades):
    assert {key: entry.score for key, entry in grades.graded.items()} == {
        ("ann", UNIT): 2.25,
        ("ann", OTHER): 4.0,
        ("bob", UNIT): 2.5,
        ("cy", UNIT): 2.0,
    }
    assert grades.maxima[UNIT] == 3


def test_a_late_penalty_takes_no_more_than_there_is(graded, tmp_path):
    shutil.copy(graded.root / "gradebook.db", tmp_path)
    with sqlite3.connect(tmp_path / "gradebook.db") as book:
        book.execute("UPDATE submitted_notebook SET late_submission_penalty = 9")
    found = read_grades(graded, [], f"sqlite:///{tmp_path / 'gradebook.db'}", Roster())
    assert {entry.score for entry in found.graded.values()} == {0.0}


def test_an_export_writes_nothing_into_the_gradebook(graded, tmp_path):
    path = tmp_path / "gradebook.db"
    shutil.copy(graded.root / "gradebook.db", path)
    with sqlite3.connect(path) as book:
        book.execute("DROP INDEX sought_grade_notebook_id")
    before = path.read_bytes()
    read_grades(graded, [], f"sqlite:///{path}", Roster())
    assert path.read_bytes() == before


def test_a_gradebook_that_is_in_use_or_not_there_is_said_without_its_password(graded, tmp_path):
    shutil.copy(graded.root / "gradebook.db", tmp_path)
    used = sqlite3.connect(tmp_path / "gradebook.db")
    used.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CourseError, match=r"cannot be opened: .*database is locked; close what else uses it"):
        read_grades(graded, [], f"sqlite:///{tmp_path / 'gradebook.db'}?timeout=0", Roster())
    used.close()
    with pytest.raises(CourseError, match=r"at sqlite://me:[*]{3}@/none.db; run `autograder grade`"):
        read_grades(graded, [], "sqlite://me:secret@/none.db", Roster())


def test_the_plain_table(grades):
    rows = table(plain_sheet(grades).text())
    assert [row["student"] for row in rows] == ["ann", "bob", "cy"]
    assert rows[0][UNIT] == "2.25"
    assert rows[1][OTHER] == ""
    assert rows[1]["total"] == "2.5"
    wide = table(plain_sheet(grades, exercises=True).text())
    assert wide[0][f"{UNIT}.dropout"] == "2.25"
    assert (
        list(wide[0])[4:-2][:2] == [f"{UNIT}.dropout", f"{OTHER}.gru_gates"]
        or f"{OTHER}.gru_gates" in wide[0]
    )


def test_names_are_no_formulas(grades):
    for sheet in (plain_sheet(grades), canvas_sheet(grades), moodle_sheet(grades)):
        for row in csv.reader(io.StringIO(sheet.text())):
            assert not any(cell.lstrip().startswith(("=", "@", "+")) for cell in row)
    for cell in ("=1+1", "+cmd|x", "-2+3+cmd", "@SUM(A1)", "\t=1", " =1", "\n=1+1", "\u00a0=1", "＝1+1"):
        assert harmless(cell) == "'" + cell
    for cell in ("-1.5", "+3", "-", "12,5", "Ann-Lee", "-5%"):
        assert harmless(cell) == cell


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.0, "0"), (10.0, "10"), (2.5, "2.5"), (1 / 3, "0.33"), (-0.001, "0"), (100, "100")],
)
def test_numbers_have_two_decimals_at_most(value, text):
    assert in_points(value) == text


def test_canvas_columns_and_the_row_of_points(grades):
    rows = list(csv.reader(io.StringIO(canvas_sheet(grades).text())))
    titles = [unit.title for unit in grades.units.values()]
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
    assert rows[1][0] == "    Points Possible"
    assert rows[1][5:] == [in_points(grades.maxima[unit]) for unit in grades.units]
    assert rows[2][:4] == ["Lee, Ann Mary", "501", "S1", "alee"]
    assert rows[4][0] == "Wei, Li"


def test_a_canvas_gradebook_is_filled_and_otherwise_stays(tmp_path, grades):
    path = tmp_path / "canvas.csv"
    path.write_bytes(CANVAS.replace("\n", "\r\n").encode("utf-8-sig"))
    filled = fill(path, grades, {UNIT: "Dropout and all that"}, scale=False)
    expected = CANVAS.replace("Sec 1,,7", "Sec 1,2.25,7").replace("Sec 1,1,8", "Sec 1,2.5,8")
    assert list(csv.reader(io.StringIO(filled.sheet.data().decode("utf-8-sig")))) == list(
        csv.reader(io.StringIO(expected))
    )
    assert filled.sheet.data().startswith(b"\xef\xbb\xbf")
    assert (filled.filled, filled.without_row, filled.without_column) == (2, [], [OTHER])


def test_a_column_is_found_by_the_units_title_or_name(tmp_path, grades):
    path = tmp_path / "canvas.csv"
    for header in (UNIT, UNIT.upper() + " (77)", grades.units[UNIT].title):
        path.write_text(
            CANVAS.replace('"Dropout and all that (9001)"', f'"{header}"')
            .replace(",", ";")
            .replace("; ", ", ")
        )
        assert fill(path, grades, {}, scale=False).filled >= 1, header
    path.write_text(CANVAS)
    with pytest.raises(CourseError, match="--column"):
        fill(path, grades, {}, scale=False)


def test_other_points_there_are_refused_or_converted(tmp_path, grades):
    path = tmp_path / "canvas.csv"
    path.write_text(CANVAS.replace("3.00", "30"))
    column = {UNIT: "Dropout and all that"}
    with pytest.raises(CourseError, match="gives 30 points there and 3 here"):
        fill(path, grades, column, scale=False)
    assert fill(path, grades, column, scale=True).sheet.rows[2][5] == "22.5"


def test_a_moodle_worksheet_is_filled_but_for_locked_rows(tmp_path, graded):
    grades = read_grades(graded, [UNIT], None, Roster(read_people(graded.root / "students.csv")))
    path = tmp_path / "worksheet.csv"
    path.write_text(WORKSHEET.format(most="3.00"), encoding="utf-8-sig")
    filled = fill(path, grades, {}, scale=False)
    rows = table(filled.sheet.data().decode("utf-8-sig"))
    assert [row["Grade"] for row in rows] == ["2.25", "", ""]
    assert rows[0]["Identifier"] == "Participant 11"
    assert filled.without_row == ["cy"]
    path.write_text(WORKSHEET.format(most="100.00"))
    with pytest.raises(CourseError, match="100 points there"):
        fill(path, grades, {}, scale=False)
    both = read_grades(graded, [], None, Roster())
    with pytest.raises(CourseError, match="for one unit"):
        fill(path, both, {}, scale=False)


def test_a_namesake_gets_no_mark(tmp_path, graded):
    grades = read_grades(graded, [UNIT], None, Roster(read_people(graded.root / "students.csv")))
    path = tmp_path / "worksheet.csv"
    namesake = "Participant 14,Ann Mary Lee,another@example.org,,,3,Yes,-,\n"
    path.write_text(WORKSHEET.format(most="3") + namesake)
    filled = fill(path, grades, {}, scale=False)
    assert [row[4] for row in filled.sheet.rows] == ["2.25", "", "", ""]
    path.write_text("Full name,Email address,regularization\nAnn Mary Lee,,\nLee Ann Mary,,\n")
    filled = fill(path, grades, {}, scale=False)
    assert (filled.filled, filled.several_rows) == (0, ["ann"])


def test_moodles_gradebook_goes_there_and_back(tmp_path, grades):
    sheet = moodle_sheet(grades)
    assert sheet.header[:4] == ["First name", "Last name", "ID number", "Email address"]
    assert sheet.header[4:] == [f"Assignment: {unit.title} (Real)" for unit in grades.units.values()]
    empty = Sheet(sheet.header, [[*row[:4], "-", "-"] for row in sheet.rows])
    path = tmp_path / "moodle.csv"
    path.write_bytes(empty.data())
    again = fill(path, grades, {}, scale=False).sheet
    given = [[cell for cell in row[4:] if cell] for row in sheet.rows]
    assert [[cell for cell in row[4:] if cell != "-"] for row in again.rows] == given


def test_students_without_a_class_list_are_found_by_the_names_that_collect_gave(tmp_path, grades):
    sheet = Sheet(["Student", "ID", "SIS Login ID", "Section", UNIT], [["Ünal, Ece", "42", "eu", "", ""]])
    path = tmp_path / "canvas.csv"
    path.write_bytes(sheet.data())
    renamed = type(grades)(
        grades.units, grades.maxima, {("ünalece_42", UNIT): grades.graded["ann", UNIT]}, Roster()
    )
    assert fill(path, renamed, {}, scale=False).sheet.rows[0][4] == "2.25"


def test_results_follow_gradescopes_format(grades):
    late = results_of_graded(grades.graded["bob", UNIT], "after_published")
    assert late["score"] == 2.5
    assert "lateness: 0.5" in late["output"]
    assert set(late) <= {"score", "output", "output_format", "stdout_visibility", "tests"}
    (test,) = late["tests"]
    assert test == {
        "name": "dropout",
        "score": 3.0,
        "max_score": 3.0,
        "output": "<b>ok</b>",
        "output_format": "text",
        "visibility": "after_published",
    }


RECORD = {
    "notebook": "/a/b.ipynb",
    "unit": UNIT,
    "status": "graded",
    "score": 1.5,
    "max_score": 3.0,
    "error": None,
    "exercises": [
        {
            "name": "dropout",
            "outcome": "failed",
            "score": 1.5,
            "max_score": 3.0,
            "feedback": "A hidden sentence.",
            "checks": [
                {"name": "test_seen", "visible": True, "outcome": "passed", "message": ""},
                {"name": "test_hidden", "visible": False, "outcome": "failed", "message": "secret"},
            ],
        }
    ],
}


def test_results_of_scores_show_visible_checks_at_once_and_no_hidden_ones(tmp_path):
    worse = json.loads(json.dumps(RECORD))
    worse["exercises"][0]["score"] = 0.0
    refused = {
        **RECORD,
        "status": "refused",
        "error": "/a/b.ipynb: empty",
        "exercises": [],
        "score": 0,
        "max_score": 0,
    }
    path = tmp_path / "scores.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in (RECORD, worse, refused)))
    found = results_of_scores(read_scores(path), "after_due_date")
    assert found["score"] == 1.5
    shown = [test for test in found["tests"] if test["visibility"] == "visible"]
    assert [test["name"] for test in shown] == ["dropout: visible checks"]
    assert "hidden" not in json.dumps(shown) and "score" not in shown[0]
    assert [test["visibility"] for test in found["tests"] if "score" in test] == ["after_due_date"]
    assert "refused" in found["output"]
    path.write_text("")
    assert results_of_scores(read_scores(path), "visible")["score"] == 0
    path.write_text('{"x": 1}')
    with pytest.raises(CourseError, match="not what"):
        read_scores(path)


def test_classroom_results_are_what_the_reporter_reads():
    found = json.loads(base64.b64decode(classroom_result([RECORD])))
    assert found["max_score"] == 3.0
    assert sum(test["score"] for test in found["tests"]) == 1.5
    assert (found["version"], found["status"], found["tests"][0]["status"]) == (1, "fail", "fail")


def test_a_notebook_that_cannot_be_read_does_not_pass():
    refused = {
        "notebook": "a.ipynb",
        "unit": None,
        "status": "refused",
        "error": "it is empty",
        "exercises": [],
    }
    found = json.loads(base64.b64decode(classroom_result([refused])))
    assert (found["status"], found["tests"][0]["message"]) == ("fail", "it is empty")
    assert json.loads(base64.b64decode(classroom_result([])))["status"] == "fail"


def test_the_workflow_is_what_github_classroom_expects():
    workflow = yaml.safe_load(CLASSROOM)
    job = workflow["jobs"]["run-autograding-tests"]
    assert job["if"] == "github.actor != 'github-classroom[bot]'"
    reporter = job["steps"][-1]
    step = next(step for step in job["steps"] if step.get("id") == reporter["with"]["runners"])
    assert reporter["env"] == {
        f"{step['id'].upper()}_RESULTS": "${{ steps." + step["id"] + ".outputs.result }}"
    }
    assert '"$GITHUB_OUTPUT"' in step["run"]


def test_the_template_repository_holds_nothing_secret(graded):
    files = classroom_files(graded, list(graded.units("assignments").values()), "course")
    assert ".github/workflows/classroom.yml" in files
    assert not any("solutions" in name or "hidden" in name for name in files)


def test_gradescopes_zip_has_its_scripts_at_the_root(graded):
    data = gradescope_zip(graded, list(graded.units().values()), "after_due_date")
    assert data == gradescope_zip(graded, list(graded.units().values()), "after_due_date")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & 0o111
            assert archive.read(name).startswith(b"#!")
        assert f"solutions/{UNIT}/hidden_checks.py" in archive.namelist()
        assert b"--visibility after_due_date" in archive.read("run_autograder")


@pytest.mark.slow
def test_gradescopes_run_makes_results(graded, tmp_path, write_notebook):
    """Run the script as Gradescope's container would, with its folders moved here."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(gradescope_zip(graded, [graded.unit(UNIT)], "visible"))) as archive:
        archive.extractall(root / "source")
    write_notebook(root / "submission" / "my notebook.ipynb", UNIT)
    (root / "submission" / ".ipynb_checkpoints").mkdir()
    (root / "submission" / ".ipynb_checkpoints" / "old.ipynb").write_text("no")
    (root / "venv" / "bin").mkdir(parents=True)
    (root / "venv" / "bin" / "autograder").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m autograder "$@"\n'
    )
    (root / "venv" / "bin" / "autograder").chmod(0o755)
    script = (root / "source" / "run_autograder").read_text().replace("/autograder/", f"{root}/")
    ended = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=300, cwd=root / "source"
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads((root / "results" / "results.json").read_text())
    assert found["score"] == 3.0
    assert [test["name"] for test in found["tests"]] == ["dropout"]


def test_the_command(graded, tmp_path, cli):
    canvas, out = tmp_path / "canvas.csv", tmp_path / "up.csv"
    canvas.write_text(CANVAS, encoding="utf-8")
    column = f"{UNIT}=Dropout and all that (9001)"
    asked = ("--course", graded.root, "--template", canvas, "--column", column, "-o", out)
    ended = cli("export", "canvas", *asked)
    assert ended.returncode == 0, ended.stderr
    assert "2 marks filled in" in ended.stderr
    assert "Sec 1,2.25,7" in out.read_text()
    assert "no column for recurrent" in ended.stderr
    ended = cli("export", "csv", "--course", graded.root, "--db", f"sqlite:///{tmp_path / 'none.db'}")
    assert ended.returncode == 2
    assert "autograder grade" in ended.stderr
    assert not (tmp_path / "none.db").exists()


def test_results_are_written_for_each_submission(graded, tmp_path, cli):
    ended = cli("export", "results", "--course", graded.root, "-o", tmp_path / "results")
    assert ended.returncode == 0, ended.stderr
    found = {
        path.parent.relative_to(tmp_path / "results").as_posix() for path in tmp_path.rglob("results.json")
    }
    assert found == {f"ann/{UNIT}", f"ann/{OTHER}", f"bob/{UNIT}", f"cy/{UNIT}"}


def test_a_unit_that_is_not_there_is_named(graded):
    with pytest.raises(CourseError, match="no unit 'x'"):
        read_grades(Course(graded.root), ["x"], None, Roster())
