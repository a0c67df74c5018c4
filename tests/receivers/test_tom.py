"""A receiver and real TOMs, 2.32 and 3.1: what is sent is there, once, whatever was there before.

What the database holds is read without the API (`Tom.contents`), and what the target's page plots from the page.
"""

from __future__ import annotations

import base64
import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Choices, Submission, SubmittedPoint, iso
from fink_tui.credentials import Secret
from fink_tui.receivers.answers import Login, LoginError
from fink_tui.receivers.http import JsonClient
from fink_tui.receivers.receiver import AskError, AwayError, BlockedError, Delivery, FaultError, RejectedError
from fink_tui.receivers.tom import TomReceiver
from fink_tui.receivers.tom_api import TomApi
from fink_tui.store.outbox import Neighbour
from tests.receivers.toms import NIGHT, POINTS, detection, limit, receiver_of, settings, told
from tests.tom.certificate import Certificate
from tests.tom.contents import StoredDatum, StoredTarget
from tests.tom.faults import Exchange, html, lose_answer, pass_on, redirect
from tests.tom.proxy import Proxy
from tests.tom.server import Options, Tom

NAME = "ZTF26aaaaaaa"


def send(receiver: TomReceiver, submission: Submission | None = None, target: str = "", **chosen: Any) -> Delivery:
    """Send as the sender does."""
    receiver.prepare()
    return receiver.deliver(submission or told(), Choices(**chosen), target)


def values(target: StoredTarget) -> list[tuple[str, float | None, float | None, float | None]]:
    """The points of a target, oldest first: filter, magnitude, error, limit."""
    return [(point.filter, point.magnitude, point.error, point.limit) for point in target.datums]


ALL_POINTS = [("r", None, None, 20.5), ("g", 18.1, 0.05, None), ("r", 17.9, 0.05, None)]


# --- what arrives


def test_a_target_with_its_points(tom: Tom, tmp_path: Path) -> None:
    receiver = receiver_of(tom, tmp_path, groups=("nightcrew",))
    done = send(receiver, told(aliases=("AT2026xyz", "313853517190398100")))

    found = tom.contents().target(NAME)
    assert done == Delivery(True, "new target, 3 points", str(found.id), f"{tom.url}targets/{found.id}/")
    assert (found.type, found.ra, found.dec) == ("SIDEREAL", 150.1, 2.2)
    assert found.aliases == ("AT2026xyz", "313853517190398100")
    assert dict(found.tags)["fink_class"] == "SN candidate"
    assert dict(found.tags)["fink broker link"] == f"https://ztf.fink-portal.org/{NAME}"
    assert found.lists == ("fink_sn_candidates_ztf",)
    assert (found.users, found.groups) == (("alice",), ("nightcrew",))
    assert values(found) == ALL_POINTS
    second = found.datums[1]
    assert (second.telescope, second.source_name) == ("ZTF", "Fink")
    assert second.source_location == f"https://ztf.fink-portal.org/{NAME}#3297294755815000200"
    assert second.time == datetime(2026, 11, 20, 4, 48, tzinfo=UTC)


def test_of_a_burst_the_trigger_is_there_and_no_point(tom: Tom, tmp_path: Path) -> None:
    burst = told(survey="mma", points=(), tags={"trigger_id": "683482851", "p_assoc": "5e-08"})
    done = send(receiver_of(tom, tmp_path), burst)
    found = tom.contents().target(NAME)
    assert done == Delivery(True, "new target, 0 points", str(found.id), f"{tom.url}targets/{found.id}/")
    assert dict(found.tags)["fink_trigger_id"] == "683482851"
    assert dict(found.tags)["fink_p_assoc"] == "5e-08"
    assert values(found) == []
    assert send(receiver_of(tom, tmp_path)).words == "target known, 3 of 3 points new"
    assert values(tom.contents().target(NAME)) == ALL_POINTS
    assert dict(tom.contents().target(NAME).tags)["fink_trigger_id"] == "683482851"


