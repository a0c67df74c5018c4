"""Answers as Fink's server writes them: tables in four formats, errors in all their shapes.

Evidence: apps/utils/utils.py of astrolabsoftware/fink-object-api (`send_tabular_data`, `check_args`), and pandas'
`to_json(orient="records")` and `to_csv(index=False)`, which it calls.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.fink_api.table import Row


@dataclass
class Reply:
    """An HTTP answer."""

    status: int = 200
    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    """Flask's default; Fink's `Response(str(rep), 400)` has it too."""
    headers: Mapping[str, str] = field(default_factory=dict)


class ServerError(Exception):
    """What Fink's code does not catch: flask-restx makes `{"message": "Internal Server Error"}` of it, status 500."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """An answer that a route gives instead of a table."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def refusal(text: object, status: int = 400) -> Refusal:
    """An error as most routes send it: the repr of a Python dict, as text/html (fink.md section 5; the routes)."""
    return Refusal(Reply(status, str({"status": "error", "text": text}).encode()))


def plain(text: str, status: int = 400) -> Refusal:
    """An error as some routes send it: words alone (latests/utils.py, lsst/tags/utils.py)."""
    return Refusal(Reply(status, text.encode()))


def internal_error() -> Reply:
    """What an exception becomes: flask-restx's own answer, with its newline."""
    return as_json({"message": "Internal Server Error"}, 500)


def as_json(value: object, status: int = 200) -> Reply:
    """An answer of `jsonify`: indented as Flask does not in production, a newline at the end."""
    return Reply(status, (json.dumps(value) + "\n").encode(), "application/json")


def cell(value: Any) -> Any:
    """A value as pandas' to_json writes it: ten decimals, NaN and infinities as null."""
    if isinstance(value, float):
        return round(value, 10) if math.isfinite(value) else None
    return value


@dataclass
class Frame:
    """A table to be sent: what a pandas DataFrame holds."""

    columns: Sequence[str]
    rows: Sequence[Row]

    @classmethod
    def of(cls, rows: Sequence[Row], columns: Sequence[str] | None = None) -> Frame:
        """A table of rows; its columns are all that any row has, in order of their names (HBase sorts them)."""
        return cls(columns if columns is not None else sorted({name for row in rows for name in row}), rows)

    def records(self) -> list[Row]:
        """The rows, each with all columns."""
        return [{name: cell(row.get(name)) for name in self.columns} for row in self.rows]


def tabular(frame: Frame, output_format: str) -> Reply:
    """A table in the format asked for.

    Raises:
        Refusal: The format is none of the four.
    """
    if output_format == "json":
        return Reply(200, to_json(frame.records()), "application/json")
    if output_format == "csv":
        return Reply(200, _csv(frame), "application/csv")
    if output_format == "votable":
        return Reply(200, _votable(frame), "votable")
    if output_format == "parquet":
        return Reply(200, _parquet(frame), "parquet")
    raise refusal(
        f"Output format `{output_format}` is not supported. Choose among json, csv, votable, or parquet\n"
    )  # verbatim in data/rest/derived/error_400_bad_format.body


def to_json(rows: Sequence[Row]) -> bytes:
    """JSON as pandas writes it: no spaces, a slash escaped, nothing but ASCII."""
    text = json.dumps(rows, separators=(",", ":"), allow_nan=False)
    return text.replace("/", "\\/").encode()  # a slash can only be inside a string


def _csv(frame: Frame) -> bytes:
    """`to_csv(index=False)`: nothing for a null, True and False for booleans, one newline for no table at all."""
    if not frame.columns:
        return b"\n"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.rows:
        values = (row.get(name) for name in frame.columns)
        writer.writerow(["" if value is None or value != value else value for value in values])
    return text.getvalue().encode()


def _votable(frame: Frame) -> bytes:
    """astropy's `votable.writeto`: TABLEDATA, names kept, ids made legal (`i_ra`)."""
    fields, kinds = [], []
    for name in frame.columns:
        given = [value for row in frame.rows if (value := row.get(name)) is not None]
        kind = next(
            (
                name_
                for types, name_ in ((bool, "boolean"), (int, "long"), ((int, float), "double"))
                if all(isinstance(value, types) for value in given)
            ),
            "unicodeChar",
        )
        kind = "unicodeChar" if not given else kind
        kinds.append(kind)
        size = ' arraysize="*"' if kind == "unicodeChar" else ""
        ident = "".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in name)
        fields.append(f'   <FIELD ID="{ident}" datatype="{kind}" name={quoteattr(name)}{size}/>')
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append('<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">')
    lines += [
        ' <RESOURCE type="results">',
        f'  <TABLE nrows="{len(frame.rows)}">',
        *fields,
        "   <DATA>",
        "    <TABLEDATA>",
    ]
    for row in frame.rows:
        cells = "".join(f"<TD>{_xml(row.get(name))}</TD>" for name in frame.columns)
        lines.append(f"     <TR>{cells}</TR>")
    lines += ["    </TABLEDATA>", "   </DATA>", "  </TABLE>", " </RESOURCE>", "</VOTABLE>", ""]
    return "\n".join(lines).encode()


def _xml(value: Any) -> str:
    if value is None:
        return ""
    text = "".join(sign for sign in str(value) if sign >= " " or sign in "\t\n")  # XML 1.0 has no other controls
    return escape(text)


def _parquet(frame: Frame) -> bytes:
    """`to_parquet`, by polars instead of pandas."""
    import polars

    out = io.BytesIO()
    columns = {name: [row.get(name) for row in frame.rows] for name in frame.columns}
    polars.DataFrame(columns, strict=False).write_parquet(out)
    return out.getvalue()
