"""The table of endpoints, and what is refused before it is asked."""

from __future__ import annotations

import ast
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fink_tui.search.api.endpoints import ENDPOINTS, Gives, body, check, endpoint, gives, question, writes
from fink_tui.search.errors import QuestionError
from fink_tui.search.question import Question

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)

SECTION_5 = {
    ("ztf", "objects"): "objectId withupperlim withcutouts cutout-kind columns",
    ("ztf", "conesearch"): "ra dec radius n startdate stopdate window columns",
    ("ztf", "latests"): "class n startdate stopdate trend color columns",
    ("ztf", "classes"): "",
    ("ztf", "sso"): "n_or_d withEphem withResiduals withcutouts cutout-kind columns",
    ("ztf", "ssocand"): "kind ssoCandId start_date stop_date maxnumber",
    ("ztf", "tracklet"): "date id columns",
    ("ztf", "cutouts"): "objectId kind output-format candid stretch colormap pmin pmax convolution_kernel",
    ("ztf", "resolver"): "resolver name reverse nmax",
    ("ztf", "statistics"): "date columns schema",
    ("ztf", "anomaly"): "n start_date stop_date columns",
    ("ztf", "skymap"): "event_name file credible_level n_day_before n_day_after",
    ("ztf", "ssoft"): "sso_name sso_number schema flavor version",
    ("ztf", "ssobulk"): "",
    ("ztf", "metadata"): "objectId internal_name username comments",
    ("ztf", "schema"): "",
    ("lsst", "sources"): "diaObjectId midpointMjdTai columns",
    ("lsst", "objects"): "diaObjectId columns",
    ("lsst", "fp"): "diaObjectId columns",
    ("lsst", "conesearch"): "ra dec radius n startdate stopdate window kind columns",
    ("lsst", "tags"): "tag n startdate stopdate columns",
    ("lsst", "blocks"): "",
    ("lsst", "sso"): "n_or_d withEphem columns",
    ("lsst", "cutouts"): "diaSourceId kind output-format stretch",
    ("lsst", "resolver"): "resolver name_or_id reverse nmax",
    ("lsst", "statistics"): "date",
    ("lsst", "schema"): "endpoint major_version minor_version",
    ("lsst", "skymap"): "credible_level",
}
"""The arguments that the API's documentation and source have."""


@pytest.mark.parametrize(("survey", "path"), SECTION_5)
def test_the_table_has_every_argument(survey: str, path: str) -> None:
    found = endpoint(survey, path)
    names = [one.name for one in found.arguments]
    assert set(SECTION_5[survey, path].split()) <= set(names)
    assert len(names) == len(set(names))


def test_every_argument_says_what_it_is() -> None:
    for one in ENDPOINTS:
        assert one.words, one
        required = [argument.is_required for argument in one.arguments]
        assert required == sorted(required, reverse=True), f"{one.path}: the required ones come first"
        assert all(argument.words for argument in one.arguments)


