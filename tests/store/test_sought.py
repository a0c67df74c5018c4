"""The search in this machine's alerts, beside a plain model of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.row import AlertRow
from fink_tui.sky.coordinates import Cone, separation
from fink_tui.store import searches
from fink_tui.store.sought import Sought, seek
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import searched
from tests.store.making import NOW, SOURCE, results, sql

VALUES: dict[str, Sequence[Any]] = {
    "object_id": ["ZTF26a", "ZTF26b", "170055002004914266"],
    "survey": ["ztf", "ztf", "lsst", "mma"],
    "label": ["SN candidate", "Unknown"],
    "tns_type": [None, None, "SN Ia"],
    "simbad_type": [None, "QSO", "RR*"],
    "sso_name": [None, None, "8467", "2015 ZF4"],
    "mag_rate": [None, -0.1, 0.1, 0.0],
    "mag_change": [None, -0.2, 0.2],
}
"""What alerts are, by turns."""

PLACES = [
    *(
        (ra, dec)
        for ra in (0.0, 0.3, 10.0, 100.0, 180.0, 359.9, 360.0)
        for dec in (-90.0, -89.5, -0.2, 0.0, 30.4, 90.0)
    ),
    *((ra / 7, 89.0 + ra % 10 / 10) for ra in range(0, 2520, 250)),
    *((100 + step / 50, 30 + step % 7 / 20) for step in range(50)),
]


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory, demo_alerts: list[DemoAlert]) -> Iterator[tuple[Store, list[Any]]]:
    """A store, and its alerts as columns with their topics, the first with id 1."""
    with Store(tmp_path_factory.mktemp("sought")) as store:
        (one, *_) = [found for found in results(demo_alerts[:1]) if isinstance(found, Decoded)]
        turns = {name: itertools.cycle(values) for name, values in VALUES.items()}
        made, rows = [], []
        for number, (ra, dec) in enumerate(PLACES):
            columns = {name: next(turn) for name, turn in turns.items()}
            row = one.row._replace(alert_id=str(number), ra=ra, dec=dec, obs_mjd=61000.0 + number * 7 % 11, **columns)
            topic = ["fink_sn_ztf", "fink_sn_ztf_old", "fink_kn_ztf"][number % 3]
            made.append(one._replace(row=row, packet=one.packet._replace(topic=topic)))
            rows.append((number + 1, row, topic))
        inbox = store.inbox()
        inbox.receive(made, SOURCE, [], NOW)
        inbox.close()
        yield store, rows


def fits(row: AlertRow, topic: str, sought: Sought) -> bool:
    change = row.mag_rate if row.mag_rate is not None else row.mag_change
    trend = "" if change is None else "rising" if change < 0 else "fading" if change > 0 else ""
    cone = sought.cone
    return all(
        (
            not sought.object_ids or row.object_id in sought.object_ids,
            cone is None or separation(cone.ra, cone.dec, row.ra, row.dec) <= cone.radius,
            sought.start is None or row.obs_mjd >= sought.start,
            sought.stop is None or row.obs_mjd <= sought.stop,
            sought.survey in ("", row.survey),
            not sought.labels or row.label in sought.labels,
            not sought.tns_types or row.tns_type in sought.tns_types,
            not sought.simbad_types or row.simbad_type in sought.simbad_types,
            not sought.sso_names or row.sso_name in sought.sso_names,
            not sought.topics or topic in sought.topics,
            sought.trend in ("", trend),
        )
    )


def model(rows: list[tuple[int, AlertRow, str]], sought: Sought) -> list[int]:
    """What is to be found."""

    def key(one: tuple[int, AlertRow, str]) -> tuple[float, float, bool, int]:
        number, row, _ = one
        cone = sought.cone
        distance = 0.0 if cone is None else separation(cone.ra, cone.dec, row.ra, row.dec)
        return distance, -row.obs_mjd, row.survey == "mma", -number

    found = [one for one in rows if fits(one[1], one[2], sought)]
    if sought.once:
        newest: dict[tuple[str, str], tuple[int, AlertRow, str]] = {}
        for one in sorted(found, key=lambda one: (-one[1].obs_mjd, one[1].survey == "mma", -one[0])):
            newest.setdefault((one[1].survey.replace("mma", "ztf"), one[1].object_id), one)
        found = list(newest.values())
    return [number for number, *_ in sorted(found, key=key)][: sought.n]


def some(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    known = sorted({value for value in VALUES[name] if value is not None})
    return st.just(()) | st.lists(st.sampled_from([*known, "another"]), min_size=1, max_size=2).map(tuple)


times = st.none() | st.integers(0, 10).map(lambda day: 61000.0 + day)
cones = st.builds(
    Cone,
    ra=st.sampled_from([0.0, 0.1, 100.5, 180.0, 359.95, 360.0]) | st.floats(0, 360),
    dec=st.sampled_from([-90.0, -89.7, 0.0, 30.2, 89.9, 90.0]) | st.floats(-90, 90),
    radius=st.sampled_from([0.0, 0.001, 0.2, 1.0, 5.0, 60.0, 180.0]),
)


@given(
    sought=st.builds(
        Sought,
        object_ids=some("object_id"),
        cone=st.none() | cones,
        start=times,
        stop=times,
        survey=st.sampled_from(["", "", "ztf", "lsst"]),
        labels=some("label"),
        tns_types=some("tns_type"),
        simbad_types=some("simbad_type"),
        topics=st.just(()) | st.just(("fink_sn_ztf",)) | st.just(("fink_kn_ztf", "fink_sn_ztf")),
        trend=st.sampled_from(["", "", "rising", "fading"]),
        sso_names=some("sso_name"),
        once=st.booleans(),
        n=st.sampled_from([1, 3, 1000]),
    )
)
@example(Sought())
@example(Sought(cone=Cone(100.5, 30.2, 5.0)))
@example(Sought(cone=Cone(0.0, -90.0, 1.0)))
@example(Sought(cone=Cone(359.95, 0.0, 1.0)))
@example(Sought(cone=Cone(180.0, 89.9, 1.5), once=True))
@example(Sought(labels=("SN candidate",), trend="rising", topics=("fink_sn_ztf",)))
def test_what_is_found_is_what_fits(alerts: tuple[Store, list[Any]], sought: Sought) -> None:
    store, rows = alerts
    assert list(seek(store.database, sought)) == model(rows, sought)


def test_the_test_looks_at_something(alerts: tuple[Store, list[Any]]) -> None:
    _, rows = alerts
    for sought in (
        Sought(cone=Cone(100.5, 30.2, 5.0)),
        Sought(cone=Cone(0, 90, 1.5), once=True),
        Sought(trend="rising"),
    ):
        assert len(model(rows, sought)) > 3


@pytest.mark.parametrize(
    ("sought", "index"),
    [
        (Sought(cone=Cone(10, 20, 0.1)), "alert_cell"),
        (Sought(cone=Cone(10, 20, 0.1), labels=("SN candidate",), survey="ztf"), "alert_cell"),
        (Sought(object_ids=("ZTF26a", "ZTF26b"), survey="ztf"), "alert_object"),
        (Sought(labels=("SN candidate",), survey="ztf"), "alert_time"),
        (Sought(tns_types=("SN Ia",)), "SCAN alert"),
        (Sought(simbad_types=("QSO",)), "SCAN alert"),
        (Sought(simbad_types=("QSO",), stop=61001.0), "alert_time"),
        (Sought(topics=("fink_sn_ztf",)), "SCAN alert"),
        (Sought(topics=("fink_sn_ztf",), labels=("SN candidate",)), "alert_time"),
        (Sought(sso_names=("8467",)), "alert_sso"),
        (Sought(start=61000.0, stop=61001.0, survey="ztf"), "alert_time"),
        (Sought(), "alert_time"),
    ],
)
def test_an_index_serves(store: Store, sought: Sought, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = list[str]()
    reader = store.database.reader

    def explained() -> Any:
        connection = reader()
        execute = connection.execute

        class Explained:
            def execute(self, statement: str, values: Any) -> Any:
                plans.extend(row[3] for row in execute(f"EXPLAIN QUERY PLAN {statement}", values))
                return execute(statement, values)

            def close(self) -> None:
                connection.close()

        return Explained()

    monkeypatch.setattr(store.database, "reader", explained)
    seek(store.database, sought)
    assert any(index in plan for plan in plans), plans
    assert index != "SCAN alert" or "SCAN alert" in plans


def test_what_only_an_answer_told_of_is_found_too(store: Store, demo_alerts: list[DemoAlert]) -> None:
    ztf = [alert for alert in demo_alerts if alert.survey == "ztf"][:3]
    ids = searched(store.answers(), ztf)
    ((ra, dec, name),) = sql(store, f"SELECT ra, dec, object_id FROM alert WHERE id = {ids[1]}")
    assert ids[1] in seek(store.database, Sought(cone=Cone(float(str(ra)), float(str(dec)), 0.001)))
    assert ids[1] in seek(store.database, Sought(object_ids=(str(name),)))


# -- the history of searches ------------------------------------------------------------------------------------------


def test_the_search_asked_last_comes_first_and_each_once(store: Store) -> None:
    assert searches.last(store.database, 5) == []
    for line, found in [("ZTF26a", 1), ("class=SN Ia", 100), ("ZTF26a", 2), ("10 20 5", 0)]:
        searches.note(store.database, line, found)
    assert [(one.line, one.found) for one in searches.last(store.database, 5)] == [
        ("10 20 5", 0),
        ("ZTF26a", 2),
        ("class=SN Ia", 100),
    ]
    assert [one.line for one in searches.last(store.database, 1)] == ["10 20 5"]


def test_old_searches_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST", 3)
    for number in range(7):
        searches.note(store.database, str(number), number)
    assert [one.line for one in searches.last(store.database, 99)] == ["6", "5", "4"]
