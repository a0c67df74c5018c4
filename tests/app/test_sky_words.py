"""What is said of a place in a night, and what is drawn of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fink_tui.alerts.decode import Decoded, decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.app import sky_plot, sky_words
from fink_tui.sky.night import unix_to_mjd
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Limits, Site
from fink_tui.sky.tonight import Tonight, moment, tonight
from fink_tui.stream.demo import alerts


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def named(name: str, **limits: float) -> Site:
    site = observatory(name)
    assert site is not None
    return site._replace(limits=Limits(**limits))


NIGHT = "2026-11-22T"
"""Palomar: dark from 02:08 to 12:58; the Moon at 92 %, up until 12:10."""


@pytest.mark.parametrize(
    ("site", "ra", "dec", "time", "words"),
    [
        (named("Palomar"), 30, -20, "02:30", "Palomar: in 1.3 h, for 3.8 h: 03:48-07:39 UTC"),
        (named("Palomar"), 30, -20, "06:39", "Palomar: now, for 1.0 h: until 07:39 UTC"),
        (named("Palomar"), 30, -20, "07:36", "Palomar: now, for 3 min: until 07:39 UTC"),
        (named("Palomar"), 30, -20, "08:00", "Palomar: no longer this night; it was 03:48-07:39 UTC"),
        (named("Palomar"), 18, -5, "00:30", "for 2.1 h: 06:00-08:11 UTC; else within 20° of the Moon"),
        (named("Palomar"), 18, -5, "07:00", "now, for 1.1 h: until 08:11 UTC; else within 20° of the Moon"),
        (named("Palomar"), 10, -70, "03:00", "not this night: never rises here (-13.2° at its highest)"),
        (named("Palomar"), 10, -35, "03:00", "never above 30° here (21.8° at its highest)"),
        (named("Palomar", max_dec=60), 10, 80, "03:00", "dec +80.0° is north of +60°"),
        (named("Palomar", min_dec=10), 10, 5, "03:00", "dec +5.0° is south of +10°"),
        (named("Palomar", min_dec=0), 10, -35, "03:00", "dec -35.0° is south of +0°; never above 30° here"),
        (named("Palomar"), 240, 0, "03:00", "never above 30° while it is dark (at most -5.1°)"),
        (named("Palomar", max_hour_angle=1), 180, 60, "03:00", "hour angle over 1 h while it is dark"),
        (named("Palomar", moon_distance=60), 10, 10, "03:00", "within 60° of the Moon (13.1° at its highest)"),
        (Site("Arctic", 15, 78), 60, 80, "2026-06-21T10:00", "it does not get dark (Sun at +11.4° or higher)"),
    ],
)
def test_the_answer_first(site: Site, ra: float, dec: float, time: str, words: str) -> None:
    now = at(time if "T" in time else NIGHT + time)
    assert words in sky_words.verdict(tonight(site, ra, dec, now), now)


def test_two_windows_are_both_told() -> None:
    now = at(NIGHT + "00:30")
    site = named("Palomar", moon_distance=0)
    found = tonight(site, 30, -20, now)
    begin, end = found.windows[0]
    split = found._replace(windows=((begin, begin + 3600), (end - 1800, end)))
    assert sky_words.verdict(split, now).endswith("for 1.5 h: 03:48-04:48, 07:09-07:39 UTC")
    assert sky_words.verdict(split, begin + 60).endswith("for 1.4 h: until 04:48 UTC, then 07:09-07:39")


@pytest.mark.parametrize(
    ("limits", "time", "expected"),
    [
        ({}, "05:43", []),
        ({}, "00:50", ["twilight (Sun -2°)", "below 30°"]),
        ({"min_altitude": 0.0}, "00:10", ["day (Sun +5°)", "below 0°"]),
        ({"min_altitude": 10.0, "max_hour_angle": 2.0}, "03:00", ["hour angle over 2 h"]),
        ({"moon_distance": 50.0}, "05:43", ["Moon nearer than 50°"]),
    ],
)
def test_every_limit_that_refuses_now_is_named(limits: dict[str, float], time: str, expected: list[str]) -> None:
    now, site = at(NIGHT + time), named("Palomar", **limits)
    assert sky_words.refusals(tonight(site, 30, -20, now), moment(site, 30, -20, now)) == expected


def told(site: Site, ra: float, dec: float, now: float) -> str:
    found = tonight(site, ra, dec, now)
    lines = [*sky_words.paragraphs(found, moment(site, ra, dec, now), "| ", "o "), *sky_words.further(found)]
    return "\n".join(sky_words.flow(lines, 200))


def test_the_numbers() -> None:
    assert told(named("Palomar"), 30, -20, at(NIGHT + "03:00")) == (
        "| now 23.9° rising, azimuth 137°, airmass 2.46, HA -2:44, but: below 30°\n"
        "best at its transit 05:43 at 36.8°, airmass 1.67, above 30° 03:48-07:39\n"
        "o Moon 91% waxing, now 54° up, 34° away, 35° at best, sets 12:10\n"
        "Sun sets 00:42, dark 02:08-12:58 (10.8 h), rises 14:25\n"
        "night of 2026-11-21, Sun below -6° 01:08-13:58, Sun below -12° 01:39-13:28\n"
        "limits: altitude from 30°, Moon 20° away"
    )


@pytest.mark.parametrize(
    ("site", "dec", "time", "words"),
    [
        (named("Palomar"), 87, NIGHT + "03:00", "always above 30°"),
        (named("Palomar", min_altitude=20), 85, NIGHT + "03:00", "always above 20°"),
        (named("Palomar"), -70, NIGHT + "03:00", "never rises here: -13.3° at its highest"),
        (Site("Arctic", 15, 78), 80, "2026-06-21T10:00", "the Sun does not set, lowest 23:01 at +11.4°"),
        (Site("Arctic", 15, 78), 80, "2026-12-21T10:00", "the Sun does not rise, dark "),
        (Site("Pole", 15, 89.9), 80, "2026-12-21T10:00", "the Sun does not rise, dark all day"),
        (named("Tuorla"), 40, "2026-07-03T22:00", "never dark: -6.7° at 22:34"),
        (named("Mount John"), -40, NIGHT + "10:00", "night of 2026-11-22"),
        (named("Mauna Kea"), -40, NIGHT + "10:00", "night of 2026-11-21"),
    ],
)
def test_other_nights(site: Site, dec: float, time: str, words: str) -> None:
    assert words in told(site, 60, dec, at(time))


@pytest.fixture(scope="module")
def asteroid() -> AlertRow:
    found = (alert for alert in alerts(seed=4, now_mjd=61366.0) if alert.survey == "lsst")
    alert = next(alert for alert in found if alert.expected_class == "Solar System")
    (decoded,) = decode([Packet(alert.topics[0], 0, 0, alert.key, alert.value)], SchemaBook())
    assert isinstance(decoded, Decoded)
    return decoded.row


def test_what_moves_says_how_old_its_place_is(asteroid: AlertRow) -> None:
    now = at(NIGHT + "05:00")
    row = asteroid._replace(obs_mjd=unix_to_mjd(now - 3 * 3600))
    known = sky_words.motion(row, {"ssSource": {"ephRate": 0.24}}, now)
    assert known == "It moves: this place is 3.0 h old, and it is 1.8' from there now (0.24°/day)"
    for unknown in ({}, {"ssSource": None}, {"ssSource": {"ephRate": 0.0}}, {"ssSource": {"ephRate": None}}):
        assert "its rate is not given" in sky_words.motion(row, unknown, now)
    old = sky_words.motion(row._replace(obs_mjd=row.obs_mjd - 261), {"ssSource": {"ephRate": 0.24}}, now)
    assert old == "It moves: this place is 261 d old and says nothing of where it is now: what follows is of the place"
    assert sky_words.motion(row._replace(sso_name=None, label="SN", survey="lsst", roid=None), {}, now) == ""


def test_phrases_flow_into_a_width() -> None:
    lines = [("one two", "three"), ("four five six seven",), ("abcdefghijkl",)]
    assert sky_words.flow(lines, 14) == ["one two, three", "four five six", "seven", "abcdefghijkl"]
    assert sky_words.flow(lines, 8) == ["one two", "three", "four", "five six", "seven", "abcdefgh", "ijkl"]


# --- the plot


@pytest.fixture(scope="module")
def found() -> Tonight:
    return tonight(named("Palomar"), 30, -20, at(NIGHT + "03:00"))


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize(("width", "height"), [(78, 12), (64, 7), (20, 9), (4, 7), (150, 30)])
def test_the_plot_fills_its_room(found: Tonight, width: int, height: int, ascii_only: bool) -> None:
    lines = sky_plot.draw(found, at(NIGHT + "03:00"), width, height, ascii_only=ascii_only).plain.split("\n")
    assert len(lines) == height
    assert max(map(len, lines)) == width
    assert not ascii_only or all(line.isascii() for line in lines)


def test_the_plot_shows_what_it_is_to_show(found: Tonight) -> None:
    now = at(NIGHT + "03:00")
    lines = sky_plot.draw(found, now, 78, 12, ascii_only=True).plain.split("\n")
    assert lines[0].startswith("90 ##:::... ")
    assert sum(line[15] == "|" for line in lines[:10]) >= 9
    assert lines[6].startswith("30 oo")
    begin, end = found.darkness.times[0], found.darkness.times[-1]
    middle = 3 + int((found.transit - begin) / (end - begin) * 75)
    assert [row for row in range(10) if lines[row][middle] == "*"] == [5]  # 36.8 degrees, in rows of nine
    assert sum(line.count("o") for line in lines[:10]) > 40
    reached = [index for index, sign in enumerate(lines[10]) if sign == "="]
    for index, moment_of in ((reached[0], found.windows[0][0]), (reached[-1], found.windows[0][1])):
        assert index == pytest.approx(3 + (moment_of - begin) / (end - begin) * 75, abs=1.5)
    five = lines[11].index("05")
    assert five == 3 + int((at(NIGHT + "05:00") - begin) / (end - begin) * 75)


def test_now_is_marked_only_in_its_night(found: Tonight) -> None:
    assert "|" not in sky_plot.draw(found, at(NIGHT + "20:00"), 78, 12, ascii_only=True).plain
