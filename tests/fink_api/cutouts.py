"""Cutouts as the route `cutouts` gives them (apps/routes/v1/{ztf,lsst}/cutouts/utils.py)."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping

from tests.fink_api.reply import Reply, as_json, refusal
from tests.fink_api.routes import Payload

KINDS = ("Science", "Template", "Difference")


def image(stamp: bytes) -> tuple[list[list[float]], bytes]:
    """The first image of a FITS file, and the file unpacked (ZTF's are gzipped)."""
    from astropy.io import fits

    plain = gzip.decompress(stamp) if stamp[:2] == b"\x1f\x8b" else stamp
    with fits.open(io.BytesIO(plain)) as file:
        return file[0].data.tolist(), plain


def array(stamp: bytes) -> list[list[float | None]]:
    """The pixels; JSON has no NaN, so pandas and the cutout service write null."""
    return [[value if value == value else None for value in row] for row in image(stamp)[0]]


def reply(payload: Payload, stamps: Mapping[str, bytes] | None, ident: str, suffix: str) -> Reply:
    """An answer of the route.

    Args:
        payload: The arguments; `stretch`, `colormap`, `pmin`, `pmax` and `convolution_kernel` change nothing here.
        stamps: The cutouts of the alert; None where the object is not known: an empty table has no columns, so the
            route fails with status 500.
        ident: The object, for the file's name.
        suffix: What the keys of an array end in.

    Raises:
        Refusal: The arguments do not go together.
    """
    wanted, kind = payload.get("output-format", "PNG"), payload["kind"]
    if kind == "All" and payload["output-format"] != "array":  # without an output-format: KeyError, so 500
        raise refusal("The option `kind=All` is only compatible with `output-format=array`.\n")
    if wanted not in ("PNG", "FITS", "array"):
        raise refusal("output-format must be one of: PNG, FITS, or array.\n")
    if stamps is None:
        raise KeyError("i:candid")
    if wanted == "array":
        kinds = KINDS if kind == "All" else (kind,)
        return as_json({f"b:cutout{name}{suffix}": array(stamps[name]) for name in kinds})
    pixels, plain = image(stamps[kind])
    name = {"Content-Disposition": f"attachment; filename={ident}_{kind}.{wanted.lower()}"}
    if wanted == "FITS":
        return Reply(200, plain, "application/octet-stream", name)
    return Reply(200, png(pixels), "image/png", name)


def png(pixels: list[list[float]]) -> bytes:
    """A grey picture of the pixels, from the darkest to the brightest."""
    from PIL import Image

    known = [value for row in pixels for value in row if value == value] or [0.0]
    low, high = min(known), max(known)
    grey = bytes(
        int(255 * ((value if value == value else low) - low) / ((high - low) or 1)) for row in pixels for value in row
    )
    out = io.BytesIO()
    Image.frombytes("L", (len(pixels[0]), len(pixels)), grey).save(out, "PNG")
    return out.getvalue()
