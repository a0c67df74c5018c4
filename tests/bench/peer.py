"""Reads a topic as fink-client does, and says how fast; run in an environment that has fink-client, as a file.

The clock runs from its first alert: the time to join the group is not counted. One line of JSON on stdout.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

WAIT = 60.0
"""Seconds that an alert may take to come."""


def polling(servers: str, group: str, topic: str, survey: str, folder: str | None) -> Callable[[], Any]:
    """What gives the next alert by fink-client, decoded; kept as a file, too, if a folder is given."""
    from fink_client.consumer import AlertConsumer

    consumer = AlertConsumer([topic], {"bootstrap.servers": servers, "group.id": group}, survey)
    if folder is None:
        return lambda: consumer.poll(WAIT)[0]
    return lambda: consumer.poll_and_write(folder, WAIT)[0]


def receiving(servers: str, group: str, topic: str) -> Callable[[], Any]:
    """What gives the next message as it is: neither decoded nor kept."""
    from confluent_kafka import Consumer

    settings = {"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    consumer.subscribe([topic])
    return lambda: consumer.poll(WAIT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("poll", "poll_and_write", "receive"))
    for name in ("survey", "servers", "group", "topic"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--count", type=int, required=True, help="alerts after the first")
    given = parser.parse_args()
    where = (given.servers, given.group, given.topic)
    with tempfile.TemporaryDirectory(prefix="fink-client-") as folder:
        if given.way == "receive":
            take = receiving(*where)
        else:
            take = polling(*where, given.survey, folder if given.way == "poll_and_write" else None)
        if take() is None:
            raise SystemExit(f"No alert came for {WAIT:.0f} s.")
        began, cpu = time.monotonic(), time.process_time()
        for number in range(given.count):
            if take() is None:
                raise SystemExit(f"After {number} alerts none came for {WAIT:.0f} s.")
        seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu
    version = "" if given.way == "receive" else importlib.metadata.version("fink-client")
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "version": version}))


if __name__ == "__main__":
    main()
