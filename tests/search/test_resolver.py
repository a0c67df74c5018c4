"""What a name means, from answers as Fink's resolver gives them.

Shapes: fink-object-api, routes/v1/{ztf,lsst}/resolver/utils.py; the tables behind: fink-broker, bin/ztf/tns_resolver.py
and archive_sso_resolver.py. SIMBAD's row is a real one.
"""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts.text import clean
from fink_tui.search.asking import Asking, Given
from fink_tui.search.errors import BrokenError, CancelledError, LargeError, LinkError, QuestionError, SearchError
from fink_tui.search.meanings import Resolved, known_here, told
from fink_tui.search.question import Question
from fink_tui.search.resolver import resolve, tns_names
from fink_tui.store.answers import Kept
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.making import NOW, SOURCE, results

COW = {"ra": 244.000927647, "declination": 22.2680094118, "type": "nan", "redshift": "0.014145"}
MRK2 = {
    "name": "Si=Simbad, all IDs (via url)",
    "oid": 1579005,
    "oname": "Mrk 2",
    "otype": "GiG",
    "jpos": "01:54:53.80 +36:55:04.6",
    "jradeg": 28.7241958,
    "jdedeg": 36.9179556,
    "refPos": "2006AJ....131.1163S",
    "z": None,
    "MType": "SBa",
    "nrefs": 138,
}


def tns(fullname: str, internal: str, **columns: Any) -> dict[str, Any]:
    row = {"fullname": fullname, "internalname": internal, "fullname_internalname": f"{fullname}_{internal}".lower()}
    return {f"d:{name}": value for name, value in (row | COW | columns).items()}


def sso(name: str, number: str, designation: str) -> dict[str, Any]:
    return {"i:name": name, "i:number": number, "i:ssnamenr": designation}


class Answers(Asking):
    """Answers that are given: rows, bytes, or what goes wrong, by resolver and name."""

    def __init__(self, **by_resolver: Any) -> None:
        self.by_resolver = by_resolver
        self.asked: list[tuple[str, str, str, bool]] = []
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory()

    def answer(self, question: Question, **options: Any) -> Given:
        given = question.given
        assert question.path == "resolver"
        assert set(given) <= {"resolver", "reverse", "name" if question.survey == "ztf" else "name_or_id"}
        resolver, name = given["resolver"], given.get("name", given.get("name_or_id", ""))
        with self._lock:
            self.asked.append((question.survey, resolver, name, "reverse" in given))
        answer = self.by_resolver.get(resolver, [])
        if callable(answer):
            answer = answer(question.survey, name, "reverse" in given)
        if isinstance(answer, SearchError):
            raise answer
        path = Path(self._folder.name, f"{resolver}_{len(self.asked)}")
        path.write_bytes(answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        return Given(Kept(0, question.key, path, NOW, path.stat().st_size), False, "")


def test_an_object_of_the_tns_that_a_survey_has_is_that_object() -> None:
    client = Answers(tns=[tns("AT 2018cow", "ATLAS18qqn"), tns("AT 2018cow", "ZTF18abcfcoo", type="SN Ic-BL")])
    (found,) = resolve(client, "AT 2018cow")
    assert (found.name, found.kind, found.object_id, found.survey) == ("AT 2018cow", "object", "ZTF18abcfcoo", "ztf")
    assert (found.source, found.type, found.redshift) == ("TNS", "SN Ic-BL", 0.014145)
    assert (found.ra, found.dec) == (244.000927647, 22.2680094118)
    assert found.words == "AT 2018cow: TNS, SN Ic-BL, z 0.01414, 244.00093 +22.26801, ZTF18abcfcoo"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("2023ixf", ["SN 2023ixf", "AT 2023ixf"]),
        ("at2023IXF", ["AT 2023ixf", "SN 2023ixf"]),
        ("SN 2023ixf", ["SN 2023ixf", "AT 2023ixf"]),
    ],
)
def test_at_and_sn_are_one_name(typed: str, asked: list[str]) -> None:
    client = Answers(tns=[])
    assert resolve(client, typed) == []
    tried = [name for survey, resolver, name, _ in client.asked if (survey, resolver) == ("ztf", "tns")]
    assert tried == asked


def test_what_is_found_under_the_first_prefix_is_not_asked_for_under_the_other() -> None:
    client = Answers(tns=lambda _, name, __: [tns(name, "ZTF23aaklqou")])
    assert resolve(client, "2023ixf")[0].name == "SN 2023ixf"
    assert [name for _, resolver, name, _ in client.asked if resolver == "tns"] == ["SN 2023ixf"]


def test_names_that_begin_like_it_come_after_the_exact_ones_of_all_sources() -> None:
    client = Answers(
        tns=[tns("AT 2018co", "X1", ra=1.0), tns("AT 2018cow", "X2")], simbad=[MRK2], ssodnet=[sso("X", "1", "1")]
    )
    found = resolve(client, "AT 2018cow")
    assert [(one.name, one.is_exact) for one in found] == [
        ("AT 2018cow", True),
        ("Mrk 2", True),
        ("AT 2018co", False),
        ("1 X", False),
    ]