def test_its_page_plots_each_point_with_its_error_and_each_limit(tom: Tom, tmp_path: Path) -> None:
    done = send(receiver_of(tom, tmp_path))
    plotted = tom.plotted(int(done.target), "alice")
    found = {name: [(point.magnitude, point.error) for point in points] for name, points in plotted.items()}
    assert found == {"g": [(18.1, 0.05)], "r": [(17.9, 0.05)], "r non-detection": [(20.5, None)]}


def test_again_it_is_there_once(tom: Tom, tmp_path: Path) -> None:
    first = send(receiver_of(tom, tmp_path))
    before = tom.contents()
    for target in ("", first.target):
        again = send(receiver_of(tom, tmp_path), target=target)
        assert again == Delivery(False, "target known, 3 points and none new", first.target, first.link)
    assert tom.contents() == before


def test_a_later_alert_adds_its_points_and_says_what_it_is_now(tom: Tom, tmp_path: Path) -> None:
    receiver = receiver_of(tom, tmp_path)
    first = send(receiver)
    later = told(
        alert_id="3297294755815010007",
        label="Early SN Ia candidate",
        time=iso(NIGHT + 1.3),
        topics=("fink_early_sn_candidates_ztf",),
        aliases=("AT2026xyz",),
        points=(*POINTS, detection(1.3, 17.5, is_current=True)),
    )
    done = send(receiver, later, first.target)
    assert (done.is_new, done.words, done.target) == (False, "target known, 1 of 4 points new", first.target)
    send(receiver, told(), first.target)  # the earlier alert comes once more

    (found,) = tom.contents().targets
    tags = dict(found.tags)
    assert len(tags) == len(found.tags)
    assert (tags["fink_class"], tags["fink_alert_id"]) == ("Early SN Ia candidate", "3297294755815010007")
    assert found.aliases == ("AT2026xyz",)
    assert set(found.lists) == {"fink_sn_candidates_ztf", "fink_early_sn_candidates_ztf"}
    assert values(found) == [*ALL_POINTS, ("g", 17.5, 0.05, None)]


def test_a_tom_with_rights_of_its_own_for_points(tom: Tom, tmp_path: Path) -> None:
    tom.configure(Options(target_permissions_only=False))
    receiver = receiver_of(tom, tmp_path)
    assert send(receiver).words == "new target, 3 points"
    assert send(receiver).words == "target known, 3 points and none new"


def test_what_is_chosen_counts(tom: Tom, tmp_path: Path) -> None:
    receiver = receiver_of(tom, tmp_path, groups=("nightcrew",))
    number = str(tom.group("Public"))
    done = send(receiver, history="latest", target_list="{survey}-{night}", groups=(number,))
    assert done.words == "new target, 1 point"
    found = tom.contents().target(NAME)
    assert (found.lists, found.groups) == (("ztf-2026-11-20",), ("Public",))
    assert values(found) == ALL_POINTS[-1:]
    send(receiver, history="all", target_list="", groups=("nightcrew",))
    found = tom.contents().target(NAME)
    assert (found.lists, found.groups) == (("ztf-2026-11-20",), ("Public", "nightcrew"))
    assert values(found) == ALL_POINTS
    with pytest.raises(RejectedError, match=r"no group nightcrow .* are: Public, nightcrew"):
        send(receiver, told("ZTF26bbbbbbb"), groups=("nightcrow",))
    assert len(tom.contents().targets) == 1


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 2.2), (150.1, 0.0), (0.0, 0.0), (0.0, 90.0), (359.9999, -90.0)])
def test_the_edges_of_the_sky(tom: Tom, tmp_path: Path, ra: float, dec: float) -> None:
    receiver = receiver_of(tom, tmp_path)
    done = send(receiver, told(ra=ra, dec=dec))
    found = tom.contents().target(NAME)
    assert (found.ra, found.dec) == (pytest.approx(ra, abs=1e-8), pytest.approx(dec, abs=1e-8))
    with pytest.raises(AskError) as caught:
        send(receiver, told("ZTF26bbbbbbb", ra=ra, dec=dec))
    assert caught.value.neighbours == (Neighbour(done.target, NAME, 0.0),)


