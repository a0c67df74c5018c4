"""What a server's error says, as one sentence, whatever form it has.

Fink's API answers a wrong argument with status 400 and the `repr` of a Python dict, whose text may be the `repr` of an
exception; with plain text over several indented lines; with HTML; or, where it fails itself, with JSON's `message`
(fink-object-api: apps/utils/utils.py `check_args`, apps/routes/v1/*/utils.py). The services of the CDS answer with XML.
"""

from __future__ import annotations

import ast
import html
import re

import msgspec

from fink_tui.alerts.text import clean
from fink_tui.web import MOST_WORDS, said

_DICT_TEXT = re.compile(r"""['"]text['"]\s*:\s*(.*?)\s*}?\s*$""", re.S)
_EXCEPTION = re.compile(r"""^\w+\(\s*(['"])(.*?)\1\s*,?\s*\)$""", re.S)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.S | re.I)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.S | re.I)
_TAG = re.compile(r"<[^<>]*>")
_MARKED_UP = re.compile(r"\s*<[!?a-z]", re.I)


def words_of(content: bytes) -> str:
    """What the body of an error says, on one line, safe to show, without a full stop at its end; "" for nothing.

    Args:
        content: The body, or its beginning.
    """
    text = content.decode("utf-8", "replace").strip()
    found = _of_python(text) if text.startswith("{") else None
    if found is None:
        found = _of_json(text) if text[:1] in ("{", "[", '"') else None
    if found is None:
        found = _of_markup(text) if _MARKED_UP.match(text) else text
    return clean(" ".join(found.split()), MOST_WORDS).rstrip(". ")


def _of_python(text: str) -> str | None:
    """The text in the repr of a dict; None where it is none."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        # The text is the repr of an exception, or the body was cut off.
        if (found := _DICT_TEXT.search(text)) is None or text.startswith('{"'):
            return None
        inner = _EXCEPTION.match(found[1])
        return inner[2] if inner is not None else found[1].strip("'\"")
    if not isinstance(value, dict):
        return None
    return str(value["text"]) if "text" in value else said(value)


def _of_json(text: str) -> str | None:
    """The words in JSON; None where it is none."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return str(value["text"])
    return said(value)


def _of_markup(text: str) -> str:
    """What is written on a page, or in an XML document; its title where that is all."""
    body = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text))).strip()
    if body:
        return body
    title = _TITLE.search(text)
    return html.unescape(title[1]) if title is not None else ""
