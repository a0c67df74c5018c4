"""GRB/GW alerts: real ones of both schemas, and what their rows say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import fastavro
import pytest

from fink_tui.alerts.decode import Decoded, Refused, decode, record
from fink_tui.alerts.fields import fields
from fink_tui.alerts.mma import Mma, association
from fink_tui.alerts.packet import Packet, encode
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import Schema, SchemaBook
from fink_tui.alerts.submission import decode_submission, submission
from fink_tui.alerts.submission import encode as encode_submission
from fink_tui.alerts.survey import portal, recognise
from fink_tui.store.saved import save
from tests.alerts.making import Record, both, is_fast
from tests.conftest import SHARED

LEAF = {"objectId": "string", "candid": "int", "fid": "long", "instrument": "string", "event": "string"}
LEAF |= {"observatory": "string", "triggerId": "string", "triggerTimeUTC": "string", "fink_class": "string"}

OLD_FIELDS = (
    *("objectId", "candid", "ztf_ra", "ztf_dec", "fid", "jdstarthist", "rb", "jd", "instrument", "event"),
    *("observatory", "triggerId", "grb_ra", "grb_dec", "grb_loc_error", "triggerTimeUTC", "grb_proba", "fink_class"),
    *("delta_mag", "rate", "from_upper", "start_vartime", "diff_vartime"),
)
NEW = {"grb_ra": "gcn_ra", "grb_dec": "gcn_dec", "grb_loc_error": "gcn_loc_error", "grb_proba": "p_assoc"}

ALERT: Record = {
    "objectId": "ZTF26aaaaaaa",
    "candid": -1_234_567,
    "ztf_ra": 10.0,
    "ztf_dec": 60.0,
    "fid": 2,
    "jdstarthist": 2461121.25,
    "rb": 0.9,
    "jd": 2461121.75,
    "instrument": "GBM",
    "event": "",
    "triggerId": "7",
    "observatory": "Fermi",
    "gcn_ra": 10.0,
    "gcn_dec": 63.0,
    "gcn_loc_error": 300.0,
    "p_assoc": 3e-8,
    "triggerTimeUTC": "2026-03-22 03:00:00.000",
    "fink_class": "SN candidate",
    "delta_mag": -1.5,
    "rate": -3.0,
    "from_upper": 0.0,
    "start_vartime": 2461121.25,
    "diff_vartime": 0.5,
}


def schema_of(names: tuple[str, ...]) -> Record:
    fields = [{"name": name, "type": [LEAF.get(name, "double"), "null"]} for name in names]
    return {"type": "record", "name": "topLevelRecord", "fields": fields}


def packet_of(**changes: Any) -> Packet:
    found = ALERT | changes
    schema = schema_of(tuple(found))
    return Packet("fink_grb_silver", 0, 0, json.dumps(schema).encode(), encode(schema, found))


def row_of(**changes: Any) -> AlertRow:
    """The row of the alert some of whose fields were changed: the same by both paths."""
    fast, whole = both(packet_of(**changes))
    assert fast == whole
    return fast


@pytest.fixture(scope="module")
def real() -> list[Record]:
    path = SHARED / "data" / "mma" / "grb_test_data.parquet"
    if not path.is_file():
        pytest.skip("the real GRB alerts are not here: no folder `shared` beside the project")
    import polars as pl

    return pl.read_parquet(path).drop("timestamp").to_dicts()


def with_schema(form: str, real: list[Record]) -> tuple[Record, list[Record]]:
    """Schema and records of the older form, the newer one, or all the newer one's fields as Fink_MM publishes them."""
    if form == "old":
        return schema_of(OLD_FIELDS), [found | {"candid": found["candid"] % 2**31} for found in real]
    found = [{NEW.get(name, name): value for name, value in one.items()} for one in real]
    if form == "new":
        return schema_of(tuple(NEW.get(name, name) for name in OLD_FIELDS)), [one | {"candid": 1} for one in found]
    schema: Record = json.loads((SHARED / "schemas" / "mma" / "fink_mm_schema_version_1.3.avsc").read_text())
    return schema, [dict.fromkeys(field["name"] for field in schema["fields"]) | one for one in found]


