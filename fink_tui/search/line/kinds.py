"""Each kind of search: the questions to Fink, what is looked for on this machine, and what is cut here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from fink_tui.search.api import names
from fink_tui.search.api.endpoints import ENDPOINTS, Endpoint, endpoint, question
from fink_tui.search.api.places import Place, write_radius
from fink_tui.search.api.times import mjd
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.meant import cone_words, cones, of_ids, survey_words
from fink_tui.search.line.said import Said
from fink_tui.search.line.understood import NOTHING, Understood, Wanted
from fink_tui.search.question import Question

LAST = 100
"""Alerts of a class or a tag that are asked for where nothing is said: the portals' own."""

LAST_OF_DATES = 1000
"""Those of each class, where alerts are looked for by their date alone."""

FIRST = "first detected (here: observed)"
"""What the dates of a cone search are those of: at Fink of the object's first detection, on this machine of each."""

CREDIBLE = "0.5"
"""The credible region of a gravitational wave that is searched where none is said: larger ones take the server long."""


def by_endpoint(said: Said, path: str, given: Mapping[str, str], rest: str) -> Understood:
    """A question to an endpoint by its own name: of each survey that has it with these arguments."""
    surveys = [one.survey for one in ENDPOINTS if one.path == path and one.survey in said.surveys]
    if not surveys:
        endpoint(said.surveys[0], path)  # which says who has it
    made: list[Question] = []
    errors: list[tuple[int, QuestionError]] = []
    for survey in surveys:
        try:
            ordered = _in_order(endpoint(survey, path), given, rest)
            made.append(question(survey, path, {**given, **ordered}, said.now))
        except QuestionError as error:
            known = {one.name for one in endpoint(survey, path).arguments}
            errors.append((len(set(given) - known) - bool(known), error))  # who takes anything knows better
    if not made:
        raise min(errors, key=lambda each: each[0])[1]
    about = ", ".join(f"{name} {value or 'all'}" for name, value in made[0].arguments)
    what = "the names of all tags" if path == "tags" and not about else endpoint(made[0].survey, path).words
    words = what + (f": {about}" if about else "")
    answered = tuple(one.survey for one in made)
    return Understood(questions=tuple(made), words=f"{words}, {survey_words(answered)}", surveys=answered)


def _in_order(found: Endpoint, given: Mapping[str, str], rest: str) -> dict[str, str]:
    """Words without a key, for the arguments that are still needed: one each, and all that remain for the last."""
    if not rest:
        return {}
    free = [one for one in found.arguments if one.name not in given]
    needed = [one.name for one in free if one.is_required] or [one.name for one in free[:1]]
    if not needed:
        raise QuestionError(f"{found.path} takes nothing more: leave {rest!r} away.")
    return dict(zip(needed, rest.split(maxsplit=len(needed) - 1), strict=False))


def anomalies(said: Said) -> Understood:
    """The newest alerts that Fink's search for anomalies (ZTF) has marked."""
    said.only("anomaly", {"class", "last", "after", "before", "window", "date"})
    said.need_survey("ztf", "anomalies")
    last = said.stop - timedelta(seconds=1) if said.stop else None  # all of the last day is in it
    days = {
        "start_date": f"{said.start:%Y-%m-%d}" if said.start else "",
        "stop_date": f"{last:%Y-%m-%d}" if last else "",
    }
    limit = said.last(LAST)
    asked = question("ztf", "anomaly", {"n": str(limit)} | days, said.now)
    return Understood(
        questions=(asked,),
        words=f"the newest {limit} anomalies{said.when('observed')}, ZTF",
        surveys=("ztf",),
        cut=replace(NOTHING, start=mjd(said.start) if said.start else None, stop=mjd(said.stop) if said.stop else None),
    )


def gravitational_wave(said: Said) -> Understood:
    """Alerts in the credible region of a gravitational wave's sky map."""
    said.only("gw", {"gw", "credible"})
    given = {"event_name": said.given["gw"], "credible_level": said.given.get("credible", CREDIBLE)}
    asked = tuple(question(survey, "skymap", given, said.now) for survey in said.surveys)
    return Understood(
        questions=asked,
        words=f"alerts in the {float(given['credible_level']):g} credible region of "
        f"{asked[0].given['event_name']}, {survey_words(said.surveys)}",
        surveys=said.surveys,
    )


