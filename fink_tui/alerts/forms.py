"""The forms in which an alert is copied: for a chat, a catalogue's search field, a telescope's control system."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import NamedTuple

from fink_tui.alerts import photometry, text
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.survey import portal, survey_named

NAMES = (
    *("name", "alert", "ra", "dec", "ra_hms", "dec_dms", "ra_h", "ra_m", "ra_s", "dec_d", "dec_m", "dec_s"),
    *("band", "mag", "mjd"),
)
"""What stands between braces in a template."""

TEMPLATE_LENGTH = 1000
"""Characters of a template at most."""


class Form(NamedTuple):
    """One of the forms."""

    key: str
    """The key that picks it."""

    title: str
    """What it is."""

    text: str
    """What is copied; one line."""


def forms(row: AlertRow, templates: Mapping[str, str]) -> list[Form]:
    """The forms of an alert, the most wanted first; the user's own follow as 1, 2, and so on to 9.

    Args:
        row: The alert.
        templates: The user's templates by their names, each as `template_problem` lets pass.
    """
    ra, dec = text.sexagesimal(row.ra, row.dec)
    found = [
        Form("n", "name", row.object_id),
        Form("i", f"{survey_named(row.survey).title} alert", row.alert_id),
        Form("d", "decimal", f"{_plain_degrees(row.ra)} {_signed_degrees(row.dec)}"),
        Form("c", "colons", f"{ra} {dec}"),
        Form("s", "spaces", f"{ra.replace(':', ' ')} {dec.replace(':', ' ')}"),
        Form("h", "h m s", f"{_lettered(ra, 'hms')} {_lettered(dec, 'dms')}"),
        Form("m", "brightness", brightness(row)),
        Form("w", "web page", portal(row.survey, row.object_id)),
    ]
    values = _values(row)
    for key, (name, template) in zip("123456789", templates.items(), strict=False):
        found.append(Form(key, name, template.format(**values)))
    return found


def brightness(row: AlertRow) -> str:
    """Name, band, magnitude and time of the detection, in one line."""
    if row.mag is not None:
        size = text.magnitude(row.mag, row.mag_err) + (" below template" if row.is_positive is False else "")
    elif row.flux is not None:
        size = photometry.flux_text(row.flux, row.flux_err)
    else:
        size = "no brightness"
    return f"{row.object_id} {row.band or '?'} {size} {text.utc(row.obs_mjd)} UTC MJD {row.obs_mjd:.5f}"


def template_problem(template: str) -> str:
    """What is wrong with a user's template: a clause; "" where nothing is."""
    if not template.strip() or not template.isprintable() or len(template) > TEMPLATE_LENGTH:
        return f"is not one line of text of at most {TEMPLATE_LENGTH} characters"
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return "has a brace without its other half"
    for _, name, layout, conversion in parts:
        if name is None:
            continue
        if name not in NAMES:
            return f"has {{{text.clean(name, 40)}}}, which is not known"
        if layout or conversion:
            return f"has more than a name between braces: {{{name}}} alone is known"
    return ""


def _values(row: AlertRow) -> dict[str, str]:
    ra, dec = text.sexagesimal(row.ra, row.dec)
    parts = [*ra.split(":"), *dec.split(":")]
    values = [
        *(row.object_id, row.alert_id, _plain_degrees(row.ra), _signed_degrees(row.dec), ra, dec, *parts),
        *(row.band or "", text.magnitude(row.mag), f"{row.obs_mjd:.5f}"),
    ]
    return dict(zip(NAMES, values, strict=True))


def _lettered(angle: str, units: str) -> str:
    """An angle with a letter after each of its three parts, instead of colons."""
    return "".join(map("".join, zip(angle.split(":"), units, strict=True)))


def _plain_degrees(ra: float) -> str:
    """Right ascension to 5 decimals, 0.00000 to 359.99999."""
    return text.degrees(round(ra % 360, 5) % 360)


def _signed_degrees(dec: float) -> str:
    """Declination to 5 decimals, always with its sign."""
    return text.signed(dec, 5)
