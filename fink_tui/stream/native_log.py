"""Where librdkafka's own messages go: into the log, each kind once in a while.

Without a logger they go to the terminal; a broker that refuses connections makes twenty of them a second.
"""

from __future__ import annotations

import logging
import re
import time

AGAIN_SECONDS = 60.0
"""A message that differs from another only in its numbers is logged once in this time."""

_NUMBERS = re.compile(r"\d+")


class Repeated(logging.Filter):
    """Lets a message pass once a minute; says how often it came meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a message."""
        text = record.getMessage()
        kind = _NUMBERS.sub("#", text)
        now = time.monotonic()
        passed_at, skipped = self._passed.get(kind, (-AGAIN_SECONDS, 0))
        if now - passed_at < AGAIN_SECONDS:
            self._passed[kind] = passed_at, skipped + 1
            return False
        self._passed[kind] = now, 0
        if skipped:
            record.msg, record.args = f"{text} (and {skipped} times more)", ()
        return True


def quiet_logger() -> logging.Logger:
    """The logger to hand to librdkafka."""
    logger = logging.getLogger("fink_tui.kafka")
    if not any(isinstance(known, Repeated) for known in logger.filters):
        logger.addFilter(Repeated())
    return logger
