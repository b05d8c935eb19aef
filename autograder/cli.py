"""The command line: thin commands over the stages. Exit 0 good, 1 work or content at fault, 2 usage, 3 ours."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder import __version__
from autograder.console import console, fail, problem, progress
from autograder.errors import AutograderError
from autograder.pool import Job, Pool
from autograder.results import Outcome, Result
from autograder.sandbox import Level, Limits
from autograder.store import Store
from autograder.units import Course, Unit

app = typer.Typer(
    help="An auto-graded deep-learning course: check your own work, grade a class, write exercises.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course's folder. Default: the one at or above this folder."),
]
DeviceOption = Annotated[str, typer.Option(help="Where functions run: cpu or cuda.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="Submissions graded at a time; 0 means one per core.")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write one JSON object a line here; - is standard output.")
]
UnsafeOption = Annotated[
    bool, typer.Option("--allow-unsafe", help="Grade even where this machine cannot shut submissions in.")
]
CellOption = Annotated[float, typer.Option("--cell-seconds", help="Time limit of one cell.")]
CheckOption = Annotated[float, typer.Option("--check-seconds", help="Time limit of one check.")]
TotalOption = Annotated[float, typer.Option("--submission-seconds", help="Time limit of one notebook.")]
MemoryOption = Annotated[int, typer.Option("--memory-mb", help="Memory limit of one notebook, in MiB.")]


def main() -> None:
    """Run the command line, and turn what goes wrong into one sentence and an exit code."""
    try:
        app()
    except AutograderError as error:
        fail(str(error), 2)
    except KeyboardInterrupt:
        fail("interrupted; what was finished is kept", 130)
    except BrokenPipeError:
        os._exit(141)


def show_version(value: bool) -> None:
    if value:
        print(f"autograder {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


def cores(jobs: int) -> int:
    """Return how many submissions to grade at a time."""
    return jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or 2


def checked_device(device: str) -> str:
    """Return the device; refuse one that is not there."""
    if device == "cpu":
        return device
    if device != "cuda":
        raise typer.BadParameter("the device is cpu or cuda", param_hint="--device")
    import torch

    if not torch.cuda.is_available():
        raise AutograderError("this machine has no GPU that torch can use; leave --device cuda out")
    return device


def grade_files(pool: Pool, jobs: list[Job], allow_unsafe: bool, store: Store | None = None) -> list[Result]:
    """Grade notebooks with a progress bar; return results in the order of the jobs.

    With a store, only what it does not hold is graded, and notebooks with the same content only once.
    """
    units = {unit.name: unit for unit in pool.units}
    results: dict[int, Result] = {}
    same: dict[str, list[int]] = {}
    for position, job in enumerate(jobs):
        key = store.key(job, units[job.unit]) if store and job.unit else str(position)
        found = store.get(key, job.name) if store else None
        if found is not None:
            results[position] = found
        else:
            same.setdefault(key, []).append(position)
    todo = list(same.items())
    if results:
        console.print(f"[dim]{len(results)} of {len(jobs)} results are in the store already[/dim]")
    if todo:
        with pool, progress("Grading", len(todo)) as advance:
            require_isolation(pool.level, allow_unsafe)
            for number, result in pool.grade([jobs[positions[0]] for _, positions in todo]):
                key, positions = todo[number]
                if store:
                    store.put(key, result)
                for position in positions:
                    results[position] = renamed(result, jobs[positions[0]], jobs[position])
                advance()
    return [results[position] for position in range(len(jobs))]


def renamed(result: Result, graded: Job, job: Job) -> Result:
    """Return the result of one notebook as that of another with the same content."""
    error = result.error and result.error.replace(str(graded.path), str(job.path))
    return replace(result, notebook=job.name, error=error)


def require_isolation(level: Level, allow_unsafe: bool) -> None:
    """Say how submissions are shut in; refuse to go on where they are not and nobody allowed that."""
    if not level.isolates and not allow_unsafe:
        raise AutograderError(
            f"this machine cannot shut submissions in ({level.missing}); run it on Linux with user "
            "namespaces, or add --allow-unsafe to run strangers' code with your own rights"
        )
    console.print(f"[dim]protection: {level}[/dim]")


@app.command()
def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Units, exercises or notebooks. Default: all of assignments/."),
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    json_file: JsonOption = None,
    jobs: JobsOption = 1,
) -> None:
    """Check your own saved notebooks with the visible checks; say what is right and what to do next.

    Exit 0 where everything asked for is right, 1 where not.
    """
    from autograder.console import show_checked

    where = Course.find(course)
    units = where.units("assignments")
    if not units:
        raise AutograderError(f"{where.root / 'assignments'} holds no unit; run `autograder release` first")
    wanted = [job for target in targets or list(units) for job in check_jobs(target, units)]
    chosen = [unit for unit in units.values() if any(job.unit in (None, unit.name) for job in wanted)]
    pool = Pool(
        chosen, False, min(jobs or cores(0), len(wanted)), Limits(), checked_device(device), late=False
    )
    results: list[Result] = []
    with pool, progress("Checking", len(wanted)) as advance:
        found = {}
        for position, result in pool.grade(wanted):
            found[position] = result
            advance()
        results = [found[position] for position in sorted(found)]
    write_json(results, json_file)
    if json_file is None or str(json_file) != "-":
        show_checked(results, where.root)
    raise typer.Exit(0 if all(all_right(result) for result in results) else 1)


def check_jobs(target: str, units: dict[str, Unit]) -> list[Job]:
    """Return the jobs that a unit, an exercise or a notebook's path asks for."""
    if target in units:
        return [Job(target, str(units[target].notebook), unit=target)]
    for unit in units.values():
        if target in unit.exercises:
            return [Job(target, str(unit.notebook), unit=unit.name, exercises=[target])]
    if Path(target).suffix == ".ipynb" or Path(target).exists():
        return [Job(target, str(Path(target).resolve()))]
    names = ", ".join(units)
    raise AutograderError(f"{target!r} is no unit, exercise or notebook; the units are: {names}")


