"""The fields of an alert in plain words: their units, their time scales, and what those mean that observers decide by.

Surveys do not send units. These are those of ZTF's and Rubin's own lists of fields (ztf-avro-alert, `schema.md`;
lsst/alert_packet, v10.0), of Fink's documentation and of its code. Where real alerts contradict a list, the alerts are
right, and a comment says so; where nobody says, there is no unit. A field that is not here is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import translate
from functools import cache, lru_cache
from typing import NamedTuple

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.text import utc


class Scale(StrEnum):
    """How a field writes a moment."""

    JD = "JD, UTC"
    TAI = "MJD, TAI"
    UTC = "MJD, UTC"
    TT = "MJD, TT"


class Meaning(NamedTuple):
    """What is known of a field."""

    unit: str = ""
    """Its unit, ASCII: `mag`, `nJy`, `arcsec^2`; "" for a number without, for text, and where nobody says."""

    words: str = ""
    """What it is, ASCII."""

    scale: Scale | None = None
    """Where it is a moment, how that is written."""


NOTHING = Meaning()

_FEATURES = """
{0}: mean weighted_mean standard_deviation median amplitude inter_percentile_range_10 linear_trend_noise
    median_absolute_deviation percent_amplitude
{0}/d: linear_trend linear_trend_sigma linear_fit_slope linear_fit_slope_sigma maximum_slope
"""
"""Features of a light curve: ZTF's are made of magnitudes, LSST's of fluxes (their means are those of the points)."""

_ZTF_UNITS = f"""
d: jd jdstarthist jdendhist jdstartref jdendref jd_first_real_det jdstarthist_dt delta_time start_vartime diff_vartime
mag: diffmaglim magpsf sigmapsf magap sigmagap magnr sigmagnr magdiff magfromlim ssmagnr magapbig sigmagapbig
    s[griz]mag[123] magzpsci magzpsciunc magzpscirms zpmed clrmed clrrms maggaia maggaiabright delta_mag
mag^2: zpclrcov
mag/d: mag_rate sigma_rate lower_rate upper_rate rate
pix: xpos ypos distnr fwhm mindtoedge aimage bimage
arcsec: ssdistnr distpsnr[123] neargaia neargaiabright
arcmin: gcn_loc_error grb_loc_error
deg: ra dec ranr decnr ztf_ra ztf_dec gcn_ra gcn_dec grb_ra grb_dec
DN: sky
s: exptime
mas: Plx e_Plx
Mpc: mangrove.lum_dist mangrove.ang_dist
{_FEATURES.format("mag")}
"""

_LSST_UNITS = f"""
d: *MjdTai *MjdTaiFink brokerIngestMjd arc_length_* peri_time peri_time_unc period period_unc epoch_mjd
nJy/d: *FluxMaxSlope
nJy: apFlux psfFlux trailFlux scienceFlux templateFlux *FluxErr dipoleMeanFlux dipoleFluxDiff dipoleFluxDiffErr
    *FluxMean *FluxMeanErr *FluxSigma *FluxMin *FluxMax *FluxErrMean
deg: ra dec raErr decErr trailRa trailRaErr trailDec trailDecErr trailAngle trailAngleErr dipoleAngle
    eclLambda eclBeta galLon galLat elongation phaseAngle ephRa ephDec
    mpc_orbits.i i_unc node node_unc argperi argperi_unc mean_anomaly mean_anomaly_unc
