"""The settings of a receiver of kind `tom`: a site made with the TOM Toolkit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from fink_tui import config
from fink_tui.alerts.submission import ALL, is_history
from fink_tui.receivers.chosen import template_problem
from fink_tui.receivers.secret import SecretSource
from fink_tui.yaml_file import ConfigError, shown

T = TypeVar("T", bound=Struct)

TARGET_LIST = "fink_{topic}"
"""The list that targets are put in where nothing else is set."""

SET_BY_US = frozenset(
    {"id", "name", "type", "ra", "dec", "aliases", "targetextra_set", "target_lists", "groups", "created", "modified"}
)
"""Fields of a target that are not for `extra_target_fields`."""

Word = Annotated[str, Meta(pattern=r"\S", max_length=100)]
Words = Annotated[
    tuple[Word, ...], Meta(min_length=1, description="the command's words as a list, such as [gopass, show, tom]")
]
Variable = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the name of an environment variable, such as TOM_TOKEN")
]
File = Annotated[str, Meta(pattern=r"^[^\0]*[^\s\0][^\0]*$", description="the path of a file")]
Band = Annotated[str, Meta(pattern="^[ugrizy]$")]


class TomSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one TOM is reached, and what it is sent."""

    url: str
    """The site, with a slash at its end."""

    auth: Annotated[Literal["token", "basic"], Meta(description="token or basic")] = "token"
    """How to log in: with an API token, which TOM Toolkit 2.x ignores, or with a user's name and password."""

    username: Annotated[str, Meta(pattern=r"^[^:\x00-\x1f]*[^:\s][^:\x00-\x1f]*$", description="a user's name")] = ""
    """Whose password it is."""

    secret: SecretSource
    """Where the token or password is from."""

    target_list: Annotated[str, Meta(max_length=200, description="the name of a target list")] = TARGET_LIST
    """The list that targets are put in, a template; "": none."""

    groups: Annotated[
        tuple[Word, ...], Meta(description="a list of groups, by their names or numbers, such as [nightcrew]")
    ] = ()
    """Who may see the targets besides the one whose login it is: names of groups, or their numbers as digits."""

    filters: Annotated[
        dict[Band, Annotated[str, Meta(pattern=r"\S", max_length=32)]],
        Meta(description="filter names by band (u g r i z y), such as {r: R}"),
    ] = {}
    """What the TOM calls a band, where that is not the band itself: `R` beside what tom_fink has put in."""

    match_radius: Annotated[float, Meta(ge=0, le=60, description="an angle in arcsec, 0 to 60")] = 2.0
    """Within which a target of another name may be the same object, arcsec; 0: never."""

    on_nearby: Annotated[Literal["ask", "alias", "same", "new"], Meta(description="ask, alias, same or new")] = "ask"
    """What is done then: ask; make the object an alias of it; take it as the same; make a target of its own."""

    limits: Annotated[bool, Meta(description="true or false")] = True
    """Whether upper limits are sent."""

    forced: Annotated[bool, Meta(description="true or false")] = False
    """Whether forced photometry (LSST) is sent."""

    history: str = ALL
    """How much of the light curve is sent: `all`, `latest`, or a number of days before the alert."""

    ca_bundle: Path | None = None
    """Certificates, PEM, of the observatory's own authority."""

    extra_target_fields: Annotated[
        dict[str, str | int | float | bool | None], Meta(description="fields with their values, such as {priority: 1}")
    ] = {}
    """What the TOM wants to know of every new target besides."""

    source_name: Annotated[str, Meta(pattern=r"\S", max_length=100, description="a name")] = "Fink"
    """Whom the TOM names as the source of each point."""


class _Secrets(Struct, frozen=True, kw_only=True):
    """The keys that say where the secret is from."""

    token_env: Variable | None = None
    token_command: Words | None = None
    password_file: File | None = None
    password_env: Variable | None = None
    password_command: Words | None = None


OPTIONS = tuple(
    name
    for name in (*TomSettings.__struct_fields__, *_Secrets.__struct_fields__)
    if name not in ("url", "target_list", "secret")
)
"""The keys that a receiver of kind `tom` has besides those that each kind has."""


