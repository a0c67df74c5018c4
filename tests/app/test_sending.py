"""`t`, and taking it back: what is queued, what is said, what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.submission import Submission
from fink_tui.app.columns import SENDING_MARKS
from fink_tui.app.glance import CHANGED
from fink_tui.app.sending import how_far, standing
from fink_tui.store import decisions
from fink_tui.store.errors import StoreFullError
from fink_tui.store.outbox import Entry, Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened
from tests.app.sending import MINE, OURTOM

BOTH = (OURTOM, MINE)

pytestmark = pytest.mark.usefixtures("quick")


def entries(store: Store) -> list[Entry]:
    with closing(OutboxPages(store.database)) as pages:
        return pages.page(0)


def log(store: Store) -> list[tuple[str, str]]:
    with closing(store.database.reader()) as connection:
        return [tuple(row) for row in connection.execute("SELECT kind, detail FROM decision ORDER BY id")]


def mark(live: Live) -> str:
    """The mark of the row under the cursor."""
    return next(row[0] for row in live.rows() if row[1] == ">")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_t_queues_the_whole_alert_for_the_default_receiver_and_says_so(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, size: tuple[int, int]
) -> None:
    alert = demo_alerts[29]
    async with opened(filled, tmp_path, size, receivers=BOTH) as live:
        assert await live.decided("t") == [f"Queued for ourtom: {alert.object_id}; u takes it back for 5 s."]
        (entry,) = entries(filled)
        assert (entry.receiver, entry.alert_id, entry.state) == ("ourtom", alert.alert_id, State.QUEUED)
        assert entry.not_before - entry.queued_at == 5
        with closing(OutboxPages(filled.database)) as pages:
            assert len(pages.submission(entry.id).points) > 1, "its history, too"
        assert log(filled) == [(decisions.SEND, "ourtom")]
        await live.until(lambda: mark(live) == "t")
        assert "[queued for ourtom]" in live.text()
        assert "1 to send" in live.lines()[0]


async def test_a_second_t_is_no_second_sending_and_says_how_far_it_is(filled: Store, tmp_path: Path) -> None:
    outbox = Outbox(filled.database)
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.decided("t")
        name = entries(filled)[0].object_id
        assert await live.decided("t") == [f"{name} goes once: it waits for its turn to go to ourtom."]
        taken = outbox.take("ourtom", float("inf"))
        assert taken is not None
        assert await live.decided("t") == [f"{name} goes once: it is on its way to ourtom."]
        outbox.finish(taken[0].id, State.SENT, "made", target="1")
        assert await live.decided("t") == [f"{name} goes once: it was sent to ourtom just now."]
        assert len(entries(filled)) == 1
        assert log(filled) == [(decisions.SEND, "ourtom")]


async def test_the_mark_and_the_words_follow_without_a_key(filled: Store, tmp_path: Path) -> None:
    outbox = Outbox(filled.database)
    async with opened(filled, tmp_path, WIDE, receivers=BOTH) as live:
        await live.decided("t")

        async def sees(sign: str, words: str, status: str = "kept") -> None:
            await live.until(lambda: mark(live) == sign and words in live.text() and status in live.lines()[0])

        number = entries(filled)[0].id
        outbox.take("ourtom", float("inf"))
        await sees("^", "[going to ourtom]", "1 to send")
        outbox.ask(number, "Is it this one?", [Neighbour("7", "SN 2026abc", 1.2)])
        await sees("?", "[4: a question for ourtom]", "1 asks: press 4")
        outbox.answer(number, "new", "").result()
        await sees("t", "[queued for ourtom]")
        outbox.block("ourtom", "ourtom refuses the token. Renew it.")
        await sees("#", "ourtom refuses the token. Renew it.")
        outbox.unblock("ourtom")
        outbox.take("ourtom", float("inf"))
        outbox.finish(number, State.FAILED, "No.")
        await sees("!", "[failed at ourtom]", "1 failed")
        assert "refuses" not in live.text()
        await live.decided("t")
        await sees("t", "[queued for ourtom]")
        assert log(filled) == [(decisions.SEND, "ourtom")]
        outbox.take("ourtom", float("inf"))
        outbox.finish(number, State.EXISTS, "2 of 14 points were new", target="1")
        await sees("T", "[completed on ourtom]")
        assert "send" not in live.lines()[0]


async def test_t_right_after_a_move_is_refused_and_s_is_not(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path / "saved", receivers=BOTH) as live:
        await live.looked()
        monkeypatch.setattr("fink_tui.app.glance.LOOKED_SECONDS", 60)
        for key in ("k", "t"):
            live.app.simulate_key(key)
        await live.until(lambda: live.said == [CHANGED])
        for key in ("k", "s"):
            live.app.simulate_key(key)
        await live.until(lambda: "Saved" in "".join(live.said))
        assert entries(filled) == []
        assert log(filled)[0][0] == decisions.SAVED


async def test_t_while_the_alert_is_open_needs_that_it_was_seen_there(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.looked()
        await live.press("enter")
        with monkeypatch.context() as patch:
            patch.setattr("fink_tui.app.glance.LOOKED_SECONDS", 60)
            for key in ("left_square_bracket", "t"):
                live.app.simulate_key(key)
            await live.until(lambda: live.said == [CHANGED])
        await live.decided("t")
        assert [entry.alert_id for entry in entries(filled)] == [demo_alerts[28].alert_id]


async def test_after_another_screen_the_alert_has_to_be_seen_anew(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.looked()
        monkeypatch.setattr("fink_tui.app.glance.LOOKED_SECONDS", 60)
        for key in ("question_mark", "escape", "t"):
            live.app.simulate_key(key)
        await live.until(lambda: live.said == [CHANGED])


# -- taking back -------------------------------------------------------------------------------------------------------


async def test_u_takes_back_the_last_decision_whatever_the_cursor_is_on(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    first, second = (demo_alerts[index].object_id for index in (29, 28))
    folder = tmp_path / "saved"
    async with opened(filled, folder, receivers=BOTH) as live:
        await live.decided("s")
        (path,) = folder.iterdir()
        await live.press("k")
        await live.decided("t")
        await live.press("g")
        assert await live.decided("u") == [f"Taken back: {second} does not go to ourtom."]
        assert [entry.state for entry in entries(filled)] == [State.CANCELLED]
        assert await live.decided("u") == [f"No longer marked as saved: {first}. The file stays: {path}"]
        assert path.exists()
        assert await live.decided("u") == [
            "There is nothing more of this session to take back.",
        ]
        with closing(filled.database.reader()) as connection:
            assert {tuple(row) for row in connection.execute("SELECT DISTINCT state, sending FROM alert")} == {("", "")}
        await live.press("G")
        assert await live.decided("t") == [f"Queued for ourtom: {first}; u takes it back for 5 s."]


async def test_t_and_u_that_come_together_send_nothing(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path / "saved", receivers=BOTH) as live:
        await live.looked()
        for key in "stu":
            live.app.simulate_key(key)
        await live.decided()
        await live.until(lambda: [entry.state for entry in entries(filled)] == [State.CANCELLED])
        await live.until(lambda: mark(live) == "s")
        for key in "tut":
            live.app.simulate_key(key)
        await live.decided()
        await live.until(lambda: [entry.state for entry in entries(filled)] == [State.QUEUED])


async def test_u_comes_too_late(filled: Store, tmp_path: Path) -> None:
    outbox = Outbox(filled.database)
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.decided("t")
        taken = outbox.take("ourtom", float("inf"))
        assert taken is not None
        name = taken[0].object_id
        assert await live.decided("u") == [f"Too late: {name} is on its way to ourtom."]
        await live.press("k")
        await live.decided("t")
        outbox.finish(taken[0].id, State.SENT, "made")
        taken = outbox.take("ourtom", float("inf"))
        assert taken is not None
        outbox.finish(taken[0].id, State.SENT, "made")
        (said,) = await live.decided("u")
        assert said.startswith(f"Too late: {taken[0].object_id} was sent to ourtom.")
        assert [entry.state for entry in entries(filled)] == [State.SENT, State.SENT]


async def test_what_was_saved_twice_is_taken_back_at_once_unless_it_was_before(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    async with opened(filled, folder) as live:
        await live.decided("s")
        await live.decided("s")
        (said,) = await live.decided("u")
        assert said.startswith("No longer marked as saved")
        await live.decided("s")
    async with opened(filled, folder) as live:
        assert (await live.decided("u"))[0].startswith("There is nothing more")
        await live.decided("s")
        assert "stays marked as saved" in (await live.decided("u"))[0]
        assert mark(live) == "s"


# -- what cannot be sent -----------------------------------------------------------------------------------------------


async def test_where_nothing_can_be_sent_t_says_why(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, unsendable="A rehearsal sends nothing.") as live:
        assert await live.decided("t") == ["A rehearsal sends nothing."]
        assert log(filled) == []


async def test_of_an_old_night_the_row_alone_goes(filled: Store, tmp_path: Path) -> None:
    for path in (filled.folder / "packets").glob("*/*.avro"):
        path.unlink()
    inbox = filled.inbox()
    inbox.recover(SchemaBook(), 0.0)
    inbox.close()
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        (said,) = await live.decided("t")
        assert said.startswith("Queued for ourtom")
        assert said.endswith("only this detection goes, without its history.")
        with closing(OutboxPages(filled.database)) as pages:
            (point,) = pages.submission(1).points
        assert point.is_current


async def test_what_cannot_be_written_is_not_queued_and_said_so(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreFullError("The disk is full. Make room on it.")

    def surprise(*_: object, **__: object) -> None:
        raise RuntimeError("surprise")

    async with opened(filled, tmp_path, receivers=BOTH) as live:
        name = live.alerts.queue.current.object_id if live.alerts.queue.current else ""
        with monkeypatch.context() as patch:
            patch.setattr(Outbox, "enqueue", full)
            said = await live.decided("t")
            assert said == [f"Not queued: {name}. The disk is full. Make room on it. Press the key again then."]
            assert mark(live) == "!"
            patch.setattr(Outbox, "enqueue", surprise)
            assert await live.decided("t") == ["Not queued: RuntimeError('surprise')."]
        await live.decided("t")
        await live.until(lambda: mark(live) == "t")


async def test_no_alert_no_sending(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path, receivers=BOTH) as live:
        await live.press("t")
        assert live.said == ["There is no alert to send."]


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_state_has_words_of_its_own(filled: Store) -> None:
    outbox = Outbox(filled.database)
    told = Submission(
        survey="ztf", alert_id="1", object_id="A", ra=1.0, dec=2.0, time="t", night="n", label="l", label_reason="r",
        link="https://",
    )  # fmt: skip
    outbox.enqueue("ourtom", told).result()
    (entry,) = entries(filled)
    said = {
        state: (how_far(entry._replace(state=state, answer="No."), 0.0), standing([entry._replace(state=state)]))
        for state in State
    }
    assert len(set(said.values())) == len(State)
    assert set(SENDING_MARKS) | {State.CANCELLED} == set(State)
    assert "".join(SENDING_MARKS.values()).isascii()
    assert all("ourtom" in words for words, _ in said.values())
    assert all(("ourtom" in short) == (state is not State.CANCELLED) for state, (_, short) in said.items())
    assert how_far(entry._replace(attempts=3), 0.0) == "waits for ourtom, tried 3 times"
