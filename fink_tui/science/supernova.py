"""Supernova: scores, age, rates, peak, colour, host, absolute magnitude."""

from __future__ import annotations

from collections.abc import Iterator

from fink_tui.alerts.distance import Distance, distances, length
from fink_tui.alerts.scores import scores
from fink_tui.alerts.text import NOTHING, magnitude
from fink_tui.science.host import offset
from fink_tui.science.sheet import Evidence, Line, Sheet
from fink_tui.science.words import age_line, colour_line, peak_line, rate_line, rise_line, told

OF_SUPERNOVAE = ("snn", "rf Ia", "CATS", "early", "slsn")
"""How the names of the scores begin that are about supernovae."""


def supernova(evidence: Evidence) -> Sheet:
    """Scores, age, rates, peak, colour, host, absolute magnitude."""
    return Sheet(tuple(_lines(evidence)))


def _lines(evidence: Evidence) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    known = [
        check.words()
        for check in scores(row, record).scores
        if check.name.startswith(OF_SUPERNOVAE) and check.value is not None
    ]
    yield Line("scores", ", ".join(known) or NOTHING, "" if known else "no classifier has judged it")
    curve = told(evidence)
    yield age_line(curve, evidence.now)
    yield rate_line(curve, evidence.now)
    yield peak_line(evidence, curve)
    yield colour_line(curve, evidence.now)
    far = distances(row, record)
    yield _host(evidence)
    yield _absolute(far)
    for one in far[1:]:
        yield Line("or", one.words())
    if (rise := rise_line(curve, evidence.now)) is not None:
        yield rise
    named = " ".join(word for word in (row.tns_name, row.tns_type) if word)
    redshift = f"z {row.tns_redshift:.4g}" if row.tns_redshift is not None else ""
    yield Line("TNS", named or NOTHING, redshift or ("" if named else "not in the alert; it may be there by now"))


def _host(evidence: Evidence) -> Line:
    row = evidence.row
    if row.host_name is None and row.host_distance is None:
        return Line("host", NOTHING, 'no Mangrove galaxy (nearby, massive) within 60"')
    far = length(row.host_distance) if row.host_distance is not None and row.host_distance > 0 else "distance unknown"
    found = offset(row, evidence.record)
    if found is None:
        where = 'within 60"'
    else:
        where = f'{found[0]:.1f}" from its centre' + (f", {found[1]:.1f} kpc" if found[1] is not None else "")
    return Line("host", f"{row.host_name or 'galaxy'}, {far}", f"{where}; if it is the host")


def _absolute(far: list[Distance]) -> Line:
    best = next((one for one in far if one.magnitude is not None), None)
    if best is None:
        return Line("absolute", NOTHING, "no distance in the alert" if not far else "no magnitude")
    return Line("absolute", f"M {magnitude(best.magnitude)} {best.of}".rstrip(), f"{best.source}; {best.left_out}")
