"""The receivers of the settings: checked here, made when they are used. Nothing slow is imported before that."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from typing import Any, NamedTuple

from fink_tui import config
from fink_tui.alerts.submission import ALL, is_history
from fink_tui.receivers.chosen import template_problem
from fink_tui.receivers.receiver import Receiver
from fink_tui.yaml_file import ConfigError


class Configured(NamedTuple):
    """A receiver that can be made."""

    name: str
    """What the observer calls it."""
    kind: str
    """`tom`, `command`, `demo`."""
    target_list: str
    """The template of the name of the list that targets are put in; "" for none."""
    groups: tuple[str, ...]
    """Who may see targets."""
    history: str
    """How much history is sent: `all`, `latest`, or a number of days."""
    make: Callable[[], Receiver]
    """Makes one; each thread that calls more than `render` has its own."""


def configured(settings: config.Settings) -> list[Configured]:
    """The receivers of the settings, the default one first, the others in the settings' order.

    Raises:
        ConfigError: One cannot be used as it is described.
    """
    found = [_configured(receiver) for receiver in settings.receivers]
    default = [receiver.default for receiver in settings.receivers]
    return [found[at] for at in sorted(range(len(found)), key=lambda at: not default[at])]


def in_demo() -> list[Configured]:
    """The demo's only one: whatever the settings say, nothing leaves the program."""
    from fink_tui.receivers.demo import TARGET_LIST, DemoReceiver

    return [Configured("demo", DemoReceiver.kind, TARGET_LIST, (), ALL, DemoReceiver)]


def _configured(receiver: config.Receiver) -> Configured:
    make = KINDS.get(receiver.kind)
    if make is None:
        remedy = f"It can be {' or '.join(sorted(KINDS))}"
        raise receiver.error("kind", f"there is no kind of receiver named {receiver.kind}", remedy)
    return make(receiver)


def _tom(receiver: config.Receiver) -> Configured:
    from fink_tui.receivers.tom_settings import tom_settings

    settings = tom_settings(receiver)

    def make() -> Receiver:
        from fink_tui.receivers.tom import TomReceiver

        return TomReceiver(receiver.name, settings)

    return Configured(receiver.name, receiver.kind, settings.target_list, settings.groups, settings.history, make)


def _command(receiver: config.Receiver) -> Configured:
    receiver.check_options(("command", "timeout", "groups", "history"))
    for key, value in (("url", receiver.url), ("token_file", receiver.token_file)):
        if value is not None:
            raise receiver.error(key, f"a receiver of kind command has no {key}", "Remove it")
    template = receiver.target_list or ""
    if (problem := template_problem(template)) is not None:
        raise receiver.error("target_list", *problem)
    words, groups = _words(receiver), _groups(receiver)
    history, timeout = _history(receiver), _timeout(receiver)

    def make() -> Receiver:
        from fink_tui.receivers.command import CommandReceiver, CommandSettings

        return CommandReceiver(receiver.name, CommandSettings(words, timeout, template, groups, history))

    return Configured(receiver.name, receiver.kind, template, groups, history, make)


KINDS: dict[str, Callable[[config.Receiver], Configured]] = {"tom": _tom, "command": _command}
"""What receivers there are."""


def _wrong(receiver: config.Receiver, key: str, must: str) -> ConfigError:
    return receiver.error(key, f"the {key} of {receiver.name} is not what it must be", f"It must be {must}")


def _words(receiver: config.Receiver) -> tuple[str, ...]:
    """The command; a program that is named with a relative path is beside the settings."""
    value = receiver.options.get("command")
    if value is None:
        remedy = "Add the program and its arguments, as in 'command: [~/bin/follow-up, --tonight]'"
        raise receiver.error("command", f"the receiver {receiver.name} has no command", remedy)
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:  # a quotation mark without its fellow
            value = None
    if not _is_texts(value) or not value or not value[0].strip() or any("\0" in word for word in value):
        raise _wrong(receiver, "command", "a program and its arguments, as in [~/bin/follow-up, --tonight]")
    program = os.path.expanduser(value[0])
    if os.sep in program and receiver.file:
        program = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(receiver.file)), program))
    return (program, *value[1:])


def _timeout(receiver: config.Receiver) -> float:
    value = receiver.options.get("timeout")
    if value is None:
        return 60.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
        raise _wrong(receiver, "timeout", "a number of seconds above 0, at most 86400")
    return float(value)


def _groups(receiver: config.Receiver) -> tuple[str, ...]:
    value = receiver.options.get("groups")
    if value is None:
        return ()
    if not _is_texts(value) or not all(name.strip() for name in value):
        raise _wrong(receiver, "groups", "a list of names, such as [nightcrew]")
    return tuple(value)


def _history(receiver: config.Receiver) -> str:
    value = receiver.options.get("history")
    if value is None:
        return ALL
    if isinstance(value, bool) or not is_history(str(value)):
        raise _wrong(receiver, "history", "all, latest, or a number of days")
    return str(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
