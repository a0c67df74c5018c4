"""VOTable 1.4 (IVOA Recommendation 2019-10-21): what TOPCAT, Aladin and astropy read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
"""Of the versions 1.3 and 1.4."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, however it is written."""

LONG = range(-(2**63), 2**63)


def write(fields: Sequence[tuple[str, str, str, type | None]], rows: Sequence[Sequence[object]], to: TextIO) -> None:
    """Write a table.

    Args:
        fields: Name, unit and UCD of each column, "" for none; and what its values are, None where nobody knows.
        rows: Values: None, a truth, a number, text.
        to: Where.
    """
    to.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    to.write(f'<VOTABLE version="1.4" xmlns="{NAMESPACE}">\n<RESOURCE type="results">\n<TABLE>\n')
    for place, (name, unit, ucd, kind) in enumerate(fields):
        told = {"name": _legal(name), **_type([row[place] for row in rows], kind)}
        told |= {key: value for key, value in (("unit", unit), ("ucd", ucd)) if value}
        to.write(ElementTree.tostring(ElementTree.Element("FIELD", told), encoding="unicode") + "\n")
    to.write("<DATA>\n<TABLEDATA>\n")
    for row in rows:
        line = ElementTree.Element("TR")
        for value in row:
            ElementTree.SubElement(line, "TD").text = _written(value)
        to.write(ElementTree.tostring(line, encoding="unicode", short_empty_elements=False) + "\n")
    to.write("</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n")


def _type(values: Sequence[object], kind: type | None) -> dict[str, str]:
    """The type that holds all values of a column; of a column of nothing that of its kind, else text."""
    kinds = {type(value) for value in values if value is not None}
    if kind is not None and kinds <= {int, kind}:  # a number stays one where none is known
        kinds.add(kind)
    if kinds == {bool}:
        return {"datatype": "boolean"}
    if kinds == {int} and all(value in LONG for value in values if isinstance(value, int)):
        return {"datatype": "long"}
    if kinds in ({float}, {int, float}):
        return {"datatype": "double"}
    is_ascii = all(_written(value).isascii() for value in values)
    return {"datatype": "char" if is_ascii else "unicodeChar", "arraysize": "*"}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    return "" if value is None else _legal(repr(value) if isinstance(value, float) else str(value))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
