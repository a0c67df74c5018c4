"""`fink-tui export`: the rows kept, for other programs."""

from __future__ import annotations

import csv
import json
import os
import sys
from datetime import date
from typing import Any

import click

from fink_tui.cli.options import failing_clearly
from fink_tui.paths import Home
from fink_tui.store.database import Database
from fink_tui.store.pages import EXPORTED, export


def run(format_: str, columns: str | None, night: str | None) -> None:
    """Print rows on stdout.

    Args:
        format_: `jsonl` or `csv`.
        columns: Names joined by commas; None for all.
        night: The evening's date, YYYY-MM-DD or YYYYMMDD.
    """
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns is not None else list(EXPORTED)
    unknown = [name for name in names if name not in EXPORTED]
    if unknown or not names:
        raise click.UsageError(f"There is no column {', '.join(unknown)!r}. There are: {', '.join(EXPORTED)}.")
    evening = _night(night) if night is not None else None
    with failing_clearly():
        home = Home.find()
        if not home.database.exists():
            raise click.ClickException(f"Nothing has been received yet: there is no {home.database}.")
        database = Database(home.database)
        try:
            rows = export(database, names, evening)
            if format_ == "csv":
                writer = csv.writer(sys.stdout, lineterminator="\n")
                writer.writerow(names)
                for row in rows:
                    writer.writerow([_csv(row[name]) for name in names])
            else:
                for row in rows:
                    sys.stdout.write(json.dumps({name: _json(name, row[name]) for name in names}) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:  # as in `| head`: who reads has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            database.close()


def _night(text: str) -> int:
    try:
        evening = date.fromisoformat(text)  # YYYY-MM-DD or YYYYMMDD
    except ValueError as error:
        raise click.UsageError(f"--night wants the date of an evening, YYYY-MM-DD, not {text!r}.") from error
    return int(f"{evening:%Y%m%d}")


def _json(name: str, value: Any) -> Any:
    if name == "topics":
        return value.split(",") if value else []
    return bool(value) if name == "is_positive" and value is not None else value


def _csv(value: Any) -> Any:
    return "" if value is None else value
