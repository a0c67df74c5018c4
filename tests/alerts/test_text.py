from __future__ import annotations

import math
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.alerts import text


def test_plain_text_is_left_alone() -> None:
    plain = "[HB89] 1821+643"
    assert text.clean(plain) is plain


@pytest.mark.parametrize("name", ["NGC 4151", "η Car", "été", "Ω Cen", "昴", "Ångström", "α² CVn"])
def test_letters_of_every_alphabet_are_left_alone(name: str) -> None:
    assert text.clean(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "code",
    [
        *(0x00, 0x07, 0x08, 0x1B, 0x7F, 0x80, 0x84, 0x90, 0x9B, 0x9C, 0x9D, 0x9F),  # C0, DEL, C1
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C),  # bidirectional controls
        *(0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD),  # no width
        *(0xD800, 0xDFFF, 0xE000, 0xF8FF, 0x10FFFF, 0xFFFE, 0x0378, 0xE0041),  # surrogates, private, unassigned, tags
        *(0x3164, 0xFFA0, 0x115F, 0x1160, 0xFE0F, 0x1F1E6, 0x1F3FB),  # blank or of unsure width
    ],
)
def test_what_could_disturb_the_screen_is_one_visible_mark(code: int) -> None:
    shown = text.clean(f"a{chr(code)}b")
    assert shown == "a\ufffdb"
    assert cell_len(shown) == 3


@pytest.mark.parametrize("space", ["\n", "\r", "\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\xa0", "\u3000"])
def test_spaces_and_line_ends_are_a_space(space: str) -> None:
    assert text.clean(f"a{space}b") == "a b"


def test_an_escape_sequence_is_disarmed() -> None:
    assert text.clean("\x1b]52;c;aGk=\x07\x1b[2J") == "\ufffd]52;c;aGk=\ufffd\ufffd[2J"


def test_accents_are_few() -> None:
    assert text.clean("q" + "\u0301" * 50 + "x") == "q\u0301\u0301x"
    assert text.clean("\u0301a") == "a"
    assert text.clean("a \u0301b") == "a b"


def test_bytes_that_are_no_utf8() -> None:
    assert text.clean(b"SN\xff2026") == "SN\ufffd2026"
    assert text.clean(bytearray("été".encode())) == "été"


def test_other_things() -> None:
    assert text.clean(None) == ""
    assert text.clean(12) == "12"
    assert text.clean(ValueError("a\nb")) == "a b"


def test_long_text_is_cut() -> None:
    assert text.clean("x" * 11, 10) == "x" * 9 + "…"
    assert text.clean("x" * 10, 10) == "x" * 10
    assert text.clean("é" * 11, 10) == "é" * 9 + "…"
    assert text.clean("e" + "\u0301" * 1_000_000, 10).endswith("…")


@given(st.text(st.characters()), st.integers(1, 30))
@example("\u1100" * 40, 10)
def test_whatever_comes_is_safe(given: str, limit: int) -> None:
    shown = text.clean(given, limit)
    assert len(shown) <= limit
    assert all(unicodedata.category(c) not in text.HIDDEN | {"Zl", "Zp"} for c in shown)
    assert shown.isprintable()
    shown.encode()


