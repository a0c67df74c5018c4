"""Fink's credentials: the files of fink-client in the three shapes it has given them, and tom_fink's environment.

| fink-client | file in `~/.finkclient` | fields |
|---|---|---|
| up to 9 | `credentials.yml` (ZTF) | username, password, group_id, mytopics (list), servers, maxtimeout |
| 10 and 11 | `{ztf,lsst}_credentials.yml` | the same and survey |
| from 12 | `{ztf,lsst}_credentials.yml` | survey, username, groupid, servers, maxtimeout, topics (bot tokens in it) |

Which ones count, first to last: the environment variables `FINK_CREDENTIAL_*`, then `{survey}_credentials.yml`, then
`credentials.yml`. They are taken whole, never mixed.

Secrets are in no error, representation or log. Bot tokens are not kept: they are read again to be written back. An
error leaves `find` and `write` as if it arose there, for tracebacks can show the values of the functions they pass.
"""

from __future__ import annotations

import contextlib
import hmac
import math
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from fink_tui.config import SERVER_PATTERN, SURVEYS, TOPIC_PATTERN
from fink_tui.groups import is_group
from fink_tui.paths import replace_file
from fink_tui.yaml_file import ConfigError, read_yaml

FOLDER = ".finkclient"
"""fink-client's folder in the user's home."""

DEFAULT_TIMEOUT = 10.0
"""fink-client's own `maxtimeout`, seconds."""

ENVIRONMENT = "environment"
"""The origin of credentials that are from environment variables."""

DEFAULT_PORT = 24499
"""The port of Fink's Kafka servers."""


class CredentialsError(ConfigError):
    """Credentials that cannot be used: where they are, what is wrong, and what to do about it."""


class Secret:
    """Text that is never shown by accident: only `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format("***", specification)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored")


@dataclass(frozen=True)
class Credentials:
    """What one needs to receive from one survey."""

    survey: str
    """`ztf` or `lsst`."""

    username: str
    """The user that Fink gave; "" where a file has none, for Fink's servers do not ask."""

    group_id: str
    """The consumer group."""

    servers: tuple[str, ...]
    """Kafka servers, `host:port`."""

    topics: tuple[str, ...] = ()
    """Kafka topics."""

    max_timeout: float = DEFAULT_TIMEOUT
    """How long to wait for an alert, seconds."""

    password: Secret | None = None
    """The password, if one is given: Fink's servers want none."""

    max_poll_number: int | None = None
    """tom_fink: how many alerts to take at most."""

    origin: str = ENVIRONMENT
    """Where they are from: the path of a file, or "environment"."""


def folder(environ: Mapping[str, str] = os.environ, home: Path | None = None) -> Path:
    """fink-client's folder.

    Args:
        environ: Where `HOME` is looked up, as fink-client does.
        home: The user's home instead.
    """
    return (home or Path(environ.get("HOME") or Path.home())) / FOLDER


def find(survey: str, environ: Mapping[str, str] = os.environ, home: Path | None = None) -> Credentials | None:
    """The credentials of one survey.

    Args:
        survey: `ztf` or `lsst`.
        environ: The environment variables, which come before every file.
        home: The user's home, if it is not `HOME`.

    Returns:
        Them, or None where there are none.

    Raises:
        CredentialsError: There are some that cannot be used.
        ValueError: There is no such survey.
    """
    if survey not in SURVEYS:
        raise ValueError(f"there is no survey {survey}")
    try:
        found = _from_environment(survey, environ)
        for path in _files(survey, folder(environ, home)):
            found = found or _from_file(survey, path)
        return found
    except CredentialsError as cause:
        problem = cause
    del environ
    raise problem.with_traceback(None)


def find_all(environ: Mapping[str, str] = os.environ, home: Path | None = None) -> dict[str, Credentials]:
    """The credentials of every survey that has some.

    Args:
        environ: The environment variables, which come before every file.
        home: The user's home, if it is not `HOME`.

    Raises:
        CredentialsError: There are some that cannot be used; `find` still gives those of the other survey.
    """
    found = {survey: find(survey, environ, home) for survey in SURVEYS}
    return {survey: credentials for survey, credentials in found.items() if credentials is not None}


