"""Large answers, made quickly: for benches, and for what must stay small in memory."""

from __future__ import annotations

import msgspec

from tests.fink_api import sky
from tests.fink_api.reading import JD, iso
from tests.fink_api.reply import cell


def ztf_rows(count: int, *, object_id: str | None = None) -> bytes:
    """The body of an answer of `objects` or `latests`, all columns, newest first.

    Args:
        count: How many rows.
        object_id: Whose they are; None for a different object in each.
    """
    patterns = [
        {name: cell(value) for name, value in sorted(alert.row.items())}
        for alert in sky.ztf()
        if "zz" not in alert.object_id
    ][:60]
    rows = []
    for number in range(count):
        row = dict(patterns[number % len(patterns)])
        mjd = sky.NIGHT + 0.4 - number * 0.001
        row["i:objectId"] = object_id or _name(number)
        row["i:candid"] = 3 * 10**18 + number
        row["i:jd"] = row["i:jdendhist"] = round(mjd + JD, 7)
        row["i:jdstarthist"] = round(mjd + JD - 9, 7)
        row["i:ra"], row["i:dec"] = number * 0.618034 % 1 * 360, -20 + number * 0.001 % 80
        row |= {"v:classification": "SN candidate", "v:constellation": "Lyra", "v:lapse": 9.0}
        row |= {"v:lastdate": iso(mjd), "v:firstdate": iso(mjd - 9), "d:tracklet": ""}
        rows.append(row)
    return msgspec.json.encode(rows)


def _name(number: int) -> str:
    """An objectId of its own."""
    return "ZTF25" + "".join(chr(97 + number // 26**power % 26) for power in range(6, -1, -1))