@given(st.binary(), st.integers(1, 30))
def test_whatever_bytes_come_are_safe(given: bytes, limit: int) -> None:
    shown = text.clean(given, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


@given(st.one_of(st.text(st.characters()), st.text("ab/.-\\~ ")))
def test_file_names_are_plain(given: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,119}", text.safe_filename(given))


def test_file_names() -> None:
    assert text.safe_filename("ZTF25abixhdc_3165254522815015001") == "ZTF25abixhdc_3165254522815015001"
    assert text.safe_filename("../../etc/passwd") == "_._.._etc_passwd"
    assert text.safe_filename("2015 XY12") == "2015_XY12"
    assert text.safe_filename("") == "_"
    assert text.safe_filename("x" * 500 + "42").endswith("x42")


def test_sexagesimal() -> None:
    assert text.sexagesimal(217.428942, -62.679485) == ("14:29:42.95", "-62:40:46.1")
    assert text.sexagesimal(0, 0) == ("00:00:00.00", "+00:00:00.0")
    assert text.sexagesimal(math.nan, None) == ("-", "-")


def test_rounding_carries() -> None:
    assert text.hours((14 + 29 / 60 + 59.9996 / 3600) * 15) == "14:30:00.00"
    assert text.hours(359.9999999) == "00:00:00.00"
    assert text.arcdegrees(-(9 + 59 / 60 + 59.97 / 3600)) == "-10:00:00.0"
    assert text.arcdegrees(89.999999) == "+90:00:00.0"
    assert text.arcdegrees(-0.5) == "-00:30:00.0"
    assert text.arcdegrees(-0.00000001) == "+00:00:00.0"
    assert text.hours(10.0, 0) == "00:40:00"


@given(st.floats(0, 360), st.floats(-90, 90))
def test_sexagesimal_reads_back(ra: float, dec: float) -> None:
    right, declination = text.sexagesimal(ra, dec)
    assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d\d", right)
    assert re.fullmatch(r"[+-]\d\d:[0-5]\d:[0-5]\d\.\d", declination)
    h, m, s = map(float, right.split(":"))
    assert abs((h + m / 60 + s / 3600) * 15 - ra) % 360 == pytest.approx(0, abs=0.0051 * 15 / 3600) or ra > 359.9
    d, m, s = map(float, declination[1:].split(":"))
    assert math.copysign(d + m / 60 + s / 3600, -1 if declination[0] == "-" else 1) == pytest.approx(
        dec, abs=0.051 / 3600
    )


@pytest.mark.parametrize(
    ("degrees", "written"),
    [
        *[(0.0, '0.0"'), (3.8 / 3600, '3.8"'), (0.01, '36"'), (59.6 / 3600, "1.0'"), (0.03, "1.8'"), (0.5, "30'")],
        *[(59.6 / 60, "1.0°"), (2.0, "2.0°"), (9.96, "10°"), (179.9, "180°"), (None, "-"), (math.nan, "-")],
    ],
)
def test_angle(degrees: float | None, written: str) -> None:
    assert text.angle(degrees) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (180, "3 min"),
        (3599, "1.0 h"),
        (2.4 * 3600, "2.4 h"),
        (86399, "1.0 d"),
        (3.1 * 86400, "3.1 d"),
        (200 * 86400, "200 d"),
        (1.2 * 365.25 * 86400, "1.2 y"),
        (-0.2, "0 s"),
        (-180, "-3 min"),
        (-3.1 * 86400, "-3.1 d"),
        (math.inf, "-"),
        (None, "-"),
    ],
)
def test_age(seconds: float | None, written: str) -> None:
    assert text.age(seconds) == written


@given(st.floats(-1e12, 1e12))
def test_ages_are_short(seconds: float) -> None:
    assert re.fullmatch(r"-?\d+(\.\d)? (s|min|h|d|y)", text.age(seconds))
    assert len(text.age(seconds)) <= 9


def test_times() -> None:
    assert text.utc(61121.4631019) == "2026-03-22 11:06:52"
    assert text.clock(61121.4631019) == "11:06"
    assert text.utc(0) == "1858-11-17 00:00:00"
    assert text.utc(61121.9999999) == "2026-03-23 00:00:00"
    assert text.utc(None) == text.utc(math.nan) == text.utc(1e300) == text.utc(1e9) == text.clock(-1e7) == "-"


def test_numbers() -> None:
    assert text.degrees(217.4289421) == "217.42894"
    assert text.degrees(-0.000001) == "0.00000"
    assert text.magnitude(18.321, 0.049) == "18.32±0.05"
    assert text.magnitude(18.321) == text.magnitude(18.321, math.nan) == "18.32"
    assert text.magnitude(None, 0.1) == "-"
    assert (text.signed(0.321), text.signed(-0.321), text.signed(-0.001), text.signed(3, 0)) == (
        *("+0.32", "-0.32", "+0.00"),
        "+3",
    )
    assert (text.count(12345), text.count(0), text.count(None)) == ("12,345", "0", "-")
    assert [text.bytes_size(size) for size in (0, 812, 999.6, 54_200, 999_999, 1.3e9, 2e15)] == [
        *("0 B", "812 B", "1.0 kB", "54.2 kB", "1.0 MB"),
        *("1.3 GB", "2000.0 TB"),
    ]


@given(st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -math.inf])))
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    for write in (text.degrees, text.age, text.utc, text.clock, text.magnitude, text.signed, text.count):
        assert write(value) == "-"
    assert text.bytes_size(value) == text.hours(value) == text.arcdegrees(value) == "-"