def all_right(result: Result) -> bool:
    """Tell whether every exercise of a result passed."""
    passed = all(exercise.outcome is Outcome.PASSED for exercise in result.exercises)
    return result.status == "graded" and passed


@app.command()
def score(
    notebooks: Annotated[list[Path], typer.Argument(help="Notebook files, whatever they are called.")],
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    cell_seconds: CellOption = Limits.cell_seconds,
    check_seconds: CheckOption = Limits.check_seconds,
    submission_seconds: TotalOption = Limits.submission_seconds,
    memory_mb: MemoryOption = Limits.memory_mb,
) -> None:
    """Grade notebook files, apart from any course run, with visible and hidden checks.

    Exit 0 where every file was graded or refused, 3 on a grader error.
    """
    from autograder.console import show_scores

    units = list(Course.find(course).units("solutions").values())
    if not units:
        raise AutograderError("grading needs solutions/, which the instructor has; students use `check`")
    asked = [Job(str(path), str(path.resolve())) for path in notebooks]
    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    pool = Pool(units, True, cores(jobs), limits, checked_device(device))
    results = grade_files(pool, asked, allow_unsafe)
    write_json(results, json_file)
    if json_file is None or str(json_file) != "-":
        show_scores(results)
    raise typer.Exit(3 if any(broken(result) for result in results) else 0)


def broken(result: Result) -> bool:
    """Tell whether grading a notebook ran into a fault of ours."""
    return result.status == "grader error" or any(
        exercise.outcome is Outcome.GRADER_ERROR for exercise in result.exercises
    )


def write_json(results: list[Result], path: Path | None) -> None:
    """Write the public record of each result, where a file is asked for."""
    if path is not None:
        write_lines([result.to_json() for result in results], path)


def write_page(path: Path, text: str) -> None:
    """Write a file, or say why that is not possible."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AutograderError(f"{path}: {error.strerror}; name another file") from None


def write_lines(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write one JSON object a line; - is standard output."""
    text = "".join(json.dumps(record) + "\n" for record in records)
    if str(path) == "-":
        sys.stdout.write(text)
        return
    write_page(path, text)


@app.command()
def release(
    units: Annotated[list[str] | None, typer.Argument(help="Units; default: all.")] = None,
    course: CourseOption = None,
) -> None:
    """Make the students' side, assignments/UNIT/, from solutions/UNIT/."""
    from autograder.release import release as make

    where = Course.find(course)
    chosen = [where.unit(name) for name in units] if units else list(where.units().values())
    for folder in make(where, chosen):
        console.print(f"released {folder}")


