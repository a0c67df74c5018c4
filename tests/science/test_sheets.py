"""What the sheets say, beside numbers made by hand, by astropy and by numpy; and that nothing breaks them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts import mma, photometry
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import Point, PointKind
from fink_tui.science import active_galaxy, host, solar_system
from fink_tui.science.choose import SCIENCES, choose
from fink_tui.science.fast_transient import fast_transient, is_fast, paces
from fink_tui.science.multi_messenger import multi_messenger, sigmas
from fink_tui.science.period import Candidate, Found
from fink_tui.science.sheet import Evidence
from fink_tui.science.supernova import supernova
from fink_tui.science.variable import Fold, variable
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import parts
from tests.science.making import NOW, evidence, evidence_of, limit, line, mag, row, without_lists
from tests.science.stars import curve, rr_lyrae

# -- supernova --------------------------------------------------------------------------------------------------------


def rising() -> list[Point]:
    return [limit(-9, 20.5), mag(-8, 19.5), mag(-4, 19.0), mag(-4.1, 19.3, band="g"), mag(0, 18.5)]


def test_a_supernova_in_its_first_days() -> None:
    sheet = supernova(evidence(rising(), now=NOW + 0.5, first_mjd=NOW - 8, sn_score=0.8, snn_snia_vs_nonia=0.9))
    assert "snn SN 0.80 > 0.5" in line(sheet, "scores").value
    assert line(sheet, "age").value == "8.5 d since first, 9.5 d since last not seen"
    assert line(sheet, "age").note == "r > 20.50, 1.0 d before the first detection here"
    assert line(sheet, "rate").value == "r -0.125±0.009 mag/d"
    assert line(sheet, "rate").note == "brightens; last 8.0 d"
    assert line(sheet, "brightest").value == "r 18.50±0.05, 12.0 h ago"
    assert line(sheet, "colour").value == "g-r +0.30±0.07"
    assert line(sheet, "rise").value == "r -1.00 mag/d or steeper"
    assert line(sheet, "rise").note == "from the limit 20.50 to the first detection in r here, 1.0 d; 8.5 d ago"


def test_past_its_peak() -> None:
    sheet = supernova(evidence([mag(-20, 18.0), mag(-10, 18.2), mag(0, 18.9)]))
    assert line(sheet, "brightest").note == "+0.90 mag since, in 20.0 d"
    assert "fades" in line(sheet, "rate").note


def test_a_rate_of_long_ago_is_no_trend_of_now() -> None:
    """As of LSST 170112044501565459: u rose by 0.151 mag/d 49 d before the alert, and was not observed since."""
    old = [mag(-53, 22.6, band="u"), mag(-49, 22.0, band="u")]
    sheet = supernova(evidence([*old, mag(-4, 20.0, 0.01), mag(0, 20.4, 0.01)]))
    assert line(sheet, "rate").value == "r +0.100±0.004  u -0.15±0.02 (49.0 d earlier) mag/d"
    assert line(sheet, "rate").note == "fades; last 4.0 d"
    low = mag(0, 20.0)._replace(flux=-3.6e4)
    assert line(supernova(evidence([*old, low])), "rate").note == "of earlier days only"
    late = evidence([*old, mag(-4, 20.0, 0.01), mag(0, 20.4, 0.01)], now=NOW + 400)
    assert line(supernova(late), "rate").note == "fades; last 4.0 d, 1.1 y ago"


def test_why_there_is_no_rate_where_there_are_detections() -> None:
    """As of ZTF18abcgppm (3133285845815010044), of whose detections many are below the template."""
    points = [
        mag(-4, 18.0),
        mag(-2, 18.0)._replace(flux=-2e5),
        mag(0, 18.0),
        mag(0, 18.0, band="g")._replace(flux=-2e5),
    ]
    assert line(supernova(evidence(points)), "rate").note.endswith("in its last 10 d, none of them negative")
    assert line(supernova(evidence(points)), "colour").note.endswith("positive detections within half a day")
    assert line(fast_transient(evidence(points)), "rate").note.endswith("with no negative one between")


def test_a_rate_over_a_minute_is_noise() -> None:
    """ZTF26aamcfne (3367507381315010104): Fink's rate is -4200 mag/d, from a limit 81 s before."""
    record = {"mag_rate": -4200.61, "sigma_rate": 1150.68, "delta_time": 0.0009375, "from_upper": True}
    note = line(fast_transient(evidence([mag(0, 19.0)], record)), "Fink's rate").note
    assert note == "from an upper limit, over 1 min: too short, noise"


