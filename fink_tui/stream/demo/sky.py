"""The sky of the demo: what there is to see, where, and how bright at any time.

The shapes are simple stand-ins that an astronomer recognises, not models: nothing may be measured from them. All is
drawn from one random generator, so that the same seed gives the same sky. Fluxes are nJy, magnitudes AB.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

ZERO_POINT = 31.4
"""Magnitude, AB, of one nJy."""

POGSON = 2.5 / math.log(10)
"""Error of a magnitude over the relative error of its flux."""

OBLIQUITY = 23.4392911
"""Of the ecliptic, J2000, degrees."""

_GALACTIC_POLE = 192.85948, 27.12825
"""Right ascension and declination, J2000, degrees (ESA 1997, Hipparcos catalogue, vol. 1, section 1.5.3)."""

_GALACTIC_NODE = 122.93192
"""Galactic longitude of the celestial pole, degrees (the same)."""


class Kind(StrEnum):
    """What a source is."""

    SUPERNOVA = "supernova"
    """Of type Ia."""
    KILONOVA = "kilonova"
    RR_LYRAE = "RR Lyrae"
    MIRA = "Mira"
    ACTIVE = "active galaxy"
    ASTEROID = "asteroid"
    BOGUS = "bogus"
    """A cosmic ray or an artefact: seen once, never again."""


def flux(mag: float) -> float:
    """Flux of a magnitude, nJy."""
    return float(10 ** (0.4 * (ZERO_POINT - mag)))


def magnitude(flux_njy: float) -> float:
    """Magnitude of a flux above zero."""
    return ZERO_POINT - 2.5 * math.log10(flux_njy)


def galactic(ra: float, dec: float) -> tuple[float, float]:
    """Galactic longitude and latitude of a place, all degrees."""
    pole_ra, pole_dec = math.radians(_GALACTIC_POLE[0]), math.radians(_GALACTIC_POLE[1])
    delta, step = math.radians(dec), math.radians(ra) - pole_ra
    sin_b = math.sin(delta) * math.sin(pole_dec) + math.cos(delta) * math.cos(pole_dec) * math.cos(step)
    y = math.cos(delta) * math.sin(step)
    x = math.sin(delta) * math.cos(pole_dec) - math.cos(delta) * math.sin(pole_dec) * math.cos(step)
    longitude = _GALACTIC_NODE - math.degrees(math.atan2(y, x))
    return longitude % 360, math.degrees(math.asin(max(-1.0, min(1.0, sin_b))))


def from_ecliptic(longitude: float, latitude: float) -> tuple[float, float]:
    """Right ascension and declination of an ecliptic place, all degrees."""
    return _turn(longitude, latitude, -math.radians(OBLIQUITY))


def to_ecliptic(ra: float, dec: float) -> tuple[float, float]:
    """Ecliptic longitude and latitude of a place, all degrees."""
    return _turn(ra, dec, math.radians(OBLIQUITY))


def _turn(longitude: float, latitude: float, angle: float) -> tuple[float, float]:
    """Turn a place about the vernal equinox, by radians."""
    lon, lat = math.radians(longitude), math.radians(latitude)
    y, z = math.sin(lon) * math.cos(lat), math.sin(lat)
    turned_y, turned_z = y * math.cos(angle) + z * math.sin(angle), z * math.cos(angle) - y * math.sin(angle)
    lon = math.atan2(turned_y, math.cos(lon) * math.cos(lat))
    return math.degrees(lon) % 360, math.degrees(math.asin(max(-1.0, min(1.0, turned_z))))


def opposition(mjd: float) -> float:
    """Ecliptic longitude of the point opposite the Sun, degrees, good to two degrees (the mean Sun)."""
    return (280.46 + 0.9856474 * (mjd - 51544.5) + 180) % 360


@dataclass(frozen=True, slots=True)
class Source:
    """Something in the sky that raises alerts."""

    kind: Kind
    """What it is."""

    subtype: str
    """More closely: a code of SIMBAD for what SIMBAD knows, else ""."""

    ra: float
    """Right ascension at `epoch`, degrees."""

    dec: float
    """Declination at `epoch`, degrees."""

    epoch: float
    """MJD of maximum light; of phase zero for what is periodic; of `ra` and `dec` for what moves."""

    mag: float
    """Magnitude in r: at maximum for what explodes, else the mean."""

    period: float = 0.0
    """Days."""

    amplitude: float = 0.0
    """Peak to peak in g, magnitudes; for an active galaxy, the standard deviation."""

    redshift: float = 0.0
    """Redshift of what is outside the Galaxy."""

    host_mag: float = 99.0
    """Magnitude in r of the galaxy it is in; 99 for none to be seen."""

    rates: tuple[float, float] = (0.0, 0.0)
    """Motion, degrees a day: along right ascension times cos(dec), and along declination."""

    waves: tuple[tuple[float, float, float], ...] = ()
    """Of an active galaxy: period in days, weight, and phase of each wave that its light is the sum of."""


_COLOUR: Mapping[Kind, Mapping[str, float]] = {
    Kind.SUPERNOVA: {"u": 0.9, "g": 0.0, "r": 0.0, "i": 0.3, "z": 0.4, "y": 0.4},
    Kind.KILONOVA: {"u": 0.6, "g": 0.1, "r": 0.0, "i": -0.1, "z": -0.1, "y": -0.1},
    Kind.RR_LYRAE: {"u": 1.3, "g": 0.2, "r": 0.0, "i": -0.05, "z": -0.05, "y": -0.05},
    Kind.MIRA: {"u": 3.5, "g": 1.8, "r": 0.0, "i": -1.5, "z": -2.2, "y": -2.5},
    Kind.ACTIVE: {"u": 0.4, "g": 0.25, "r": 0.0, "i": -0.15, "z": -0.2, "y": -0.2},
    Kind.ASTEROID: {"u": 2.0, "g": 0.55, "r": 0.0, "i": -0.2, "z": -0.2, "y": -0.2},
    Kind.BOGUS: dict.fromkeys("ugrizy", 0.0),
}
"""Magnitude in each band less that in r."""

_HOST_COLOUR = {"u": 2.0, "g": 0.7, "r": 0.0, "i": -0.3, "z": -0.5, "y": -0.6}

_DECLINE = {"u": 10.0, "g": 14.0, "r": 22.0, "i": 28.0, "z": 32.0, "y": 34.0}
"""E-folding time of the decline of a supernova Ia, days."""

_RISE = 3.0
"""Rise time of a supernova Ia, days, as Bazin et al. (2009) define it: some 18 days from explosion to maximum."""

_FADING = {"u": 2.2, "g": 1.6, "r": 1.0, "i": 0.75, "z": 0.6, "y": 0.5}
"""Decline of a kilonova, magnitudes a day; that of AT 2017gfo was like it (Villar et al. 2017)."""

_SWING = {"u": 1.0, "g": 1.0, "r": 0.75, "i": 0.6, "z": 0.5, "y": 0.5}
"""Amplitude of a variable in each band over that in g."""


def template_flux(source: Source, band: str) -> float:
    """Flux of what the reference image has at the source's place: the star, or the galaxy. nJy."""
    if source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE):
        return flux(source.mag + _COLOUR[source.kind][band])
    if source.host_mag < 90:
        return flux(source.host_mag + _HOST_COLOUR[band])
    return 0.0


