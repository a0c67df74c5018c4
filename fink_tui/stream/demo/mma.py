"""GRB alerts in the demo: detections of ZTF soon after a trigger, within its region, as Fink tells of them."""

from __future__ import annotations

import dataclasses
import math
from random import Random

from fink_tui.alerts.mma import alert_id
from fink_tui.stream.demo import schemas, sky
from fink_tui.stream.demo.observing import DemoAlert, Seen, timestamp
from fink_tui.stream.demo.sky import Kind
from fink_tui.stream.demo.ztf import Ztf

TOPICS = ("fink_grb_silver",)
"""The topics, which come from ZTF's servers."""

_SEEN_BY = (("Fermi", "GBM", (60.0, 290.0)), ("SWIFT", "BAT", (1.0, 3.0)), ("INTEGRAL", "IBAS", (1.5, 3.0)))
"""Observatory, instrument, and how well it places a burst, arcmin."""


def grb_alert(ztf: Ztf, random: Random, mjd: float, due: float) -> DemoAlert:
    """The alert of an afterglow that nobody had seen before the burst.

    Args:
        ztf: The survey that sees it.
        random: Where chance comes from.
        mjd: When it is seen, MJD, UTC.
        due: When it is to be sent, seconds after the present.
    """
    seen = None
    while seen is None:
        burst = mjd - random.uniform(0.02, 0.3)
        source = sky.draw(Kind.KILONOVA, ztf.field, mjd, random)
        source = dataclasses.replace(source, epoch=burst, mag=random.uniform(18.2, 19.2))
        seen = ztf.detect(source, mjd)
    track = ztf.begin(source, mjd)
    object_id, jd = str(track.object_id), mjd + 2400000.5
    observatory, instrument, errors = random.choice(_SEEN_BY)
    error, turn = random.uniform(*errors), random.uniform(0, math.tau)
    offset = error / 60 * random.uniform(0.1, 0.9)
    dec = max(-89.0, min(89.0, source.dec + offset * math.sin(turn)))
    ra = (source.ra + offset * math.cos(turn) / math.cos(math.radians(dec))) % 360
    trigger = str(700_000_000 + int((burst - 59000) * 86400))
    label = random.choice(("Unknown", "Unknown", "SN candidate", "Ambiguous", "Kilonova candidate"))
    layout = schemas.mma()
    value = layout.encode(
        {
            "objectId": object_id,
            "candid": random.randrange(-(2**31), 2**31),  # what is left of it in 32 bits
            "ztf_ra": source.ra,
            "ztf_dec": source.dec,
            "fid": 1 if seen.band == "g" else 2,
            "jdstarthist": jd,
            "rb": random.uniform(0.75, 0.99),
            "jd": jd,
            "instrument": instrument,
            "event": "",
            "observatory": observatory,
            "triggerId": trigger,
            "gcn_ra": ra,
            "gcn_dec": dec,
            "gcn_loc_error": error,
            "triggerTimeUTC": timestamp(burst, 0)[:-3],
            "p_assoc": 10 ** random.uniform(-12, -6.3),
            "fink_class": label,
            **_rate(seen, track.seen),
            "start_vartime": jd,
            "diff_vartime": 0.0,
            "cdsxmatch": "Unknown",
            "DR3Name": "nan",
            "Plx": math.nan,
            "e_Plx": math.nan,
            "gcvs": "Unknown",
            "vsx": "Unknown",
            "x3hsp": "Unknown",
            "x4lac": "Unknown",
            "roid": 0,
            "rf_snia_vs_nonia": 0.0,
            "snn_snia_vs_nonia": 0.0,
            "snn_sn_vs_all": 0.0,
            "mulens": 0.0,
            "nalerthist": 1,
            "rf_kn_vs_nonkn": random.uniform(0.3, 0.9),
            "anomaly_score": None,
        }
    )
    name = alert_id(object_id, trigger, jd, (ra, dec), error)
    return DemoAlert("mma", TOPICS, layout.key, value, object_id, name, label, mjd, due)


def _rate(seen: Seen, history: list[Seen]) -> dict[str, float | None]:
    """By how much it is brighter than when it was last looked for in that band."""
    before = next((past for past in reversed(history) if past.band == seen.band), None)
    if before is None:
        return dict.fromkeys(("delta_mag", "rate", "from_upper"))
    change = seen.mag - (before.mag if before.is_detection else before.limit)
    rate = change / (seen.mjd - before.mjd)
    return {"delta_mag": change, "rate": rate, "from_upper": float(not before.is_detection)}