@app.command()
def grade(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units; default: all that were handed in.")
    ] = None,
    course: CourseOption = None,
    device: DeviceOption = "cpu",
    jobs: JobsOption = 0,
    json_file: JsonOption = None,
    allow_unsafe: UnsafeOption = False,
    database: Annotated[str | None, typer.Option("--db", help="Gradebook, as an SQLAlchemy URL.")] = None,
    cell_seconds: CellOption = Limits.cell_seconds,
    check_seconds: CheckOption = Limits.check_seconds,
    submission_seconds: TotalOption = Limits.submission_seconds,
    memory_mb: MemoryOption = Limits.memory_mb,
) -> None:
    """Grade submitted/STUDENT/UNIT/ for a class: gradebook, graded notebooks, feedback pages.

    Exit 0 where every submission was graded or refused, 3 on a grader error.
    """
    from autograder.console import show_class
    from autograder.course import CourseRun

    limits = Limits(cell_seconds, check_seconds, submission_seconds, memory_mb)
    where = Course.find(course)
    run = CourseRun(where, units or [], database)
    pool = Pool(run.units, True, cores(jobs), limits, checked_device(device))
    store = Store(where.root / ".autograder" / "results", device, limits)
    results = grade_files(pool, run.jobs, allow_unsafe, store)
    with progress("Writing gradebook and feedback", len(results)) as advance:
        run.write(results, advance)
    write_json(results, json_file)
    if json_file is None or str(json_file) != "-":
        show_class(run, results)
    raise typer.Exit(3 if any(broken(result) for result in results) else 0)


@app.command()
def audit(
    names: Annotated[list[str] | None, typer.Argument(help="Units or exercises; default: all.")] = None,
    course: CourseOption = None,
    json_file: JsonOption = None,
    repeats: Annotated[int, typer.Option(help="How often right answers are graded again.")] = 20,
    quick: Annotated[
        bool, typer.Option("--quick", help="Named answers and junk alone: no mutants, no notebooks.")
    ] = False,
    page: Annotated[Path | None, typer.Option(help="Write the table as a Markdown page as well.")] = None,
    jobs: JobsOption = 0,
) -> None:
    """Prove the checks: stubs earn 0, right answers pass, wrong ones are caught, named where they have a name.

    Exit 1 where anything falls short.
    """
    from autograder.audit import as_page, audit_course
    from autograder.console import show_audit

    audits = audit_course(Course.find(course), names or [], repeats, quick, cores(jobs))
    if page is not None:
        write_page(page, as_page(audits))
    if json_file is not None:
        write_lines([item.to_json() for item in audits], json_file)
    if json_file is None or str(json_file) != "-":
        show_audit(audits)
    raise typer.Exit(1 if any(item.findings for item in audits) else 0)


@app.command()
def separate(
    exercise: Annotated[str, typer.Argument(help="An exercise.")],
    cases: Annotated[
        Path, typer.Argument(help="A Python file with draw(dice), which returns a tuple of arguments.")
    ],
    count: Annotated[int, typer.Option(help="How many cases are drawn.", min=1)] = 100,
    most: Annotated[int, typer.Option(help="How many are chosen.", min=1)] = 4,
    course: CourseOption = None,
) -> None:
    """Find the inputs that tell an exercise's wrong answers apart, for authors to put into checks.

    Exit 0 where the chosen cases catch every mistake and mutant, 1 where not.
    """
    from autograder.console import show_separation
    from autograder.separating import read_draw
    from autograder.separating import separate as search

    units = [unit for unit in Course.find(course).units().values() if exercise in unit.exercises]
    if not units:
        raise AutograderError(
            f"there is no exercise {exercise!r}; `autograder audit --help` says how to list them"
        )
    found = search(units[0], exercise, read_draw(cases), count, most)
    show_separation(found)
    raise typer.Exit(1 if found.uncaught else 0)


@app.command()
def doctor(json_file: JsonOption = None) -> None:
    """Say which protections this machine gives to whoever grades strangers' notebooks on it.

    Exit 0 where it gives them all, 1 where not.
    """
    from autograder.doctor import protections, verdict
    from autograder.sandbox import probe

    level = probe()
    if json_file is not None:
        write_lines([row.to_json() for row in protections(level)], json_file)
    if json_file is None or str(json_file) != "-":
        for row in protections(level):
            problem(str(row), error=False)
        problem(verdict(level), error=False)
    raise typer.Exit(0 if level.isolates else 1)


@app.command()
def quiz(
    unit: Annotated[str | None, typer.Argument(help="The unit; without one, all units are listed.")] = None,
    course: CourseOption = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the answers; other numbers are drawn.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Instructors: write the questions and keys for Moodle (.xml) or Canvas (.zip)."),
    ] = None,
) -> None:
    """Practise a unit's questions here in the terminal; what is answered is kept, and a later call goes on."""
    from autograder.quizzes.practice import run

    raise typer.Exit(run(unit, course, restart, export))


if __name__ == "__main__":
    main()
