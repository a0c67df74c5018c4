"""What a survey is to the rest of the program: one interface, one class a survey.

A *leaf* is a field's place in a record, written `candidate.jd`, or `prv_candidates[].jd` for that field of every
record of an array. A survey names the leaves its rows are made of; the fast path and the whole path both hand it
those leaves, so that a row is made in one place only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from fink_tui.alerts.row import AlertRow, Point

Leaves = Mapping[str, Any]
"""The value of each leaf by its name; a leaf that the schema lacks is missing."""


class RowError(ValueError):
    """A record lacks what a row must have; the text says what, in a phrase."""


class Survey(ABC):
    """One survey's alerts."""

    name: str
    """`ztf`, `lsst` or `mma`."""

    title: str
    """Its name for people."""

    history_days: float
    """Days before the alert of which its packet holds the history."""

    leaves: tuple[str, ...]
    """The leaves a row is made of."""

    flux_first: bool
    """Whether its light curves are read in flux, since differences are often negative."""

    @abstractmethod
    def recognises(self, fields: Collection[str]) -> bool:
        """Whether a schema with these top-level fields is of this survey."""

    @abstractmethod
    def row(self, leaves: Leaves) -> AlertRow:
        """The row of an alert.

        Raises:
            RowError: The alert has no id, no time or no place that makes sense.
        """

    @abstractmethod
    def points(self, record: Mapping[str, Any]) -> list[Point]:
        """The light curve that a whole record holds, each point once, in order of time."""

    @abstractmethod
    def detection(self, row: AlertRow) -> Point | None:
        """The alert's own point of that light curve, from its row alone; None where it holds no measurement."""

    def aliases(self, record: Mapping[str, Any]) -> list[str]:
        """Other names that a whole record gives its object, besides those in its row."""
        return []

    def tags(self, row: AlertRow) -> dict[str, str]:
        """What else a receiver writes beside the target, by name, besides what every survey's alerts have."""
        return {}

    @abstractmethod
    def file_stem(self, row: AlertRow) -> str:
        """The name, without its ending, under which fink-client saves this alert."""


def surveys() -> tuple[Survey, ...]:
    """Every survey that this version knows."""
    from fink_tui.alerts.lsst import Lsst
    from fink_tui.alerts.mma import Mma
    from fink_tui.alerts.ztf import Ztf

    return Ztf(), Lsst(), Mma()  # the first that recognises a schema has it


def recognise(fields: Collection[str]) -> Survey | None:
    """The survey that a schema with these top-level fields is of, or None."""
    return next((survey for survey in surveys() if survey.recognises(fields)), None)


def survey_named(name: str) -> Survey:
    """The survey of that name (`ztf`, `lsst`, `mma`)."""
    return next(survey for survey in surveys() if survey.name == name)


def objects_of(survey: str) -> str:
    """Whose objects the alerts of a survey are of: GRB/GW alerts are alerts of ZTF, told once more.

    Args:
        survey: Its name.
    """
    return "ztf" if survey == "mma" else survey


def source_number(row: AlertRow) -> str | None:
    """The survey's number of an alert's detection; None where its id is made of other things, as for an index's row."""
    return row.alert_id if row.alert_id.isdecimal() else None


def portal(survey: str, object_id: str) -> str:
    """The address of an object's page in Fink's portal.

    Args:
        survey: `ztf`, `lsst`, or `mma`, whose objects are ZTF's.
        object_id: Its name there.
    """
    return f"https://{'ztf' if survey == 'mma' else survey}.fink-portal.org/{quote(object_id)}"
