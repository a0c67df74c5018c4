"""Units, moments and words of the fields: those that surveys tell, and none that nobody does."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from fink_tui.alerts import dictionary
from fink_tui.alerts.decode import record
from fink_tui.alerts.dictionary import Meaning, Scale, meaning, moment
from fink_tui.alerts.fields import Field, fields
from fink_tui.alerts.schema import Schema
from fink_tui.stream.demo import DemoAlert, schemas
from tests.conftest import SHARED

FEATURES = """beyond_1_std cusum kurtosis linear_fit_reduced_chi2 magnitude_percentage_ratio_40_5
magnitude_percentage_ratio_20_10 median_buffer_range_percentage_10 mean_variance anderson_darling_normal chi2 skew
stetson_K"""

ZTF_NUMBERS = set(
    f"""chipsf chinr sharpnr classtar seeratio aimagerat bimagerat elong rb drb sumrat sgscore1 sgscore2 sgscore3 scorr
dsnrms ssnrms dsdiff clrcoeff clrcounc rf_snia_vs_nonia snn_snia_vs_nonia snn_sn_vs_all mulens rf_kn_vs_nonkn
anomaly_score anomaly_score_beta anomaly_score_anais anomaly_score_emille anomaly_score_julien anomaly_score_maria
anomaly_score_emille_30days anomaly_score_varvara slsn_score p_assoc from_upper blazar_stats {FEATURES}""".split()
)
"""Floats of ZTF and GRB/GW alerts without a dimension; `from_upper` is one where it should be a boolean."""

LSST_NUMBERS = set(
    f"""snr psfLnL psfChi2 trailChi2 dipoleChi2 extendedness reliability e e_unc g normalized_rms snnSnVsOthers_score
cats_score earlySNIa_score elephant_kstest_science elephant_kstest_template legacydr8_zphot legacydr8_e_zphot
legacydr8_pstar tns_redshift {FEATURES}""".split()
)
"""Floats of LSST without a dimension."""

UNSETTLED = set(
    """topoRange topoRangeRate helioRange helioRangeRate ephRate ephRateRa ephRateDec helio_x helio_y helio_z helio_vx
helio_vy helio_vz helio_vtot topo_x topo_y topo_z topo_vx topo_vy topo_vz topo_vtot dt dt_unc""".split()
)
"""Floats of LSST whose unit nobody says, or is contradicted by real alerts."""

OFFICIAL = {
    "days": "d",
    "pixels": "pix",
    "pixel": "pix",
    "sec": "s",
    "degrees": "deg",
    "degrees per day": "deg/d",
    "deg**2": "deg^2",
    "m^2/ton": "m^2/t",
    "10^(-10)*au/day^2": "1e-10 au/d^2",
    "unitless": "",
    "00 .. 63": "",
}
"""How the surveys' lists write a unit, where it is not ours."""

CORRECTED = {"trailLengthErr": "arcsec", "trailAngleErr": "deg"} | dict.fromkeys(
    ("ixx", "iyy", "ixy", "ixxPSF", "iyyPSF", "ixyPSF"), "arcsec^2"
)
"""Where Rubin's list is wrong: it has nJy for the errors of a length and an angle."""