def tracklet(said: Said, text: str) -> Understood:
    """A fast mover (ZTF), by its name or its night."""
    said.only("tracklet", {"tracklet"})
    said.need_survey("ztf", "tracklets")
    key = "id" if text.casefold().startswith("trck") else "date"
    asked = question("ztf", "tracklet", {key: text}, said.now)
    return Understood(questions=(asked,), words=f"tracklet {asked.given[key]}, ZTF", surveys=("ztf",))


def around_name(said: Said, name: str, radius: float, wanted: Wanted) -> Understood:
    """A name, to be resolved before Fink can be asked; the radius, arcsec, is that of the cone around it."""
    words = [f"the name {name}: what it is, or a cone of {write_radius(radius)} around it"]
    said.refuse("what is around a name", {"tag", "last", "limits"})
    surveys = said.surveys
    if wanted.label:
        said.need_survey("ztf", "classes")
        surveys = ("ztf",)
    cut = _cut(words, replace(NOTHING, label=wanted.label, trend=wanted.trend))
    return Understood(
        name=name,
        words=f"{', '.join(words)}{said.when(FIRST)}, {survey_words(surveys)}",
        surveys=surveys,
        radius=radius,
        wanted=wanted,
        cut=cut,
    )


def cone(said: Said, place: Place, radius: float, wanted: Wanted) -> Understood:
    """Objects around a place; the radius in arcsec. With a tag, alerts with it: the cone is cut here then."""
    words = [cone_words(place, radius)]
    surveys = said.surveys
    said.refuse("a cone", {"limits"})
    if wanted.tag:
        if wanted.label:
            raise QuestionError("No alert has a class and a tag: ZTF has classes, LSST tags. Leave one of them away.")
        said.need_survey("lsst", "tags")
        surveys, limit = ("lsst",), said.last(LAST_OF_DATES)
        asked: tuple[Question, ...] = (_tag(said, wanted.tag, limit),)
        words.append(f"of the newest {limit} with the tag {wanted.tag}")
        _cut(words, replace(NOTHING, trend=wanted.trend))
        cut = replace(NOTHING, ra=wanted.ra, dec=wanted.dec, radius=wanted.radius, trend=wanted.trend)
        words.append("the cone is cut here")
    else:
        if wanted.label:
            said.need_survey("ztf", "classes")
            surveys = ("ztf",)
        asked = cones(surveys, place, radius, wanted, said.now)
        cut = _cut(words, replace(NOTHING, label=wanted.label, trend=wanted.trend))
    limited = replace(wanted, limit=said.last(1)) if "last" in said.given and not wanted.tag else wanted
    cut = replace(cut, limit=limited.limit)
    if limited.limit:
        words.append(f"the nearest {limited.limit}")
    when = said.when("observed" if wanted.tag else FIRST)
    return Understood(
        questions=asked,
        words=f"{', '.join(words)}{when}, {survey_words(surveys)}",
        surveys=surveys,
        radius=radius,
        wanted=limited,
        cut=cut,
    )


def _cut(words: list[str], cut: Wanted) -> Wanted:
    """Say what Fink's API cannot combine, and is cut from its answer here."""
    if cut.label:
        words.append(f"class {cut.label} (cut here: Fink cannot combine it)")
    if cut.trend:
        words.append(f"{cut.trend} (cut here: Fink cannot combine it)")
    return cut


def objects(said: Said, ids: list[str], wanted: Wanted) -> Understood:
    """All alerts of objects, by their identifiers."""
    said.refuse("an object", {"tag"})
    limits = said.given.get("limits", "no").casefold() in ("yes", "true", "1", "on")
    asked = of_ids(ids, said.surveys, said.now, limits=limits)
    words = [f"object{'s' if len(ids) > 1 else ''} {', '.join(ids)}"]
    if limits:
        words.append("with upper limits")
    cut = replace(NOTHING, start=wanted.start, stop=wanted.stop, label=wanted.label, trend=wanted.trend)
    _cut(words, replace(cut, start=None, stop=None))
    limit = said.last(1) if "last" in said.given else None
    if limit:
        words.append(f"the newest {limit} alerts")
    return Understood(
        questions=asked,
        words=f"{', '.join(words)}{said.when('observed')}, {survey_words(q.survey for q in asked)}",
        surveys=tuple(dict.fromkeys(q.survey for q in asked)),
        wanted=replace(wanted, limit=limit),
        cut=replace(cut, limit=limit),
    )


