"""The layouts of Fink's live alerts, ZTF, LSST and GRB/GW, and their bytes.

A layout is written as text: a word that ends in `:` names a type, the words after it are fields of that type. From it
come the Avro schema as Fink's brokers write it and an encoder. The shape is that of Spark's writer: every leaf may be
null (null second), a struct never is, an array and its items may be.

The encoder knows only the types that occur here. It is there because a demo sends the same history again with every
alert of an object: its rows are encoded once and kept as bytes, which a general writer cannot do.
(Avro 1.11 specification, "Binary Encoding".)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from fink_tui.alerts.packet import encode_long, schema_text

_ZTF_DETECTION = """
double: jd int: fid long: pid float: diffmaglim string: pdiffimfilename programpi int: programid long: candid
string: isdiffpos long: tblid int: nid rcid field float: xpos ypos double: ra dec
float: magpsf sigmapsf chipsf magap sigmagap distnr magnr sigmagnr chinr sharpnr sky magdiff fwhm classtar mindtoedge
    magfromlim seeratio aimage bimage aimagerat bimagerat elong
int: nneg nbad float: rb ssdistnr ssmagnr string: ssnamenr float: sumrat magapbig sigmagapbig double: ranr decnr
"""
"""What a ZTF detection says, the one that raised the alert and an earlier one alike."""


def _ps1(number: int) -> str:
    """The fields of one of the three nearest sources in PS1, without its id."""
    mags = " ".join(f"s{band}mag{number}" for band in "griz")
    return f"float: {mags} sgscore{number} distpsnr{number}"


_FEATURES = """
double: mean weighted_mean standard_deviation median amplitude beyond_1_std cusum inter_percentile_range_10 kurtosis
    linear_trend linear_trend_sigma linear_trend_noise linear_fit_slope linear_fit_slope_sigma
    linear_fit_reduced_chi2 magnitude_percentage_ratio_40_5 magnitude_percentage_ratio_20_10 maximum_slope
    median_absolute_deviation median_buffer_range_percentage_10 percent_amplitude mean_variance
    anderson_darling_normal chi2 skew stetson_K
"""

_STAMP = "string: fileName bytes: stampData"

_ZTF = """
long: candid string: schemavsn publisher objectId record: candidate records: prv_candidates
record: cutoutScience cutoutTemplate cutoutDifference
string: brokerIngestTimestamp brokerStartProcessTimestamp fink_broker_version fink_science_version
string: cdsxmatch tns DR3Name float: Plx e_Plx int: gaiaVarFlag string: gaiaClass vsx int: spicy_id
string: spicy_class gcvs x3hsp x4lac strings: mangrove int: roid
double: rf_snia_vs_nonia snn_snia_vs_nonia snn_sn_vs_all mulens int: nalerthist double: rf_kn_vs_nonkn
double: anomaly_score anomaly_score_beta anomaly_score_anais anomaly_score_emille anomaly_score_julien
    anomaly_score_maria anomaly_score_emille_30days anomaly_score_varvara
record: lc_features_g lc_features_r
double: jd_first_real_det jdstarthist_dt mag_rate sigma_rate lower_rate upper_rate delta_time boolean: from_upper
floats: blazar_stats boolean: is_transient double: slsn_score string: brokerEndProcessTimestamp
"""

_ZTF_PARTS = {
    "candidate": f"""{_ZTF_DETECTION} {_ps1(1)} int: ndethist ncovhist double: jdstarthist jdendhist scorr int: tooflag
long: objectidps1 objectidps2 {_ps1(2)} long: objectidps3 {_ps1(3)}
int: nmtchps long: rfid double: jdstartref jdendref int: nframesref string: rbversion
float: dsnrms ssnrms dsdiff magzpsci magzpsciunc magzpscirms int: nmatches
float: clrcoeff clrcounc zpclrcov zpmed clrmed clrrms neargaia neargaiabright maggaia maggaiabright exptime drb
string: drbversion""",
    "prv_candidates": f"""{_ZTF_DETECTION} double: scorr float: magzpsci magzpsciunc magzpscirms clrcoeff clrcounc
string: rbversion""",
    "cutoutScience": _STAMP,
    "cutoutTemplate": _STAMP,
    "cutoutDifference": _STAMP,
    "lc_features_g": _FEATURES,
    "lc_features_r": _FEATURES,
}


def _pixel_flags(*names: str) -> str:
    """LSST's flags of the pixels under a source: each anywhere in its footprint, some also at its centre."""
    return " ".join(f"pixelFlags_{name}" for name in names)


