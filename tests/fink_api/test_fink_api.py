"""The stand-in itself: its answers have the shapes of the real bodies, and its traps are those of the sources."""

from __future__ import annotations

import io
import json
import math
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import SHARED
from tests.fink_api import FinkApi, big, healpix, sky
from tests.fink_api.catalogue import events, rocks, tns
from tests.fink_api.faults import HTML_504, TWICE
from tests.running import wait_for

REST = SHARED / "data" / "rest"


@pytest.fixture
def web() -> Any:
    """An HTTP client that knows nothing of the program."""
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def bodies() -> Path:
    """Bodies seen in public, and bodies that the server's own code made."""
    if not REST.is_dir():
        pytest.skip("the bodies are not here: no folder `shared` beside the project")
    return REST


def ask(web: httpx.Client, api: FinkApi, survey: str, path: str, **arguments: Any) -> httpx.Response:
    """Ask with the arguments in the URL."""
    base = api.ztf_url if survey == "ztf" else api.lsst_url
    given = {name.replace("_format", "-format"): value for name, value in arguments.items()}
    return web.get(f"{base}/api/v1/{path}", params=given)


def post(web: httpx.Client, api: FinkApi, survey: str, path: str, **arguments: Any) -> httpx.Response:
    """Ask with the arguments as JSON."""
    return web.post(f"{api.ztf_url if survey == 'ztf' else api.lsst_url}/api/v1/{path}", json=arguments)


def supernova(label: str = "SN candidate") -> str:
    """An object of ZTF with several alerts."""
    return next(alert.object_id for alert in reversed(sky.ztf()) if alert.label == label)


def lsst_object() -> str:
    """An object of LSST with several sources."""
    return next(alert.object_id for alert in reversed(sky.lsst()) if "fink_in_tns_lsst" in alert.topics)


def load(path: Path) -> Any:
    return json.loads(path.read_text())


# The sphere


def test_pixels_are_healpixs() -> None:
    """The examples in the documentation of healpy's ang2pix and pix2ang; its equator is a little north of zero."""
    assert [healpix.ang2pix(nside, 0, 3.6e-15) for nside in (1, 2, 4, 8, 16)] == [4, 12, 72, 336, 1440]
    assert [healpix.ang2pix(16, *at) for at in ((45, 45), (90, 0), (0, 90), (0, -90))] == [427, 1520, 0, 3068]
    theta = {1440: 1.52911759, 427: 0.78550497, 1520: 1.57079633, 0: 0.05103658, 3068: 3.09055608}
    phi = {1440: 0.0, 427: 0.78539816, 1520: 1.61988371, 0: 0.78539816, 3068: 0.78539816}
    for pixel in theta:
        expected = math.degrees(phi[pixel]), 90 - math.degrees(theta[pixel])
        assert healpix.centre(16, pixel) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("nside", [1, 4, 16])
def test_a_pixel_has_its_centre_and_none_is_left_out(nside: int) -> None:
    assert [healpix.ang2pix(nside, *healpix.centre(nside, pixel)) for pixel in range(12 * nside**2)] == list(
        range(12 * nside**2)
    )


def test_a_place_is_never_farther_from_its_pixel_than_is_looked_for() -> None:
    for nside in (1, 8, 128, 1024):
        for number in range(2000):
            ra, dec = number * 0.618034 % 1 * 360, 90 - number * 0.09
            assert healpix.may_touch(nside, healpix.ang2pix(nside, ra, dec), ra, dec, 0.0)


# Shapes, against bodies


def test_columns_of_objects_are_those_of_the_schema(web: httpx.Client, fink_api: FinkApi, bodies: Path) -> None:
    schema = load(bodies / "reproduced" / "ztf_schema_GET.json")
    families = {title[title.index("(") + 1] + ":": names for title, names in schema.items()}
    known = {family + name for family, names in families.items() for name in names}
    rows = ask(web, fink_api, "ztf", "objects", objectId=supernova()).json()
    assert set(rows[0]) <= known
    missing = known - set(rows[0])
    older = {f"d:blazar_stats_m{n}" for n in range(3)}
    assert {name for name in missing if name[0] != "b"} <= older | {"d:tag", "d:is_transient", "d:slsn_score"}


def test_types_of_objects_are_those_of_a_real_alert(web: httpx.Client, fink_api: FinkApi, bodies: Path) -> None:
    real = load(bodies / "derived" / "ztf_objects_ZTF25abixhdc.json")[0]
    mine = ask(web, fink_api, "ztf", "objects", objectId=supernova()).json()[0]
    common = [name for name in real if name in mine and real[name] is not None and mine[name] is not None]
    assert len(common) > 130
    assert {name for name in common if type(real[name]) is not type(mine[name])} == set()


