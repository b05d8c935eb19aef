"""Feedback pages: one file a notebook, with marks on top, that runs nothing, fetches nothing and needs no network.

Whatever came from a submission is text. Should something slip through, the page's own policy keeps a browser from
running or fetching it. Formulas become MathML, which browsers draw by themselves.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.bounds import time_limit
from autograder.feedback import clean, is_automatic
from autograder.graded import grade_id, is_graded, is_solution
from autograder.language import _, language
from autograder.results import in_points, out_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
COLOURS = HtmlFormatter(style="friendly"), HtmlFormatter(style="github-dark")
STYLE = f"""
:root {{ color-scheme: light dark; --line: #8884; --soft: #8881; --text: #222; --page: #fff }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #ddd; --page: #16181c }} }}
body {{ margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }}
main {{ max-width: 58rem; margin: 0 auto; padding: 1rem 1.2rem 4rem }}
h1 {{ font-size: 1.6rem; margin: .6rem 0 }}
h2 {{ font-size: 1.15rem; margin: 0 }}
h1, h2 {{ display: flex; justify-content: space-between; gap: 1rem }}
section {{ border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1rem; margin: 1rem 0 }}
table.marks {{ border-collapse: collapse; margin: .5rem 0 1.5rem }}
table.marks :is(th, td) {{ text-align: left; font-weight: normal; padding: .15rem 1.5rem .15rem 0 }}
table.marks :is(th, td):last-child {{ text-align: right; font-variant-numeric: tabular-nums }}
pre {{ margin: .5rem 0; overflow: auto; max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere }}
div.code pre, pre.output {{ background: var(--soft); border-radius: .3rem; padding: .5rem .7rem; font-size: .85rem }}
div.comment {{ border-left: 4px solid #2f81f7; padding-left: .8rem; margin: .6rem 0 }}
details {{ margin: .8rem 0; color: color-mix(in srgb, var(--text) 85%, transparent) }}
summary {{ cursor: pointer }}
img {{ max-width: 100%; background: #fff }}
math[display=block] {{ margin: .7rem 0 }}
a {{ color: inherit }}
{COLOURS[0].get_style_defs("div.code")}
div.code {{ background: none }}
@media (prefers-color-scheme: dark) {{ {COLOURS[1].get_style_defs("div.code")} div.code {{ background: none }} }}
@media print {{ pre {{ max-height: none }} section {{ break-inside: avoid }} }}
"""
MATH_TAG = re.compile(
    r"</?m[a-z]+(?: (?:xmlns|display|stretchy|mathvariant|width|height|depth|lspace|rspace|fence|separator|form|"
    r'minsize|maxsize|columnalign|linebreak|linethickness|accent|displaystyle|scriptlevel)="[^"<>]*")*\s*/?>'
)
LONGEST_FORMULA, LONGEST_PROSE, LONGEST_CODE = 2000, 20_000, 100_000
LONG_BLANKS = re.compile(r"\s{400}")
CODE_SECONDS = 3.0
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def feedback_page(notebook: Any, totals: dict[str, Any], cells: dict[str, dict[str, Any]]) -> str:
    """Return the page of one graded notebook; `cells` says marks and comments by the cells' ids."""
    name = html.escape(str(totals["notebook"]))
    marks = out_of(totals["score"], totals["max_score"])
    body = "".join(parts(notebook, cells))
    return (
        f'<!DOCTYPE html>\n<html lang="{language().replace("_", "-")}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}: {marks}</title>'
        f"<style>{STYLE}</style></head><body><main><h1><span>{name}</span><span>{marks}</span></h1>"
        f"{summary(notebook, totals, cells)}{body}</main></body></html>\n"
    )


def summary(notebook: Any, totals: dict[str, Any], cells: dict[str, dict[str, Any]]) -> str:
    """Return the table of marks, each one a link to where it is explained."""
    rows = []
    for cell in notebook["cells"]:
        if is_graded(cell):
            name, (score, most) = grade_id(cell), marks_of(cell, cells)
            sign = "✓" if score == most else "◐" if score else "✗"
            rows.append(
                f'<tr><td aria-hidden="true">{sign}</td><th scope="row"><a href="#{html.escape(name)}">'
                f"{html.escape(name)}</a></th><td>{out_of(score, most)}</td></tr>"
            )
    if late := totals.get("late_penalty"):
        rows.append(
            f"<tr><td></td><th scope='row'>{_('handed in late')}</th><td>−{in_points(late)}</td></tr>"
        )
    return f'<table class="marks" aria-label="{_("marks")}">{"".join(rows)}</table>'


def parts(notebook: Any, cells: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the notebook in its order: answers and marks in full, what stands between them folded."""
    between: list[Any] = []
    for cell in notebook["cells"]:
        told = cell["metadata"].get("autograder", {}).get("note")
        if not (told or is_graded(cell) or is_solution(cell)):
            between.append(cell)
            continue
        yield folded(between)
        between = []
        if told:
            yield f"<section>{prose(text_of(cell))}</section>"
        else:
            yield section(cell, cells)
    yield folded(between)


def folded(cells: list[Any]) -> str:
    """Return cells that nothing was earned in, folded under their last heading."""
    if not cells:
        return ""
    texts = [text_of(cell) for cell in cells if cell["cell_type"] == "markdown"]
    headings = re.findall(r"^#+ +(.+)$", "\n".join(texts), re.MULTILINE)
    title = html.escape(clean(headings[-1])) if headings else _("from the notebook")
    return f"<details><summary>{title}</summary>{''.join(map(plain_cell, cells))}</details>"


def section(cell: Any, cells: dict[str, dict[str, Any]]) -> str:
    """Return an answer with its comment, or a mark with its explanation."""
    name = html.escape(grade_id(cell))
    if is_graded(cell):
        score, most = marks_of(cell, cells)
        heading = f"<h2><span>{name}</span><span>{out_of(score, most)}</span></h2>"
    else:
        heading = f"<h2>{html.escape(grade_id(cell).removesuffix('_solution'))}: {_('your answer')}</h2>"
    shown = plain_cell(cell) if is_solution(cell) else explanation(cell)
    entry = cells.get(grade_id(cell), {})
    comment = entry.get("comment") or ""
    remark = "" if is_automatic(comment) else f'<div class="comment">{prose(comment)}</div>'
    return f'<section id="{name}">{heading}{shown}{remark}</section>'


def explanation(cell: Any) -> str:
    """Return what the examiner wrote into a grade cell; no submission can write there."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "display_data":
            data = output["data"]
            return (
                text_of(data["text/html"])
                if "text/html" in data
                else preformatted(text_of(data["text/plain"]))
            )
    return ""


def plain_cell(cell: Any) -> str:
    """Return a cell as it stands, with its outputs; all but the released prose is text."""
    if cell["cell_type"] == "markdown":
        return prose(text_of(cell))
    if cell["cell_type"] != "code":
        return preformatted(html.unescape(text_of(cell)))  # made inert for nbgrader's own pages
    return code(text_of(cell)) + "".join(map(shown_output, cell.get("outputs", [])))


def shown_output(output: Any) -> str:
    """Return an output as text or as a bitmap picture."""
    if output["output_type"] == "stream":
        return preformatted(text_of(output["text"]))
    if output["output_type"] == "error":
        return preformatted("\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}")
    for kind in ("image/png", "image/jpeg"):
        if BASE64.fullmatch(picture := "".join(text_of(output["data"].get(kind, "")).split())):
            return f'<img alt="{_("a figure of the notebook")}" src="data:{kind};base64,{picture}">'
    return preformatted(text_of(output["data"].get("text/plain", "")))


def preformatted(text: str) -> str:
    return f'<pre class="output">{html.escape(clean(text))}</pre>' if text.strip() else ""


def text_of(value: Any) -> str:
    """Return the text of a cell, or a text that may be a list of lines."""
    value = value["source"] if isinstance(value, dict) else value
    return value if isinstance(value, str) else "".join(value)


def marks_of(cell: Any, cells: dict[str, dict[str, Any]]) -> tuple[float, float]:
    """Return the marks that a grade cell earned, and the most it can earn."""
    entry = cells.get(grade_id(cell), {})
    return float(entry.get("score") or 0.0), float(entry.get("points") or 0.0)


@functools.lru_cache(maxsize=5000)  # most cells of a class are the same
def code(source: str) -> str:
    """Return Python code in colours; without, where finding them takes long, as for pages of blanks."""
    if len(source) <= LONGEST_CODE and not LONG_BLANKS.search(source):
        with suppress(TimeoutError), time_limit(CODE_SECONDS):
            return f'<div class="code">{highlight(source, PythonLexer(), HtmlFormatter(nowrap=False))}</div>'
    return f'<div class="code">{preformatted(source)}</div>'


@functools.lru_cache(maxsize=5000)
def prose(source: str) -> str:
    """Return Markdown as HTML; HTML in it is text."""
    if len(source) > LONGEST_PROSE:
        return preformatted(html.unescape(source))
    return str(MARKDOWN.render(source))


def formula(content: str, options: dict[str, Any]) -> str:
    """Return a formula as MathML; as it was typed where that gives anything but plain MathML."""
    from latex2mathml.converter import convert

    typed = f"<code>{html.escape(content)}</code>"
    if len(content) > LONGEST_FORMULA:
        return typed
    try:
        made = str(convert(content, display="block" if options["display_mode"] else "inline"))
    except Exception:  # whatever it is that the library stumbles over
        return typed
    return typed if "<" in MATH_TAG.sub("", made) else made


MARKDOWN = MarkdownIt("js-default").use(dollarmath_plugin, renderer=formula)
