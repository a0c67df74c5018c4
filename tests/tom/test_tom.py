"""The TOMs of the tests: that they are real, and as a client finds them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import wait_for
from tests.tom.contents import StoredDatum, StoredList
from tests.tom.environment import TomError
from tests.tom.page import Point
from tests.tom.server import Options, Tom

ROOT = Path(__file__).parents[2]

TARGET: dict[str, Any] = {"name": "ZTF26aaaaaaa", "type": "SIDEREAL", "ra": 150.1, "dec": 2.2}
"""What a client posts to make a target."""


def datum(target: int, second: int, **value: object) -> dict[str, Any]:
    """What a client posts to add a point."""
    return {
        "target": target,
        "data_type": "photometry",
        "source_name": "Fink",
        "source_location": f"https://fink.example/ZTF26aaaaaaa#{second}",
        "timestamp": f"2026-11-20T03:00:{second:02}Z",
        "value": value,
    }


def basic(tom: Tom, user: str = "alice") -> httpx.Client:
    """A client that logs in by name and password."""
    return httpx.Client(base_url=tom.url, auth=(user, tom.password(user)), timeout=30)


def bearing(tom: Tom, token: str) -> httpx.Client:
    """A client that shows a token."""
    return httpx.Client(base_url=tom.url, headers={"Authorization": f"Token {token}"}, timeout=30)


def test_each_version_is_what_it_says(tom31: Tom, tom232: Tom) -> None:
    fields = []
    for tom in (tom31, tom232):
        with basic(tom) as client:
            assert client.get("api/").json().keys() >= {"targets", "groups", "reduceddatums"}
            fields.append(client.options("api/targets/").json()["actions"]["POST"].keys())

    assert "shared_by" in fields[0]
    assert "shared_by" not in fields[1]


def test_a_token_is_honoured_by_3_and_ignored_by_a_stock_2(tom31: Tom, tom232: Tom) -> None:
    for tom in (tom31, tom232):
        with bearing(tom, tom.token("alice")) as alice, bearing(tom, "0" * 40) as nobody:
            made = alice.post("api/targets/", json=TARGET)
            groups = [group["name"] for group in alice.get("api/groups/").json()["results"]]
            refused = nobody.get("api/groups/")

        assert made.status_code == 201
        if tom is tom31:
            assert groups == ["Public", "nightcrew"]
            assert refused.status_code == 401
            assert refused.json() == {"detail": "Invalid token."}
            assert tom.contents().target("ZTF26aaaaaaa").users == ("alice",)
        else:
            assert groups == []
            assert refused.status_code == 200
            assert tom.contents().target("ZTF26aaaaaaa").users == ("AnonymousUser",)


def test_a_2_can_be_set_to_honour_tokens_and_a_3_to_ignore_them(tom31: Tom, tom232: Tom) -> None:
    tom31.configure(Options(tokens=False))
    tom232.configure(Options(tokens=True))

    with bearing(tom31, tom31.token("alice")) as ignored, bearing(tom232, tom232.token("alice")) as honoured:
        assert ignored.get("api/groups/").json()["count"] == 0
        assert honoured.get("api/groups/").json()["count"] == 2


def test_a_name_and_a_datum_that_are_there_already(tom: Tom) -> None:
    point = datum(1, 1, magnitude=18.1, error=0.05, filter="g", telescope="ZTF")
    with basic(tom) as client:
        assert client.post("api/targets/", json=TARGET).json()["id"] == 1
        again = client.post("api/targets/", json=TARGET)
        assert client.post("api/reduceddatums/", json=point).status_code == 201
        repeated = client.post("api/reduceddatums/", json=point)

    assert again.status_code == 400
    assert again.json() == {"name": ["target with this Name already exists."]}
    if tom.version.startswith("3"):
        assert repeated.status_code == 200
        assert repeated.json()["already_exists"] is True
    else:
        assert repeated.status_code == 500
    assert len(tom.contents().target("ZTF26aaaaaaa").datums) == 1


def test_the_database_tells_what_the_api_does_not(tom: Tom) -> None:
    with basic(tom) as client:
        client.post(
            "api/targets/",
            json=TARGET
            | {
                "epoch": 2000.0,
                "aliases": [{"name": "AT2026xyz"}, {"name": "313853517190398100"}],
                "targetextra_set": [{"key": "fink_class", "value": "Early SN Ia candidate"}],
                "target_lists": [{"name": "fink_early_sn"}],
                "groups": [{"id": tom.group("nightcrew")}],
            },
        )
        client.post("api/reduceddatums/", json=datum(1, 2, limit=20.5, filter="r", telescope="ZTF"))
        client.post("api/reduceddatums/", json=datum(1, 1, magnitude=18.1, error=0.05, filter="g", telescope="ZTF"))

    contents = tom.contents()

    assert contents.lists == (StoredList("fink_early_sn", ("ZTF26aaaaaaa",)),)
    (target,) = contents.targets
    assert (target.name, target.ra, target.dec, target.epoch) == ("ZTF26aaaaaaa", 150.1, 2.2, 2000.0)
    assert target.aliases == ("AT2026xyz", "313853517190398100")
    assert target.tags == (("fink_class", "Early SN Ia candidate"),)
    assert target.lists == ("fink_early_sn",)
    assert (target.users, target.groups) == (("alice",), ("nightcrew",))
    found = [(point.time.second, point.filter, point.magnitude, point.error, point.limit) for point in target.datums]
    assert found == [(1, "g", 18.1, 0.05, None), (2, "r", None, None, 20.5)]
    assert {(point.telescope, point.source_name) for point in target.datums} == {("ZTF", "Fink")}
    assert target.datums[0].source_location == "https://fink.example/ZTF26aaaaaaa#1"


def test_points_made_without_the_api_are_found_by_it(tom: Tom) -> None:
    target = tom.add_target("ZTF26aaaaaaa", 150.1, 2.2, users=["alice"])
    times = [datetime(2026, 11, 20, 3, minute, second, tzinfo=UTC) for minute in range(17) for second in range(60)]
    points = [StoredDatum(time, "g", 18.1, 0.05, telescope="ZTF", source_name="Fink") for time in times]
    points.append(StoredDatum(datetime(2026, 11, 21, tzinfo=UTC), "r", limit=20.5, source_location="there"))
    tom.add_points(target, points)

    with basic(tom) as client:
        page = client.get("api/reduceddatums/", params={"target__id": target, "data_type": "photometry"}).json()

    assert page["count"] == 1021
    first = min(page["results"], key=lambda point: point["timestamp"])["value"]
    if tom.version.startswith("3"):
        assert first.items() >= {"brightness": 18.1, "brightness_error": 0.05, "bandpass": "g"}.items()
    else:
        assert first == {"magnitude": 18.1, "error": 0.05, "filter": "g", "telescope": "ZTF"}
    assert tom.contents().targets[0].datums == tuple(points)


def test_an_observatory_s_own_field_is_required_and_shown(tom_custom: Tom) -> None:
    with basic(tom_custom) as client:
        field = client.options("api/targets/").json()["actions"]["POST"]["programme"]
        refused = client.post("api/targets/", json=TARGET)
        made = client.post("api/targets/", json=TARGET | {"programme": "ToO-7"})
        found = client.get("api/targets/", params={"name": "ZTF26aaaaaaa"}).json()["results"]
        point = client.post("api/reduceddatums/", json=datum(1, 1, magnitude=18.1, error=0.05, filter="g"))

    assert (field["required"], field["type"], field["label"]) == (True, "string", "Observing programme")
    assert refused.status_code == 400
    assert refused.json() == {"programme": ["This field is required."]}
    assert made.status_code == 201
    assert found[0]["programme"] == "ToO-7"
    assert point.status_code == 201
    assert tom_custom.contents().target("ZTF26aaaaaaa").users == ("alice",)


def test_the_page_plots_detections_with_errors_and_limits(tom: Tom) -> None:
    target = tom.add_target("ZTF26aaaaaaa", 150.1, 2.2, groups=["nightcrew"])
    with basic(tom) as client:
        for second, value in enumerate(
            [
                {"magnitude": 18.1, "error": 0.05, "filter": "g"},
                {"limit": 20.5, "filter": "g"},
                {"limit": 20.7, "filter": "r"},
            ]
        ):
            assert client.post("api/reduceddatums/", json=datum(target, second, **value)).status_code == 201

    plotted = tom.plotted(target, "bob")

    times = [datetime(2026, 11, 20, 3, 0, second, tzinfo=UTC) for second in range(3)]
    assert plotted == {
        "g": (Point(times[0], 18.1, 0.05),),
        "g non-detection": (Point(times[1], 20.5, None),),
        "r non-detection": (Point(times[2], 20.7, None),),
    }


def test_a_page_is_for_those_who_may_see_the_target(tom31: Tom) -> None:
    target = tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2, users=["alice"])

    with pytest.raises(TomError, match="did not show carol target 1: 302"):
        tom31.page(target, "carol")


def test_a_target_of_others_is_hidden_but_its_name_is_taken(tom: Tom) -> None:
    tom.add_target("ZTF26aaaaaaa", 150.1, 2.2, aliases=["AT2026xyz"], tags={"a": "b"}, users=["bob"])

    with basic(tom) as alice, basic(tom, "bob") as bob:
        assert alice.get("api/targets/", params={"name": "ZTF26aaaaaaa"}).json()["count"] == 0
        assert alice.post("api/targets/", json=TARGET).status_code == 400
        (found,) = bob.get("api/targets/", params={"name": "AT2026xyz"}).json()["results"]

    assert found["targetextra_set"][0]["value"] == "b"


def test_a_locked_tom_refuses_all_and_one_that_wants_a_login_the_anonymous(tom: Tom) -> None:
    refused = 401 if tom.version.startswith("3") else 302
    tom.configure(Options(login_required=True))
    with basic(tom) as alice:
        assert httpx.get(f"{tom.url}api/targets/").status_code == refused
        assert alice.get("api/targets/").status_code == 200

        tom.configure(Options(locked=True))

        assert alice.get("api/targets/").status_code == (403 if tom.version.startswith("3") else 302)


def test_pages_of_any_size_and_a_token_that_expires(tom31: Tom) -> None:
    tom31.configure(Options(page_size=2, token_days=30))
    for number in range(3):
        tom31.add_target(f"ZTF26aaaaaa{number}", 150.1 + number, 2.2, users=["alice"])

    with bearing(tom31, tom31.token("alice")) as alice:
        page = alice.get("api/targets/").json()
        assert (page["count"], len(page["results"])) == (3, 2)
        assert page["next"] == f"{tom31.url}api/targets/?limit=2&offset=2"

        tom31.age_token("alice", 31)

        expired = alice.get("api/targets/")
    assert expired.status_code == 401
    assert "older than 30 days and has expired" in expired.json()["detail"]


def test_a_post_without_its_slash_says_so_where_the_tom_is_in_debug(tom: Tom) -> None:
    with basic(tom) as client:
        assert client.post("api/targets", json=TARGET).headers["Location"] == "/api/targets/"

        tom.configure(Options(debug=True))

        assert client.post("api/targets", json=TARGET).status_code == 500


def test_where_points_have_permissions_of_their_own_the_plot_is_the_superuser_s(tom31: Tom) -> None:
    tom31.configure(Options(target_permissions_only=False))
    target = tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2, users=["alice"])
    with basic(tom31) as client:
        client.post("api/reduceddatums/", json=datum(target, 1, magnitude=18.1, error=0.05, filter="g"))

    assert tom31.plotted(target, "alice") == {}
    assert list(tom31.plotted(target, "admin")) == ["g"]


def test_a_reset_leaves_no_target_no_user_and_no_option(tom31: Tom) -> None:
    tom31.configure(Options(locked=True))
    tom31.add_user("eve", ["dawncrew"])
    tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2, users=["eve"])
    assert tom31.contents().targets[0].users == ("eve",)

    tom31.reset()

    assert tom31.contents().targets == ()
    with basic(tom31) as client:
        assert client.post("api/targets/", json=TARGET).json()["id"] == 1
    with pytest.raises(KeyError):
        tom31.token("eve")
    with pytest.raises(KeyError):
        tom31.group("dawncrew")


def test_a_tom_that_was_killed_comes_back_as_it_was(tom31: Tom) -> None:
    tom31.configure(Options(login_required=True))
    tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2, users=["alice"])
    url, token = tom31.url, tom31.token("alice")

    tom31.kill()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(TomError, match="does not run"):
        tom31.contents()
    tom31.start()

    assert (tom31.url, tom31.token("alice")) == (url, token)
    assert httpx.get(f"{url}api/targets/").status_code == 401
    with bearing(tom31, token) as alice:
        assert alice.get("api/targets/").json()["count"] == 1


def test_what_cannot_be_done_is_a_sentence(tom31: Tom) -> None:
    tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2)

    with pytest.raises(TomError, match="The TOM did not add_target: IntegrityError: UNIQUE"):
        tom31.add_target("ZTF26aaaaaaa", 150.1, 2.2)
    assert len(tom31.contents().targets) == 1


@pytest.mark.usefixtures("tom31_server")
def test_a_tom_and_its_folder_go_with_the_process_that_started_it() -> None:
    script = """
import time
from tests.tom.environment import VERSIONS
from tests.tom.server import Tom
tom = Tom(VERSIONS["3.1"])
tom.start()
print(tom.pid, tom.folder, flush=True)
time.sleep(600)
"""
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert starter.stdout is not None
        pid, folder = starter.stdout.readline().split()
        assert Path(folder).is_dir()
    finally:
        starter.kill()
        starter.communicate()

    wait_for(lambda: not Path("/proc", pid).exists() and not Path(folder).exists(), "the TOM to end")
