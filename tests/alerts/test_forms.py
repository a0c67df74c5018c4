"""The forms in which an alert is copied: coordinates as astropy writes them, templates that cannot fail."""

from __future__ import annotations

import string

import astropy.units as u
import pytest
from astropy.coordinates import Angle, SkyCoord
from hypothesis import example, given
from hypothesis import strategies as st

from fink_tui.alerts import forms
from fink_tui.alerts.decode import Decoded, decode
from fink_tui.alerts.forms import NAMES, template_problem
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.stream.demo import DemoAlert


@pytest.fixture(scope="module")
def row(demo_alerts: list[DemoAlert]) -> AlertRow:
    alert = next(alert for alert in demo_alerts if alert.survey == "ztf")
    (found,) = decode([Packet("t", 0, 0, alert.key, alert.value)], SchemaBook())
    assert isinstance(found, Decoded)
    return found.row


def written(row: AlertRow, templates: dict[str, str] | None = None) -> dict[str, str]:
    return {form.title: form.text for form in forms.forms(row, templates or {})}


def test_a_place_in_all_its_forms(row: AlertRow) -> None:
    found = forms.forms(row._replace(ra=187.70593, dec=12.39112, object_id="ZTF26a", alert_id="42"), {"tcs": "{name}"})
    assert [(form.key, form.title, form.text) for form in found if form.key not in "mw"] == [
        ("n", "name", "ZTF26a"),
        ("i", "ZTF alert", "42"),
        ("d", "decimal", "187.70593 +12.39112"),
        ("c", "colons", "12:30:49.42 +12:23:28.0"),
        ("s", "spaces", "12 30 49.42 +12 23 28.0"),
        ("h", "h m s", "12h30m49.42s +12d23m28.0s"),
        ("1", "tcs", "ZTF26a"),
    ]
    assert written(row)["web page"] == f"https://ztf.fink-portal.org/{row.object_id}"


PLACES = st.tuples(st.floats(0, 360, exclude_max=True), st.floats(-90, 90))


@given(PLACES)
@example((14.99999999, -0.0000001))  # 59.9999 s carries; -0 degrees
@example((359.99999999, 89.99999999))
@example((180.0, -0.5))  # the sign of no whole degree
@example((15 * (59 / 60 + 59.9951 / 3600), -(59 / 60 + 59.96 / 3600)))
@example((0.0, -90.0))
def test_coordinates_are_those_of_astropy(row: AlertRow, place: tuple[float, float]) -> None:
    """Read back by astropy, to half of the last digit; and the same letter by letter, unless a digit is a tie."""
    ra, dec = place
    found = written(row._replace(ra=ra, dec=dec))
    for title in ("colons", "spaces", "h m s"):
        read = SkyCoord(found[title], unit=(u.hourangle, u.deg))
        turn = Angle(read.ra.deg - ra, u.deg).wrap_at(180 * u.deg).deg
        assert abs(turn) <= 0.0050001 * 15 / 3600
        assert abs(read.dec.deg - dec) <= 0.050001 / 3600
    coordinates = SkyCoord(ra, dec, unit="deg")
    hours, degrees = coordinates.ra.hour * 3600 * 100, abs(coordinates.dec.deg) * 3600 * 10
    if abs(hours % 1 - 0.5) > 1e-4 and abs(degrees % 1 - 0.5) > 1e-4 and hours < 86400 * 100 - 0.5 and degrees >= 0.5:
        right = coordinates.ra.to_string(u.hour, sep=":", precision=2, pad=True)
        up = coordinates.dec.to_string(u.deg, sep=":", precision=1, pad=True, alwayssign=True)
        assert found["colons"] == f"{right} {up}"


@given(PLACES)
@example((359.9999999, -0.0000001))
def test_no_part_of_a_coordinate_is_out_of_its_range(row: AlertRow, place: tuple[float, float]) -> None:
    found = written(row._replace(ra=place[0], dec=place[1]), {"t": "{ra_h} {ra_m} {ra_s} {dec_d} {dec_m} {dec_s}"})
    right, up = found["decimal"].split()
    assert 0 <= float(right) < 360
    assert up[0] in "+-"
    assert up != "-0.00000"
    assert found["t"] == found["spaces"]
    hour, minute, second, degree, arcminute, arcsecond = found["t"].split()
    assert 0 <= int(hour) < 24
    assert -90 <= int(degree) <= 90
    assert degree[0] in "+-"
    for part in (minute, second, arcminute, arcsecond):
        assert 0 <= float(part) < 60
        assert part.index(".") == 2 if "." in part else len(part) == 2


def test_brightness_in_a_line(row: AlertRow) -> None:
    bright = row._replace(object_id="ZTF26a", band="r", mag=18.321, mag_err=0.05, obs_mjd=61121.5, is_positive=True)
    assert forms.brightness(bright) == "ZTF26a r 18.32±0.05 2026-03-22 12:00:00 UTC MJD 61121.50000"
    assert "below template" in forms.brightness(bright._replace(is_positive=False))
    assert "-19.55±0.56 µJy" in forms.brightness(bright._replace(mag=None, flux=-19550.0, flux_err=560.0))
    assert "no brightness" in forms.brightness(bright._replace(mag=None, flux=None))


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("", "not one line"),
        ("  ", "not one line"),
        ("{ra}\n{dec}", "not one line"),
        ("{ra}\x1b[31m", "not one line"),
        ("x" * 1001, "not one line"),
        ("{ra", "brace without its other half"),
        ("ra}", "brace without its other half"),
        ("{}", "{}, which is not known"),
        ("{0}", "{0}, which is not known"),
        ("{nam}", "{nam}, which is not known"),
        ("{ra.real}", "{ra.real}, which is not known"),
        ("{ra[0]}", "{ra[0]}, which is not known"),
        ("{ra:>9}", "more than a name"),
        ("{ra!r}", "more than a name"),
        ("{ra:{dec}}", "more than a name"),
        ("{name} {ra_hms} {dec_dms} 2000", ""),
        ("{{{name}}} # no placeholder", ""),
    ],
)
def test_templates_that_could_not_be_filled_in_are_refused(template: str, problem: str) -> None:
    assert problem in template_problem(template)
    assert bool(template_problem(template)) == bool(problem)


@given(
    st.text(string.printable + "µ{}", max_size=30)
    | st.lists(st.sampled_from([*NAMES, "{", "}", " ", ":"])).map("".join)
)
def test_a_template_that_is_let_pass_can_be_filled_in(row: AlertRow, template: str) -> None:
    if not template_problem(template):
        assert written(row, {"own": template})["own"].isprintable()


def test_nine_templates_have_keys(row: AlertRow) -> None:
    templates = {f"t{number}": f"{number} {{name}}" for number in range(12)}
    found = [form for form in forms.forms(row, templates) if form.title.startswith("t")]
    assert [form.key for form in found] == list("123456789")
    keys = [form.key for form in forms.forms(row, templates)]
    assert len(set(keys)) == len(keys)


def test_what_no_number_is_known_of_is_written_as_such(row: AlertRow) -> None:
    assert written(row._replace(mag=None, band=None), {"own": "{band}|{mag}"})["own"] == "|-"
