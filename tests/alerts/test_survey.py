"""What the surveys write for "not known", and the light curves their alerts hold."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts import clean
from fink_tui.alerts.decode import record
from fink_tui.alerts.lsst import Lsst
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.schema import Schema
from fink_tui.alerts.survey import recognise, survey_named, surveys
from fink_tui.alerts.ztf import Ztf
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import Record, both, of, packed, parts

JD = 2461121.5


def changed(alerts: list[DemoAlert], survey: str, **values: Any) -> AlertRow:
    """The row of an alert some of whose fields, `a__b` for `a.b`, were changed: the same by both paths."""
    schema, found = parts(of(survey, alerts))
    for path, value in values.items():
        holder, _, name = path.rpartition("__")
        (found[holder] if holder else found)[name] = value
    fast, whole = both(packed(schema, found))
    assert fast == whole
    return fast


# -- clean ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", " ", "nan", "NaN", "None", "null", "Unknown", "Fail", "Fail 503", "Fail 504", " nan\n", None, 3, b"x"]
)
def test_text_that_says_nothing(text: object) -> None:
    assert clean.text(text) is None


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, -999.0, -999, "1", True, [], {}])
def test_numbers_that_are_none(value: object) -> None:
    assert clean.number(value, clean.ZTF_NO_NUMBER) is None


@given(st.integers() | st.floats() | st.none() | st.text(max_size=3) | st.booleans())
def test_integers_fit_the_database(value: object) -> None:
    found = clean.integer(value)
    if found is not None:
        assert -(2**63) <= found < 2**63
        assert found == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [("t", True), ("1", True), ("f", False), ("0", False), (" T ", True), (True, True), (False, False)]
    + [(value, None) for value in ("", "2", None, 1, 0.0, b"t")],
)
def test_positive(value: object, expected: bool | None) -> None:
    assert clean.positive(value) is expected


@pytest.mark.parametrize("ra_dec", [(-0.1, 0), (360.1, 0), (0, 90.1), (0, -91), (math.nan, 0), (None, 0), ("1", 0)])
def test_no_place(ra_dec: tuple[object, object]) -> None:
    assert clean.place(*ra_dec) is None


# -- sentinels, through both paths ------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["cdsxmatch", "tns", "vsx", "gcvs", "x3hsp", "x4lac", "spicy_class", "DR3Name"])
@pytest.mark.parametrize("value", ["nan", "Fail 503", None])
def test_ztf_strings(demo_alerts: list[DemoAlert], field: str, value: str | None) -> None:
    row = changed(demo_alerts, "ztf", **{field: value})
    column = {"cdsxmatch": "simbad_type", "tns": "tns_type", "DR3Name": "gaia_name"}
    column |= {"vsx": "vsx_type", "gcvs": "gcvs_type"}
    assert getattr(row, column.get(field, field)) is None
    assert row.label_reason.strip()


@pytest.mark.parametrize("value", [-999.0, math.nan, None])
@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("ssdistnr", "sso_distance"),
        ("magnr", "magnr"),
        ("neargaia", "neargaia"),
        ("maggaia", "maggaia"),
        ("drb", "drb"),
    ],
)
def test_ztf_numbers(demo_alerts: list[DemoAlert], field: str, column: str, value: float | None) -> None:
    assert getattr(changed(demo_alerts, "ztf", **{f"candidate__{field}": value}), column) is None


def test_ztf_scores_that_are_none(demo_alerts: list[DemoAlert]) -> None:
    names = ("snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn", "mulens", "anomaly_score")
    for value in (None, math.nan):
        row = changed(demo_alerts, "ztf", cdsxmatch="Unknown", roid=0, **dict.fromkeys(names, value))
        assert (row.label, row.sn_score, row.anomaly_score) == ("Unknown", None, None)


def test_a_failed_look_up_is_said(demo_alerts: list[DemoAlert]) -> None:
    row = changed(demo_alerts, "ztf", cdsxmatch="Fail 503", roid=0, mulens=None)
    assert row.label == "Unknown"
    assert "Fail 503" in row.label_reason


@pytest.mark.parametrize(("spelling", "sign"), [("t", 1), ("1", 1), ("f", -1), ("0", -1)])
def test_both_spellings_of_the_sign(demo_alerts: list[DemoAlert], spelling: str, sign: int) -> None:
    row = changed(demo_alerts, "ztf", candidate__isdiffpos=spelling)
    assert row.is_positive is (sign > 0)
    assert row.flux is not None
    assert math.copysign(1, row.flux) == sign
    assert row.snr is not None
    assert row.snr > 0


def test_no_magnitude(demo_alerts: list[DemoAlert]) -> None:
    row = changed(demo_alerts, "ztf", candidate__magpsf=None, candidate__sigmapsf=None)
    assert (row.mag, row.mag_err, row.flux, row.flux_err, row.snr, row.mag_change) == (None,) * 6


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf, None])
def test_no_error_no_noise(demo_alerts: list[DemoAlert], sigma: float | None) -> None:
    assert changed(demo_alerts, "ztf", candidate__sigmapsf=sigma).snr is None


def test_lsst_that_was_not_processed(demo_alerts: list[DemoAlert]) -> None:
    row = changed(demo_alerts, "lsst", clf__cats_class=-1, clf__cats_score=-1.0, clf__earlySNIa_score=-1.0)
    assert (row.cats_class, row.cats_score, row.early_snia_score) == (None, None, None)


@pytest.mark.parametrize("flux", [-500.0, 0.0, 500.0, math.nan, None])
def test_lsst_flux(demo_alerts: list[DemoAlert], flux: float | None) -> None:
    row = changed(demo_alerts, "lsst", diaSource__psfFlux=flux)
    is_known = flux is not None and not math.isnan(flux)
    assert row.flux == (flux if is_known else None)
    assert (row.mag is not None) == (is_known and flux is not None and flux > 0)
    assert row.is_positive is ((flux or 0) > 0 if is_known else None)


@pytest.mark.parametrize(
    ("dia", "sso", "designation", "expected"),
    [
        (170094456248729605, 0, None, "170094456248729605"),
        (0, 21163637149, "2011 YU75", "2011 YU75"),
        (0, 21163637149, None, "ssObjectId 21163637149"),
        (0, 0, "nan", "diaSourceId 169813006111211559"),
        (None, None, None, "diaSourceId 169813006111211559"),
    ],
)
def test_lsst_object(dia: int | None, sso: int | None, designation: str | None, expected: str) -> None:
    leaves = {
        "diaSourceId": 169813006111211559,
        "diaSource.midpointMjdTai": 61000.0,
        "diaSource.ra": 10.0,
        "diaSource.dec": -10.0,
        "diaSource.diaObjectId": dia,
        "diaSource.ssObjectId": sso,
        "ssSource.designation": designation,
    }
    row = Lsst().row(leaves)
    assert row.object_id == expected
    assert row.obs_mjd == pytest.approx(61000.0 - 37 / 86400, abs=1e-9)


ZTF_NOW = {
    "candid": 1,
    "objectId": "ZTF26aaaaaaa",
    "candidate.jd": JD,
    "candidate.ra": 1.0,
    "candidate.dec": 1.0,
    "candidate.fid": 1,
    "candidate.magpsf": 18.0,
    "candidate.sigmapsf": 0.1,
    "candidate.isdiffpos": "t",
    "prv_candidates[].jd": [JD - 3, JD - 2, JD - 1],
    "prv_candidates[].fid": [1, 1, 2],
    "prv_candidates[].magpsf": [19.0, 18.5, 17.0],
    "prv_candidates[].sigmapsf": [0.1, 0.1, 0.1],
}

LSST_NOW = {
    "diaSourceId": 9,
    "diaSource.midpointMjdTai": 61000.0,
    "diaSource.ra": 1.0,
    "diaSource.dec": 1.0,
    "diaSource.band": "g",
    "diaSource.psfFlux": 1000.0,
    "prvDiaSources[].diaSourceId": [1, 2, 3],
    "prvDiaSources[].midpointMjdTai": [60997.0, 60998.0, 60999.0],
    "prvDiaSources[].band": ["g", "g", "r"],
}


@pytest.mark.parametrize(
    ("signs", "now", "days"),
    [("ttf", "t", 2), ("ftt", "t", 2), ("tft", "t", None), ("fft", "t", None), ("ttt", "f", None)],
)
def test_the_change_is_since_the_last_detection_in_the_band_or_none(signs: str, now: str, days: int | None) -> None:
    """Not since an older one, where the last one is fainter than the template."""
    ztf = Ztf().row(ZTF_NOW | {"candidate.isdiffpos": now, "prv_candidates[].isdiffpos": list(signs)})
    fluxes = [500.0 if sign == "t" else -500.0 for sign in signs]
    flux = 1000.0 if now == "t" else -1000.0
    lsst = Lsst().row(LSST_NOW | {"diaSource.psfFlux": flux, "prvDiaSources[].psfFlux": fluxes})
    for row, change in ((ztf, -0.5), (lsst, -2.5 * math.log10(2))):
        assert row.mag_change == (pytest.approx(change) if days else None)
        assert row.mag_change_days == (pytest.approx(days) if days else None)
        assert row.sparkline


@pytest.mark.parametrize("bad", [{"rb": [0.9, 0.3, 0.9]}, {"nbad": [0, 2, 0]}], ids=["rb", "nbad"])
def test_the_change_is_not_since_a_detection_of_poor_quality(bad: dict[str, list[float]]) -> None:
    leaves = ZTF_NOW | {"prv_candidates[].isdiffpos": ["t"] * 3}
    assert Ztf().row(leaves).mag_change == pytest.approx(-0.5)
    row = Ztf().row(leaves | {f"prv_candidates[].{name}": values for name, values in bad.items()})
    assert row.mag_change == pytest.approx(-1.0)
    assert row.n_history == 2


# -- light curves -----------------------------------------------------------------------------------------------------


def all_points(packets: list[tuple[bytes, bytes]]) -> Iterator[tuple[Record, list[Point]]]:
    for key, value in packets:
        schema = Schema(key)
        found = record(schema, value)
        yield found, schema.survey.points(found)


def check_points(points: list[Point]) -> None:
    assert [point.mjd for point in points] == sorted(point.mjd for point in points)
    (current,) = [point for point in points if point.is_current]
    assert current.mjd == max(point.mjd for point in points if point.kind in (PointKind.DETECTION, PointKind.BAD))
    for point in points:
        for number in (point.mjd, point.mag, point.mag_err, point.flux, point.flux_err):
            assert number is None or math.isfinite(number)
        if point.kind is PointKind.LIMIT:
            assert point.mag is not None
            assert (point.mag_err, point.flux, point.flux_err) == (None, None, None)


def test_demo_light_curves(demo_alerts: list[DemoAlert]) -> None:
    for _, points in all_points([(alert.key, alert.value) for alert in demo_alerts if alert.survey != "mma"]):
        check_points(points)


def test_wire_light_curves(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    for found, points in all_points([(packet.key, packet.value) for _, packet in wire[::4]]):
        assert [point.mjd for point in points] == sorted(point.mjd for point in points)
        assert sum(point.is_current for point in points) == 1
        if "prv_candidates" in found:
            detections = [row for row in found["prv_candidates"] or [] if row["magpsf"] is not None]
            assert sum(point.kind is not PointKind.LIMIT for point in points) <= len(detections) + 1
        else:
            ids = {row["diaSourceId"] for row in found["prvDiaSources"] or []} | {found["diaSourceId"]}
            assert sum(point.kind is PointKind.DETECTION for point in points) <= len(ids)


def ztf_record(*rows: Record, **candidate: Any) -> Record:
    now = {"jd": JD, "fid": 1, "magpsf": 18.0, "sigmapsf": 0.1, "isdiffpos": "t", "rb": 0.9, "nbad": 0}
    return {"candidate": now | candidate, "prv_candidates": list(rows)}


def test_ztf_limits_and_bad_points() -> None:
    rows: list[Record] = [
        {"jd": JD - 1, "fid": 2, "magpsf": None, "diffmaglim": 20.5},
        {"jd": JD - 3, "fid": 1, "magpsf": 19.0, "sigmapsf": 0.2, "isdiffpos": "0", "rb": 0.3, "nbad": 0},
        {"jd": JD - 2, "fid": 3, "magpsf": 19.0, "sigmapsf": 0.2, "isdiffpos": "1", "rb": 0.9, "nbad": 1},
        {"jd": JD - 4, "fid": 1, "magpsf": -999.0, "diffmaglim": -999.0},
        {"jd": math.nan, "fid": 1, "magpsf": 19.0},
        {"jd": JD - 5, "fid": 9, "magpsf": 19.0},
    ]
    points = Ztf().points(ztf_record(*rows))
    assert [(point.kind.value, point.band) for point in points] == [
        ("bad", "g"),
        ("bad", "i"),
        ("limit", "r"),
        ("detection", "g"),
    ]
    assert [point.is_negative for point in points] == [True, False, False, False]
    assert points[2].mag == 20.5


def test_ztf_repeated_candidate_is_once_and_current() -> None:
    record = ztf_record()
    record["prv_candidates"] = [dict(record["candidate"])] * 2
    (point,) = Ztf().points(record)
    assert point.is_current


def test_ztf_the_source_itself_is_reference_and_difference() -> None:
    """Where the reference image's nearest source is the object; else there is no such thing."""
    near = {"magnr": 17.2, "sigmagnr": 0.03, "distnr": 0.4}
    row = {"jd": JD - 3, "fid": 1, "magpsf": 18.5, "sigmapsf": 0.2, "isdiffpos": "0", "rb": 0.9, "nbad": 0}
    earlier, own = Ztf().points(ztf_record(row | near | {"sigmagnr": -999.0}, **near))
    difference, reference, before = (10 ** (-0.4 * (mag - 31.4)) for mag in (18.0, 17.2, 18.5))
    assert own.total_flux == pytest.approx(reference + difference)
    assert own.total_flux_err == pytest.approx(math.hypot(difference * 0.1, reference * 0.03) / 1.0857, rel=1e-4)
    assert (earlier.total_flux, earlier.total_flux_err) == (pytest.approx(reference - before), None)
    assert (own.reference_distance, own.mag) == (0.4, 18.0)
    for other in ({"distnr": 1.51}, {"distnr": None}, {"distnr": -999.0}, {"magnr": -999.0}, {"isdiffpos": None}):
        (point,) = Ztf().points(ztf_record(**near | other))
        assert (point.total_flux, point.total_flux_err) == (None, None)
    (limit,) = Ztf().points({"prv_candidates": [{"jd": JD - 1, "fid": 2, "magpsf": None, "diffmaglim": 20.5} | near]})
    assert (limit.total_flux, limit.reference_distance) == (None, None)