@pytest.mark.parametrize("form", ["old", "new", "published"])
def test_real_ones_by_both_paths(real: list[Record], form: str) -> None:
    schema, records = with_schema(form, real)
    key = json.dumps(schema, indent=2).encode()
    packets = [Packet("fink_grb_bronze", 0, n, key, encode(schema, found)) for n, found in enumerate(records)]
    rows = []
    for packet, found in zip(packets, records, strict=True):
        fast, whole = both(packet)
        assert fast == whole
        assert (fast.survey, fast.object_id, fast.trigger_id) == ("mma", found["objectId"], "683482851")
        assert fast.p_assoc == found.get("p_assoc", found.get("grb_proba"))
        assert fast.trigger_by == "Fermi GBM"
        assert fast.trigger_mjd == pytest.approx(58729 + 4 / 24)
        assert (fast.obs_mjd - 58729 - 4 / 24) * 1440 == pytest.approx(30.93, abs=0.01)
        assert fast.trigger_error == pytest.approx(found.get("gcn_loc_error", found.get("grb_loc_error")) / 60)
        assert fast.mag is fast.flux is fast.mag_change is None  # the change is from an upper limit
        assert fast.mag_rate == found["rate"]
        rows.append(fast)
    assert len({row.alert_id for row in rows}) == len(rows) == 18  # two notices of one trigger for each detection
    assert {row.label for row in rows} == {"Unknown", "SN candidate", "Solar System candidate"}
    assert is_fast(packets[0])


@pytest.mark.parametrize("form", ["old", "new", "published"])
def test_ids_are_the_same_in_every_schema(real: list[Record], form: str) -> None:
    schema, records = with_schema(form, real)
    key = json.dumps(schema).encode()
    ids = [both(Packet("t", 0, 0, key, encode(schema, found)))[0].alert_id for found in records]
    plain, old = with_schema("old", real)
    assert ids == [
        both(Packet("t", 0, 0, json.dumps(plain).encode(), encode(plain, found)))[0].alert_id for found in old
    ]


def test_columns() -> None:
    row = row_of()
    assert (row.label, row.label_reason) == ("SN candidate", "Fink's class in the packet")
    assert (row.band, row.real_bogus, row.n_detections) == ("r", 0.9, 1)
    assert row.trigger_offset == pytest.approx(3.0)
    assert row.trigger_error == pytest.approx(5.0)
    assert (row.obs_mjd - row.trigger_mjd) * 24 == pytest.approx(3.0) if row.trigger_mjd else False
    assert row.first_mjd == pytest.approx(61120.75)
    assert (row.mag_change, row.mag_change_days, row.mag_rate) == (-1.5, 0.5, -3.0)
    assert row.alert_id.startswith("ZTF26aaaaaaa_7_2461121.75000_")
    assert Mma().file_stem(row) == row.alert_id
    assert Mma().points(ALERT) == []
    assert Mma().detection(row) is None
    assert portal("mma", row.object_id) == portal("ztf", row.object_id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("triggerId", "8"),
        ("jd", 2461121.7501),
        ("objectId", "ZTF26aaaaaab"),
        ("gcn_dec", 63.1),
        ("gcn_loc_error", 60.0),
    ],
)
def test_another_alert_has_another_id(name: str, value: Any) -> None:
    assert row_of(**{name: value}).alert_id != row_of().alert_id


@pytest.mark.parametrize(("name", "value"), [("candid", 5), ("p_assoc", 0.5), ("rate", 1.0), ("fink_class", "x")])
def test_the_same_alert_keeps_its_id(name: str, value: Any) -> None:
    assert row_of(**{name: value}).alert_id == row_of().alert_id


@pytest.mark.parametrize("name", ["", "nan", None])
def test_without_a_class_it_is_unknown_and_says_so(name: str | None) -> None:
    row = row_of(fink_class=name)
    assert (row.label, row.label_reason) == ("Unknown", "the packet tells no class of Fink's")
    assert row_of(fink_class="Unknown").label_reason == "Fink's class in the packet"


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"from_upper": 1.0}, "mag_change", None),
        ({"from_upper": None}, "mag_change", None),
        ({"from_upper": math.nan}, "mag_change", None),
        ({"rate": 0.0}, "mag_change_days", None),
        ({"rate": 3.0}, "mag_change_days", None),
        ({"rate": math.nan}, "mag_rate", None),
        ({"gcn_ra": None}, "trigger_offset", None),
        ({"gcn_loc_error": -1.0}, "trigger_error", None),
        ({"p_assoc": -1.0}, "p_assoc", None),
        ({"p_assoc": 0.0}, "p_assoc", 0.0),
        ({"triggerTimeUTC": "soon"}, "trigger_mjd", None),
        ({"triggerTimeUTC": None}, "trigger_mjd", None),
        ({"triggerTimeUTC": "2026-03-22T04:00:00+01:00"}, "trigger_mjd", pytest.approx(61121.125)),
        ({"triggerTimeUTC": "0001-01-01T00:00:00+23:00"}, "trigger_mjd", None),
        ({"observatory": "LVK", "instrument": "H1_L1", "event": "CBC"}, "trigger_by", "LVK H1_L1 CBC"),
        ({"observatory": "", "instrument": None}, "trigger_by", None),
        ({"fid": 9}, "band", None),
    ],
)
def test_what_is_not_known(changes: Record, column: str, value: object) -> None:
    assert getattr(row_of(**changes), column) == value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"objectId": None}, "objectId"),
        ({"triggerId": ""}, "triggerId"),
        ({"jd": math.nan}, "time of observation"),
        ({"ztf_ra": 400.0}, "place on the sky"),
    ],
)
def test_what_a_row_needs(changes: Record, reason: str) -> None:
    (found,) = decode([packet_of(**changes)], SchemaBook())
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_no_other_survey_is_taken_for_one() -> None:
    for names, name in (
        ({"objectId", "candidate", "triggerId", "ztf_ra"}, "ztf"),
        ({"diaSource", "triggerId", "ztf_ra"}, "lsst"),
        (set(ALERT), "mma"),
    ):
        survey = recognise(names)
        assert survey is not None
        assert survey.name == name
    assert recognise({"triggerId"}) is None


