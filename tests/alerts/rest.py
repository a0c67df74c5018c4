"""Rows as Fink's REST API answers them, made of packets: flat, with prefixes, without a history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

ZTF_TOP = ("objectId", "schemavsn", "publisher", "fink_broker_version", "fink_science_version")
NOT_IN_DATABASE = ("brokerIngestTimestamp", "brokerStartProcessTimestamp", "brokerEndProcessTimestamp")


def rest_row(survey: str, record: Record) -> dict[str, Any]:
    """The row that the API has for an alert (`objects` of ZTF, `sources` of LSST), NaN as null as there."""
    made = _ztf(record) if survey == "ztf" else _lsst(record)
    return {column: None if value != value else value for column, value in made.items()}


def _ztf(record: Record) -> dict[str, Any]:
    made = {f"i:{name}": value for name, value in record["candidate"].items()}
    made |= {f"i:{name}": record[name] for name in ZTF_TOP if name in record}
    for name, value in record.items():
        if name in ("mangrove", "blazar_stats"):
            made |= {f"d:{name}_{inner}": text for inner, text in (value or {}).items()}
        elif name in ("lc_features_g", "lc_features_r"):
            made[f"d:{name}"] = str(list((value or {}).values())).replace("None", "null").replace("nan", "null")
        elif not isinstance(value, dict | list | bytes) and name not in (*ZTF_TOP, *NOT_IN_DATABASE, "candid"):
            made[f"d:{name}"] = value
    return made


def _lsst(record: Record) -> dict[str, Any]:
    made = {f"r:{name}": value for name, value in record["diaSource"].items()}
    made |= {f"r:{name}": record.get(name) for name in ("observation_reason", "target_name")}
    for group in ("xm", "clf"):
        made |= {f"f:{group}_{name}": value for name, value in (record.get(group) or {}).items()}
    return made | {
        f"f:{name}": record.get(name) for name in ("fink_broker_version", "fink_science_version", "lsst_schema_version")
    }
