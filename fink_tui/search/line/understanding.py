"""One line does it: what was typed is an identifier, a place, a class, a name, or several of them together.

The grammar is the one of the portals' search bars (lsst.fink-portal.org and its ZTF elder, `apps/parse.py`), and more:
`key=value` anywhere, places in every spelling, an endpoint's own name before its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fink_tui.search.api import names
from fink_tui.search.api.arguments import ztf_id
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS, Endpoint, endpoint, question
from fink_tui.search.api.places import RADIUS, Place, parse_dec, parse_place, parse_ra, parse_radius, write_radius
from fink_tui.search.api.times import iso, mjd, moment
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.meant import cone_words, cones, of_ids, survey_words
from fink_tui.search.line.reading import KINDS, Reading, read
from fink_tui.search.line.understood import NOTHING, Understood, Wanted
from fink_tui.search.question import Question

LAST = 100
"""Alerts of a class or a tag that are asked for where nothing is said: the portals' own."""

LAST_OF_DATES = 1000
"""Those of each class, where alerts are looked for by their date alone."""

CREDIBLE = "0.5"
"""The credible region of a gravitational wave that is searched where none is said: larger ones take the server long."""

_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[t ][\d:.]+z?)?|20\d\d[01]\d[0-3]\d|tonight|today|yesterday")
_LSST_ID = re.compile(r"\d{12,19}")
_NUMBERED = re.compile(r"\d{1,7}|\d{1,4}[PD](?:/.+)?|[CPDXAI]/\d{4}\s?[A-Z]{1,2}\d*(?:-[A-Z])?")
_DESIGNATION = re.compile(r"(?:1[89]|20)\d\d\s?[A-Z]{2}\d*|(?:1[89]|20)\d\d\s?[A-Za-z]{2}\d+|[IJK]\d\d[A-Z]\w\d[A-Z]")
_BEGINS_LIKE_A_PLACE = re.compile(r"\d+\.\d*[\s,]+[+-]?\d|\d{1,2}:\d\d")
_LIKE_A_PLACE = re.compile(r"[\d\s.,:;+\-–−°'\"′″]+|\d{1,2}h\s?\d.*", re.IGNORECASE)


def understand(text: str, surveys: Sequence[str], now: datetime) -> Understood:
    """What a line asks for.

    Args:
        text: What was typed.
        surveys: Whose alerts, where the line does not say: `ztf`, `lsst`.
        now: The present, with its zone.

    Raises:
        QuestionError: It asks nothing that can be; the text says why and what to write.
    """
    return of_reading(read(text, tuple(surveys) or tuple(SURVEYS)), now)


def of_reading(reading: Reading, now: datetime) -> Understood:
    """What a line that is divided already asks for: one that a form or a command has put together.

    Args:
        reading: Its parts.
        now: The present, with its zone.

    Raises:
        QuestionError: It asks nothing that can be.
    """
    return _Line(reading, now).understood()