def test_the_trigger_of_an_old_schema_alone_is_read() -> None:
    names = tuple({value: key for key, value in NEW.items()}.get(name, name) for name in ALERT)
    schema = schema_of(names)
    found = dict(zip(names, ALERT.values(), strict=True))
    packet = Packet("t", 0, 0, json.dumps(schema).encode(), encode(schema, found))
    (result,) = decode([packet], SchemaBook())
    assert isinstance(result, Decoded)
    assert result.row == row_of()
    assert record(Schema(packet.key), packet.value)["grb_proba"] == 3e-8


def test_what_a_receiver_is_told() -> None:
    told = submission(row_of(), topics="fink_grb_silver", night=20260321, record=ALERT)
    assert (told.object_id, told.points, told.survey) == ("ZTF26aaaaaaa", (), "mma")
    assert told.link == "https://ztf.fink-portal.org/ZTF26aaaaaaa"
    assert told.tags == {
        "trigger_id": "7",
        "trigger_by": "Fermi GBM",
        "trigger_time": "2026-03-22 03:00:00 UTC",
        "trigger_offset_deg": "3",
        "trigger_error_deg": "5",
        "p_assoc": "3e-08",
        "mag_rate": "-3",
    }
    assert decode_submission(encode_submission(told)) == told


def test_a_submission_kept_by_an_older_version_is_read() -> None:
    kept = json.loads(encode_submission(submission(row_of(), topics="", night=20260321, record=None)))
    del kept["tags"]
    assert decode_submission(json.dumps(kept).encode()).tags == {}


@pytest.mark.parametrize(
    ("offset", "said"), [(25.78, "26°"), (4.71, "4.7°"), (0.5, "30'"), (0.0204, "1.2'"), (0.01, '36"'), (0.0, '0.0"')]
)
def test_small_regions_are_told_in_minutes(offset: float, said: str) -> None:
    row = row_of()._replace(trigger_offset=offset, trigger_error=offset)
    assert association(row) == f"3.0 h after Fermi GBM, {said} off (region {said}), chance 3e-08"
    assert association(row._replace(trigger_id=None)) == ""


def test_of_gravitational_waves_nothing_is_called_chance() -> None:
    row = row_of(observatory="LVK", instrument="H1_L1", event="CBC", p_assoc=0.08)
    assert row.trigger_error is None  # what is sent as that is an area
    assert association(row) == "3.0 h after LVK H1_L1 CBC, 3.0° off, p_assoc 0.08"
    known = {field.path: (field.note, field.words) for field in fields(ALERT | {"observatory": "LVK"}, "mma")}
    assert known["gcn_loc_error"] == ("arcmin^2", "area of the trigger's region")
    assert known["p_assoc"][0] == "1/deg^2"
    assert {field.path: field.note for field in fields(ALERT, "mma")}["gcn_loc_error"] == "arcmin"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (0.0, "p_assoc 0"),
        (3e-8, "chance 3e-08"),
        (0.05, "chance 0.05"),
        (0.7, "p_assoc 0.7"),
        (1 - 2**-20, "chance 1e-06"),
    ],
)
def test_newer_alerts_send_one_less_the_chance(sent: float, said: str) -> None:
    assert association(row_of(p_assoc=sent)).endswith(f", {said}")


def test_saved_it_is_read_by_fastavro_and_none_takes_the_place_of_another(tmp_path: Path) -> None:
    packets = [packet_of(), packet_of(gcn_loc_error=30.0), packet_of(jd=2461122.75), packet_of()]
    for packet in packets:
        save(tmp_path, Mma().file_stem(both(packet)[0]), packet.key, packet.value)
    found = sorted(tmp_path.iterdir())
    assert len(found) == 3
    assert all(path.name.startswith("ZTF26aaaaaaa_7_") for path in found)
    for path in found:
        with path.open("rb") as file:
            (read,) = fastavro.reader(file)
        assert read["triggerId"] == "7"
