"""What to receive, from the command line, the settings and the credentials."""

from __future__ import annotations

import msgspec
import pytest

from fink_tui.config import Settings
from fink_tui.connection import ConnectionSetupError, Wanted, WrongCallError, own_group, subscriptions
from fink_tui.credentials import Credentials, Secret
from fink_tui.stream.subscription import Subscription

ZTF = Credentials("ztf", "ada", "ada_group", ("broker:24499",), ("fink_sn_candidates_ztf",))


def put_together(
    wanted: Wanted,
    credentials: dict[str, Credentials] | None = None,
    settings: Settings | None = None,
    groups: dict[str, str] | None = None,
) -> list[Subscription]:
    asked = lambda _, group_id: own_group(group_id)  # noqa: E731
    return subscriptions(wanted, settings or Settings(), credentials or {}, groups or {}, asked)


def settings(**surveys: dict[str, object]) -> Settings:
    return msgspec.convert({"surveys": surveys}, Settings)


def test_credentials_alone_are_enough() -> None:
    (found,) = put_together(Wanted(), {"ztf": ZTF})
    assert found == Subscription(
        survey="ztf",
        servers="broker:24499",
        group="ada_group_fink-tui",
        topics=("fink_sn_candidates_ztf",),
        username="ada",
    )


def test_the_configuration_goes_before_the_credentials_and_the_command_line_before_both() -> None:
    configured = settings(ztf={"topics": ["fink_kn_candidates_ztf"], "group": "ours", "servers": ["other:1"]})
    (found,) = put_together(Wanted(), {"ztf": ZTF}, configured)
    assert (found.topics, found.group, found.servers) == (("fink_kn_candidates_ztf",), "ours", "other:1")
    wanted = Wanted(surveys=("ztf",), topics=("fink_blazar_ztf",), servers="third:2", group="mine")
    (found,) = put_together(wanted, {"ztf": ZTF}, configured)
    assert (found.topics, found.group, found.servers) == (("fink_blazar_ztf",), "mine", "third:2")


def test_the_group_chosen_at_the_first_start_is_used() -> None:
    (found,) = put_together(Wanted(), {"ztf": ZTF}, groups={"ztf": "ada_group"})
    assert found.group == "ada_group"


def test_topics_of_both_surveys_make_two_subscriptions() -> None:
    lsst = Credentials("lsst", "ada", "ada_group", ("lsst:24499",))
    wanted = Wanted(topics=("fink_a_ztf", "fink_b_lsst", "fink_c_ztf", "fink_a_ztf"))
    found = put_together(wanted, {"ztf": ZTF, "lsst": lsst})
    assert [(one.survey, one.topics) for one in found] == [
        ("ztf", ("fink_a_ztf", "fink_c_ztf")),
        ("lsst", ("fink_b_lsst",)),
    ]


def test_a_password_comes_along() -> None:
    account = Credentials("ztf", "ada", "g", ("b:1",), ("t",), password=Secret("hunter2"))
    (found,) = put_together(Wanted(), {"ztf": account})
    assert found.password == "hunter2"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(servers="h:1"),
        Wanted(group="g"),
        Wanted(surveys=("ztf", "lsst"), servers="h:1"),
        Wanted(topics=("some_topic",)),
        Wanted(surveys=("ztf", "lsst"), topics=("some_topic",)),
    ],
)
def test_options_that_do_not_fit_together(wanted: Wanted) -> None:
    with pytest.raises(WrongCallError):
        put_together(wanted, {"ztf": ZTF})


def test_nothing_is_set_up() -> None:
    with pytest.raises(ConnectionSetupError, match=r"--demo.*register"):
        put_together(Wanted())


def test_no_servers() -> None:
    with pytest.raises(ConnectionSetupError, match="register --survey lsst"):
        put_together(Wanted(topics=("fink_in_tns_lsst",)))


def test_no_topics() -> None:
    account = Credentials("ztf", "ada", "g", ("b:1",))
    with pytest.raises(ConnectionSetupError, match="No topics are named for ztf"):
        put_together(Wanted(), {"ztf": account})
