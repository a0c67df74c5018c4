"""What is said of a search: how far each question is, from where an answer is and how fresh, and what is missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from enum import IntEnum

from rich.cells import cell_len
from rich.text import Text

from fink_tui.alerts.survey import survey_named
from fink_tui.alerts.text import ago, bytes_size, clean, count
from fink_tui.search.outcome import Outcome, Part, State
from fink_tui.search.tonight import WITHOUT_TONIGHT, may_be_of_tonight

LINES, FEW_LINES = 5, 3
"""Lines that all of it may take at most, on a tall screen and on another."""

STOPS = " · Esc stops"
"""What is said of a search that goes on, where there is room."""

CUT = " …"
"""Ends what does not fit."""

AROUND = 30
"""Arcseconds around an alert within which its neighbours are sought."""


LARGER = {"r=1m": 60.0, "r=0.5d": 1800.0, "r=5d": 18000.0}
"""Radii that are tried where a smaller one has nothing, arcsec."""


class Form(IntEnum):
    """How much is said of a question: the first that there is room for."""

    LONG = 0
    SHORT = 1
    SHORTEST = 2


def order(outcome: Outcome) -> str:
    """The order in which a search gives its alerts, in words."""
    return "nearest first" if outcome.is_nearest_first else "newest first"


def cone_line(ra: float, dec: float) -> str:
    """The line that searches around a place; its radius stands at the end, where it is changed with a few keys.

    Args:
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    return f"{ra:.5f} {dec:+.5f} r={AROUND}s"


def said(outcome: Outcome, asked_at: float, now: float, width: int, *, most: int = LINES) -> Text:
    """All that is said of a search: a line of how far it is, and what is wrong or missing below it.

    Args:
        outcome: What has come of it.
        asked_at: When it was asked, Unix seconds.
        now: The time, Unix seconds.
        width: Cells of a line.
        most: Lines there may be.
    """
    for form in Form:
        line = _standing(outcome, asked_at, now, form)
        if cell_len(line.plain) <= width:
            break
    is_asking = any(part.state in (State.ASKING, State.TAKING) for part in outcome.parts)
    if is_asking and not outcome.is_over and cell_len(line.plain) + cell_len(STOPS) <= width:
        line.append(STOPS, "dim")
    line.truncate(width, overflow="ellipsis")
    for row in _wrapped(troubles(outcome), width, max(1, most - 1)):
        line.append("\n").append_text(row)
    return line


def _wrapped(sentences: Sequence[tuple[str, bool]], width: int, most: int) -> Iterator[Text]:
    """Sentences as lines, each in its own colour; what does not fit is cut, and says so."""
    whole = Text(" ").join(Text(words, "bold red" if is_bad else "yellow") for words, is_bad in sentences)
    at = 0
    for row in textwrap.wrap(whole.plain, width, max_lines=most, placeholder=CUT):
        words = row.removesuffix(CUT)
        at = whole.plain.index(words, at)
        yield whole[at : at + len(words)] + Text(row[len(words) :])
        at += len(words)


def _standing(outcome: Outcome, asked_at: float, now: float, form: Form) -> Text:
    line = Text(no_wrap=True, end="")
    by_survey: dict[str, list[Part]] = {}
    for part in outcome.parts:
        by_survey.setdefault(part.question.survey, []).append(part)
    for survey, parts in by_survey.items():
        words, style = _of_survey(survey, parts, asked_at, now, form)
        line.append(" · " if line else "").append(f"{survey_named(survey).title}: ", "bold").append(words, style)
    if not outcome.parts and not outcome.is_over:
        line.append("looking through what is kept here …")
    has_table = any(part.table is not None for part in outcome.parts)
    if outcome.local or outcome.earlier or (not has_table and (outcome.parts or outcome.is_over)):
        line.append(" · " if line else "").append("here: ", "bold").append(count(outcome.local) or "0")
        if outcome.earlier:
            line.append(f", {count(outcome.earlier)}{' earlier' if form is Form.SHORTEST else ' from earlier answers'}")
    return line