def test_fink_s_rate_of_a_deficit_has_the_other_sign() -> None:
    """ZTF18abcgppm (3133285845815010044) became fainter: g 18.955, then 17.980 in 2.007 d, both below the template."""
    record = {"mag_rate": -0.496, "sigma_rate": 0.069, "delta_time": 2.007, "from_upper": False}
    found = line(fast_transient(evidence([mag(0, 17.98)], record, is_positive=False)), "Fink's rate")
    assert found.value == "-0.50±0.07 mag/d"
    assert found.note == "of the deficit (below zero: it fades), over 2.0 d"


def test_a_limit_after_the_first_detection_is_no_non_detection_before_it() -> None:
    sheet = supernova(evidence(rising(), first_mjd=NOW - 80))
    assert line(sheet, "age").value == "80.0 d since first detection"
    assert "before the light curve here" in line(sheet, "age").note


def test_the_host_and_the_absolute_magnitude() -> None:
    """ZTF25acldfsf in NGC 5674: offset by the galaxy's own place, kpc by its angular-diameter distance."""
    coordinates = pytest.importorskip("astropy.coordinates")
    mangrove = {
        "HyperLEDA_name": "NGC5674",
        "2MASS_name": "14335228+0527298",
        "lum_dist": "112.441993769",
        "ang_dist": "106.9547214808656",
    }
    place = 218.4732495, 5.4600689
    galaxy = coordinates.SkyCoord("14h33m52.28s +05d27m29.8s")
    apart = coordinates.SkyCoord(*place, unit="deg").separation(galaxy).arcsec
    found = evidence(
        record={"mangrove": mangrove},
        ra=place[0],
        dec=place[1],
        host_name="NGC5674",
        host_distance=112.442,
        mag=18.96,
        mag_err=0.1,
        is_positive=True,
    )
    assert host.offset(found.row, found.record) == pytest.approx(
        (apart, math.radians(apart / 3600) * 106954.7), rel=1e-4
    )
    sheet = supernova(found)
    assert line(sheet, "host").note.startswith(f'{apart:.1f}" from its centre, 10.6 kpc')
    assert line(sheet, "absolute").value.startswith(f"M {18.96 - 5 * math.log10(112.442) - 25:.2f}")


@pytest.mark.parametrize("name", ["None", "", "NGC5674", "25000000+0000000", "12345678+9912345", "1433522+0527298"])
def test_a_name_that_is_no_place(name: str) -> None:
    assert host.place_in_name(name) is None


def test_a_southern_place_in_a_name() -> None:
    assert host.place_in_name("12412401-1236514") == pytest.approx((190.3500417, -12.6142778), abs=1e-6)


# -- fast transient ---------------------------------------------------------------------------------------------------


def test_rates_from_each_detection_to_the_next() -> None:
    points = [mag(-3, 20.0, 0.3), mag(-2, 19.0, 0.1, "g"), mag(-1, 19.0, 0.4), mag(-0.99, 18.0), mag(0, 20.0, None)]
    found = paces(evidence(points))
    assert [(pace.band, pace.mag_per_day, pace.err, pace.days) for pace in found] == [
        ("r", pytest.approx(-0.5), pytest.approx(math.hypot(0.3, 0.4) / 2), pytest.approx(2.0)),
        ("r", pytest.approx(1.0), None, pytest.approx(1.0)),
    ], "two exposures 14 minutes apart give none; the first of them counts"


def test_no_rate_across_a_detection_below_the_template() -> None:
    low = mag(-1, 19.0)._replace(flux=-1000.0)
    assert paces(evidence([mag(-2, 19.0), low, mag(0, 18.0)])) == []


def test_what_is_fast_is_surely_so_and_now() -> None:
    assert is_fast(evidence([mag(-1, 19.0), mag(0, 18.0)]))
    assert not is_fast(evidence([mag(-1, 19.0, 0.3), mag(0, 18.0, 0.3)])), "1.0±0.4 is not surely above 0.3"
    assert not is_fast(evidence([mag(-9, 19.0), mag(-8, 18.0)])), "that was long ago"
    assert not is_fast(evidence([mag(-9, 19.0), mag(0, 18.0)])), "0.1 a day"


