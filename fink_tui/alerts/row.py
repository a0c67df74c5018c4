"""The row of an alert: the columns that a list, a filter or a badge needs, projected from its packet.

Fields of a survey keep the survey's spelling; a column that several surveys have has one name of ours. `None` stands
for every way in which a survey or a broker says that it does not know.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AlertRow(NamedTuple):
    """What a packet says of itself, in columns."""

    survey: str
    """`ztf`, `lsst` or `mma`."""

    alert_id: str
    """ZTF `candid`, LSST `diaSourceId`: decimal digits; of a GRB/GW alert, text made of what names it.

    With `survey`, it names one alert.
    """

    object_id: str
    """ZTF `objectId`; LSST `diaObjectId`, or the Solar System designation where there is one."""

    label: str
    """The class of the alert; "Unknown" where no rule gives one."""

    label_reason: str
    """The rule that gave the label. Never blank."""

    ra: float
    """Right ascension, degrees, ICRS."""

    dec: float
    """Declination, degrees, ICRS."""

    obs_mjd: float
    """Time of observation, MJD, UTC: ZTF the start of the exposure, LSST its middle."""

    band: str | None
    """`u g r i z y`."""

    mag: float | None
    """Magnitude of the difference, AB; None for a negative difference of LSST."""

    mag_err: float | None
    """Its error, 1 sigma."""

    flux: float | None
    """Flux of the difference, nJy, negative for a subtraction."""

    flux_err: float | None
    """Its error, 1 sigma, nJy."""

    is_positive: bool | None
    """Whether the source is brighter than the template."""

    limit_mag: float | None
    """5 sigma limit of the exposure, magnitude AB (ZTF `diffmaglim`)."""

    snr: float | None
    """Signal to noise of the detection (flux over its error)."""

    real_bogus: float | None
    """How real the detection is, 0 to 1: ZTF `drb`, else `rb`; LSST `reliability`."""

    rb: float | None
    """ZTF: real/bogus score of the random forest."""

    drb: float | None
    """ZTF: real/bogus score of the deep network."""

    n_detections: int
    """Detections of the object, this one included: ZTF `ndethist`, LSST `nDiaSources`, else what the packet holds.

    0 where nobody says: many tables of Fink's API lack it.
    """

    n_history: int
    """Earlier detections that the packet holds; of ZTF those of good quality."""

    n_limits: int
    """Upper limits that the packet holds."""

    first_mjd: float | None
    """Time of the first detection, MJD, UTC."""

    mag_change: float | None
    """Magnitude less that of the last earlier detection in the same band: below zero, it brightens.

    None where this one or that one is fainter than the template.
    """

    mag_change_err: float | None
    """Error of `mag_change`, 1 sigma."""

    mag_change_days: float | None
    """Days between the two."""

    sparkline: str
    """Brightness in the alert's band over the packet's history, by equal steps of time: 0 faintest to 7, `.` none."""

    sn_score: float | None
    """Supernova against all others: ZTF `snn_sn_vs_all`, LSST `snnSnVsOthers_score`."""

    snn_snia_vs_nonia: float | None
    """ZTF: type Ia against other supernovae, SuperNNova."""

    rf_snia_vs_nonia: float | None
    """ZTF: early type Ia, random forest."""

    rf_kn_vs_nonkn: float | None
    """ZTF: kilonova, random forest."""

    mulens: float | None
    """ZTF: microlensing."""

    anomaly_score: float | None
    """ZTF: isolation forest; the lower the odder."""

    cats_class: int | None
    """LSST: class of CATS: 11 SN-like, 12 fast, 13 long, 21 periodic, 22 non-periodic."""

    cats_score: float | None
    """LSST: its probability."""

    early_snia_score: float | None
    """LSST `earlySNIa_score`."""

    simbad_type: str | None
    """SIMBAD object type of the counterpart: ZTF `cdsxmatch`, LSST `simbad_otype`."""

    tns_name: str | None
    """Name in the Transient Name Server."""

    tns_type: str | None
    """Type in the Transient Name Server: ZTF `tns`, LSST `tns_type`."""

    tns_redshift: float | None
    """Redshift in the Transient Name Server."""

    gaia_name: str | None
    """Gaia DR3 counterpart."""

    gaia_plx: float | None
    """Its parallax, mas."""

    gaia_plx_err: float | None
    """Error of the parallax, mas."""

    vsx_type: str | None
    """Type in the AAVSO's Variable Star Index."""

    gcvs_type: str | None
    """Type in the General Catalogue of Variable Stars."""

    x3hsp: str | None
    """Counterpart in the 3HSP catalogue of blazars."""

    x4lac: str | None
    """Counterpart in the 4LAC catalogue of active galaxies."""

    spicy_class: str | None
    """Class in the SPICY catalogue of young stars."""

    host_name: str | None
    """Nearby galaxy of the Mangrove catalogue: HyperLEDA or 2MASS name."""

    host_distance: float | None
    """Its luminosity distance, Mpc."""

    sso_name: str | None
    """Solar System object: ZTF `ssnamenr`, LSST designation."""

    sso_distance: float | None
    """Distance to that object's predicted place, arcsec."""

    roid: int | None
    """ZTF: 0 not a Solar System object, 1 first pass, 2 candidate, 3 match with the MPC."""

    distnr: float | None
    """ZTF: distance to the nearest source of the reference image, pixels."""

    magnr: float | None
    """ZTF: its magnitude, AB."""

    sgscore1: float | None
    """ZTF: star (1) or galaxy (0) score of the nearest PS1 source."""

    distpsnr1: float | None
    """ZTF: distance to it, arcsec."""

    neargaia: float | None
    """ZTF: distance to the nearest Gaia DR1 source, arcsec."""

    maggaia: float | None
    """ZTF: its G magnitude."""

    classtar: float | None
    """ZTF: star (1) or galaxy (0) score of the detection, SExtractor."""

    nbad: int | None
    """ZTF: bad pixels in a 5 x 5 stamp."""

    exposure_id: str | None
    """The exposure: ZTF `pid` less its last readout digits, LSST `visit`."""

    neargaiabright: float | None = None
    """ZTF: distance to the nearest Gaia DR1 source brighter than 14, arcsec."""

    maggaiabright: float | None = None
    """ZTF: its G magnitude."""

    mag_rate: float | None = None
    """Change of magnitude since the last observation, mag/d, below zero for a rise: ZTF `mag_rate`, GRB/GW `rate`."""

    trigger_id: str | None = None
    """GRB/GW: the GCN's number of the trigger."""

    trigger_by: str | None = None
    """GRB/GW: who saw it: observatory, instrument, kind of event."""

    trigger_mjd: float | None = None
    """GRB/GW: time of the trigger, MJD, UTC."""

    trigger_offset: float | None = None
    """GRB/GW: angle between the alert and the middle of the trigger's region, degrees."""

    trigger_error: float | None = None
    """GRB: radius of the trigger's region, degrees."""

    p_assoc: float | None = None
    """GRB: the probability that they agree in time and place by chance alone, or one less it, as newer Fink_MM sends.

    For silver, fink-filters 7.45 wants less than 5.7e-7. GW: density of the sky map there, 1/deg^2. None: no match.
    """


