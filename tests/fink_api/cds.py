"""CDS's services: images of the sky by hips2fits, and SIMBAD's table by TAP.

hips2fits: https://alasky.cds.unistra.fr/hips-image-services/hips2fits. SIMBAD: a TAP service (IVOA TAP 1.1), whose
JSON is `{"metadata": [...], "data": [[...], ...]}`, and whose errors are VOTables with QUERY_STATUS ERROR (DALI 1.1).
"""

from __future__ import annotations

import json
import math
import re
import urllib.parse
from array import array
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.fink_api import catalogue, cutouts
from tests.fink_api.reply import Reply

HIPS = (
    "CDS/P/PanSTARRS/DR1/r", "CDS/P/PanSTARRS/DR1/g", "CDS/P/PanSTARRS/DR1/color-i-r-g", "CDS/P/DSS2/red",
    "CDS/P/DSS2/color", "CDS/P/DESI-Legacy-Surveys/DR10/color", "CDS/P/SkyMapper-R", "CDS/P/DES-DR2/r",
)  # fmt: skip
"""Some image surveys; others are taken too if their names begin so."""


def answer(method: str, path: str, arguments: Mapping[str, str], body: bytes, kind: str, night: float) -> Reply:
    """Answer a request to CDS."""
    given = dict(arguments)
    if method == "POST" and "form" in kind:
        given |= dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
    if path.endswith("/hips2fits"):
        return hips2fits(given, night)
    if path.endswith("/sim-tap/sync"):
        return tap({name.upper(): value for name, value in given.items()}, night)
    return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>")


def hips2fits(given: Mapping[str, str], night: float) -> Reply:
    """A picture of a place: noise, and SIMBAD's objects as stars of some arcseconds."""
    missing = [name for name in ("hips", "width", "height", "fov", "ra", "dec") if name not in given]
    if missing and "wcs" not in given:
        return _json_error(400, "Bad Request", f"Missing parameters: {', '.join(missing)}")
    try:
        ra, dec, fov = float(given["ra"]), float(given["dec"]), float(given["fov"])
        width, height = int(given["width"]), int(given["height"])
    except ValueError as error:
        return _json_error(400, "Bad Request", str(error))
    if not given["hips"].startswith("CDS/"):
        return _json_error(400, "Bad Request", f"HiPS {given['hips']} is unknown")
    if width * height > 50_000_000:
        return _json_error(400, "Bad Request", "The image is too large: 50 million pixels are the most")
    pixels, cards = _picture(ra, dec, fov, width, height, night)
    wanted = given.get("format", "fits")
    if wanted in ("jpg", "png"):
        rows = [list(pixels[at : at + width]) for at in range((height - 1) * width, -1, -width)]  # first row on top
        return Reply(
            200, _jpeg(rows) if wanted == "jpg" else cutouts.png(rows), f"image/{wanted.replace('jpg', 'jpeg')}"
        )
    return Reply(200, fits(pixels, width, height, cards), "image/fits")


def _json_error(status: int, title: str, words: str) -> Reply:
    return Reply(status, json.dumps({"title": title, "description": words}).encode(), "application/json")


def _picture(
    ra: float, dec: float, fov: float, width: int, height: int, night: float
) -> tuple[array[float], Mapping[str, float | str]]:
    """Pixels from the bottom up, east to the left, and the cards that say so: a gnomonic projection."""
    scale = fov / max(width, height)  # degrees a pixel: hips2fits takes the larger side for the field
    pixels = array("f", bytes(4 * width * height))
    for at in range(len(pixels)):
        pixels[at] = 10 + (at * 2654435761 % 4096) / 4096
    for number, (_, thing) in enumerate(catalogue.around(ra, dec, fov, night)):
        a, b, step = math.radians(dec), math.radians(thing.dec), math.radians(thing.ra - ra)
        cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(step)
        east = math.degrees(math.cos(b) * math.sin(step) / cosine)
        north = math.degrees((math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(step)) / cosine)
        x0, y0 = (width - 1) / 2 - east / scale, (height - 1) / 2 + north / scale
        for y in range(max(0, int(y0) - 6), min(height, int(y0) + 8)):
            for x in range(max(0, int(x0) - 6), min(width, int(x0) + 8)):
                pixels[y * width + x] += 200 / (1 + number) * math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 4)
    cards: dict[str, float | str] = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": ra, "CRVAL2": dec}
    cards |= {"CRPIX1": (width + 1) / 2, "CRPIX2": (height + 1) / 2, "CDELT1": -scale, "CDELT2": scale}
    return pixels, cards | {"CUNIT1": "deg", "CUNIT2": "deg", "RADESYS": "ICRS"}


