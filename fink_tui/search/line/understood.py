"""What a line of a search was understood to ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from fink_tui.search.api.places import RADIUS
from fink_tui.search.question import Question
from fink_tui.sky.coordinates import Cone


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which alerts are looked for: all that is said of them must be so."""

    object_ids: tuple[str, ...] = ()
    """Of one of these objects."""

    ra: float | None = None
    """In a cone around this right ascension, degrees; None without a cone."""

    dec: float | None = None
    """Its declination, degrees."""

    radius: float = 0.0
    """Its radius, degrees."""

    start: float | None = None
    """Observed at or after this time, MJD UTC."""

    stop: float | None = None
    """Observed until this time, MJD UTC."""

    label: str = ""
    """Of this class, as Fink writes it: `(TNS) SN Ia`."""

    tag: str = ""
    """With this tag."""

    sso: str = ""
    """Numbers, names or designations of Solar System objects, joined by commas."""

    trend: str = ""
    """`rising` or `fading`."""

    limit: int | None = None
    """The newest so many."""

    @property
    def cone(self) -> Cone | None:
        """The cone; None without one."""
        return Cone(self.ra, self.dec, self.radius) if self.ra is not None and self.dec is not None else None


NOTHING = Wanted()
"""It asks nothing of an alert."""


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What is to be asked, and what is to be kept of it."""

    questions: tuple[Question, ...] = ()
    """What Fink is asked, in the order of their worth."""

    name: str = ""
    """A name to be resolved first; "" for none. Then `meant` makes the questions."""

    words: str = ""
    """What was understood, to show while it is typed."""

    surveys: tuple[str, ...] = ("ztf", "lsst")
    """Whose alerts."""

    radius: float = RADIUS
    """The radius of the cone around what the name is, arcsec."""

    wanted: Wanted = field(default_factory=Wanted)
    """What is looked for: on this machine by all of it at once."""

    cut: Wanted = field(default_factory=Wanted)
    """What Fink's API cannot combine with the rest: its answers are cut to it here."""
