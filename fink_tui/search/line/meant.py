"""What Fink is asked once it is known where, or for which objects: by a line, or by what a name turned out to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from fink_tui.search.api.endpoints import SURVEYS, question
from fink_tui.search.api.places import Place, parse_dec, parse_ra, write_place, write_radius
from fink_tui.search.api.times import from_mjd, iso
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.understood import Understood, Wanted
from fink_tui.search.question import Question


def around(understood: Understood, ra: float, dec: float, now: datetime) -> Understood:
    """What to ask once a name is known to be a place.

    Args:
        understood: With the name.
        ra: The place's right ascension, degrees.
        dec: Its declination, degrees.
        now: The present, with its zone.

    Raises:
        QuestionError: There is no such place.
    """
    place = Place(parse_ra(f"{ra:.10f}"), parse_dec(f"{dec:.10f}"))
    cone = replace(understood.wanted, ra=place.ra, dec=place.dec, radius=understood.radius / 3600, limit=None)
    return replace(
        understood,
        questions=cones(understood.surveys, place, understood.radius, cone, now),
        name="",
        wanted=cone,
        cut=replace(understood.cut, label=cone.label, trend=cone.trend),
        words=f"{understood.words}: {cone_words(place, understood.radius)}",
    )


def objects(understood: Understood, ids: Sequence[str], now: datetime) -> Understood:
    """What to ask once a name is known to be that of objects of the surveys.

    Args:
        understood: With the name.
        ids: ZTF's or LSST's identifiers.
        now: The present, with its zone.

    Raises:
        QuestionError: They are none.
    """
    found = replace(understood.wanted, object_ids=tuple(ids))
    return replace(
        understood,
        questions=of_ids(ids, understood.surveys, now, limits=False),
        name="",
        wanted=found,
        cut=replace(understood.cut, start=found.start, stop=found.stop, label=found.label, trend=found.trend),
        words=f"{understood.words}: {', '.join(ids)}",
    )


def solar_system(understood: Understood, sso: str, now: datetime) -> Understood:
    """What to ask once a name is known to be that of a Solar System object.

    Args:
        understood: With the name.
        sso: Its number or designation.
        now: The present, with its zone.
    """
    found = replace(understood.wanted, sso=sso)
    return replace(
        understood,
        questions=tuple(question(survey, "sso", {"n_or_d": sso}, now) for survey in understood.surveys),
        name="",
        wanted=found,
        cut=replace(understood.cut, start=found.start, stop=found.stop, label="", trend=found.trend),
        words=f"{understood.words}: Solar System object {sso}",
    )


def cones(surveys: Sequence[str], place: Place, radius: float, wanted: Wanted, now: datetime) -> tuple[Question, ...]:
    """A cone search of each survey, of the dates that are wanted.

    Args:
        surveys: Whose objects.
        place: The middle.
        radius: Arcsec.
        wanted: With the dates.
        now: The present, with its zone.
    """
    given = {"ra": f"{place.ra:.8f}", "dec": f"{place.dec:.8f}", "radius": f"{radius:.10g}"}
    given |= {"startdate": _iso(wanted.start), "stopdate": _iso(wanted.stop)}
    return tuple(question(survey, "conesearch", given, now) for survey in surveys)


def of_ids(ids: Sequence[str], surveys: Sequence[str], now: datetime, *, limits: bool) -> tuple[Question, ...]:
    """The alerts of objects, by the survey of each.

    Args:
        ids: Their names.
        surveys: Whose may be asked.
        now: The present, with its zone.
        limits: Whether ZTF's upper limits are wanted, too.

    Raises:
        QuestionError: An object is of another survey.
    """
    ztf, rubin = [one for one in ids if not one.isdecimal()], [one for one in ids if one.isdecimal()]
    asked = []
    if ztf:
        if "ztf" not in surveys:
            raise QuestionError(f"{ztf[0]} is an object of ZTF. Leave survey=lsst away.")
        asked.append(
            question("ztf", "objects", {"objectId": ",".join(ztf), "withupperlim": "true" if limits else ""}, now)
        )
    if rubin:
        if "lsst" not in surveys:
            raise QuestionError(f"{rubin[0]} is an object of LSST. Leave survey=ztf away.")
        asked.append(question("lsst", "sources", {"diaObjectId": ",".join(rubin)}, now))
    return tuple(asked)


def _iso(time: float | None) -> str:
    return iso(from_mjd(time)) if time is not None else ""


def cone_words(place: Place, radius: float) -> str:
    """A cone in words; the radius in arcsec."""
    return f"cone of {write_radius(radius)} around {write_place(*place)}"


def survey_words(surveys: Iterable[str]) -> str:
    """Surveys as they are written: `ZTF and LSST`."""
    return " and ".join(SURVEYS[one] for one in dict.fromkeys(surveys))
