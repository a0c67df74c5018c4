"""What a test of the connection to a TOM finds out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from fink_tui.alerts.text import clean
from fink_tui.receivers.answers import AGAIN
from fink_tui.receivers.receiver import AwayError, Finding, ReceiverError
from fink_tui.receivers.tom_api import TomApi
from fink_tui.receivers.tom_login import TomLogin
from fink_tui.receivers.tom_settings import SET_BY_US, TomSettings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Where nobody listens: the end of a tunnel, perhaps."""


def findings(settings: TomSettings, api: TomApi, login: TomLogin) -> Iterator[Finding]:
    """Test a TOM, up to the first thing that does not work.

    Args:
        settings: The TOM's.
        api: Its API.
        login: The login.
    """
    try:
        yield from _findings(settings, api, login)
    except AwayError as error:  # here, nobody tries it again
        words = str(error).removesuffix(f" {AGAIN}.")
        yield Finding(False, f"{words} Is it up, and is the url right?")
    except ReceiverError as error:
        yield Finding(False, str(error))


def _findings(settings: TomSettings, api: TomApi, login: TomLogin) -> Iterator[Finding]:
    # Who logs in is asked first: a closed TOM shows nobody else anything.
    login.verify()
    body = api.root().body
    if not isinstance(body, dict) or "targets" not in body:
        yield Finding(False, f"{settings.url} is no TOM: its api/ lists no targets. Set url to the TOM's home page.")
        return
    fields = _fields(api)
    version = f", made with TOM Toolkit {'3.x' if 'shared_by' in fields else '2.x'}" if fields else ""
    yield Finding(True, f"{settings.url} is a TOM{version}.")
    site = urlsplit(settings.url)
    if site.scheme == "http" and site.hostname not in LOOPBACK:
        yield Finding(
            True, "The connection is not encrypted: whoever listens can read the login. Use https if you can."
        )
    what = "API tokens are" if settings.auth == "token" else "Names and passwords are"
    yield Finding(True, f"{what} honoured: a wrong one was refused, this one was taken.")
    whose = f"Logged in as {settings.username}" if settings.auth == "basic" else "Logged in"
    names = ", ".join(f"{clean(name, 40)} ({number})" for number, name in sorted(login.groups.items()))
    yield Finding(True, f"{whose}, in the groups {names}." if names else f"{whose}, in no group.")
    for group in settings.groups:
        if group.isdecimal() and int(group) not in login.groups:
            yield Finding(True, f"Group {group} is not one of these; if there is no such group, sending will fail.")
        elif not group.isdecimal() and group not in login.groups.values():
            yield Finding(False, f"There is no group {clean(group, 60)} with this login in it. Correct groups.")
            return
    wanted = [name for name in fields if fields[name] and name not in SET_BY_US]
    lacking = [clean(name, 40) for name in wanted if name not in settings.extra_target_fields]
    if lacking:
        yield Finding(
            False,
            f"This TOM wants to know more of each new target: {', '.join(lacking)}. "
            "Add them with their values to extra_target_fields.",
        )
        return
    if wanted:
        yield Finding(True, f"Its own fields of a target are set: {', '.join(clean(name, 40) for name in wanted)}.")


def _fields(api: TomApi) -> dict[str, bool]:
    """The fields of a target, and whether each must be given."""
    body = api.options().body
    actions = body.get("actions") if isinstance(body, dict) else None
    fields = actions.get("POST") if isinstance(actions, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {str(name): isinstance(field, dict) and field.get("required") is True for name, field in fields.items()}