def test_upper_limits_are_shaped_as_real_ones(web: httpx.Client, fink_api: FinkApi, bodies: Path) -> None:
    real = load(bodies / "derived" / "ztf_objects_ZTF25abixhdc_withupperlim.json")
    limit = next(row for row in real if row["d:tag"] == "upperlim")
    rows = ask(web, fink_api, "ztf", "objects", objectId=supernova(), withupperlim="True").json()
    mine = next(row for row in rows if row["d:tag"] == "upperlim")
    told = {name: value for name, value in mine.items() if value is not None}
    assert {name: type(value) for name, value in told.items()} == {name: type(value) for name, value in limit.items()}
    assert {row["d:tag"] for row in rows} == {"valid", "upperlim", "badquality"}
    assert [row["i:jd"] for row in rows] == sorted((row["i:jd"] for row in rows), reverse=True)


@pytest.mark.parametrize(
    ("survey", "path", "arguments", "file"),
    [
        ("ztf", "conesearch", {"ra": 150.12, "dec": 20.1, "radius": 900}, "real/ztf_conesearch_default_columns.json"),
        ("lsst", "conesearch", {"ra": 57.964, "dec": -30, "radius": 60}, "real/lsst_conesearch_default_columns.json"),
        ("ztf", "resolver", {"resolver": "simbad", "name": "m87"}, "real/ztf_resolver_simbad.json"),
        ("lsst", "resolver", {"resolver": "simbad", "name_or_id": "m87"}, "real/lsst_resolver_simbad.json"),
    ],
)
def test_rows_have_the_columns_and_types_of_real_bodies(
    survey: str, path: str, arguments: dict[str, Any], file: str, web: httpx.Client, fink_api: FinkApi, bodies: Path
) -> None:
    real, mine = load(bodies / file)[0], ask(web, fink_api, survey, path, **arguments).json()[0]
    assert set(mine) == set(real) - {"MType"}
    assert all(type(mine[name]) is type(real[name]) for name in mine if None not in (mine[name], real[name]))


@pytest.mark.parametrize(
    ("path", "endpoint"), [("sources", "sources"), ("objects", "objects"), ("fp", "fp"), ("conesearch", "conesearch")]
)
def test_columns_of_lsst_are_those_of_the_schema(
    path: str, endpoint: str, web: httpx.Client, fink_api: FinkApi, bodies: Path
) -> None:
    schema = load(bodies / "reproduced" / f"lsst_schema_{endpoint}_v10_0.json")
    known = {("r:" if "(r:)" in title else "f:") + name for title, names in schema.items() for name in names}
    if path == "conesearch":
        assert set(fink_api.lsst.schema) | set(fink_api.lsst.object_schema) == known
    else:
        assert set(ask(web, fink_api, "lsst", path, diaObjectId=lsst_object()).json()[0]) == known


def test_errors_are_those_of_the_server_to_the_letter(web: httpx.Client, fink_api: FinkApi, bodies: Path) -> None:
    missing = ask(web, fink_api, "ztf", "objects", columns="i:jd")
    strange = ask(web, fink_api, "ztf", "objects", objectId=supernova(), output_format="xml")
    assert (missing.status_code, strange.status_code) == (400, 400)
    assert missing.content == (bodies / "derived" / "error_400_missing_arg.body").read_bytes()
    assert strange.content == (bodies / "derived" / "error_400_bad_format.body").read_bytes()


def test_every_fink_class_is_known(fink_api: FinkApi, web: httpx.Client, bodies: Path) -> None:
    real, mine = load(bodies / "reproduced" / "ztf_classes_GET.json"), ask(web, fink_api, "ztf", "classes").json()
    assert list(mine) == list(real)
    assert all(set(mine[group]) <= set(real[group]) for group in mine)


# Traps


def test_a_crowded_pixel_hides_the_newest_object(web: httpx.Client, fink_api: FinkApi) -> None:
    for survey, ident, place in (
        ("ztf", "i:objectId", sky.ZTF_CROWD),
        ("lsst", "r:diaObjectId", sky.LSST_CROWD),
    ):
        cone = {"ra": place[0], "dec": place[1], "radius": 1}
        assert ask(web, fink_api, survey, "conesearch", **cone).json() == []
        found = ask(web, fink_api, survey, "conesearch", **cone, n=5000).json()
        assert len(found) == 1
        assert found[0]["v:separation_degree"] < 1 / 3600
        assert len(str(found[0][ident])) in (12, 18)
    bounded = ask(web, fink_api, "ztf", "conesearch", ra=150.12, dec=20.1, radius=1, startdate="2026-10-01", window=90)
    assert len(bounded.json()) == 1  # the scan itself begins there