def _with_errors(*names: str) -> str:
    """Each name, and its error."""
    return " ".join(f"{name} {name}Err" for name in names)


_DIA_SOURCE = f"""
long: diaSourceId visit int: detector long: diaObjectId ssObjectId parentDiaSourceId double: midpointMjdTai
double: ra float: raErr double: dec float: decErr ra_dec_Cov {_with_errors("x", "y")} boolean: centroid_flag
float: {_with_errors("apFlux")} boolean: apFlux_flag apFlux_flag_apertureTruncated isNegative
float: snr {_with_errors("psfFlux")} psfLnL psfChi2 int: psfNdata
boolean: psfFlux_flag psfFlux_flag_edge psfFlux_flag_noGoodPixels
float: {_with_errors("trailFlux")} double: trailRa float: trailRaErr double: trailDec float: trailDecErr
float: {_with_errors("trailLength", "trailAngle")} trailChi2 int: trailNdata boolean: trail_flag_edge
float: {_with_errors("dipoleMeanFlux", "dipoleFluxDiff")} dipoleLength dipoleAngle dipoleChi2 int: dipoleNdata
float: {_with_errors("scienceFlux")}
boolean: forced_PsfFlux_flag forced_PsfFlux_flag_edge forced_PsfFlux_flag_noGoodPixels
float: {_with_errors("templateFlux")} ixx iyy ixy ixxPSF iyyPSF ixyPSF
boolean: shape_flag shape_flag_no_pixels shape_flag_not_contained shape_flag_parent_source
float: extendedness reliability string: band boolean: isDipole dipoleFitAttempted
double: timeProcessedMjdTai timeWithdrawnMjdTai int: bboxSize boolean: pixelFlags
{_pixel_flags("bad", "cr", "crCenter", "edge", "nodata", "nodataCenter", "interpolated", "interpolatedCenter")}
{_pixel_flags("offimage", "saturated", "saturatedCenter", "suspect", "suspectCenter", "streak", "streakCenter")}
{_pixel_flags("injected", "injectedCenter", "injected_template", "injected_templateCenter")} glint_trail
"""

_FORCED = f"""
long: diaForcedSourceId diaObjectId double: ra dec long: visit int: detector float: {_with_errors("psfFlux")}
double: midpointMjdTai float: {_with_errors("scienceFlux")} string: band
double: timeProcessedMjdTai timeWithdrawnMjdTai
"""


def _dia_object() -> str:
    """The fields of `diaObject`: the place, then per band the means, then the extremes."""
    bands = "ugrizy"
    means = " ".join(
        f"float: {b}_psfFluxMean {b}_psfFluxMeanErr {b}_psfFluxSigma int: {b}_psfFluxNdata "
        f"float: {b}_fpFluxMean {b}_fpFluxMeanErr"
        for b in bands
    )
    science = " ".join(f"{b}_scienceFluxMean {b}_scienceFluxMeanErr" for b in bands)
    ranges = " ".join(f"{b}_psfFluxMin {b}_psfFluxMax {b}_psfFluxMaxSlope {b}_psfFluxErrMean" for b in bands)
    return f"""long: diaObjectId double: validityStartMjdTai ra float: raErr double: dec float: decErr ra_dec_Cov
{means} float: {science} {ranges} double: firstDiaSourceMjdTai lastDiaSourceMjdTai int: nDiaSources"""


def _state_vector(origin: str) -> str:
    """Place and velocity as seen from the Sun (`helio`) or from the observatory (`topo`)."""
    return " ".join(f"{origin}_{part}" for part in ("x", "y", "z", "vx", "vy", "vz", "vtot"))


_ORBIT = "a q e i node argperi peri_time yarkovsky srp a1 a2 a3 dt mean_anomaly period mean_motion"

_LSST = """
long: diaSourceId string: observation_reason target_name record: diaSource records: prvDiaSources prvDiaForcedSources
record: diaObject ssSource mpc_orbits bytes: cutoutDifference cutoutScience cutoutTemplate double: brokerIngestMjd
string: lsst_schema_version brokerStartProcessTimestamp fink_broker_version fink_science_version publisher
recordmap: lc_features record: clf xm pred misc string: brokerEndProcessTimestamp
"""

