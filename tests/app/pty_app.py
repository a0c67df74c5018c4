"""The program with a screen on a store that is there already, for the tests with a pseudo-terminal: `STORE SAVED`.

It receives nothing and sends nothing; what is decided is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fink_tui.app.app import FinkApp
from fink_tui.app.session import Session
from fink_tui.store.store import Store
from tests.app.sending import OURTOM


def main() -> int:
    """Run it as the command line does."""
    with Store(Path(sys.argv[1])) as store:
        app = FinkApp(Session(store=store, save_dir=Path(sys.argv[2]), receivers=(OURTOM,), word="TEST"))
        app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