deg^2: ra_dec_Cov
deg/d: mean_motion mean_motion_unc
pix: diaSource.x diaSource.y prvDiaSources.x prvDiaSources.y xErr yErr bboxSize
arcsec: trailLength trailLengthErr dipoleLength ephOffset ephOffsetRa ephOffsetDec ephOffset*Track not_normalized_rms
arcsec^2: ixx iyy ixy ixxPSF iyyPSF ixyPSF
au: mpc_orbits.a a_unc mpc_orbits.q q_unc earth_moid
1e-10 au/d^2: yarkovsky yarkovsky_unc
m^2/t: srp srp_unc a1 a2 a3 a1_unc a2_unc a3_unc
mag: ephVmag mpc_orbits.h
mas: gaiadr3_Plx gaiadr3_e_Plx
Mpc: mangrove_lum_dist mangrove_ang_dist
{_FEATURES.format("nJy")}
"""
# Rubin's list has nJy for the errors of a trail's length and angle, and nJy.arcsec**2 for the second moments. Those of
# real alerts are 0.06 to 0.5 whatever the flux: they are those of a seeing of an arcsecond.
# The distances and velocities of ssSource have no unit here: in alerts of 2026, topoRange and helioRange are by the
# kilometres of an au too small, and helio_vtot is not the length of helio_v*.

_SCALES = {
    "ztf": "JD, UTC: jd jdstarthist jdendhist jdstartref jdendref jd_first_real_det start_vartime",
    "lsst": "MJD, TAI: *MjdTai *MjdTaiFink MJD, UTC: brokerIngestMjd MJD, TT: peri_time epoch_mjd",
}
"""Moments. (`brokerIngestMjd` is later than `timeProcessedMjdTai` as UTC, and earlier as TAI.)"""

_ZTF_WORDS = """
objectId: ZTF's name of the place: what is found there again has the same
candid: ZTF's number of this detection
jd: start of the exposure
fid: filter: 1 g, 2 r, 3 i
pid: the exposure and its readout channel
nid: number of the night at ZTF
exptime: length of the exposure
magpsf: brightness of the difference to the reference image, without sign; AB, PSF fit
sigmapsf: its error, 1 sigma
magap: the same by an aperture of 14 pixels across
isdiffpos: t or 1: brighter than the reference image; f or 0: fainter
diffmaglim: limit of the exposure, 5 sigma
rb: real (1) or bogus (0), by a random forest; below 0.55 Fink drops it
drb: real (1) or bogus (0), by a deep network; Fink's filters want more than 0.5
nbad: bad pixels within 5 x 5 around it; Fink drops any
classtar: star (1) or galaxy (0) by its shape, SExtractor; Fink's filters want more than 0.4
fwhm: its width, assuming a Gaussian core; 1 pix is 1.01 arcsec
elong: long axis over short: 1 is round
distnr: distance to the nearest source of the reference image; below 1.5 it lies on that
magnr: brightness of that source
sigmagnr: its error, 1 sigma
ndethist: detections within 1.5 arcsec since the survey began
ncovhist: exposures that covered this place since the survey began
jdstarthist: first of these detections (ndethist)
jdendhist: last of these detections (ndethist)
ssdistnr: distance to the nearest known Solar System object within 30 arcsec; -999: none
ssmagnr: predicted brightness of that object, V
ssnamenr: its name
sgscore1: nearest PS1 source: star (1) or galaxy (0)
distpsnr1: distance to that source
srmag1: its brightness in r; -999: none
sgscore2: second nearest PS1 source: star (1) or galaxy (0)
sgscore3: third nearest PS1 source: star (1) or galaxy (0)
distpsnr2: distance to that source
distpsnr3: distance to that source
neargaia: distance to the nearest Gaia DR1 source within 90 arcsec
neargaiabright: distance to the nearest Gaia DR1 source brighter than 14 mag
maggaia: brightness of the nearest Gaia DR1 source, G
maggaiabright: brightness of the nearest one brighter than 14 mag
scorr: peak signal to noise in the detection image
sumrat: sum of the pixels around it over the sum of their absolute values: near 1 for a clean source
nneg: negative pixels within 5 x 5: many for a bad subtraction
tooflag: 1: a target of opportunity
cdsxmatch: type of the SIMBAD object within 1 arcsec; Unknown: none; Fail: SIMBAD did not answer
tns: type in the Transient Name Server
DR3Name: Gaia DR3 source within 1 arcsec
Plx: its parallax; over 5 times its error, it is a star of the Galaxy
e_Plx: error of the parallax
gaiaVarFlag: 1: Gaia has found it variable
gaiaClass: class of the variable in Gaia DR3
vsx: type in the AAVSO's Variable Star Index
gcvs: type in the General Catalogue of Variable Stars
spicy_class: class in the SPICY catalogue of young stars
x3hsp: blazar of the 3HSP catalogue within 1 arcmin
x4lac: active galaxy of the 4LAC catalogue within 1 arcmin
mangrove.HyperLEDA_name: galaxy of the Mangrove catalogue within 1 arcmin
mangrove.lum_dist: luminosity distance of that galaxy
mangrove.ang_dist: angular diameter distance of that galaxy
roid: 0 not a Solar System object, 1 first pass, 2 candidate, 3 known to the MPC
snn_snia_vs_nonia: SuperNNova: type Ia (1) or another supernova (0)
snn_sn_vs_all: SuperNNova: supernova (1) or anything else (0)
rf_snia_vs_nonia: random forest: early type Ia (1)
rf_kn_vs_nonkn: random forest: kilonova (1)
mulens: microlensing score of LIA; above 0 for Fink's filter
slsn_score: superluminous supernova (1); -1: not computed
anomaly_score: isolation forest: the lower, the odder
anomaly_score_*: the same by another model
nalerthist: detections that the packet holds, this one included
jd_first_real_det: first detection by 5 sigma that the packet holds
jdstarthist_dt: from jdstarthist to jd_first_real_det; above 30 d, the latter is not the true first
mag_rate: change of the magnitude by day; below zero, it brightens, or fades where isdiffpos is f
sigma_rate: error of mag_rate
lower_rate: 5 % of the probability for mag_rate is below this
upper_rate: 5 % of the probability for mag_rate is above this
delta_time: time between the two measurements of mag_rate
from_upper: if so, the earlier of them was only an upper limit, and the rate is a bound
is_transient: if so, Fink takes it for a static transient
blazar_stats.*: state of a blazar against its own history; -1: not computed
brokerEndProcessTimestamp: when Fink had finished with it, UTC
ztf_ra: right ascension of the ZTF detection
ztf_dec: declination of the ZTF detection
instrument: instrument that saw the trigger
event: kind of event, as the notice has it
observatory: who saw the trigger
triggerId: number of the trigger in the GCN
triggerTimeUTC: time of the trigger
gcn_ra: right ascension of the middle of the trigger's region
gcn_dec: declination of the middle of the trigger's region
gcn_loc_error: radius of the trigger's region; fink_grb_gold wants 300 or less
grb_loc_error: radius of the trigger's region
p_assoc: chance of a mere coincidence, or one less it (newer); 5.7e-7 is 5 sigma; -1: no match
grb_proba: chance of a mere coincidence; 5.7e-7 is 5 sigma; -1: no match
fink_class: Fink's class
delta_mag: magnitude less that of the last observation; below zero, it brightens
rate: the same by day; fink_grb_gold wants more than 0.3, up or down
start_vartime: first change by 5 sigma that the packet's history held; of 30 days at most
diff_vartime: time since then; above 30 d it says nothing
"""

_LSST_WORDS = """
diaSourceId: Rubin's number of this detection
diaObjectId: Rubin's number of the place; 0: none
ssObjectId: Rubin's number of the Solar System object; 0: none
visit: the exposure
diaSource.midpointMjdTai: middle of the exposure
band: the filter
psfFlux: brightness of the difference to the template, PSF fit; below zero, it is fainter than the template
psfFluxErr: its error, 1 sigma
scienceFlux: brightness on the science image itself, at this place
templateFlux: brightness on the template, at this place
apFlux: the difference by an aperture
snr: signal to noise of the detection
reliability: real (1) or bogus (0), a probability
extendedness: 0 a point source, 1 extended
isNegative: if so, it is fainter than the template
isDipole: if so, well fitted by a positive and a negative lobe: a bad subtraction, or something that moves
glint_trail: if so, one of a trail of glints
trailLength: length of a trail fitted to it
trailFlux: brightness of the difference, fitted by a trail
centroid_flag: if so, its place could not be measured
shape_flag: if so, its shape could not be measured
psfFlux_flag: if so, psfFlux failed
apFlux_flag: if so, apFlux failed
forced_PsfFlux_flag: if so, scienceFlux failed
pixelFlags: if so, these flags could not be set: some may be false that should be true
pixelFlags_bad: if so, bad pixels in its footprint
pixelFlags_cr: if so, a cosmic ray in its footprint
pixelFlags_crCenter: if so, a cosmic ray at its centre
pixelFlags_edge: if so, partly outside of what can be used of the image
pixelFlags_nodata: if so, pixels without data in its footprint
pixelFlags_interpolated: if so, interpolated pixels in its footprint
pixelFlags_offimage: if so, its centre is not on the image
pixelFlags_saturated: if so, saturated pixels in its footprint
pixelFlags_saturatedCenter: if so, saturated at its centre
pixelFlags_suspect: if so, suspect pixels in its footprint
pixelFlags_streak: if so, a streak in its footprint, as of a satellite
pixelFlags_streakCenter: if so, a streak at its centre, as of a satellite
pixelFlags_injected: if so, a source put in as a test: not real
pixelFlags_injectedCenter: if so, a source put in as a test, at its centre: not real
pixelFlags_injected_template*: if so, a source put into the template as a test
pixelFlags_*Center: if so, the same, within 3 x 3 pixels of its centre
ixx: second moment of its light
ixxPSF: second moment of the PSF there
nDiaSources: detections of the object
firstDiaSourceMjdTai: first detection of the object
lastDiaSourceMjdTai: last detection of the object
firstDiaSourceMjdTaiFink: first detection of the object, as Fink knows it
?_psfFluxMean: mean of its differences in this band, weighted by the errors
?_psfFluxMeanErr: error of that mean
?_psfFluxSigma: scatter of its differences in this band
?_psfFluxNdata: detections in this band
?_psfFluxMaxSlope: steepest change between observations in this band
?_fpFluxMean: mean of its forced photometry in this band, weighted by the errors
?_scienceFluxMean: mean of its brightness on science images in this band
designation: name of the Solar System object
elongation: angle between it and the Sun
phaseAngle: angle at it between the Sun and the Earth
ephVmag: its predicted brightness, V
ephOffset: distance from its predicted place
topoRange: distance from the observatory; sent in a unit that is not settled
helioRange: distance from the Sun; sent in a unit that is not settled
mpc_orbits.a: semi-major axis
mpc_orbits.q: distance from the Sun at perihelion
mpc_orbits.e: eccentricity
mpc_orbits.i: inclination of the orbit
mpc_orbits.h: absolute magnitude
mpc_orbits.g: slope of the phase curve
earth_moid: least distance between its orbit and the Earth's; 0 where it was not computed
u_param: how uncertain the orbit is: 0 certain, 9 hardly known
arc_length_total: time over which it was observed
snnSnVsOthers_score: SuperNNova: supernova (1) or anything else (0)
cats_class: CATS: 11 SN-like, 12 fast, 13 long, 21 periodic, 22 non-periodic; -1: not computed
cats_score: probability of that class; Fink's filters want 0.9
earlySNIa_score: early type Ia (1); -1: not computed
elephant_kstest_science: hostless by the science image (ELEPHANT): the smaller, the likelier
elephant_kstest_template: hostless by the template (ELEPHANT): the smaller, the likelier; below 3 for Fink's filter
simbad_otype: type of the SIMBAD object within 1 arcsec, in SIMBAD's short form
gaiadr3_DR3Name: Gaia DR3 source within 1 arcsec
gaiadr3_Plx: its parallax; over 5 times its error, it is a star of the Galaxy
gaiadr3_e_Plx: error of the parallax
gaiadr3_VarFlag: 1: Gaia has found it variable
legacydr8_zphot: photometric redshift in the Legacy Surveys DR8
legacydr8_e_zphot: its error
legacydr8_pstar: likelihood by colour that this source is a star
legacydr8_fqual: 1: the redshift is well constrained
tns_fullname: name in the Transient Name Server
tns_type: its type there
tns_redshift: its redshift there
gcvs_type: type in the General Catalogue of Variable Stars
vsx_Type: type in the AAVSO's Variable Star Index
x3hsp_type: blazar of the 3HSP catalogue within 1 arcmin
x4lac_type: active galaxy of the 4LAC catalogue within 1 arcmin
spicy_class: class in the SPICY catalogue of young stars, within 1.2 arcsec
mangrove_HyperLEDA_name: galaxy of the Mangrove catalogue within 1 arcmin
mangrove_lum_dist: luminosity distance of that galaxy
mangrove_ang_dist: angular diameter distance of that galaxy
is_sso: if so, Rubin has matched it with a known Solar System object
is_first: if so, no Solar System object, and the first detection at this place
is_cataloged: if so, it has a counterpart in SIMBAD or Gaia DR3
main_label_classifier: Fink's class by its scores; so far cats_class
main_label_crossmatch: Fink's class by catalogues; so far simbad_otype
brokerIngestMjd: when Fink received it
brokerEndProcessTimestamp: when Fink had finished with it, UTC
"""

_BOTH_WORDS = """
mean: mean of the light curve in this band
weighted_mean: mean, weighted by the errors
median: median of the light curve in this band
standard_deviation: scatter of the points
amplitude: half of the difference between brightest and faintest
beyond_1_std: fraction of the points farther than one standard deviation from the mean
cusum: range of the cumulative sums
kurtosis: how heavy the tails of the distribution are
skew: lopsidedness: below zero for brightenings in magnitudes, above zero in fluxes
linear_trend: slope of a straight line, without errors
linear_fit_slope: slope of a straight line, weighted by the errors
linear_fit_reduced_chi2: how badly a straight line fits: near 1 is well
maximum_slope: largest change between two neighbours
percent_amplitude: largest distance of a point from the median
chi2: scatter over the errors: near 1 for what is constant
stetson_K: peakedness: 0.8 for noise, less for an eclipsing binary, 0.9 for a sine
anderson_darling_normal: how unlike noise the points are distributed
"""


def _entries(table: str) -> Iterator[tuple[str, str]]:
    """The words of a table of units, each with its unit."""
    unit = ""
    for line in table.splitlines():
        head, colon, rest = line.partition(": ")
        if colon:
            unit = head.strip()
        for name in (rest if colon else line).split():
            yield name, unit


def _sentences(table: str) -> Iterator[tuple[str, str]]:
    """The lines of a table of words: name and what it is."""
    for line in table.strip().splitlines():
        name, _, words = line.partition(": ")
        yield name, words


class _Table:
    """Values by the name of a field: its whole path, the end of it, or a pattern of either."""

    def __init__(self, entries: Iterator[tuple[str, str]]) -> None:
        self._exact: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for name, value in entries:
            if any(sign in name for sign in "*?["):
                self._patterns.append((re.compile(translate(name)), value))
            else:
                self._exact[name] = value

    def find(self, path: str) -> str:
        """The value of the field; a path goes before a leaf, a name before a pattern."""
        leaf = path.rpartition(".")[2]
        for name in (path, leaf):
            if name in self._exact:
                return self._exact[name]
        found = (value for pattern, value in self._patterns if pattern.match(path) or pattern.match(leaf))
        return next(found, "")


@cache
def _tables(survey: str) -> tuple[_Table, _Table, _Table]:
    """Units, words and scales of a survey; those of ZTF are those of GRB/GW alerts, too."""
    kind = "lsst" if survey == "lsst" else "ztf"
    units, words = (_LSST_UNITS, _LSST_WORDS) if kind == "lsst" else (_ZTF_UNITS, _ZTF_WORDS)
    parts = re.split(r"(MJD, \w+|JD, \w+): ", _SCALES[kind])[1:]
    scales = ((name, scale) for scale, names in zip(parts[::2], parts[1::2], strict=True) for name in names.split())
    return _Table(_entries(units)), _Table(_sentences(_BOTH_WORDS + words.lstrip())), _Table(scales)


_WAVES = {
    "gcn_loc_error": Meaning("arcmin^2", "area of the trigger's region"),
    "p_assoc": Meaning("1/deg^2", "probability density of the trigger at this place, by its sky map; -1: none"),
}
"""What differs where the trigger is a gravitational wave."""

_ANSWERED = {
    "v:classification": Meaning("", "Fink's class, made for the answer"),
    "d:classification": Meaning("", "Fink's class, in the table of places"),
    "v:lastdate": Meaning("", "time of this detection, UTC"),
    "v:firstdate": Meaning("", "time of the object's first detection, UTC"),
    "v:lapse": Meaning("d", "from the object's first detection to its last"),
    "v:constellation": Meaning("", "constellation that it is in"),
    "v:rate": Meaning("mag/d", "change since the detection before in this band; below zero, it brightens"),
    "v:sigma(rate)": Meaning("mag/d", "its error"),
    "v:g-r": Meaning("mag", "the object's last colour"),
    "v:sigma(g-r)": Meaning("mag", "its error"),
    "v:rate(g-r)": Meaning("mag/d", "change of the colour since the one before; below zero, it becomes bluer"),
    "v:sigma(rate(g-r))": Meaning("mag/d", "its error"),
    "v:separation_degree": Meaning("deg", "distance to the middle of the cone that was asked for"),
    "d:tag": Meaning("", "valid, badquality or upperlim: which kind of measurement it is"),
    "f:sso_name": Meaning("", "name that Fink found for the object of the Solar System"),
}
"""Columns that only Fink's answers have (fink-object-api, `schema` of ZTF)."""