@pytest.mark.parametrize("name", ["C/2026 A1 (PANSTARRS)", "ssObjectId 12, or so", "100% _new_", "ZTF26", "Ωmega"])
def test_any_name(tom: Tom, tmp_path: Path, name: str) -> None:
    receiver = receiver_of(tom, tmp_path, match_radius=0)
    send(receiver, told(f"{name}aaa"))
    done = send(receiver, told(name))
    again = send(receiver, told(f" {name} "))
    assert (done.is_new, again.is_new, again.target) == (True, False, done.target)
    assert [target.name for target in tom.contents().targets] == [f"{name}aaa", name]


def test_fluxes_below_zero_are_limits(tom: Tom, tmp_path: Path) -> None:
    faint = SubmittedPoint(
        time=iso(NIGHT), band="i", kind=PointKind.DETECTION, flux=-900.0, flux_err=60.0, limit=25.2, source_id="7"
    )
    without = SubmittedPoint(time=iso(NIGHT + 0.1), band="i", kind=PointKind.DETECTION, flux=-900.0)
    bright = SubmittedPoint(
        time=iso(NIGHT + 0.2), band="z", kind=PointKind.DETECTION, mag=22.1, mag_err=0.1, flux=5e3, is_current=True
    )
    forced = SubmittedPoint(time=iso(NIGHT + 0.3), band="z", kind=PointKind.FORCED, mag=22.3, mag_err=0.2, flux=4e3)
    alert = told("313853517190398100", survey="lsst", points=(faint, without, bright, forced))
    assert send(receiver_of(tom, tmp_path), alert).words == "new target, 2 points"
    found = tom.contents().target("313853517190398100")
    assert values(found) == [("i", None, None, 25.2), ("z", 22.1, 0.1, None)]
    assert {point.telescope for point in found.datums} == {"Rubin"}
    done = send(receiver_of(tom, tmp_path, forced=True, limits=False), alert)
    assert done.words == "target known, 1 of 2 points new"
    found = tom.contents().target("313853517190398100")
    assert values(found) == [("i", None, None, 25.2), ("z", 22.1, 0.1, None), ("z", 22.3, 0.2, None)]


def test_beside_what_tom_fink_has_put_in(tom: Tom, tmp_path: Path) -> None:
    """tom_fink's names of filters, its times from Julian dates, its magnitudes as they came, and no errors."""
    number = tom.add_target(NAME, 150.1, 2.2, tags={"fink broker link": "https://fink-portal.org/x"}, users=["alice"])
    noise = timedelta(microseconds=17)
    times = [datetime.fromisoformat(point.time) for point in POINTS]
    tom.add_points(
        number,
        [
            StoredDatum(times[1] + noise, "g", 18.10000038146973, 0.0, source_name="Fink"),
            StoredDatum(times[2] - noise, "R", 17.899999618530273, 0.0, source_name="Fink"),
        ],
    )
    done = send(receiver_of(tom, tmp_path, filters={"r": "R"}))
    assert (done.words, done.target) == ("target known, 1 of 3 points new", str(number))
    found = tom.contents().target(NAME)
    assert [point.filter for point in found.datums] == ["R", "g", "R"]
    assert dict(found.tags)["fink broker link"] == f"https://ztf.fink-portal.org/{NAME}"


