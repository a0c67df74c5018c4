from __future__ import annotations

import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from fink_tui.alerts.row import AlertRow
from fink_tui.app.heading import fitted, heading, reach, spelt, tonight
from fink_tui.sky.night import mjd_to_unix
from fink_tui.sky.site import Site
from fink_tui.sky.visibility import Overhead
from fink_tui.store.packets import Place
from fink_tui.store.pages import Exposure, StoredAlert

MJD = 61364.0
NOW = mjd_to_unix(MJD)

NOTHING = AlertRow._make([None] * len(AlertRow._fields))
"""A row that knows nothing."""

ROW = NOTHING._replace(
    survey="ztf",
    alert_id="3609878042115010004",
    object_id="ZTF26aabcdef",
    label="SN candidate",
    label_reason="snn 0.83 (Ia), 0.72 (SN): one above 0.5; 12.0 d old, 11 detections",
    ra=217.42895,
    dec=-62.67948,
    obs_mjd=MJD - 0.1,
    band="g",
    mag=19.184,
    mag_err=0.09,
    is_positive=True,
    mag_change=-0.25,
    mag_change_err=0.17,
    mag_change_days=6.0,
    real_bogus=0.987,
    n_detections=11,
)


def lines(
    row: AlertRow, *, state: str = "", topics: str = "fink_sn_candidates_ztf", exposure: Exposure | None = None
) -> list[str]:
    stored = StoredAlert(1, row, topics, 20261119, NOW, -1.93, state, "", Place("a", 0, 0), exposure)
    return heading(stored, NOW).plain.splitlines()


def test_what_one_wants_first() -> None:
    assert lines(ROW) == [
        " ZTF26aabcdef  SN candidate  in the plane, b -2  ZTF 3609878042115010004",
        "snn 0.83 (Ia), 0.72 (SN): one above 0.5; 12.0 d old, 11 detections",
        "14:29:42.95 -62:40:46.1  217.42895 -62.67948  b -1.9°",
        "g 19.18±0.09 rises 0.25±0.17 in 6.0 d  rb 0.99  2.4 h ago  11 det  sn_candidates",
    ]


def test_of_how_often_it_was_seen_nothing_is_said_where_nobody_tells() -> None:
    assert "det" not in lines(ROW._replace(n_detections=0))[3]


def test_it_says_what_was_decided() -> None:
    assert lines(ROW, state="saved")[0].startswith(" ZTF26aabcdef  SN candidate  [saved]  in the plane, b -2  ZTF ")


def test_it_fits_beside_the_list() -> None:
    """At 160 cells the detail pane has 66; what comes after the age may be cut off."""
    found = lines(ROW)
    assert all(len(line) <= 66 for line in found[1:3])
    assert found[3].index("ago") < 60


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"is_positive": False}, "g 19.18±0.09 below template rises 0.25±0.17"),
        (
            {"mag": None, "flux": -14600.0, "flux_err": 320.0, "mag_change": None, "band": "r"},
            "r -14.60±0.32 µJy (mag 20.99), below template  rb 0.99  2.4 h ago",
        ),
        (
            {"mag": None, "flux": -1234.4, "flux_err": 20.0, "mag_change": None},
            "g -1234±20 nJy (mag 23.67), below template  rb 0.99  2.4 h ago",
        ),
        ({"mag": None, "flux": 10.0, "mag_change": None, "band": None}, "? 10.00 nJy  rb 0.99  2.4 h ago"),
        ({"mag": None, "flux": 0.0, "mag_change": None}, "g 0 nJy  rb 0.99  2.4 h ago"),
        ({"mag": None, "mag_change": None}, "g no brightness  rb 0.99  2.4 h ago"),
        ({"mag_change_err": None}, "g 19.18±0.09 rises 0.25 in 6.0 d"),
        ({"real_bogus": 1.0, "drb": 1.0, "rb": 0.61, "mag_change": None}, "g 19.18±0.09  drb 1.00  2.4 h ago"),
    ],
)
def test_the_brightness(changes: dict[str, Any], begins: str) -> None:
    assert lines(ROW._replace(**changes))[3].startswith(begins)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (-0.25, 0.17, "rises 0.25±0.17 in 6.0 d"),
        (0.25, 0.17, "fades 0.25±0.17 in 6.0 d"),
        (-0.05, 0.17, "steady -0.05±0.17 in 6.0 d"),
        (0.05, 0.17, "steady +0.05±0.17 in 6.0 d"),
        (0.0, 0.0, "steady +0.00±0.00 in 6.0 d"),
    ],
)
def test_whether_it_rises(change: float, error: float, said: str) -> None:
    assert said in lines(ROW._replace(mag_change=change, mag_change_err=error))[3]