@lru_cache(4096)
def meaning(survey: str, path: str) -> Meaning:
    """What is known of a field; empty for one that is not here.

    Args:
        survey: `ztf`, `lsst` or `mma`; `gw` for a GRB/GW alert of a gravitational wave.
        path: Its place in the record, such as `candidate.jd` or `lc_features.g.mean`; an array's with or without `[]`.
    """
    if survey not in ("ztf", "lsst", "mma", "gw"):
        return NOTHING
    if path in _ANSWERED:
        return _ANSWERED[path]
    if survey == "gw" and path in _WAVES:
        return _WAVES[path]
    units, words, scales = _tables(survey)
    path = path.replace("[]", "")
    scale = scales.find(path)
    return Meaning(units.find(path), words.find(path), Scale(scale) if scale else None)


def moment(value: object, scale: Scale) -> str:
    """A field's moment as a date, `2026-03-22 18:00:00 UTC`; "" where it makes no sense.

    Args:
        value: What the field holds: a number of days.
        scale: How it is written. Terrestrial Time is left as it is: nobody wants the seconds of an orbit's epoch.
    """
    days = clean.number(value)
    if days is None or (mjd := clean.mjd(photometry.jd_to_mjd(days) if scale is Scale.JD else days)) is None:
        return ""
    if scale is Scale.TT:
        return f"{utc(mjd)} TT"
    return f"{utc(photometry.tai_to_utc(mjd) if scale is Scale.TAI else mjd)} UTC"
