"""The demo: its alerts are those of the live stream in shape and sense, and its broker loses none."""

from __future__ import annotations

import collections
import gzip
import io
import itertools
import json
import logging
import math
import os
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from fink_tui.alerts import labels
from fink_tui.sky.coordinates import separation
from fink_tui.sky.night import unix_to_mjd
from fink_tui.stream.demo import TOPICS, DemoAlert, DemoBroker, alerts, broker, schemas, sky, stamps

fastavro = pytest.importorskip("fastavro")

NOW = 61364.3
SHARED = Path(__file__).resolve().parents[3] / "shared"

Record = dict[str, Any]


def take(count: int, seed: int = 1, **options: Any) -> list[DemoAlert]:
    return list(itertools.islice(alerts(seed, NOW, **options), count))


@pytest.fixture(scope="module")
def night() -> list[DemoAlert]:
    return take(700, backlog=500)


@pytest.fixture(scope="module")
def records(night: list[DemoAlert]) -> list[Record]:
    known = {key: fastavro.parse_schema(json.loads(key)) for key in {alert.key for alert in night}}
    out = []
    for alert in night:
        data = io.BytesIO(alert.value)
        out.append(fastavro.schemaless_reader(data, known[alert.key], None))
        assert data.tell() == len(alert.value)
    return out


def of(survey: str, night: list[DemoAlert], records: list[Record]) -> list[tuple[DemoAlert, Record]]:
    return [(alert, record) for alert, record in zip(night, records, strict=True) if alert.survey == survey]


def leaves(record: Record) -> Record:
    flat: Record = {}
    for name, value in record.items():
        flat |= {f"{name}.{leaf}": item for leaf, item in value.items()} if isinstance(value, dict) else {name: value}
    return flat


class TestSequence:
    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        assert take(120) == take(120)
        assert take(5) != take(5, seed=2)

    def test_ids_are_unique(self) -> None:
        many = take(2000)
        assert len({(alert.survey, alert.alert_id) for alert in many}) == 2000

    def test_times_increase_over_the_backlog_and_beyond(self, night: list[DemoAlert]) -> None:
        times = [alert.obs_mjd for alert in night]
        assert times == sorted(set(times))
        assert NOW - 0.13 < times[0] < NOW - 0.1
        assert night[499].due <= 0 < night[500].due
        assert times[499] < NOW < times[-1] + 1 / 24
        assert statistics.fmean(b.due - a.due for a, b in itertools.pairwise(night[500:])) == pytest.approx(1 / 3, 0.3)

    def test_every_topic_has_alerts_and_some_alerts_have_two(self, night: list[DemoAlert]) -> None:
        servers = {"ztf": "ztf", "lsst": "lsst", "mma": "ztf"}
        assert {(servers[alert.survey], topic) for alert in night for topic in alert.topics} == {
            (survey, topic) for survey, topics in TOPICS.items() for topic in topics
        }
        assert any(len(alert.topics) == 2 for alert in night)
        assert all(len(set(alert.topics)) == len(alert.topics) > 0 for alert in night)

    def test_objects_come_back_with_a_longer_history(self, night: list[DemoAlert], records: list[Record]) -> None:
        visits: dict[str, list[tuple[DemoAlert, Record]]] = collections.defaultdict(list)
        for alert, record in zip(night, records, strict=True):
            if alert.expected_class != "Solar System":
                visits[alert.object_id].append((alert, record))
        again = [pair for seen in visits.values() for pair in itertools.pairwise(seen)]
        assert len(again) > 20
        for (first, _), (second, record) in again:
            rows = record["prv_candidates"] if second.survey == "ztf" else record["prvDiaSources"]
            id_name = "candid" if second.survey == "ztf" else "diaSourceId"
            assert first.alert_id in {str(row[id_name]) for row in rows}


