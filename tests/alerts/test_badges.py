"""What is known of an alert's place, in letters: every rule at its threshold."""

from __future__ import annotations

import string
from typing import Any

import pytest

from fink_tui.alerts.badges import CROWD, badges, crowd, variable_kind
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.simbad import Kind, meaning

NOTHING = AlertRow._make([None] * len(AlertRow._fields))
ZTF = NOTHING._replace(survey="ztf", label="Unknown")
LSST = NOTHING._replace(survey="lsst", label="Unknown")


def letters(row: AlertRow, galactic_latitude: float | None = None) -> str:
    return "".join(badge.letter for badge in badges(row, galactic_latitude))


def words(row: AlertRow, galactic_latitude: float | None = None) -> list[str]:
    return [badge.words for badge in badges(row, galactic_latitude)]


@pytest.mark.parametrize("row", [ZTF, LSST, NOTHING._replace(survey="mma")])
def test_nothing_known_is_nothing_said(row: AlertRow) -> None:
    assert badges(row) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"roid": 3, "sso_name": "433"}, ["asteroid 433"]),
        ({"roid": 3}, ["asteroid"]),
        ({"roid": 2}, ["asteroid, new?"]),
        ({"roid": 1}, []),
        ({"roid": 0, "sso_name": "433", "sso_distance": 25.0}, []),
        ({"vsx_type": "RRAB"}, ["variable RRAB (VSX)"]),
        ({"gcvs_type": "UGSU"}, ["variable UGSU (GCVS)"]),
        ({"simbad_type": "EB*"}, ["eclipsing binary (SIMBAD)"]),
        ({"simbad_type": "Star"}, ["star (SIMBAD)"]),
        ({"gaia_plx": 5.1, "gaia_plx_err": 1.0}, ["star (Gaia parallax)"]),
        ({"gaia_plx": 5.0, "gaia_plx_err": 1.0}, []),
        ({"gaia_plx": -9.0, "gaia_plx_err": 1.0}, []),
        ({"gaia_plx": 5.1, "gaia_plx_err": 0.0}, []),
        ({"sgscore1": 0.77, "distpsnr1": 1.99}, ['star-like 2.0" (PS1)']),
        ({"sgscore1": 0.76, "distpsnr1": 0.1}, []),
        ({"sgscore1": 0.99, "distpsnr1": 2.0}, []),
        ({"sgscore1": 0.99, "distpsnr1": None}, []),
        ({"simbad_type": "Seyfert_1"}, ["Seyfert 1 galaxy (SIMBAD)"]),
        ({"simbad_type": "QSO", "sgscore1": 0.99, "distpsnr1": 0.1}, ["quasar (SIMBAD)"]),
        ({"vsx_type": "QSO"}, ["QSO (VSX)"]),
        ({"x4lac": "4FGL J1"}, ['gamma-ray AGN within 60" (4LAC)']),
        ({"x3hsp": "3HSPJ1"}, ['blazar within 60" (3HSP)']),
        ({"simbad_type": "GinGroup"}, ["galaxy towards a group (SIMBAD)"]),
        ({"sgscore1": 0.02, "distpsnr1": 3.52}, ['galaxy 3.5" (PS1)']),
        ({"sgscore1": 0.24, "distpsnr1": 3.52}, []),
        ({"sgscore1": 0.02, "distpsnr1": 5.0}, []),
        ({"tns_type": "SN Ia"}, ["TNS SN Ia"]),
        ({"tns_name": "AT 2026abc"}, ["TNS AT 2026abc"]),
        ({"simbad_type": "SN"}, ["supernova (SIMBAD)"]),
        ({"neargaiabright": 19.9, "maggaiabright": 11.9}, ['20" from a star of 11.9']),
        ({"neargaiabright": 20.0, "maggaiabright": 11.9}, []),
        ({"neargaiabright": 3.0, "maggaiabright": 12.0}, []),
        ({"simbad_type": "X"}, []),
    ],
)
def test_a_rule_at_its_threshold(changes: dict[str, Any], expected: list[str]) -> None:
    assert words(ZTF._replace(**changes)) == expected


def test_what_a_known_asteroid_passes_is_no_news() -> None:
    row = ZTF._replace(sgscore1=0.02, distpsnr1=1.0, simbad_type="Star", neargaiabright=1.0, maggaiabright=5.0)
    assert letters(row._replace(roid=3), 1.0) == "RBP"
    assert letters(row._replace(roid=2), 1.0) == "RSGBP"


def test_asteroids_beside_a_trigger() -> None:
    assert words(NOTHING._replace(survey="mma", roid=3)) == ["asteroid"]


def test_lsst_asteroids() -> None:
    assert words(LSST._replace(label="Solar System", sso_name="2004 JQ12")) == ["asteroid 2004 JQ12"]
    assert words(LSST._replace(label="Solar System")) == ["asteroid"]


@pytest.mark.parametrize(("b", "expected"), [(9.9, "P"), (-9.9, "P"), (10.0, ""), (-10.0, ""), (None, "")])
def test_the_plane(b: float | None, expected: str) -> None:
    assert letters(ZTF, b) == expected


def test_a_burst_of_one_exposure() -> None:
    assert crowd(CROWD - 1, 1) is None
    assert crowd(CROWD, 1) is not None
    assert crowd(214, 43) is None
    assert crowd(214, 42) == ("X", "214 alerts of this exposure: a bad subtraction?")


def test_all_letters_are_ascii_and_different() -> None:
    everything = ZTF._replace(
        roid=2, vsx_type="RRAB", simbad_type="Star", x4lac="x", sgscore1=0.1, distpsnr1=1.0, tns_name="a",
        neargaiabright=1.0, maggaiabright=1.0,
    )  # fmt: skip
    found = letters(everything, 0.0) + "X"
    assert found == "RVSAGTBPX"
    assert set(found) <= set(string.ascii_uppercase)


@pytest.mark.parametrize(
    ("label", "kind", "words"),
    [
        ("Sy1", Kind.AGN, "Seyfert 1 galaxy"),
        ("Seyfert_1", Kind.AGN, "Seyfert 1 galaxy"),
        ("AG?", Kind.AGN, "candidate active galactic nucleus"),
        ("*", Kind.STAR, "star"),
        ("**", Kind.STAR, "double or multiple star"),
        ("RRLyr", Kind.VARIABLE, "RR Lyrae star"),
        ("Candidate_RRLyr", Kind.VARIABLE, "candidate RR Lyrae star"),
        ("EclBin", Kind.VARIABLE, "eclipsing binary"),
        ("G", Kind.GALAXY, "galaxy"),
        ("SN*_Candidate", Kind.TRANSIENT, "candidate supernova"),
        ("HII", Kind.OTHER, "HII region"),
        ("HII_G", Kind.GALAXY, "HII galaxy"),
        ("LongPeriodV*_Candidate", Kind.VARIABLE, "candidate long-period variable"),
        ("no such type", Kind.OTHER, "no such type"),
    ],
)
def test_the_meaning_of_a_simbad_type(label: str, kind: Kind, words: str) -> None:
    assert meaning(label) == (kind, words)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("RRAB", Kind.VARIABLE),
        ("AGN", Kind.AGN),
        ("QSO:", Kind.AGN),
        ("SN IIb", Kind.TRANSIENT),
        ("SR", Kind.VARIABLE),
        ("UGSU|E", Kind.VARIABLE),
    ],
)
def test_the_types_of_variable_star_catalogues(kind: str, expected: Kind) -> None:
    assert variable_kind(kind) is expected