def solar_system(said: Said, sso: str, wanted: Wanted) -> Understood:
    """All alerts of a Solar System object, by its number or designation."""
    said.refuse("a Solar System object", {"class", "tag", "limits"})
    asked = tuple(question(survey, "sso", {"n_or_d": sso}, said.now) for survey in said.surveys)
    words = [f"Solar System object {asked[0].given['n_or_d']}"]
    limit = said.last(1) if "last" in said.given else None
    cut = replace(NOTHING, start=wanted.start, stop=wanted.stop, trend=wanted.trend, limit=limit)
    _cut(words, replace(NOTHING, trend=wanted.trend))
    return Understood(
        questions=asked,
        words=f"{', '.join(words)}{said.when('observed')}, {survey_words(said.surveys)}",
        surveys=said.surveys,
        wanted=replace(wanted, sso=asked[0].given["n_or_d"], limit=limit),
        cut=cut,
    )


def latest(said: Said, wanted: Wanted) -> Understood:
    """The newest alerts of a class (ZTF) or with a tag (LSST)."""
    said.refuse("a class", {"limits"})
    limit = said.last(LAST)
    asked: list[Question] = []
    words: list[str] = []
    cut = NOTHING
    if wanted.label:
        said.need_survey("ztf", "classes; LSST has tags")
        asked.append(_latest(said, wanted.label, limit, wanted.trend))
        words.append(
            f"the newest {limit} of the class {wanted.label}"
            + (f", those {_doing(wanted.trend)}" if wanted.trend else "")
        )
    if wanted.tag:
        said.need_survey("lsst", "tags; ZTF has classes")
        if wanted.trend.endswith("low_state"):
            raise QuestionError(f"The trend {wanted.trend} exists for the class {names.BLAZAR_LOW} of ZTF only.")
        asked.append(_tag(said, wanted.tag, limit))
        words.append(f"the newest {limit} with the tag {wanted.tag}")
        if wanted.trend:
            cut = replace(NOTHING, trend=wanted.trend)
            if not wanted.label:
                _cut(words, cut)
    surveys = tuple(q.survey for q in asked)
    return Understood(
        questions=tuple(asked),
        words=f"{', '.join(words)}{said.when('observed')}, {survey_words(surveys)}",
        surveys=surveys,
        wanted=replace(wanted, limit=limit),
        cut=cut,
    )


def of_dates(said: Said, wanted: Wanted) -> Understood:
    """Alerts of a time: Fink keeps no such list, so each of its own classes and tags is asked for."""
    said.refuse("a date alone", {"limits"})
    limit = said.last(LAST_OF_DATES)
    asked: list[Question] = []
    if "ztf" in said.surveys:
        asked += [_latest(said, one, limit, wanted.trend) for one in names.FINK_CLASSES]
    if "lsst" in said.surveys:
        asked += [_tag(said, one, limit) for one in names.TAGS]
    what = {"ztf": "each of Fink's own classes", "lsst": "each tag"}
    words = " and ".join(what[survey] for survey in said.surveys)
    return Understood(
        questions=tuple(asked),
        words=f"alerts{said.when('observed').removeprefix(',')}: the newest {limit} of {words}"
        + (f", those {_doing(wanted.trend)}" if wanted.trend else "")
        + f", {survey_words(said.surveys)}",
        surveys=said.surveys,
        wanted=wanted,
        cut=replace(NOTHING, trend=wanted.trend),
    )


def _latest(said: Said, label: str, limit: int, trend: str) -> Question:
    given = {"class": label, "n": str(limit), "trend": trend} | said.dated()
    return question("ztf", "latests", given, said.now)


def _tag(said: Said, tag: str, limit: int) -> Question:
    return question("lsst", "tags", {"tag": tag, "n": str(limit)} | said.dated(), said.now)


def _doing(trend: str) -> str:
    return trend if trend in ("rising", "fading") else f"in {trend}"
