"""What a command searches with: one client for all that it asks, and nothing loaded before it asks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from fink_tui.cli.services import Services
from fink_tui.config import Search, Settings
from fink_tui.search.http.client import Client
from fink_tui.store.store import Store
from tests.fink_api import FinkApi

SETTINGS = Settings(search=Search(fresh_minutes=3))


def test_all_share_one_client(store: Store) -> None:
    services = Services(store, SETTINGS)
    found: list[Client | None] = []
    threads = [threading.Thread(target=lambda: found.append(services.search().client)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in found}) == 1
    assert found[0] is not None
    assert found[0].settings.fresh_minutes == 3


def test_the_field_around_is_asked_of_those_of_the_settings(store: Store, fink_api: FinkApi) -> None:
    settings = Settings(search=Search(hips=fink_api.hips_url, simbad=fink_api.simbad_url))
    Services(store, settings).cds().neighbours(10.68471, 41.26875)
    assert [served.service for served in fink_api.requests] == ["cds"]


def test_nothing_is_loaded_before_something_is_asked(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fink_tui.config import Settings; "
        "from fink_tui.store.store import Store; from fink_tui.cli.services import Services; "
        "store = Store(Path(sys.argv[1])); Services(store, Settings()); "
        "store.close(); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"httpx", "fink_tui.search.http.client", "fink_tui.search.searching"} & set(done.stdout.split())
