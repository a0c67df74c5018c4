"""Packets into rows: both paths the same, and a damaged packet alone in its damage."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts.decode import Decoded, PacketError, Refused, decode, record, whole_row
from fink_tui.alerts.packet import Packet, encode_long
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import Schema, SchemaBook
from fink_tui.alerts.survey import surveys
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import Record, both, drop, is_fast, of, packed, packet_of, parts, rename, retype

Wire = list[tuple[dict[str, Any], Packet]]

LEAVES = [(survey.name, leaf) for survey in surveys() for leaf in survey.leaves]
NEEDED = {
    "ztf": {"objectId", "candid", "candidate.jd", "candidate.ra", "candidate.dec"},
    "lsst": {"diaSource.midpointMjdTai", "diaSource.ra", "diaSource.dec"},
    "mma": {"objectId", "triggerId", "jd", "ztf_ra", "ztf_dec"},
}
"""Leaves without which there is no row."""

NAMING = {"gcn_ra", "gcn_dec", "gcn_loc_error"}
"""Leaves without which an alert has another id."""


# -- real messages ----------------------------------------------------------------------------------------------------


def test_wire_both_paths_are_equal(wire: Wire) -> None:
    results = decode([packet for _, packet in wire], SchemaBook())
    assert len(results) == 103
    for (_, packet), result in zip(wire, results, strict=True):
        assert isinstance(result, Decoded), result.reason
        assert result.packet is packet
        assert result.row == whole_row(result.schema, packet.value)


def test_wire_takes_the_fast_path(wire: Wire) -> None:
    for survey in ("ztf", "lsst"):
        assert is_fast(next(packet for entry, packet in wire if entry["survey"] == survey))


def test_wire_rows_are_the_manifests(wire: Wire) -> None:
    for (entry, _), result in zip(wire, decode([packet for _, packet in wire], SchemaBook()), strict=True):
        assert isinstance(result, Decoded)
        row = result.row
        assert row.survey == entry["survey"]
        assert row.label_reason.strip()
        assert row.label.strip()
        if row.survey == "ztf":
            assert (row.alert_id, row.object_id) == (str(entry["candid"]), entry["objectId"])
            assert row.mag == entry["magpsf"]
            assert row.obs_mjd == entry["jd"] - 2_400_000.5
            if entry["tracklet_in_source"] is None:
                assert row.label == entry["expected_label"]
        else:
            assert row.alert_id == str(entry["diaSourceId"])


def test_wire_in_any_order_and_company(wire: Wire) -> None:
    book = SchemaBook()
    alone = [decode([packet], book)[0] for _, packet in wire[::7]]
    assert decode([packet for _, packet in wire[::7]][::-1], book)[::-1] == alone


# -- the demo's -------------------------------------------------------------------------------------------------------


def test_demo_both_paths_are_equal(demo_alerts: list[DemoAlert]) -> None:
    packets = [packet_of(alert) for alert in demo_alerts]
    for alert, result in zip(demo_alerts, decode(packets, SchemaBook()), strict=True):
        assert isinstance(result, Decoded)
        assert result.row == whole_row(result.schema, alert.value)
        assert (result.row.alert_id, result.row.object_id) == (alert.alert_id, alert.object_id)
        assert result.row.label == alert.expected_class
        assert result.row.label_reason.strip()
        assert is_fast(result.packet)


def test_nothing() -> None:
    assert decode([], SchemaBook()) == []


# -- damaged neighbours -----------------------------------------------------------------------------------------------

KINDS = ["good", "cut", "random", "empty", "other key", "no key", "no JSON", "no record"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 39), st.randoms()), max_size=12))
def test_damaged_never_touch_their_neighbours(
    demo_alerts: list[DemoAlert], batch: list[tuple[str, int, random.Random]]
) -> None:
    other = {alert.survey: alert.key for alert in demo_alerts}
    packets, book = [], SchemaBook()
    for number, (kind, index, chance) in enumerate(batch):
        alert = demo_alerts[index]
        key, value = alert.key, alert.value
        if kind == "cut":
            value = value[: chance.randrange(1, len(value))]
        elif kind == "random":
            value = chance.randbytes(chance.randrange(1, 3000))
        elif kind == "empty":
            value = b""
        elif kind == "other key":
            key = other["lsst" if alert.survey == "ztf" else "ztf"]
        elif kind in ("no key", "no JSON", "no record"):
            key = {"no key": b"", "no JSON": chance.randbytes(20), "no record": b'"string"'}[kind]
        packets.append(Packet("t", 0, number, key, value))
    results = decode(packets, book)
    assert [result.packet for result in results] == packets
    for (kind, index, _), result in zip(batch, results, strict=True):
        if kind == "good":
            assert isinstance(result, Decoded)
            assert result.row.alert_id == demo_alerts[index].alert_id
            assert result.row == whole_row(result.schema, demo_alerts[index].value)
        else:
            assert isinstance(result, Refused), kind
            assert result.reason.strip()
            assert result.reason.isprintable()


@pytest.mark.parametrize("survey", ["ztf", "lsst", "mma"])
def test_every_cut_is_refused(demo_alerts: list[DemoAlert], survey: str) -> None:
    alert = of(survey, demo_alerts)
    size = len(alert.value)
    cuts = [*range(1, min(400, size), 40), *range(400, size, size // 20), size - 1]
    packets = [packet_of(alert)._replace(value=alert.value[:cut]) for cut in cuts]
    assert all(isinstance(result, Refused) for result in decode(packets, SchemaBook()))


@settings(max_examples=30)
@given(st.integers(0, 39), st.integers(0, 2000), st.binary(min_size=1, max_size=9))
def test_changed_bytes_harm_nobody_else(demo_alerts: list[DemoAlert], index: int, place: int, other: bytes) -> None:
    alert = demo_alerts[index]
    spoilt = alert.value[:place] + other + alert.value[place + len(other) :]
    good = packet_of(demo_alerts[0])
    first, _, last = decode([good, packet_of(alert)._replace(value=spoilt), good], SchemaBook())
    assert isinstance(first, Decoded)
    assert first.row.alert_id == demo_alerts[0].alert_id
    assert last == first


@pytest.mark.parametrize("length", [-1, -(2**62), 2**31, 2**62])
def test_lengths_that_lie(demo_alerts: list[DemoAlert], length: int) -> None:
    alert = of("ztf", demo_alerts)
    spoilt = encode_long(length) + alert.value[1:]
    (result,) = decode([packet_of(alert)._replace(value=spoilt)], SchemaBook())
    assert isinstance(result, Refused)


def test_whole_path_refuses_what_follows(demo_alerts: list[DemoAlert]) -> None:
    alert = of("ztf", demo_alerts)
    with pytest.raises(PacketError, match="3 bytes follow"):
        record(Schema(alert.key), alert.value + b"abc")


# -- schemas that change ----------------------------------------------------------------------------------------------


_CHOSEN: dict[str, tuple[AlertRow, Record, Record]] = {}


def survey_parts(survey: str, alerts: list[DemoAlert]) -> tuple[AlertRow, Record, Record]:
    """The row, schema and record of the smallest alert with some history."""
    if survey not in _CHOSEN:
        for alert in sorted(alerts, key=lambda alert: len(alert.value)):
            schema, found = parts(alert)
            history = found.get("prv_candidates") or found.get("prvDiaSources") or []
            if alert.survey == survey and (
                survey == "mma" or (history and (survey == "lsst" or any(row["magpsf"] for row in history)))
            ):
                _CHOSEN[survey] = both(packet_of(alert))[0], schema, found
                break
    row, schema, found = _CHOSEN[survey]
    return row, copied(schema), copied(found)


def has(schema: Record, leaf: str) -> bool:
    from tests.alerts.making import holders

    try:
        ((kind, _),) = holders(schema, _Anything(), leaf)
    except StopIteration:
        return False
    return any(field["name"] == leaf.rpartition(".")[2] for field in kind["fields"])


class _Anything(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


def check(survey: str, leaf: str, before: AlertRow, packet: Packet) -> AlertRow | None:
    """Both paths agree; a row is refused only where it lacks what it needs."""
    (result,) = decode([packet], SchemaBook())
    if isinstance(result, Refused):
        assert leaf in NEEDED[survey], (leaf, result.reason)
        return None
    assert result.row == whole_row(result.schema, packet.value)
    assert (result.row.ra, result.row.dec) == (before.ra, before.dec)
    assert leaf in NAMING or result.row.alert_id == before.alert_id
    assert result.row.label_reason.strip()
    return result.row


@pytest.mark.parametrize(("survey", "leaf"), LEAVES)
def test_a_field_goes(demo_alerts: list[DemoAlert], survey: str, leaf: str) -> None:
    before, schema, found = survey_parts(survey, demo_alerts)
    if not has(schema, leaf):
        pytest.skip("the demo's schema has no such field")
    drop(schema, found, leaf)
    row = check(survey, leaf, before, packed(schema, found))
    if row is not None and leaf in ALONE:
        assert row._asdict() == before._asdict() | {ALONE[leaf]: None}


ALONE = {
    "Plx": "gaia_plx",
    "vsx": "vsx_type",
    "candidate.distnr": "distnr",
    "candidate.diffmaglim": "limit_mag",
    "candidate.nbad": "nbad",
    "anomaly_score": "anomaly_score",
    "diaSource.visit": "exposure_id",
    "diaSource.reliability": "real_bogus",
    "xm.tns_redshift": "tns_redshift",
    "xm.gaiadr3_Plx": "gaia_plx",
    "ssSource.ephOffset": "sso_distance",
}
"""Leaves that make one column, and no other."""


@pytest.mark.parametrize(("survey", "leaf"), LEAVES[::5])
def test_a_field_is_renamed(demo_alerts: list[DemoAlert], survey: str, leaf: str) -> None:
    before, schema, found = survey_parts(survey, demo_alerts)
    if not has(schema, leaf):
        pytest.skip("the demo's schema has no such field")
    rename(schema, found, leaf)
    check(survey, leaf, before, packed(schema, found))


TYPES: list[tuple[Any, Any]] = [
    ("string", "nan"),
    ("string", "2.5"),
    ("double", 1e300),
    ("double", float("nan")),
    ("long", -(2**63)),
    ("boolean", True),
    ("bytes", b"\xff\x00"),
    ({"type": "array", "items": "string"}, ["a"]),
    ({"type": "map", "values": "double"}, {"a": 1.0}),
    ({"type": "enum", "name": "kind", "symbols": ["A", "B"]}, "B"),
    ({"type": "fixed", "name": "four", "size": 4}, b"abcd"),
    ({"type": "string", "logicalType": "uuid"}, "12345678-1234-5678-1234-567812345678"),
    ({"type": "record", "name": "inside", "fields": [{"name": "x", "type": "int"}]}, {"x": 1}),
    (["null", "int", "string"], "text"),
    (["null", "double"], None),
    (["double", "null"], None),
]


@pytest.mark.parametrize(("kind", "value"), TYPES, ids=[f"{kind}-{value}"[:40] for kind, value in TYPES])
@pytest.mark.parametrize("survey", ["ztf", "lsst", "mma"])
def test_a_field_changes_its_type(demo_alerts: list[DemoAlert], survey: str, kind: Any, value: Any) -> None:
    original = survey_parts(survey, demo_alerts)
    text = json.dumps(original[1])
    for leaf in dict(LEAVES_OF[survey]):
        before, schema, found = original[0], json.loads(text), copied(original[2])
        if has(schema, leaf) and leaf not in NEEDED[survey] | {"diaSourceId", "diaSource.diaSourceId"}:
            retype(schema, found, leaf, kind, value)
            check(survey, leaf, before, packed(schema, found))


LEAVES_OF = {name: {leaf: None for other, leaf in LEAVES[::9] if other == name} for name in NEEDED}


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("survey", "leaf"), [(survey, leaf) for survey in NEEDED for leaf in sorted(NEEDED[survey])])
@pytest.mark.parametrize("kind", ["string", "boolean", ["null", "double"]])
def test_what_a_row_needs_is_needed(demo_alerts: list[DemoAlert], survey: str, leaf: str, kind: Any) -> None:
    before, schema, found = survey_parts(survey, demo_alerts)
    retype(schema, found, leaf, kind, {"string": "", "boolean": True}.get(str(kind)))
    assert check(survey, leaf, before, packed(schema, found)) is None


@pytest.mark.parametrize("root", ["candidate", "prv_candidates", "cutoutScience", "mangrove"])
@pytest.mark.parametrize("kind", ["int", "string", "list", "map"])
def test_a_structure_becomes_something_else(demo_alerts: list[DemoAlert], root: str, kind: str) -> None:
    before, schema, found = survey_parts("ztf", demo_alerts)
    types: dict[str, tuple[Any, Any]] = {
        "int": ("int", 3),
        "string": ("string", "x"),
        "list": ({"type": "array", "items": "long"}, [1, 2]),
        "map": ({"type": "map", "values": "double"}, {"jd": 2461121.5, "ra": 1.0}),
    }
    retype(schema, found, root, *types[kind])
    packet = packed(schema, found)
    (result,) = decode([packet], SchemaBook())
    if root == "candidate":
        assert isinstance(result, Refused)
    else:
        assert isinstance(result, Decoded)
        assert result.row == whole_row(result.schema, packet.value)
        assert result.row.alert_id == before.alert_id
        assert result.schema.survey.points(record(result.schema, packet.value))


@pytest.mark.parametrize("root", ["xm", "clf", "misc", "pred"])
def test_a_record_becomes_a_map(demo_alerts: list[DemoAlert], root: str) -> None:
    _, schema, found = survey_parts("lsst", demo_alerts)
    retype(schema, found, root, {"type": "map", "values": ["string", "null"]}, {"tns_type": "SN Ia", "vsx_Type": None})
    fast, whole = both(packed(schema, found))
    assert fast == whole


@pytest.mark.parametrize("root", ["prvDiaSources", "prvDiaForcedSources", "diaObject", "ssSource", "mpc_orbits", "xm"])
@pytest.mark.parametrize("kind", ["double", "boolean", "string"])
def test_lsst_structures_become_something_else(demo_alerts: list[DemoAlert], root: str, kind: str) -> None:
    before, schema, found = survey_parts("lsst", demo_alerts)
    retype(schema, found, root, kind, {"double": 1.5, "boolean": True, "string": "x"}[kind])
    fast, whole = both(packed(schema, found))
    assert fast == whole
    assert fast.alert_id == before.alert_id
    made = Schema(packed(schema, found).key)
    assert made.survey.points(record(made, packed(schema, found).value))


def test_new_fields_are_no_matter(demo_alerts: list[DemoAlert]) -> None:
    before, schema, found = survey_parts("ztf", demo_alerts)
    schema["fields"].insert(0, {"name": "new", "type": {"type": "array", "items": "double"}})
    found["new"] = [1.0, 2.0]
    packet = packed(schema, found)
    assert both(packet) == (before, before)
    assert is_fast(packet)


def test_null_history(demo_alerts: list[DemoAlert]) -> None:
    for survey, name in (("ztf", "prv_candidates"), ("lsst", "prvDiaSources")):
        _, schema, found = survey_parts(survey, demo_alerts)
        for number in range(2):
            found[name] = [] if number else None
            fast, whole = both(packed(schema, found))
            assert fast == whole
            assert fast.n_history == fast.n_limits == 0


@pytest.mark.parametrize("candid", [2**63 - 1, 3367463101415010117, 2**53 + 1, 1])
def test_ids_are_exact(demo_alerts: list[DemoAlert], candid: int) -> None:
    _, schema, found = survey_parts("ztf", demo_alerts)
    found["candid"] = candid
    assert {row.alert_id for row in both(packed(schema, found))} == {str(candid)}
    _, schema, found = survey_parts("lsst", demo_alerts)
    found["diaSourceId"] = found["diaSource"]["diaSourceId"] = candid
    assert {row.alert_id for row in both(packed(schema, found))} == {str(candid)}


def test_an_id_that_is_no_longer_exact_is_none(demo_alerts: list[DemoAlert]) -> None:
    _, schema, found = survey_parts("ztf", demo_alerts)
    retype(schema, found, "candid", "double", 3367463101415010117.0)
    (result,) = decode([packed(schema, found)], SchemaBook())
    assert isinstance(result, Refused)
    assert "candid" in result.reason


@given(data=st.data())
@settings(max_examples=60)
def test_bytes_after_the_last_field_are_noticed(data: st.DataObject, demo_alerts: list[DemoAlert]) -> None:
    alert = data.draw(st.sampled_from(demo_alerts))
    more = data.draw(st.one_of(st.binary(min_size=1, max_size=40), st.just(bytes(16)), st.just(b"\x02")))
    packets = [Packet("t", 0, 0, alert.key, alert.value), Packet("t", 0, 1, alert.key, alert.value + more)]
    good, bad = decode(packets, SchemaBook())
    assert isinstance(good, Decoded)
    assert isinstance(bad, Refused)
    assert f"{len(more)} bytes follow its last field" in bad.reason