class _Line:
    """A line being understood."""

    def __init__(self, line: Reading, now: datetime) -> None:
        self.now = now
        self.surveys = line.surveys
        self.given = dict(line.given)
        self.kind, self.path, self.rest = line.kind, line.path, line.rest
        if (key := KINDS.get(self.kind)) and self.rest:
            if key in self.given:
                raise QuestionError(f"{key} is said twice: {self.given[key]!r} and {self.rest!r}. Leave one away.")
            self.given[key], self.rest = self.rest, ""
        self.start, self.stop = self._times() if not self.path else (None, None)

    def _times(self) -> tuple[datetime | None, datetime | None]:
        """From when to when."""
        start = self._time("after")
        stop = self._time("before")
        window = self._window()
        if "date" in self.given:
            if start is not None or stop is not None:
                raise QuestionError("date says when, and so does after or before. Write date= and window=, or the two.")
            start = self._time("date")
            window = timedelta(days=1) if window is None else window
        if window is not None:
            if start is not None and stop is not None:
                raise QuestionError("after, before and window are one too many. Write two of them.")
            if stop is not None:
                start = stop - window
            elif start is not None:
                stop = start + window
            else:
                start = (self.now - window).replace(second=0, microsecond=0)
        if start is not None and start > self.now:
            raise QuestionError(f"{iso(start)} is in the future (it is {iso(self.now)} UTC). Write an earlier time.")
        if start is not None and stop is not None and start > stop:
            raise QuestionError(f"after {iso(start)} and before {iso(stop)}: nothing is between. Swap the two.")
        if "before" in self.given and stop is not None and stop > self.now:
            raise QuestionError(f"{iso(stop)} is in the future (it is {iso(self.now)} UTC). Leave before= away.")
        return start, None if stop is None or stop >= self.now else stop

    def _time(self, key: str) -> datetime | None:
        return moment(self.given[key], self.now) if key in self.given else None

    def _window(self) -> timedelta | None:
        if "window" not in self.given:
            return None
        text = self.given["window"].removesuffix("d")
        try:
            window = timedelta(days=float(text))
            if not timedelta(0) < window <= timedelta(days=36525):
                raise ValueError(text)
        except (ValueError, OverflowError):
            raise QuestionError(f"window is a number of days, such as 3, not {self.given['window']!r}.") from None
        return window

    # -- understanding ----------------------------------------------------------------------------------------------

    def understood(self) -> Understood:
        """What the line asks for."""
        if self.path:
            return self._endpoint(self.path, self.given, self.rest)
        if self.kind == "stats":
            date = self.rest or self.given.pop("date", "tonight")
            return self._endpoint("statistics", self.given | {"date": date}, "")
        if self.kind == "anomaly" or self.given.get("class", "").casefold() == "anomaly":
            return self._anomaly()
        if "gw" in self.given:
            return self._wave()
        if "tracklet" in self.given:
            return self._tracklet(self.given["tracklet"])
        return self._alerts()

    def _endpoint(self, path: str, given: Mapping[str, str], rest: str) -> Understood:
        """A question to an endpoint by its own name: of each survey that has it with these arguments."""
        surveys = [one.survey for one in ENDPOINTS if one.path == path and one.survey in self.surveys]
        if not surveys:
            endpoint(self.surveys[0], path)  # which says who has it
        made: list[Question] = []
        errors: list[tuple[int, QuestionError]] = []
        for survey in surveys:
            try:
                ordered = self._in_order(endpoint(survey, path), given, rest)
                made.append(question(survey, path, {**given, **ordered}, self.now))
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

    @staticmethod
    def _in_order(found: Endpoint, given: Mapping[str, str], rest: str) -> dict[str, str]:
        """Words without a key, for the arguments that are still needed: one each, and all that remain for the last."""
        if not rest:
            return {}
        free = [one for one in found.arguments if one.name not in given]
        needed = [one.name for one in free if one.is_required] or [one.name for one in free[:1]]
        if not needed:
            raise QuestionError(f"{found.path} takes nothing more: leave {rest!r} away.")
        return dict(zip(needed, rest.split(maxsplit=len(needed) - 1), strict=False))

    def _anomaly(self) -> Understood:
        self._only("anomaly", {"class", "last", "after", "before", "window", "date"})
        self._need_survey("ztf", "anomalies")
        days = {
            "start_date": f"{self.start:%Y-%m-%d}" if self.start else "",
            "stop_date": f"{self.stop:%Y-%m-%d}" if self.stop else "",
        }
        limit = self._last(LAST)
        asked = question("ztf", "anomaly", {"n": str(limit)} | days, self.now)
        return Understood(
            questions=(asked,),
            words=f"the newest {limit} anomalies{self._when('observed')}, ZTF",
            surveys=("ztf",),
        )

    def _wave(self) -> Understood:
        self._only("gw", {"gw", "credible"})
        given = {"event_name": self.given["gw"], "credible_level": self.given.get("credible", CREDIBLE)}
        asked = tuple(question(survey, "skymap", given, self.now) for survey in self.surveys)
        return Understood(
            questions=asked,
            words=f"alerts in the {float(given['credible_level']):g} credible region of "
            f"{asked[0].given['event_name']}, {survey_words(self.surveys)}",
            surveys=self.surveys,
        )

    def _tracklet(self, text: str) -> Understood:
        self._only("tracklet", {"tracklet"})
        self._need_survey("ztf", "tracklets")
        key = "id" if text.casefold().startswith("trck") else "date"
        asked = question("ztf", "tracklet", {key: text}, self.now)
        return Understood(questions=(asked,), words=f"tracklet {asked.given[key]}, ZTF", surveys=("ztf",))

    def _only(self, what: str, keys: set[str]) -> None:
        if odd := [key for key in self.given if key not in keys]:
            raise QuestionError(f"A search for {what} cannot be combined with {odd[0]}=. Leave it away.")
        if self.rest:
            raise QuestionError(f"A search for {what} does not go with {self.rest!r}. Leave it away.")

    def _need_survey(self, survey: str, what: str) -> None:
        if survey not in self.surveys:
            raise QuestionError(f"Only {SURVEYS[survey]} has {what}. Leave survey={self.surveys[0]} away.")

    def _last(self, default: int) -> int:
        text = self.given.get("last", str(default))
        if not text.isdecimal() or int(text) < 1:
            raise QuestionError(f"last is a whole number of at least 1, not {text!r}.")
        return int(text)

    def _when(self, what: str) -> str:
        from_, until = self.start, self.stop
        said = ""
        if from_ is not None:
            said += f" from {_short(from_)}"
        if until is not None:
            said += f" until {_short(until)}"
        return f", {what}{said}" if said else ""

    def _alerts(self) -> Understood:
        """A search for alerts: by all that is said of them."""
        place, radius = self._place()
        ids = self._ids()
        sso = self.given.get("sso", "")
        name = self.given.get("name", "")
        label = names.class_name(self.given["class"]) if "class" in self.given else ""
        tag = names.tag_name(self.given["tag"]) if "tag" in self.given else ""
        kind = value = ""
        if self.rest:
            found = self._rest(has_place=place is not None or bool(ids or sso or name), has_class=bool(label))
            if isinstance(found, Understood):
                return found
            kind, value = found
            label, tag = (value, tag) if kind == "class" else (label, value) if kind == "tag" else (label, tag)
            sso = value if kind == "sso" else sso
            name = value if kind == "name" else name
            self.rest = ""
        trend = value if kind == "trend" else self.given.get("trend", "")
        if trend and trend.casefold() not in ("rising", "fading", "low_state", "new_low_state"):
            raise QuestionError(f"trend cannot be {trend!r}. Write trend=rising or trend=fading.")
        trend = trend.casefold()
        whats = [
            what
            for what, is_said in (
                ("a place", place),
                ("an object", ids),
                ("a Solar System object", sso),
                ("a name", name),
            )
            if is_said
        ]
        if len(whats) > 1:
            raise QuestionError(
                f"The line has {' and '.join(whats)}: they cannot be searched together. Leave one away."
            )
        if radius is not None and not whats:
            raise QuestionError("A radius needs a place: write coordinates, a name or an object before it.")
        wanted = Wanted(
            object_ids=tuple(ids),
            ra=place.ra if place else None,
            dec=place.dec if place else None,
            radius=(radius or RADIUS) / 3600 if place else 0.0,
            start=mjd(self.start) if self.start else None,
            stop=mjd(self.stop) if self.stop else None,
            label=label,
            tag=tag,
            sso=sso,
            trend=trend,
        )
        if name or (len(ids) == 1 and radius is not None):
            return self._named(name or ids[0], radius or RADIUS, replace(wanted, object_ids=()))
        if place is not None:
            return self._cone(place, radius or RADIUS, wanted)
        if ids:
            return self._objects(ids, wanted)
        if sso:
            return self._sso(sso, wanted)
        if label or tag:
            return self._class(wanted)
        if self.start is not None or self.stop is not None:
            return self._dates(wanted)
        raise QuestionError(
            "Write what to search: an object, coordinates, a name, class=, tag=, sso=, date=, anomaly, stats or gw."
        )

    def _place(self) -> tuple[Place | None, float | None]:
        """The place that the line names, and the radius in arcsec."""
        radius = parse_radius(self.given["r"]) if "r" in self.given else None
        place = None
        if ("ra" in self.given) != ("dec" in self.given):
            raise QuestionError("A place needs both ra= and dec=.")
        if "ra" in self.given:
            place = Place(parse_ra(self.given["ra"]), parse_dec(self.given["dec"]))
        found = parse_place(self.rest) if not _is_date(self.rest) else None
        if found is not None:
            if place is not None:
                raise QuestionError(f"The line has two places: ra= and dec=, and {self.rest!r}. Leave one away.")
            place, after = found
            if after is not None and radius is not None:
                raise QuestionError(f"The line has two radii: r={self.given['r']} and the number after the place.")
            radius, self.rest = after if after is not None else radius, ""
        return place, radius

    def _ids(self) -> list[str]:
        """The objects that the line names; nothing else may be beside them."""
        words = [word for word in re.split(r"[\s,;]+", f"{self.given.get('id', '')} {self.rest}") if word]
        found = [word for word in words if re.match(r"ztf\d", word, re.IGNORECASE) or _LSST_ID.fullmatch(word)]
        if "id" in self.given and not found:
            raise QuestionError(
                f"{self.given['id']!r} is no object: ZTF's are named as in ZTF21abfmbix, LSST's are numbers of 12 to "
                "19 digits."
            )
        if not found:
            return []
        if len(found) < len(words):
            odd = next(word for word in words if word not in found)
            raise QuestionError(f"{odd!r} beside {found[0]} is not understood. Write identifiers, or key=value.")
        self.rest = ""
        return list(dict.fromkeys(word if word.isdecimal() else ztf_id(word) for word in found))

    def _rest(self, *, has_place: bool, has_class: bool) -> Understood | tuple[str, str]:
        """What the words are that are neither keys nor a place nor identifiers."""
        text = self.rest
        if has_place and text.casefold() not in ("rising", "fading"):
            raise QuestionError(f"{text!r} is not understood here. Write key=value, such as class=SN candidate.")
        if text.casefold().startswith("trck"):
            return self._bare(lambda: self._tracklet(text))
        if _is_date(text):
            if "date" in self.given:
                raise QuestionError(f"The line has two dates: {self.given['date']!r} and {text!r}. Leave one away.")
            self.given["date"], self.rest = text, ""
            self.start, self.stop = self._times()
            return "", ""
        if _NUMBERED.fullmatch(text.upper()) or _DESIGNATION.fullmatch(text):
            return "sso", text
        if text.casefold() in ("rising", "fading") and "trend" not in self.given:
            return "trend", text.casefold()
        if _LIKE_A_PLACE.fullmatch(text) or _BEGINS_LIKE_A_PLACE.match(text):
            raise QuestionError(
                f"{text!r} is no place, no object and no number of an asteroid. Places are written as in 193.82 +2.89 "
                "or 12:55:16.9 +02:53:48."
            )
        if re.fullmatch(r"m?s\d{6}[a-z]+", text.casefold()):
            self.given["gw"] = text
            return self._bare(self._wave)
        if self.kind != "cone" and not has_class:
            if text.casefold() in names.TAGS or text.casefold() in names.LIVE_TAGS:
                return "tag", names.tag_name(text)
            if (known := names.known_class(text)) is not None and (len(text) > 2 or text.startswith("(")):
                return "class", known
        if text.startswith("("):
            names.class_name(text)  # which says what is near
        return "name", text

    def _bare(self, make: Callable[[], Understood]) -> Understood:
        self.rest = ""
        return make()

    # -- questions --------------------------------------------------------------------------------------------------

    def _named(self, name: str, radius: float, wanted: Wanted) -> Understood:
        words = [f"the name {name}: what it is, or a cone of {write_radius(radius)} around it"]
        self._only_of("what is around a name", {"tag", "last", "limits"})
        surveys = self.surveys
        if wanted.label:
            self._need_survey("ztf", "classes")
            surveys = ("ztf",)
        cut = self._cut(words, replace(NOTHING, label=wanted.label, trend=wanted.trend))
        return Understood(
            name=name,
            words=f"{', '.join(words)}{self._when('first detected')}, {survey_words(surveys)}",
            surveys=surveys,
            radius=radius,
            wanted=wanted,
            cut=cut,
        )

    def _cone(self, place: Place, radius: float, wanted: Wanted) -> Understood:
        words = [cone_words(place, radius)]
        surveys = self.surveys
        self._only_of("a cone", {"limits"})
        if wanted.tag:
            self._need_survey("lsst", "tags")
            surveys, limit = ("lsst",), self._last(LAST_OF_DATES)
            asked: tuple[Question, ...] = (self._tag(wanted.tag, limit),)
            words.append(f"of the newest {limit} with the tag {wanted.tag}")
            self._cut(words, replace(NOTHING, trend=wanted.trend))
            cut = replace(NOTHING, ra=wanted.ra, dec=wanted.dec, radius=wanted.radius, trend=wanted.trend)
            words.append("the cone is cut here")
        else:
            if wanted.label:
                self._need_survey("ztf", "classes")
                surveys = ("ztf",)
            asked = cones(surveys, place, radius, wanted, self.now)
            cut = self._cut(words, replace(NOTHING, label=wanted.label, trend=wanted.trend))
        limited = replace(wanted, limit=self._last(1)) if "last" in self.given and not wanted.tag else wanted
        cut = replace(cut, limit=limited.limit)
        if limited.limit:
            words.append(f"the nearest {limited.limit}")
        when = self._when("observed" if wanted.tag else "first detected")
        return Understood(
            questions=asked,
            words=f"{', '.join(words)}{when}, {survey_words(surveys)}",
            surveys=surveys,
            radius=radius,
            wanted=limited,
            cut=cut,
        )

    def _cut(self, words: list[str], cut: Wanted) -> Wanted:
        """Say what Fink's API cannot combine, and is cut from its answer here."""
        if cut.label:
            words.append(f"class {cut.label} (cut here: Fink cannot combine it)")
        if cut.trend:
            words.append(f"{cut.trend} (cut here: Fink cannot combine it)")
        return cut

    def _only_of(self, what: str, unknown: set[str]) -> None:
        if odd := [key for key in self.given if key in unknown]:
            raise QuestionError(f"{odd[0]}= says nothing of {what}. Leave it away.")

    def _objects(self, ids: list[str], wanted: Wanted) -> Understood:
        self._only_of("an object", {"tag"})
        limits = self.given.get("limits", "no").casefold() in ("yes", "true", "1", "on")
        asked = of_ids(ids, self.surveys, self.now, limits=limits)
        words = [f"object{'s' if len(ids) > 1 else ''} {', '.join(ids)}"]
        if limits:
            words.append("with upper limits")
        cut = replace(NOTHING, start=wanted.start, stop=wanted.stop, label=wanted.label, trend=wanted.trend)
        self._cut(words, replace(cut, start=None, stop=None))
        limit = self._last(1) if "last" in self.given else None
        if limit:
            words.append(f"the newest {limit} alerts")
        return Understood(
            questions=asked,
            words=f"{', '.join(words)}{self._when('observed')}, {survey_words(q.survey for q in asked)}",
            surveys=tuple(dict.fromkeys(q.survey for q in asked)),
            wanted=replace(wanted, limit=limit),
            cut=replace(cut, limit=limit),
        )

    def _sso(self, sso: str, wanted: Wanted) -> Understood:
        self._only_of("a Solar System object", {"class", "tag", "limits"})
        asked = tuple(question(survey, "sso", {"n_or_d": sso}, self.now) for survey in self.surveys)
        words = [f"Solar System object {asked[0].given['n_or_d']}"]
        limit = self._last(1) if "last" in self.given else None
        cut = replace(NOTHING, start=wanted.start, stop=wanted.stop, trend=wanted.trend, limit=limit)
        self._cut(words, replace(NOTHING, trend=wanted.trend))
        return Understood(
            questions=asked,
            words=f"{', '.join(words)}{self._when('observed')}, {survey_words(self.surveys)}",
            surveys=self.surveys,
            wanted=replace(wanted, sso=asked[0].given["n_or_d"], limit=limit),
            cut=cut,
        )

    def _class(self, wanted: Wanted) -> Understood:
        self._only_of("a class", {"limits"})
        limit = self._last(LAST)
        asked: list[Question] = []
        words: list[str] = []
        cut = NOTHING
        if wanted.label:
            self._need_survey("ztf", "classes; LSST has tags")
            asked.append(self._latest(wanted.label, limit, wanted.trend))
            words.append(
                f"the newest {limit} of the class {wanted.label}"
                + (f", those {_doing(wanted.trend)}" if wanted.trend else "")
            )
        if wanted.tag:
            self._need_survey("lsst", "tags; ZTF has classes")
            if wanted.trend.endswith("low_state"):
                raise QuestionError(f"The trend {wanted.trend} exists for the class {names.BLAZAR_LOW} of ZTF only.")
            asked.append(self._tag(wanted.tag, limit))
            words.append(f"the newest {limit} with the tag {wanted.tag}")
            if wanted.trend:
                cut = replace(NOTHING, trend=wanted.trend)
                if not wanted.label:
                    self._cut(words, cut)
        surveys = tuple(q.survey for q in asked)
        return Understood(
            questions=tuple(asked),
            words=f"{', '.join(words)}{self._when('observed')}, {survey_words(surveys)}",
            surveys=surveys,
            wanted=replace(wanted, limit=limit),
            cut=cut,
        )

    def _dates(self, wanted: Wanted) -> Understood:
        """Alerts of a time: Fink keeps no such list, so each of its own classes and tags is asked for."""
        self._only_of("a date alone", {"limits"})
        limit = self._last(LAST_OF_DATES)
        asked: list[Question] = []
        if "ztf" in self.surveys:
            asked += [self._latest(one, limit, wanted.trend) for one in names.FINK_CLASSES]
        if "lsst" in self.surveys:
            asked += [self._tag(one, limit) for one in names.TAGS]
        what = {"ztf": "each of Fink's own classes", "lsst": "each tag"}
        words = " and ".join(what[survey] for survey in self.surveys)
        return Understood(
            questions=tuple(asked),
            words=f"alerts{self._when('observed').removeprefix(',')}: the newest {limit} of {words}"
            + (f", those {_doing(wanted.trend)}" if wanted.trend else "")
            + f", {survey_words(self.surveys)}",
            surveys=self.surveys,
            wanted=wanted,
            cut=replace(NOTHING, trend=wanted.trend),
        )

    def _latest(self, label: str, limit: int, trend: str) -> Question:
        given = {"class": label, "n": str(limit), "trend": trend} | self._dated()
        return question("ztf", "latests", given, self.now)

    def _tag(self, tag: str, limit: int) -> Question:
        return question("lsst", "tags", {"tag": tag, "n": str(limit)} | self._dated(), self.now)

    def _dated(self) -> dict[str, str]:
        return {"startdate": iso(self.start) if self.start else "", "stopdate": iso(self.stop) if self.stop else ""}


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text.casefold()) is not None


def _short(time: datetime) -> str:
    return iso(time).removesuffix(":00").removesuffix(" 00:00")


def _doing(trend: str) -> str:
    return trend if trend in ("rising", "fading") else f"in {trend}"