def tom_settings(receiver: config.Receiver) -> TomSettings:
    """The settings of a TOM.

    Args:
        receiver: What `config.yml` says of it.

    Raises:
        ConfigError: They cannot be used.
    """
    receiver.check_options(OPTIONS)
    given = {name: value for name, value in receiver.options.items() if value is not None}
    secret = {name: given.pop(name) for name in _Secrets.__struct_fields__ if name in given}
    if isinstance(history := given.get("history"), int | float) and not isinstance(history, bool):
        given["history"] = str(history)
    if isinstance(groups := given.get("groups"), list):
        given["groups"] = [str(group) if type(group) is int and group > 0 else group for group in groups]
    if "ca_bundle" in given:
        given["ca_bundle"] = _path(receiver, "ca_bundle", given["ca_bundle"])
    if receiver.target_list is not None:
        given["target_list"] = receiver.target_list
    given["url"] = _url(receiver)
    given["secret"] = _source(receiver, _checked(receiver, _Secrets, secret), given.get("auth", "token"))
    found = _checked(receiver, TomSettings, given)
    if not is_history(found.history):
        what = f"history {shown(found.history)} is not what it must be"
        raise receiver.error("history", what, "It must be all, latest, or a number of days")
    if found.auth == "basic" and not found.username:
        raise receiver.error("auth", "there is no username", "Add it, as in 'username: me'")
    if found.auth == "token" and found.username:
        what = "a username is only for auth: basic"
        raise receiver.error("username", what, "Set auth: basic with password_file, or remove the username")
    if (wrong := SET_BY_US.intersection(found.extra_target_fields)) != set():
        what = f"extra_target_fields must not have {', '.join(sorted(wrong))}"
        raise receiver.error("extra_target_fields", what, "Remove it: it is from the alert")
    if (problem := template_problem(found.target_list)) is not None:
        raise receiver.error("target_list", *problem)
    return found


def _url(receiver: config.Receiver) -> str:
    """The site's address."""
    if receiver.url is None:
        raise receiver.error("", f"receiver {receiver.name} has no url", "Add that of the TOM's home page")
    parts = urlsplit(receiver.url)
    if parts.query or parts.fragment:
        raise receiver.error("url", "the url is that of a single page", "Set it to that of the TOM's home page")
    path = re.sub(r"/+$", "", parts.path)
    if path.endswith("/api"):
        raise receiver.error("url", "the url is that of the API", "Remove the api/ at its end")
    return parts._replace(path=path + "/").geturl()


def _source(receiver: config.Receiver, given: _Secrets, auth: object) -> SecretSource:
    """Where the secret is from: one of the keys that name a place, of the kind that `auth` says."""
    sources = {
        "token_file": receiver.token_file and SecretSource("token", file=receiver.token_file),
        "token_env": given.token_env and SecretSource("token", variable=given.token_env),
        "token_command": given.token_command and SecretSource("token", command=given.token_command),
        "password_file": given.password_file
        and SecretSource("password", file=_path(receiver, "password_file", given.password_file)),
        "password_env": given.password_env and SecretSource("password", variable=given.password_env),
        "password_command": given.password_command and SecretSource("password", command=given.password_command),
    }
    found = {name: source for name, source in sources.items() if source}
    what = "password" if auth == "basic" else "token"
    for name, source in found.items():
        if source.what != what:
            other = "token" if what == "password" else "basic"
            raise receiver.error(name, f"{name} is not for auth: {auth}", f"Set auth: {other}, or remove it")
    if len(found) > 1:
        first, second = list(found)[:2]
        raise receiver.error(second, f"there are both {first} and {second}", "Keep one of them")
    for source in found.values():
        return source
    remedy = f"Put the {what} alone into a file, chmod 600 it, and name that file as {what}_file"
    raise receiver.error("", f"receiver {receiver.name} has no {what}", remedy)


def _path(receiver: config.Receiver, key: str, value: object) -> Path:
    """A path in the settings: relative ones begin at the settings' folder, as elsewhere in that file."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise receiver.error(key, f"{key} is not a path", "Write it as in ~/tom.pem")
    expanded = os.path.expanduser(value)
    if expanded.startswith("~"):
        raise receiver.error(key, f"{key} begins with the home of an unknown user", "Write the whole path")
    return Path(os.path.normpath(Path(receiver.file).absolute().parent / expanded))


def _checked(receiver: config.Receiver, kind: type[T], given: dict[str, object]) -> T:
    """Settings made of what is given, or the error that says what one of them must be."""
    try:
        return msgspec.convert(given, kind, dec_hook=lambda _, value: value)
    except msgspec.ValidationError as cause:
        key = (re.findall(r"`(?:key in )?\$\.(\w+)", str(cause)) or [""])[0]
        problem: ConfigError = receiver.error(
            key,
            f"{key} is not what it must be",
            f"It must be {_described(get_type_hints(kind, include_extras=True).get(key))}",
        )
    raise problem


def _described(hint: Any) -> str:
    """What the Meta of an annotation says of it."""
    for part in get_args(hint):
        found = part.description if isinstance(part, Meta) else _described(part)
        if found:
            return str(found)
    return ""