def test_what_it_is_next_to() -> None:
    row = ROW._replace(tns_name="2026abc", tns_type="SN Ia", sgscore1=0.02, distpsnr1=3.5)
    assert lines(row)[0].startswith(' ZTF26aabcdef  SN candidate  galaxy 3.5" (PS1), TNS 2026abc SN Ia, in the plane')


def test_the_galaxy_that_it_may_be_in() -> None:
    host = {"host_name": "NGC5674", "host_distance": 112.44}
    assert lines(ROW._replace(**host))[0].startswith(
        ' ZTF26aabcdef  SN candidate  in the plane, b -2, within 60" of NGC5674, 112 Mpc'
    )
    assert "NGC5674" not in lines(ROW._replace(roid=3, **host))[0]


def test_a_burst_goes_before_all_else() -> None:
    found = lines(ROW, exposure=Exposure(214, 3))[0]
    assert found.startswith(" ZTF26aabcdef  SN candidate  214 alerts of this exposure: a bad subtraction?, in the")
    assert "exposure" not in lines(ROW, exposure=Exposure(9, 3))[0]


def test_whether_it_can_be_reached_goes_before_what_can_be_looked_up() -> None:
    stored = StoredAlert(1, ROW, "", 20261119, NOW, -1.93, "", "", Place("a", 0, 0))
    place = heading(stored, NOW, reach="alt 63 rising, 5.2 h tonight").plain.splitlines()[2]
    assert place.startswith("14:29:42.95 -62:40:46.1  alt 63 rising, 5.2 h tonight  217.42895 -62.67948")
    assert len(place) <= 85


@pytest.mark.parametrize("width", range(20, 120))
def test_no_number_of_it_is_cut(width: int) -> None:
    stored = StoredAlert(1, ROW, "", 20261119, NOW, -1.93, "", "", Place("a", 0, 0))
    whole = heading(stored, NOW, reach="below the horizon, 5.2 h tonight")
    for was, line in list(zip(whole.plain.splitlines(), fitted(whole, width).plain.splitlines(), strict=True))[2:]:
        kept, cut, _ = line.partition("…")
        assert was.startswith(kept)
        if cut and cell_len(line) <= width:
            assert was[len(kept) :].startswith("  ")


def test_of_what_has_moved_on_nothing_is_said_to_be_in_reach() -> None:
    overhead = Overhead(Site("La Silla", longitude=-70.7345, latitude=-29.2584, height=2347.0), NOW)
    moving = ROW._replace(roid=3)
    assert tonight(overhead, moving, NOW + 40_000) == reach(overhead, ROW.ra, ROW.dec) != ""
    where = reach(overhead, ROW.ra, ROW.dec)
    assert tonight(overhead, moving, NOW + 2 * 86400) == f"where it was: {where}"
    assert tonight(overhead, moving, NOW + 20 * 86400) == "has moved on since"
    assert tonight(overhead, ROW, NOW + 20 * 86400) == reach(overhead, ROW.ra, ROW.dec)
    assert tonight(None, moving, NOW + 20 * 86400) == ""


def test_in_ascii_an_error_keeps_its_sign_and_a_degree_is_no_day() -> None:
    content = Text("g 18.20±0.05  b +11.3°\nrises", style="bold", no_wrap=True)
    assert spelt(content).plain == "g 18.20+-0.05  b +11.3 deg\nrises"