def test_a_long_light_curve_is_read_page_by_page(tom: Tom, tmp_path: Path) -> None:
    """Of 1,200 points 1,190 are there: no more than the rest are sent."""
    points = [
        (limit if number % 3 else detection)(number / 100, 18 + number % 7 / 10, "gri"[number % 3])
        for number in range(1200)
    ]
    number = tom.add_target(NAME, 150.1, 2.2, users=["alice"])
    there = [
        StoredDatum(datetime.fromisoformat(point.time), point.band, point.mag, point.mag_err, point.limit)
        for point in points
        if point.time != iso(NIGHT + 5)
    ]
    tom.add_points(number, there[:-9])
    with Proxy(tom.url, keep_host=False) as proxy:
        done = send(receiver_of(tom, tmp_path, url=proxy.url), told(points=tuple(points)))
        assert proxy.count("POST") == 10
        assert proxy.count("GET", "/api/reduceddatums/") == 3
    assert done.words == "target known, 10 of 1200 points new"
    assert len(tom.contents().target(NAME).datums) == 1200


def test_all_of_a_long_light_curve(tom232: Tom, tmp_path: Path) -> None:
    points = tuple(detection(number / 100, 18 + number % 7 / 10, "gri"[number % 3]) for number in range(150))
    with Proxy(tom232.url, keep_host=False) as proxy:
        done = send(receiver_of(tom232, tmp_path, url=proxy.url), told(points=points))
        assert proxy.count("POST") == 151
        assert proxy.count("GET", "/api/reduceddatums/") == 0
    assert done.words == "new target, 150 points"
    assert len(tom232.contents().target(NAME).datums) == 150


# --- what is there already


def test_an_object_that_is_an_alias_is_found(tom: Tom, tmp_path: Path) -> None:
    number = tom.add_target("SN 2026abc", 150.1, 2.2, aliases=[NAME, "x"], users=["alice"])
    done = send(receiver_of(tom, tmp_path))
    assert (done.target, done.words) == (str(number), "target known, 3 of 3 points new")
    (found,) = tom.contents().targets
    assert found.aliases == (NAME, "x")


@pytest.mark.parametrize("there", [("AT2026xyz", []), ("ours", ["AT2026xyz"])])
def test_a_target_by_another_name_of_the_objects_is_the_object(
    tom: Tom, tmp_path: Path, there: tuple[str, list[str]]
) -> None:
    number = tom.add_target(there[0], 150.1, 2.2005, aliases=there[1], users=["alice"])
    done = send(receiver_of(tom, tmp_path), told(aliases=("AT2026xyz",)))
    assert done.target == str(number)
    (found,) = tom.contents().targets
    assert {found.name, *found.aliases} == {there[0], "AT2026xyz", NAME}


def test_another_name_far_away_is_a_question(tom: Tom, tmp_path: Path) -> None:
    number = tom.add_target("AT2026xyz", 150.1, 2.3, users=["alice"])
    with pytest.raises(AskError) as caught:
        send(receiver_of(tom, tmp_path), told(aliases=("AT2026xyz",)))
    assert caught.value.neighbours == (Neighbour(str(number), "AT2026xyz", 360.0),)
    done = send(receiver_of(tom, tmp_path), told(aliases=("AT2026xyz",)), nearby="new")
    assert done.is_new


@pytest.fixture
def near(tom: Tom) -> int:
    """The nearer of two targets near the object."""
    tom.add_target("further", 150.1, 2.2 + 1.5 / 3600, users=["alice"])
    return tom.add_target("ours [1]", 150.1, 2.2 + 0.5 / 3600, users=["alice"])


def test_who_is_near_is_asked_about(tom: Tom, near: int, tmp_path: Path) -> None:
    tom.add_target("too far", 150.1, 2.2 + 2.1 / 3600, users=["alice"])
    tom.add_target("not ours", 150.1, 2.2, users=["bob"])
    with pytest.raises(
        AskError, match=r"ours \[1\] is 0.5 arcsec from ZTF26aaaaaaa on ourtom, and 1 more is near. Is it the same\?"
    ) as caught:
        send(receiver_of(tom, tmp_path))
    assert [(one.name, one.separation) for one in caught.value.neighbours] == [("ours [1]", 0.5), ("further", 1.5)]
    assert caught.value.neighbours[0].target == str(near)
    assert not any(target.datums for target in tom.contents().targets)