def _of_survey(survey: str, parts: Sequence[Part], asked_at: float, now: float, form: Form) -> tuple[str, str]:
    """How far the questions to one survey are: words and a style."""
    open_parts = [part for part in parts if part.state in (State.ASKING, State.TAKING)]
    rows = sum(part.rows for part in parts)
    if open_parts:
        return _waiting(parts, open_parts, rows, asked_at, now), "yellow"
    if all(part.state is State.FAILED for part in parts):
        return (f"failed, {count(rows)} came" if rows else "failed"), "bold red"
    fetched = [part.fetched_at for part in parts if part.fetched_at is not None]
    tables = [part.table for part in parts if part.table is not None]
    if all(is_stopped(part) for part in parts):
        return (f"stopped, {count(rows)} came" if rows else "stopped"), "yellow"
    if tables:
        words = "answered"
    elif rows:
        words = f"{count(rows)} found" if form is Form.LONG else count(rows)
        if any(part.fitting is not None for part in parts):  # the list has only those
            fitting = sum(part.rows if part.fitting is None else part.fitting for part in parts)
            words += f", {count(fitting) or '0'} fit" if fitting < rows else ""
    else:
        words = "nothing found" if form is Form.LONG else "none"
    if any(part.state is State.FAILED for part in parts):
        words += ", not all of it"
    if fetched:
        then = ago(now - min(fetched))
        words += f", {then}" if form is Form.SHORTEST else f", asked {then}"
        if form is Form.LONG and any(part.is_cached for part in parts) and then != "just now":
            words += ", kept here"
    if not tables and any(may_be_of_tonight(part.question, now) for part in parts):
        words += ", not tonight's" if form is Form.SHORTEST else ", without tonight's"
    style = "" if all(part.is_complete and part.state is State.ANSWERED for part in parts) else "yellow"
    return words, style


def is_stopped(part: Part) -> bool:
    """Whether the observer no longer wanted an answer before it was there."""
    return part.state is State.ANSWERED and part.fetched_at is None


def _waiting(parts: Sequence[Part], open_parts: Sequence[Part], rows: int, asked_at: float, now: float) -> str:
    """How far questions are that are not all answered."""
    done = f"{len(parts) - len(open_parts)} of {len(parts)} answered, " if len(parts) > 1 else ""
    taking = [part for part in open_parts if part.state is State.TAKING]
    received = sum(part.received for part in open_parts)
    if taking:
        total = sum(part.total or part.rows for part in parts)
        return f"{done}taking in {count(rows)} of {count(total)} …"
    what = bytes_size(received) if received else "asking"
    return f"{done}{what}, {max(0.0, now - asked_at):.0f} s …"


def troubles(outcome: Outcome) -> list[tuple[str, bool]]:
    """What is wrong or missing, in sentences, each with whether something failed; every sentence once."""
    found: dict[str, bool] = {}
    if words := outcome.words.replace(WITHOUT_TONIGHT, "").strip():  # the line above says so
        found[clean(words, 600)] = False
    for part in outcome.parts:
        is_bad = part.state is State.FAILED
        if part.words:
            sentence = clean(part.words, 600)
        elif is_bad:
            sentence = "The question has no answer; R asks again."
        elif not part.is_complete:
            sentence = "Fink may have more than this."
        else:
            continue
        title = survey_named(part.question.survey).title
        if title not in sentence:
            sentence = f"{title}: {sentence}"
        found[sentence] = is_bad or found.get(sentence, False)
    return list(found.items())


def _radius(part: Part) -> float:
    """The radius of a cone, arcsec; 0 where there is none."""
    try:
        return float(part.question.given.get("radius", 0))
    except ValueError:
        return 0.0


def nothing(outcome: Outcome, now: float) -> str:
    """What is said where no alert was found, and what to try."""
    if not outcome.is_over:
        return "Nothing of it is kept here. Fink is being asked: what it answers comes as it arrives. Esc stops that."
    failed = [part for part in outcome.parts if part.state is State.FAILED]
    answered = [part for part in outcome.parts if part.state is State.ANSWERED and not is_stopped(part)]
    if not outcome.parts:
        return "Nothing found among what is kept here."
    if not failed and not answered:
        return "Nothing of it is kept here, and you stopped asking Fink. R asks again."
    if failed and not answered:
        return "Nothing of it is kept here, and Fink gave no answer: the line above says why. R asks again."
    titles = " and ".join(dict.fromkeys(survey_named(part.question.survey).title for part in answered))
    if any(part.rows for part in answered):
        words = "Nothing found: of what Fink gave, nothing is all that was asked for."
    else:
        words = f"Nothing found: neither here nor in Fink's database of {titles}."
    if failed:
        words += " Not all of it was answered: the line above says why. R asks again."
    paths, given = {part.question.path for part in answered}, [part.question.given for part in answered]
    if "conesearch" in paths:
        radius = max(_radius(part) for part in answered)
        if larger := [text for text, size in LARGER.items() if size > radius]:
            words += f" A larger radius may have more: {', '.join(larger[:2])}."
    if any("startdate" in one or "start_date" in one for one in given):
        words += " Another time may have more: after=2026-01-01, window=30."
    if not paths.isdisjoint({"objects", "sources"}):
        words += " Is the name right? ZTF's are like ZTF21abfmbix, LSST's have 18 digits."
    if any(may_be_of_tonight(part.question, now) for part in answered):
        words += " Tonight's alerts of ZTF are in Fink's database tomorrow morning: until then in the stream alone."
    return words