def test_whether_it_can_be_reached() -> None:
    site = Site("La Silla", longitude=-70.7345, latitude=-29.2584, height=2347.0)
    overhead = Overhead(site, mjd_to_unix(61364.1))
    found = {dec: reach(overhead, 60.0, dec) for dec in (-89.0, -29.0, 60.0, 89.0)}
    assert re.fullmatch(r"alt \d\d (rising|setting), \d\.\d h (left|from \d\d:\d\d)", found[-29.0])
    assert re.fullmatch(r"alt (29|30) (rising|setting), .*", found[-89.0])
    low = next(ra for ra in range(360) if overhead.altitude(ra, 50.0) > 5)  # it never climbs above 11 degrees
    assert re.fullmatch(r"alt \d (rising|setting), not tonight", reach(overhead, low, 50.0))
    assert found[60.0] == found[89.0] == "below the horizon, not tonight"
    assert f"{overhead.altitude(60.0, -29.0):.0f}" in found[-29.0]
    assert reach(None, 60.0, -29.0) == ""


def test_what_is_not_up_yet_is_not_told_as_hours_left() -> None:
    """By astropy, minute by minute: at Palomar it is dark in the night of 2026-11-21 from 02:08 to 12:58 UTC, and there
    ZTF18abtmtpq is above 30 degrees from 03:28 to 09:31; at 17:06 UTC, by day, it is 58 degrees below the horizon."""
    palomar, now = Site("Palomar", -116.865, 33.356, 1712.0), mjd_to_unix(61365.7125)
    assert reach(Overhead(palomar, now), 41.64211, -8.42678) == "below the horizon, 6.0 h from 03:28"
    assert reach(Overhead(palomar, now + 8.9 * 3600), 41.64211, -8.42678) == "alt 13 rising, 6.0 h from 03:28"
    assert reach(Overhead(palomar, now + 11.4 * 3600), 41.64211, -8.42678) == "alt 39 rising, 5.0 h left"


def test_no_part_of_it_is_markup() -> None:
    assert lines(ROW._replace(object_id="[HB89] 1821+643", label="[/x]"))[0].startswith(" [HB89] 1821+643  [/x] ")


def test_of_a_gamma_ray_burst_it_tells_the_trigger() -> None:
    trigger = {"trigger_id": "683482851", "trigger_by": "Fermi GBM", "trigger_mjd": MJD - 0.225}
    row = NOTHING._replace(
        survey="mma",
        alert_id="ZTF26aabcdef_683482851_2461364.40000_e75106",
        object_id="ZTF26aabcdef",
        label="Unknown",
        label_reason="Fink's class in the packet",
        ra=217.42895,
        dec=-62.67948,
        obs_mjd=MJD - 0.1,
        band="r",
        mag_rate=-3.2,
        real_bogus=0.9,
        n_detections=1,
        **trigger,
        trigger_offset=4.71,
        trigger_error=6.0,
        p_assoc=5.1e-8,
    )
    found = lines(row, topics="fink_grb_silver")
    assert found[0] == " ZTF26aabcdef  Unknown  in the plane, b -2  GRB/GW 683482851"
    assert found[1].startswith("3.0 h after Fermi GBM, 4.7° off (region 6.0°), chance 5e-08  Fink's class")
    assert found[3] == "r -3.20 mag/d since a limit  rb 0.90  2.4 h ago  1 det  grb_silver"
    assert lines(row._replace(mag_change=-1.6))[3].startswith("r -3.20 mag/d  rb 0.90")
    assert lines(
        row._replace(trigger_mjd=None, trigger_by=None, trigger_offset=None, trigger_error=None, p_assoc=None)
    )[1].startswith("the trigger  Fink's")
    assert lines(row._replace(trigger_mjd=MJD, mag_rate=None))[1].startswith("2.4 h before Fermi")
    assert lines(row._replace(mag_rate=None))[3].startswith("r no rate")
