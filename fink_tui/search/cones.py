"""Cone searches that are complete, and the knowledge of where they may not be.

How Fink's server answers one (fink-object-api: apps/routes/v1/{ztf,lsst}/conesearch/utils.py; Lomikel: HBaseClient
`scan`): it reads, of each HEALPix pixel that the cone touches (nside 128, 27', for ZTF; nside 1024, 3.4', for LSST),
the first `n` rows of its table, in the order of their keys: pixel, time of the first detection, object. Only then does
it drop what is outside the cone, and keep one row an object. So a pixel with more than `n` rows loses the objects
*first detected last*, wherever in it they are. Neither the number of rows in an answer nor a smaller radius tells of
it: a cone of 5" that comes back empty may lie in a pixel of which not one row near it was read. (At nside 128 LSST's
deep fields had 20,000 objects a pixel in February 2026, fink-broker issue 1134; `n` is 1000 unless given.)

What is done about it:

- `n` is `PER_PIXEL`, a million, which no pixel holds: 64 times fewer than those 20,000 at nside 1024; and for ZTF a
  million would be a tenth of an alert for each square arcsecond. It costs the server nothing where rows are fewer. It
  is not larger, for the scan multiplies it by the number of columns, in 32 bits.
- That the server heeds it cannot be seen, so for ZTF there is a witness: the same cone, first detected in the last
  month. With a `startdate` the scan itself is bounded in time, to a hundredth of the rows. Whatever is cut, the newest
  are, and this brings them back; and where it has an object that the whole answer lacks, the whole was cut. Then the
  time is halved, again and again, until a half brings nothing that its whole lacked; the answers are merged. An object
  cut from the *middle* of a pixel whose cone has nothing newer can still be missed by this, but only on a server that
  does not do as its source says.
- LSST's dates are applied after the scan, so no window helps there, nor is there such a witness.
- What the server does not finish in its 120 seconds is asked in smaller pieces: ZTF by halves of the time; LSST, whose
  time goes with the number of pixels, by seven cones of half the radius, which cover the first. After `MOST_PIECES`
  requests it ends, and says what is missing.

The dates of a cone search are those of the first detection. ZTF's server ignores a `stopdate` without `startdate`.
LSST's compares a `stopdate`, and the end of a `window`, with the *newest* source of an object instead: whatever was
seen again since would be missing. So it is not told when to end: its answer is cut here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from fink_tui.search.api.times import iso, mjd, moment
from fink_tui.search.question import Question
from fink_tui.sky.coordinates import Cone, offset

PER_PIXEL = 1_000_000
"""Rows that the server may read of each pixel."""

WITNESS_DAYS = 30
"""Days before now of which the newest first detections are asked for on their own."""

BEGIN = datetime(2017, 10, 1, tzinfo=UTC)
"""Before ZTF's first light: no first detection is earlier."""

MOST_PIECES = 48
"""Requests that one cone search may become."""

SHORTEST = timedelta(days=2)
"""A time is not halved below this."""

SMALLEST = 200.0
"""A radius is not halved below this, arcseconds: a pixel is as large."""

MARGIN = 1.01
"""What seven cones are larger than they need be: the sky is not flat."""

LSST_COLUMNS = (
    *("r:diaObjectId", "r:diaSourceId", "r:ssObjectId", "r:designation", "r:ra", "r:raErr", "r:dec", "r:decErr"),
    *("r:midpointMjdTai", "r:band", "r:visit", "r:detector", "r:psfFlux", "r:psfFluxErr", "r:scienceFlux"),
    *("r:scienceFluxErr", "r:templateFlux", "r:templateFluxErr", "r:snr", "r:reliability", "r:extendedness"),
    *("r:isNegative", "r:isDipole", "r:glint_trail", "r:pixelFlags", "r:nDiaSources", "r:firstDiaSourceMjdTai"),
    *("r:lastDiaSourceMjdTai", "r:observation_reason", "r:target_name", "f:firstDiaSourceMjdTaiFink"),
    *("f:is_sso", "f:is_first", "f:is_cataloged", "f:main_label_crossmatch", "f:main_label_classifier"),
    *("f:clf_cats_class", "f:clf_cats_score", "f:clf_earlySNIa_score", "f:clf_snnSnVsOthers_score"),
    *("f:clf_slsn_score", "f:xm_simbad_otype", "f:xm_tns_fullname", "f:xm_tns_type", "f:xm_tns_redshift"),
    *("f:xm_gaiadr3_DR3Name", "f:xm_gaiadr3_Plx", "f:xm_gaiadr3_e_Plx", "f:xm_gaiadr3_VarFlag", "f:xm_vsx_Type"),
    *("f:xm_gcvs_type", "f:xm_spicy_class", "f:xm_x3hsp_type", "f:xm_x4lac_type", "f:xm_legacydr8_zphot"),
    *("f:xm_legacydr8_e_zphot", "f:xm_legacydr8_pstar", "f:xm_mangrove_HyperLEDA_name", "f:xm_mangrove_2MASS_name"),
    *("f:xm_mangrove_lum_dist",),
)
"""What is asked for of LSST, whose cone search gives five columns by itself."""

ZTF_COLUMNS = (
    *("i:objectId", "i:candid", "i:jd", "i:ra", "i:dec", "i:fid", "i:magpsf", "i:sigmapsf", "i:distnr", "i:drb"),
    *("i:jdstarthist", "d:cdsxmatch", "d:classification", "d:nalerthist"),
)
"""The columns of ZTF's table: it gives all by itself, and these are added to those that are asked for."""