@pytest.mark.parametrize("nearby", ["same", "alias", "new"])
@pytest.mark.parametrize("who", ["observer", "settings"])
def test_what_is_answered_is_done(tom: Tom, near: int, tmp_path: Path, nearby: str, who: str) -> None:
    chosen = {"nearby": nearby, "nearby_target": str(near) if nearby != "new" else ""} if who == "observer" else {}
    receiver = receiver_of(tom, tmp_path, on_nearby="ask" if chosen else nearby)
    done = send(receiver, told(aliases=("AT2026xyz",)), **chosen)
    again = send(receiver, told(aliases=("AT2026xyz",)), done.target)
    assert (again.target, again.words) == (done.target, "target known, 3 points and none new")
    contents = tom.contents()
    found = next(target for target in contents.targets if target.id == int(done.target))
    assert values(found) == ALL_POINTS
    assert len(contents.targets) == (3 if nearby == "new" else 2)
    if nearby == "new":
        assert (found.name, found.aliases) == (NAME, ("AT2026xyz",))
    else:
        assert found.id == near
        assert found.aliases == ((NAME, "AT2026xyz") if nearby == "alias" else ())
        assert found.lists == ("fink_sn_candidates_ztf",)


@pytest.mark.parametrize(
    ("there", "here"),
    [((359.9999, 2.2), (0.0001, 2.2)), ((0.0001, 2.2), (359.9999, 2.2)), ((33.0, 89.9999), (213.0, 89.9999))],
)
def test_who_is_near_across_zero_hours_and_the_pole(
    tom: Tom, tmp_path: Path, there: tuple[float, float], here: tuple[float, float]
) -> None:
    tom.add_target("ours", *there, users=["alice"])
    with pytest.raises(AskError, match=r"ours is 0\.7 arcsec from"):
        send(receiver_of(tom, tmp_path), told(ra=here[0], dec=here[1]))


def test_whatever_the_place_its_target_is_found(tom31: Tom, tmp_path: Path) -> None:
    """The toolkit finds nothing, or fails, at one exact position in thirty."""
    places = random.Random(1)
    there = {
        f"target {number}": (places.uniform(0, 360), math.degrees(math.asin(places.uniform(-1, 1))))
        for number in range(60)
    }
    for name, (ra, dec) in there.items():
        tom31.add_target(name, ra, dec, users=["admin"])
    client = JsonClient(tom31.url)
    client.login = Login(Secret("Basic " + base64.b64encode(b"admin:pw-admin").decode()), "")
    api = TomApi(client)
    found = {name: [(round(away, 6), one.name) for away, one in api.near(*place, 2.0)] for name, place in there.items()}
    assert found == {name: [(0.0, name)] for name in there}


def test_a_radius_of_zero_asks_nothing(tom31: Tom, tmp_path: Path) -> None:
    tom31.add_target("ours", 150.1, 2.2, users=["alice"])
    assert send(receiver_of(tom31, tmp_path, match_radius=0)).is_new


def test_a_target_that_has_gone_is_looked_for_anew(tom: Tom, tmp_path: Path) -> None:
    other = tom.add_target("another", 10.0, 2.2, users=["alice"])
    for target in ("999", "../groups", str(other)):
        assert send(receiver_of(tom, tmp_path), target=target).target == str(other + 1)
    assert tom.contents().target("another").datums == ()


# --- what one may not see, or change


def test_an_object_that_is_hidden_says_so(tom: Tom, tmp_path: Path) -> None:
    tom.add_target(NAME, 150.1, 2.2, users=["bob"])
    before = tom.contents()
    with pytest.raises(RejectedError, match=r"exists on ourtom, but your login cannot see it\. Ask its owner"):
        send(receiver_of(tom, tmp_path))
    assert tom.contents() == before


