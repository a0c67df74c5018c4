"""Rows of the REST API become what the same alerts' packets become."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts import api, decode
from fink_tui.alerts.api_columns import FEATURES, LSST_SHARED, features, lsst_place, value, ztf_place
from fink_tui.alerts.fields import fields
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow, PointKind
from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.survey import RowError
from fink_tui.stream.demo import DemoAlert
from tests.alerts.rest import rest_row
from tests.conftest import SHARED

Wire = list[tuple[dict[str, Any], Packet]]

BOOK = SchemaBook()

REST = SHARED / "data" / "rest"

HISTORY = {"n_history", "n_limits", "mag_change", "mag_change_err", "mag_change_days", "sparkline"}
"""Columns that a packet's history makes: a row of the API has none."""

LSST_OBJECT = {"n_detections", "first_mjd", "sso_name", "sso_distance"}
"""Columns of LSST that `diaObject`, `ssSource` and `misc` make, which `sources` does not answer."""

LSST_LABEL = {"label", "label_reason", "object_id"}
"""Those that come out otherwise for a Solar System object or a label that only `pred` has."""


def body(name: str) -> list[dict[str, Any]]:
    if not (REST / name).is_file():
        pytest.skip("the API's answers are not here: no folder `shared` beside the project")
    found: list[dict[str, Any]] = json.loads((REST / name).read_text())
    return found


def ztf_row(**columns: Any) -> dict[str, Any]:
    """A row as small as an alert's can be."""
    place = {"i:objectId": "ZTF26aaaaaaa", "i:candid": 3367463101415010117, "i:jd": 2461121.5, "i:ra": 10.0}
    return place | {"i:dec": -5.0} | columns


def differences(one: AlertRow, other: AlertRow) -> dict[str, tuple[Any, Any]]:
    return {
        name: (mine, theirs) for name, mine, theirs in zip(AlertRow._fields, one, other, strict=True) if mine != theirs
    }


