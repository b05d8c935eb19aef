"""Attacks on those who read the results: active content in outputs, errors, names and cells."""

from attack import RIGHT, Attack

ACTIVE = (
    "<script>poison()</script><img src=x onerror=poison()><svg onload=poison()></svg><iframe src=//poison></iframe>"
    "<a href='javascript:poison()'>a</a><form action=//poison><input></form><object data=//poison></object>"
    "<style>@import url(//poison)</style><link rel=stylesheet href=//poison><base href=//poison><meta http-equiv=refresh>"
    "</pre></div></textarea></title><b onmouseover=poison()>"
)
MARKDOWN = ACTIVE + (
    "\n\n[a](javascript:poison()) ![b](javascript:poison()) <javascript:poison()> [c]: javascript:poison() [c]\n\n"
    "$\\href{javascript:poison()}{x}$ $$\\style{x:expression(poison())}{x}$$ $</span><script>poison()</script>$\n\n"
    "[d](data:text/html,<script>poison()</script>) [e](vbscript:poison())\n\n```html\n" + ACTIVE + "\n```\n"
)
TERMINAL = "\\x1b]8;;javascript:poison()\\x07x\\x1b]8;;\\x07\\x1b[2J\\x1b]0;poison\\x07\\x9b31m\\u202e\\x00"


def adds(kind, source, **more):
    """Return the change that adds a cell to the notebook."""

    def edit(notebook):
        notebook["cells"].append({"cell_type": kind, "metadata": {}, "source": source, **more})

    return edit


def poisoned_metadata(notebook):
    notebook["metadata"].update(
        title=ACTIVE,
        kernelspec={"name": ACTIVE, "display_name": ACTIVE, "language": ACTIVE},
        language_info={
            "name": ACTIVE,
            "pygments_lexer": ACTIVE,
            "codemirror_mode": ACTIVE,
            "mimetype": ACTIVE,
        },
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {"x": ACTIVE}, "version_major": 2}},
    )
    for cell in notebook["cells"]:
        cell["id"] = ACTIVE
        cell["metadata"].update(tags=[ACTIVE], name=ACTIVE, collapsed=ACTIVE, attachments={ACTIVE: ACTIVE})
        cell["attachments"] = {"x.png": {"text/html": ACTIVE, "image/svg+xml": ACTIVE}}
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"].update(comment=ACTIVE, score=1000)