def test_the_sheet_of_a_fast_transient() -> None:
    fink = {
        "mag_rate": 0.9,
        "sigma_rate": 0.1,
        "delta_time": 1.0,
        "from_upper": True,
        "lower_rate": 0.7,
        "upper_rate": 1.1,
    }
    sheet = fast_transient(evidence([mag(-3, 18.4), mag(-1, 18.0), mag(0, 19.0)], fink, rf_kn_vs_nonkn=0.7))
    assert line(sheet, "rate r").value == "+1.00±0.07 mag/d"
    assert line(sheet, "rate r").note.startswith("above 0.3 by 9.9 sigma; over 1.0 d, 0 s ago")
    assert line(sheet, "Fink's rate").value == "+0.90±0.10 mag/d"
    assert line(sheet, "Fink's rate").note == "from an upper limit, over 1.0 d, between +0.70 and +1.10"
    assert sheet.plot is not None
    assert [(dot.x, dot.sign) for dot in sheet.plot.dots] == [(-1.0, "r"), (0.0, "r")]
    assert [dot.y for dot in sheet.plot.dots] == pytest.approx([-0.2, 1.0])


# -- variable ---------------------------------------------------------------------------------------------------------


def test_a_variable_star_before_and_after_the_search() -> None:
    points = curve(rr_lyrae, 0.5668378, 60)
    star = evidence(points, vsx_type="RRAB", simbad_type="RR*")
    assert line(variable(star), "type").value == "RRAB (VSX), RR Lyrae star (SIMBAD)"
    assert "P" in line(variable(star), "period").value
    found = Found(
        [Candidate(0.5668378, 0.9), Candidate(1 / (1 / 0.5668378 - 1), 0.8)],
        {"g": Candidate(0.5668, 0.9), "r": Candidate(1.3, 0.5)},
        {"g": 20, "r": 19},
        60.0,
        1000,
    )
    sheet = variable(star, Fold(0.5668378, found))
    assert line(sheet, "period").value == "0.5668 d"
    assert line(sheet, "period").note == "39 points: periods from so few are guesses"
    assert "1/d alias of the best" in line(sheet, "next best").value
    assert line(sheet, "by band").note == "1 of 2 agree with the best"
    assert sheet.plot is not None
    assert sheet.plot.is_down
    assert {0 <= dot.x < 2 for dot in sheet.plot.dots} == {True}
    brightest = min(sheet.plot.dots, key=lambda dot: dot.y)
    assert min(brightest.x % 1, 1 - brightest.x % 1) < 0.1, "phase 0 is at the brightest"


def test_a_few_points_of_large_errors_do_not_set_the_scale() -> None:
    flux, err = photometry.mag_to_flux(22.0, 0.9) or (0.0, None)
    faint = Point(NOW, "g", PointKind.DETECTION, 22.0, 0.9, flux, err, total_flux=flux, total_flux_err=err)
    sheet = variable(evidence([*curve(rr_lyrae, 0.5, 60), faint]), Fold(0.5))
    assert sheet.plot is not None
    assert max(dot.y for dot in sheet.plot.dots) < 18
    assert sheet.plot.title.endswith("; 1 of errors above 0.4 not drawn")


def test_the_ways_to_fold() -> None:
    found = Found([Candidate(0.5, 0.9), Candidate(0.4, 0.8), Candidate(0.3, 0.7)], {}, {}, 60.0, 1000)
    fold, seen = Fold(0.5, found), []
    for _ in range(6):
        seen.append(fold.days)
        fold = fold.next()
    assert seen == [0.5, 1.0, 0.25, 0.4, 0.3, 0.5]


def test_the_times_of_lsst_are_folded_in_utc(demo_alerts: list[DemoAlert]) -> None:
    alert = next(alert for alert in demo_alerts if alert.survey == "lsst" and len(evidence_of(alert).points) > 3)
    _, record = parts(alert)
    tais = [
        row["midpointMjdTai"]
        for row in [record["diaSource"], *record["prvDiaSources"], *(record["prvDiaForcedSources"] or [])]
    ]
    sheet = variable(evidence_of(alert), Fold(0.5))
    assert sheet.plot is not None
    zero = float(sheet.plot.x_title.split()[-1])
    assert min(abs(tai - 37 / 86400 - zero) for tai in tais) < 6e-5
    assert min(abs(tai - zero) for tai in tais) > 3e-4


