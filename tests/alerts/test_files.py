"""Avro files as packets: fink-client's, ours, damaged ones, and what is no Avro."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fastavro
import pytest

from fink_tui.alerts.decode import Decoded, decode, record
from fink_tui.alerts.files import KEPT, AvroFileError, FilePlace, PlaceReader, avro_files, located, packets_of
from fink_tui.alerts.packet import Packet, block, container, header
from fink_tui.alerts.schema import Schema, SchemaBook
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import of, parts
from tests.conftest import SHARED

SYNC = b"0123456789abcdef"


def written(path: Path, alerts: list[DemoAlert], codec: str = "null", sync_interval: int = 16000) -> Path:
    """A file as fink-client writes it: records encoded by fastavro."""
    pairs = [parts(alert) for alert in alerts]
    with path.open("wb") as file:
        fastavro.writer(file, pairs[0][0], [found for _, found in pairs], codec=codec, sync_interval=sync_interval)
    return path


@pytest.mark.parametrize(("codec", "interval"), [("null", 1), ("null", 10**9), ("deflate", 1), ("deflate", 10**9)])
def test_files_of_fink_client(tmp_path: Path, demo_alerts: list[DemoAlert], codec: str, interval: int) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "ztf"][:5]
    packets = list(packets_of(written(tmp_path / "a.avro", some, codec, interval)))
    assert [(packet.topic, packet.partition, packet.offset) for packet in packets] == [("", -1, n) for n in range(5)]
    for alert, result in zip(some, decode(packets, SchemaBook()), strict=True):
        assert isinstance(result, Decoded)
        assert result.row.alert_id == alert.alert_id
        assert repr(record(result.schema, result.packet.value)) == repr(record(Schema(alert.key), alert.value))


@pytest.mark.parametrize(("codec", "interval"), [("null", 1), ("deflate", 10**9)])
def test_packets_are_read_again_by_their_places_in_any_order(
    tmp_path: Path, demo_alerts: list[DemoAlert], codec: str, interval: int
) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "ztf"]
    found = []
    for number in range(KEPT + 2):  # more files than are remembered
        found += located(written(tmp_path / f"{number}.avro", some[number % 3 : number % 3 + 2], codec, interval))
    reader = PlaceReader()
    for place, packet in [*found[::-1], *found[::3]]:
        assert reader.read(place) == packet._replace(offset=-1)


def test_a_place_that_has_changed(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    path = written(tmp_path / "a.avro", [of("ztf", demo_alerts)] * 2)
    place = list(located(path))[-1][0]
    for wrong in (place._replace(number=1), place._replace(begin=place.begin + 1), place._replace(begin=10**9)):
        with pytest.raises(AvroFileError, match=r"a\.avro: it has changed meanwhile"):
            PlaceReader().read(wrong)
    with pytest.raises(AvroFileError, match="No such file"):
        PlaceReader().read(FilePlace(tmp_path / "none.avro", 0, 0))


def test_our_files_give_the_same_bytes(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "lsst"][:4]
    path = tmp_path / "a.avro"
    path.write_bytes(header(some[0].key, SYNC) + b"".join(block(alert.value, SYNC) for alert in some))
    assert list(packets_of(path)) == [Packet("", -1, n, alert.key, alert.value) for n, alert in enumerate(some)]


def test_one_alert_saved(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    path = tmp_path / "a.avro"
    path.write_bytes(container(demo_alerts[0].key, demo_alerts[0].value))
    assert list(packets_of(path)) == [Packet("", -1, 0, demo_alerts[0].key, demo_alerts[0].value)]


def test_torn_file_gives_what_is_whole(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    alert, path = of("ztf", demo_alerts), tmp_path / "a.avro"
    whole = header(alert.key, SYNC) + block(alert.value, SYNC) * 3
    for cut in (1, 15, 17, 500, len(alert.value) + 5):
        path.write_bytes(whole[:-cut])
        packets = packets_of(path)
        assert [next(packets).value for _ in range(2)] == [alert.value] * 2
        with pytest.raises(AvroFileError, match="after 2 alerts") as caught:
            next(packets)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"SIMPLE  = T",
        lambda data: data[:3],
        lambda data: data[:1000],
        lambda data: data.replace(b"deflate", b"zstdxyz"),
        lambda data: data.replace(b'"type": "record"', b'"type": "rekord"'),
        lambda data: data[:-2000] + b"\x55" * 1900 + data[-100:],
        lambda data: data[: len(data) // 2],
    ],
)
def test_damaged_files_are_told(tmp_path: Path, demo_alerts: list[DemoAlert], spoil: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path / "a.avro", [of("ztf", demo_alerts)], "deflate", 10**9)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(AvroFileError) as caught:
        list(packets_of(path))
    assert str(caught.value).count(str(path)) == 1
    assert str(caught.value).endswith(".")


def test_file_of_other_things(tmp_path: Path) -> None:
    path = tmp_path / "a.avro"
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "array", "items": "int"}, [[1], [2]])
    with pytest.raises(AvroFileError, match=r"a\.avro: its records are no alerts\.$"):
        list(packets_of(path))


def test_no_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(AvroFileError, match="No such file"):
        list(packets_of(tmp_path / "none.avro"))
    with pytest.raises(AvroFileError, match="directory"):
        list(packets_of(tmp_path))


def test_a_file_without_alerts(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    path = tmp_path / "a.avro"
    path.write_bytes(header(demo_alerts[0].key, SYNC))
    assert list(packets_of(path)) == []


def test_avro_files(tmp_path: Path) -> None:
    for name in ("b.avro", "a.avro", "c.txt", "deep/d.avro"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [path.name for path in avro_files([tmp_path, tmp_path / "a.avro", tmp_path / "c.txt"])]
    assert names == ["a.avro", "b.avro", "d.avro", "c.txt"]


@pytest.mark.parametrize(
    ("name", "count"), [("ztf_31_alerts_2026-03-22.avro", 31), ("lsst_7_alerts_2026-03-06.avro", 7)]
)
def test_files_of_fink(name: str, count: int) -> None:
    path = SHARED / "data" / "files" / name
    if not path.is_file():
        pytest.skip("the real files are not here: no folder `shared` beside the project")
    results = decode(list(packets_of(path)), SchemaBook())
    assert len(results) == count
    for result in results:
        assert isinstance(result, Decoded), result.reason
        found = record(result.schema, result.packet.value)
        assert result.row.alert_id == str(found.get("candid") or found.get("diaSourceId"))
        if "finkclass" in found:
            assert result.row.label == found["finkclass"]
        assert sum(point.is_current for point in result.schema.survey.points(found)) == 1
