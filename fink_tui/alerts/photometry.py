"""Magnitudes and fluxes, times, and what a history of them says.

Magnitudes are AB, fluxes nJy: m = 31.4 - 2.5 log10(f / nJy) (Oke & Gunn 1983, ApJ 266, 713: the AB zero point is
3631 Jy). Errors are 1 sigma, carried to first order. Nothing here raises for a number that makes no sense: what has
no answer is None, and no NaN and no infinity comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fink_tui.alerts.text import NOTHING

ZERO_POINT = 31.4
"""AB magnitude of 1 nJy, as Rubin rounds it (8.9 + 22.5)."""

POGSON = 2.5 / math.log(10)
"""Magnitudes for a relative change of flux: 1.0857."""

JD_MJD = 2_400_000.5
"""JD less MJD."""

TAI_UTC = 37.0
"""Seconds that TAI is ahead of UTC since 2017-01-01 (IERS Bulletin C 52)."""

REFERENCE_PIXELS = 1.5
"""Up to this distance, ZTF's nearest source in the reference image is taken for the object itself, as Fink does."""

LARGEST = 1e100
"""Numbers above it are no measurements."""

LARGEST_NUMBER = 1e4
"""From here on, a flux is written in the next larger unit."""

NO_POINT = "."
"""A sparkline's sign for a step of time without a point."""


def _finite(*values: float | None) -> bool:
    return all(value is not None and math.isfinite(value) for value in values)


def _sane(*values: float | None) -> bool:
    """Whether these are numbers that can be taken from one another without overflow."""
    return all(value is not None and abs(value) < LARGEST for value in values)


def jd_to_mjd(jd: float) -> float:
    """JD as MJD, on the same time scale."""
    return jd - JD_MJD


def tai_to_utc(mjd: float) -> float:
    """MJD TAI as MJD UTC, with the leap seconds of 2017 and later."""
    return mjd - TAI_UTC / 86400


def snr(flux: float | None, flux_err: float | None) -> float | None:
    """Signal to noise of a flux, negative for a negative one."""
    if flux is None or flux_err is None or not _finite(flux, flux_err) or flux_err <= 0:
        return None
    ratio = flux / flux_err
    return ratio if math.isfinite(ratio) else None


def flux_to_mag(flux: float | None, flux_err: float | None = None) -> tuple[float, float | None] | None:
    """A flux as a magnitude: m = 31.4 - 2.5 log10 f, sigma_m = (2.5 / ln 10) sigma_f / f.

    Args:
        flux: nJy.
        flux_err: Its error, nJy.

    Returns:
        The magnitude and its error (None where the flux has none), or None for a flux that is not above zero.
    """
    if flux is None or not math.isfinite(flux) or flux <= 0:
        return None
    mag = ZERO_POINT - 2.5 * math.log10(flux)
    if flux_err is None or not math.isfinite(flux_err) or flux_err < 0:
        return mag, None
    mag_err = POGSON * flux_err / flux
    return mag, mag_err if math.isfinite(mag_err) else None


def mag_to_flux(mag: float | None, mag_err: float | None = None) -> tuple[float, float | None] | None:
    """A magnitude as a flux, the inverse of `flux_to_mag`.

    Args:
        mag: AB.
        mag_err: Its error.

    Returns:
        The flux and its error, nJy (None where the magnitude has none), or None where there is no such flux.
    """
    if mag is None or not math.isfinite(mag):
        return None
    try:
        flux: float = 10 ** ((ZERO_POINT - mag) / 2.5)
    except OverflowError:
        return None
    if flux == 0:
        return None
    if mag_err is None or not math.isfinite(mag_err) or mag_err < 0:
        return flux, None
    flux_err = flux * mag_err / POGSON
    return flux, flux_err if math.isfinite(flux_err) else None


def flux_unit(flux: float) -> tuple[str, float]:
    """The unit in which a flux is a short number, below 10,000, and its size in nJy.

    Args:
        flux: nJy, of either sign.
    """
    for name, size in (("nJy", 1.0), ("µJy", 1e3), ("mJy", 1e6)):
        if abs(flux) < LARGEST_NUMBER * size:
            return name, size
    return "Jy", 1e9


def flux_text(flux: float, flux_err: float | None = None) -> str:
    """A flux and its error in the flux's handiest unit, `-14.60±0.32 µJy`, to four digits of the larger of the two.

    Args:
        flux: nJy, of either sign.
        flux_err: Its error, nJy.
    """
    if not math.isfinite(flux):
        return NOTHING
    unit, size = flux_unit(flux)
    value = flux / size
    err = flux_err / size if flux_err is not None and math.isfinite(flux_err) else None
    larger = max(abs(value), abs(err or 0.0))
    places = min(3, max(0, 3 - math.floor(math.log10(larger)))) if larger > 0 else 0
    # Below zero by less than the last digit is not "-0.000"; what is no measurement is not hundreds of digits.
    parts = [
        f"{number:z.{places}f}" if abs(number) < LARGEST_NUMBER * 10 else f"{number:.4g}"
        for number in (value, err)
        if number is not None
    ]
    return f"{'±'.join(parts)} {unit}"


