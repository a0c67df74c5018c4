"""The settings: `config.yml`.

Every value has a default. Every error is a `ConfigError` whose text names the file, the line, what is wrong and what
to do about it.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field

from fink_tui.sky import observatories
from fink_tui.sky import site as sky_site
from fink_tui.yaml_file import ConfigError, Document, Place, closest, read_yaml, shown

SURVEYS = ("ztf", "lsst")
"""The surveys that Fink sends, each from its own Kafka cluster. Multi-messenger topics come from ZTF's."""

TOPIC_PATTERN = r"^[A-Za-z0-9._-]{1,249}$"
"""What Kafka allows as the name of a topic."""

SERVER_PATTERN = r"^(?!https?://)[^\s,]+$"
"""A Kafka server, `host:port`; it is no web address."""

# --- what config.yml holds. The description of a Meta completes "... must be".

Topics = Annotated[
    tuple[Annotated[str, Meta(pattern=TOPIC_PATTERN)], ...],
    Meta(description="a list of topics, such as [fink_sn_candidates_ztf]"),
]
Servers = Annotated[
    tuple[Annotated[str, Meta(pattern=SERVER_PATTERN)], ...],
    Meta(min_length=1, description="Kafka servers as host:port, one text with commas or a list"),
]
Group = Annotated[str, Meta(pattern=r"^\S+$", max_length=255, description="the id of a consumer group, without blanks")]
SchemaFile = Annotated[Path, Meta(description="the path of an Avro schema")]


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to receive from one survey."""

    topics: Topics = ()
    """Kafka topics; none: those of the credentials."""

    servers: Servers | None = None
    """Kafka servers, `host:port`; None: those of the credentials. The file may hold one text with commas."""

    group: Group | None = None
    """Consumer group; None: that of `groups.yml`, else of the credentials."""

    schema_file: SchemaFile | None = None
    """An Avro schema, for messages whose key is none."""


class Surveys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to receive."""

    ztf: Survey = Survey()
    """The Zwicky Transient Facility."""

    lsst: Survey = Survey()
    """The Legacy Survey of Space and Time of the Vera C. Rubin Observatory."""

    def __getitem__(self, survey: str) -> Survey:
        """The settings of one survey.

        Raises:
            KeyError: There is no such survey.
        """
        if survey not in SURVEYS:
            raise KeyError(survey)
        return self.ztf if survey == "ztf" else self.lsst