def test_without_a_time_among_the_columns_each_alert_is_a_row(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.ztf.key_time = "jd"  # as older databases were keyed: all alerts of an object are in the table
    one = ask(web, fink_api, "ztf", "conesearch", ra=150.12, dec=20.1, radius=1, n=5000)
    many = ask(web, fink_api, "ztf", "conesearch", ra=150.12, dec=20.1, radius=1, n=5000, columns="i:objectId")
    assert len(one.json()) == 1
    assert len(many.json()) > 1
    assert set(many.json()[0]) == {"i:objectId", "i:ra", "i:dec", "v:separation_degree"}


def test_places_are_read_in_all_their_forms(web: httpx.Client, fink_api: FinkApi) -> None:
    forms = [("150.12", "20.1"), ("150d07m12s", "20d06m00s"), ("10h00m28.8s", "+20d06m00s"), ("10:00:28.8", "20:06:00")]
    answers = [ask(web, fink_api, "ztf", "conesearch", ra=a, dec=d, radius=90, n=5000).json() for a, d in forms]
    assert len(answers[0]) > 1
    assert all([row["i:objectId"] for row in answer] == [row["i:objectId"] for row in answers[0]] for answer in answers)


def test_a_trend_is_looked_for_among_the_rows_that_were_found(web: httpx.Client, fink_api: FinkApi) -> None:
    given = {"class": "SN candidate", "n": 20}
    every = ask(web, fink_api, "ztf", "latests", **given).json()
    rising = ask(web, fink_api, "ztf", "latests", **given, trend="rising").json()
    assert [row for row in every if (row["d:mag_rate"] or 0) < 0] == rising
    assert 0 < len(rising) < len(every) == 20
    assert ask(web, fink_api, "ztf", "latests", **given, trend="rising", columns="i:jd").status_code == 500


def test_columns_that_are_null_in_every_row_are_absent(web: httpx.Client, fink_api: FinkApi) -> None:
    wanted = "r:diaObjectId,r:psfLnL,f:nosuch"
    rows = ask(web, fink_api, "lsst", "sources", diaObjectId=lsst_object(), columns=wanted).json()
    assert {name for row in rows for name in row} == {"r:diaObjectId"}
    every = ask(web, fink_api, "lsst", "sources", diaObjectId=lsst_object()).json()
    assert every[0]["r:psfLnL"] is None


def test_an_id_is_text_and_comes_back_exact(web: httpx.Client, fink_api: FinkApi) -> None:
    ident = lsst_object()
    assert f'"r:diaObjectId":{ident}' in post(web, fink_api, "lsst", "sources", diaObjectId=ident).text
    broken = post(web, fink_api, "lsst", "sources", diaObjectId=int(ident))
    assert (broken.status_code, broken.json()) == (500, {"message": "Internal Server Error"})


def test_the_url_goes_before_the_body(web: httpx.Client, fink_api: FinkApi) -> None:
    url = f"{fink_api.ztf_url}/api/v1/latests?class=Mira&n=1"
    assert len(web.post(url, json={"class": "nonsense"}).json()) == 1
    assert web.post(f"{fink_api.ztf_url}/api/v1/latests", content=b"class=Mira").status_code == 415
    assert ask(web, fink_api, "ztf", "latests").headers["content-type"].startswith("text/html")


def test_nothing_found_is_an_empty_list(web: httpx.Client, fink_api: FinkApi) -> None:
    answers = [
        ask(web, fink_api, "ztf", "objects", objectId="ZTF99zzzzzzz"),
        ask(web, fink_api, "ztf", "conesearch", ra=1, dec=89, radius=1),
        ask(web, fink_api, "ztf", "latests", **{"class": "nonsense"}),
        ask(web, fink_api, "lsst", "sources", diaObjectId="170000000000000000"),
        ask(web, fink_api, "ztf", "resolver", resolver="simbad", name="no such thing"),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"[]")}


def test_numbers_that_go_to_java_must_be_numbers(web: httpx.Client, fink_api: FinkApi) -> None:
    name = next(iter(tns("ztf").values()))["d:fullname"]
    given = {"resolver": "tns", "name": "SN 2026"}
    assert post(web, fink_api, "ztf", "resolver", **given, nmax="2").status_code == 500
    assert len(post(web, fink_api, "ztf", "resolver", **given, nmax=2).json()) == 2
    assert [row["d:fullname"] for row in ask(web, fink_api, "ztf", "resolver", resolver="tns", name=name).json()] == [
        name
    ]