def problems(credentials: Credentials) -> list[str]:
    """What the user should know of credentials that can be used all the same.

    Returns:
        Sentences, the gravest first; none, if all is well.
    """
    out = []
    if credentials.origin != ENVIRONMENT:
        path = Path(credentials.origin)
        for place, forbidden, what, mode in (
            (path, 0o077, "is open to other users", "600"),
            (path.parent, 0o022, "lets other users replace the credentials in it", "700"),
        ):
            try:
                permissions = stat.S_IMODE(place.stat().st_mode)
            except OSError:  # gone since it was read
                continue
            if permissions & forbidden:
                command = f"chmod {mode} {shlex.quote(str(place))}"
                out.append(f"{place} {what} (mode {permissions:04o}). Close it: {command}")
    if credentials.password is not None:
        out.append(
            f"{credentials.origin} has a password. Fink's servers want none and may refuse the connection: "
            "remove it if nothing arrives."
        )
    for server in credentials.servers:
        if not re.search(r":\d+$", server):
            out.append(f"The server {server} has no port, which for Fink is :{DEFAULT_PORT}; Kafka will try :9092.")
    return out


def write(
    survey: str,
    username: str,
    group_id: str,
    servers: str | Iterable[str],
    *,
    topics: Iterable[str] = (),
    max_timeout: float = DEFAULT_TIMEOUT,
    password: Secret | None = None,
    home: Path | None = None,
    overwrite: bool = False,
    keep_topics: bool = True,
) -> Path:
    """Write credentials as fink-client 12 does, for it and this program alike; none but the user can read them.

    Of credentials that are there already, the topics are kept with their bots' tokens, and all keys that are not among
    the arguments; a password is not, unless it is given again. Older shapes become the present one.

    Args:
        survey: `ztf` or `lsst`.
        username: The user that Fink gave.
        group_id: The consumer group.
        servers: Kafka servers, `host:port`, one text with commas or several.
        topics: Topics to subscribe to.
        max_timeout: How long to wait for an alert, seconds.
        password: A password, which Fink's servers do not want.
        home: The user's home, if it is not `HOME`.
        overwrite: Whether credentials that are there already are replaced.
        keep_topics: Whether topics that are there already are kept.

    Returns:
        The file.

    Raises:
        CredentialsError: There are credentials already and `overwrite` is false, an argument cannot be used, or the
            file cannot be written.
        ValueError: There is no such survey.
    """
    if survey not in SURVEYS:
        raise ValueError(f"there is no survey {survey}")
    place = folder(home=home)
    path, *older = _files(survey, place)
    values: dict[str, object] = {"username": username, "groupid": group_id, "maxtimeout": str(max_timeout)}
    values |= {"servers": servers if isinstance(servers, str) else list(servers), "topics": list(topics)}
    try:
        given = _build(survey, _Source(str(path), values, "Give it as Fink wrote it to you"), is_username_needed=True)
        if os.path.exists(path) and not overwrite:
            remedy = f"`fink-tui register --survey {survey} --overwrite` replaces it and keeps its topics"
            raise CredentialsError(path, "is there already", remedy)
        _write(
            path, given, password, next((file for file in (path, *older) if os.path.exists(file)), None), keep_topics
        )
    except CredentialsError as cause:
        problem = cause
    else:
        return path
    raise problem.with_traceback(None)


# --- the ways in


def _files(survey: str, place: Path) -> list[Path]:
    """The files that may hold a survey's credentials, the newest shape first."""
    files = [place / f"{survey}_credentials.yml"]
    return [*files, place / "credentials.yml"] if survey == "ztf" else files