def test_an_alias_of_a_hidden_target_is_left_out_and_said(tom: Tom, tmp_path: Path) -> None:
    tom.add_target("hidden", 10.0, 2.2, aliases=["AT2026xyz"], users=["bob"])
    receiver = receiver_of(tom, tmp_path)
    words = "new target, 3 points; without the alias AT2026xyz, which another target has"
    assert send(receiver, told(aliases=("AT2026xyz", "x"))).words == words
    assert tom.contents().target(NAME).aliases == ("x",)
    again = send(receiver, told(aliases=("AT2026xyz", "x", "y")))
    assert again.words == "target known, 3 points and none new; without the alias AT2026xyz, which another target has"
    assert tom.contents().target(NAME).aliases == ("x", "y")


def test_a_target_that_one_may_not_change(tom: Tom, tmp_path: Path) -> None:
    tom.add_target(NAME, 150.1, 2.2, users=["bob"], viewers=["alice"])
    with pytest.raises(RejectedError, match=r"can see target .* on ourtom, but not change it"):
        send(receiver_of(tom, tmp_path))
    with pytest.raises(RejectedError, match=r"can see target .* on ourtom, but not change it"):
        send(receiver_of(tom, tmp_path), target_list="", history="latest")


def test_a_group_that_is_not_there_is_named(tom: Tom, tmp_path: Path) -> None:
    receiver = receiver_of(tom, tmp_path, groups=("99",))
    for _ in range(2):
        with pytest.raises(FaultError, match=r"\(status 500\).* Is there a group 99\? Your login is not in it\."):
            send(receiver)
    assert send(receiver, groups=()).words == "target known, 3 of 3 points new"


# --- logins


def test_a_wrong_token_and_a_wrong_password(tom: Tom, tmp_path: Path) -> None:
    options: dict[str, Any] = {} if tom.stock_tokens else {"username": "alice"}
    with pytest.raises(LoginError, match=r"refused the login .*(token|password)"):
        send(receiver_of(tom, tmp_path, words="0" * 40, **options))
    assert tom.contents().targets == ()


def test_a_token_that_expired(tom31: Tom, tmp_path: Path) -> None:
    receiver = receiver_of(tom31, tmp_path)
    send(receiver)
    tom31.configure(Options(token_days=30))
    tom31.age_token("alice", 31)
    for _ in range(2):
        with pytest.raises(LoginError, match=r"older than 30 days and has expired\. Regenerate"):
            receiver.deliver(told("ZTF26bbbbbbb"), Choices(), "")
    assert len(tom31.contents().targets) == 1


def test_the_right_token_on_a_tom_that_ignores_tokens(tom: Tom, tmp_path: Path) -> None:
    tom.configure(Options(tokens=False))
    with pytest.raises(BlockedError, match="ignores API tokens, as TOM Toolkit 2"):
        send(receiver_of(tom, tmp_path, username=None, words=tom.token("alice")))
    assert tom.contents().targets == ()


def test_a_2_that_honours_tokens(tom232: Tom, tmp_path: Path) -> None:
    tom232.configure(Options(tokens=True))
    send(receiver_of(tom232, tmp_path, username=None, words=tom232.token("alice")))
    assert tom232.contents().target(NAME).users == ("alice",)


def test_a_tom_that_is_locked(tom: Tom, tmp_path: Path) -> None:
    tom.configure(Options(locked=True))
    with pytest.raises(LoginError, match=r"AUTH_STRATEGY LOCKED.* OPEN_URLS\.$"):
        send(receiver_of(tom, tmp_path))


def test_a_tom_that_lets_nobody_else_in(tom: Tom, tmp_path: Path) -> None:
    tom.configure(Options(login_required=True))
    assert send(receiver_of(tom, tmp_path)).is_new


# --- links and places


def test_a_url_that_is_not_the_sites(tom31: Tom, tmp_path: Path) -> None:
    with pytest.raises(BlockedError, match="There is no TOM Toolkit at"):
        send(receiver_of(tom31, tmp_path, url=f"{tom31.url}tom/"))

    def by_another_name(exchange: Exchange) -> None:
        exchange.seen.headers = {**exchange.seen.headers, "host": "tom.example"}
        pass_on(exchange)

    with Proxy(tom31.url) as proxy:
        proxy.order(by_another_name)
        with pytest.raises(BlockedError, match="ALLOWED_HOSTS"):
            send(receiver_of(tom31, tmp_path, url=proxy.url))
        proxy.order(redirect("https://tom.example/api/groups/"))
        with pytest.raises(BlockedError, match=r"set url: https://tom\.example/$"):
            send(receiver_of(tom31, tmp_path, url=proxy.url))
    assert tom31.contents().targets == ()