def test_what_another_survey_calls_it_finds_an_object_of_the_tns() -> None:
    def table(_: str, __: str, is_reverse: bool) -> list[dict[str, Any]]:
        return [tns("AT 2018cow", "ATLAS18qqn")] if is_reverse else []

    (found,) = resolve(Answers(tns=table), "atlas18qqn")
    assert (found.name, found.kind, found.object_id, found.is_exact) == ("AT 2018cow", "place", "", True)
    assert found.type == "not classified"


def test_simbads_object_is_a_place_with_its_type_in_words() -> None:
    (found,) = resolve(Answers(simbad=[MRK2]), "mrk   2")
    assert found == Resolved("Mrk 2", "place", 28.7241958, 36.9179556, "", "SIMBAD", "GiG")
    assert found.words == "Mrk 2: SIMBAD, galaxy towards a group, 28.72420 +36.91796"


def test_one_place_that_two_sources_know_is_one_meaning() -> None:
    same = MRK2 | {"oname": "AT 2018cow", "jradeg": COW["ra"], "jdedeg": "22.2680100"}
    found = resolve(Answers(tns=[tns("AT 2018cow", "ZTF18abcfcoo")], simbad=[same]), "AT2018cow")
    assert [one.source for one in found] == ["TNS"]


def test_a_number_is_asked_for_in_the_solar_system_alone() -> None:
    client = Answers(ssodnet=[sso("Benoitcarry", "8467.0", "8467"), sso("Other", "84671", "84671")])
    found = resolve(client, "8467")
    assert [(one.name, one.kind, one.object_id, one.is_exact) for one in found] == [
        ("8467 Benoitcarry", "sso", "8467", True),
        ("84671 Other", "sso", "84671", False),
    ]
    assert [asked[1] for asked in client.asked] == ["ssodnet"]


def test_rows_of_one_solar_system_object_are_one_meaning() -> None:
    rows = [sso("Benoitcarry", "8467", "8467"), sso("Benoitcarry", "8467", "8467"), sso("2010 JO69", "nan", "2010JO69")]
    found = resolve(Answers(ssodnet=rows), "benoitcarry")
    assert [(one.object_id, one.is_exact) for one in found] == [("8467", True), ("2010JO69", False)]


def test_the_other_surveys_resolver_is_asked_where_the_first_gives_no_answer() -> None:
    def simbad(survey: str, _: str, __: bool) -> Any:
        return LinkError("ZTF's API cannot be reached.") if survey == "ztf" else [MRK2]

    assert [one.name for one in resolve(Answers(simbad=simbad), "Mrk 2")] == ["Mrk 2"]


def test_what_the_tns_of_one_survey_lacks_that_of_the_other_may_have() -> None:
    def table(survey: str, name: str, _: bool) -> Any:
        row = tns(name, "LSST-AP-DO-170998240332997091", type="SN Ia")
        return [{key.replace("d:", "f:"): value for key, value in row.items()}] if survey == "lsst" else []

    client = Answers(tns=table)
    (found,) = resolve(client, "SN 2026zzmg")
    assert (found.object_id, found.survey, found.kind) == ("170998240332997091", "lsst", "object")
    assert found.type == "SN Ia"


def test_nothing_found_is_no_error_but_nothing_found_by_half_of_them_is() -> None:
    assert resolve(Answers(), "no such thing") == []
    with pytest.raises(LinkError):
        resolve(Answers(ssodnet=LinkError("Fink cannot be reached.")), "no such thing")
    found = resolve(Answers(tns=LinkError("Fink cannot be reached."), simbad=[MRK2]), "Mrk 2")
    assert [one.source for one in found] == ["SIMBAD"]


