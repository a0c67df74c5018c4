"""The program on a store, asking servers that a test names: `STORE SAVED ZTF LSST HIPS SIMBAD`."""

from __future__ import annotations

import sys
from pathlib import Path

from fink_tui.app.app import FinkApp
from fink_tui.app.session import Session
from fink_tui.cli.services import Services
from fink_tui.config import Search, Settings
from fink_tui.store.store import Store


def main() -> int:
    """Run it as the command line does, without a stream."""
    store_folder, saved, ztf, lsst, hips, simbad = sys.argv[1:]
    with Store(Path(store_folder)) as store:
        services = Services(store, Settings(search=Search(ztf=ztf, lsst=lsst, hips=hips, simbad=simbad)))
        session = Session(
            store=store, save_dir=Path(saved), search=services.search, cds=services.cds, word="TEST", unsearchable=""
        )
        app = FinkApp(session)
        app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