def apparent_flux(
    magpsf: float | None,
    sigmapsf: float | None,
    magnr: float | None,
    sigmagnr: float | None,
    is_positive: bool | None,
) -> tuple[float, float | None] | None:
    """ZTF's apparent ("DC") flux: the source of the reference image plus, or less, the difference.

    F = 10^(-0.4 magnr) +- 10^(-0.4 magpsf), the errors of the two added in quadrature (Masci et al. 2019, PASP 131,
    018003; ZTF Science Data System Explanatory Supplement, p. 107; as in fink-utils,
    `photometry/conversion.py`). It means something only where the reference source is the object itself (`distnr` up
    to `REFERENCE_PIXELS`).

    Args:
        magpsf: Magnitude of the difference.
        sigmapsf: Its error.
        magnr: Magnitude of the nearest source of the reference image; below zero for "none".
        sigmagnr: Its error.
        is_positive: Whether the difference is brighter than the reference.

    Returns:
        The flux and its error, nJy (None where an error is missing), or None where the sum is not known. It may be
        below zero.
    """
    if is_positive is None or (magnr is not None and magnr < 0):
        return None
    difference, reference = mag_to_flux(magpsf, sigmapsf), mag_to_flux(magnr, sigmagnr)
    if difference is None or reference is None:
        return None
    flux = reference[0] + (difference[0] if is_positive else -difference[0])
    if not _sane(flux):
        return None
    if difference[1] is None or reference[1] is None:
        return flux, None
    flux_err = math.hypot(difference[1], reference[1])
    return flux, flux_err if math.isfinite(flux_err) else None


class Change(NamedTuple):
    """How the brightness changed since the last earlier detection."""

    mag: float
    """Magnitude less the earlier one: below zero, it brightens."""

    mag_err: float | None
    """Its error, 1 sigma; None where one of the two has none."""

    days: float
    """Days between the two, above zero."""


def change(
    mjd: float | None,
    mag: float | None,
    mag_err: float | None,
    earlier: Iterable[tuple[float, float | None, float | None]],
) -> Change | None:
    """The change since the last earlier detection in the same band.

    A detection fainter than the template is one, too, but its magnitude, of the difference's absolute value, compares
    with no other: there is no change since it, and none since one before it.

    Args:
        mjd: Time of the detection.
        mag: Its magnitude; None if it is fainter than the template.
        mag_err: Its error.
        earlier: Other detections of that band, in any order: time, magnitude (None if fainter than the template),
            error. Later ones are ignored.

    Returns:
        The change, or None where there is nothing to compare.
    """
    if mjd is None or mag is None or not _sane(mjd, mag):
        return None
    last: tuple[float, float | None, float | None] | None = None
    for time, value, err in earlier:
        is_sane = _sane(time) if value is None else _sane(time, value)
        if is_sane and time < mjd and (last is None or time >= last[0]):
            last = time, value, err
    if last is None or last[1] is None:
        return None
    time, value, err = last[0], last[1], last[2]
    total = math.hypot(mag_err, err) if mag_err is not None and err is not None and _sane(mag_err, err) else None
    return Change(mag - value, total, mjd - time)


def sparkline(points: Sequence[tuple[float, float]], bins: int = 10, *, invert: bool, floor: float) -> str:
    """A history as digits: 0, the faintest, to 7, and `.` for a step of time without a point.

    The steps are equal parts of the time from the first point to the last; a step's value is the mean of its points.
    The digits span from the lowest of these values to the highest, or `floor` around their middle where they differ
    by less. Points of one moment, or a single one, are a digit in the last step; without a difference, it is 3.

    Args:
        points: Time (MJD) and value (magnitude or flux), in any order.
        bins: How many steps.
        invert: Whether low values are bright, as magnitudes are.
        floor: The least difference that the whole height may stand for, unit of the values.

    Returns:
        `bins` characters, or "" without a point.
    """
    # Neither NaN nor what could overflow below.
    known = [(time, value) for time, value in points if abs(time) < LARGEST and abs(value) < LARGEST]
    if len(known) < 2:
        return NO_POINT * (bins - 1) + "3" if known else ""
    first, last = min(known)[0], max(known)[0]
    sums, counts = [0.0] * bins, [0] * bins
    for time, value in known:
        step = min(bins - 1, int((time - first) / (last - first) * bins)) if last > first else bins - 1
        sums[step] += value
        counts[step] += 1
    values = [total / number if number else None for total, number in zip(sums, counts, strict=True)]
    present = [value for value in values if value is not None]
    low, high = min(present), max(present)
    span, middle = max(high - low, floor), low / 2 + high / 2

    def digit(value: float) -> str:
        height = (value - middle) / span if 0 < span < math.inf else 0.0
        return str(min(7, max(0, math.ceil((0.5 - height if invert else 0.5 + height) * 8 - 1e-9) - 1)))

    return "".join(NO_POINT if value is None or not math.isfinite(value) else digit(value) for value in values)
