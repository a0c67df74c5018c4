"""The messages of the benchmarks: each repeat is another alert, and else the same."""

from __future__ import annotations

import io
import itertools
import json
from collections import Counter
from typing import Any

import fastavro
import pytest

from fink_tui.alerts.packet import Packet
from fink_tui.stream.demo import DemoAlert
from tests.bench.messages import STRIDE, Original, chunks, damaged, originals, renumbered, repeated
from tests.bench.table import table


def decoded(key: bytes, value: bytes) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(value), json.loads(key), None)


def with_id(found: Any, before: int, after: int) -> Any:
    """A decoded value in which one id stands for another, as a number or within a text."""
    if isinstance(found, dict):
        return {name: with_id(value, before, after) for name, value in found.items()}
    if isinstance(found, list):
        return [with_id(value, before, after) for value in found]
    if isinstance(found, str):
        return found.replace(str(before), str(after))
    return after if found == before and isinstance(found, int) else found


def assert_renumbered(original: Original) -> None:
    alert_id = original.alert_id + 7 * STRIDE
    before, after = (decoded(original.key, value) for value in (original.value, renumbered(original, alert_id)))
    assert repr(after) == repr(with_id(before, original.alert_id, alert_id))  # NaN is not equal to itself
    assert str(alert_id) in repr(after)
    assert str(original.alert_id) not in repr(after)


def numbered(demo_alerts: list[DemoAlert]) -> list[Original]:
    """The demo's alerts that have a number for an id."""
    some = [alert for alert in demo_alerts if alert.alert_id.isdigit()]
    return [Original(alert.key, alert.value, int(alert.alert_id)) for alert in some]


def test_the_demos_alerts_get_another_id_everywhere(demo_alerts: list[DemoAlert]) -> None:
    for original in numbered(demo_alerts):
        assert_renumbered(original)


def test_real_alerts_get_another_id_everywhere(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    for entry, packet in wire[::8]:
        alert_id = int(entry["candid"] if entry["survey"] == "ztf" else entry["diaSourceId"])
        assert_renumbered(Original(packet.key, packet.value, alert_id))


def test_an_id_of_another_length_is_refused(demo_alerts: list[DemoAlert]) -> None:
    alert = demo_alerts[0]
    with pytest.raises(ValueError, match="not as long"):
        renumbered(Original(alert.key, alert.value, int(alert.alert_id)), 12)


def test_an_alert_without_the_id_is_refused(demo_alerts: list[DemoAlert]) -> None:
    alert = demo_alerts[0]
    with pytest.raises(ValueError, match="does not hold its id"):
        renumbered(Original(alert.key, alert.value, int(alert.alert_id) + 1), int(alert.alert_id) + 2)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_repeats_are_different_and_each_partition_goes_round(survey: str) -> None:
    _, some = originals(survey)
    count = 4 * len(some)
    made = list(repeated(some, count, 4))
    assert len({value for _, value, _ in made}) == count
    assert Counter(partition for _, _, partition in made) == dict.fromkeys(range(4), len(some))
    sizes = Counter(len(one.value) for one in some)
    for partition in range(4):
        assert Counter(len(value) for _, value, at in made if at == partition) == sizes


def test_one_of_every_ten_is_damaged_and_no_other(demo_alerts: list[DemoAlert]) -> None:
    some = numbered(demo_alerts)
    good = list(repeated(some, 140, 4))
    bad = list(damaged(iter(good), 10, b"another"))
    assert [number for number, pair in enumerate(zip(good, bad, strict=True)) if pair[0] != pair[1]] == list(
        range(5, 140, 10)
    )
    assert Counter(key for key, _, _ in bad if key not in {one.key for one in some}) == {None: 2, b"another": 2}
    assert sum(not value for _, value, _ in bad) == 2


def test_chunks_hold_all_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.messages.CHUNK_BYTES", 10)
    made = [(b"key" if number % 2 else None, b"x" * number, 0) for number in range(9)]
    found = list(chunks(iter(made)))
    assert list(itertools.chain(*found)) == made
    assert [len(chunk) for chunk in found] == [4, 2, 2, 1]


def test_a_table_has_words_to_the_left_and_numbers_to_the_right() -> None:
    assert table("Title", ["way", "n", "x"], [["a", "1,000", "<2"], ["word", "20", ""]]) == (
        "Title\n\nway       n   x\n----  -----  --\na     1,000  <2\nword     20\n"
    )