def difference_flux(source: Source, band: str, mjd: float) -> float:
    """Flux at a time less that of the reference image, nJy: below zero for what is fainter than usual."""
    colour = _COLOUR[source.kind][band]
    age = mjd - source.epoch
    match source.kind:
        case Kind.SUPERNOVA:
            return flux(source.mag + colour) * _supernova(age / (1 + source.redshift), band)
        case Kind.KILONOVA:
            if age < -0.5:
                return 0.0
            return flux(source.mag + colour + (_FADING[band] * age if age > 0 else -3 * age))
        case Kind.RR_LYRAE:
            phase = math.tau * age / source.period
            saw = sum(math.sin(k * phase) * _damping(k, 5) / k for k in range(1, 5))  # up at once, slowly down
            change = -0.5 * source.amplitude * _SWING[band] * saw / 1.35
        case Kind.MIRA:
            change = -0.5 * source.amplitude * _SWING[band] * math.sin(math.tau * age / source.period)
        case Kind.ACTIVE:
            waves = sum(weight * math.sin(math.tau * age / period + phase) for period, weight, phase in source.waves)
            change = source.amplitude * _SWING[band] * waves
        case Kind.ASTEROID:
            turn = 0.5 * source.amplitude * math.sin(2 * math.tau * age / source.period)
            return flux(source.mag + colour + turn)
        case Kind.BOGUS:
            return flux(source.mag) if abs(age) < 1e-6 else 0.0
    return flux(source.mag + colour + change) - flux(source.mag + colour)