def test_the_resolver_goes_both_ways_with_json_true_only(web: httpx.Client, fink_api: FinkApi) -> None:
    row = next(iter(tns("ztf").values()))
    given = {"resolver": "tns", "name": row["d:internalname"]}
    assert post(web, fink_api, "ztf", "resolver", **given, reverse=True).json() == [row]
    assert post(web, fink_api, "ztf", "resolver", **given, reverse="true").json() == []


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_solar_system_objects_are_found_by_name(survey: str, web: httpx.Client, fink_api: FinkApi) -> None:
    rock = rocks(survey)[0]
    by_name = ask(web, fink_api, survey, "sso", n_or_d=rock.name).json()
    assert by_name == ask(web, fink_api, survey, "sso", n_or_d=str(rock.number)).json()
    assert {row["sso_name" if survey == "ztf" else "f:sso_name"] for row in by_name} == {rock.name}
    other = rocks("lsst" if survey == "ztf" else "ztf")[0]
    assert ask(web, fink_api, survey, "sso", n_or_d=other.name).json() == []
    nobody = ask(web, fink_api, survey, "sso", n_or_d="Nemo")
    assert (nobody.status_code, "according to quaero" in nobody.text) == (400, True)


@pytest.mark.parametrize("wanted", ["csv", "votable", "parquet"])
def test_tables_come_in_four_formats(wanted: str, web: httpx.Client, fink_api: FinkApi) -> None:
    import polars
    from astropy.io.votable import parse_single_table

    given = {"objectId": supernova(), "columns": "i:objectId,i:jd,i:candid"}
    rows = ask(web, fink_api, "ztf", "objects", **given).json()
    body = io.BytesIO(ask(web, fink_api, "ztf", "objects", **given, output_format=wanted).content)
    if wanted == "csv":
        found = polars.read_csv(body)["i:candid"].to_list()
    elif wanted == "parquet":
        found = polars.read_parquet(body)["i:candid"].to_list()
    else:
        found = parse_single_table(body).array["i_candid"].tolist()
    assert found == [row["i:candid"] for row in rows]


def test_an_event_has_the_alerts_of_its_region(web: httpx.Client, fink_api: FinkApi) -> None:
    for survey, event in zip(("ztf", "lsst"), events(), strict=True):
        rows = ask(web, fink_api, survey, "skymap", event_name=event.name, credible_level=0.9).json()
        assert rows
        ra, dec = ("i:ra", "i:dec") if survey == "ztf" else ("r:ra", "r:dec")
        assert all(healpix.separation(row[ra], row[dec], event.ra, event.dec) < 3 * event.sigma for row in rows)
        missing = ask(web, fink_api, survey, "skymap", event_name=event.name)
        assert missing.status_code == (500 if survey == "ztf" else 400)
    unknown = ask(web, fink_api, "ztf", "skymap", event_name="S990101zz", credible_level=0.9)
    assert (unknown.status_code, list(unknown.json()[0])) == (200, ["status"])
    assert (
        post(web, fink_api, "ztf", "skymap", event_name=event.name, credible_level=0.9, n_day_after="6").status_code
        == 500
    )


# CDS


def test_an_image_says_where_it_is(web: httpx.Client, fink_api: FinkApi) -> None:
    from astropy.io import fits
    from astropy.wcs import WCS

    given = {"hips": "CDS/P/DSS2/red", "ra": 187.70593, "dec": 12.391123, "fov": 0.1, "width": 60, "height": 40}
    with fits.open(io.BytesIO(web.get(fink_api.hips_url, params=given).content)) as file:
        x, y = WCS(file[0].header).world_to_pixel_values(187.70593, 12.391123)
        brightest = divmod(int(file[0].data.argmax()), 60)
        assert (round(float(y)), round(float(x))) == (brightest[0], brightest[1])
    assert web.get(fink_api.hips_url, params=given | {"format": "jpg"}).content[:2] == b"\xff\xd8"
    assert web.get(fink_api.hips_url, params={"hips": "CDS/P/DSS2/red"}).status_code == 400