@dataclass(frozen=True)
class _Source:
    """Where credentials are read from: names and their values, all of them text, a list or a mapping."""

    origin: str
    values: Mapping[str, object] = field(repr=False)
    remedy: str
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def error(self, key: str | None, problem: str, remedy: str = "") -> CredentialsError:
        line = self.lines.get((key,)) if key else None
        return CredentialsError(self.origin, problem, remedy or self.remedy, line)

    def get(self, keys: Iterable[str]) -> tuple[str, object]:
        """The first of several keys that has a value, and the value; or the first key and None."""
        keys = list(keys)
        for key in keys:
            if self.values.get(key) not in (None, ""):
                return key, self.values[key]
        return keys[0], None

    def text(self, keys: Iterable[str], *, optional: bool = False) -> str:
        """A value that is text, without the blanks around it; "" where it is missing and may be.

        Raises:
            CredentialsError: It is missing, a placeholder, or no text.
        """
        key, value = self.get(keys)
        if value is None or (isinstance(value, str) and not value.strip()):
            if optional:
                return ""
            raise self.error(None, f"{key} is missing")
        if not isinstance(value, str):
            raise self.error(key, f"{key} must be text")
        if _PLACEHOLDER.search(value.strip()):
            raise self.error(key, f"{key} is still a placeholder")
        return value.strip()

    def number(self, keys: Iterable[str], default: float) -> float:
        """A value that is a number above zero.

        Raises:
            CredentialsError: It is not.
        """
        key, _ = self.get(keys)
        text = self.text(keys, optional=True)
        if not text:
            return default
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            raise self.error(key, f"{key} must be a number above 0", "Correct it")
        return number

    def texts(
        self,
        keys: Iterable[str],
        valid: Callable[[str], bool],
        what: str,
        *,
        optional: bool = False,
        mapping: bool = False,
    ) -> tuple[str, ...]:
        """A value that is several texts: a list, one text with commas, or, where it may be, a mapping's keys.

        Raises:
            CredentialsError: It is none of these, one of the texts is not valid, or there is none and has to be.
        """
        key, value = self.get(keys)
        if isinstance(value, str):
            value = [part for part in value.split(",") if part.strip()]
        if value is None:
            value = []
        if not isinstance(value, list | dict if mapping else list):
            raise self.error(key, f"{key} must be {what}")
        out = []
        for item in value:
            if isinstance(item, str) and _PLACEHOLDER.search(item.strip()):
                raise self.error(key, f"{key} is still a placeholder")
            if not isinstance(item, str) or not valid(item.strip()):
                raise self.error(key, f"{key} must be {what}", "Correct it")
            out.append(item.strip())
        if not out and not optional:
            raise self.error(None, f"{key} is missing")
        return tuple(dict.fromkeys(out))


_PLACEHOLDER = re.compile(
    r"^<.*>$|^\$\{?\w+\}?$|^\{.*\}$|^(?:USERNAME|GROUP_?ID|SERVERS?|TOPICS?|SURVEY)$"
    r"|^(?i:your[ _-].*|change[ _-]?me|to[ _-]?do|x{3,}|\.{3}|set .* value in environment)$"
)
"""What manuals and templates put where a value goes: `<USERNAME>`, `$GROUP_ID`, tom_fink's "set ... in environment"."""

_GROUP = ("groupid", "group_id", "group.id")
_TOPICS = ("topics", "mytopics")


def _build(survey: str, source: _Source, *, is_username_needed: bool = False) -> Credentials:
    """Credentials of what a file holds, whichever shape it has.

    Raises:
        CredentialsError: A value is missing or cannot be used.
    """
    group_id = source.text(_GROUP)
    if not is_group(group_id):
        raise source.error(source.get(_GROUP)[0], "the group must be text without blanks", "Correct it")
    username = source.text(("username",), optional=not is_username_needed)
    password_key, value = source.get(("password",))
    if not isinstance(value, str | None):
        raise source.error(password_key, "password must be text")
    password = Secret(value) if value else None
    if password is not None and not username:
        raise source.error(
            password_key, "there is a password without a username", "Remove it: Fink's servers want none"
        )
    servers = source.texts(("servers",), _is_server, "Kafka servers as host:port")
    topics = source.texts(_TOPICS, _is_topic, "names of topics", optional=True, mapping=True)
    timeout = source.number(("maxtimeout",), DEFAULT_TIMEOUT)
    return Credentials(survey, username, group_id, servers, topics, timeout, password, None, source.origin)


def _is_server(text: str) -> bool:
    return re.search(SERVER_PATTERN, text) is not None and text.isprintable()


def _is_topic(text: str) -> bool:
    return re.search(TOPIC_PATTERN, text) is not None and not text.endswith("\n")


