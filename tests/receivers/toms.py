"""What is sent in the tests of a TOM, and the receiver that sends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Submission, SubmittedPoint, iso
from fink_tui.receivers.secret import SecretSource
from fink_tui.receivers.tom import TomReceiver
from fink_tui.receivers.tom_settings import TomSettings
from tests.tom.server import Tom

NIGHT = 61364.0
"""MJD of the beginning of the night."""


def detection(day: float, mag: float = 18.1, band: str = "g", **fields: Any) -> SubmittedPoint:
    """A detection, so many days into the night."""
    known = {"mag_err": 0.05, "source_id": f"32972947558150{day * 1000:05.0f}"} | fields
    return SubmittedPoint(time=iso(NIGHT + day), band=band, kind=PointKind.DETECTION, mag=mag, **known)


def limit(day: float, mag: float = 20.5, band: str = "r") -> SubmittedPoint:
    """An upper limit, so many days into the night."""
    return SubmittedPoint(time=iso(NIGHT + day), band=band, kind=PointKind.LIMIT, limit=mag)


POINTS = (limit(0.1), detection(0.2), detection(0.3, 17.9, "r", is_current=True))
"""A light curve: a limit, and two detections."""


def told(name: str = "ZTF26aaaaaaa", **fields: Any) -> Submission:
    """A submission."""
    known: dict[str, Any] = {
        "survey": "ztf",
        "alert_id": "3297294755815010006",
        "object_id": name,
        "ra": 150.1,
        "dec": 2.2,
        "time": iso(NIGHT + 0.3),
        "night": "2026-11-20",
        "topics": ("fink_sn_candidates_ztf", "fink_other"),
        "label": "SN candidate",
        "label_reason": "cdsxmatch",
        "scores": {"real_bogus": 0.99},
        "link": f"https://ztf.fink-portal.org/{name}",
        "points": POINTS,
    }
    return Submission(**known | fields)


def settings(tmp_path: Path, url: str = "http://tom.example/", **options: Any) -> TomSettings:
    """The settings of a TOM with a token in a file; or with `username`, whose password is in a file."""
    username = options.get("username")
    what = "password" if username else "token"
    file = tmp_path / what
    if "secret" not in options:
        write_secret(file, options.pop("words", f"pw-{username}" if username else "0" * 40))
        options["secret"] = SecretSource(what, file=file)
    return TomSettings(url=url, auth="basic" if username else "token", **options)


def write_secret(file: Path, words: str) -> None:
    """Put a secret into a file that only its owner can read."""
    file.write_text(words + "\n")
    file.chmod(0o600)


def receiver_of(tom: Tom, tmp_path: Path, user: str = "alice", url: str | None = None, **options: Any) -> TomReceiver:
    """A receiver that logs in as a user of a real TOM, in the way that this TOM honours."""
    if tom.stock_tokens:
        options = {"words": tom.token(user)} | options
    else:
        options = {"username": user, "words": tom.password(user)} | options
    return TomReceiver("ourtom", settings(tmp_path, url or tom.url, **options))


def answered(status: int, body: object = None) -> httpx.Response:
    """An answer that has not been read yet: JSON, or nothing."""
    content = b"" if body is None else msgspec.json.encode(body)
    return httpx.Response(status, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(content))


def mocked(tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> TomReceiver:
    """A receiver that is answered by a function."""
    clock = options.pop("clock", lambda: 0.0)
    return TomReceiver("ourtom", settings(tmp_path, **options), transport=httpx.MockTransport(answer), clock=clock)
