"""The sky map of an event: fetched, kept, and what becomes of it when GraceDB cannot give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fink_tui.search.errors import BrokenError, CancelledError, LinkError, RefusedError, SearchError
from fink_tui.search.services import gracedb
from fink_tui.sky.credible import Region
from tests.search.sky import Shelf
from tests.sky import sky_maps

NOW = 1_795_000_000.0
ADDRESS = "http://gracedb/superevents/"


class GraceDb:
    """What it answers, by file name; and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, bytes | SearchError] = {}
        self.asked: list[str] = []
        self.shelf = Shelf(folder)
        self.now = NOW

    def get(
        self,
        url: str,
        arguments: Mapping[str, str],
        path: Path,
        progress: Callable[[int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.asked.append(url)
        assert not arguments
        progress(1)
        answer = self.files.get(url.rsplit("/", 1)[1], RefusedError("404"))
        if isinstance(answer, SearchError):
            raise answer
        path.write_bytes(answer)

    def region(self, event: str = "S190425z") -> Region:
        return gracedb.region(self, self.shelf, ADDRESS, event, clock=lambda: self.now)


@pytest.fixture
def database(tmp_path: Path) -> GraceDb:
    return GraceDb(tmp_path)


@pytest.fixture(scope="module")
def sky_map(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    pytest.importorskip("astropy")
    return sky_maps.multiorder(tmp_path_factory.mktemp("maps") / "map.fits", 8, 2).read_bytes()


def test_a_map_is_fetched_once_and_asked_for_again_when_an_hour_has_passed(database: GraceDb, sky_map: bytes) -> None:
    database.files["bayestar.multiorder.fits"] = sky_map
    found = database.region()
    assert found.name == "S190425z"
    assert found.level(sky_maps.RA, sky_maps.DEC) < 0.5
    assert database.region().levels == found.levels
    assert database.asked == ["http://gracedb/superevents/S190425z/files/bayestar.multiorder.fits"]
    database.now += gracedb.FRESH + 1
    database.region()
    assert len(database.asked) == 2


def test_where_there_is_no_small_map_the_large_one_serves(database: GraceDb, sky_map: bytes) -> None:
    database.files["bayestar.fits.gz"] = sky_map
    database.region()
    assert [url.rsplit("/", 1)[1] for url in database.asked] == list(gracedb.FILES)


def test_an_old_map_serves_and_says_so_where_gracedb_cannot_be_reached(database: GraceDb, sky_map: bytes) -> None:
    database.files["bayestar.multiorder.fits"] = sky_map
    database.region()
    database.files["bayestar.multiorder.fits"] = LinkError("Nobody answers.")
    database.now += 3 * 3600
    assert database.region().name == "S190425z (map of 3.0 h ago)"


def test_without_a_map_it_is_said_why(database: GraceDb, sky_map: bytes) -> None:
    with pytest.raises(RefusedError, match="GraceDB has no sky map of S190425z"):
        database.region()
    for answer, kind in (
        (LinkError("Nobody answers."), LinkError),
        (CancelledError(""), CancelledError),
        (b"<html>", BrokenError),
    ):
        database.files["bayestar.multiorder.fits"] = answer
        with pytest.raises(kind):
            database.region()
    assert not database.shelf.kept
    assert not list(database.shelf.folder.glob("*.part")), "nothing is left behind"


def test_a_name_is_no_path(database: GraceDb) -> None:
    with pytest.raises(RefusedError):
        database.region("../../x?y")
    assert database.asked[0] == "http://gracedb/superevents/..%2F..%2Fx%3Fy/files/bayestar.multiorder.fits"
