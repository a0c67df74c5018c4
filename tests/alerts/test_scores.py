"""Why an alert has its class: the rules taken apart give the class that the alert has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts import decode
from fink_tui.alerts.labels import HOSTS
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.scores import OPERATORS, Check, Either, Scores, scores
from fink_tui.alerts.survey import survey_named
from fink_tui.stream.demo import DemoAlert

Wire = list[tuple[dict[str, Any], Packet]]
Record = dict[str, Any]

BOOK = SchemaBook()


def label_of(found: Scores, row: AlertRow) -> str:
    """The class that the rules give together, by Fink's order of them."""
    holds = {rule.name: rule.holds for rule in found.rules}
    if holds["SIMBAD object"]:
        return row.simbad_type or "?"
    flags = [holds["microlensing"], holds["supernova"], row.roid == 2, row.roid == 3]
    if sum(flags) > 1:
        return "Ambiguous"
    if holds["asteroid"]:
        return "Solar System MPC" if row.roid == 3 else "Solar System candidate"
    for name, label in (
        ("kilonova", "Kilonova candidate"),
        ("early SN Ia", "Early SN Ia candidate"),
        ("supernova", "SN candidate"),
        ("microlensing", "Microlensing candidate"),
    ):
        if holds[name]:
            return label
    return "Unknown"


def test_real_classes_follow_from_the_rules(wire: Wire) -> None:
    for entry, packet in wire:
        if entry["survey"] == "ztf" and entry["tracklet_in_source"] is None:
            schema = BOOK.schema(packet.key)
            row, record = decode.whole_row(schema, packet.value), decode.record(schema, packet.value)
            assert label_of(scores(row, record), row) == entry["expected_label"]


def test_the_demos_classes_follow_from_the_rules(demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts:
        if alert.survey == "ztf":
            schema = BOOK.schema(alert.key)
            row, record = decode.whole_row(schema, alert.value), decode.record(schema, alert.value)
            assert label_of(scores(row, record), row) == row.label == alert.expected_class


NAMES = "snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn", "mulens"
SCORE = st.sampled_from([None, 0.0, 0.2, 0.4, 0.400001, 0.5, 0.500001, 0.9, float("nan")])


@settings(max_examples=300)
@given(
    candidate=st.fixed_dictionaries(
        {
            "jd": st.just(2461121.9),
            "jdstarthist": st.sampled_from([None, 2461121.9, 2461117.0, 2461116.9, 2461116.8, 2461031.9, 2461031.8]),
            "ndethist": st.sampled_from([None, 0, 1, 2, 19, 20, 21]),
            "drb": SCORE,
            "classtar": SCORE,
            "ra": st.just(1.0),
            "dec": st.just(1.0),
            "fid": st.just(1),
        }
    ),
    values=st.fixed_dictionaries(
        {
            **dict.fromkeys(
                ("snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn", "mulens"), SCORE
            ),
            "roid": st.sampled_from([None, 0, 1, 2, 3]),
            "cdsxmatch": st.sampled_from([*sorted(HOSTS), "Fail 503", "RRLyr", "QSO", "nan", "", None]),
        }
    ),
)
def test_any_class_follows_from_the_rules(candidate: Record, values: Record) -> None:
    """Also at each threshold, and where a score is missing."""
    record = {"objectId": "ZTF", "candid": 1, "candidate": candidate, **values}
    ztf = survey_named("ztf")
    row = ztf.row(decode.pick(record, ztf.leaves))
    assert label_of(scores(row, record), row) == row.label


def test_why_it_is_unknown() -> None:
    row = AlertRow._make([None] * len(AlertRow._fields))._replace(
        survey="ztf", snn_snia_vs_nonia=0.43, sn_score=0.1, drb=0.9, classtar=0.9, n_detections=5,
        obs_mjd=10.0, first_mjd=4.0, roid=0,
    )  # fmt: skip
    supernova = next(rule for rule in scores(row, {}).rules if rule.name == "supernova")
    assert not supernova.holds
    assert supernova.deciding() == ["snn Ia 0.43 < 0.5 and snn SN 0.10 < 0.5"]


@pytest.mark.parametrize(
    ("value", "sign", "threshold", "words"),
    [
        (0.43, ">", 0.5, "x 0.43 < 0.5"),
        (0.5, ">", 0.5, "x 0.50 <= 0.5"),
        (0.499_9, ">", 0.5, "x 0.4999 < 0.5"),
        (0.500_01, ">", 0.5, "x 0.50001 > 0.5"),
        (0.5, ">=", 0.5, "x 0.50 >= 0.5"),
        (0.9, ">=", 0.5, "x 0.90 > 0.5"),
        (3, "<", 20, "x 3 < 20"),
        (20, "<", 20, "x 20 >= 20"),
        (761, "<=", 20, "x 761 > 20"),
        (0.00082, "", 0, "x 0.00082"),
        (None, ">", 0.5, "x not given"),
        (1e300, "", 0, "x 1e+300"),
    ],
)
def test_a_score_beside_its_threshold(value: float | None, sign: str, threshold: float, words: str) -> None:
    assert Check("x", value, sign, threshold).words() == words


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(OPERATORS)), st.sampled_from([0.0, 0.4, 0.5, 5.0, 90.0]))
def test_what_is_written_is_so(value: float, sign: str, threshold: float) -> None:
    """The number as written stands to the threshold as it says, but where it differs in the ninth digit."""
    _, number, written, limit = Check("x", value, sign, threshold).words().split()
    if abs(value - threshold) > 1e-6:
        assert OPERATORS[written](float(number), float(limit))
    assert OPERATORS[written](value, threshold)


def test_lsst_scores_are_the_packets(wire: Wire) -> None:
    seen = set()
    for entry, packet in wire:
        if entry["survey"] != "lsst":
            continue
        schema = BOOK.schema(packet.key)
        row, record = decode.whole_row(schema, packet.value), decode.record(schema, packet.value)
        found = scores(row, record)
        holds = {rule.name for rule in found.rules if rule.holds}
        clf, source = record["clf"], record["diaSource"]
        assert ("Solar System" in holds) == bool(record["pred"]["is_sso"])
        assert ("CATS" in holds) == (clf["cats_class"] != -1 and clf["cats_score"] >= 0.9)
        assert ("cross-match" in holds) == bool(record["xm"]["simbad_otype"] or record["xm"]["vsx_Type"])
        likely = clf["snnSnVsOthers_score"] >= 0.7 and clf["cats_class"] == 11 and clf["cats_score"] >= 0.9
        likely = likely and source["snr"] > 10 and record["diaObject"]["nDiaSources"] >= 2
        assert ("Fink's likely SN" in holds) == likely
        seen |= holds
        by_name = {check.name: check.value for check in found.scores}
        assert by_name["reliability"] == source["reliability"]
        assert by_name["early SN Ia"] == (clf["earlySNIa_score"] if clf["earlySNIa_score"] >= 0 else None)
        assert by_name["elephant science"] is None
    assert seen == {"Solar System", "CATS", "cross-match", "Fink's likely SN"}


def test_other_surveys_have_what_they_have() -> None:
    row = AlertRow._make([None] * len(AlertRow._fields))._replace(survey="mma", rb=0.9)
    assert [check.words() for check in scores(row, {}).scores] == ["rb 0.90 > 0.55"]
    assert Either(()).passes is False