def poisoned_ids(notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = {"grade_id": ACTIVE, "grade": True, "points": 5, "comment": ACTIVE}


def shows(name, *cells):
    """Return an attack through a cell's outputs."""
    return Attack(name, (f"ACTIVE = {ACTIVE!r}", *cells), None)


ATTACKS = [
    Attack("a markdown cell", answer=None, edit=adds("markdown", MARKDOWN)),
    Attack("a raw cell", answer=None, edit=adds("raw", ACTIVE)),
    Attack(
        "a raw cell that says it is HTML",
        answer=None,
        edit=adds("raw", ACTIVE, metadata={"raw_mimetype": "text/html"}),
    ),
    Attack("a cell of no kind", answer=None, edit=adds("heading", ACTIVE, level=1)),
    Attack("a code cell of HTML", answer=None, edit=adds("code", ACTIVE, outputs=[{"output_type": ACTIVE}])),
    Attack("a long markdown cell", answer=None, edit=adds("markdown", "[a](<" * 9000), seconds=15),
    Attack("a markdown cell of open brackets", answer=None, edit=adds("markdown", "![" * 25000), seconds=15),
    Attack("metadata", answer=None, edit=poisoned_metadata),
    Attack("ids", answer=None, edit=poisoned_ids),
    shows(
        "displays",
        "from IPython.display import *\ndisplay(HTML(ACTIVE), Javascript('poison()'), SVG(data='<svg onload=\"poison()\"></svg>'),\n"
        "        Markdown(ACTIVE), Latex('$' + ACTIVE + '$'), IFrame('//poison', 1, 1))\n"
        "display({kind: ACTIVE for kind in ('text/html', 'text/plain', 'text/markdown', 'text/latex', 'image/svg+xml', 'image/png',\n"
        "         'image/jpeg', 'image/gif', 'application/javascript', 'application/pdf', 'application/json', 'text/x-custom',\n"
        "         'application/vnd.jupyter.widget-view+json')}, raw=True, metadata={'image/png': {'width': ACTIVE, 'alt': ACTIVE}})",
    ),
    shows(
        "a picture that is none",
        "display({'image/png': '\"><script>poison()</script>', 'image/jpeg': '\\' onload=poison() x=\\''}, raw=True)",
    ),
    shows(
        "kinds that are none",
        "display({'text/html;x': ACTIVE, 'TEXT/HTML': ACTIVE, ' text/html': ACTIVE, ACTIVE: ACTIVE}, raw=True)",
    ),
    shows("streams", f"print(ACTIVE, '{TERMINAL}')\nprint(ACTIVE, '{TERMINAL}', file=sys.stderr)"),
    shows(
        "results",
        "class Shown:\n    __repr__ = _repr_html_ = _repr_svg_ = _repr_javascript_ = lambda self: ACTIVE\nShown()",
    ),
    shows("errors", f"raise type(ACTIVE, (Exception,), {{}})(ACTIVE + '{TERMINAL}')"),
    shows(
        "outputs that are forged",
        "say({'op': 'cell', 'error': ACTIVE, 'count': 7, 'outputs': json.dumps([\n"
        "    {'output_type': ACTIVE, 'data': ACTIVE}, {'output_type': 'stream', 'name': ACTIVE, 'text': {'x': ACTIVE}},\n"
        "    {'output_type': 'error', 'ename': ACTIVE, 'evalue': ACTIVE, 'traceback': [ACTIVE, [ACTIVE], None]},\n"
        "    {'output_type': 'display_data', 'metadata': {'isolated': True}, 'data': {'text/html': ACTIVE, 'text/plain': ACTIVE}},\n"
        "    {'output_type': 'execute_result', 'execution_count': ACTIVE, 'data': {'image/png': ACTIVE}}, ACTIVE, None, [[]]])})",
    ),
    shows("half a character", "print('\\ud800', '\\udfff')\nraise ValueError('\\ud800')"),
    Attack(
        "an error in a visible check",
        answer=f"def dropout(x, p, training=True):\n    raise ValueError({ACTIVE + MARKDOWN!r} + '{TERMINAL}')",
    ),
    Attack(
        "half a character in an error",
        answer="def dropout(x, p, training=True):\n    raise ValueError('\\ud800' + '\\x00')",
    ),
    Attack(
        "a result in a visible check",
        answer=f"def dropout(x, p, training=True):\n    return {{{ACTIVE!r}: [{ACTIVE!r}]}}",
    ),
    Attack("a text in a visible check", answer=f"def dropout(x, p, training=True):\n    return {MARKDOWN!r}"),
    Attack(
        "a type in a visible check",
        answer=f"def dropout(x, p, training=True):\n    return type({ACTIVE!r}, (), {{'__module__': {ACTIVE!r}}})()",
    ),
    Attack("a line in a visible check", answer=f"def dropout(x, p, training=True):\n    1 / 0  # {ACTIVE}"),
    Attack(
        "a failure that is forged",
        answer=f"def dropout(x, p, training=True):\n    A = {ACTIVE!r}\n    say({{'op': 'failure', 'kind': 'Raised', 'error': A, 'text': A, 'line': A, 'kinds': [A]}})",
    ),
    Attack(
        "an absence that is forged",
        answer=f"def dropout(x, p, training=True):\n    say({{'op': 'failure', 'kind': 'Missing', 'why': {ACTIVE!r}}})",
    ),
    Attack(
        "forbidden names that are forged",
        answer=f"def dropout(x, p, training=True):\n    say({{'op': 'reply', 'result': 1, 'used': ['torch.nn.Dropout' + {ACTIVE!r}]}})",
    ),
    Attack(
        "an answer's cell that fails",
        answer=f"raise ValueError({MARKDOWN!r})\n{RIGHT}\ndef dropout(x, p): pass",
    ),
    Attack("an answer that is no Python", answer=f"def dropout(x, p, training=True):\n    {ACTIVE}"),
    Attack("a name that is markup" + "<script>poison()</script>", answer=None),
]
