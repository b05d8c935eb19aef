"""The feedback page's parts on what strangers write: in bounded time, and as text."""

import time

import pytest

from autograder.pages import code, shown_output


@pytest.mark.parametrize(
    "source",
    [" \n" * 50_000 + "x = 1", "match " + " " * 100_000, "x = 1\n" * 150_000, "((" * 20_000, "'" * 90_000],
    ids=["blank lines", "blanks", "long", "brackets", "quotes"],
)
def test_code_takes_bounded_time_to_show(source):
    start = time.process_time()
    assert code(source).startswith('<div class="code">')
    assert time.process_time() - start < 10


def test_code_is_coloured_and_escaped():
    assert '<span class="k">def</span>' in code("def f():\n    return 1 < 2") and "&lt;" in code("1 < 2")


def test_a_picture_is_one_whatever_its_line_ends_and_anything_else_is_text():
    def shown(picture):
        data = {"image/png": picture, "text/plain": "<figure>"}
        return shown_output({"output_type": "display_data", "metadata": {}, "data": data})

    assert 'src="data:image/png;base64,aGVsbG8="' in shown("aGVs\nbG8=\n")
    start = time.process_time()
    for other in ("", 'a b"onerror=', "A" + " " * 1_000_000 + "!", "=" * 1_000_000):
        assert "<img" not in shown(other) and "&lt;figure&gt;" in shown(other)
    assert time.process_time() - start < 5