def cone_of(question: Question) -> Cone | None:
    """The cone that a question asks for; None where it asks for none, or its place is not in degrees."""
    if question.path != "conesearch":
        return None
    given = question.given
    try:
        return Cone(float(given["ra"]), float(given["dec"]), float(given["radius"]) / 3600)
    except (KeyError, ValueError):
        return None


def middle(wanted: Cone | None, questions: Iterable[Question]) -> tuple[float, float] | None:
    """The place around which a search looks, right ascension and declination, degrees; None where it is not one.

    An object whose name was resolved is such a place, too, where it is asked for itself in one survey, and what else
    saw it in the other.

    Args:
        wanted: The cone that was asked for; None where there was none.
        questions: What Fink is asked, also of a name that was resolved meanwhile.
    """
    found = [wanted] if wanted is not None else [cone for one in questions if (cone := cone_of(one)) is not None]
    places = {(cone.ra, cone.dec) for cone in found}
    return places.pop() if len(places) == 1 else None


def whole(question: Question) -> Question:
    """A cone search asked so that nothing is cut, unless who asks set `n` himself."""
    given = question.given
    changes: dict[str, object] = {}
    if "n" not in given:
        changes["n"] = PER_PIXEL
    if question.survey == "lsst":
        if "kind" not in given:
            changes |= {"stopdate": None, "window": None}  # see above: they would lose what was seen again since
        asked = [name.strip() for name in given.get("columns", "").split(",") if name.strip()]
        changes["columns"] = ",".join(dict.fromkeys((*asked, *LSST_COLUMNS)))
    elif "columns" in given:
        asked = [name.strip() for name in given["columns"].split(",")]
        changes["columns"] = ",".join(dict.fromkeys((*asked, *ZTF_COLUMNS)))
    return with_start(question.but(**changes))


def with_start(question: Question) -> Question:
    """A cone search that ends at the time that it says: ZTF's server ignores that where it has no beginning."""
    if question.survey == "ztf" and "stopdate" in question.given and "startdate" not in question.given:
        return question.but(startdate=iso(BEGIN))
    return question


def witness(question: Question, now: datetime) -> Question | None:
    """The question whose answer shows that the whole one was cut; None where there is none.

    Args:
        question: A cone search, by `whole`.
        now: The time, UTC.
    """
    if question.survey != "ztf" or "n" not in question.given:
        return None
    start, stop = _times(question, now)
    begin = stop - timedelta(days=WITNESS_DAYS)
    if begin - start < timedelta(days=2 * WITNESS_DAYS):
        return None
    return _between(question, begin, stop, now)


def pieces(question: Question, now: datetime) -> list[Question]:
    """Smaller questions whose answers together hold that of a larger one; none where it cannot be made smaller.

    Args:
        question: A cone search, by `whole`.
        now: The time, UTC.
    """
    if question.survey == "ztf":
        start, stop = _times(question, now)
        if stop - start < 2 * SHORTEST:
            return []
        middle = _midnight(start + (stop - start) / 2)
        # The newer half first: it is what one waits for.
        return [_between(question, middle, stop, now), _between(question, start, middle, now)]
    cone = cone_of(question)
    if cone is None or cone.radius * 3600 < 2 * SMALLEST:
        return []
    places = [(cone.ra, cone.dec)]
    places += [offset(cone.ra, cone.dec, angle, cone.radius * math.sqrt(3) / 2) for angle in range(0, 360, 60)]
    radius = f"{cone.radius * 3600 / 2 * MARGIN:.3f}"
    return [question.but(ra=f"{ra:.7f}", dec=f"{dec:.7f}", radius=radius) for ra, dec in places]


def described(question: Question, now: datetime) -> str:
    """What a piece asks for, where it is told that it is missing."""
    if question.survey == "ztf":
        start, stop = _times(question, now)
        return f"first detected {start:%Y-%m-%d} to {stop:%Y-%m-%d}"
    cone = cone_of(question)
    assert cone is not None
    return f"within {cone.radius * 60:.1f}' of {cone.ra:.4f} {cone.dec:+.4f}"


def first_seen(question: Question, now: datetime) -> tuple[float, float] | None:
    """When the objects of an answer are to be first detected, MJD UTC, where that is not left to the server.

    Args:
        question: A cone search, as it was asked for.
        now: The time, UTC.
    """
    given = question.given
    if question.survey != "lsst" or "kind" in given or not {"startdate", "stopdate"} & set(given):
        return None
    start, stop = _times(question, now)
    return mjd(start), mjd(stop)


def _between(question: Question, start: datetime, stop: datetime, now: datetime) -> Question:
    """The same of a part of the time. A stop that has not come yet is left out, so that the key stays the same."""
    end = None if stop > now else iso(stop)
    return question.but(startdate=iso(start), stopdate=end, window=None)


def _times(question: Question, now: datetime) -> tuple[datetime, datetime]:
    """The time that a question asks for; its end is the midnight to come where it has none."""
    given = question.given
    start = moment(given["startdate"], now) if "startdate" in given else BEGIN
    to_come = _midnight(now) + timedelta(days=1)
    stop = moment(given["stopdate"], now) if "stopdate" in given else None
    if stop is None and "startdate" in given and "window" in given:
        stop = start + timedelta(days=float(given["window"]))
    return start, min(stop or to_come, to_come)


def _midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)