def test_a_difference_is_folded_as_flux() -> None:
    points = [point._replace(total_flux=None) for point in curve(rr_lyrae, 0.5, 60)]
    sheet = variable(evidence(points), Fold(0.5))
    assert sheet.plot is not None
    assert not sheet.plot.is_down
    assert "difference" in sheet.plot.title


# -- Solar System -----------------------------------------------------------------------------------------------------

JQ12 = {
    "ssSource": {
        "designation": "2004 JQ12",
        "elongation": 164.0061492919922,
        "phaseAngle": 4.577733516693115,
        "topoRange": 1.644518654586591e-08,
        "helioRange": 2.28926442247257e-08,
        "ephRa": 150.45551866551105,
        "ephDec": 3.482142885656174,
        "ephVmag": 0.0,
        "ephRate": 0.0,
    },
    "mpc_orbits": {
        "a": 2.7631964753,
        "e": 0.293936,
        "i": 7.534,
        "q": 1.950992,
        "h": 16.453,
        "g": 0.15,
        "earth_moid": 0.0,
    },
}
"""A real object, as Rubin sent it on 2026-03-06: its distances are too small."""

PLACE = {"ra": 150.4555220874077, "dec": 3.482150412358473, "survey": "lsst", "sso_name": "2004 JQ12"}


def test_residuals_are_astropys() -> None:
    coordinates = pytest.importorskip("astropy.coordinates")
    seen = coordinates.SkyCoord(PLACE["ra"], PLACE["dec"], unit="deg")
    predicted = coordinates.SkyCoord(JQ12["ssSource"]["ephRa"], JQ12["ssSource"]["ephDec"], unit="deg")
    east, north = (angle.arcsec for angle in predicted.spherical_offsets_to(seen))
    residual = line(solar_system.solar_system(evidence(record=JQ12, **PLACE)), "residual")
    assert residual.value == f'{predicted.separation(seen).arcsec:.3f}"'
    assert residual.note == f'east {east:+.3f}", north {north:+.3f}": seen less predicted'


def test_distances_that_were_divided_twice_agree_with_the_angles() -> None:
    """By the law of sines, with the Earth 0.992 au from the Sun on that day."""
    sheet = solar_system.solar_system(evidence(record=JQ12, mag=20.93, band="i", **PLACE))
    by_angles = 0.992 * math.sin(math.radians(164.006)) / math.sin(math.radians(4.57773))
    helio = float(line(sheet, "distances").value.split()[1])
    assert helio == pytest.approx(by_angles, rel=2e-3)
    assert line(sheet, "distances").note
    assert line(sheet, "V expected").value == "21.48"
    assert "seen -0.55 in i" in line(sheet, "V expected").note
    assert line(sheet, "orbit").note == "main belt"


def test_the_brightness_of_an_asteroid() -> None:
    assert solar_system.hg_magnitude(15.0, 0.15, 1.0, 1.0, 0.0) == pytest.approx(15.0)
    assert solar_system.hg_magnitude(15.0, 0.15, 2.0, 1.0, 0.0) == pytest.approx(15.0 + 5 * math.log10(2))
    # Phi1 and Phi2 at 20 degrees: exp(-3.33 tan(10)^0.63), exp(-1.87 tan(10)^1.22)
    expected = 15 - 2.5 * math.log10(
        0.85 * math.exp(-3.33 * 0.17632698**0.63) + 0.15 * math.exp(-1.87 * 0.17632698**1.22)
    )
    assert solar_system.hg_magnitude(15.0, 0.15, 1.0, 1.0, 20.0) == pytest.approx(expected, abs=1e-6)
    assert solar_system.hg_magnitude(15.0, 0.15, 0.0, 1.0, 20.0) is None


def test_ecliptic_latitude_is_astropys() -> None:
    coordinates = pytest.importorskip("astropy.coordinates")
    for ra, dec in ((0.0, 0.0), (150.4, 3.5), (270.0, 66.56), (10.0, -80.0), (359.9, 45.0)):
        there = coordinates.SkyCoord(ra, dec, unit="deg").barycentricmeanecliptic
        assert solar_system.ecliptic_latitude(ra, dec) == pytest.approx(there.lat.deg, abs=0.002)