def test_simbad_answers_for_a_circle(web: httpx.Client, fink_api: FinkApi) -> None:
    circle = "1=CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 187.7, 12.4, 0.1))"
    query = f"SELECT TOP 9 main_id, ra, dec, otype FROM basic WHERE {circle}"
    given = {"REQUEST": "doQuery", "LANG": "ADQL", "FORMAT": "json", "QUERY": query}
    body = web.get(fink_api.simbad_url, params=given).json()
    assert [column["name"] for column in body["metadata"]] == ["main_id", "ra", "dec", "otype"]
    assert body["data"] == [["M  87", 187.70593, 12.391123, "AGN"]]
    assert web.post(fink_api.simbad_url, data=given).json() == body
    wrong = web.get(fink_api.simbad_url, params=given | {"QUERY": "SELCT"})
    assert (wrong.status_code, 'value="ERROR"' in wrong.text) == (400, True)


# Faults, and what is noted


def test_a_fault_is_for_as_many_requests_as_it_says(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.faults.gateway_timeout("classes")
    answers = [ask(web, fink_api, "ztf", path) for path in ("objects", "classes", "classes")]
    assert [answer.status_code for answer in answers] == [200, 504, 200]
    assert answers[1].content == HTML_504
    assert [served.endpoint for served in fink_api.requests] == ["objects", "classes", "classes"]
    assert fink_api.requests[0].headers["user-agent"].startswith("python-httpx")


def test_the_link_can_be_cut_and_the_length_be_wrong(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.faults.cut(100)
    with pytest.raises(httpx.HTTPError):
        ask(web, fink_api, "ztf", "classes")
    fink_api.faults.wrong_length(50)
    with pytest.raises(httpx.HTTPError):
        ask(web, fink_api, "ztf", "classes")
    fink_api.faults.drip()
    assert ask(web, fink_api, "ztf", "classes").json()
    wait_for(lambda: fink_api.requests[2].is_whole, "the server notes it after the last byte")
    assert not fink_api.requests[0].is_whole


def test_what_stalls_goes_on_when_released_and_is_counted_meanwhile(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.faults.stuck(times=2)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(web, fink_api, "ztf", "classes").status_code)) for _ in "12"
    ]
    for thread in threads:
        thread.start()
    wait_for(lambda: fink_api.most_at_once == 2, "two requests at a time")
    assert answers == []
    fink_api.faults.release()
    for thread in threads:
        thread.join(30)
    assert answers == [200, 200]


def test_a_flood_is_sent_while_it_is_made(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.faults.flood(20_000_000)
    with web.stream("GET", f"{fink_api.ztf_url}/api/v1/objects?objectId=x") as response:
        assert sum(len(part) for part in response.iter_raw()) >= 20_000_000
    fink_api.faults.flood(100_000)
    assert ask(web, fink_api, "ztf", "objects").json()[-1] == {"i:objectId": "ZTF18flood"}


def test_bodies_are_packed_where_that_is_wanted_and_accepted(web: httpx.Client, fink_api: FinkApi) -> None:
    plain = ask(web, fink_api, "ztf", "classes")
    fink_api.faults.gzip = True
    packed = ask(web, fink_api, "ztf", "classes")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.content == plain.content


def test_a_stopped_server_refuses_and_comes_back_where_it_was(web: httpx.Client, fink_api: FinkApi) -> None:
    address = fink_api.ztf_url
    fink_api.stop("ztf")
    with pytest.raises(httpx.ConnectError):
        web.get(address)
    fink_api.start("ztf")
    assert web.get(f"{address}/api/v1/classes").status_code == 200
    assert isinstance(socket.inet_aton(address.split("//")[1].split(":")[0]), bytes)


def test_texts_can_be_made_hostile_and_bodies_replaced(web: httpx.Client, fink_api: FinkApi) -> None:
    fink_api.faults.text |= {"d:cdsxmatch": "\x1b[2J", "main_id": "[/]"}
    query = "SELECT main_id, ra FROM basic WHERE 1=CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 187.7, 12.4, 0.1))"
    given = {"REQUEST": "doQuery", "LANG": "ADQL", "FORMAT": "json", "QUERY": query}
    assert web.get(fink_api.simbad_url, params=given).json()["data"] == [["[/]", 187.70593]]
    rows = ask(web, fink_api, "ztf", "latests", **{"class": "Mira"}).json()
    assert {row["d:cdsxmatch"] for row in rows} == {"\x1b[2J"}
    fink_api.faults.body(TWICE)
    assert ask(web, fink_api, "ztf", "objects").content == TWICE


def test_ten_thousand_rows_are_made_of_all_columns() -> None:
    rows = json.loads(big.ztf_rows(10_000))
    assert len(rows) == 10_000
    assert len({row["i:objectId"] for row in rows}) == len({row["i:candid"] for row in rows}) == 10_000
    assert all(len(row) >= 136 for row in rows)
