"""What the services behind Fink's resolver know: SIMBAD, the TNS, SsODNet, GraceDB. Names made up, or famous."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.fink_api import sky
from tests.fink_api.healpix import separation
from tests.fink_api.table import Row


@dataclass(frozen=True)
class Object:
    """An object of SIMBAD."""

    oid: int
    name: str
    type: str
    ra: float
    dec: float
    aliases: tuple[str, ...] = ()
    redshift: float | None = None
    references: int = 10


FAMOUS = (
    Object(1575544, "M  31", "AGN", 10.684708, 41.268750, ("m31", "ngc 224", "andromeda"), -0.001, 12000),
    Object(2419335, "M  87", "AGN", 187.705930, 12.391123, ("m87", "ngc 4486", "virgo a"), 0.004283, 9000),
    Object(3754378, "3C 273", "BLL", 187.277915, 2.052388, ("3c273", "3c 273"), 0.158339, 5000),
    Object(3269377, "[HB89] 1821+643", "Sy1", 275.488917, 64.343389, ("hb89 1821+643", "1821+643"), 0.297, 400),
    Object(1133420, "* alf Ori", "s*r", 88.792939, 7.407064, ("betelgeuse", "alf ori"), None, 3000),
)
"""Places and types of these are SIMBAD's; `oid` and `references` are not."""


@dataclass(frozen=True)
class Rock:
    """A Solar System object, as SsODNet's quaero names it."""

    name: str
    number: int | None
    designations: tuple[str, ...]
    """What ZTF's `ssnamenr` calls it; or, for LSST, its packed designations."""


@cache
def simbad(night: float = sky.NIGHT) -> tuple[Object, ...]:
    """SIMBAD: the famous, and what the sky's variable stars and active galaxies are."""
    found = list(FAMOUS)
    seen: set[str] = set()
    for number, alert in enumerate(sky.ztf(night)):
        kind = alert.row.get("d:cdsxmatch", "Unknown")
        if kind in ("Unknown", "Galaxy") or kind.startswith("Fail") or alert.object_id in seen:
            continue
        seen.add(alert.object_id)
        name = f"[DEM2026] {number}" if number % 2 else f"Demo {kind} {number}"  # brackets: a name, not markup
        found.append(Object(10**7 + number, name, kind[:3], alert.row["i:ra"], alert.row["i:dec"]))
    return tuple(found)


def around(ra: float, dec: float, radius: float, night: float = sky.NIGHT) -> list[tuple[float, Object]]:
    """SIMBAD's objects within a radius, all degrees, nearest first, each with its distance."""
    near = [(separation(ra, dec, thing.ra, thing.dec), thing) for thing in simbad(night)]
    return sorted((pair for pair in near if pair[0] <= radius), key=lambda pair: pair[0])


def sesame(name: str, night: float = sky.NIGHT) -> Row | None:
    """What `nph-sesame/-oxp/~S?name` says of a name, as pandas.read_xml makes a row of it.

    Its members are those of data/rest/real/{ztf,lsst}_resolver_simbad.json.
    """
    wanted = " ".join(name.lower().split())
    for thing in simbad(night):
        if wanted in (" ".join(thing.name.lower().split()), *thing.aliases):
            hours, degrees = thing.ra / 15, abs(thing.dec)
            east = f"{int(hours):02d}:{int(hours % 1 * 60):02d}:{hours * 60 % 1 * 60:05.2f}"
            north = f"{int(degrees):02d}:{int(degrees % 1 * 60):02d}:{degrees * 60 % 1 * 60:04.1f}"
            return {
                "name": "Si=Simbad, all IDs (via url)",
                "oid": thing.oid,
                "oname": thing.name,
                "otype": thing.type,
                "jpos": f"{east} {'-' if thing.dec < 0 else '+'}{north}",
                "jradeg": thing.ra,
                "jdedeg": thing.dec,
                "refPos": "2020yCat.1350....0G",
                "z": thing.redshift,
                "nrefs": thing.references,
            }
    return None