def leaves(kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of a schema, and its type."""
    if isinstance(kind, list):
        kind = next(branch for branch in kind if branch != "null")
    if isinstance(kind, str):
        yield path, kind
    elif kind["type"] == "record":
        for field in kind["fields"]:
            yield from leaves(field["type"], f"{path}.{field['name']}" if path else field["name"])
    elif kind["type"] == "map":
        yield from leaves(kind["values"], f"{path}.g" if path == "lc_features" else path)
    else:
        yield from leaves(kind["items"], path)


def check(survey: str, path: str) -> None:
    """A float has a unit, or is known to have none."""
    leaf, numbers = path.rpartition(".")[2], ZTF_NUMBERS if survey != "lsst" else LSST_NUMBERS | UNSETTLED
    assert bool(meaning(survey, path).unit) is (leaf not in numbers), path


@pytest.mark.parametrize("survey", ["ztf", "lsst", "mma"])
def test_every_float_of_the_demo_has_a_unit_or_is_known_to_have_none(survey: str) -> None:
    found = [path for path, kind in leaves(getattr(schemas, survey)().schema) if kind in ("float", "double")]
    assert len(found) > 15
    for path in found:
        check(survey, path)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_units_are_those_of_the_surveys_lists(survey: str) -> None:
    path = SHARED / "schemas" / f"FIELDS_{survey}_live.tsv"
    if not path.is_file():
        pytest.skip("the lists of fields are not here: no folder `shared` beside the project")
    with path.open() as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    told = 0
    for name, kind, unit in rows:
        name = name.replace("{}", ".g")
        found = meaning(survey, name).unit
        if kind.rstrip("?") in ("float", "double"):
            check(survey, name.replace("[]", ""))
        elif found and not unit:
            assert kind.startswith(("string", "map")), name
        if unit:
            told += 1
            assert found == CORRECTED.get(name.rpartition(".")[2], OFFICIAL.get(unit, unit)), name
    assert told > 80


def test_the_published_grb_schema_has_units_too() -> None:
    path = SHARED / "schemas" / "mma" / "fink_mm_schema_version_1.3.avsc"
    if not path.is_file():
        pytest.skip("the schema is not here: no folder `shared` beside the project")
    for name, kind in leaves(json.loads(path.read_text())):
        if kind in ("float", "double"):
            check("mma", name)


@pytest.mark.parametrize("survey", ["ztf", "lsst", "mma"])
def test_words_and_units_are_of_fields_that_there_are(survey: str) -> None:
    there = {path for path, _ in leaves(getattr(schemas, survey)().schema)}
    described = [path for path in there if meaning(survey, path).words]
    assert len(described) > 30
    for path in there:
        known = meaning(survey, path)
        assert (known.unit + known.words).isascii()
        assert len(known.words) < 100
        assert not known.words.endswith(".")


def test_no_name_of_the_tables_is_mistyped() -> None:
    there = {
        name: {path for one in kinds for path, _ in leaves(getattr(schemas, one)().schema)}
        for name, kinds in (("ztf", ("ztf", "mma")), ("lsst", ("lsst",)))
    }
    there["ztf"] |= {"grb_ra", "grb_dec", "grb_loc_error", "grb_proba", "blazar_stats.m0"}
    there["ztf"] |= {f"mangrove.{leaf}" for leaf in ("HyperLEDA_name", "lum_dist", "ang_dist")}
    for survey, table in (("ztf", dictionary._ZTF_WORDS), ("lsst", dictionary._LSST_WORDS)):
        for name, words in dictionary._sentences(table):
            assert words, name
            assert any(meaning(survey, path).words == words for path in there[survey]), name
    for survey, table in (("ztf", dictionary._ZTF_UNITS), ("lsst", dictionary._LSST_UNITS)):
        for name, unit in dictionary._entries(table):
            alone = dictionary._Table(iter([(name, unit)]))
            assert any(alone.find(path) for path in there[survey]), name


@pytest.mark.parametrize(
    ("survey", "path", "known"),
    [
        ("ztf", "candidate.magpsf", ("mag", None)),
        ("ztf", "prv_candidates[].jd", ("d", Scale.JD)),
        ("ztf", "jdstarthist_dt", ("d", None)),
        ("ztf", "lc_features_g.linear_trend", ("mag/d", None)),
        ("ztf", "mangrove.lum_dist", ("Mpc", None)),
        ("ztf", "candidate.srmag2", ("mag", None)),
        ("lsst", "lc_features.g.linear_trend", ("nJy/d", None)),
        ("lsst", "diaSource.midpointMjdTai", ("d", Scale.TAI)),
        ("lsst", "misc.firstDiaSourceMjdTaiFink", ("d", Scale.TAI)),
        ("lsst", "brokerIngestMjd", ("d", Scale.UTC)),
        ("lsst", "mpc_orbits.epoch_mjd", ("d", Scale.TT)),
        ("lsst", "mpc_orbits.i", ("deg", None)),
        ("lsst", "mpc_orbits.q", ("au", None)),
        ("lsst", "mpc_orbits.g", ("", None)),
        ("lsst", "diaSource.x", ("pix", None)),
        ("lsst", "diaSource.psfFlux_flag", ("", None)),
        ("lsst", "diaObject.g_psfFluxNdata", ("", None)),
        ("lsst", "diaObject.g_psfFluxMaxSlope", ("nJy/d", None)),
        ("lsst", "ssSource.helioRange", ("", None)),
        ("mma", "gcn_loc_error", ("arcmin", None)),
        ("mma", "start_vartime", ("d", Scale.JD)),
        ("ztf", "unheard_of", ("", None)),
        ("", "jd", ("", None)),
        ("unheard_of", "jd", ("", None)),
    ],
)
def test_meanings(survey: str, path: str, known: tuple[str, Scale | None]) -> None:
    found = meaning(survey, path)
    assert (found.unit, found.scale) == known


def test_a_leaf_of_one_record_is_not_taken_for_that_of_another() -> None:
    assert meaning("lsst", "ssSource.a") == Meaning()
    assert meaning("lsst", "diaSource.h") == Meaning()


@pytest.mark.parametrize(
    ("value", "scale", "date"),
    [
        (2461122.25, Scale.JD, "2026-03-22 18:00:00 UTC"),
        (61121.75 + 37 / 86400, Scale.TAI, "2026-03-22 18:00:00 UTC"),
        (61121.75, Scale.UTC, "2026-03-22 18:00:00 UTC"),
        (61121.75, Scale.TT, "2026-03-22 18:00:00 TT"),
        (0.0, Scale.TAI, ""),
        (-999.0, Scale.JD, ""),
        (math.nan, Scale.JD, ""),
        (None, Scale.TAI, ""),
        ("2461122.25", Scale.JD, ""),
        (1e300, Scale.JD, ""),
    ],
)
def test_moments(value: object, scale: Scale, date: str) -> None:
    assert moment(value, scale) == date


def test_fields_with_their_units() -> None:
    found = fields(
        {
            "objectId": "ZTF26aaaaaaa",
            "candidate": {"jd": 2461122.25, "magpsf": 18.75, "ssdistnr": None, "distnr": math.nan, "nbad": 0},
            "mangrove": {"lum_dist": "112.44", "ang_dist": "None"},
            "new": 1.0,
        },
        "ztf",
    )
    text = {field.path: field.text for field in found}
    assert text == {
        "objectId": "ZTF26aaaaaaa",
        "candidate.jd": "2461122.25 (2026-03-22 18:00:00 UTC)",
        "candidate.magpsf": "18.75 mag",
        "candidate.ssdistnr": "null",
        "candidate.distnr": "nan",
        "candidate.nbad": "0",
        "mangrove.lum_dist": "112.44 Mpc",
        "mangrove.ang_dist": "None",
        "new": "1",
    }
    words = {field.path: field.words for field in found}
    assert words["candidate.jd"] == "start of the exposure (JD, UTC)"
    assert words["new"] == ""
    assert fields({"jd": 2461122.25}) == [Field("jd", "2461122.25")]


def test_the_moments_of_alerts_are_those_of_their_rows(demo_alerts: list[DemoAlert]) -> None:
    places = {"ztf": "candidate.jd", "lsst": "diaSource.midpointMjdTai", "mma": "jd"}
    for alert in demo_alerts:
        found = {field.path: field for field in fields(record(Schema(alert.key), alert.value), alert.survey)}
        field = found[places[alert.survey]]
        assert moment(alert.obs_mjd, Scale.UTC)[:-6] in field.note