def test_who_no_longer_waits_gets_nothing() -> None:
    with pytest.raises(CancelledError):
        resolve(Answers(simbad=[MRK2]), "Mrk 2", is_cancelled=lambda: True)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x1b[2J", "a\u202eb"])
def test_what_can_be_no_name_is_not_asked(name: str) -> None:
    client = Answers()
    with pytest.raises(QuestionError):
        resolve(client, name)
    assert client.asked == []


def test_a_name_that_would_change_the_servers_own_question_goes_to_simbad_alone() -> None:
    client = Answers()
    assert resolve(client, "a:key,b") == []
    assert {asked[1] for asked in client.asked} == {"simbad"}


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[", b'{"message": "x"}', b"\xff", b"[" * 100_000, b"null"])
def test_an_answer_that_makes_no_sense_is_an_error(body: bytes) -> None:
    with pytest.raises(BrokenError):
        resolve(Answers(tns=body, simbad=body, ssodnet=body), "Mrk 2")


def test_an_answer_that_is_far_too_large_is_not_read() -> None:
    with pytest.raises(LargeError):
        resolve(Answers(simbad=b"[" + b" " * 4_000_000 + b"]"), "Mrk 2", surveys=("ztf",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
COLUMNS = ("oname", "otype", "jradeg", "jdedeg", "z", "d:fullname", "d:internalname", "d:ra", "d:declination")
ROWS = st.lists(st.dictionaries(st.sampled_from((*COLUMNS, "d:type", "i:name", "i:number", "i:ssnamenr")), JSON) | JSON)


@settings(max_examples=30)
@given(ROWS, ROWS, ROWS)
def test_no_rows_break_it_and_all_that_it_gives_is_clean(tns: Any, simbad: Any, ssodnet: Any) -> None:
    for found in resolve(Answers(tns=tns, simbad=simbad, ssodnet=ssodnet), "Mrk 2"):
        for text in (found.name, found.object_id, found.type, found.words):
            assert clean(text, 1000) == text
        assert found.name
        if found.kind == "sso":
            assert found.object_id
        else:
            assert found.ra is not None
            assert 0 <= found.ra < 360


def test_what_was_chosen_is_told_with_what_else_it_may_be() -> None:
    first = Resolved("AT 2018cow", "place", 1.0, 2.0, "", "TNS", "SN Ic")
    other = Resolved("8467 Cow", "sso", None, None, "8467", "SsODNet", "Solar System object", "ztf")
    like = [first._replace(name=f"AT 2018co{letter}", is_exact=False) for letter in "abcde"]
    assert told([first]) == "AT 2018cow: TNS, SN Ic, 1.00000 +2.00000."
    assert told([first, other]).endswith(". The name is also that of 8467 Cow: SsODNet, Solar System object, 8467.")
    words = told([first, *like])
    assert words.endswith(" Others begin like it: AT 2018coa, AT 2018cob, AT 2018coc and 2 more.")
    words = told(like[:2])
    assert words.startswith("Nobody has that very name; one that begins like it serves: AT 2018coa: TNS")
    assert words.endswith(" Others begin like it: AT 2018cob.")


def test_the_name_of_an_object() -> None:
    def table(_: str, name: str, is_reverse: bool) -> Any:
        assert is_reverse
        return [tns("SN 2023ixf", "ZTF23aaklqou", type="SN II"), tns("AT 2020a", "ZTF23aaklqouX")]

    client = Answers(tns=table)
    (found,) = tns_names(client, "ztf", "ZTF23aaklqou")
    assert (found.name, found.type, found.is_exact) == ("SN 2023ixf", "SN II", True)
    # The same object again in its next source: newer code of the server answers with LSST's own columns.
    source = {"r:diaObjectId": 17, "f:xm_tns_fullname": "SN 2026zzmg", "f:xm_tns_type": "SN Ia"}
    (found,) = tns_names(Answers(tns=[source, source, source | {"f:xm_tns_fullname": None}]), "lsst", "17")
    assert found.words == "SN 2026zzmg: TNS, SN Ia, 17"
    client = Answers()
    assert tns_names(client, "lsst", "170028512402473130") == []
    assert client.asked == [("lsst", "tns", "170028512402473130", True)]


def keep(store: Store, demo_alerts: list[DemoAlert], *rows: dict[str, Any]) -> None:
    made = [one for one in results(demo_alerts[:1]) if hasattr(one, "row")]
    inbox = store.inbox()
    for number, columns in enumerate(rows):
        inbox.receive([made[0]._replace(row=made[0].row._replace(alert_id=str(number), **columns))], SOURCE, [], NOW)
    inbox.close()


def test_what_this_machine_knows_is_found_without_a_network(store: Store, demo_alerts: list[DemoAlert]) -> None:
    keep(
        store,
        demo_alerts,
        {"object_id": "ZTF26aabcdef", "survey": "ztf", "ra": 1.0, "dec": 2.0, "obs_mjd": 61000.0},
        {"object_id": "ZTF26aabcdef", "survey": "ztf", "ra": 3.0, "dec": 4.0, "obs_mjd": 61001.0},
        {"object_id": "1700", "survey": "lsst", "tns_name": "SN 2026abc", "tns_type": "SN Ia", "sso_name": None},
        {"object_id": "ZTF26zzzzzzz", "survey": "ztf", "sso_name": "2010JO69"},
    )
    client = Answers()

    def meanings(name: str) -> list[Resolved]:
        return resolve(client, name, here=known_here(store.database, name))

    (found,) = meanings("ztf26AABCDEF")
    assert (found.kind, found.object_id, found.ra, found.source) == ("object", "ZTF26aabcdef", 3.0, "here")
    (found,) = meanings("at2026abc")
    assert (found.name, found.object_id, found.type, found.survey) == ("SN 2026abc", "1700", "SN Ia", "lsst")
    (found,) = meanings("2010 jo69")
    assert (found.kind, found.object_id, found.ra) == ("sso", "2010JO69", None)
    assert client.asked == []
    assert meanings("2010 JO6") == []
    assert client.asked != []
