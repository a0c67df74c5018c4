"""What a line says: of whose alerts, from when to when, how many; and what cannot be said together."""

from __future__ import annotations

from datetime import datetime, timedelta

from fink_tui.search.api.endpoint_table import MOST_ROWS
from fink_tui.search.api.endpoints import SURVEYS
from fink_tui.search.api.times import iso, moment
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.reading import KINDS, Reading


class Said:
    """A line being understood: what is recognised leaves `rest`."""

    def __init__(self, line: Reading, now: datetime) -> None:
        """Take a line that is divided.

        Args:
            line: Its parts.
            now: The present, with its zone.

        Raises:
            QuestionError: It says a thing twice, or a time that cannot be.
        """
        self.now = now
        self.surveys = line.surveys
        self.given = dict(line.given)
        self.kind, self.path, self.rest = line.kind, line.path, line.rest
        if (key := KINDS.get(self.kind)) and self.rest:
            if key in self.given:
                raise QuestionError(f"{key} is said twice: {self.given[key]!r} and {self.rest!r}. Leave one away.")
            self.given[key], self.rest = self.rest, ""
        self.start: datetime | None = None
        self.stop: datetime | None = None
        if not self.path:  # an endpoint's own dates are its own arguments
            self.take_times()

    def take_times(self) -> None:
        """See from when to when.

        Raises:
            QuestionError: Its times cannot be, or not together.
        """
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
        self.start, self.stop = start, None if stop is None or stop >= self.now else stop

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

    def only(self, what: str, keys: set[str]) -> None:
        """Refuse what a search cannot be combined with: other keys than these, and words."""
        if odd := [key for key in self.given if key not in keys]:
            raise QuestionError(f"A search for {what} cannot be combined with {odd[0]}=. Leave it away.")
        if self.rest:
            raise QuestionError(f"A search for {what} does not go with {self.rest!r}. Leave it away.")

    def refuse(self, what: str, unknown: set[str]) -> None:
        """Refuse keys that say nothing of what is searched."""
        if odd := [key for key in self.given if key in unknown]:
            raise QuestionError(f"{odd[0]}= says nothing of {what}. Leave it away.")

    def need_survey(self, survey: str, what: str) -> None:
        """Refuse a search that only one survey has where another is asked."""
        if survey not in self.surveys:
            raise QuestionError(f"Only {SURVEYS[survey]} has {what}. Leave survey={self.surveys[0]} away.")

    def last(self, default: int) -> int:
        """How many are asked for, at most."""
        text = self.given.get("last", str(default))
        if not text.isdecimal() or int(text) < 1:
            raise QuestionError(f"last is a whole number of at least 1, not {text!r}.")
        if len(text) > 9 or int(text) > MOST_ROWS:
            raise QuestionError(f"last is at most {MOST_ROWS:,}, not {text}.")
        return int(text)

    def when(self, what: str) -> str:
        """From when to when, in words: `, observed from 2026-11-20 until 2026-11-21`; "" where nothing is said."""
        from_, until = self.start, self.stop
        said = ""
        if from_ is not None:
            said += f" from {_short(from_)}"
        if until is not None:
            said += f" until {_short(until)}"
        return f", {what}{said}" if said else ""

    def dated(self) -> dict[str, str]:
        """The dates, as Fink's endpoints take them; blank ones are left out of a question."""
        return {"startdate": iso(self.start) if self.start else "", "stopdate": iso(self.stop) if self.stop else ""}


def _short(time: datetime) -> str:
    return iso(time).removesuffix(":00").removesuffix(" 00:00")
