"""JSON files of alerts as Fink's REST API gives them: a list of rows, as it was downloaded or as `s` saved it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from fink_tui.alerts.files import AvroFileError

ENDING = ".json"


def alert_files(paths: list[Path]) -> list[Path]:
    """The files of alerts that paths name: files themselves, and Avro and JSON in folders and below, by name."""
    found: list[Path] = []
    for path in paths:
        inside = [one for one in path.rglob("*") if one.suffix in (".avro", ENDING)] if path.is_dir() else [path]
        found += sorted(inside)
    return list(dict.fromkeys(found))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; their numbers are exact.

    Raises:
        AvroFileError: It cannot be read, or is no list of rows.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except OSError as error:
        raise AvroFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AvroFileError(f"{path} is no list of rows as Fink's API gives it: {error}.") from error


def survey_of(row: Mapping[str, Any]) -> str:
    """Whose row it is: the columns of Rubin's tables begin with `r:`, those of ZTF's with `i:`."""
    return "lsst" if any(column.startswith("r:") for column in row) else "ztf"