def test_an_asteroid_of_ztf() -> None:
    record = {"candidate": {"ssmagnr": 19.6}}
    sheet = solar_system.solar_system(
        evidence(record=record, roid=3, sso_name="409439", sso_distance=0.0, mag=19.97, band="r")
    )
    assert line(sheet, "object").value == "409439"
    assert line(sheet, "residual").value == '0.00"'
    assert "V 19.6 predicted, seen +0.37" in line(sheet, "seen").note


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ((1.5, 0.4, 0.9), "near-Earth"),
        ((2.7, 0.1, None), "main belt"),
        ((5.2, 0.05, None), "Trojan region"),
        ((45.0, 0.1, None), "trans-Neptunian"),
        ((None, 1.2, 2.0), "unbound"),
        ((None, None, None), ""),
    ],
)
def test_kinds_of_orbits(elements: tuple[float | None, ...], kind: str) -> None:
    assert solar_system.orbit_class(*elements) == kind


# -- active galaxy ----------------------------------------------------------------------------------------------------


def test_the_state_is_numpys_median_and_percentiles() -> None:
    np = pytest.importorskip("numpy")
    fluxes = [100.0, 150.0, 90.0, 210.0, 130.0, 160.0, 180.0]
    points = [
        Point(NOW + index, "g", PointKind.DETECTION, 20.0, 0.1, 5.0, 1.0, total_flux=flux, total_flux_err=4.0)
        for index, flux in enumerate(fluxes)
    ]
    sheet = active_galaxy.active_galaxy(evidence(points, now=NOW + 7))
    middle = np.median(fluxes)
    low, high = np.percentile(fluxes, [16, 84]) / middle
    assert line(sheet, "state in g").value == f"{180 / middle:.2f} x median, no. 2 of 7"
    assert line(sheet, "state in g").note.startswith(f"16-84 %: {low:.2f} to {high:.2f}; 1.0 d ago")
    assert sheet.plot is not None
    assert [dot.y for dot in sheet.plot.dots] == pytest.approx([flux / middle for flux in fluxes])


def test_without_the_source_itself_only_its_rank_is_told() -> None:
    sheet = active_galaxy.active_galaxy(evidence([mag(-2, 19.0), mag(-1, 18.0), mag(0, 17.0)]))
    assert line(sheet, "state in r").value == "brightest of 3"


def test_both_sets_of_finks_statistics_of_blazars() -> None:
    new = {"instantness_low": 0.8, "robustness_low": 0.9, "instantness_high": -1.0, "robustness_high": -1.0}
    sheet = active_galaxy.active_galaxy(evidence(record={"blazar_stats": new}))
    assert line(sheet, "low state") == ("low state", "0.80 now, 0.90 over 30 d", "of the threshold: yes, by Fink")
    old = {"m0": 1.2, "m1": 0.95, "m2": 1.1}
    sheet = active_galaxy.active_galaxy(evidence(record={"blazar_stats": old}))
    assert line(sheet, "low state").value == "1.10 now, mean 0.95, before 1.20"
    assert line(sheet, "low state").note == "of the threshold: no, by Fink"
    sheet = active_galaxy.active_galaxy(evidence(record={"blazar_stats": dict.fromkeys(old, -1.0)}))
    assert "not one of the blazars" in line(sheet, "Fink's state").note


def test_the_colour_is_that_of_the_source_itself() -> None:
    def point(band: str, mag: float) -> Point:
        flux, err = photometry.mag_to_flux(mag, 0.03) or (0.0, None)
        return Point(NOW, band, PointKind.DETECTION, 20.0, 0.1, 1e4, 1e3, total_flux=flux, total_flux_err=err)

    found = evidence([point("g", 17.5), point("r", 17.1)])
    for sheet in (active_galaxy.active_galaxy(found), variable(found)):
        assert line(sheet, "colour").value == "g-r +0.40±0.04"
        assert line(sheet, "colour").note.endswith("of the source itself")
    assert line(supernova(found), "colour").value == "g-r +0.00±0.14"


