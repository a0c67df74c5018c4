"""The names of classes and tags, against the lists of Fink's own server where they are at hand."""

from __future__ import annotations

import json

import pytest

from fink_tui.search.api import names
from fink_tui.search.errors import QuestionError
from tests.conftest import SHARED


def test_the_classes_are_those_of_the_server() -> None:
    path = SHARED / "data/rest/reproduced/ztf_classes_GET.json"
    if not path.exists():
        pytest.skip("the server's own answers are not here: no folder `shared` beside the project")
    told = json.loads(path.read_text())
    assert set(names.classes()) == {one for group in told.values() for one in group} | {"Unknown"}


def test_each_class_is_known_by_its_own_name() -> None:
    for one in names.classes():
        assert names.class_name(one) == one


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SN candidate", "SN candidate"),
        ("early sn ia CANDIDATE", "Early SN Ia candidate"),
        ("SN Ia", "(TNS) SN Ia"),
        ("QSO", "(SIMBAD) QSO"),  # what a ZTF alert is labelled with
        ("(tns) qso", "(TNS) QSO"),
        ("blue", "(SIMBAD) blue"),
        ("Blue", "(SIMBAD) Blue"),
        ("kilonova  candidate", "Kilonova candidate"),
    ],
)
def test_a_class_as_it_is_typed(typed: str, meant: str) -> None:
    assert names.class_name(typed) == meant


def test_a_slip_is_answered_with_what_was_near() -> None:
    with pytest.raises(QuestionError, match="SN candidate"):
        names.class_name("SN candidat")
    with pytest.raises(QuestionError, match="Near it: SN candidate"):
        names.class_name("SN c")
    with pytest.raises(QuestionError, match="`classes`"):
        names.class_name("xyzzy")