def test_by_tls(tom31: Tom, tmp_path: Path, certificate: Certificate) -> None:
    with Proxy(tom31.url, certificate=certificate) as proxy:
        with pytest.raises(BlockedError, match=r"is not trusted .* ca_bundle"):
            send(receiver_of(tom31, tmp_path, url=proxy.url))
        done = send(receiver_of(tom31, tmp_path, url=proxy.url, ca_bundle=certificate.path))
    assert done == Delivery(True, "new target, 3 points", "1", f"{proxy.url}targets/1/")


def test_answers_that_are_lost(tom: Tom, tmp_path: Path) -> None:
    """Each request in turn is done by the TOM, and its answer lost: what is there in the end is there once."""
    with Proxy(tom.url, keep_host=False) as proxy:
        receiver = receiver_of(tom, tmp_path, url=proxy.url, groups=("nightcrew",))
        receiver.prepare()
        alert = told(aliases=("AT2026xyz",))
        for method in ("POST", "PATCH"):
            proxy.order(lose_answer, method=method)
            with pytest.raises(AwayError):
                receiver.deliver(alert, Choices(), "")
        proxy.order(lose_answer, lose_answer, method="POST")  # of points: these are looked for at once
        done = receiver.deliver(alert, Choices(), "")
    assert done.words == "target known, 3 of 3 points new"
    (found,) = tom.contents().targets
    assert values(found) == ALL_POINTS
    assert (found.aliases, found.groups, found.lists) == (
        *(("AT2026xyz",), ("nightcrew",), ("fink_sn_candidates_ztf",)),
    )


def test_a_target_made_in_spite_of_a_500_is_completed(tom: Tom, tmp_path: Path) -> None:
    def made_by_half(exchange: Exchange) -> None:
        body = json.loads(exchange.seen.body)
        kept = {key: value for key, value in body.items() if key not in ("targetextra_set", "target_lists", "groups")}
        exchange.seen.body = json.dumps(kept).encode()
        exchange.seen.headers = {
            name: value for name, value in exchange.seen.headers.items() if name != "content-length"
        }
        assert exchange.forward().status == 201
        exchange.give(html(500, "Server Error"))

    with Proxy(tom.url, keep_host=False) as proxy:
        proxy.order(made_by_half, method="POST")
        done = send(receiver_of(tom, tmp_path, url=proxy.url, groups=("nightcrew",)))
    assert (done.is_new, done.words) == (True, "new target, 3 points")
    (found,) = tom.contents().targets
    assert (found.groups, found.lists) == (("nightcrew",), ("fink_sn_candidates_ztf",))
    assert "fink_class" in dict(found.tags)
    assert values(found) == ALL_POINTS


def test_points_that_fail_do_not_keep_the_others(tom: Tom, tmp_path: Path) -> None:
    with Proxy(tom.url, keep_host=False) as proxy:
        receiver = receiver_of(tom, tmp_path, url=proxy.url)
        proxy.order(html(500, "database is locked"), method="POST", path="/api/reduceddatums/")
        with pytest.raises(FaultError, match=r"1 of 3 points not stored\. .* failed \(status 500\)"):
            send(receiver)
        assert values(tom.contents().target(NAME)) == ALL_POINTS[1:]
        proxy.order(html(500, "down"), method="POST", path="/api/reduceddatums/", times=3)
        many = told(points=(*POINTS, *(detection(day / 100) for day in range(100, 109))))
        with pytest.raises(FaultError, match="10 of 12 points not stored"):
            send(receiver, many)
        assert send(receiver, many).words == "target known, 10 of 12 points new"


