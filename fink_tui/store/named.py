"""Objects kept, by any name that an alert gives them: the survey's, the TNS's, that of a Solar System object."""

from __future__ import annotations

import re
from contextlib import closing
from typing import NamedTuple

from fink_tui.store.database import Database

MOST = 20
"""Objects that one name may mean."""

_YEAR_AND_LETTERS = re.compile(r"(?:AT|SN)?\s*((?:19|20)\d\d)\s*([A-Za-z]{1,5}\d*)", re.IGNORECASE)


class Named(NamedTuple):
    """An object, by its newest alert."""

    survey: str
    object_id: str
    tns_name: str | None
    tns_type: str | None
    tns_redshift: float | None
    sso_name: str | None
    ra: float
    """Degrees."""
    dec: float
    """Degrees."""


def named(database: Database, name: str) -> list[Named]:
    """The objects that have a name, whatever its capitals and blanks.

    Args:
        database: The store's.
        name: A survey's, the TNS's with or without AT or SN, a number or designation of the Solar System.
    """
    spellings = _spellings(" ".join(name.split()))
    marks = ",".join("?" * len(spellings))
    columns = ", ".join(Named._fields)
    found: dict[str, Named] = {}
    with closing(database.reader()) as connection:
        for where in (f"object_id IN ({marks})", f"tns_name IN ({marks}) OR sso_name IN ({marks})"):
            values = spellings * where.count("IN")
            rows = connection.execute(
                f"SELECT {columns}, max(obs_mjd) FROM alert WHERE {where} GROUP BY object_id, survey = 'mma' "
                f"ORDER BY survey = 'mma', max(obs_mjd) DESC LIMIT {MOST}",
                values,
            )
            for row in rows:
                one = Named(*row[:-1])
                found.setdefault(one.object_id, one)
            if found:
                break
    return list(found.values())


def _spellings(name: str) -> list[str]:
    """The ways in which surveys and brokers write a name: so an index serves, and no row is rewritten to compare it."""
    plain = name.replace(" ", "")
    found = [name, plain, plain.upper()]
    if plain[:3].upper() == "ZTF":
        found.append(f"ZTF{plain[3:].lower()}")
    match = _YEAR_AND_LETTERS.fullmatch(name)
    if match is not None:
        year, letters = match[1], match[2]
        for prefix in ("AT", "SN"):
            found += [f"{prefix} {year}{letters.lower()}", f"{prefix}{year}{letters.lower()}"]
        found += [f"{year} {letters.upper()}", f"{year}{letters.upper()}", f"{year}{letters.lower()}"]
    return list(dict.fromkeys(found))
