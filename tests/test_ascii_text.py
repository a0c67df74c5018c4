from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.app.columns import SPARKS
from fink_tui.app.screens.help import help_text
from fink_tui.ascii_text import CODEC_ERRORS, NEAREST, ascii_words, nearest, only_ascii


@given(st.characters(codec="utf-8"))
def test_the_nearest_is_ascii_and_as_wide(sign: str) -> None:
    found = nearest(sign)
    assert found.isascii()
    assert len(found) == cell_len(sign) or sign.isascii()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ZTF26 19.18±0.09", "ZTF26 19.18~0.09"),
        ("“a” … · é ▲▼≈ ● ° 🔎", '"a" ~ . e ^v~ * d / '),
        ("┌─┬╮│╵├┼═║▁█", "+-++||++-|_#"),
        ("中́α\ufffd", "???"),
        ("\x1b[1m\n", "\x1b[1m\n"),
    ],
)
def test_text(text: str, wanted: str) -> None:
    written = text.encode("ascii", CODEC_ERRORS).decode("ascii")
    assert written == (wanted if "中" not in text else "????")


def test_an_error_keeps_its_sign_and_an_angle_its_unit() -> None:
    assert ascii_words("18.32±0.05 at 3°, µJy…") == "18.32+-0.05 at 3 deg, uJy..."
    assert ascii_words("18.32") == "18.32"


def test_every_sign_of_ours_has_a_like_one() -> None:
    assert all(nearest(sign) != "?" for sign in (SPARKS + help_text().plain).replace("?", ""))
    assert len(NEAREST) == len(set(NEAREST))


@pytest.mark.parametrize(
    ("environ", "utf8_mode", "wanted"),
    [
        ({}, 1, True),
        ({"LANG": ""}, 1, True),
        ({"LANG": "C"}, 1, True),
        ({"LANG": "POSIX"}, 1, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, 1, True),
        ({"LC_CTYPE": "C.UTF-8"}, 1, True),  # put there by Python, for want of a locale
        ({"LC_CTYPE": "C.UTF-8"}, 0, False),
        ({"LC_CTYPE": "UTF-8"}, 1, False),  # sent over SSH by a Mac
        ({"LANG": "en_US.UTF-8"}, 1, False),  # not installed here; the terminal is the user's all the same
        ({"LANG": "C.utf8"}, 0, False),
        ({"LANG": "en_US.ISO-8859-1"}, 0, True),
        ({"LANG": "de_DE@euro"}, 0, True),
        ({"LC_CTYPE": "de_DE", "LANG": "de_DE.UTF-8"}, 0, True),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, 0, True),
        ({"LANG": "en_US.UTF-8", "TERM": "xterm"}, 0, False),
    ],
)
def test_what_the_environment_says(environ: dict[str, str], utf8_mode: int, wanted: bool) -> None:
    assert only_ascii(environ, utf8_mode) is wanted