class TestLayout:
    @pytest.mark.parametrize(("survey", "layout"), [("ztf", schemas.ztf), ("lsst", schemas.lsst)])
    def test_it_is_that_of_the_live_stream(self, survey: str, layout: Any) -> None:
        file = SHARED / "schemas" / f"fink_{survey}_livestream_DERIVED.avsc"
        if not file.exists():
            pytest.skip("the derived schemas are kept beside the project, and are not here")
        live = json.loads(file.read_bytes())
        assert layout().schema == live
        assert layout().key == file.read_bytes().strip()

    def test_the_encoder_agrees_with_fastavro(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in zip(night[:40], records[:40], strict=True):
            again = io.BytesIO()
            fastavro.schemaless_writer(again, json.loads(alert.key), record)
            assert again.getvalue() == alert.value

    def test_a_name_that_the_layout_lacks_is_refused(self) -> None:
        with pytest.raises(ValueError, match="magpfs"):
            schemas.ztf().encode({"candidate": {"magpfs": 18.0}})

    def test_sizes_are_those_of_small_alerts(self, night: list[DemoAlert]) -> None:
        assert all(25_000 < len(alert.value) < 80_000 for alert in night if alert.survey != "mma")


class TestZtf:
    def test_ids_and_places(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in of("ztf", night, records):
            candidate = record["candidate"]
            assert record["objectId"] == alert.object_id
            assert len(alert.object_id) == 12
            assert alert.object_id.startswith("ZTF")
            assert str(record["candid"]) == str(candidate["candid"]) == alert.alert_id
            assert len(alert.alert_id) == 19
            assert candidate["jd"] - 2400000.5 == pytest.approx(alert.obs_mjd, abs=1e-6)
            assert 0 <= candidate["ra"] < 360
            assert -30 < candidate["dec"] < 80
            assert 14.9 < candidate["magpsf"] < 20.6
            assert candidate["rb"] >= 0.55
            assert candidate["nbad"] == 0

    def test_history_is_ascending_and_told_as_the_live_stream_does(
        self, night: list[DemoAlert], records: list[Record]
    ) -> None:
        signs = set()
        for _, record in of("ztf", night, records):
            rows, jd = record["prv_candidates"], record["candidate"]["jd"]
            times = [row["jd"] for row in rows]
            assert times == sorted(times)
            assert all(jd - 30 <= at < jd for at in times)
            for row in rows:
                if row["magpsf"] is None:
                    assert row["isdiffpos"] is row["candid"] is row["ra"] is None
                    assert 18.5 < row["diffmaglim"] < 21
                else:
                    signs.add(row["isdiffpos"])
                    assert row["candid"] is not None
        assert signs == {"t", "f", "1", "0"}
        assert any(row["magpsf"] is None for _, record in of("ztf", night, records) for row in record["prv_candidates"])

    def test_errors_grow_with_faintness(self, night: list[DemoAlert], records: list[Record]) -> None:
        found = [record["candidate"] for _, record in of("ztf", night, records)]
        bright = [row["sigmapsf"] for row in found if row["magpsf"] < 17]
        faint = [row["sigmapsf"] for row in found if row["magpsf"] > 19]
        assert statistics.median(bright) < 0.5 * statistics.median(faint)
        assert all(0.005 < row["sigmapsf"] < 0.22 for row in found)

    def test_it_does_not_know_in_every_way_of_the_live_stream(
        self, night: list[DemoAlert], records: list[Record]
    ) -> None:
        found = [record for _, record in of("ztf", night, records)]
        assert {"Unknown", "nan"} <= {record["vsx"] for record in found}
        assert {"", "None", "SN Ia"} <= {record["tns"] for record in found}
        assert "null" in {record["candidate"]["ssnamenr"] for record in found}
        assert -999.0 in {record["candidate"]["ssdistnr"] for record in found}
        assert None in {record["anomaly_score"] for record in found}
        assert "Fail 504" in {record["cdsxmatch"] for record in found}
        assert any(math.isnan(record["Plx"]) for record in found)
        assert any("[DEM2026]" in record["x4lac"] + record["mangrove"]["HyperLEDA_name"] for record in found)

    def test_labels_are_those_of_the_rules(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in of("ztf", night, records):
            assert labels.ztf_label(leaves(record))[0] == alert.expected_class
        classes = {alert.expected_class for alert in night if alert.survey == "ztf"}
        assert classes >= {
            "SN candidate",
            "Early SN Ia candidate",
            "Kilonova candidate",
            "Solar System MPC",
            "Solar System candidate",
            "RRLyrae",
            "Mira",
            "Blazar",
            "Unknown",
        }

    def test_bogus_detections_score_low(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in of("ztf", night, records):
            low = record["candidate"]["drb"] < 0.5
            assert not low or alert.topics == ("fink_unknowns_ztf",)
            assert (record["candidate"]["classtar"] < 0.4) == low


class TestLsst:
    def test_ids_and_fluxes(self, night: list[DemoAlert], records: list[Record]) -> None:
        negative = 0
        for alert, record in of("lsst", night, records):
            source = record["diaSource"]
            assert str(record["diaSourceId"]) == str(source["diaSourceId"]) == alert.alert_id
            assert len(alert.alert_id) == 18
            assert source["midpointMjdTai"] == pytest.approx(alert.obs_mjd + 37 / 86400, abs=1e-8)
            assert source["isNegative"] == (source["psfFlux"] < 0)
            assert source["snr"] == pytest.approx(abs(source["psfFlux"]) / source["psfFluxErr"], rel=1e-5)
            assert 16.9 < sky.magnitude(abs(source["psfFlux"])) < 24.6
            assert source["scienceFlux"] == pytest.approx(source["templateFlux"] + source["psfFlux"], rel=1e-4, abs=1)
            negative += source["isNegative"]
        assert negative > 5

    def test_solar_system_objects_have_no_dia_object(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in of("lsst", night, records):
            is_moving = alert.expected_class == "Solar System"
            assert record["pred"]["is_sso"] is is_moving
            assert (record["diaSource"]["diaObjectId"] == 0) is is_moving
            assert (record["diaSource"]["ssObjectId"] > 0) is is_moving
            assert all(value is None for value in record["diaObject"].values()) is is_moving
            assert all(value is None for value in record["ssSource"].values()) is not is_moving
            if is_moving:
                assert record["prvDiaSources"] is None
                assert record["pred"]["is_first"] is None
                assert record["ssSource"]["designation"] == record["mpc_orbits"]["designation"] == alert.object_id
                assert 0 <= record["ssSource"]["phaseAngle"] < 40
            else:
                assert str(record["diaObject"]["diaObjectId"]) == alert.object_id
                assert record["diaObject"]["nDiaSources"] == 1 + len(record["prvDiaSources"] or [])
                assert record["pred"]["is_first"] is (record["prvDiaSources"] is None)

    def test_history_is_ascending(self, night: list[DemoAlert], records: list[Record]) -> None:
        for _, record in of("lsst", night, records):
            for field in ("prvDiaSources", "prvDiaForcedSources"):
                times = [row["midpointMjdTai"] for row in record[field] or []]
                assert times == sorted(times)
                assert all(at < record["diaSource"]["midpointMjdTai"] for at in times)

    def test_labels_are_those_of_the_rules(self, night: list[DemoAlert], records: list[Record]) -> None:
        for alert, record in of("lsst", night, records):
            label, _ = labels.lsst_label(leaves(record), record["ssSource"]["designation"])
            assert label == alert.expected_class
        classes = {alert.expected_class for alert in night if alert.survey == "lsst"}
        assert classes >= {"SN Ia", "SN-like", "RR*", "QSO", "Solar System", "Unknown"}

    def test_the_uniform_sample_follows_its_rule(self, night: list[DemoAlert]) -> None:
        sample = [alert for alert in night if "fink_uniform_sample_lsst" in alert.topics]
        assert sample
        assert all(int(alert.alert_id) % 113 == 0 for alert in sample)


class TestMma:
    def test_the_trigger_fits_the_detection(self, night: list[DemoAlert], records: list[Record]) -> None:
        found = of("mma", night, records)
        assert 3 <= len(found) <= 10
        for alert, record in found:
            assert (record["objectId"], record["fink_class"]) == (alert.object_id, alert.expected_class)
            assert record["p_assoc"] < 5.8e-7  # as fink_grb_silver wants: 5 sigma
            assert record["rb"] >= 0.7
            assert abs(record["candid"]) <= 2**31
            offset = separation(record["ztf_ra"], record["ztf_dec"], record["gcn_ra"], record["gcn_dec"])
            assert offset * 60 < record["gcn_loc_error"]
            before = alert.obs_mjd - unix_to_mjd(datetime.fromisoformat(record["triggerTimeUTC"] + "Z").timestamp())
            assert 0 < before < 0.5
            assert record["rate"] is None or (record["rate"] < 0) == (record["delta_mag"] < 0)


class TestSky:
    def test_what_is_beyond_the_galaxy_is_away_from_its_plane(self) -> None:
        random = Random(1)
        for kind in (sky.Kind.SUPERNOVA, sky.Kind.KILONOVA, sky.Kind.ACTIVE):
            for field in (sky.ZTF, sky.LSST):
                for _ in range(30):
                    source = sky.draw(kind, field, NOW, random)
                    assert abs(sky.galactic(source.ra, source.dec)[1]) > 20
                    assert field.declinations[0] <= source.dec <= field.declinations[1]

    def test_coordinates(self) -> None:
        assert sky.galactic(266.41684, -29.00781) == pytest.approx((359.9442, -0.0462), abs=2e-4)  # Sgr A*
        assert sky.to_ecliptic(*sky.from_ecliptic(123.0, 45.0)) == pytest.approx((123.0, 45.0))
        assert sky.from_ecliptic(90.0, 0.0) == pytest.approx((90.0, sky.OBLIQUITY))

    @pytest.mark.parametrize("band", "gri")
    def test_a_supernova_rises_in_18_days_and_fades(self, band: str) -> None:
        source = sky.Source(sky.Kind.SUPERNOVA, "", 0, 30, 0, 18)
        assert sky.difference_flux(source, band, -18.1) == 0
        mags = [sky.magnitude(sky.difference_flux(source, band, day)) for day in range(-15, 41)]
        assert abs(mags.index(min(mags)) - 15) <= 1
        assert 1.5 < mags[0] - mags[15] < 4
        assert 0.4 < mags[30] - mags[15] < 1.3

    def test_a_kilonova_fades_quickly(self) -> None:
        source = sky.Source(sky.Kind.KILONOVA, "", 0, 30, 0, 18)
        for band in "griz":
            mags = [sky.magnitude(sky.difference_flux(source, band, day)) for day in (0.5, 1.5)]
            assert mags[1] - mags[0] > 0.3

    def test_an_asteroid_moves_as_those_near_opposition_do(self) -> None:
        random = Random(4)
        for _ in range(20):
            source = sky.draw(sky.Kind.ASTEROID, sky.LSST, NOW, random)
            before, after = (sky.to_ecliptic(*sky.place(source, NOW + day)) for day in (0, 0.1))
            assert -0.03 < (after[0] - before[0] + 180) % 360 - 180 < -0.01

    def test_variables_keep_to_their_amplitudes(self) -> None:
        star = sky.Source(sky.Kind.RR_LYRAE, "RR*", 0, 30, 0, 16, period=0.5, amplitude=1.0)
        total = [sky.template_flux(star, "g") + sky.difference_flux(star, "g", day / 100) for day in range(50)]
        mags = [sky.magnitude(value) for value in total]
        assert 0.7 < max(mags) - min(mags) < 1.2


class TestStamps:
    def test_ztf_stamps_are_gzipped_fits(self, night: list[DemoAlert], records: list[Record]) -> None:
        shapes = set()
        for _, record in of("ztf", night, records)[:60]:
            for name in ("cutoutScience", "cutoutTemplate", "cutoutDifference"):
                data = gzip.decompress(record[name]["stampData"])
                shapes.add(header(data))
        assert (63, 63) in shapes
        assert shapes <= {(63, 63), (63, 58)}

    def test_lsst_stamps_are_fits(self, night: list[DemoAlert], records: list[Record]) -> None:
        for _, record in of("lsst", night, records)[:60]:
            for name in ("cutoutScience", "cutoutTemplate", "cutoutDifference"):
                assert header(record[name]) == (30, 30)

    def test_pillow_reads_them(self) -> None:
        image = pytest.importorskip("PIL.Image")
        pytest.importorskip("PIL.FitsImagePlugin")
        for sign in (1, -1):
            picture = image.open(io.BytesIO(stamps.stamp("lsst", "difference", "empty", sign * 100.0, 50.0, 0)))
            assert picture.size == (30, 30)
            pixels = [picture.getpixel((x, y)) for y in range(30) for x in range(30)]
            extreme = max(pixels) if sign > 0 else min(pixels)
            assert math.hypot(pixels.index(extreme) % 30 - 15, pixels.index(extreme) // 30 - 15) <= 2

    def test_the_edge_of_the_chip_is_cut_and_blank(self) -> None:
        data = gzip.decompress(stamps.stamp("ztf", "science", "galaxy", 1.0, 20.0, stamps.VARIANTS - 1))
        assert header(data) == (63, 58)
        assert data[2880:2884] == b"\x7f\xc0\x00\x00"


def header(data: bytes) -> tuple[int, int]:
    """Width and height, from the cards; and the file is whole."""
    assert len(data) % 2880 == 0
    cards = {}
    for at in range(0, 2880, 80):
        card = data[at : at + 80].decode("ascii")
        if card.startswith("END "):
            break
        cards[card[:8].strip()] = card[10:].strip()
    assert cards["SIMPLE"] == "T"
    assert cards["BITPIX"] == "-32"
    width, height = int(cards["NAXIS1"]), int(cards["NAXIS2"])
    assert len(data) == 2880 + math.ceil(width * height * 4 / 2880) * 2880
    return width, height


class TestBroker:
    def read(self, server: DemoBroker, topics: list[str], count: int, at_once: int) -> dict[tuple[str, int], list[int]]:
        """Read and commit, a few messages at a time: the values' sizes by topic and partition."""
        settings: dict[str, str | int | bool] = {
            "bootstrap.servers": server.bootstrap,
            "group.id": "fink-tui-demo",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        quiet = logging.getLogger("tests.quiet")
        quiet.addHandler(logging.NullHandler())
        consumer = Consumer(settings, logger=quiet)
        consumer.assign([TopicPartition(topic, number, 0) for topic in topics for number in range(4)])
        sizes: dict[tuple[str, int], list[int]] = collections.defaultdict(list)
        deadline, received = time.monotonic() + 8, 0
        while received < count and time.monotonic() < deadline:
            messages = consumer.consume(at_once, 0.1)
            for message in messages:
                assert message.error() is None
                place, value = (str(message.topic()), int(message.partition() or 0)), message.value()
                assert message.offset() == len(sizes[place])  # none before it was dropped
                sizes[place].append(len(value or b""))
            received += len(messages)
            if messages:
                consumer.commit(asynchronous=False)
        consumer.close()
        return sizes

    def test_nothing_is_lost_of_more_than_the_mock_keeps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sizes = [300_000 + number for number in range(50)]  # 7.5 MB for each of two partitions that keep 5 MB

        def big(*_: object, **__: object) -> Iterator[DemoAlert]:
            noise = os.urandom(max(sizes))
            for size in sizes:
                yield DemoAlert("ztf", ("fink_sn_candidates_ztf",), b"{}", noise[:size], "", "", "", NOW, 0.0)
            yield DemoAlert("ztf", (), b"", b"", "", "", "", NOW, 1e9)  # there is always a next one

        monkeypatch.setattr(broker, "alerts", big)
        server = DemoBroker(now=NOW)
        server.start()
        found = self.read(server, ["fink_sn_candidates_ztf"], len(sizes), at_once=3)
        server.stop()
        assert sorted(itertools.chain(*found.values())) == sizes

    def test_a_topic_that_nobody_reads_does_not_hold_up_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broker, "WAITING_BYTES", 400_000)
        monkeypatch.setattr(broker, "HELD_BYTES", 400_000)
        monkeypatch.setattr(broker, "UNREAD_SECONDS", 1.0)
        server = DemoBroker(seed=3, rate=0.001, backlog=80, now=NOW)
        expected = collections.Counter(topic for alert in take(80, 3, backlog=80, rate=0.001) for topic in alert.topics)
        topics = server.topics["ztf"]
        count = sum(expected[topic] for topic in topics)
        server.start()
        found = self.read(server, topics, count, at_once=10)
        server.stop()
        for topic in topics:
            assert sum(len(rows) for (name, _), rows in found.items() if name == topic) == expected[topic]

    def test_progress_may_be_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broker, "WAITING_BYTES", 200_000)
        monkeypatch.setattr(broker, "HELD_BYTES", 200_000)
        asked: set[tuple[str, int]] = set()

        def consumed(topic: str, partition: int) -> int:
            asked.add((topic, partition))
            return 10**9

        server = DemoBroker(rate=0.001, backlog=60, now=NOW, consumed=consumed)
        expected = sum(len(alert.topics) for alert in take(60, backlog=60, rate=0.001))
        server.start()
        found = self.read(server, [*server.topics["ztf"], *server.topics["lsst"]], expected, at_once=50)
        server.stop()
        assert sum(len(rows) for rows in found.values()) == expected
        assert asked

    def test_it_ends_at_once_even_when_nobody_reads(self) -> None:
        server = DemoBroker(backlog=100, now=NOW)
        server.start()
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 0.5
        server.stop()
