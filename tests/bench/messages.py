"""The messages that benchmarks send: real ones repeated, each repeat an alert of its own; and some of them damaged."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from fink_tui.alerts.packet import encode_long
from fink_tui.stream.demo import alerts
from tests.conftest import DEMO_NIGHT, SHARED

STRIDE = 1_000_003
"""Between the ids of an alert's repeats: ids stay as long as they were, and spread as real ones are."""

DEMO_COUNT = 80
"""How many of the demo's alerts are repeated where the real ones are not at hand."""

CHUNK_BYTES = 16_000_000
"""What is held in memory at once while a topic is filled: a small parent is a condition of measuring its children."""


Message = tuple[bytes | None, bytes, int]
"""Key, value and partition."""


class Original(NamedTuple):
    """An alert to be repeated."""

    key: bytes
    """The message's key: its schema."""

    value: bytes
    """The message's value."""

    alert_id: int
    """ZTF's `candid`, LSST's `diaSourceId`."""


def originals(survey: str) -> tuple[str, list[Original]]:
    """The alerts of a survey that are repeated, and what they are: the real ones, or else the demo's."""
    folder = SHARED / "data" / "wire"
    if (folder / "manifest.json").is_file():
        name = {"ztf": "candid", "lsst": "diaSourceId"}[survey]
        key = (folder / f"{survey}.key.json").read_bytes()
        entries = [one for one in json.loads((folder / "manifest.json").read_text()) if one["survey"] == survey]
        return "real", [Original(key, (folder / one["file"]).read_bytes(), int(one[name])) for one in entries]
    made = (alert for alert in alerts(seed=1, now_mjd=DEMO_NIGHT) if alert.survey == survey)
    some = itertools.islice(made, DEMO_COUNT)
    return "made by the demo", [Original(alert.key, alert.value, int(alert.alert_id)) for alert in some]


def renumbered(original: Original, alert_id: int) -> bytes:
    """An alert's value with another id, wherever its id stands: as a number, and in the names of ZTF's stamps.

    The bytes are changed in place, so the id must take as many of them as before.

    Raises:
        ValueError: It does not, or the alert does not hold its id.
    """
    value = original.value
    for before, after in (
        (encode_long(original.alert_id), encode_long(alert_id)),
        (str(original.alert_id).encode(), str(alert_id).encode()),
    ):
        if len(before) != len(after):
            raise ValueError(f"The id {alert_id} is not as long as {original.alert_id}.")
        value = value.replace(before, after)
    if value == original.value and alert_id != original.alert_id:
        raise ValueError(f"The alert {original.alert_id} does not hold its id.")
    return value


def repeated(some: list[Original], count: int, partitions: int) -> Iterator[Message]:
    """So many messages, each with an id of its own.

    Every partition goes round all originals, each from another one on: what a consumer has read after a while is a
    fair sample, however the broker's answers mix the partitions.

    Raises:
        ValueError: Two messages would have one id.
    """
    ids = set()
    for number in range(count):
        step, partition = divmod(number, partitions)
        original = some[(step + partition * len(some) // partitions) % len(some)]
        alert_id = original.alert_id + number * STRIDE
        ids.add(alert_id)
        if len(ids) <= number:
            raise ValueError(f"Two alerts would have the id {alert_id}.")
        yield original.key, renumbered(original, alert_id), partition


def damaged(messages: Iterator[Message], every: int, other: bytes) -> Iterator[Message]:
    """The messages, one of `every` of them damaged.

    In turn: cut short, random bytes, empty, with bytes at its end, one byte flipped, without a key, with another
    schema's key.

    Args:
        messages: Good ones.
        every: Of so many, the one in the middle is damaged.
        other: The key of another schema.
    """
    chance = random.Random(1)
    for number, (key, value, partition) in enumerate(messages):
        if number % every == every // 2:
            at = chance.randrange(len(value))
            kind = number // every % 7
            if kind == 0:
                value = value[:at]
            elif kind == 1:
                value = chance.randbytes(len(value))
            elif kind == 2:
                value = b""
            elif kind == 3:
                value += chance.randbytes(20)
            elif kind == 4:
                value = value[:at] + bytes([value[at] ^ 0xFF]) + value[at + 1 :]
            else:
                key = None if kind == 5 else other
        yield key, value, partition


def chunks(messages: Iterator[Message]) -> Iterator[list[Message]]:
    """The messages in lists of about `CHUNK_BYTES`."""
    chunk: list[Message] = []
    size = 0
    for message in messages:
        chunk.append(message)
        size += len(message[0] or b"") + len(message[1])
        if size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