class PointKind(StrEnum):
    """What a point of a light curve is."""

    DETECTION = "detection"
    LIMIT = "limit"
    BAD = "bad"
    """A detection of poor quality (ZTF: rb < 0.55 or nbad > 0)."""
    FORCED = "forced"
    """Photometry forced at the object's place (LSST)."""


class Point(NamedTuple):
    """A point of a light curve, difference-image photometry."""

    mjd: float
    """MJD, UTC."""

    band: str
    """`u g r i z y`."""

    kind: PointKind
    """What it is."""

    mag: float | None
    """Magnitude of the difference's absolute value, AB; for a limit, the 5 sigma limit; None where there is none."""

    mag_err: float | None
    """Its error, 1 sigma; None for a limit."""

    flux: float | None
    """Flux of the difference, nJy, negative for a subtraction; None for a limit."""

    flux_err: float | None
    """Its error, 1 sigma, nJy."""

    is_current: bool = False
    """Whether it is the detection that raised the alert."""

    source_id: str | None = None
    """The survey's number of the detection: ZTF `candid`, LSST `diaSourceId`; None where it has none."""

    total_flux: float | None = None
    """Flux of the source itself, nJy: ZTF reference image plus difference ("DC"), LSST `scienceFlux`.

    None, too, where ZTF's nearest source in the reference image is too far away to be the same object."""

    total_flux_err: float | None = None
    """Its error, 1 sigma, nJy."""

    reference_distance: float | None = None
    """ZTF: pixels (of 1.01 arcsec) to the nearest source in the reference image."""

    @property
    def is_negative(self) -> bool:
        """Whether the source is fainter than the template."""
        return self.flux is not None and self.flux < 0
