"""The rows of a body that an API answered, a list of JSON objects: where each is, and what stands there.

A row is found by its place alone, so that a body of many megabytes need not be in memory.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from fink_tui.store.errors import StoreError

PIECE = 4_000_000
"""Bytes of a body that are read at a time: some hundredths of a second."""

MOST_TRIES = 8
"""Places at which the end of a row is looked for in a piece; where rows have others in them, the body is read whole."""

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_BLANKS = re.compile(rb"[ \t\r\n]*")


class BodyError(StoreError):
    """An answer's body is not what it should be, or is no longer there."""


class Span(NamedTuple):
    """Where a row is in a body."""

    offset: int
    """Bytes from its start."""
    length: int
    """Bytes."""


def rows_in(path: Path) -> list[Span]:
    """Where each row of a body is.

    Args:
        path: The body: a list of rows.

    Raises:
        BodyError: It is no such list, or no longer there.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _spans(data)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, msgspec.DecodeError) as error:  # an empty file cannot be mapped
        raise BodyError(f"Fink's answer is no list of rows: {error}. Ask again, or ask something else.") from error
    except RecursionError:
        raise BodyError("Fink's answer is no list of rows: it is nested too deep. Ask something else.") from None


def documents(path: Path, spans: Sequence[Span]) -> list[bytes]:
    """What stands in some places of a body, as it came.

    Args:
        path: The body.
        spans: The places.

    Raises:
        BodyError: It is no longer there.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return [os.pread(file.fileno(), span.length, span.offset) for span in spans]
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> BodyError:
    return BodyError(f"Fink's answer cannot be read from {path}: {error.strerror}. Ask again.")


def _spans(data: mmap.mmap) -> list[Span]:
    """Where each row of a body is. Nothing else runs while msgspec reads, so it is given a piece at a time."""
    spans, at = list[Span](), _after_blanks(data, 0)
    if data[at : at + 1] == b"[":
        while len(data) - at > PIECE and (piece := _whole_rows(b"[" + data[at + 1 : at + PIECE])):
            spans += _in_list(piece, at)
            at += len(piece) - 1  # the next begins with the comma, in place of its bracket
    last = _in_list(b"[" + data[at + 1 :] if spans else data[at:], at)
    if spans and not last:
        raise ValueError("there is a comma without a row behind it")
    return spans + last


def _whole_rows(piece: bytes) -> bytes:
    """The beginning of a list as a list of its whole rows; b"" where no end of one is found."""
    end, tries = len(piece), 0
    while tries < MOST_TRIES and (end := piece.rfind(b"}", 0, end)) > 0:
        comma = _after_blanks(piece, end + 1)
        if piece[comma : comma + 1] == b",":
            tries += 1
            found = piece[:comma] + b"]"
            with contextlib.suppress(msgspec.DecodeError):  # it is in a row, or in a text
                _ROWS.decode(found)
                return found
    return b""


def _in_list(text: bytes, start: int) -> list[Span]:
    """Where the rows of a list are, counted from `start`."""
    spans, at = [], 0
    for raw in _ROWS.decode(text):  # before each stands a bracket or a comma, and perhaps blanks around that
        at, length = _after_blanks(text, at + 1), len(memoryview(raw))
        spans.append(Span(start + at, length))
        at = _after_blanks(text, at + length)
    return spans


def _after_blanks(data: bytes | mmap.mmap, at: int) -> int:
    blanks = _BLANKS.match(data, at)
    assert blanks is not None
    return blanks.end()
