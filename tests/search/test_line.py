"""One line of a search: what it is understood to ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.text import arcdegrees, hours
from fink_tui.search.api import names
from fink_tui.search.api.endpoints import ENDPOINTS, check
from fink_tui.search.api.places import parse_place, parse_radius, write_radius
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.completing import completions
from fink_tui.search.line.meant import around, objects, solar_system
from fink_tui.search.line.reading import Reading
from fink_tui.search.line.understanding import of_reading, understand
from fink_tui.search.line.understood import NOTHING, Understood

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)


def read(text: str) -> Understood:
    found = understand(text, ("ztf", "lsst"), NOW)
    for asked in found.questions:
        check(asked, NOW)
    return found


def asked(text: str) -> list[tuple[str, str, dict[str, str]]]:
    return [(one.survey, one.path, dict(one.arguments)) for one in read(text).questions]


CONE = {"ra": "193.82267", "dec": "2.89732", "radius": "300"}

LINES: list[tuple[str, list[tuple[str, str, dict[str, str]]]]] = [
    ("ZTF21abfmbix", [("ztf", "objects", {"objectId": "ZTF21abfmbix"})]),
    ("ztf21ABFMBIX", [("ztf", "objects", {"objectId": "ZTF21abfmbix"})]),
    (
        "ZTF21abfmbix, ZTF18abcdefg 170028512402473130",
        [
            ("ztf", "objects", {"objectId": "ZTF21abfmbix,ZTF18abcdefg"}),
            ("lsst", "sources", {"diaObjectId": "170028512402473130"}),
        ],
    ),
    ("limits=yes ZTF21abfmbix", [("ztf", "objects", {"objectId": "ZTF21abfmbix", "withupperlim": "true"})]),
    ("object ZTF21abfmbix", [("ztf", "objects", {"objectId": "ZTF21abfmbix"})]),
    ("TRCK_20241103_090000_00", [("ztf", "tracklet", {"id": "TRCK_20241103_090000_00"})]),
    ("tracklet 2024-11-03", [("ztf", "tracklet", {"date": "2024-11-03"})]),
    ("193.82267 +2.89732 5'", [("ztf", "conesearch", CONE), ("lsst", "conesearch", CONE)]),
    ("cone 193.82267, 2.89732 r=5m survey=ztf", [("ztf", "conesearch", CONE)]),
    ("lsst 193.82267 2.89732 300", [("lsst", "conesearch", CONE)]),
    ("ra=193.82267 dec=+2.89732 radius=5arcmin survey=lsst", [("lsst", "conesearch", CONE)]),
    ("class=SN candidate last=10", [("ztf", "latests", {"class": "SN candidate", "n": "10"})]),
    ("last=10 class=SN candidate", [("ztf", "latests", {"class": "SN candidate", "n": "10"})]),
    ("class SN candidate last=10", [("ztf", "latests", {"class": "SN candidate", "n": "10"})]),
    (
        'class="(TNS) SN Ia" after=2026-11-01 window=3 trend=rising',
        [
            (
                "ztf",
                "latests",
                {
                    "class": "(TNS) SN Ia",
                    "n": "100",
                    "startdate": "2026-11-01 00:00:00",
                    "stopdate": "2026-11-04 00:00:00",
                    "trend": "rising",
                },
            )
        ],
    ),
    (
        "class=SN Ia date=2026-11-20 23:10 window=0.1",
        [
            (
                "ztf",
                "latests",
                {
                    "class": "(TNS) SN Ia",
                    "n": "100",
                    "startdate": "2026-11-20 23:10:00",
                    "stopdate": "2026-11-21 01:34:00",
                },
            )
        ],
    ),
    ("Kilonova candidate", [("ztf", "latests", {"class": "Kilonova candidate", "n": "100"})]),
    ("tag=most_likely_sn last=5", [("lsst", "tags", {"tag": "most_likely_sn", "n": "5"})]),
    ("most_likely_sn", [("lsst", "tags", {"tag": "most_likely_sn", "n": "100"})]),
    ("sso=8467", [("ztf", "sso", {"n_or_d": "8467"}), ("lsst", "sso", {"n_or_d": "8467"})]),
    ("ztf 8467", [("ztf", "sso", {"n_or_d": "8467"})]),
    ("ztf C/2020 V2", [("ztf", "sso", {"n_or_d": "C/2020 V2"})]),
    ("ztf sso=2010 JO69 last=3", [("ztf", "sso", {"n_or_d": "2010 JO69"})]),
    (
        "anomaly last=10 after=-10d",
        [("ztf", "anomaly", {"n": "10", "start_date": "2026-11-11"})],
    ),
    ("stats 20261120", [("ztf", "statistics", {"date": "20261120"}), ("lsst", "statistics", {"date": "20261120"})]),
    ("ztf stats", [("ztf", "statistics", {"date": "202611"})]),
    ("ztf stats 202611", [("ztf", "statistics", {"date": "202611"})]),
    ("lsst stats all", [("lsst", "statistics", {"date": ""})]),
    (
        "ztf gw S230518h credible=0.9",
        [("ztf", "skymap", {"event_name": "S230518h", "credible_level": "0.9"})],
    ),
    (
        "ssoft sso_name=Benoitcarry flavor=SHG1G2",
        [("ztf", "ssoft", {"sso_name": "Benoitcarry", "flavor": "SHG1G2", "output-format": "json"})],
    ),
    ("schema endpoint=/api/v1/sources", [("lsst", "schema", {"endpoint": "/api/v1/sources"})]),
    ("schema", [("ztf", "schema", {})]),
    ("classes", [("ztf", "classes", {})]),
    ("tags", [("lsst", "tags", {})]),
    ("blocks", [("lsst", "blocks", {})]),
    ("fp 170028512402473130", [("lsst", "fp", {"diaObjectId": "170028512402473130"})]),
    ("ztf resolver tns SN 2024abtt", [("ztf", "resolver", {"resolver": "tns", "name": "SN 2024abtt"})]),
    (
        "cutouts 170028512402473130 Science",
        [("lsst", "cutouts", {"diaSourceId": "170028512402473130", "kind": "Science"})],
    ),
    ("anomaly columns=i:jd n=3", [("ztf", "anomaly", {"columns": "i:jd", "n": "3"})]),
    ("ztf sso n_or_d=8467 withEphem=true", [("ztf", "sso", {"n_or_d": "8467", "withEphem": "true"})]),
    ("metadata objectId=ZTF21abfmbix", [("ztf", "metadata", {"objectId": "ZTF21abfmbix"})]),
]


@pytest.mark.parametrize(("text", "wanted"), LINES, ids=[line[0] for line in LINES])
def test_what_a_line_asks(text: str, wanted: list[tuple[str, str, dict[str, str]]]) -> None:
    assert asked(text) == wanted
    assert read(text).words


@pytest.mark.parametrize(
    "text", ["M31", "SN 2024abtt", "AT2019qiz", "Ceres", "47 Tuc", "3C 273", "Cone Nebula", "name=Mira"]
)
def test_any_other_text_is_a_name(text: str) -> None:
    found = read(text)
    assert (found.name, found.questions) == (text.removeprefix("name="), ())


def test_what_the_name_turned_out_to_be_is_asked_for() -> None:
    found = read("M31 r=5' class=SN Ia after=-3d")
    assert found.radius == 300
    cone = around(found, 10.684708, 41.26875, NOW)
    (question,) = cone.questions
    check(question, NOW)
    assert (question.survey, question.path, question.given["startdate"]) == ("ztf", "conesearch", "2026-11-18 03:30:00")
    assert (cone.cut.label, cone.name, cone.wanted.ra) == ("(TNS) SN Ia", "", 10.684708)
    assert "10.68471 +41.26875" in cone.words
    same = objects(read("SN 2024abtt"), ["ZTF24abcdefg"], NOW)
    assert [one.path for one in same.questions] == ["objects"]
    assert same.wanted.object_ids == ("ZTF24abcdefg",)
    moving = solar_system(read("lsst Ceres"), "1", NOW)
    assert [(one.survey, one.given) for one in moving.questions] == [("lsst", {"n_or_d": "1"})]


def test_an_object_with_a_radius_is_the_middle_of_a_cone() -> None:
    found = read("ZTF21abfmbix r=2m")
    assert (found.name, found.radius, found.wanted.object_ids) == ("ZTF21abfmbix", 120, ())


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("193.82 2.89 class=SN candidate", {"label": "SN candidate"}),
        ("class=SN candidate 193.82 2.89 30", {"label": "SN candidate"}),
        ("193.82 2.89 tag=in_tns", {"ra": 193.82, "dec": 2.89, "radius": 10 / 3600}),
        ("193.82 2.89 trend=fading", {"trend": "fading"}),
        ("193.82 2.89 last=5", {"limit": 5}),
        ("tag=in_tns rising", {"trend": "rising"}),
        ("ZTF21abfmbix after=2026-11-20", {"start": 61364.0}),
        ("sso=8467 before=2026-11-20", {"stop": 61364.0}),
        ("class=SN candidate last=5 after=-3d", {}),
    ],
)
def test_what_fink_cannot_combine_is_cut_here_and_said(text: str, cut: dict[str, Any]) -> None:
    found = read(text)
    assert {name: value for name, value in vars(found.cut).items() if value != getattr(NOTHING, name)} == cut
    if {"label", "trend", "ra"} & set(cut):
        assert "cut here" in found.words


def test_the_days_of_anomalies_are_whole_and_the_rest_is_cut() -> None:
    found = read("anomaly after='2026-11-18 12:00' before='2026-11-20 22:30'")
    given = found.questions[0].given
    assert (given["start_date"], given["stop_date"]) == ("2026-11-18", "2026-11-20")
    assert (found.cut.start, found.cut.stop) == (61362.5, 61364.9375)
    (one,) = read("anomaly date=2026-11-19").questions
    assert (one.given["start_date"], one.given["stop_date"]) == ("2026-11-19", "2026-11-19"), "one day, not two"


def test_a_date_alone_asks_for_each_class_and_tag() -> None:
    found = read("date=2026-11-20 window=1")
    assert [one.given.get("class") for one in found.questions if one.survey == "ztf"] == list(names.FINK_CLASSES)
    assert [one.given.get("tag") for one in found.questions if one.survey == "lsst"] == list(names.TAGS)
    assert {one.given["stopdate"] for one in found.questions} == {"2026-11-21 00:00:00"}
    assert read("2026-11-20").questions == found.questions == read("20261120").questions
    assert {one.given["startdate"] for one in read("ztf tonight").questions} == {"2026-11-20 12:00:00"}


@pytest.mark.parametrize(
    "page",
    [
        "https://ztf.fink-portal.org/ZTF21abfmbix",
        "https://fink-portal.org/ZTF21abfmbix?tab=1",
        "https://api.example.org/a/ZTF21abfmbix/",
    ],
)
def test_the_page_of_an_object_on_a_portal_is_that_object(page: str) -> None:
    assert read(page).questions == read("ZTF21abfmbix").questions
    assert read(f"{page} https://lsst.fink-portal.org/170028512402473130").questions == (
        read("ZTF21abfmbix 170028512402473130").questions
    )


@pytest.mark.parametrize(
    ("text", "name", "radius"),
    [
        ("NGC 4993 5'", "NGC 4993", 300),
        ("M31 5m", "M31", 300),
        ("Vega 2 arcmin", "Vega", 120),
        ('3C 273 30"', "3C 273", 30),
        ("M31 0.5d", "M31", 1800),
        ("HR 8799 d", "HR 8799 d", 10),
        ("NGC 5d", "NGC 5d", 10),
        ("Barnard's star", "Barnard's star", 10),
        ("SN 2024abtt", "SN 2024abtt", 10),
    ],
)
def test_a_radius_may_stand_behind_a_name(text: str, name: str, radius: float) -> None:
    found = read(text)
    assert (found.name, found.radius) == (name, radius)


def test_the_words_say_what_was_understood() -> None:
    assert read("193.82267 2.89732 5'").words == "cone of 5' around 193.82267 +2.89732, ZTF and LSST"
    assert read("class=SN Ia last=5").words == "the newest 5 of the class (TNS) SN Ia, ZTF"


NEARLY = [
    ("", "what to search"),
    ("ZTF18abc", "too short"),
    ("ZTF18abcdefghi", "too long"),
    ("ZTF21abfmbix foo", "'foo'"),
    ("r=5m", "needs a place"),
    ("sso=8467 r=5m", "r= says nothing of a Solar System object"),
    ("ZTF21abfmbix ZTF21abfmbiy r=5", "r= says nothing of several objects"),
    ("clas=QSO", "class="),
    ("foo=bar", "There is: class"),
    ("class=", "nothing behind it"),
    ("class= last=10", "nothing behind it"),
    ("class=SN candidat last=10", "SN candidate"),
    ("class=QSO class=AGN", "twice"),
    ("193.82 2.89 30 r=6", "two radii"),
    ("193.82 2.89 r=6d", "18000"),
    ("193.82 2.89 foo", "no place"),
    ("193.82 95", "declination"),
    ("12:55:76 +1:2:3", "below 60"),
    ("12:55:16.9", "no place"),
    ("193.82", "no place"),
    ("123456789", "no place"),
    ("ra=10", "both"),
    ("10 20 sso=8467", "a place and a Solar System object"),
    ("lsst class=QSO", "Only ZTF"),
    ("ztf tag=in_tns", "Only LSST"),
    ("10 20 class=QSO tag=in_tns", "Leave one of them away"),
    ("ztf 170028512402473130", "object of LSST"),
    ("tag=in_simbad", "live stream only"),
    ("in_simbad", "live stream only"),
    ("class=QSO after=2027-01-01", "future"),
    ("class=QSO before=2027-01-01", "future"),
    ("class=QSO after=2026-11-02 before=2026-11-01", "Swap"),
    ("class=QSO after=-3d before=-1d window=1", "two of them"),
    ("class=QSO date=2026-11-02 after=-3d", "date says when"),
    ("class=QSO window=x", "number of days"),
    ("class=QSO last=0", "at least 1"),
    ("class=QSO last=999999999", "last is at most 100,000"),
    ("gw", "gw S230518h"),
    ("Cone", "cone 193.82 +2.89 5m"),
    ("class=QSO trend=falling", "trend=rising"),
    ("survey=gaia M31", "survey=ztf"),
    ("anomaly tag=in_tns", "combined"),
    ("gw GW170817", "S230518h"),
    ("id=foo", "no object"),
    ("classes x", "takes nothing more"),
    ("schema endpont=/api/v1/sources", "endpoint"),
    ("stats 2026-13", "no night"),
    ("metadata objectId=ZTF21abfmbix internal_name=x username=me", "public database"),
    ("(TNS) SN Iz", "(TNS) SN I;"),
    ("sso=", "nothing behind it"),
]


@pytest.mark.parametrize(("text", "words"), NEARLY, ids=[line[0] for line in NEARLY])
def test_a_line_that_is_nearly_something_is_told_so(text: str, words: str) -> None:
    with pytest.raises(QuestionError) as told:
        read(text)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_command_of_a_kind_wants_what_the_kind_is_of() -> None:
    for kind, rest, words in (("cone", "193", "half a place"), ("cone", "", "cone 193.82"), ("tracklet", "", "2024-")):
        with pytest.raises(QuestionError) as told:
            of_reading(Reading(("ztf", "lsst"), {}, kind=kind, rest=rest), NOW)
        assert words in str(told.value)


RA, DEC = st.floats(0, 359.9999), st.floats(-89.9999, 89.9999)


@given(ra=RA, dec=DEC, radius=st.none() | st.floats(0.1, 4.9))
def test_a_place_is_the_same_in_any_spelling(ra: float, dec: float, radius: float | None) -> None:
    ra_text, dec_text = hours(ra, 4), arcdegrees(dec, 3)
    h, m, s = ra_text.split(":")
    d, am, asec = dec_text.split(":")
    spellings = [
        f"{ra:.7f} {dec:.7f}",
        f"{ra:.7f}, {dec:+.7f}",
        f"{ra:.7f}{dec:+.7f}",
        f"{ra_text} {dec_text}",
        f"{ra_text},{dec_text}",
        f"{h} {m} {s} {d} {am} {asec}",
        f"{h}h{m}m{s}s {d}d{am}m{asec}s",
        f"{h}h{m}m{s}s{d}d{am}m{asec}s",
        f"{h}h {m}m {s}s, {d[0]} {d[1:]}° {am}′ {asec}″",
        f"{h}:{m}:{s} {d.replace('-', '−')}:{am}:{asec}",
        f"J{h}{m}{s}{d}{am}{asec}",
    ]
    for text in spellings:
        for behind in [""] if radius is None else [f" {radius:.6f}d", f", {radius * 60:.6f}'", f" {radius * 3600:.6f}"]:
            found = parse_place(text + behind)
            assert found is not None, text + behind
            (found_ra, found_dec), found_radius = found
            assert abs((found_ra - ra + 180) % 360 - 180) < 5e-7, text
            assert abs(found_dec - dec) < 5e-7, text
            assert (found_radius is None) == (radius is None)
            assert radius is None or found_radius == pytest.approx(radius * 3600, abs=0.01)


def test_negative_zero_is_south() -> None:
    for text in ("12:55:16.9 -00:53:48", "12 55 16.9 -00 53 48", "12h55m16.9s -0d53m48s", "12 55.28 -00 53.8"):
        found = parse_place(text)
        assert found is not None
        assert found[0].dec == pytest.approx(-0.8966667, abs=1e-6)


@given(st.floats(0.001, 18000))
def test_a_radius_is_read_as_it_was_written(radius: float) -> None:
    assert parse_radius(write_radius(radius)) == pytest.approx(radius, rel=1e-3)


PIECES = st.sampled_from(
    "ZTF21abfmbix 170028512402473130 193.82 +2.89 12:55:16.9 -00:53:48 5' r=5m class=SN candidate class=QSO tag=in_tns "
    "last=10 after=-3d before=2026-11-20 window=2 date=tonight trend=rising sso=8467 10P M31 Ceres anomaly stats gw "
    "S230518h credible=0.9 ssoft schema tags latests conesearch ra=10 dec=5 radius=30 n=5 survey=lsst ztf lsst , \" ' "
    "= limits=yes id=ZTF18abcdefg tracklet=2024-11-03 name= flavor=HG columns=i:jd fp statistics date=202611 "
    "TRCK_2024".split()
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=6))
def test_whatever_is_typed_is_a_question_that_passes_or_a_sentence(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        found = read(text)
    except QuestionError:
        return
    assert found.words
    assert bool(found.questions) != bool(found.name)


@given(st.lists(PIECES | st.text(max_size=5), max_size=4), st.integers(0, 30))
def test_completions_fit_where_they_stand(pieces: list[str], position: int) -> None:
    text = " ".join(pieces)
    for one in completions(text, min(position, len(text))):
        assert 0 <= one.start <= min(position, len(text))
        assert one.text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("cl", "class="),
        ("class=sn c", '"SN candidate"'),
        ('class="(T', '"(TNS) SN"'),
        ("193.8 2.8 tr", "trend="),
        ("trend=f", "fading"),
        ("tag=mo", "most_likely_sn"),
        ("mos", "most_likely_sn"),
        ("latests class=QSO t", "trend="),
        ("ssoft flavor=S", "SSHG1G2"),
        ("class=SN candidate la", "last="),
        ("survey=l", "lsst"),
        ("lsst blo", "blocks"),
    ],
)
def test_what_may_stand_there(text: str, first: str) -> None:
    assert completions(text)[0].text == first


def test_each_endpoint_is_reached_by_its_own_name() -> None:
    offered = {one.text for begin in "abcdefghijklmnopqrstuvwxyz" for one in completions(begin)}
    assert {one.path for one in ENDPOINTS} <= offered
