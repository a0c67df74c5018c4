"""Answers that no stock TOM of today gives, but an older one, a changed one, or what stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from fink_tui.alerts.submission import Choices
from fink_tui.receivers.receiver import BlockedError, Delivery, FaultError, ReceiverError, RejectedError
from tests.receivers.toms import answered, mocked, told

NAME = "ZTF26aaaaaaa"
TARGET = {"id": 7, "name": NAME, "ra": 150.1, "dec": 2.2, "aliases": [], "targetextra_set": [], "groups": []}
CREATED = (201, TARGET)
STORED = (201, {"message": "Data successfully uploaded."})


class Fake:
    """A TOM that answers what it is told to, by method and path; where it is told nothing, its lists are empty."""

    def __init__(self, **answers: Sequence[tuple[int, Any]]) -> None:
        self.answers = {name: list(given) for name, given in answers.items()}
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/groups/"):
            good = request.headers["Authorization"] == "Token " + "0" * 40
            return answered(200, page()) if good else answered(401, {})
        what = request.url.path.split("/")[2]
        name = f"{request.method}_{what}".lower()
        if request.method in ("POST", "PATCH"):
            self.sent.append((name, msgspec.json.decode(request.read())))
        given = self.answers.get(name)
        return answered(*given.pop(0)) if given else answered(200, page())


def page(*rows: Any) -> dict[str, Any]:
    """A page of a list."""
    return {"count": len(rows), "next": None, "previous": None, "results": list(rows)}


def send(fake: Fake, tmp_path: Path, **fields: Any) -> Delivery:
    receiver = mocked(tmp_path, fake)
    receiver.prepare()
    return receiver.deliver(told(**fields), Choices(), "")


def failure(fake: Fake, tmp_path: Path, kind: type[ReceiverError], **fields: Any) -> str:
    with pytest.raises(kind) as caught:
        send(fake, tmp_path, **fields)
    return str(caught.value)


@pytest.mark.parametrize("errors", [{"1": {"name": ["taken"]}}, [{}, {"name": ["taken"]}]])
def test_aliases_that_are_refused_by_place_or_in_a_list(tmp_path: Path, errors: object) -> None:
    fake = Fake(post_targets=[(400, {"aliases": errors}), CREATED], post_reduceddatums=[STORED] * 3)
    assert send(fake, tmp_path, aliases=("a", "b", "c")).words.endswith(
        "; without the alias b, which another target has"
    )
    assert fake.sent[1][1]["aliases"] == [{"name": "a"}, {"name": "c"}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, ["Alias 'x' conflicts with Target name 'x'."]), "Alias 'x' conflicts"),
        ((400, {"name": ["Only names that begin with OBS."]}), "name: Only names that begin with OBS"),
        ((400, {"aliases": {"0": {}}, "ra": ["no"]}), "ra: no"),
        ((400, {"aliases": ["Not so many."]}), "aliases: Not so many"),
        ((405, {"detail": 'Method "POST" not allowed.'}), "not allowed"),
    ],
)
def test_a_target_that_is_refused(tmp_path: Path, answer: tuple[int, Any], words: str) -> None:
    fake = Fake(post_targets=[answer])
    said = failure(fake, tmp_path, RejectedError)
    assert said.startswith(f"The TOM refused the target (status {answer[0]}, ")
    assert words in said
    assert len(fake.sent) == 1


@pytest.mark.parametrize("body", [{}, {"id": "7", "name": NAME}, [], "created"])
def test_a_target_that_is_none(tmp_path: Path, body: object) -> None:
    assert "as no TOM does" in failure(Fake(post_targets=[(201, body)]), tmp_path, FaultError)


def test_an_answer_that_is_no_list(tmp_path: Path) -> None:
    for answer in ((200, {"detail": "x"}), (404, {"detail": "Not found."})):
        said = failure(Fake(get_targets=[answer]), tmp_path, BlockedError)
        assert said.endswith("does not answer as a TOM Toolkit does. Set url to the TOM's home page.")
    assert "did not answer with a list" in failure(Fake(get_targets=[(400, {"name": ["x"]})]), tmp_path, FaultError)
    assert "as no TOM does" in failure(Fake(get_targets=[(200, page({"name": NAME}))]), tmp_path, FaultError)


def test_points_that_are_refused_do_not_keep_the_others(tmp_path: Path) -> None:
    fake = Fake(post_targets=[CREATED], post_reduceddatums=[(400, {"value": ["No limits."]}), STORED, STORED])
    words = failure(fake, tmp_path, RejectedError)
    assert words.startswith("1 of 3 points not stored. The TOM refused the point of 2026-11-20T02:24:00.000Z")
    assert "value: No limits" in words
    assert len(fake.sent) == 4


def test_a_point_that_was_neither_stored_nor_there(tmp_path: Path) -> None:
    fake = Fake(post_targets=[CREATED], post_reduceddatums=[(200, {}), (200, page()), (204, [])])
    assert failure(fake, tmp_path, RejectedError).startswith("3 of 3 points not stored.")


def test_a_completion_that_is_refused(tmp_path: Path) -> None:
    fake = Fake(get_targets=[(200, page(TARGET))], patch_targets=[(400, {"target_lists": ["No."]})])
    words = failure(fake, tmp_path, RejectedError)
    assert words == 'The TOM refused what was to be added to the target (status 400, "target_lists: No").'


def test_a_name_is_enough_for_what_moves(tmp_path: Path) -> None:
    moving = {"id": 8, "name": "2026 AB1", "ra": None, "dec": None}
    fake = Fake(
        get_targets=[(200, page()), (200, page(moving))],
        patch_targets=[(200, moving)],
        post_reduceddatums=[STORED] * 3,
    )
    assert send(fake, tmp_path, aliases=("2026 AB1",)).target == "8"
    assert fake.sent[0][1]["aliases"] == [{"name": NAME}]


def test_what_moves_is_not_believed_by_its_number_alone(tmp_path: Path) -> None:
    moving = {"id": 8, "name": "2026 AB1", "ra": None, "dec": None}
    fake = Fake(get_targets=[(200, moving)], post_targets=[CREATED], post_reduceddatums=[STORED] * 3)
    assert mocked(tmp_path, fake).deliver(told(), Choices(), "8").target == "7"


def test_a_login_that_anyone_can_read_is_said(tmp_path: Path) -> None:
    fields = {"name": {"required": False}, "programme": {"required": True}, "type": {"required": True}}
    fake = Fake(get_=[(200, {"targets": "x"})], options_targets=[(200, {"actions": {"POST": fields}})])
    receiver = mocked(tmp_path, fake, extra_target_fields={"programme": "x"})
    findings = list(receiver.check())
    assert all(finding.is_good for finding in findings)
    assert "not encrypted" in findings[1].words
    assert findings[-1].words == "Its own fields of a target are set: programme."


@pytest.mark.parametrize("root", [[], {"users": "x"}])
def test_a_site_that_is_another(tmp_path: Path, root: object) -> None:
    (finding,) = mocked(tmp_path, Fake(get_=[(200, root)])).check()
    assert not finding.is_good
    assert "is no TOM" in finding.words


def test_a_search_that_fails_at_one_place_is_made_beside_it(tmp_path: Path) -> None:
    fake = Fake(get_targets=[(200, page()), (500, {}), (200, page(TARGET | {"name": "ours"}))])
    with pytest.raises(ReceiverError, match=r"^ours is 0\.0 arcsec from"):
        send(fake, tmp_path)
    fake = Fake(get_targets=[(200, page()), (500, {}), (500, {})])
    assert "status 500" in failure(fake, tmp_path, FaultError)