GOOD = {
    "ztf objects": {"objectId": "ztf18ABCDEFG, ZTF21abfmbix", "withupperlim": "yes"},
    "ztf conesearch": {"ra": "12:55:16.9", "dec": "-00:53:48", "radius": "5m", "startdate": "-3d", "window": "2"},
    "ztf latests": {"class": "sn ia", "startdate": "61000.5", "n": "20", "trend": "Rising"},
    "ztf classes": {},
    "ztf sso": {"n_or_d": "8467, 10P", "withEphem": "true"},
    "ztf ssocand": {"kind": "lightcurves", "start_date": "yesterday"},
    "ztf tracklet": {"id": "trck_20241103_0"},
    "ztf cutouts": {"objectId": "ZTF21abfmbix", "kind": "all", "output-format": "array"},
    "ztf resolver": {"resolver": "TNS", "name": "SN 2024abtt", "reverse": "true", "nmax": "5"},
    "ztf statistics": {"date": "all"},
    "ztf anomaly": {"start_date": "2026-11-01", "stop_date": "today"},
    "ztf skymap": {"event_name": "s230518H", "credible_level": "0.9", "n_day_before": "2"},
    "ztf ssoft": {"sso_name": "Benoitcarry", "flavor": "shg1g2", "version": "2026.08"},
    "ztf ssobulk": {"output-format": "parquet"},
    "ztf metadata": {"objectId": "ZTF21abfmbix"},
    "ztf schema": {},
    "lsst sources": {"diaObjectId": "170028512402473130"},
    "lsst objects": {"diaObjectId": "170028512402473130 170028512402473131"},
    "lsst fp": {"diaObjectId": "170028512402473130"},
    "lsst conesearch": {"ra": "53.1", "dec": "-27.8", "radius": "60", "startdate": "2026-11-01"},
    "lsst tags": {"tag": "fink_in_tns_lsst", "startdate": "2460000.5"},
    "lsst blocks": {},
    "lsst sso": {"n_or_d": "2010JO69"},
    "lsst cutouts": {"diaSourceId": "170028512402473130", "kind": "Science"},
    "lsst resolver": {"resolver": "simbad", "name_or_id": "M31"},
    "lsst statistics": {"date": "2026-11"},
    "lsst schema": {"endpoint": "/api/v1/sources", "major_version": "10", "minor_version": "0"},
    "lsst skymap": {"event_name": "S251112cm", "credible_level": "0.45"},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_makes_sense_passes_and_is_read_once_and_for_all(name: str) -> None:
    survey, path = name.split()
    made = question(survey, path, GOOD[name], NOW)
    check(made, NOW)
    assert question(survey, path, made.given, NOW) == made


def test_values_become_what_fink_takes() -> None:
    made = question("ztf", "latests", GOOD["ztf latests"], NOW).given
    assert made == {"class": "(TNS) SN Ia", "startdate": "2025-11-21 12:00:00", "n": "20", "trend": "rising"}
    cone = question("ztf", "conesearch", GOOD["ztf conesearch"], NOW).given
    assert (cone["radius"], cone["startdate"]) == ("300", "2026-11-18 03:30:00")
    assert float(cone["ra"]) == pytest.approx(193.82041667, abs=1e-8)
    assert float(cone["dec"]) == pytest.approx(-0.89666667, abs=1e-8)
    assert question("lsst", "tags", GOOD["lsst tags"], NOW).given["tag"] == "in_tns"
    assert question("ztf", "statistics", {"date": "all"}, NOW).arguments == (("date", ""),)


def test_dates_bring_rubins_column_with_them() -> None:
    columns = question("lsst", "conesearch", GOOD["lsst conesearch"], NOW).given["columns"].split(",")
    assert "f:firstDiaSourceMjdTaiFink" in columns
    assert "r:diaObjectId" in columns


BAD = [
    ("ztf", "conserch", {}, "conesearch"),
    ("ztf", "tags", {}, "Only LSST has tags"),
    ("gaia", "objects", {}, "ztf and lsst"),
    ("ztf", "objects", {"objectid": "ZTF21abfmbix"}, "objectId"),
    ("ztf", "classes", {"n": "3"}, "takes no arguments"),
    ("ztf", "objects", {}, "needs objectId"),
    ("ztf", "objects", {"objectId": "ZTF18abc"}, "too short"),
    ("ztf", "objects", {"objectId": "ZTF31abcdefg"}, "no object of ZTF"),
    ("ztf", "objects", {"objectId": "ZTF21abfmbix", "cutout-kind": "Science"}, "withcutouts"),
    ("ztf", "objects", {"objectId": "ZTF21abfmbix", "withcutouts": "true", "columns": "i:jd"}, "i:candid"),
    ("lsst", "sources", {"diaObjectId": "17002851x"}, "digits"),
    ("lsst", "sources", {"diaObjectId": "99999999999999999999"}, "digits"),
    ("ztf", "conesearch", {"ra": "10", "dec": "10", "radius": "6d"}, "18000"),
    ("ztf", "conesearch", {"ra": "10", "dec": "10", "radius": "0"}, "18000"),
    ("ztf", "conesearch", {"ra": "10", "dec": "91", "radius": "5"}, "-90"),
    ("ztf", "conesearch", {"ra": "361", "dec": "9", "radius": "5"}, "360"),
    ("ztf", "conesearch", {"ra": "10", "dec": "9", "radius": "5", "window": "2"}, "startdate"),
    ("ztf", "conesearch", {"ra": "1", "dec": "9", "radius": "5", "startdate": "-3d", "window": "0"}, "larger"),
    ("ztf", "latests", {"class": "SN candidat"}, "SN candidate"),
    ("ztf", "latests", {"class": "QSO", "n": "0"}, "between 1"),
    ("ztf", "latests", {"class": "QSO", "n": "ten"}, "whole number"),
    ("ztf", "latests", {"class": "QSO", "n": "10000000"}, "between 1"),
    ("ztf", "latests", {"class": "QSO", "trend": "falling"}, "fading"),
    ("ztf", "latests", {"class": "QSO", "trend": "low_state"}, "Blazar low state"),
    ("ztf", "latests", {"class": "QSO", "trend": "rising", "columns": "i:jd"}, "d:mag_rate"),
    ("ztf", "latests", {"class": "QSO", "startdate": "2026-11-22"}, "future"),
    ("ztf", "latests", {"class": "QSO", "startdate": "soon"}, "no date"),
    ("ztf", "latests", {"class": "QSO", "startdate": "2026-13-01"}, "no date"),
    ("ztf", "latests", {"class": "QSO", "startdate": "2026-11-02", "stopdate": "2026-11-01"}, "Swap"),
    ("lsst", "tags", {"tag": "in_simbad"}, "live stream only"),
    ("lsst", "tags", {"tag": "hostles_candidate"}, "hostless_candidate"),
    ("lsst", "tags", {"tag": "no tag"}, "is no tag"),
    ("ztf", "ssocand", {"kind": "orbits"}, "orbParams"),
    ("ztf", "ssocand", {"kind": "orbParams", "start_date": "-3d"}, "lightcurves"),
    ("ztf", "sso", {"n_or_d": "8467,10P", "withResiduals": "true"}, "one object"),
    ("ztf", "sso", {"n_or_d": " , "}, "empty"),
    ("ztf", "tracklet", {}, "date, id"),
    ("ztf", "tracklet", {"id": "TRCK_2024-11"}, "TRCK_"),
    ("ztf", "tracklet", {"date": "2024-11-31"}, "no time"),
    ("ztf", "cutouts", {"objectId": "ZTF21abfmbix", "kind": "All"}, "array"),
    ("ztf", "statistics", {"date": "20261332"}, "no night"),
    ("ztf", "statistics", {"date": "20260231"}, "calendar"),
    ("ztf", "statistics", {"date": "2027"}, "future"),
    ("ztf", "statistics", {"date": "202612"}, "future"),
    ("ztf", "skymap", {"credible_level": "0.9"}, "event_name"),
    ("ztf", "skymap", {"credible_level": "90", "event_name": "S230518h"}, "between 0 and 1"),
    ("ztf", "skymap", {"credible_level": "0.9", "event_name": "GW170817"}, "S230518h"),
    ("ztf", "skymap", {"credible_level": "0.9", "event_name": "S230518h", "n_day_before": "8"}, "between 0 and 7"),
    ("ztf", "ssoft", {"sso_name": "Ceres", "sso_number": "1"}, "only one"),
    ("ztf", "ssoft", {"flavor": "HG12"}, "SSHG1G2"),
    ("ztf", "ssoft", {"version": "2026-08"}, "2026.08"),
    ("lsst", "ssoft", {"flavor": "SHG1G2"}, "HG1G2"),
    ("lsst", "schema", {}, "needs endpoint"),
    ("lsst", "schema", {"endpoint": "/api/v1/fp", "major_version": "10"}, "both"),
    ("ztf", "metadata", {}, "objectId"),
    ("ztf", "metadata", {"objectId": "ZTF21abfmbix", "internal_name": "x"}, "Two"),
    ("ztf", "objects", {"objectId": "ZTF21abfmbix", "columns": "i:jd;drop"}, "no name of a column"),
    ("ztf", "objects", {"objectId": "ZTF21abfmbix", "output-format": "xml"}, "votable"),
    ("ztf", "objects", {"objectId": "ZTF21abfmbix", "withupperlim": "maybe"}, "true or false"),
]


@pytest.mark.parametrize(("survey", "path", "given", "words"), BAD, ids=lambda value: str(value)[:40])
def test_what_makes_none_is_told_before_it_is_asked(survey: str, path: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(QuestionError, match=words.replace("(", r"\(")) as told:
        question(survey, path, given, NOW)
    assert "\n" not in str(told.value)


def test_a_question_of_another_hand_is_checked_too() -> None:
    for wrong in (
        Question.of("ztf", "latests", startdate="2460000.5", **{"class": "QSO"}),
        Question.of("ztf", "latests", **{"class": "(SIMBAD) QSO", "startdate": "-3d"}),
        Question.of("ztf", "latests", **{"class": "qso"}),
        Question.of("lsst", "conesearch", ra="1", dec="2", radius="3", startdate="2026-01-01 00:00:00"),
        Question.of("lsst", "tags", tag="IN_TNS"),
    ):
        with pytest.raises(QuestionError):
            check(wrong, NOW)
    check(Question.of("ztf", "conesearch", ra=1.5, dec=-2, radius=30.0, n=10000), NOW)
    check(Question.of("ztf", "latests", **{"class": "(SIMBAD) QSO", "startdate": "2026-01-01T10:00:00.5"}), NOW)


def test_a_tag_that_fink_may_have_made_since_is_asked_for() -> None:
    assert question("lsst", "tags", {"tag": "extragalactic_lt21mag_candidate"}, NOW).given["tag"].endswith("candidate")
    assert question("lsst", "tags", {"tag": "quite_another"}, NOW)


def test_nothing_writes_to_finks_database_without_being_told_to() -> None:
    given = {"objectId": "ZTF21abfmbix", "internal_name": "x", "username": "me", "comments": "hello"}
    with pytest.raises(QuestionError, match="public database"):
        question("ztf", "metadata", given, NOW)
    asked = Question.of("ztf", "metadata", **given)
    assert writes(asked)
    check(asked, NOW, may_write=True)
    with pytest.raises(QuestionError, match="internal_name"):
        check(asked.but(internal_name=None), NOW, may_write=True)
    assert not writes(Question.of("ztf", "metadata", objectId="ZTF21abfmbix"))


def test_what_is_answered() -> None:
    assert gives(Question.of("ztf", "objects", objectId="ZTF21abfmbix")) is Gives.ALERTS
    assert gives(Question.of("lsst", "tags")) is Gives.TABLE
    assert gives(Question.of("lsst", "tags", tag="in_tns")) is Gives.ALERTS
    assert gives(Question.of("lsst", "fp", diaObjectId="1")) is Gives.POINTS
    assert gives(Question.of("ztf", "objects", objectId="ZTF21abfmbix", output_format="parquet")) is Gives.FILE
    assert gives(Question.of("ztf", "cutouts", objectId="ZTF21abfmbix", kind="Science")) is Gives.FILE
    assert gives(question("ztf", "ssobulk", {}, NOW)) is Gives.FILE
    assert gives(question("ztf", "ssobulk", {"sso_name": "Ceres"}, NOW)) is Gives.TABLE
    assert gives(question("ztf", "ssoft", {"flavor": "HG"}, NOW)) is Gives.TABLE
    assert gives(Question.of("ztf", "ssoft")) is Gives.FILE


def test_a_sky_map_goes_as_the_server_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "bayestar.fits.gz"
    path.write_bytes(gzip.compress(b"SIMPLE"))
    asked = question("ztf", "skymap", {"file": str(path), "credible_level": "0.5"}, NOW)
    sent = body(asked)
    assert ast.literal_eval(str(sent["bayestar"])) == path.read_bytes()
    assert "file" not in sent
    path.write_bytes(b"no sky map")
    with pytest.raises(QuestionError, match="no sky map"):
        body(asked)
    path.unlink()
    with pytest.raises(QuestionError, match="cannot be read"):
        check(asked, NOW)


def test_numbers_go_as_numbers_and_identifiers_as_text() -> None:
    asked = question("lsst", "resolver", {"resolver": "tns", "name_or_id": "313", "reverse": "true", "nmax": "5"}, NOW)
    assert body(asked) == {"resolver": "tns", "name_or_id": "313", "reverse": True, "nmax": 5}
    assert body(Question.of("lsst", "fp", diaObjectId="170028512402473130")) == {"diaObjectId": "170028512402473130"}
    assert body(Question.of("ztf", "latests", color="false", **{"class": "QSO"})) == {"class": "QSO"}
    assert body(Question.of("ztf", "conesearch", ra="1", dec="2", radius="10"))["radius"] == 10.0
