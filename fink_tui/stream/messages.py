"""What is read from a message of librdkafka's, which types each part as something that may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fink_tui.alerts.packet import Packet

if TYPE_CHECKING:
    from confluent_kafka import Message

Key = tuple[str, int]
"""A topic and the number of a partition."""


def key_of(message: Message) -> Key:
    """Where a message comes from."""
    return str(message.topic()), int(message.partition() or 0)


def offset_of(message: Message) -> int:
    """A message's offset in its partition."""
    return int(message.offset() or 0)


def packet_of(message: Message) -> Packet:
    """A message as it was received."""
    return Packet(*key_of(message), offset_of(message), _bytes(message.key()), _bytes(message.value()))


def _bytes(data: str | bytes | None) -> bytes:
    return data.encode() if isinstance(data, str) else data or b""