def test_features_of_both_surveys() -> None:
    ztf = {"lc_features_g": {"amplitude": 0.7, "skew": math.nan}, "lc_features_r": {"amplitude": 0.5}}
    assert line(active_galaxy.active_galaxy(evidence(record=ztf)), "amplitude").value == "g 0.70  r 0.50"
    lsst = {"lc_features": {"z": {"amplitude": 100.0}, "u": None}}
    assert line(active_galaxy.active_galaxy(evidence(record=lsst)), "amplitude")[1:] == (
        "z 100.00",
        "nJy: half of the range of the differences",
    )


# -- GRB/GW -----------------------------------------------------------------------------------------------------------

GRB = {
    "objectId": "ZTF19abvxqry",
    "candid": 1,
    "ztf_ra": 289.4383069,
    "ztf_dec": -11.172506,
    "jd": 2458729.6881481,
    "jdstarthist": 2458729.6881481,
    "fid": 2,
    "rb": 0.91,
    "observatory": "Fermi",
    "instrument": "GBM",
    "event": "",
    "triggerId": "683482851",
    "triggerTimeUTC": "2019-09-03 04:00:00.000",
    "fink_class": "Unknown",
    "delta_mag": -0.4,
    "rate": -1.64,
    "from_upper": 1.0,
}
OLD = {"grb_ra": 287.551306, "grb_dec": -6.3257562, "grb_loc_error": 360.0, "grb_proba": 1e-8}
NEW = {"gcn_ra": 287.551306, "gcn_dec": -6.3257562, "gcn_loc_error": 360.0, "p_assoc": 0.999985}


def grb(**fields: Any) -> Evidence:
    record = GRB | fields
    return Evidence(mma.Mma().row(record), [], without_lists(record), NOW)


@pytest.mark.parametrize("names", [OLD, NEW], ids=["grb_*", "gcn_*"])
def test_offsets_in_place_and_time_are_astropys(names: dict[str, float]) -> None:
    coordinates = pytest.importorskip("astropy.coordinates")
    time = pytest.importorskip("astropy.time")
    apart = coordinates.SkyCoord(289.4383069, -11.172506, unit="deg").separation(
        coordinates.SkyCoord(287.551306, -6.3257562, unit="deg")
    )
    seconds = (time.Time(2458729.6881481, format="jd", scale="utc") - time.Time("2019-09-03T04:00:00", scale="utc")).sec
    sheet = multi_messenger(grb(**names))
    assert line(sheet, "trigger").value == "Fermi GBM 683482851"
    assert line(sheet, "in place").value == f"{apart.deg:.1f}° = {apart.deg / 6:.2f} errors"
    assert line(sheet, "in place").note == "error radius 6.0°"
    assert line(sheet, "detected").value == f"{seconds / 60:.0f} min after it"
    assert line(sheet, "triggered").value == "2019-09-03 04:00:00 UTC"


def test_a_transient_that_was_there_before_the_trigger() -> None:
    sheet = multi_messenger(grb(**NEW, jdstarthist=2458728.6881481))
    assert line(sheet, "first seen").value == "23.5 h before it"
    assert "no afterglow" in line(sheet, "first seen").note


def test_the_chance_of_an_accident() -> None:
    assert sigmas(5.733e-7) == pytest.approx(5.0, abs=1e-3)
    assert line(multi_messenger(grb(**OLD)), "chance").value == f"1.0e-08, {sigmas(1e-8):.1f} sigma"
    assert "silver" in line(multi_messenger(grb(**OLD)), "chance").note
    assert line(multi_messenger(grb(**NEW)), "chance").value == "sent as 1 - 1.5e-05"
    assert "not computed" in line(multi_messenger(grb(**NEW | {"p_assoc": -1.0})), "chance").note
    assert line(multi_messenger(grb(**NEW | {"p_assoc": 0.0})), "chance").value == "sent as 0"


def test_a_rate_of_finks() -> None:
    found = line(multi_messenger(grb(**NEW)), "rate")
    assert found.value == "-1.64 mag/d, brightens"
    assert found.note == "faster than 0.3, -0.40 mag since the last upper limit: a bound, no measurement"
    fainter = line(multi_messenger(grb(**NEW | {"delta_mag": 0.4, "rate": 1.64})), "rate")
    assert fainter == ("rate", "+1.64 mag/d", "fainter than the last upper limit: neither a rise nor a fading")