def leaves(record: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in record.items():
        if isinstance(inner, dict):
            yield from leaves(inner, (*prefix, name))
        else:
            yield (*prefix, name), inner


# -- real alerts ------------------------------------------------------------------------------------------------------


def test_a_real_alerts_row_is_its_packets(wire: Wire) -> None:
    compared = 0
    for entry, packet in wire:
        schema = BOOK.schema(packet.key)
        record = decode.record(schema, packet.value)
        row, alert = rest_row(entry["survey"], record), decode.whole_row(schema, packet.value)
        allowed = HISTORY | ((LSST_OBJECT | LSST_LABEL) if entry["survey"] == "lsst" else set())
        made = api.alert_row(entry["survey"], row)
        found = differences(made, alert)
        assert set(found) <= allowed, found
        if entry["survey"] == "lsst" and alert.sso_name is None and (record.get("pred") or {}).get("is_sso") is None:
            assert made.object_id == alert.object_id
        # the record that is shown makes the same row
        picked = decode.pick(api.record(entry["survey"], row), schema.survey.leaves)
        assert schema.survey.row(picked) == made._replace(n_detections=made.n_detections or 1)
        compared += 1
    assert compared == len(wire) > 100


def test_the_answers_made_of_real_alerts(wire: Wire) -> None:
    by_id = {(entry["survey"], str(entry.get("candid") or entry.get("diaSourceId"))): packet for entry, packet in wire}
    compared = 0
    for survey, name in (
        ("ztf", "derived/ztf_objects_ZTF25abixhdc.json"),
        ("ztf", "derived/ztf_latests_SN_candidate.json"),
        ("lsst", "derived/lsst_sources_170028512402473130.json"),
    ):
        for row in body(name):
            made = api.alert_row(survey, row)
            if said := row.get("v:classification"):
                assert made.label == said
                assert "Fink's database" not in made.label_reason
            if (packet := by_id.get((survey, made.alert_id))) is None:
                continue
            found = differences(made, decode.whole_row(BOOK.schema(packet.key), packet.value))
            # of this old sample the archive and the stream disagree in how the sign is written, not in what it says
            assert set(found) <= HISTORY | LSST_OBJECT, found
            compared += 1
    assert compared >= 3


def test_a_magnitude_without_a_sign_is_no_flux() -> None:
    """As in the cone search's table: fainter than the template, it would be sent as a rise."""
    (row,) = body("real/ztf_conesearch_default_columns.json")
    made = api.alert_row("ztf", row)
    assert (made.mag, made.is_positive, made.flux, made.flux_err) == (18.429005, None, None, None)
    assert made.snr is not None
    assert [point.flux for point in api.points("ztf", [row])] == [None]
    told = api.alert_row("ztf", row | {"i:isdiffpos": "f"})
    assert told.flux is not None
    assert told.flux < 0


def test_a_row_that_does_not_tell_how_often_it_was_seen_is_not_of_one_detection() -> None:
    for survey, name in (
        ("ztf", "real/ztf_conesearch_default_columns.json"),
        ("lsst", "derived/lsst_sources_170028512402473130.json"),
    ):
        assert {api.alert_row(survey, row).n_detections for row in body(name)} == {0}
    assert api.alert_row("ztf", ztf_row(**{"i:ndethist": 7})).n_detections == 7
    # nor of a class of few detections
    early = {"d:snn_snia_vs_nonia": 0.9, "d:rf_snia_vs_nonia": 0.9, "i:drb": 0.9, "i:classtar": 0.9}
    early |= {"d:cdsxmatch": "Unknown"}
    made = api.alert_row("ztf", ztf_row(**early))
    assert (made.label, made.label_reason) == ("Unknown", api.UNTOLD)
    assert api.alert_row("ztf", ztf_row(**early, **{"i:ndethist": 7})).label == "Early SN Ia candidate"


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_demos_alerts_too(demo_alerts: list[DemoAlert], survey: str) -> None:
    allowed = HISTORY | ((LSST_OBJECT | LSST_LABEL) if survey == "lsst" else set())
    for alert in demo_alerts:
        if alert.survey == survey:
            schema = BOOK.schema(alert.key)
            row = rest_row(survey, decode.record(schema, alert.value))
            found = differences(api.alert_row(survey, row), decode.whole_row(schema, alert.value))
            assert set(found) <= allowed, found


# -- no column is lost ------------------------------------------------------------------------------------------------


def columns(schema: str) -> list[str]:
    groups: dict[str, Any] = body(f"reproduced/{schema}")  # type: ignore[assignment]
    return [
        f"{group[-3]}:{name}" if group.endswith(":)") else name for group, names in groups.items() for name in names
    ]


@pytest.mark.parametrize(
    "schema",
    [
        *("ztf_schema_GET.json", "lsst_schema_sources_v10_0.json", "lsst_schema_objects_v10_0.json"),
        *("lsst_schema_tags_v10_0.json", "lsst_schema_sso_v10_0.json", "lsst_schema_conesearch_v10_0.json"),
        "lsst_schema_fp_v10_0.json",
    ],
)
def test_no_column_is_lost(schema: str) -> None:
    survey = schema[: schema.index("_")]
    names = [*columns(schema), "v:separation_degree", "d:something_new", "r:somethingNew", "f:something_new"]
    row = {column: number for number, column in enumerate(names, start=10**6)}
    row |= {"i:isdiffpos": "t"} if "i:isdiffpos" in row else {}
    if survey == "lsst" and "objects" in schema:
        row.pop("r:midpointMjdTai", None)
    shown = {str(known) for _, known in leaves(_flat(api.record(survey, row)))}
    missing = {column for column, known in row.items() if str(known) not in shown}
    assert not missing


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    return record | {str(number): row for number, row in enumerate(record.pop("prvDiaForcedSources", []))}


def test_every_column_lands_where_a_packet_has_it(wire: Wire) -> None:
    for survey, schema in (("ztf", "ztf_schema_GET.json"), ("lsst", "lsst_schema_conesearch_v10_0.json")):
        places: set[tuple[str, ...]] = set()
        for entry, packet in wire:
            if entry["survey"] == survey:
                places |= {place[:2] for place, _ in leaves(decode.record(BOOK.schema(packet.key), packet.value))}
                places |= {place[:1] for place in places}
        own = {
            column
            for column in columns(schema)
            if (ztf_place(column) if survey == "ztf" else lsst_place(column, is_object=False)) not in places
        }
        # what no packet of these samples has: computed or named by the API, or of a newer version of Fink
        assert {column for column in own if column[0] in "ir"} <= NOT_IN_SAMPLES, own
        assert {column for column in own if column[0] in "df"} <= NOT_IN_SAMPLES, own


NOT_IN_SAMPLES = {
    *("d:tag", "d:tracklet", "d:slsn_score", "f:clf_slsn_score", "f:xm_spicy_SPICY"),
    *(f"d:blazar_stats_{name}_{side}" for name in ("instantness", "robustness") for side in ("low", "high")),
}


def test_what_only_an_answer_has_is_told_in_words() -> None:
    names = [column for column in columns("ztf_schema_GET.json") if column.startswith("v:")]
    shown = {field.path: field for field in fields(api.record("ztf", dict.fromkeys([*names, "d:tag"], 1.5)), "ztf")}
    assert all(shown[name].words for name in [*names, "d:tag"])
    assert shown["v:lapse"].text == "1.5 d"


def test_shared_columns_of_a_row_of_objects_are_the_objects() -> None:
    made = api.record("lsst", {"r:diaObjectId": 5, "r:ra": 1.0, "r:dec": 2.0, "r:nDiaSources": 7, "f:is_sso": "false"})
    assert made["diaObject"] == {"diaObjectId": 5, "ra": 1.0, "dec": 2.0, "nDiaSources": 7}
    assert made["pred"] == {"is_sso": False}
    assert "diaSource" not in made
    assert {lsst_place(f"r:{name}", is_object=True)[0] for name in LSST_SHARED} == {"diaObject"}


# -- values -----------------------------------------------------------------------------------------------------------


def test_numbers_that_came_as_text_are_numbers() -> None:
    row = ztf_row(**{"i:candid": "3367463101415010117", "i:fid": "2", "i:magpsf": "18.5", "i:sigmapsf": ""})
    row |= {"i:jd": "2461121.5", "i:ra": "10.0", "i:nbad": "nan", "i:drb": None, "d:roid": "3", "d:from_upper": "True"}
    made = api.alert_row("ztf", row)
    assert (made.alert_id, made.band, made.mag, made.mag_err, made.nbad) == (
        "3367463101415010117",
        "r",
        18.5,
        None,
        None,
    )
    assert (made.obs_mjd, made.label) == (61121.0, "Solar System MPC")
    record = api.record("ztf", row)
    assert record["candid"] == record["candidate"]["candid"] == 3367463101415010117
    assert record["from_upper"] is True


@pytest.mark.parametrize(
    ("raw", "is_positive"),
    [
        *(("t", True), ("1", True), (1, True), (True, True), ("True", True), (1.0, True)),
        *(
            ("f", False),
            ("0", False),
            (0, False),
            (False, False),
            (0.0, False),
            (None, None),
            ("", None),
            ("nan", None),
        ),
    ],
)
def test_the_sign_in_every_spelling(raw: Any, is_positive: bool | None) -> None:
    row = ztf_row(**{"i:isdiffpos": raw, "i:magpsf": 18.0, "i:sigmapsf": 0.1, "i:fid": 1})
    assert api.alert_row("ztf", row).is_positive is is_positive
    (point,) = api.points("ztf", [row])
    assert point.is_negative is (is_positive is False)


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert value("d:DR3Name", 4052345) == "4052345"
    assert value("r:reliabilityVersion", "0.30") == "0.30"
    assert value("r:diaObjectId", "313998569858662581") == 313998569858662581
    assert value("v:constellation", "Sagittarius") == "Sagittarius"
    assert value("d:mangrove_lum_dist", "204.77") == "204.77"  # as in a packet's map


def test_features_get_names_only_where_their_numbers_prove_the_order() -> None:
    numbers = [float(number) for number in range(1, 27)]
    of_packets = dict(zip(FEATURES, numbers, strict=True)) | {"mean": 18.0, "standard_deviation": 0.9}
    of_packets["mean_variance"] = 0.05
    assert features(str(list(of_packets.values()))) == of_packets
    assert features(str([of_packets[name] for name in sorted(FEATURES)])) == of_packets
    assert features(str(numbers)) == numbers
    assert features("[]") == features(f"[{', '.join(['null'] * 26)}]") == dict.fromkeys(FEATURES)
    assert features("no list") == "no list"


def test_features_of_answers_made_of_real_alerts() -> None:
    for name in ("derived/ztf_objects_ZTF25abixhdc.json", "derived/ztf_latests_SN_candidate.json"):
        made = [api.record("ztf", row)[band] for row in body(name) for band in ("lc_features_g", "lc_features_r")]
        assert all(set(found) == set(FEATURES) for found in made)
        assert all(12 < found["median"] < 23 for found in made if found["median"] is not None)


# -- ids and labels ---------------------------------------------------------------------------------------------------


def test_a_row_without_a_candid_has_an_id_that_is_no_surveys() -> None:
    made = api.alert_row("ztf", {key: known for key, known in ztf_row().items() if key != "i:candid"})
    assert made.alert_id == "ZTF26aaaaaaa@2461121.50000"
    row = {"r:diaObjectId": 313998569858662581, "r:ra": 1.0, "r:dec": 2.0, "r:midpointMjdTai": 61205.9837394019}
    assert api.alert_row("lsst", row).alert_id == "313998569858662581@61205.98374"


@pytest.mark.parametrize(
    ("survey", "row"),
    [
        ("ztf", {}),
        ("ztf", {"i:objectId": "ZTF25abixhdc", "i:jd": 2460921.79, "i:fid": "3", "i:candid": -1, "d:tag": "upperlim"}),
        ("ztf", {"basic:raw": 5}),
        ("lsst", {}),
        ("lsst", {"r:ra": 1.0, "r:dec": 2.0, "r:midpointMjdTai": 61205.98}),
        ("lsst", {"r:diaObjectId": 5, "r:ra": 1.0, "r:dec": 2.0}),
        (
            "lsst",
            {"r:diaForcedSourceId": 7, "r:diaObjectId": 5, "r:ra": 1.0, "r:dec": 2.0, "r:midpointMjdTai": 61205.9},
        ),
    ],
)
def test_what_is_no_alert(survey: str, row: dict[str, Any]) -> None:
    with pytest.raises(RowError, match="it "):
        api.alert_row(survey, row)


def test_the_databases_class_where_the_rule_lacks_its_fields() -> None:
    (row,) = body("real/ztf_conesearch_default_columns.json")
    made = api.alert_row("ztf", row)
    assert (made.label, made.label_reason) == ("Unknown", "as Fink's database says")
    (row,) = body("real/ztf_latests_row_subset.json")
    made = api.alert_row("ztf", row)
    assert (made.label, made.label_reason) == ("SN candidate", "as Fink's database says")


def test_where_no_class_can_be_told_no_rule_is_said_to_have_looked() -> None:
    assert api.alert_row("ztf", ztf_row()).label_reason == api.UNTOLD
    assert api.alert_row("ztf", ztf_row(**{"d:cdsxmatch": "QSO"})).label == "QSO"
    (row,) = body("real/lsst_conesearch_default_columns.json")
    made = api.alert_row("lsst", row)
    assert (made.label, made.label_reason) == ("Unknown", api.UNTOLD)
    looked_at = api.alert_row("lsst", row | {"f:xm_simbad_otype": None})
    assert looked_at.label_reason == "no cross-match and no score above its threshold"


def test_where_the_databases_class_is_another_it_is_shown_with_both_reasons() -> None:
    row = ztf_row(**{column: 0 for column in api.RULE_NEEDS if column != "i:jd"}) | {"d:cdsxmatch": "Unknown"}
    assert api.alert_row("ztf", row | {"v:classification": "Unknown"}).label_reason == "none of Fink's rules applies"
    made = api.alert_row("ztf", row | {"v:classification": "SLSN candidate"})
    assert made.label == "SLSN candidate"
    assert "Fink's database" in made.label_reason
    assert "Unknown" in made.label_reason


def test_an_object_of_the_solar_system_by_the_name_that_was_resolved() -> None:
    row = {"r:diaSourceId": 7, "r:ra": 1.0, "r:dec": 2.0, "r:midpointMjdTai": 61205.9, "f:sso_name": "2010 JO69"}
    made = api.alert_row("lsst", row)
    assert (made.object_id, made.sso_name, made.label) == ("2010 JO69", "2010 JO69", "Solar System")


# -- points -----------------------------------------------------------------------------------------------------------


def test_points_with_limits_and_poor_quality() -> None:
    rows = body("derived/ztf_objects_ZTF25abixhdc_withupperlim.json")
    found = api.points("ztf", rows)
    kinds = [point.kind for point in found]
    assert (kinds.count(PointKind.DETECTION), kinds.count(PointKind.LIMIT)) == (10, 9)
    assert [point.mjd for point in found] == sorted(point.mjd for point in found)
    assert not any(point.is_current for point in found)
    poor = {"i:objectId": "ZTF25abixhdc", "i:jd": 2460930.5, "i:fid": "1", "i:diffmaglim": "19.5", "i:candid": -1}
    poor |= {"i:magpsf": "18.9", "i:sigmapsf": "0.2", "i:isdiffpos": "t", "d:tag": "badquality", "i:magnr": "19.0"}
    poor |= {"i:sigmagnr": "0.05", "i:distnr": "0.4"}
    more = api.points("ztf", [*rows, poor, poor])
    assert len(more) == 20
    assert (more[-1].kind, more[-1].mag, more[-1].source_id) == (PointKind.BAD, 18.9, None)
    assert more[-1].total_flux is not None


def test_points_of_lsst_with_forced_photometry() -> None:
    sources = body("derived/lsst_sources_170028512402473130.json")
    forced = body("derived/lsst_fp_170028512402473130.json")
    found = api.points("lsst", [*sources, *forced, *sources])
    assert {point.kind for point in found} == {PointKind.DETECTION, PointKind.FORCED}
    kinds = [point.kind for point in found]
    assert (kinds.count(PointKind.DETECTION), kinds.count(PointKind.FORCED)) == (len(sources), len(forced))


# -- whatever comes ---------------------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.floats(), max_size=3)),
    st.sampled_from(["nan", "NaN", "inf", "-1e999", "18.5", "9" * 400, "\x1b[2J", "None", "[]", "[1, nan]", "t"]),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)
