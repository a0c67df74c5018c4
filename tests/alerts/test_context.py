"""What is at an alert's place: real alerts read on their own, and alerts that lie."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts import decode
from fink_tui.alerts.badges import badges
from fink_tui.alerts.context import Neighbour, context
from fink_tui.alerts.distance import distances
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.scores import scores
from fink_tui.alerts.simbad import Kind
from fink_tui.alerts.survey import RowError, survey_named
from fink_tui.stream.demo import DemoAlert
from tests.alerts.hostile import HOSTILE, everywhere
from tests.alerts.making import of, parts

Wire = list[tuple[dict[str, Any], Packet]]
Record = dict[str, Any]

BOOK = SchemaBook()

NOTHING = AlertRow._make([None] * len(AlertRow._fields))
ZTF = NOTHING._replace(survey="ztf", label="Unknown", band="r")
LSST = NOTHING._replace(survey="lsst", label="Unknown", band="i")


def words(row: AlertRow, record: Record) -> list[str]:
    return [neighbour.words() for neighbour in context(row, record)]


def by_catalogue(found: list[Neighbour]) -> dict[str, list[Neighbour]]:
    grouped: dict[str, list[Neighbour]] = {}
    for neighbour in found:
        grouped.setdefault(neighbour.catalogue, []).append(neighbour)
    return grouped


# -- real alerts ------------------------------------------------------------------------------------------------------


def is_said(value: object) -> bool:
    """Whether a field of texts says something, by the forms met in real alerts."""
    return isinstance(value, str) and value not in ("", "nan", "Unknown", "None", "null") and value[:4] != "Fail"


def read(packet: Packet) -> tuple[AlertRow, Record]:
    schema = BOOK.schema(packet.key)
    return decode.whole_row(schema, packet.value), decode.record(schema, packet.value)


def test_every_line_of_real_ztf_alerts(wire: Wire) -> None:
    seen: set[str] = set()
    failed = 0
    for entry, packet in wire:
        if entry["survey"] != "ztf":
            continue
        row, record = read(packet)
        candidate = record["candidate"]
        found = by_catalogue(context(row, record))
        seen |= set(found)
        for name, field in (("SIMBAD", "cdsxmatch"), ("VSX", "vsx"), ("GCVS", "gcvs"), ("TNS", "tns")):
            lines = found.get(name, [])
            assert [one.type for one in lines if not one.is_failed] == [record[field]] * is_said(record[field])
        for name, field in (("3HSP", "x3hsp"), ("4LAC", "x4lac")):
            assert [one.name for one in found.get(name, [])] == [record[field]] * is_said(record[field])
        assert [one.name for one in found.get("SPICY", [])] == [str(record["spicy_id"])] * is_said(
            record["spicy_class"]
        )
        for name, field in (
            ("SIMBAD", "cdsxmatch"),
            ("VSX", "vsx"),
            ("Gaia DR3", "DR3Name"),
            ("Gaia DR3 variability", "gaiaClass"),
        ):
            is_failed = str(record[field]).startswith("Fail")
            assert [one.is_failed for one in found.get(name, []) if one.is_failed] == [True] * is_failed
            failed += is_failed
        (reference,) = found["ZTF reference"]
        assert reference.place == f'{candidate["distnr"] * 1.01:.{1 if candidate["distnr"] * 1.01 < 9.95 else 0}f}"'
        assert ("on this source" in reference.meaning) == (candidate["distnr"] <= 1.5)
        assert f"{candidate['magnr']:.2f}±{candidate['sigmagnr']:.2f}" in reference.meaning
        stars = [(candidate[f"sgscore{n}"], candidate[f"distpsnr{n}"]) for n in (1, 2, 3)]
        stars = [(score, far) for score, far in stars if far not in (None, -999.0)]
        assert [one.kind for one in found.get("PS1", [])] == [
            Kind.STAR if score > 0.76 else Kind.GALAXY if score < 0.24 else Kind.OTHER for score, _ in stars
        ]
        assert [float(one.place[:-1]) for one in found.get("PS1", [])] == pytest.approx(
            [far for _, far in stars], abs=0.51
        )
        if is_said(record["DR3Name"]):
            (gaia,) = (one for one in found["Gaia DR3"] if not one.is_failed)
            assert "Gaia DR3 " + gaia.name == record["DR3Name"]
            has_parallax = math.isfinite(record["Plx"])
            is_star = has_parallax and record["Plx"] / record["e_Plx"] > 5
            assert ("star at" in gaia.meaning) == is_star
            parallax = f"parallax {record['Plx']:.2f}±{record['e_Plx']:.2f} mas" if has_parallax else "no parallax"
            assert parallax in gaia.meaning
            if is_star:
                parsec = 1000 / record["Plx"]
                said = re.search(r"star at ([\d.]+) (k?pc)", gaia.meaning)
                assert said is not None
                assert float(said[1]) * (1000 if said[2] == "kpc" else 1) == pytest.approx(parsec, rel=0.01)
            assert ("varies" in gaia.meaning) == bool(record["gaiaVarFlag"] or is_said(record["gaiaClass"]))
        host = record["mangrove"] or {"lum_dist": "None"}
        if is_said(host["lum_dist"]):
            (galaxy,) = found["Mangrove"]
            assert galaxy.name in (host["HyperLEDA_name"], host["2MASS_name"])
            said = re.search(r"galaxy at ([\d.]+) Mpc", galaxy.meaning)
            assert said is not None
            assert float(said[1]) == pytest.approx(float(host["lum_dist"]), rel=5e-3)
            redshift = math.sqrt(float(host["lum_dist"]) / float(host["ang_dist"])) - 1
            assert f"z {redshift:.4f}" in galaxy.meaning
        else:
            assert "Mangrove" not in found
        moving = [one for one in found.get("Solar System", []) if one.kind is Kind.ASTEROID]
        assert len(moving) == (record["roid"] in (2, 3))
        if record["roid"] == 3:
            assert moving[0].name == candidate["ssnamenr"]
            assert f"predicted mag {candidate['ssmagnr']:.2f}" in moving[0].meaning
    assert failed >= 3
    assert seen >= {"SIMBAD", "VSX", "GCVS", "TNS", "SPICY", "3HSP", "4LAC", "Mangrove", "Gaia DR3", "Solar System"}


def test_every_line_of_real_lsst_alerts(wire: Wire) -> None:
    for entry, packet in wire:
        if entry["survey"] != "lsst":
            continue
        row, record = read(packet)
        xm = record["xm"]
        found = by_catalogue(context(row, record))
        for name, field in (
            ("SIMBAD", "simbad_otype"),
            ("VSX", "vsx_Type"),
            ("GCVS", "gcvs_type"),
            ("TNS", "tns_type"),
        ):
            assert [one.type for one in found.get(name, [])] == [xm[field]] * is_said(xm[field])
        assert ("Legacy DR8" in found) == (xm["legacydr8_zphot"] is not None)
        if "Legacy DR8" in found:
            (legacy,) = found["Legacy DR8"]
            assert f"photometric z {xm['legacydr8_zphot']:.2f}±{xm['legacydr8_e_zphot']:.2f}" in legacy.meaning
            assert ("poor" in legacy.meaning) == (xm["legacydr8_fqual"] != 1)
        assert ("Gaia DR3" in found) == (xm["gaiadr3_DR3Name"] is not None)
        if record["pred"]["is_sso"]:
            (asteroid,) = found["Solar System"]
            assert asteroid.name == record["ssSource"]["designation"]
            assert asteroid.place == f'{record["ssSource"]["ephOffset"]:.1f}"'
            assert "predicted" not in asteroid.meaning, "Rubin sends 0 for the magnitude it did not compute"


def test_no_real_alert_says_what_stands_for_nothing(wire: Wire) -> None:
    for _, packet in wire:
        row, record = read(packet)
        found = scores(row, record)
        said = [
            *words(row, record),
            *(one.words() for one in distances(row, record)),
            *(one.words for one in badges(row, 0.0)),
            *(part for rule in found.rules for part in rule.deciding()),
            *(one.words() for one in found.scores if one.value is not None),
        ]
        for line in said:
            assert not re.search(r"\bnan\b|999|\bNone\b|\bnull\b|-99\.", line), line
            assert "Unknown" not in line


# -- made alerts ------------------------------------------------------------------------------------------------------


def test_nothing_known_is_nothing_said() -> None:
    for row in (ZTF, LSST, NOTHING._replace(survey="mma")):
        assert context(row, {}) == []


def test_a_failed_look_up_is_no_empty_place() -> None:
    record = {"cdsxmatch": "Fail 503", "DR3Name": "Fail 500", "vsx": "Fail", "gaiaClass": "Fail 503"}
    assert words(ZTF, record) == [
        "SIMBAD: look-up failed (Fail 503)",
        "VSX: look-up failed (Fail)",
        "Gaia DR3: look-up failed (Fail 500)",
        "Gaia DR3 variability: look-up failed (Fail 503)",
    ]


@pytest.mark.parametrize(
    ("row", "record", "line"),
    [
        (ZTF._replace(simbad_type="RRLyr"), {}, 'SIMBAD < 1": RRLyr, RR Lyrae star'),
        (ZTF._replace(simbad_type="Blazar"), {}, 'SIMBAD < 1": Blazar'),
        (ZTF._replace(vsx_type="AGN"), {}, 'VSX < 1": AGN, active galaxy'),
        (LSST._replace(gcvs_type="UGSU"), {}, 'GCVS < 1.5": UGSU, variable star'),
        (
            ZTF._replace(gaia_name="Gaia DR3 12", gaia_plx=2.0, gaia_plx_err=0.1),
            {"gaiaVarFlag": 1, "gaiaClass": "RR"},
            'Gaia DR3 < 1": 12, star at 500 pc (parallax 2.00±0.10 mas), varies: RR, RR Lyrae star',
        ),
        (
            ZTF._replace(gaia_name="Gaia DR3 12", gaia_plx=-0.4, gaia_plx_err=0.2),
            {},
            'Gaia DR3 < 1": 12, parallax -0.40±0.20 mas: no distance',
        ),
        (
            LSST._replace(tns_name="SN 2026abc", tns_type="SN Ia", tns_redshift=0.034),
            {},
            'TNS < 1.5": SN 2026abc SN Ia, z 0.034',
        ),
        (LSST._replace(tns_name="AT 2026abc"), {}, 'TNS < 1.5": AT 2026abc, not classified'),
        (
            ZTF._replace(spicy_class="ClassII"),
            {"spicy_id": 7},
            'SPICY < 1.2": 7 ClassII, candidate young stellar object',
        ),
        (ZTF._replace(host_name="NGC1", host_distance=50.0), {}, 'Mangrove < 60": NGC1, galaxy at 50.0 Mpc'),
        (ZTF._replace(sgscore1=0.9, distpsnr1=1.0), {}, 'PS1 1.0": star-like 0.90'),
        (ZTF._replace(distnr=1.5, magnr=17.0), {}, 'ZTF reference 1.5": r 17.00, on this source'),
        (ZTF._replace(neargaia=3.0, maggaia=11.0), {}, 'Gaia DR1 3.0": nearest, G 11.00'),
        (
            ZTF._replace(sso_name="433", sso_distance=2.0, roid=3),
            {"candidate": {"ssmagnr": 12.5}},
            "Solar System 2.0\": 433, predicted mag 12.50, in the MPC's lists",
        ),
        (
            ZTF._replace(sso_name="433", sso_distance=25.0, roid=0),
            {"candidate": {"ssmagnr": -999.0}},
            'Solar System 25": 433, passing by, says Fink',
        ),
        (
            LSST._replace(sso_name="2004 JQ12", sso_distance=0.03, label="Solar System"),
            {"ssSource": {"ephVmag": 20.1}},
            'Solar System 0.0": 2004 JQ12, predicted V 20.10',
        ),
    ],
)
def test_a_line(row: AlertRow, record: Record, line: str) -> None:
    assert words(row, record) == [line]


def everything_said(row: AlertRow, record: Record) -> list[str]:
    found = scores(row, record)
    return [
        *words(row, record),
        *(one.words() for one in distances(row, record)),
        *(one.words for one in badges(row, 1.0)),
        *(part for rule in found.rules for part in rule.deciding()),
        *(check.words() for check in found.scores),
    ]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_made_safe(demo_alerts: list[DemoAlert], survey: str, name: str) -> None:
    schema, record = parts(of(survey, demo_alerts))
    made = everywhere(schema, record, lambda _: HOSTILE[name])
    known = survey_named(survey)
    try:
        row = known.row(decode.pick(made, known.leaves))
    except RowError:  # an id of blanks alone
        row = known.row(decode.pick({**made, "objectId": "ZTF"}, known.leaves))
    for line in everything_said(row, made):
        assert all(character.isprintable() for character in line), repr(line)
        assert len(line) < 2000


ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([-999.0, -1.0, -99.0, 0.0, 1e308, 5e-324, "nan", "Fail 503", "Unknown", "1e400", "-5", "0", ""]),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@settings(max_examples=150)
@given(data=st.data())
def test_damaged_records_break_nothing(demo_alerts: list[DemoAlert], survey: str, data: st.DataObject) -> None:
    """Any value in any field that is read; what is said has no sentinel and no infinity in it."""
    _, record = parts(of(survey, demo_alerts))
    known = survey_named(survey)
    fields = [leaf for leaf in known.leaves if "[]" not in leaf] + [
        *("gaiaVarFlag", "gaiaClass", "spicy_id", "slsn_score", "candidate.sigmagnr", "candidate.ssmagnr"),
        *("mangrove.lum_dist", "mangrove.ang_dist", "candidate.sgscore2", "candidate.distpsnr2", "xm", "clf"),
        *("candidate", "mangrove", "ssSource", "xm.legacydr8_zphot", "xm.legacydr8_e_zphot", "xm.legacydr8_pstar"),
        *("xm.legacydr8_fqual", "xm.mangrove_ang_dist", "ssSource.ephVmag", "diaSource.scienceFlux"),
        *("diaSource.extendedness", "clf.elephant_kstest_science"),
    ]
    row = known.row(decode.pick(record, known.leaves))
    for leaf in data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=12, unique=True)):
        value: Any = record
        *way, last = leaf.split(".")
        for name in way:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, dict):
            value[last] = data.draw(ANY, leaf)
    with contextlib.suppress(RowError):  # such an alert has no row; its record is looked at beside another's
        row = known.row(decode.pick(record, known.leaves))
    for line in everything_said(row, record):
        assert line.isprintable()
        assert not re.search(r"\b(nan|inf)\b", line), line