def _damping(order: int, orders: int) -> float:
    """Lanczos' factor, without which a sum of few waves rings."""
    x = math.pi * order / orders
    return math.sin(x) / x


def _supernova(age: float, band: str) -> float:
    """Flux of a supernova Ia over that of its maximum (Bazin et al. 2009, A&A 499, 653, equation 1).

    Args:
        age: Days since maximum, in its own frame.
        band: The filter.
    """
    if age < -18:
        return 0.0
    decline = _DECLINE[band]
    peak = _RISE * math.log(decline / _RISE - 1)  # where the function is highest
    age += peak

    def bazin(days: float) -> float:
        return math.exp(-days / decline) / (1 + math.exp(-days / _RISE))

    return bazin(age) / bazin(peak)


def place(source: Source, mjd: float) -> tuple[float, float]:
    """Right ascension and declination at a time, degrees."""
    if source.rates == (0.0, 0.0):
        return source.ra, source.dec
    days = mjd - source.epoch
    dec = source.dec + source.rates[1] * days
    return (source.ra + source.rates[0] * days / math.cos(math.radians(dec))) % 360, dec


@dataclass(frozen=True, slots=True)
class Field:
    """What part of the sky a survey sees, and how deep."""

    declinations: tuple[float, float]
    """From, to, degrees."""

    brightness: Mapping[Kind, tuple[float, float]]
    """Magnitude in r, from and to, of each kind: now for what explodes, else the mean."""

    active: tuple[str, ...]
    """SIMBAD's codes of the active galaxies that its topics carry."""


ZTF = Field(
    (-25.0, 75.0),
    {
        Kind.SUPERNOVA: (16.3, 19.5),
        Kind.KILONOVA: (18.3, 19.4),
        Kind.RR_LYRAE: (15.2, 17.6),
        Kind.MIRA: (16.2, 17.2),
        Kind.ACTIVE: (16.0, 18.4),
        Kind.ASTEROID: (16.0, 19.6),
        Kind.BOGUS: (17.5, 19.6),
    },
    ("Bla", "BLL", "Bz?"),
)
LSST = Field(
    (-68.0, 8.0),
    {
        Kind.SUPERNOVA: (18.5, 23.2),
        Kind.KILONOVA: (20.5, 22.5),
        Kind.RR_LYRAE: (17.8, 20.5),
        Kind.MIRA: (17.8, 18.8),
        Kind.ACTIVE: (18.2, 21.5),
        Kind.ASTEROID: (18.0, 23.0),
        Kind.BOGUS: (19.5, 23.0),
    },
    ("QSO", "Sy1", "AGN", "BLL"),
)


