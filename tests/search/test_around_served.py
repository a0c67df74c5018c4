"""Names and fields through the real client and the store's own answers, from a server as Fink and the CDS are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fink_tui.config import Search
from fink_tui.search.asking import Asking
from fink_tui.search.errors import LinkError
from fink_tui.search.http.client import Client
from fink_tui.search.resolver import resolve, tns_names
from fink_tui.search.services.cds import Cds
from fink_tui.search.services.sky_image import PIXELS, place_in
from fink_tui.store.answers import Answers
from fink_tui.store.errors import StoreFullError
from fink_tui.store.store import Store
from tests.fink_api import FinkApi, catalogue

M87 = 187.705930, 12.391123


@pytest.fixture
def client(fink_api: FinkApi) -> Client:
    settings = Search(ztf=fink_api.ztf_url, lsst=fink_api.lsst_url, hips=fink_api.hips_url, simbad=fink_api.simbad_url)
    return Client(settings, pauses=(0.01,))


@pytest.fixture
def asking(client: Client, store: Store) -> Asking:
    return Asking(client, store.answers())


@pytest.fixture
def cds(client: Client, store: Store) -> Iterator[Cds]:
    return Cds(client, store.answers(), client.settings.hips, client.settings.simbad)


def test_names_of_all_sources(asking: Asking, fink_api: FinkApi) -> None:
    (found,) = resolve(asking, "m87")
    assert (found.name, found.kind, found.source, (found.ra, found.dec)) == ("M  87", "place", "SIMBAD", M87)
    row = next(iter(catalogue.tns("ztf", fink_api.night).values()))
    (found,) = resolve(asking, row["d:fullname"].replace("SN ", "at"))
    assert (found.name, found.object_id, found.type) == (row["d:fullname"], row["d:internalname"], row["d:type"])
    row = next(iter(catalogue.tns("lsst", fink_api.night).values()))
    (found,) = resolve(asking, row["f:fullname"])
    assert (found.name, found.survey, found.kind) == (row["f:fullname"], "lsst", "object")
    rock = catalogue.rocks("ztf", fink_api.night)[0]
    for asked in (rock.name.upper(), str(rock.number)):
        found = resolve(asking, asked)[0]
        assert (found.kind, found.object_id, found.is_exact) == ("sso", rock.designations[0], True)
    assert resolve(asking, "no such thing at all") == []


def test_the_names_of_an_object(asking: Asking, fink_api: FinkApi) -> None:
    row = next(iter(catalogue.tns("ztf", fink_api.night).values()))
    (found,) = tns_names(asking, "ztf", row["d:internalname"])
    assert (found.name, found.source) == (row["d:fullname"], "TNS")
    assert tns_names(asking, "ztf", "ZTF99zzzzzzz") == []
    row = next(row for row in catalogue.tns("lsst", fink_api.night).values() if "f:type" in row)
    (found,) = tns_names(asking, "lsst", row["f:internalname"].removeprefix("LSST-AP-DO-"))
    assert (found.name, found.type, found.survey) == (row["f:fullname"], row["f:type"], "lsst")
    assert found.redshift == pytest.approx(float(row["f:redshift"]))


def test_a_name_that_was_asked_for_is_known_when_the_link_is_down(asking: Asking, fink_api: FinkApi) -> None:
    first = resolve(asking, "m87")
    asked = len(fink_api.requests)
    fink_api.stop("ztf", "lsst")
    assert resolve(asking, "m87") == first
    assert len(fink_api.requests) == asked
    with pytest.raises(LinkError):
        resolve(asking, "m31")


def test_a_field_and_its_objects_come_and_are_there_when_the_link_is_down(cds: Cds, fink_api: FinkApi) -> None:
    ra, dec = M87[0] + 0.003, M87[1] - 0.004
    field, near = cds.field(ra, dec, 3), cds.neighbours(ra, dec)
    assert field.survey.name == "Pan-STARRS DR1 r"
    galaxy = near.objects[0]
    assert (galaxy.name, galaxy.kind, galaxy.redshift) == ("M 87", "active galactic nucleus", 0.004283)
    assert galaxy.distance == pytest.approx(17.9, abs=0.2)
    assert galaxy.angle == pytest.approx(323.7, abs=0.5)
    x, y = place_in(field.cutout, galaxy.distance, galaxy.angle)
    brightest = max(
        (value, column, row) for row, line in enumerate(field.cutout.rows) for column, value in enumerate(line)
    )
    assert brightest[1:] == (pytest.approx(x, abs=0.6), pytest.approx(y, abs=0.6))
    assert (field.cutout.width, field.cutout.scale) == (PIXELS, pytest.approx(180 / PIXELS))
    assert len(fink_api.requests) == 2
    fink_api.stop("cds")
    assert cds.field(ra, dec, 3) == field
    assert cds.neighbours(ra, dec) == near
    with pytest.raises(LinkError):
        cds.field(ra, dec, 5)


def test_what_cannot_be_kept_is_shown_all_the_same(
    cds: Cds, store: Store, fink_api: FinkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise StoreFullError("The disk is full.")

    monkeypatch.setattr(Answers, "part", full)
    assert cds.field(*M87, 3).survey.name == "Pan-STARRS DR1 r"
    assert cds.neighbours(*M87).objects[0].name == "M 87"
    assert not (store.folder / "answers").exists()