def test_a_gravitational_wave_has_an_area_and_a_density() -> None:
    """Fink_MM sends the area of the 90 % region, square minutes of arc, and the map's density, per square degree."""
    wave = {"observatory": "LVK", "instrument": "H1_L1", "event": "gw", "triggerId": "S230518h"}
    place = {"gcn_ra": 95.712891, "gcn_dec": -10.958863, "gcn_loc_error": 2396770.8626, "p_assoc": 0.0054008620296433}
    sheet = multi_messenger(grb(**wave, **place))
    assert line(sheet, "in place").note.endswith("90% region has 666 square degrees")
    assert line(sheet, "sky map").value == "0.0054 per square degree"
    assert line(sheet, "sky map").note == f"{0.00540086 * 665.7697 / 0.9:.2g} times the mean of its 90% region"


def test_an_alert_without_a_trigger() -> None:
    assert "no trigger" in line(multi_messenger(evidence()), "trigger").note


# -- which one --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "science"),
    [
        ({"survey": "mma", "trigger_id": "1"}, "trigger"),
        ({"roid": 3}, "solar"),
        ({"survey": "lsst", "sso_name": "2004 JQ12"}, "solar"),
        ({"survey": "ztf", "sso_name": "55", "roid": 0}, "supernova"),
        ({"tns_type": "SN Ia", "simbad_type": "AGN"}, "supernova"),
        ({"tns_type": "CV"}, "variable"),
        ({"vsx_type": "RRAB"}, "variable"),
        ({"vsx_type": "QSO"}, "active"),
        ({"simbad_type": "BLLac"}, "active"),
        ({"simbad_type": "EB*"}, "variable"),
        ({"simbad_type": "Galaxy"}, "supernova"),
        ({"x4lac": "4FGL J1"}, "active"),
        ({"label": "Kilonova candidate"}, "fast"),
        ({"gaia_plx": 5.0, "gaia_plx_err": 0.1, "label": "SN candidate"}, "variable"),
        ({"survey": "lsst", "cats_class": 21, "cats_score": 0.95}, "variable"),
        ({"survey": "lsst", "cats_class": 21, "cats_score": 0.5}, "supernova"),
        ({"label": "SN candidate"}, "supernova"),
    ],
)
def test_the_sheet_that_fits(fields: dict[str, Any], science: str) -> None:
    found, why = choose(evidence(**fields))
    assert found == science
    assert why


def test_by_the_topic_and_by_the_rate() -> None:
    assert choose(evidence(), "fink_sn_candidates_ztf,fink_rate_based_kn_candidates_ztf")[0] == "fast"
    assert choose(evidence([mag(-1, 19.0), mag(0, 18.0)]))[0] == "fast"


