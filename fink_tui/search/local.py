"""What this machine has of what is searched, and what it cuts from Fink's answers: see `understood.Wanted`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from fink_tui.alerts import simbad
from fink_tui.search.line.understood import NOTHING, Wanted
from fink_tui.search.question import Question
from fink_tui.store.database import Database
from fink_tui.store.sought import TRENDS, Sought, fitting, seek

MOST = 10_000
"""Alerts of this machine that a search gives where nothing else limits it."""

TNS, SIMBAD = "(TNS) ", "(SIMBAD) "
"""How Fink writes classes that are not its own."""


def ids(database: Database, wanted: Wanted, surveys: Sequence[str]) -> Sequence[int]:
    """The alerts of this machine that are wanted, in the order of a search.

    Args:
        database: The store's.
        wanted: Which. Where it wants nothing in particular there are none.
        surveys: Whose.

    Raises:
        StoreError: The store cannot be read.
    """
    if wanted in (NOTHING, Wanted(limit=wanted.limit)) or wanted.trend not in ("", *TRENDS):
        return array("q")
    found = array("q")
    for survey in _surveys(surveys):
        found += seek(database, sought(wanted, survey))
    return found


def cut(database: Database, ids: Sequence[int], wanted: Wanted) -> Sequence[int]:
    """Those of the alerts that Fink gave that are wanted: it cannot combine all that a line can.

    Args:
        database: The store's.
        ids: The alerts, by their ids in the store.
        wanted: What they must be besides; its cone and its limit are seen to by the list of what was found.

    Raises:
        StoreError: The store cannot be read.
    """
    if not cuts(wanted):
        return ids
    fit = fitting(database, sought(wanted, ""), ids)
    return [one for one in ids if one in fit]


def cuts(wanted: Wanted) -> bool:
    """Whether any of the alerts that Fink gave may not be wanted; their place counts for nothing."""
    is_named = wanted.object_ids or wanted.label or wanted.sso
    return bool(is_named or wanted.start or wanted.stop or wanted.trend in TRENDS)


def untold(wanted: Wanted, question: Question) -> str:
    """What is to be said where an answer does not tell what it is cut by: a sentence, "" where it does.

    Args:
        wanted: What an answer is cut to.
        question: What Fink was asked.
    """
    is_table = question.path == "conesearch"
    what = []
    if wanted.trend in TRENDS and (is_table or question.survey == "lsst"):
        what.append("what rises or fades")
    if wanted.label.startswith(TNS) and is_table:
        what.append("the TNS's classes")
    told = " and ".join(what)
    return f"This answer does not tell {told}: of its alerts those are left of which it is known here." if what else ""


def sought(wanted: Wanted, survey: str) -> Sought:
    """What the store looks for.

    Args:
        wanted: What is wanted.
        survey: Whose alerts; blank: any.
    """
    label = wanted.label
    sso = [name.strip() for name in wanted.sso.split(",") if name.strip()]
    return Sought(
        object_ids=wanted.object_ids,
        cone=wanted.cone,
        start=wanted.start,
        stop=wanted.stop,
        survey=survey,
        labels=(label,) if label and not label.startswith((TNS, SIMBAD)) else (),
        tns_types=(label.removeprefix(TNS),) if label.startswith(TNS) else (),
        simbad_types=_spellings(label.removeprefix(SIMBAD)) if label.startswith(SIMBAD) else (),
        topics=(f"fink_{wanted.tag}_lsst",) if wanted.tag else (),
        trend=wanted.trend if wanted.trend in TRENDS else "",
        sso_names=tuple(dict.fromkeys(spelling for name in sso for spelling in (name, name.replace(" ", "")))),
        once=wanted.cone is not None,
        n=wanted.limit or MOST,
    )


def _surveys(surveys: Sequence[str]) -> Sequence[str]:
    """Whose alerts are looked for: both surveys' are those of all, multi-messenger ones, too."""
    return ("",) if {"ztf", "lsst"} <= set(surveys) else surveys


def _spellings(label: str) -> tuple[str, ...]:
    """The ways in which ZTF's alerts write a type of SIMBAD's: the old and the new."""
    meant = simbad.meaning(label)
    others = (one for one in simbad.labels() if one != label and simbad.meaning(one) == meant)
    return label, *sorted(others)
