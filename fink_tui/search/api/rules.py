"""What the arguments of an endpoint must be together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from fink_tui.search.api import names
from fink_tui.search.api.endpoint_table import Endpoint
from fink_tui.search.api.times import iso, moment
from fink_tui.search.errors import QuestionError

FIRST_SEEN = "f:firstDiaSourceMjdTaiFink"
"""The column without which LSST's cone search refuses dates."""

Rule = Callable[[Endpoint, Mapping[str, str], datetime], None]


def _in_order(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    start, stop = ("start_date", "stop_date") if found.argument("start_date") else ("startdate", "stopdate")
    if start in given and stop in given:
        first, last = moment(given[start], now), moment(given[stop], now)
        if first > last:
            raise QuestionError(f"{start} {iso(first)} is after {stop} {iso(last)}: nothing is between. Swap the two.")


def _one_window(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if "window" in given and "stopdate" in given:
        raise QuestionError("window and stopdate both say where to end. Give one of them.")
    if "window" in given and "startdate" not in given:
        raise QuestionError("window needs a startdate: without one Fink ignores it. Give both.")
    if "window" in given and float(given["window"]) == 0:
        raise QuestionError("window is 0 days: nothing is in it. Give a larger one.")


def _dates_of_rubin(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    dated = {"startdate", "stopdate"} & set(given)
    if found.survey == "lsst" and dated and FIRST_SEEN not in given.get("columns", "").split(","):
        raise QuestionError(f"With dates, LSST's cone search needs the column {FIRST_SEEN}. Add it to columns.")


def _trend(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    trend, columns = given.get("trend", ""), given.get("columns", "")
    if trend.endswith("low_state") and given["class"] != names.BLAZAR_LOW:
        raise QuestionError(f"The trend {trend} exists for the class {names.BLAZAR_LOW} only. Take rising or fading.")
    if trend in ("rising", "fading") and columns and "d:mag_rate" not in columns.split(","):
        raise QuestionError(f"The trend {trend} needs the column d:mag_rate. Add it to columns.")


def _one_of(*of: str, is_needed: bool = True) -> Rule:
    def rule(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
        count = sum(name in given for name in of)
        if count > 1 or (is_needed and not count):
            what = "one of" if is_needed else "only one of"
            raise QuestionError(
                f"{found.path} takes {what}: {', '.join(of)}. {'Two are' if count > 1 else 'None is'} given."
            )

    return rule


def _metadata(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if not {"username", "comments"} & set(given):
        _one_of("objectId", "internal_name", "internal_name_encoded")(found, given, now)
        return
    if missing := [name for name in ("objectId", "internal_name", "username") if name not in given]:
        raise QuestionError(f"To write, metadata needs {', '.join(missing)} too.")


def _candidates(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given["kind"] == "orbParams" and {"start_date", "stop_date"} & set(given):
        raise QuestionError("start_date and stop_date apply to kind=lightcurves only. Leave them away, or take that.")


def _cutouts(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given["kind"] == "All" and given.get("output-format") != "array":
        raise QuestionError("kind=All gives numbers only: take output-format=array too, or one of the three images.")


def _with_cutouts(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    wanted, columns = given.get("withcutouts") == "true", given.get("columns")
    if "cutout-kind" in given and not wanted:
        raise QuestionError("cutout-kind needs withcutouts=true. Add it.")
    if wanted and columns and not {"i:objectId", "i:candid"} <= set(columns.split(",")):
        raise QuestionError("withcutouts needs the columns i:objectId and i:candid. Add them to columns.")


def _residuals(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given.get("withResiduals") == "true" and "," in given["n_or_d"]:
        raise QuestionError("withResiduals takes one object only. Ask for each by itself.")


def _versions(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if ("major_version" in given) != ("minor_version" in given):
        raise QuestionError("Of major_version and minor_version both are needed, or neither for the newest.")


RULES: dict[str, tuple[Rule, ...]] = {
    "objects": (_with_cutouts,),
    "conesearch": (_one_window, _in_order, _dates_of_rubin),
    "latests": (_in_order, _trend),
    "tags": (_in_order,),
    "sso": (_with_cutouts, _residuals),
    "ssocand": (_candidates, _in_order),
    "tracklet": (_one_of("date", "id"),),
    "cutouts": (_cutouts,),
    "anomaly": (_in_order,),
    "skymap": (_one_of("event_name", "file"),),
    "ssoft": (_one_of("sso_name", "sso_number", is_needed=False),),
    "metadata": (_metadata,),
    "schema": (_versions,),
}
"""What an endpoint's arguments must be together."""