def test_real_alerts(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    from fink_tui.alerts import decode
    from fink_tui.alerts.schema import SchemaBook

    book, solar, active = SchemaBook(), 0, 0
    for entry, packet in wire:
        (found,) = decode.decode([packet], book)
        assert isinstance(found, decode.Decoded)
        record = decode.record(found.schema, packet.value)
        alert = Evidence(found.row, found.schema.survey.points(record), without_lists(record), found.row.obs_mjd + 1)
        name, _ = choose(alert)
        assert SCIENCES[name].sheet(alert).lines
        solar += name == "solar"
        active += name == "active" and entry["survey"] == "ztf"
        assert (name == "solar") >= (entry.get("roid") == 3)
    assert solar > 5
    assert active >= 2


# -- nothing breaks them ----------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.none(), st.sampled_from([math.nan, math.inf, -math.inf, -999.0, -1.0, 0.0, 1e300, -1e300, 1e-300]), st.floats()
)
ANYTHING = st.one_of(
    NUMBERS, st.text(max_size=8), st.booleans(), st.binary(max_size=4), st.lists(st.integers(), max_size=2)
)
PATHS = [
    *("mangrove.lum_dist mangrove.ang_dist mangrove.2MASS_name blazar_stats blazar_stats.m0 blazar_stats.m1").split(),
    *("blazar_stats.instantness_low blazar_stats.robustness_high lc_features_g.amplitude lc_features.r.skew").split(),
    *("ssSource.ephRa ssSource.ephDec ssSource.phaseAngle ssSource.helioRange ssSource.topoRange ssSource").split(),
    *("ssSource.ephRate ssSource.ephVmag mpc_orbits.a mpc_orbits.e mpc_orbits.q mpc_orbits.h mpc_orbits.g").split(),
    *("mpc_orbits.period mpc_orbits.arc_length_total mpc_orbits.nobs_total diaSource.trailLength").split(),
    *(
        "candidate.ssmagnr mag_rate sigma_rate lower_rate upper_rate delta_time from_upper gaiaClass gaiaVarFlag"
    ).split(),
    *("p_assoc gcn_loc_error rate delta_mag diff_vartime xm.legacydr8_zphot clf.elephant_kstest_science").split(),
]
POINTS = st.builds(
    Point,
    mjd=st.one_of(st.floats(60_000, 61_400), st.sampled_from([math.nan, math.inf, 61_000.0])),
    band=st.sampled_from(["g", "r", "u", "?"]),
    kind=st.sampled_from(PointKind),
    mag=st.one_of(NUMBERS, st.floats(10, 25)),
    mag_err=st.one_of(NUMBERS, st.floats(0.01, 1)),
    flux=st.one_of(NUMBERS, st.floats(-1e5, 1e5)),
    flux_err=st.one_of(NUMBERS, st.floats(0.1, 1e4)),
    total_flux=st.one_of(st.none(), st.floats(-1e5, 1e5)),
    total_flux_err=st.one_of(st.none(), st.floats(0.1, 1e4)),
)
FINITE = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, -1.0, 1e-12]))
ROWS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("mag", "mag_err", "sso_distance", "trigger_offset", "trigger_error", "host_distance"), FINITE),
        **dict.fromkeys(("gaia_plx", "gaia_plx_err", "rb", "rf_kn_vs_nonkn", "first_mjd", "trigger_mjd"), FINITE),
        **dict.fromkeys(("tns_redshift", "cats_score", "sn_score", "mag_rate", "p_assoc"), FINITE),
        "survey": st.sampled_from(["ztf", "lsst", "mma"]),
        "trigger_id": st.sampled_from([None, "1"]),
        "trigger_by": st.sampled_from([None, "LVK H1", "Fermi GBM"]),
        "roid": st.sampled_from([None, 0, 3, 77]),
        "cats_class": st.sampled_from([None, 11, 21, 99]),
        "sso_name": st.sampled_from([None, "x"]),
        "simbad_type": st.sampled_from([None, "QSO", "?", "RR*"]),
        "is_positive": st.sampled_from([None, True, False]),
    },
)


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """A record of some paths; a later value may stand where an earlier one has a record."""
    record: dict[str, Any] = {}
    for path, value in values.items():
        *steps, last = path.split(".")
        inner: Any = record
        for step in steps:
            if not isinstance(inner.get(step), dict):
                inner[step] = {}
            inner = inner[step]
        inner[last] = value
    return record


@settings(max_examples=80)
@given(
    values=st.dictionaries(st.sampled_from(PATHS), ANYTHING, max_size=12),
    fields=ROWS,
    points=st.lists(POINTS, max_size=12),
    typed=st.sampled_from([None, 1e-6, 0.5, 1e5]),
)
def test_no_record_breaks_a_sheet(
    values: dict[str, Any], fields: dict[str, Any], points: list[Point], typed: float | None
) -> None:
    alert = Evidence(row(**fields), points, nested(values), NOW)
    choose(alert)
    sheets = [science.sheet(alert) for science in SCIENCES.values()]
    if typed is not None:
        sheets.append(variable(alert, Fold(typed)))
    for sheet in sheets:
        assert sheet.lines
        for one in sheet.lines:
            assert "nan" not in f"{one.value} {one.note}".lower().split()
            assert one.label


def test_every_sheet_of_every_alert_of_the_demo(demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts:
        whole = evidence_of(alert)
        for science in SCIENCES.values():
            assert science.sheet(whole).lines
            assert science.sheet(whole._replace(points=[], record={})).lines, "the packet is away"


def test_a_single_point_and_none() -> None:
    for points in ([], [mag(0, 18.0)], [limit(0, 20.0)], [mag(0, 18.0, None)]):
        for science in SCIENCES.values():
            assert science.sheet(evidence(points)).lines


def test_photometry_agrees_with_the_tests_own() -> None:
    point = mag(0, 18.0)
    assert photometry.flux_to_mag(point.flux, point.flux_err) == pytest.approx((18.0, 0.05), abs=1e-6)