def _from_file(survey: str, path: Path) -> Credentials | None:
    document = read_yaml(path, typed=False, secret=True, error=CredentialsError)
    if document is None:
        return None
    remedy = f"Register again: `fink-tui register --survey {survey}`"
    if not isinstance(document.value, dict):
        what = "is empty" if document.value is None else "does not hold credentials, keys with values"
        raise CredentialsError(path, what, remedy)
    source = _Source(str(path), document.value, remedy, document.lines)
    named = document.value.get("survey")
    if named is not None and named != survey:
        raise source.error("survey", f"the survey should be {survey}, as the file's name says", "Correct it")
    return _build(survey, source)


def _from_environment(survey: str, environ: Mapping[str, str]) -> Credentials | None:
    """Credentials of tom_fink's variables, if there are any and they are for this survey."""
    names = {
        "servers": "FINK_CREDENTIAL_URL",
        "username": "FINK_CREDENTIAL_USERNAME",
        "group": "FINK_CREDENTIAL_GROUP_ID",
    }
    if not any(environ.get(name, "").strip() for name in names.values()):
        return None
    topic = environ.get("FINK_TOPIC", "").strip()
    if survey != ("lsst" if topic.endswith("_lsst") else "ztf"):
        return None
    source = _Source(ENVIRONMENT, environ, "Set it, or unset the FINK_CREDENTIAL_ variables to use fink-client's file")
    group_id = source.text((names["group"],))
    if not is_group(group_id):
        raise source.error(None, f"{names['group']} must be text without blanks")
    servers = source.texts((names["servers"],), _is_server, "Kafka servers as host:port")
    topics = source.texts(("FINK_TOPIC",), _is_topic, "the name of a topic", optional=True)
    timeout = source.number(("FINK_TIMEOUT",), DEFAULT_TIMEOUT)
    limit = source.number(("FINK_MAX_POLL_NUMBER",), 0)
    return Credentials(
        survey=survey,
        username=source.text((names["username"],), optional=True),
        group_id=group_id,
        servers=servers,
        topics=topics,
        max_timeout=timeout,
        password=None,
        max_poll_number=max(1, int(limit)) if limit else None,
        origin=ENVIRONMENT,
    )


# --- what is written back


def _write(path: Path, given: Credentials, password: Secret | None, before: Path | None, keep_topics: bool) -> None:
    """Write credentials, with what is kept of a file that was there before.

    Raises:
        CredentialsError: The earlier file cannot be read, or the new one not written.
    """
    content = {} if before is None else _raw(before)
    known = _raw_topics(content) if keep_topics else {}
    for key in ("group_id", "group.id", "mytopics", "password"):
        content.pop(key, None)
    timeout = given.max_timeout
    content |= {
        "survey": given.survey,
        "username": given.username,
        "groupid": given.group_id,
        "servers": ",".join(given.servers),
        "maxtimeout": int(timeout) if timeout.is_integer() else timeout,
        "topics": {topic: {} for topic in given.topics} | known,
    }
    if password is not None:
        content["password"] = password.reveal()
    import yaml

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, yaml.safe_dump(content).encode(), mode=0o600)
    except OSError as cause:
        reason = cause.strerror or "it cannot be written"
        remedy = "Check the folder's permissions and the disk"
        raise CredentialsError(path, f"cannot be written: {reason}", remedy) from None


def _raw(path: Path) -> dict[str, object]:
    """What a file holds, by the YAML rules of fink-client: what is written back is what it read.

    Raises:
        CredentialsError: It cannot be read.
    """
    remedy = "Correct it, or move it away, then register"
    document = read_yaml(path, typed=False, secret=True, error=CredentialsError)
    if document is None or document.value is None:
        return {}
    import yaml

    value: object = None
    with contextlib.suppress(yaml.YAMLError, ValueError):  # what YAML 1.1 takes for a date, and is none
        value = yaml.safe_load(path.read_bytes())
    if not isinstance(value, dict):
        raise CredentialsError(path, "does not hold credentials, so it is not replaced", remedy)
    return value


def _raw_topics(content: Mapping[str, object]) -> dict[str, object]:
    """The topics of a file with what belongs to each: bot tokens, or nothing."""
    for key in _TOPICS:
        value = content.get(key)
        if isinstance(value, dict):
            return {str(topic): settings or {} for topic, settings in value.items()}
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, list):
            return {str(topic): {} for topic in value}
    return {}
