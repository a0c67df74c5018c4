"""What is to be received: one survey's topics from one cluster, for one consumer group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fink_tui.stream.position import Start, Where

FINK_SUFFIXES = {"_ztf": "ztf", "_lsst": "lsst"}
"""Ends of Fink's topic names, and the survey each stands for."""

MMA_PREFIXES = ("fink_grb_", "fink_gw_")
"""Beginnings of the names of multi-messenger topics: they have no such end, and come from ZTF's servers."""


def survey_of_topic(topic: str) -> str | None:
    """The survey from whose servers a topic of that name comes, or None."""
    if topic.startswith(MMA_PREFIXES) and not topic.endswith(tuple(FINK_SUFFIXES)):
        return "ztf"
    return next((survey for suffix, survey in FINK_SUFFIXES.items() if topic.endswith(suffix)), None)


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One survey's topics."""

    survey: str
    """`ztf` or `lsst`."""

    servers: str
    """Kafka's bootstrap servers, `host:port` joined by commas."""

    group: str
    """The consumer group: those who share it share the alerts between them."""

    topics: tuple[str, ...]
    """The topics, at least one."""

    start: Where = Start.COMMITTED
    """Where reading begins."""

    username: str | None = None
    """With `password`, the login; Fink's brokers want none."""

    password: str | None = field(default=None, repr=False)
    """The login's secret."""

    @property
    def connection(self) -> dict[str, Any]:
        """The settings that librdkafka wants for the servers, the group, the login, and for what is fetched at once."""
        settings = {
            "bootstrap.servers": self.servers,
            "group.id": self.group,
            "client.id": "fink-tui",
            "enable.auto.commit": False,  # committed only after the store has it, or never
            "auto.offset.reset": "earliest",
            "reconnect.backoff.ms": 500,
            "reconnect.backoff.max.ms": 5_000,
            "queued.max.messages.kbytes": 16_384,
            "fetch.queue.backoff.ms": 10,  # a full queue is looked at again soon, not after a second
            "fetch.max.bytes": 4_194_304,  # at 70 kB a second, still within the minute that a request may take
            "fetch.message.max.bytes": 4_194_304,
        }
        if self.username and self.password:  # fink-client's own rule
            settings |= {
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return settings
