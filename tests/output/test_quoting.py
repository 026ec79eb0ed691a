"""Text from a stranger's file stands for nothing but itself, in whatever language it is put."""

from __future__ import annotations

import html
import os
import re
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linnet.output.quoting import (
    c_comment,
    file_name_fault,
    html_text,
    markdown_cell,
    one_line,
    plot_text,
    shell,
    shortened,
    terminal,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@given(ANY_TEXT)
@example("*\\\r\n/ int evil(void);")
@example("*??/\n/")
@example("*/ /* //")
def test_a_comment_of_c_cannot_be_ended_or_joined_to_the_next_line(text: str) -> None:
    shown = c_comment(text)
    assert re.fullmatch(r"[ -)+-\[\]-~]*", shown)  # printable ASCII without * and backslash
    assert len(c_comment(text * 100)) <= 200


@given(ANY_TEXT)
@example("\x1b]0;title\x07\x1b[2J\u202e\ud800")
def test_a_terminal_shows_what_would_act(text: str) -> None:
    acting = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    assert not re.search(acting, terminal(text))
    assert "\n" not in one_line(text)
    terminal(text).encode("utf-8")


@given(ANY_TEXT)
def test_html_says_the_text_and_has_no_tag_of_it(text: str) -> None:
    shown = html_text(text)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == terminal(text)


@pytest.mark.parametrize(
    "name", ["a b", "-x", "it's", "a;b", "a\nb", "\x1b[2J'", os.fsdecode(b"\x80\xff.wav"), "ü"]
)
def test_a_shell_takes_a_path_as_one_word(name: str) -> None:
    done = subprocess.run(["bash", "-c", f"printf %s {shell(name)}"], capture_output=True, check=True)
    assert done.stdout.removeprefix(b"./") == os.fsencode(name)
    assert shell(name).isprintable()


def test_pictures_and_tables_show_dollars_and_bars() -> None:
    matplotlib = pytest.importorskip("matplotlib.text")
    drawn = matplotlib.Text(text=plot_text(r"$\frac{$"))
    assert drawn._preprocess_math(drawn.get_text()) == (r"$\frac{$", False)
    assert markdown_cell("a|b\n<i>") == r"a\|b\n&lt;i&gt;"


def test_a_name_of_a_file_is_one_part_of_a_path() -> None:
    for name in ("a", "a $b$ (c)", "größe-1.2", "a" * 255):
        assert file_name_fault(name) is None
    for name in (
        "",
        "..",
        "../a",
        "a/b",
        "a\\b",
        ".a",
        "-a",
        "a ",
        "a.",
        "a\n",
        "a\0",
        "\ud800",
        "é" * 128,
        "C:a",
    ):
        assert file_name_fault(name) is not None
    assert shortened("aé" * 5, 5) == "aéa"
