"""The program with a screen on a store that is there already, for the tests with a pseudo-terminal: `STORE SAVED`.

It receives nothing and sends nothing; what is decided is kept. With `minutes` behind, a second is a minute, and there
is a telescope.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from fink_tui.app.app import FinkApp
from fink_tui.app.session import Session
from fink_tui.sky.site import Site, Telescopes
from fink_tui.store.store import Store
from tests.app.sending import OURTOM


def main() -> int:
    """Run it as the command line does."""
    telescopes = Telescopes()
    if sys.argv[3:] == ["minutes"]:
        began, really = time.time(), time.time
        time.time = lambda: began + 60 * (really() - began)
        telescopes = Telescopes([Site("La Silla", -70.73, -29.26, 2375)])
    with Store(Path(sys.argv[1])) as store:
        app = FinkApp(
            Session(store=store, save_dir=Path(sys.argv[2]), receivers=(OURTOM,), word="TEST", telescopes=telescopes)
        )
        app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