def test_somebody_else_makes_the_target_meanwhile(tom: Tom, tmp_path: Path) -> None:
    others = receiver_of(tom, tmp_path)

    def too_late(exchange: Exchange) -> None:
        send(others)
        pass_on(exchange)

    with Proxy(tom.url, keep_host=False) as proxy:
        proxy.order(too_late, method="POST", path="/api/targets/")
        done = send(receiver_of(tom, tmp_path, url=proxy.url), told(points=(*POINTS, detection(0.5))))
    assert (done.is_new, done.words) == (False, "target known, 1 of 4 points new")
    assert len(tom.contents().targets) == 1


def test_the_program_ends_between_two_requests(tom31: Tom, tmp_path: Path) -> None:
    with Proxy(tom31.url, keep_host=False) as proxy:
        receiver = receiver_of(tom31, tmp_path, url=proxy.url)

        def ends(exchange: Exchange) -> None:
            receiver.stopping.set()
            pass_on(exchange)

        receiver.prepare()
        proxy.order(ends, method="POST", path="/api/targets/")
        with pytest.raises(AwayError, match="ending"):
            receiver.deliver(told(), Choices(), "")
        assert proxy.count("POST") == 1
        receiver.stopping.clear()
        assert receiver.deliver(told(), Choices(), "").words == "target known, 3 of 3 points new"


# --- the test of the connection


def found_out(receiver: TomReceiver) -> tuple[bool, str]:
    """Whether the last finding is good, and all of them."""
    findings = list(receiver.check())
    return findings[-1].is_good, "\n".join(finding.words for finding in findings)


def test_what_doctor_says(tom: Tom, tmp_path: Path) -> None:
    is_good, words = found_out(receiver_of(tom, tmp_path, groups=("nightcrew", "99")))
    assert is_good
    assert f"{tom.url} is a TOM, made with TOM Toolkit {tom.version[0]}.x." in words
    assert "honoured: a wrong one was refused, this one was taken." in words
    number = tom.group("nightcrew")
    assert f"in the groups Public ({tom.group('Public')}), nightcrew ({number})." in words
    assert ("Logged in as alice" in words) == (not tom.stock_tokens)
    assert "Group 99 is not one of these" in words
    assert "not encrypted" not in words
    assert tom.contents().targets == ()


def test_what_doctor_says_is_wrong(tom31: Tom, tmp_path: Path) -> None:
    is_good, words = found_out(receiver_of(tom31, tmp_path, words="0" * 40))
    assert not is_good
    assert "refused the login" in words
    is_good, words = found_out(receiver_of(tom31, tmp_path, groups=("nightcrow",)))
    assert not is_good
    assert "no group nightcrow" in words
    tom31.stop()
    is_good, words = found_out(receiver_of(tom31, tmp_path))
    assert not is_good
    assert words.endswith("cannot be reached (Connection refused). Is it up, and is the url right?")


def test_a_field_of_the_observatorys_own(tom_custom: Tom, tmp_path: Path) -> None:
    is_good, words = found_out(receiver_of(tom_custom, tmp_path))
    assert not is_good
    assert words.endswith("each new target: programme. Add them with their values to extra_target_fields.")
    with pytest.raises(RejectedError, match=r"refused the target .*programme: This field is required"):
        send(receiver_of(tom_custom, tmp_path))
    receiver = receiver_of(tom_custom, tmp_path, extra_target_fields={"programme": "108.A-0001"})
    assert found_out(receiver)[0]
    assert send(receiver).words == "new target, 3 points"
    assert send(receiver).words == "target known, 3 points and none new"


def test_what_is_no_tom(tmp_path: Path) -> None:
    with Proxy() as proxy:
        proxy.order(html(404, "Not Found"), times=None)
        is_good, words = found_out(TomReceiver("x", settings(tmp_path, proxy.url)))
    assert not is_good
    assert "no TOM Toolkit" in words