_LSST_PARTS = {
    "diaSource": _DIA_SOURCE,
    "prvDiaSources": _DIA_SOURCE,
    "prvDiaForcedSources": _FORCED,
    "diaObject": _dia_object(),
    "ssSource": f"""long: diaSourceId ssObjectId string: designation double: eclLambda eclBeta galLon galLat
float: elongation phaseAngle topoRange topoRangeRate helioRange helioRangeRate double: ephRa ephDec
float: ephVmag ephRate ephRateRa ephRateDec ephOffset double: ephOffsetRa ephOffsetDec
float: ephOffsetAlongTrack ephOffsetCrossTrack {_state_vector("helio")} {_state_vector("topo")} int: diaDistanceRank""",
    "mpc_orbits": f"""int: id string: designation packed_primary_provisional_designation
    unpacked_primary_provisional_designation mpc_orb_jsonb
long: created_at updated_at int: orbit_type_int u_param nopp double: arc_length_total arc_length_sel
int: nobs_total nobs_total_sel double: {_ORBIT} {" ".join(f"{name}_unc" for name in _ORBIT.split())}
double: epoch_mjd h g not_normalized_rms normalized_rms earth_moid long: fitting_datetime""",
    "lc_features": _FEATURES,
    "clf": """float: snnSnVsOthers_score int: cats_class float: cats_score double: earlySNIa_score
float: elephant_kstest_science elephant_kstest_template""",
    "xm": """string: simbad_otype gaiadr3_DR3Name float: gaiadr3_Plx gaiadr3_e_Plx int: gaiadr3_VarFlag
float: legacydr8_zphot legacydr8_e_zphot legacydr8_pstar int: legacydr8_fqual string: tns_fullname tns_type
float: tns_redshift string: gcvs_type x3hsp_type x4lac_type vsx_Type spicy_class mangrove_HyperLEDA_name
    mangrove_2MASS_name
float: mangrove_lum_dist mangrove_ang_dist""",
    "pred": "boolean: is_sso is_first is_cataloged int: main_label_classifier string: main_label_crossmatch",
    "misc": "double: firstDiaSourceMjdTaiFink",
}

_MMA = """
string: objectId long: candid double: ztf_ra ztf_dec long: fid double: jdstarthist rb jd
string: instrument event observatory triggerId double: gcn_ra gcn_dec gcn_loc_error string: triggerTimeUTC
double: p_assoc string: fink_class double: delta_mag rate from_upper start_vartime diff_vartime
string: cdsxmatch DR3Name float: Plx e_Plx string: gcvs vsx x3hsp x4lac int: roid
double: rf_snia_vs_nonia snn_snia_vs_nonia snn_sn_vs_all mulens int: nalerthist double: rf_kn_vs_nonkn anomaly_score
"""
"""Flat, without a history and stamps (Fink_MM, `conf/fink_mm_schema_version_1.3.avsc`, without its features)."""

_ROOT = "topLevelRecord"
_NULL = b"\x02"
"""The second branch of a union: null."""
_SOME = b"\x00"
"""The first branch: what follows is the value."""

Encoder = Callable[[Any], bytes]
"""A value, or None, to its bytes."""