@cache
def tns(survey: str, night: float = sky.NIGHT) -> Mapping[str, Row]:
    """The TNS by its names in small letters, with what it says of the survey's objects. Nulls are left out.

    ZTF: the columns of ztf/resolver/test.py, all text. LSST: `f:` (fink.md section 5).
    """
    rows: dict[str, Row] = {}
    if survey == "ztf":
        typed = {alert.object_id: alert for alert in sky.ztf(night) if alert.row.get("d:tns") not in (None, "", "None")}
        for number, (ident, alert) in enumerate(typed.items()):
            name = f"SN 2026{chr(97 + number // 26)}{chr(97 + number % 26)}x"
            rows[f"{name.lower()}_{ident.lower()}"] = {
                "d:fullname": name,
                "d:internalname": ident,
                "d:ra": str(alert.row["i:ra"]),
                "d:declination": str(alert.row["i:dec"]),
                "d:type": alert.row["d:tns"],
                "d:redshift": f"{0.01 + 0.007 * number:.3f}",
            }
        return rows
    for alert in sky.lsst(night):
        if (full := alert.row.get("f:xm_tns_fullname")) is not None:
            row = {
                "f:fullname": full,
                "f:internalname": f"LSST-AP-DO-{alert.object_id}",
                "f:ra": str(alert.row["r:ra"]),
                "f:declination": str(alert.row["r:dec"]),
            }
            if (kind := alert.row.get("f:xm_tns_type")) is not None:
                row |= {"f:type": kind, "f:redshift": str(alert.row["f:xm_tns_redshift"])}
            rows[f"{full.lower()[-1]}_{full.lower()}"] = row
    return rows


@cache
def rocks(survey: str, night: float = sky.NIGHT) -> tuple[Rock, ...]:
    """The Solar System objects of the survey's sky that SsODNet knows."""
    words = ("Aalto", "Brahe", "Cannon", "Delporte", "Esclangon", "Fleming", "Gautier", "Holwarda", "Innes", "Janssen")
    if survey == "ztf":
        names = sorted({alert.row["i:ssnamenr"] for alert in sky.ztf(night)} - {"null"})
        return tuple(Rock(f"Demo{words[n % 10].lower()}", int(name), (name,)) for n, name in enumerate(names))
    seen = sorted({alert.object_id for alert in sky.lsst(night) if alert.label == "Solar System"})
    return tuple(
        Rock(name, None, (packed(name),))
        if n % 2
        else Rock(f"Deep{words[n % 10].lower()}", 990_000 + n, (packed(name),))
        for n, name in enumerate(seen)
    )


def packed(designation: str) -> str:
    """A provisional designation in seven characters, as the Minor Planet Center packs it: `2007 ZA0` is K07Z00A."""
    year, letters = designation.split()
    cycle = int(letters[2:] or 0)
    return f"{'IJK'[int(year[:2]) - 18]}{year[2:]}{letters[0]}{cycle:02d}{letters[1]}"


def rock(survey: str, name: str, night: float = sky.NIGHT) -> Rock | None:
    """The object of a name, number or designation; blanks and case do not matter (quaero).

    Quaero knows what the survey never saw, too: such an object has no designation here, and so no alerts.
    """
    wanted = name.lower().replace(" ", "").replace("_", "")
    for other in (survey, "lsst" if survey == "ztf" else "ztf"):
        unpacked = {packed(a.object_id): a.object_id for a in sky.lsst(night) if a.label == "Solar System"}
        for thing in rocks(other, night):
            names = (thing.name, str(thing.number), *thing.designations, *map(unpacked.get, thing.designations))
            if wanted in {known.lower().replace(" ", "") for known in names if known}:
                return thing if other == survey else Rock(thing.name, thing.number, ())
    return None


@dataclass(frozen=True)
class Event:
    """A gravitational-wave event of GraceDB: a round credible region."""

    name: str
    mjd: float
    ra: float
    dec: float
    sigma: float
    """Degrees: the region of 90 % has a radius of 2.15 of these."""


def events(night: float = sky.NIGHT) -> Sequence[Event]:
    """The events that GraceDB knows: one in the crowded place of ZTF, one in that of LSST."""
    return (
        Event("S261114ab", night - 6, *sky.ZTF_CROWD, 8.0),
        Event("S261115cd", night - 5, *sky.LSST_CROWD, 8.0),
    )


def event(name: Any, night: float = sky.NIGHT) -> Event | None:
    """The event of a name."""
    return next((found for found in events(night) if found.name == name), None)
