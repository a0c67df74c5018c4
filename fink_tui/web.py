"""What asking any server over HTTP has in common: who it is, when to come back, the words in an error."""

from __future__ import annotations

import email.utils
import math
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from fink_tui.alerts.text import clean

MOST_WORDS = 160
"""Characters of what a server says that are shown."""

DEEPEST = 8
"""Levels of an error's JSON in which there may be words."""

UNNAMED = frozenset({"detail", "non_field_errors", "message"})
"""Keys in it that say nothing of which field a text is about."""

BUSY = frozenset({408, 425, 429, 502, 503, 504})
"""Status codes of a server, or of what is before it, that is away for a while."""


def host_of(site: str) -> str:
    """The server of a site, as it is shown."""
    return clean(urlsplit(site).netloc, 80)


def said(body: object) -> str:
    """What a server says in the JSON of an error, in one line, such as `ra: This field is required`."""
    return clean("; ".join(_messages(body, ())), MOST_WORDS).rstrip(". ")


def _messages(body: object, at: tuple[str, ...], depth: int = 0) -> list[str]:
    """The texts in the JSON of an error, each with the fields that it is about."""
    if depth > DEEPEST:
        return []
    if isinstance(body, Mapping):
        return [
            text
            for key, value in body.items()
            for text in _messages(value, at if key in UNNAMED else (*at, str(key)), depth + 1)
        ]
    if isinstance(body, list):
        return [text for value in body for text in _messages(value, at, depth + 1)]
    if body is None or body == "":
        return []
    return [": ".join([*at, str(body)])]


def retry_after(value: str | None) -> float | None:
    """How long a `Retry-After` asks one to wait, seconds; None where it does not say, or not legibly.

    However long: the one who waits knows the longest pause.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def causes(error: BaseException) -> list[BaseException]:
    """An error and all that it came from."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found


class TlsFault(NamedTuple):
    """Why there is no safe line to a server."""

    is_untrusted: bool
    """Whether its certificate is; else it does not speak TLS as one does."""

    words: str
    """What is wrong, in a few words."""


def tls_fault(error: BaseException) -> TlsFault | None:
    """The fault of TLS that an error came from; None where it came from none, such as a line that broke."""
    cause = next((one for one in causes(error) if isinstance(one, ssl.SSLError)), None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TlsFault(True, clean(cause.verify_message, 100))
    if cause is None or isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return None
    return TlsFault(False, clean(cause.reason, 60))