class Layout:
    """The layout of a survey's alerts.

    Attributes:
        schema: The Avro schema.
        key: The schema as a message's key carries it.
    """

    def __init__(self, fields: str, parts: Mapping[str, str]) -> None:
        self._parts = parts
        self._rows: dict[str, Encoder] = {}
        self.schema: dict[str, Any] = {
            "fields": [{"name": name, "type": self._type(name, kind)} for name, kind in _fields(fields)],
            "name": f"{_ROOT}.value",
            "type": "record",
        }
        self._encode = _record({name: self._encoder(name, kind) for name, kind in _fields(fields)})
        self.key: bytes = schema_text(self.schema)

    def encode(self, record: Mapping[str, Any]) -> bytes:
        """An alert as one schemaless Avro datum.

        Args:
            record: Fields and values; what is missing is null. A row of an array may be bytes of `encode_row`.

        Raises:
            ValueError: A name that the layout does not have.
        """
        return self._encode(record)

    def encode_row(self, field: str, row: Mapping[str, Any]) -> bytes:
        """One row of an array, as `encode` takes it.

        Args:
            field: The array's name.
            row: The row's fields and values; what is missing is null.

        Raises:
            ValueError: A name that the layout does not have.
        """
        return self._rows[field](row)

    def names(self, field: str) -> tuple[str, ...]:
        """The names of the fields inside a struct, an array's row or a map's struct."""
        return tuple(name for name, _ in _fields(self._parts[field]))

    def _type(self, name: str, kind: str) -> Any:
        match kind:
            case "record":
                return self._struct(name, f"{_ROOT}.{name}")
            case "records":
                return [{"items": [self._struct(name, f"{_ROOT}.{name}"), "null"], "type": "array"}, "null"]
            case "recordmap":  # Spark names the struct inside a map after the root
                return [{"type": "map", "values": [self._struct(name, f"{_ROOT}.{_ROOT}"), "null"]}, "null"]
            case "strings" | "floats":
                return [{"type": "map", "values": [kind.removesuffix("s"), "null"]}, "null"]
            case _:
                return [kind, "null"]

    def _struct(self, name: str, full_name: str) -> dict[str, Any]:
        fields = [{"name": leaf, "type": [kind, "null"]} for leaf, kind in _fields(self._parts[name])]
        return {"fields": fields, "name": full_name, "type": "record"}

    def _encoder(self, name: str, kind: str) -> Encoder:
        match kind:
            case "record":
                return self._struct_encoder(name)
            case "records":
                self._rows[name] = self._struct_encoder(name)
                return _array(self._rows[name])
            case "recordmap":
                item = self._struct_encoder(name)
                return _map(lambda row: _SOME + item(row))
            case "strings" | "floats":
                return _map(_LEAVES[kind.removesuffix("s")])
            case _:
                return _LEAVES[kind]

    def _struct_encoder(self, name: str) -> Encoder:
        return _record({leaf: _LEAVES[kind] for leaf, kind in _fields(self._parts[name])})


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The fields of a layout's text: name and type."""
    kind = ""
    for word in text.split():
        if word.endswith(":"):
            kind = word[:-1]
        else:
            yield word, kind


LSST_FLAGS = tuple(name for name, kind in _fields(_DIA_SOURCE) if kind == "boolean")
"""The flags of an LSST source. All are false for an ordinary one."""

_DOUBLE = struct.Struct("<xd").pack  # the pad byte is the union's first branch
_FLOAT = struct.Struct("<xf").pack


def _long(value: int | None) -> bytes:
    return _NULL if value is None else _SOME + encode_long(value)


def _bytes(value: bytes | None) -> bytes:
    return _NULL if value is None else _SOME + encode_long(len(value)) + value


_LEAVES: dict[str, Encoder] = {
    "double": lambda value: _NULL if value is None else _DOUBLE(value),
    "float": lambda value: _NULL if value is None else _FLOAT(value),
    "int": _long,
    "long": _long,
    "string": lambda value: _NULL if value is None else _bytes(value.encode()),
    "bytes": _bytes,
    "boolean": lambda value: _NULL if value is None else (b"\x00\x01" if value else b"\x00\x00"),
}


def _record(fields: Mapping[str, Encoder]) -> Encoder:
    """The encoder of a struct: its fields one after the other."""
    pairs, names = tuple(fields.items()), fields.keys()

    def encode(row: Mapping[str, Any] | None) -> bytes:
        row = row or {}
        if not row.keys() <= names:
            raise ValueError(f"the layout has no {', '.join(sorted(row.keys() - names))}")
        get = row.get
        return b"".join([encoder(get(name)) for name, encoder in pairs])

    return encode


def _array(item: Encoder) -> Encoder:
    """The encoder of an array: one block of items, then the end."""

    def encode(rows: list[Any] | None) -> bytes:
        if rows is None:
            return _NULL
        if not rows:
            return _SOME + b"\x00"
        items = [_SOME + (row if isinstance(row, bytes) else item(row)) for row in rows]
        return b"".join((_SOME, encode_long(len(rows)), *items, b"\x00"))

    return encode


def _map(item: Encoder) -> Encoder:
    """The encoder of a map: one block of keys and values, then the end."""

    def encode(entries: Mapping[str, Any] | None) -> bytes:
        if entries is None:
            return _NULL
        if not entries:
            return _SOME + b"\x00"
        pairs = [encode_long(len(key.encode())) + key.encode() + item(value) for key, value in entries.items()]
        return b"".join((_SOME, encode_long(len(entries)), *pairs, b"\x00"))

    return encode


@cache
def ztf() -> Layout:
    """The layout of ZTF's live alerts."""
    return Layout(_ZTF, _ZTF_PARTS)


@cache
def lsst() -> Layout:
    """The layout of LSST's live alerts (`lsst.v10_0`)."""
    return Layout(_LSST, _LSST_PARTS)


@cache
def mma() -> Layout:
    """The layout of GRB/GW alerts."""
    return Layout(_MMA, {})