class Store(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much to keep."""

    keep_nights: Annotated[int, Meta(ge=1, le=36500, description="a whole number of nights from 1 to 36500")] = 14
    """Nights whose packets are kept."""

    keep_gb: Annotated[float, Meta(gt=0, le=1e6, description="a number of gigabytes above 0")] = 20.0
    """Size of the packets above which there is a warning, 1e9 bytes."""


WebAddress = Annotated[str, Meta(description="a web address, such as https://api.ztf.fink-portal.org")]


class Search(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a search asks, and how much of the answers is kept."""

    ztf: WebAddress = "https://api.ztf.fink-portal.org"
    """Fink's REST API for ZTF."""

    lsst: WebAddress = "https://api.lsst.fink-portal.org"
    """Fink's REST API for LSST."""

    hips: WebAddress = "https://alasky.cds.unistra.fr/hips-image-services/hips2fits"
    """The image service of the CDS."""

    simbad: WebAddress = "https://simbad.cds.unistra.fr/simbad/sim-tap/sync"
    """SIMBAD's table access (TAP), synchronous."""

    gracedb: WebAddress = "https://gracedb.ligo.org/api/superevents"
    """GraceDB's events, whose sky maps are shown."""

    cache_gb: Annotated[float, Meta(gt=0, le=1e6, description="a number of gigabytes above 0")] = 1.0
    """Size of the answers that are kept, 1e9 bytes."""

    most_mb: Annotated[float, Meta(gt=0, le=1e5, description="a number of megabytes above 0")] = 128.0
    """The largest answer that is taken, uncompressed, 1e6 bytes."""

    fresh_minutes: Annotated[float, Meta(ge=0, le=1e6, description="a number of minutes, 0 or above")] = 10.0
    """How long an answer serves for the same question without asking again."""

    def address(self, survey: str) -> str:
        """Where the REST API of a survey is."""
        return (self.ztf if survey == "ztf" else self.lsst).rstrip("/")


Altitude = Annotated[float, Meta(ge=0, le=90, description="an altitude in degrees, 0 to 90")]
MoonDistance = Annotated[float, Meta(ge=0, le=180, description="an angle in degrees, 0 to 180")]
Declination = Annotated[float, Meta(ge=-90, le=90, description="a declination in degrees, -90 to 90")]
HourAngle = Annotated[float, Meta(gt=0, le=12, description="an hour angle in hours, above 0 to 12")]


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What telescopes can point at, of all that do not say otherwise."""

    min_altitude: Altitude = 30.0
    """Lowest altitude at which to observe, degrees."""

    moon_distance: MoonDistance = 20.0
    """Smallest distance to the Moon while it is up, degrees."""

    min_dec: Declination = -90.0
    """Southernmost declination, degrees."""

    max_dec: Declination = 90.0
    """Northernmost declination, degrees."""

    max_hour_angle: HourAngle = 12.0
    """Largest hour angle, east or west, hours."""


class OwnLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one telescope can point at; None: as all others."""

    min_altitude: Altitude | None = None
    moon_distance: MoonDistance | None = None
    min_dec: Declination | None = None
    max_dec: Declination | None = None
    max_hour_angle: HourAngle | None = None


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the observer's telescope is: a name that the program knows, or a place."""

    name: Annotated[str, Meta(pattern=r"\S", max_length=100, description="the name of an observatory")] | None = None
    """Name of the observatory."""

    longitude: (
        Annotated[
            float, Meta(ge=-180, le=360, description="a longitude in decimal degrees, east positive, -180 to 360")
        ]
        | None
    ) = None
    """Degrees, east positive."""

    latitude: (
        Annotated[float, Meta(ge=-90, le=90, description="a latitude in decimal degrees, north positive, -90 to 90")]
        | None
    ) = None
    """Degrees, north positive."""

    height: Annotated[float, Meta(ge=-500, le=10_000, description="a height in metres, -500 to 10000")] | None = None
    """Metres above sea level; None: 0, or that of the named observatory."""

    limits: OwnLimits = OwnLimits()
    """Of its telescope, where they are not those of all."""

    def __post_init__(self) -> None:
        """Refuse half a place.

        Raises:
            ValueError: Neither a name nor a whole place is given.
        """
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("the site has only one of longitude and latitude. Give both")
        if self.name is None and self.longitude is None:
            raise ValueError("the site has neither a name nor a place. Give its name, or longitude and latitude")

    def telescope(self, limits: sky_site.Limits) -> sky_site.Site:
        """The site, with its place where it has only a name.

        Args:
            limits: Those of all telescopes.
        """
        known = observatories.observatory(self.name or "")
        own = {key: value for key, value in msgspec.structs.asdict(self.limits).items() if value is not None}
        limits = limits._replace(**own)
        if self.longitude is not None and self.latitude is not None:
            east = (self.longitude + 180) % 360 - 180
            name = self.name or f"{abs(self.latitude):.2f} {'SN'[self.latitude > 0]} {abs(east):.2f} {'WE'[east > 0]}"
            return sky_site.Site(name.strip(), east, self.latitude, self.height or 0.0, limits)
        if known is None:  # `load` has refused it
            raise ValueError(f"the observatory {self.name} is not known")
        return known._replace(height=known.height if self.height is None else self.height, limits=limits)


class Receiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that alerts are sent to. The keys that only one kind has are in `options`; that kind checks them."""

    name: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="a short name of letters, digits, '.', '_' and '-'")
    ]
    """What the observer calls it; no two are alike."""

    kind: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*$", description="a kind of receiver, such as tom")]
    """Which receiver it is: `tom`, ..."""

    url: Annotated[str, Meta(description="a web address, such as https://tom.example.org/")] | None = None
    """Its web address, http or https, without a user or password."""

    token_file: Annotated[Path, Meta(description="the path of a file")] | None = None
    """The file that holds its token."""

    target_list: Annotated[str, Meta(max_length=200, description="the name of a list of targets")] | None = None
    """The list that targets are put in, a template: `{topic}` stands for the alert's topic; "": none."""

    default: Annotated[bool, Meta(description="true or false")] = False
    """Whether it is the one that is sent to where none is named; without any, the first is."""

    options: dict[str, Any] = {}
    """All other keys, as they are in the file."""

    file: str = ""
    """The file that it is described in."""

    lines: dict[str, int] = {}
    """The line of each key in that file, from 1; that of the whole under ""."""

    def error(self, key: str, problem: str, remedy: str) -> ConfigError:
        """An error in one of its keys, with the file and line.

        Args:
            key: The key; "" or one that is missing: the whole receiver.
            problem: What is wrong: a clause without a full stop.
            remedy: What to do about it: a sentence without a full stop.
        """
        return ConfigError(
            self.file or f"receiver {self.name}", problem, remedy, self.lines.get(key, self.lines.get(""))
        )

    def check_options(self, known: Collection[str]) -> None:
        """Refuse keys that a kind of receiver does not know.

        Args:
            known: The keys in `options` that it knows.

        Raises:
            ConfigError: There is another.
        """
        fixed = _RECEIVER_KEYS
        for key in self.options:
            if key not in known:
                raise self.error(
                    key, f"a receiver of kind {self.kind} has no key {shown(key)}", closest(key, [*fixed, *known])
                )


def _default_save_dir() -> Path:
    """`~/fink-alerts`, or in the current folder for a user without a home."""
    folder = os.path.expanduser("~/fink-alerts")
    return Path(folder) if not folder.startswith("~") else Path("fink-alerts").absolute()


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `config.yml`."""

    surveys: Surveys = Surveys()
    """What to receive."""

    save_dir: Annotated[Path, Meta(description="the path of a folder")] = field(default_factory=_default_save_dir)
    """Folder of the alerts that the observer saves."""

    store: Store = Store()
    """How much to keep."""

    site: Site | None = None
    """Where the telescope is."""

    sites: tuple[Site, ...] = ()
    """Where more of them are."""

    limits: Limits = Limits()
    """What can be observed."""

    receivers: tuple[Receiver, ...] = ()
    """Where alerts can be sent."""

    search: Search = Search()
    """Whom a search asks."""

    copy: Annotated[dict[str, str], Meta(description='templates by name: {tcs: "{name} {ra_hms} {dec_dms}"}')] = {}
    """Forms in which an alert is copied, by the user's names for them."""

    def telescopes(self) -> sky_site.Telescopes:
        """All sites, `site` before `sites`."""
        limits = sky_site.Limits(**msgspec.structs.asdict(self.limits))
        found = (self.site, *self.sites) if self.site is not None else self.sites
        return sky_site.Telescopes([site.telescope(limits) for site in found])

    @property
    def longitude(self) -> float:
        """The first site's, degrees east; 0 without one."""
        first = self.telescopes().current
        return first.longitude if first is not None else 0.0


_RECEIVER_KEYS = ("name", "kind", "url", "token_file", "target_list", "default")
_NO_DECLINATION = "min_dec is not below max_dec", "Give the southern one as min_dec"
_SECRET_KEYS = frozenset({"token", "password", "passwd", "secret", "api_key", "apikey", "api_token", "auth_token"})


# --- settings


def load(path: Path) -> Settings:
    """Read `config.yml`.

    A path in it that is relative begins at the file's folder; `~` is the user's home. A key without a value counts as
    one that is not there.

    Args:
        path: The file; without it, every setting has its default.

    Raises:
        ConfigError: The file cannot be used.
    """
    document = read_yaml(path)
    if document is None or document.value is None:
        return Settings()
    loader = _Loader(path, document)
    value = loader.tidy(Settings, document.value, ())
    try:
        settings = msgspec.convert(value, Settings, dec_hook=lambda _, value: value)
    except msgspec.ValidationError as cause:
        problem = loader.refused(str(cause))
    else:
        loader.check(settings)
        return settings
    raise problem


def _inner(hint: Any) -> tuple[type[Struct] | None, bool, str]:
    """Of an annotation: the settings class in it, whether it is a path, and what its Meta says of it."""
    found: type[Struct] | None = None
    is_path, description = hint is Path, ""
    if isinstance(hint, type) and issubclass(hint, Struct):
        found = hint
    for part in get_args(hint):
        if isinstance(part, Meta):
            description = part.description or description
        else:
            inner, inner_path, inner_description = _inner(part)
            found, is_path = inner or found, is_path or inner_path
            description = description or inner_description
    return found, is_path, description


class _Loader:
    """Makes settings of what a file holds."""

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self.document = document

    def error(self, at: Place, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self.path, problem, remedy, self.document.line(at))

    def tidy(self, kind: type[Struct], value: Any, at: Place) -> dict[str, Any]:
        """What the file gives for one class of settings: known keys that have a value, paths made absolute."""
        name = _name(at) or "the file"
        if not isinstance(value, dict):
            remedy = "Its keys can be " + ", ".join(_keys(kind))
            raise self.error(at, f"{name} must hold keys with values, as in 'key: value'", remedy)
        hints = get_type_hints(kind, include_extras=True)
        out: dict[str, Any] = {}
        for key, item in value.items():
            here = (*at, key)
            if key not in _keys(kind):
                if kind is not Receiver:
                    raise self.error(here, f"{name} has no key {shown(key)}", closest(key, _keys(kind)))
                self.check_option(key, here)
                out.setdefault("options", {})[key] = item
                continue
            if item is None:
                continue
            struct, is_path, _ = _inner(hints[key])
            if struct is not None and (struct is Receiver or key == "sites"):
                out[key] = self.tidy_list(struct, item, here)
            elif struct is not None:
                out[key] = self.tidy(struct, item, here)
            elif is_path and isinstance(item, str):
                out[key] = self.absolute(item, here)
            elif kind is Survey and key == "servers" and isinstance(item, str):
                out[key] = [server.strip() for server in item.split(",")]
            else:
                out[key] = item
            if kind is Search and isinstance(item, str):
                self.check_address(item, here)
        if kind is Receiver:
            self.check_receiver(out, at)
            out["file"] = str(self.path)
            out["lines"] = {"": self.document.line(at)} | {key: self.document.line((*at, key)) for key in value}
        return out

    def tidy_list(self, kind: type[Struct], value: Any, at: Place) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            example = "{name: ourtom, kind: tom}" if kind is Receiver else "{name: La Silla}"
            what = "receiver" if kind is Receiver else "site"
            raise self.error(at, f"{_name(at)} must be a list", f"Begin each {what} with '- ', as in '- {example}'")
        return [self.tidy(kind, item, (*at, index)) for index, item in enumerate(value)]

    def check_option(self, key: str, at: Place) -> None:
        """Refuse a receiver's key that is a secret, or a known one misspelt."""
        if key.lower() in _SECRET_KEYS:
            remedy = "Put the secret alone into a file, chmod 600 it, and name that file as token_file"
            raise self.error(at, f"{shown(key)} has no place in the settings", remedy)
        if difflib.get_close_matches(key.lower(), _RECEIVER_KEYS, n=1, cutoff=0.8):
            raise self.error(at, f"{_name(at[:-1])} has no key {shown(key)}", closest(key, _RECEIVER_KEYS))

    def check_receiver(self, value: Mapping[str, Any], at: Place) -> None:
        for key in ("name", "kind"):
            if key not in value:
                remedy = "Add it, as in '- {name: ourtom, kind: tom}'"
                raise self.error(at, f"{_name(at)} has no {key}", remedy)
        url = value.get("url")
        if isinstance(url, str):
            remedy = "Remove what stands before the @, and name a file with the token as token_file"
            self.check_address(url, (*at, "url"), remedy)

    def check_address(self, url: str, at: Place, no_login: str = "Remove what stands before the @") -> None:
        """Refuse what is no web address, and a login in one."""
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
        except ValueError:
            usable = False
        if not usable:
            remedy = "Write it as in https://tom.example.org/"
            raise self.error(at, f"{_name(at)} is not a web address", remedy)
        if "@" in parts.netloc:
            raise self.error(at, f"{_name(at)} holds a user or password", no_login)

    def absolute(self, text: str, at: Place) -> Path:
        name = _name(at)
        if not text.strip() or "\0" in text:
            raise self.error(at, f"{name} is not a path", "Write it as in ~/fink-alerts")
        if re.search(r"\$[A-Za-z_{]", text):
            remedy = "Write ~ for your home folder, and the rest out"
            raise self.error(at, f"{name} has an environment variable, which is not replaced here", remedy)
        expanded = os.path.expanduser(text)
        if expanded.startswith("~"):
            raise self.error(at, f"{name} begins with the home of an unknown user", "Write the whole path")
        return Path(os.path.normpath(self.path.absolute().parent / expanded))

    def refused(self, message: str) -> ConfigError:
        """What msgspec refused, in the words of the settings' descriptions."""
        text, is_placed, place = message.rpartition(" - at `$")
        if not is_placed:
            text, place = message, ""
        at: Place = tuple(int(index) if index else key for key, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", place))
        if not text.startswith(("Expected", "Object")):  # one of our own checks: problem, then remedy
            problem, _, remedy = text.partition(". ")
            return self.error(at, problem, remedy)
        kind: type[Struct] = Settings
        description = "something else"
        for key in at:
            hints = get_type_hints(kind, include_extras=True)
            if isinstance(key, str) and key in hints:
                struct, _, description = _inner(hints[key])
                kind = struct or kind
        shown = "" if at[:1] == ("receivers",) else self.found(at)
        return self.error(at, f"{_name(at)}{shown} is not what it must be", f"It must be {description}")

    def found(self, at: Place) -> str:
        value = self.document.value
        for key in at:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):  # one text that was split into a list
                break
        return "" if isinstance(value, dict | list) else f" ({shown(str(value), 40)})"

    def check(self, settings: Settings) -> None:
        """What needs more than one value to see.

        Raises:
            ConfigError: Two receivers have one name or are both the default, or the site is not known.
        """
        seen: set[str] = set()
        default = ""
        for receiver in settings.receivers:
            if receiver.name in seen:
                what = f"a second receiver has the name {receiver.name}"
                raise receiver.error("name", what, "Give each its own")
            seen.add(receiver.name)
            if receiver.default and default:
                what = f"the receivers {default} and {receiver.name} are both the default"
                raise receiver.error("default", what, "Leave it to one of them")
            default = receiver.name if receiver.default else default
        if settings.copy:
            self.check_templates(settings.copy)
        if settings.site is not None:
            self.check_site(settings.site, ("site",), settings)
        for index, site in enumerate(settings.sites):
            self.check_site(site, ("sites", index), settings)
        if settings.limits.min_dec >= settings.limits.max_dec:
            raise self.error(("limits",), *_NO_DECLINATION)

    def check_site(self, site: Site, at: Place, settings: Settings) -> None:
        """Refuse a name that nobody knows, and limits that leave nothing."""
        if site.longitude is None and observatories.observatory(site.name or "") is None:
            close = observatories.nearest(site.name or "")
            remedy = f"Did you mean {close}? Else give" if close else "Give"
            what = f"the observatory {shown(site.name or '')} is not known"
            raise self.error((*at, "name"), what, f"{remedy} its longitude, latitude and height, too")
        own, common = site.limits, settings.limits
        south = common.min_dec if own.min_dec is None else own.min_dec
        if south >= (common.max_dec if own.max_dec is None else own.max_dec):
            raise self.error((*at, "limits"), *_NO_DECLINATION)

    def check_templates(self, templates: Mapping[str, str]) -> None:
        """Refuse a form of copying that could not be filled in."""
        from fink_tui.alerts.forms import NAMES, template_problem  # few have templates

        for name, template in templates.items():
            if not re.fullmatch(r"[A-Za-z0-9._-]{1,20}", name):
                remedy = "Write letters, digits, '.', '_' and '-', 20 at most"
                raise self.error(("copy", name), f"{shown(name)} cannot be the name of a template", remedy)
            if problem := template_problem(template):
                remedy = "Known are " + ", ".join(f"{{{known}}}" for known in NAMES)
                raise self.error(("copy", name), f"copy.{name} {problem}", remedy)


def _keys(kind: type[Struct]) -> tuple[str, ...]:
    return _RECEIVER_KEYS if kind is Receiver else kind.__struct_fields__


def _name(at: Place) -> str:
    """A place in the file as one writes it: `surveys.ztf.topics[0]`."""
    out = ""
    for key in at:
        out += f"[{key}]" if isinstance(key, int) else f".{shown(key)}" if out else shown(key)
    return out