def test_lsst_the_source_itself_is_on_the_visit_image() -> None:
    source = {"midpointMjdTai": 61000.0, "band": "g", "psfFlux": -7.0, "psfFluxErr": 1.0}
    source |= {"scienceFlux": 90.0, "scienceFluxErr": 2.0}
    made = {"diaSource": source | {"diaSourceId": 3}, "prvDiaForcedSources": [source | {"diaForcedSourceId": 4}]}
    points = Lsst().points(made)
    assert [(point.total_flux, point.total_flux_err) for point in points] == [(90.0, 2.0)] * 2
    assert [point.mjd for point in points] == [61000.0 - 37 / 86400] * 2  # TAI is 37 s ahead of UTC
    (bare,) = Lsst().points({"diaSource": source | {"diaSourceId": 3, "scienceFlux": math.nan, "scienceFluxErr": 0.0}})
    assert (bare.total_flux, bare.total_flux_err) == (None, None)


def test_the_source_itself_in_real_alerts(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    """LSST's science flux is that of the template and the difference, but for how each was measured."""
    ratios = []
    for found, points in all_points([(packet.key, packet.value) for _, packet in wire[::3]]):
        for point in points:
            if point.total_flux is not None and point.flux is not None:
                assert point.kind is not PointKind.LIMIT
                assert point.reference_distance is None or point.reference_distance <= 1.5
        if "diaSource" in found and (flux := found["diaSource"]["templateFlux"]):
            (own,) = [point for point in points if point.is_current]
            assert own.total_flux is not None
            assert own.flux is not None
            ratios.append(own.total_flux / (flux + own.flux))
    assert statistics.median(ratios) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("history", [None, [], 3, 2.5, True, "text", {"jd": 1}, [None, 1, "x"]])
def test_history_that_is_none(history: object) -> None:
    assert len(Ztf().points(ztf_record() | {"prv_candidates": history})) == 1
    source = {"diaSourceId": 1, "midpointMjdTai": 61000.0, "band": "g", "psfFlux": 1.0, "psfFluxErr": 0.1}
    made = {"diaSource": source, "prvDiaSources": history, "prvDiaForcedSources": history}
    assert len(Lsst().points(made)) == 1
    assert Ztf().points({}) == Lsst().points({}) == []


def test_lsst_duplicates_are_once() -> None:
    def source(number: object, mjd: float, flux: float) -> Record:
        return {"diaSourceId": number, "midpointMjdTai": mjd, "band": "g", "psfFlux": flux, "psfFluxErr": 1.0}

    def forced(number: object, mjd: float) -> Record:
        return {"diaForcedSourceId": number, "midpointMjdTai": mjd, "band": "g", "psfFlux": -5.0, "psfFluxErr": 1.0}

    record = {
        "diaSource": source(3, 61003.0, 30.0),
        "prvDiaSources": [
            *(source(2, 61002.0, 20.0), source(1, 61001.0, 10.0), source(2, 61002.0, 20.0)),
            *(source(3, 61003.0, 30.0), source([1], 61000.5, 1.0), source(None, 61000.0, 1.0)),
        ],
        "prvDiaForcedSources": [forced(2, 61002.0), forced(2, 61002.0), forced(0, 61004.0), forced({}, 61005.0)],
    }
    points = Lsst().points(record)
    assert [point.flux for point in points if point.kind is PointKind.DETECTION] == [1.0, 1.0, 10.0, 20.0, 30.0]
    assert [point.kind.value for point in points].count("forced") == 3
    assert [point.flux for point in points if point.is_current] == [30.0]
    assert all(point.is_negative == (point.kind is PointKind.FORCED) for point in points)


def test_lsst_history_without_a_column() -> None:
    """A schema may lack any of the fields that a history is made of."""
    base = {"diaSourceId": 9, "diaSource.midpointMjdTai": 61000.0, "diaSource.ra": 1.0, "diaSource.dec": 1.0}
    columns: dict[str, Any] = {
        "diaSourceId": [1, 2, 2],
        "midpointMjdTai": [60998.0, 60999.0, 60999.0],
        "band": ["g", "g", "g"],
        "psfFlux": [1.0, 2.0, 2.0],
        "psfFluxErr": [0.1, 0.1, 0.1],
    }
    for missing in columns:
        leaves = base | {f"prvDiaSources[].{name}": column for name, column in columns.items() if name != missing}
        whole = leaves | {f"prvDiaSources[].{missing}": [None] * 3}
        assert Lsst().row(leaves) == Lsst().row(whole)
    odd = base | {f"prvDiaSources[].{name}": column for name, column in columns.items()}
    odd["prvDiaSources[].diaSourceId"] = [[1], {}, "x"]
    assert Lsst().row(odd).n_history == 3


def test_recognise() -> None:
    assert [survey.name for survey in surveys()] == ["ztf", "lsst", "mma"]
    assert recognise({"objectId", "candidate"}) is not None
    assert recognise({"objectId"}) is None
    for survey in surveys():
        assert survey_named(survey.name).title == survey.title


def test_file_stems(demo_alerts: list[DemoAlert]) -> None:
    for alert in (of("ztf", demo_alerts), of("lsst", demo_alerts)):
        schema = Schema(alert.key)
        (row, _) = both(Packet("", 0, 0, alert.key, alert.value))
        expected = f"{row.object_id}_{row.alert_id}" if alert.survey == "ztf" else row.alert_id
        assert schema.survey.file_stem(row) == expected
    hostile = row._replace(alert_id="../../etc/passwd")
    assert "/" not in Lsst().file_stem(hostile)
    assert json.dumps(Ztf().file_stem(hostile)).isascii()
