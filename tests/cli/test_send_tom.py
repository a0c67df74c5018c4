"""`fink-tui send` and `doctor` with a real TOM, of both lines of versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fink_tui.stream.demo import DemoAlert
from tests.cli.sending import configure, saved
from tests.running import run

if TYPE_CHECKING:
    from tests.tom.server import Tom

WRONG = "00112233445566778899aabbccddeeff00112233"


def set_up(home: Path, tom: Tom, *, auth: str = "basic", secret: str = "") -> str:
    """Alice's receiver `ourtom`; returns her secret."""
    secret = secret or (tom.password("alice") if auth == "basic" else tom.token("alice"))
    path = home / "secret"
    path.write_text(secret + "\n")
    path.chmod(0o600)
    one = {"name": "ourtom", "kind": "tom", "url": tom.url, "auth": auth, "groups": ["nightcrew"]}
    one |= {"username": "alice", "password_file": str(path)} if auth == "basic" else {"token_file": str(path)}
    configure(home, "receivers:\n  - " + json.dumps(one) + "\n")
    return secret


def test_a_file_is_sent_and_a_second_time_changes_nothing(
    tom: Tom, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    set_up(tmp_path, tom)
    alert = next(one for one in demo_alerts if one.survey == "ztf")
    path = saved(tmp_path / "one.avro", alert)
    rendered = json.loads(run(tmp_path, "send", str(path), "--dry-run").stdout)
    assert tom.contents().targets == ()
    done = run(tmp_path, "send", str(path), "--wait")
    assert done.returncode == 0, done.stderr
    before = tom.contents()
    target = before.target(alert.object_id)
    assert f"{alert.object_id} sent to ourtom: new target, " in done.stdout
    assert done.stdout.endswith(f"  {tom.url}targets/{target.id}/\n")
    assert len(target.datums) == len(rendered["points"]) > 3
    for datum, point in zip(
        sorted(target.datums, key=lambda one: one.time),
        sorted(rendered["points"], key=lambda p: p["timestamp"]),
        strict=True,
    ):
        assert (datum.filter, datum.magnitude, datum.error, datum.limit) == (
            *(point["value"].get(name) for name in ("filter", "magnitude", "error", "limit")),
        )
    assert (target.lists, target.groups) == (
        tuple(one["name"] for one in rendered["target"]["target_lists"]),
        ("nightcrew",),
    )
    again = run(tmp_path, "send", str(path), "--wait")
    assert (again.returncode, "sent to ourtom already" in again.stdout) == (0, True)
    other_home = tmp_path / "other"
    other_home.mkdir()
    set_up(other_home, tom)
    elsewhere = run(other_home, "send", str(path), "--wait")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert f"{alert.object_id} sent to ourtom: target known" in elsewhere.stdout
    assert tom.contents() == before


def test_the_doctor_says_how_a_tom_is(tom: Tom, tmp_path: Path) -> None:
    secret = set_up(tmp_path, tom)
    done = run(tmp_path, "doctor", "--receiver", "ourtom")
    assert done.returncode == 0, done.stdout
    assert f"TOM Toolkit {'3' if tom.stock_tokens else '2'}.x" in done.stdout
    assert "Logged in as alice, in the groups " in done.stdout
    assert "nightcrew" in done.stdout
    assert "!!" not in done.stdout
    assert secret not in done.stdout + done.stderr
    assert tom.contents().targets == ()


@pytest.mark.parametrize("auth", ["basic", "token"])
def test_the_doctor_and_send_name_a_wrong_login_and_nothing_arrives(
    auth: str, tom: Tom, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    secret = set_up(tmp_path, tom, auth=auth, secret=WRONG)
    done = run(tmp_path, "doctor")
    assert (done.returncode, done.stdout.count("!!")) == (1, 1)
    ignored = auth == "token" and not tom.stock_tokens
    assert ("ignores" in done.stdout) is ignored, done.stdout
    assert str(tmp_path / "secret") in done.stdout or ignored
    sent = run(tmp_path, "send", str(saved(tmp_path / "one.avro", demo_alerts[0])), "--wait")
    assert sent.returncode == 1
    assert "It goes by itself once that is mended." in sent.stderr
    assert tom.contents().targets == ()
    assert secret not in "".join((done.stdout, done.stderr, sent.stdout, sent.stderr))
    assert secret not in (tmp_path / "fink-tui" / "logs" / "fink-tui.log").read_text()


def test_a_target_near_it_is_asked_about_and_answered(tom31: Tom, tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    set_up(tmp_path, tom31)
    path = saved(tmp_path / "one.avro", demo_alerts[0])
    shown = json.loads(run(tmp_path, "send", str(path), "--dry-run").stdout)["target"]
    tom31.add_target("SN 2026zz", ra=shown["ra"], dec=shown["dec"] + 0.5 / 3600, groups=["nightcrew"])
    done = run(tmp_path, "send", str(path), "--wait")
    assert done.returncode == 1
    assert "SN 2026zz is 0.5 arcsec from" in done.stderr
    assert "--nearby" in done.stderr
    done = run(tmp_path, "send", str(path), "--nearby", "alias", "--wait")
    assert done.returncode == 0, done.stderr
    target = tom31.contents().target("SN 2026zz")
    assert demo_alerts[0].object_id in target.aliases
    assert target.datums


def test_what_a_target_near_it_is_can_be_said_beforehand(
    tom31: Tom, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    set_up(tmp_path, tom31)
    path = saved(tmp_path / "one.avro", demo_alerts[0])
    shown = json.loads(run(tmp_path, "send", str(path), "--dry-run").stdout)["target"]
    tom31.add_target("SN 2026zz", ra=shown["ra"], dec=shown["dec"] + 0.5 / 3600, groups=["nightcrew"])
    assert run(tmp_path, "send", str(path), "--nearby", "same", "--wait").returncode == 0
    (target,) = tom31.contents().targets
    assert (target.name, target.aliases) == ("SN 2026zz", ())
    assert target.datums
