"""What all routes of Fink's server share: how arguments are taken, checked and answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fink_api.reply import Frame, Refusal, Reply, internal_error, plain, refusal, tabular

Payload = Mapping[str, Any]
"""The arguments: text where they came in the URL, whatever JSON has where they came in a body."""


@dataclass(frozen=True)
class Route:
    """An endpoint of `/api/v1/`."""

    words: str
    """Its description: what a GET without arguments gives, as plain text (every `get` of apps/routes/v1)."""

    answer: Callable[[Payload], Frame | Reply]
    """Its code."""

    required: tuple[str, ...] = ()
    """Arguments that it cannot do without, in the order in which they are asked for."""

    bare: Callable[[], Reply] | None = None
    """What a GET without arguments gives where that is not the description."""

    got: Callable[[Payload], Frame | Reply] | None = None
    """What a GET with arguments does where that is not what a POST does."""

    is_posted: bool = True
    """Whether there is a POST at all; else Flask says 405."""

    default_format: str = "json"


def answer(route: Route, method: str, arguments: Mapping[str, str], body: bytes, content_type: str) -> Reply:
    """Answer a request, as every `get` and `post` of apps/routes/v1 does.

    Args:
        route: The endpoint.
        method: GET or POST.
        arguments: Those of the URL: if there are any the body is not looked at.
        body: Of a POST.
        content_type: Of the body.
    """
    if method == "POST" and not route.is_posted:
        text = "The method is not allowed for the requested URL."
        return Reply(405, (json.dumps({"message": text}) + "\n").encode(), "application/json")
    payload: Any = arguments
    if not arguments:
        if method == "GET":
            return route.bare() if route.bare else Reply(200, route.words.encode())
        if "json" not in content_type:  # werkzeug's 415, as flask-restx words it
            text = "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
            return Reply(415, (json.dumps({"message": text}) + "\n").encode(), "application/json")
        try:
            payload = json.loads(body)
        except ValueError:
            text = "The browser (or proxy) sent a request that this server could not understand."
            return Reply(400, (json.dumps({"message": text}) + "\n").encode(), "application/json")
    try:
        if method == "GET" and route.got:
            out = route.got(payload)
            return tabular(out, "json") if isinstance(out, Frame) else out
        for name in route.required:
            if name not in payload:  # verbatim in data/rest/derived/error_400_missing_arg.body
                raise refusal(f"A value for `{name}` is required. See https://api.ztf.fink-portal.org \n")
        out = route.answer(payload)
        return tabular(out, payload.get("output-format", route.default_format)) if isinstance(out, Frame) else out
    except Refusal as refused:
        return refused.reply
    except Exception:  # noqa: BLE001 - Flask catches all
        return internal_error()


def is_true(value: Any) -> bool:
    """`value == "True" or value is True`, as the routes ask; "true" is not true."""
    return str(value) == "True"


def whole(value: Any) -> int:
    """A number that goes to Java as it came: text is refused there, which gives status 500.

    Evidence: resolver/utils.py and ssocand/utils.py call `client.setLimit(nmax)` without `int()`.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("No matching overloads found for setLimit")
    return value


__all__ = ["Payload", "Route", "answer", "is_true", "plain", "refusal", "whole"]