def fits(pixels: array[float], width: int, height: int, cards: Mapping[str, float | str]) -> bytes:
    """A FITS file of one image, 32-bit floats (FITS standard 4.0, sections 3 and 4)."""
    values: dict[str, object] = {"SIMPLE": True, "BITPIX": -32, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height, **cards}
    lines = []
    for name, value in values.items():
        text = "T" if value is True else f"'{value:<8}'" if isinstance(value, str) else repr(value)
        lines.append(f"{name:<8}= {text:<20}" if isinstance(value, str) else f"{name:<8}= {text:>20}")
    header = "".join(f"{line:<80}" for line in [*lines, "END"])
    swapped = array("f", pixels)
    swapped.byteswap()  # FITS is big-endian
    data = swapped.tobytes()
    return header.encode().ljust(-(-len(header) // 2880) * 2880) + data.ljust(-(-len(data) // 2880) * 2880, b"\0")


def _jpeg(rows: list[list[float]]) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(cutouts.png(rows))).save(out, "JPEG")
    return out.getvalue()


_COLUMNS: Mapping[str, tuple[str, str]] = {
    "oid": ("BIGINT", "Object internal identifier"),
    "main_id": ("VARCHAR", "Main identifier for an object"),
    "ra": ("DOUBLE", "Right ascension"),
    "dec": ("DOUBLE", "Declination"),
    "otype": ("VARCHAR", "Object type"),
    "otype_txt": ("VARCHAR", "Object type"),
    "rvz_redshift": ("DOUBLE", "Redshift"),
    "nbref": ("INTEGER", "number of references"),
}
"""Columns of SIMBAD's table `basic` that the stand-in has; others asked for are null."""

_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_CIRCLE = re.compile(rf"CIRCLE\s*\(\s*(?:'[^']*'\s*,)?\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)", re.IGNORECASE)


def tap(given: Mapping[str, str], night: float) -> Reply:
    """Answer an ADQL question for the objects in a circle, nearest first or in any other order asked for."""
    query, wanted = given.get("QUERY", ""), given.get("FORMAT", given.get("RESPONSEFORMAT", "votable")).lower()
    if given.get("REQUEST", "doQuery") != "doQuery" or given.get("LANG", "ADQL").split("-")[0].upper() != "ADQL":
        return _tap_error("Missing or unknown REQUEST or LANG")
    shape = re.match(r"\s*SELECT\s+(?:TOP\s+(\d+)\s+)?(.*?)\s+FROM\s+basic\b", query, re.IGNORECASE | re.DOTALL)
    circle = _CIRCLE.search(query)
    if shape is None or circle is None:
        return _tap_error(f'Incorrect ADQL query: Encountered "{query[:20]}". Was expecting: "SELECT"')
    ra, dec, radius = (float(number) for number in circle.groups())
    names = [_alias(part) for part in re.split(r",(?![^()]*\))", shape[2])]
    names = list(_COLUMNS) if names == ["*"] else names
    found = catalogue.around(ra, dec, radius, night)
    if re.search(r"ORDER\s+BY\s+(?:\w+\.)?nbref\s+DESC", query, re.IGNORECASE):
        found.sort(key=lambda pair: -pair[1].references)
    rows = [[_value(name, *pair) for name in names] for pair in found]
    limits = [int(text) for text in (shape[1], given.get("MAXREC")) if text]
    return _table(names, rows[: min(limits)] if limits else rows, wanted)


def _alias(part: str) -> str:
    """The name of a column of the answer."""
    return part.strip().split()[-1].strip('"').rsplit(".", 1)[-1]


def _value(name: str, distance: float, thing: catalogue.Object) -> object:
    known: Mapping[str, object] = {
        "oid": thing.oid, "main_id": thing.name, "ra": thing.ra, "dec": thing.dec, "otype": thing.type,
        "otype_txt": thing.type, "rvz_redshift": thing.redshift, "nbref": thing.references,
    }  # fmt: skip
    return known[name] if name in known else distance if "dist" in name.lower() or "sep" in name.lower() else None


def _table(names: Sequence[str], rows: Sequence[Sequence[object]], wanted: str) -> Reply:
    if "json" in wanted:
        kinds = [_COLUMNS.get(name, ("DOUBLE", "")) for name in names]
        meta = [
            {"name": name, "description": words, "datatype": kind, "arraysize": "*" if kind == "VARCHAR" else None,
             "unit": "deg" if name in ("ra", "dec") else None, "ucd": None, "utype": None}
            for name, (kind, words) in zip(names, kinds, strict=True)
        ]  # fmt: skip
        return Reply(200, json.dumps({"metadata": meta, "data": rows}).encode(), "application/json")
    if "csv" in wanted:
        text = [
            [f'"{cell}"' if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row]
            for row in rows
        ]
        return Reply(200, "\n".join(",".join(row) for row in [list(names), *text]).encode() + b"\n", "text/csv")
    fields = "".join(f'<FIELD name="{name}" datatype="char" arraysize="*"/>' for name in names)
    cells = "".join(
        "<TR>" + "".join(f"<TD>{'' if cell is None else escape(str(cell))}</TD>" for cell in row) + "</TR>"
        for row in rows
    )
    return _votable(
        f'<INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}<DATA><TABLEDATA>{cells}</TABLEDATA></DATA></TABLE>'
    )


def _tap_error(words: str) -> Reply:
    """DALI 1.1, section 4.2: a VOTable, with status 400 in SIMBAD's case."""
    return _votable(f'<INFO name="QUERY_STATUS" value="ERROR">{escape(words)}</INFO>', 400)


def _votable(inside: str, status: int = 200) -> Reply:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
    )
    text = f'{head}<RESOURCE type="results">{inside}</RESOURCE></VOTABLE>\n'
    return Reply(status, text.encode(), "application/x-votable+xml")