def draw(kind: Kind, field: Field, mjd: float, random: Random) -> Source:
    """A new source of a kind, in the night sky of a date and bright enough to be seen then.

    Args:
        kind: What it is.
        field: The survey's sky.
        mjd: The time of its first alert, MJD, UTC.
        random: Where chance comes from.
    """
    low, high = field.brightness[kind]
    now = random.triangular(low, high, low + 0.75 * (high - low))  # most are faint
    if kind is Kind.ASTEROID:
        longitude = opposition(mjd) + random.uniform(-45, 45)
        ra, dec = from_ecliptic(longitude, random.gauss(0, 6))
        while not field.declinations[0] < dec < field.declinations[1]:
            longitude = opposition(mjd) + random.uniform(-45, 45)
            ra, dec = from_ecliptic(longitude, random.gauss(0, 6))
        ahead = from_ecliptic(longitude + 0.01, to_ecliptic(ra, dec)[1])
        speed = random.uniform(-0.26, -0.16)  # near opposition what is farther out falls behind
        east = ((ahead[0] - ra + 180) % 360 - 180) * math.cos(math.radians(dec)) / 0.01
        north = (ahead[1] - dec) / 0.01
        rates = (speed * east, speed * north + random.gauss(0, 0.02))
        turn, swing = random.uniform(0.1, 0.5), random.uniform(0.05, 0.5)
        return Source(kind, "", ra, dec, mjd, now, turn, swing, rates=rates)
    ra, dec = _dark_place(kind, field, mjd, random)
    match kind:
        case Kind.SUPERNOVA:
            redshift = max(0.01, 10 ** ((now - 0.5 + 19.3 - 25) / 5) / 4280)  # M = -19.3, H0 = 70 km/s/Mpc
            is_new = random.random() < 0.25
            age = random.uniform(-15.5, -11.0) if is_new else random.triangular(-13.0, 38.0, -2.0)
            epoch = mjd - age * (1 + redshift)
            peak = now + 2.5 * math.log10(_supernova(age, "r"))
            host = peak + random.uniform(-2.5, 1.5) if random.random() < 0.85 else 99.0
            return Source(kind, "", ra, dec, epoch, peak, redshift=redshift, host_mag=host)
        case Kind.KILONOVA:
            age = random.uniform(1.15, 1.8)  # seen the night before already
            redshift = random.uniform(0.01, 0.03)
            return Source(kind, "", ra, dec, mjd - age, now - age, redshift=redshift, host_mag=now - 2.5)
        case Kind.RR_LYRAE:
            period, swing = random.uniform(0.42, 0.72), random.uniform(0.6, 1.3)
            return Source(kind, "RR*", ra, dec, mjd - random.uniform(0, period), now, period, swing)
        case Kind.MIRA:
            period, swing = random.uniform(150, 450), random.uniform(2.6, 4.0)
            return Source(kind, "Mi*", ra, dec, mjd - random.uniform(0.05, 0.45) * period, now, period, swing)
        case Kind.ACTIVE:
            code = random.choice(field.active)
            swing = random.uniform(0.25, 0.5) if code.startswith("B") else random.uniform(0.12, 0.25)
            waves = tuple(
                (period, 0.55 * (period / 800) ** 0.35, random.uniform(0, math.tau))  # red noise: the slow is strong
                for period in (random.uniform(0.8, 1.25) * base for base in (5, 13, 35, 90, 240, 800))
            )
            redshift = random.uniform(0.05, 2.2) if code == "QSO" else random.uniform(0.03, 0.5)
            return Source(kind, code, ra, dec, mjd, now, amplitude=swing, redshift=redshift, waves=waves)
        case _:
            return Source(kind, "", ra, dec, mjd, now)


def _dark_place(kind: Kind, field: Field, mjd: float, random: Random) -> tuple[float, float]:
    """A place that is up at night: away from the Milky Way for what is beyond it, near it for a Mira."""
    middle = from_ecliptic(opposition(mjd), 0.0)[0]
    low, high = (math.sin(math.radians(limit)) for limit in field.declinations)
    while True:
        ra = (middle + random.uniform(-75, 75)) % 360
        dec = math.degrees(math.asin(random.uniform(low, high)))
        latitude = abs(galactic(ra, dec)[1])
        if kind is Kind.MIRA and latitude < 40:
            return ra, dec
        if kind is not Kind.MIRA and latitude > (12 if kind in (Kind.RR_LYRAE, Kind.BOGUS) else 20):
            return ra, dec
