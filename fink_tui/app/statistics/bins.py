"""Nights put together so that each bar has a cell: by night, week, month, quarter, or year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from fink_tui.app.statistics.nights import Night


class Unit(StrEnum):
    """What a bar is of."""

    NIGHT = "night"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Bin(NamedTuple):
    """Nights that a bar is of; a bar may be of none."""

    first: date
    unit: Unit
    nights: tuple[Night, ...]

    @property
    def after(self) -> date:
        """The first day that is no longer in it."""
        return NEXT[self.unit](self.first)

    @property
    def name(self) -> str:
        """Which it is: `2026-08-03`, `week of 2026-08-03`, `2026-08`, `2026-07 to 2026-09`, `2026`."""
        if self.unit is Unit.QUARTER:
            return f"{self.first:%Y-%m} to {self.after - timedelta(1):%Y-%m}"
        names = {Unit.WEEK: f"week of {self.first}", Unit.MONTH: f"{self.first:%Y-%m}", Unit.YEAR: f"{self.first:%Y}"}
        return names.get(self.unit, str(self.first))

    @property
    def mark(self) -> str:
        """The same below its bar."""
        if self.unit in (Unit.MONTH, Unit.QUARTER):
            return f"{self.first:%Y-%m}"
        return f"{self.first:%Y}" if self.unit is Unit.YEAR else f"{self.first:%m-%d}"


BEGIN: dict[Unit, Callable[[date], date]] = {
    Unit.NIGHT: lambda day: day,
    Unit.WEEK: lambda day: day - timedelta(day.weekday()),
    Unit.MONTH: lambda day: day.replace(day=1),
    Unit.QUARTER: lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    Unit.YEAR: lambda day: day.replace(month=1, day=1),
}
"""The first day of what a day is in."""

NEXT: dict[Unit, Callable[[date], date]] = {
    Unit.NIGHT: lambda day: day + timedelta(1),
    Unit.WEEK: lambda day: day + timedelta(7),
    Unit.MONTH: lambda day: (day + timedelta(31)).replace(day=1),
    Unit.QUARTER: lambda day: (day + timedelta(93)).replace(day=1),
    Unit.YEAR: lambda day: day.replace(year=day.year + 1),
}
"""The first day of the next one, from the first day of one."""


def bins(nights: Sequence[Night], most: int) -> list[Bin]:
    """Nights in bars, of days without a gap: a night without an answer has a bar of no nights.

    Args:
        nights: By date.
        most: How many bars there may be; of years, there may be more.
    """
    if not nights:
        return []
    for unit in Unit:
        first, last = BEGIN[unit](nights[0].day), nights[-1].day
        days = [first]
        while NEXT[unit](days[-1]) <= last and (len(days) <= most or unit is Unit.YEAR):
            days.append(NEXT[unit](days[-1]))
        if len(days) <= most or unit is Unit.YEAR:
            break
    found: dict[date, list[Night]] = {day: [] for day in days}
    for night in nights:
        found[BEGIN[unit](night.day)].append(night)
    return [Bin(day, unit, tuple(those)) for day, those in found.items()]
