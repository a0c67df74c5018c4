"""Every endpoint with every argument of ours is one that Fink's server answers: asked of the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fink_tui.config import Search
from fink_tui.search.api.endpoints import ENDPOINTS, Endpoint, gives_json
from fink_tui.search.http.client import Client
from fink_tui.search.question import Question
from tests.fink_api import FinkApi, sky
from tests.fink_api.catalogue import events, rocks, tns

VALUES: Mapping[str, str] = {
    "candid": "",
    "class": "SN candidate",
    "colormap": "Blues",
    "color": "True",
    "columns": "",
    "convolution_kernel": "gauss",
    "credible_level": "0.9",
    "cutout-kind": "Science",
    "date": "2026",
    "dec": "20.1",
    "endpoint": "/api/v1/sources",
    "event_name": events()[0].name,
    "flavor": "HG",
    "id": "TRCK_2026",
    "internal_name": "ours",
    "internal_name_encoded": "ours",
    "major_version": "10",
    "maxnumber": "5",
    "midpointMjdTai": "61364.2",
    "minor_version": "0",
    "n": "5",
    "nmax": "3",
    "n_day_after": "14",
    "n_day_before": "0.5",
    "name": "SN 2026",
    "name_or_id": "SN 2026aax",
    "pmax": "99",
    "pmin": "1",
    "ra": "150.12",
    "radius": "60",
    "resolver": "tns",
    "reverse": "True",
    "schema": "True",
    "ssoCandId": "FF20260000",
    "sso_name": rocks("ztf")[0].name,
    "sso_number": str(rocks("ztf")[0].number),
    "startdate": "2026-11-01 00:00:00",
    "start_date": "2026-11-01",
    "stopdate": "2026-11-30 00:00:00",
    "stop_date": "2026-11-30",
    "stretch": "linear",
    "tag": "in_tns",
    "trend": "rising",
    "version": "2026.10",
    "window": "30",
    "withEphem": "True",
    "withResiduals": "True",
    "withcutouts": "True",
    "withupperlim": "True",
}
"""A good value of each argument that means the same everywhere."""

UNASKED = {
    ("ztf", "metadata", "username"): "it writes to Fink's public database",
    ("ztf", "metadata", "comments"): "it writes to Fink's public database",
    ("ztf", "skymap", "file"): "the stand-in reads no sky maps",
    ("lsst", "skymap", "file"): "the stand-in reads no sky maps",
}


def value(endpoint: Endpoint, name: str) -> str:
    """A good value of an argument."""
    if name == "objectId":
        return next(alert.object_id for alert in reversed(sky.ztf()) if alert.label == "SN candidate")
    if name == "candid":
        return next(alert.alert_id for alert in reversed(sky.ztf()) if alert.label == "SN candidate")
    if name == "diaObjectId":
        return next(alert.object_id for alert in reversed(sky.lsst()) if "fink_in_tns_lsst" in alert.topics)
    if name == "diaSourceId":
        return sky.lsst()[-1].alert_id
    if name == "n_or_d":
        return rocks(endpoint.survey)[0].name
    if name == "kind":
        return {"cutouts": "Science", "ssocand": "lightcurves", "conesearch": "across"}[endpoint.path]
    if name == "output-format":
        return "FITS" if endpoint.path == "cutouts" else "csv"
    if name == "columns":
        return "basic:sci" if endpoint.path == "statistics" else "i:ra,r:ra,d:mag_rate,i:magpsf"
    return VALUES[name]


def beside(endpoint: Endpoint, name: str) -> tuple[str, ...]:
    """Arguments that one does not go without."""
    if endpoint.path == "skymap":
        return ("event_name", "credible_level")
    if (endpoint.survey, endpoint.path) == ("lsst", "tags"):
        return ("tag",)
    if endpoint.path == "tracklet" and name not in ("id", "date"):
        return ("date",)
    if endpoint.path == "metadata" and not name:
        return ("objectId",)
    return ()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.survey}-{one.path}")
def test_every_argument_of_an_endpoint_is_answered(endpoint: Endpoint, fink_api: FinkApi, tmp_path: Path) -> None:
    client = Client(Search(ztf=fink_api.ztf_url, lsst=fink_api.lsst_url), pauses=(0,))
    words = (fink_api.ztf if endpoint.survey == "ztf" else fink_api.lsst).routes()[endpoint.path].words
    required = [argument.name for argument in endpoint.arguments if argument.is_required]
    for name in ["", *(argument.name for argument in endpoint.arguments)]:
        if (endpoint.survey, endpoint.path, name) in UNASKED:
            continue
        names = dict.fromkeys((*required, *beside(endpoint, name), *([name] if name else [])))
        given = {one: value(endpoint, one) for one in names}
        if endpoint.path == "conesearch" and endpoint.survey == "lsst" and {"startdate", "stopdate"} & set(given):
            given["columns"] = "f:firstDiaSourceMjdTaiFink,r:midpointMjdTai"
        question = Question(endpoint.survey, endpoint.path, tuple(sorted(given.items())))
        client.ask(question, tmp_path / "body")
        body = (tmp_path / "body").read_bytes()
        assert body.decode(errors="replace") != words, "it was asked about itself"
        assert body
        if gives_json(question):
            json.loads(body)
    assert all(served.status == 200 for served in fink_api.requests)


def test_a_name_is_resolved_both_ways(fink_api: FinkApi, tmp_path: Path) -> None:
    """`reverse` must be JSON's true, and `nmax` a number: text makes the server fail."""
    client = Client(Search(ztf=fink_api.ztf_url), pauses=(0,))
    row = next(iter(tns("ztf").values()))
    client.ask(
        Question.of("ztf", "resolver", resolver="tns", name=row["d:internalname"], reverse="true", nmax=1),
        tmp_path / "body",
    )
    assert json.loads((tmp_path / "body").read_bytes()) == [row]
