"""A target in the words of a TOM, and what one that is there lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.receivers.receiver import RejectedError
from fink_tui.receivers.tom_target import Alias, Group, Tag, Target, completion, target_to_send
from tests.receivers.toms import mocked, settings, told


def sent(tmp_path: Path, submission: Submission, choices: Choices | None = None, **options: Any) -> dict[str, Any]:
    return target_to_send(submission, choices or Choices(), settings(tmp_path, **options))


def test_what_is_sent(tmp_path: Path) -> None:
    body = sent(
        tmp_path,
        told(" ZTF26aaaaaaa ", aliases=("AT2026xyz", "ZTF26aaaaaaa", "AT2026xyz")),
        groups=("nightcrew", "7"),
        extra_target_fields={"programme": "x"},
    )
    tags = {tag["key"]: tag["value"] for tag in body.pop("targetextra_set")}
    assert body == {
        "name": "ZTF26aaaaaaa",
        "type": "SIDEREAL",
        "ra": 150.1,
        "dec": 2.2,
        "aliases": [{"name": "AT2026xyz"}],
        "target_lists": [{"name": "fink_sn_candidates_ztf"}],
        "groups": [{"name": "nightcrew"}, {"id": 7}],
        "programme": "x",
    }
    assert tags == {
        "fink_class": "SN candidate",
        "fink_class_reason": "cdsxmatch",
        "fink_real_bogus": "0.99",
        "fink_survey": "ztf",
        "fink_alert_id": "3297294755815010006",
        "fink_alert_time": "2026-11-20T07:12:00.000Z",
        "fink broker link": "https://ztf.fink-portal.org/ ZTF26aaaaaaa ",
    }


def test_render_is_what_is_sent_and_asks_nobody(tmp_path: Path) -> None:
    def nobody(request: object) -> Any:
        raise AssertionError("it asked")

    receiver = mocked(tmp_path, nobody, groups=("nightcrew",))
    shown = receiver.render(told(), Choices(history="latest", target_list="", groups=()))
    assert shown["target"] == sent(tmp_path, told(), target_list="")
    assert [point["timestamp"] for point in shown["points"]] == ["2026-11-20T07:12:00.000Z"]  # type: ignore[attr-defined]


def test_what_the_observer_chose_counts(tmp_path: Path) -> None:
    chosen = Choices(target_list="{night}", groups=("3",))
    body = sent(tmp_path, told(), chosen, groups=("nightcrew",))
    assert body["target_lists"] == [{"name": "2026-11-20"}]
    assert body["groups"] == [{"id": 3}]
    with pytest.raises(RejectedError, match="stands for nothing"):
        sent(tmp_path, told(), Choices(target_list="{day}"))


def test_zero_is_a_place(tmp_path: Path) -> None:
    body = sent(tmp_path, told(ra=0.0, dec=-0.0))
    assert 0 < body["ra"] == body["dec"] <= 1e-9


@pytest.mark.parametrize(
    "fields",
    [
        {"ra": float("nan")},
        {"dec": float("inf")},
        {"dec": 95.0},
        {"ra": -1.0},
        {"ra": 400.0},
        {"object_id": " "},
        {"object_id": "x" * 101},
    ],
)
def test_what_a_tom_would_take_and_must_not(tmp_path: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(RejectedError):
        sent(tmp_path, told(**fields) if "object_id" not in fields else told(fields["object_id"]))


def test_a_target_that_lacks_all_gets_all(tmp_path: Path) -> None:
    body = sent(tmp_path, told(aliases=("AT2026xyz",)), groups=("2",))
    change = completion(Target(7, "ZTF26aaaaaaa"), body, ["AT2026xyz"])
    assert change == {key: body[key] for key in ("aliases", "targetextra_set", "target_lists", "groups")}


def whole(body: dict[str, Any], **changed: str) -> Target:
    """A target that has all of it, but for tags that are otherwise."""
    tags = {tag["key"]: tag["value"] for tag in body["targetextra_set"]} | changed
    return Target(
        7,
        body["name"],
        aliases=tuple(Alias(alias["name"]) for alias in body["aliases"]),
        targetextra_set=tuple(Tag(number, key, value) for number, (key, value) in enumerate(tags.items(), 11)),
        groups=(Group(2, "nightcrew"),),
    )


def test_a_target_that_lacks_nothing_is_put_in_its_list_again(tmp_path: Path) -> None:
    body = sent(tmp_path, told(aliases=("AT2026xyz",)), groups=("2",))
    assert completion(whole(body), body, ["AT2026xyz", body["name"]]) == {"target_lists": body["target_lists"]}
    assert completion(whole(body), body | {"target_lists": []}, []) == {}


def test_tags_follow_the_later_alert(tmp_path: Path) -> None:
    body = sent(tmp_path, told())
    target = whole(body, fink_class="Unknown", fink_alert_time="2026-11-19T07:12:00.000Z", mine="kept")
    assert completion(target, body, [])["targetextra_set"] == [
        {"id": 11, "key": "fink_class", "value": "SN candidate"},
        {"id": 16, "key": "fink_alert_time", "value": "2026-11-20T07:12:00.000Z"},
    ]
    later = whole(body, fink_class="Unknown", fink_alert_time="2026-11-21T07:12:00.000Z")
    assert "targetextra_set" not in completion(later, body, [])


def test_of_a_burst_the_trigger_is_written_beside_the_target(tmp_path: Path) -> None:
    trigger = {"trigger_id": "683482851", "trigger_by": "Fermi GBM", "p_assoc": "5e-08"}
    body = sent(tmp_path, told(survey="mma", tags=trigger, points=()))
    tags = {tag["key"]: tag["value"] for tag in body["targetextra_set"]}
    assert body["name"] == "ZTF26aaaaaaa"
    assert {name: tags[f"fink_{name}"] for name in trigger} == trigger
    assert tags["fink_survey"] == "mma"
