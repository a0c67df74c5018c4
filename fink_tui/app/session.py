"""What a screen works on: the store, what fills it, where saved alerts go, where others are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fink_tui.sky.site import Telescopes

if TYPE_CHECKING:
    from fink_tui.receivers.configured import Configured
    from fink_tui.receivers.sender import Sender
    from fink_tui.search.searching import Searching
    from fink_tui.search.services.cds import Cds
    from fink_tui.store.store import Store
    from fink_tui.stream.reception import Reception


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of the program with a screen."""

    store: Store
    """What is shown, and where decisions go."""

    save_dir: Path
    """The folder of saved alerts."""

    connect: Callable[[], Reception] | None = None
    """Begins to receive; called in a thread, after the first picture. None: nothing is received."""

    receivers: tuple[Configured, ...] = ()
    """Where alerts can be sent, the default first."""

    send: Callable[[], Sender] | None = None
    """Begins to empty the outbox; called in a thread, after the first picture. None: nothing is sent."""

    unsendable: str = "No receiver is configured."
    """Why nothing can be sent where there are no receivers, in a sentence with the remedy."""

    search: Callable[[], Searching] | None = None
    """Gives what searches here and asks Fink; called in a thread. None: Fink is not asked."""

    cds: Callable[[], Cds] | None = None
    """Whom the field around an alert is asked of; called in a thread. None: nobody."""

    unsearchable: str = "This session asks no server."
    """Why nothing can be asked of Fink and the CDS, in a sentence with the remedy."""

    word: str = ""
    """What kind of session it is, on screen all the time: "DEMO", "VIEW"."""

    idle: str = "not receiving"
    """What the status line says while nothing is received."""

    begins_with_search: bool = False
    """Whether it opens on the search screen."""

    all_nights: bool = False
    """Whether it opens on all nights rather than on this one."""

    longitude: float = 0.0
    """The site's, degrees east."""

    telescopes: Telescopes = field(default_factory=Telescopes)
    """The observer's telescopes; without one, nothing is said of what can be reached."""

    templates: Mapping[str, str] = field(default_factory=dict)
    """Forms of the user's own in which an alert can be copied, by their names."""

    notes: tuple[str, ...] = ()
    """Sentences for the user at the start."""

    ascii_only: bool = False
    """Whether the terminal can show only ASCII."""