ANY_COLUMN = st.one_of(
    st.sampled_from(
        [
            *(column for _, column in api._leaves("ztf")),
            *(column for _, column in api._leaves("lsst")),
            *("i:candid", "d:mangrove", "d:mangrove_lum_dist", "d:candidate", "candidate", "diaSource", "f:xm_", "r:"),
            *("d:lc_features_g", "d:tag", "v:classification", "f:sso_name", "r:diaForcedSourceId", "d:blazar_stats_"),
            "d:objectId",
        ]
    ),
    st.text(max_size=12),
)


@given(st.sampled_from(["ztf", "lsst"]), st.dictionaries(ANY_COLUMN, ANYTHING, max_size=30))
def test_no_row_is_too_odd(survey: str, row: dict[str, Any]) -> None:
    assert isinstance(api.record(survey, row), dict)
    for one in (row, ztf_row() | row, SOURCE | row):
        for point in api.points(survey, [one]):
            assert 40_000 < point.mjd < 100_000
        try:
            made = api.alert_row(survey, one)
        except RowError:
            continue
        assert made.alert_id
        assert made.label.isprintable()
        assert made.label_reason.isprintable()
        assert all(known.isprintable() for known in made if isinstance(known, str))


SOURCE = {
    "r:diaSourceId": 170666304474710105,
    "r:diaObjectId": 313998569858662581,
    "r:ra": 1.0,
    "r:dec": 2.0,
    "r:midpointMjdTai": 61205.9,
    "r:band": "r",
    "r:psfFlux": 5000.0,
    "r:psfFluxErr": 100.0,
}
