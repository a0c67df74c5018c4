"""Screen 4: what is sent, how far it is, and what to do about it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.app.outbox_rows import OutboxRows, heading, line, next_try
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.screens.outbox import OutboxScreen
from fink_tui.app.screens.question import QuestionScreen
from fink_tui.app.screens.sent import SentScreen
from fink_tui.app.widgets.document import Document
from fink_tui.app.widgets.outbox_list import OutboxList
from fink_tui.store.outbox import Entry, Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened
from tests.app.sending import MINE, OURTOM

BOTH = (OURTOM, MINE)

pytestmark = pytest.mark.usefixtures("quick")
BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, WIDE])

FOREVER = float("inf")
NEAR = [Neighbour("7", "SN 2026abc", 0.81), Neighbour("8", "AT 2020xyz", 1.94)]


def told(number: int, name: str = "") -> Submission:
    """What is told of an alert that is not kept here."""
    return Submission(
        survey="ztf",
        alert_id=str(number),
        object_id=name or f"ZTF26aaaa{number:03d}",
        ra=1.0,
        dec=2.0,
        time="2026-11-20T03:00:00.000Z",
        night="2026-11-19",
        label="SN candidate",
        label_reason="",
        link="https://ztf.fink-portal.org/x",
    )


@pytest.fixture
def outbox(filled: Store) -> Outbox:
    """Four sendings: one sent, one failed, one that asks, one that waits."""
    found = Outbox(filled.database)
    for number in range(1, 5):
        found.enqueue("ourtom", told(number)).result()
    for number in range(1, 4):
        taken = found.take("ourtom", FOREVER)
        assert taken is not None
        assert taken[0].id == number
    found.finish(1, State.SENT, "12 points", target="1", link="https://tom.example.org/targets/1/")
    found.finish(2, State.FAILED, "A target of that name is there, and hidden from you.")
    found.ask(3, "2 targets are within 2 arcsec. Is it one of them?", NEAR)
    return found


def states(store: Store) -> list[State]:
    with closing(OutboxPages(store.database)) as pages:
        return [entry.state for entry in pages.page(0)]


def rows(live: Live) -> list[str]:
    shown = live.app.screen.query_one(OutboxList)
    return [row for row in live.lines()[shown.region.y + 1 : shown.region.bottom] if row.strip(" ▁▂▃▄▅▆▇█")]


def at_cursor(live: Live) -> str:
    return next(row for row in rows(live) if row[1] == ">")


async def on_screen_4(live: Live) -> None:
    await live.press("4")
    await live.until(lambda: isinstance(live.app.screen, OutboxScreen) and bool(rows(live)))


@BOTH_SIZES
@pytest.mark.usefixtures("outbox")
async def test_it_lists_what_is_sent_and_begins_at_what_asks(
    filled: Store, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(filled, tmp_path, size, receivers=BOTH) as live:
        assert "1 to send" in live.lines()[0]
        assert "1 failed, 1 ask" in live.lines()[0] or "!1 ?1" in live.lines()[0]
        await on_screen_4(live)
        assert [row[:12].split() for row in rows(live)] == [["T", "sent"], ["!", "failed"], ["?>asks"], ["t", "queued"]]
        assert "outbox · 4 entries" in live.text()
        assert "2 targets are within 2 arcsec. Is it one of them?  Enter answers." in live.text()
        await live.press("g")
        assert at_cursor(live).startswith("T>sent")
        assert "https://tom.example.org/targets/1/" in live.text()
        await live.press("j")
        assert "A target of that name is there, and hidden from you." in live.text()
        await live.press("1")
        assert isinstance(live.app.screen, LiveScreen)
        assert live.is_in_sight


async def test_an_empty_outbox_says_what_it_is_for(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.press(
            "4", "j", "k", "g", "G", "ctrl+d", "ctrl+u", "left", "r", "c", "y", "enter", "right_square_bracket"
        )
        assert "Nothing was sent yet. t sends an alert to ourtom." in live.text()
        await live.press("escape")
        assert isinstance(live.app.screen, LiveScreen)
    async with opened(filled, tmp_path, unsendable="A rehearsal sends nothing.") as live:
        await live.press("4")
        await live.until(lambda: "A rehearsal sends nothing." in live.text())


async def test_it_follows_what_happens_without_a_key(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("G")
        outbox.take("ourtom", FOREVER)
        await live.until(lambda: at_cursor(live).startswith("^>sending"))
        outbox.finish(4, State.EXISTS, "2 points", target="4", link="https://tom.example.org/targets/4/")
        await live.until(lambda: at_cursor(live).startswith("T>completed"))
        assert "https://tom.example.org/targets/4/" in live.text()
        outbox.enqueue("mine", told(5)).result()
        await live.until(lambda: len(rows(live)) == 5)
        assert at_cursor(live).startswith("T>completed"), "the cursor stays on its row"
        outbox.block("mine", "mine refuses the token. Renew it.")
        await live.until(lambda: live.text().count("mine refuses the token.") == 1)
        assert rows(live)[4].startswith("# held up")


async def test_retry_and_cancel(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)

        async def says(keys: Sequence[str], words: str) -> None:
            await live.press(*keys)
            await live.until(lambda: any(words in said for said in live.said))

        await says(["r"], "ZTF26aaaa003 waits for your answer about a target near it on ourtom: press 4.")
        await says(["k", "r"], "ZTF26aaaa002 goes to ourtom now.")
        await live.until(lambda: at_cursor(live).startswith("t>queued"))
        await says(["c"], "Cancelled: ZTF26aaaa002 does not go to ourtom. r sends it after all.")
        await says(["r"], "ZTF26aaaa002 goes to ourtom now.")
        await says(["g", "c"], "Too late: ZTF26aaaa001 was sent to ourtom.")
        await says(["r"], "ZTF26aaaa001 was sent to ourtom")
        await says(["G", "c"], "Cancelled: ZTF26aaaa004")
        assert states(filled) == [State.SENT, State.QUEUED, State.ASKING, State.CANCELLED]
        outbox.take("ourtom", FOREVER)
        await says(["g", "j", "c"], "Too late: ZTF26aaaa002 is on its way to ourtom.")


async def test_keys_that_come_together_with_the_one_that_opens_it_act_on_its_rows(
    filled: Store, tmp_path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fink_tui.app.glance.LOOKED_SECONDS", 60)
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        for key in "4kr1":
            live.app.simulate_key(key)
        await live.until(lambda: states(filled)[1] == State.QUEUED)
        await live.until(lambda: isinstance(live.app.screen, LiveScreen))
        for key in ("4", "enter", "s"):
            live.app.simulate_key(key)
        await live.until(lambda: isinstance(live.app.screen, QuestionScreen))
        await live.pilot.pause()
        assert states(filled)[2] == State.ASKING, "who has not seen the question cannot answer it"


async def test_the_next_that_asks_or_failed(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("g", "right_square_bracket")
        assert at_cursor(live).startswith("!>failed")
        await live.press("right_square_bracket")
        assert at_cursor(live).startswith("?>asks")
        await live.press("right_square_bracket")
        assert live.said == ["None after this one asks or has failed."]
        await live.press("left_square_bracket")
        assert at_cursor(live).startswith("!>failed")


@pytest.mark.parametrize(
    ("keys", "nearby", "target", "words", "size"),
    [
        ("s", "same", "7", "its points go to SN 2026abc.", SMALL),
        ("ja", "alias", "8", "it becomes another name of AT 2020xyz.", WIDE),
        ("jn", "new", "", "a target of its own is made.", SMALL),
    ],
)
async def test_the_question_is_answered(
    filled: Store,
    tmp_path: Path,
    outbox: Outbox,
    size: tuple[int, int],
    keys: str,
    nearby: str,
    target: str,
    words: str,
) -> None:
    async with opened(filled, tmp_path, size, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("enter")
        screen = live.app.screen
        assert isinstance(screen, QuestionScreen)
        assert "> SN 2026abc  0.8″ away  target 7" in live.text()
        assert "  AT 2020xyz  1.9″ away  target 8" in live.text()
        await live.press("question_mark")
        assert live.app.screen is screen
        await live.until(lambda: screen._glance.has_seen(0))
        await live.press(*keys)
        await live.until(lambda: any(words in said for said in live.said))
        with closing(OutboxPages(filled.database)) as pages:
            entry = pages.entry(3)
        assert entry is not None
        assert (entry.state, entry.choices.nearby, entry.choices.nearby_target) == (State.QUEUED, nearby, target)
        assert isinstance(live.app.screen, OutboxScreen)


async def test_a_question_can_wait_and_may_be_answered_elsewhere(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("enter", "escape")
        assert isinstance(live.app.screen, OutboxScreen)
        await live.press("enter")
        outbox.cancel(3).result()
        screen = live.app.screen
        assert isinstance(screen, QuestionScreen)
        await live.until(lambda: screen._glance.has_seen(0))
        await live.press("s")
        await live.until(lambda: any("no longer asks: it was taken back" in said for said in live.said))


async def test_enter_shows_all_that_is_sent(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    outbox.enqueue("gone", told(6)).result()
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("k", "enter")
        assert isinstance(live.app.screen, SentScreen)
        await live.until(lambda: '"name": "ZTF26aaaa002"' in live.text())
        assert "A target of that name is there, and hidden from you." in live.text()
        assert "What is sent:" in live.text()
        await live.press("j", "k", "space", "pageup", "G", "g", "left", "right")
        await live.press("q")
        assert isinstance(live.app.screen, OutboxScreen)
        await live.press("G", "enter")
        await live.until(lambda: "gone is not set up here; this is what it is told." in live.text())
        assert '"object_id": "ZTF26aaaa006"' in "".join(live.app.screen.query_one(Document)._lines)


async def test_the_link_is_copied_and_shown_not_opened(
    filled: Store, tmp_path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        written: list[str] = []
        assert live.app._driver is not None
        monkeypatch.setattr(live.app._driver, "write", written.append)
        await on_screen_4(live)
        for keys, copied in ((("g", "y"), "https://tom.example.org/targets/1/"), (("j", "o"), "ZTF26aaaa002")):
            await live.press(*keys)
            assert f"\x1b]52;c;{base64.b64encode(copied.encode()).decode()}\a" in written
            assert live.said == [f"Sent to the terminal's clipboard: {copied}"]


async def test_what_a_server_says_is_no_markup_and_no_sequence(filled: Store, tmp_path: Path, outbox: Outbox) -> None:
    hostile = "[/x] [@click=app.exit]no[/] \x1b[31mred"
    outbox.take("ourtom", FOREVER)
    outbox.ask(4, hostile, [Neighbour("[/y]", "[bold] 名前\x1b[2J", 1.0)])
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await on_screen_4(live)
        await live.press("G")
        assert "[/x] [@click=app.exit]no[/]" in live.text()
        await live.press("enter")
        assert "[bold] 名前" in live.text()
        assert "target [/y]" in live.text()
        assert "\x1b" not in live.text()


# -- without a screen --------------------------------------------------------------------------------------------------


def entry(**changes: object) -> Entry:
    made = Entry(
        id=1, receiver="ourtom", alert=1, survey="ztf", alert_id="1", object_id="ZTF26aabcdef", label="SN",
        state=State.QUEUED, choices=Choices(), queued_at=1000.0, not_before=1005.0, attempts=0, next_try=0.0,
        answered_at=None, answer="", target="", link="", neighbours=(),
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [20, 79, 159])
def test_a_line_is_exactly_as_wide_as_the_list(width: int) -> None:
    for one in (entry(), entry(answer="x" * 500, object_id="1" * 30, receiver="r" * 60, attempts=10**6)):
        for now in (1000.0, 1e9, 0.0):
            assert len(line(one, width, now, is_current=True)) == width
    assert len(heading(width)) == width


def test_the_next_try_is_a_time_of_day() -> None:
    assert next_try(entry(), 1000.0) == "00:16:45"
    assert next_try(entry(), 1005.0) == "now"
    assert next_try(entry(next_try=1100.0), 1050.0) == "00:18:20"
    assert next_try(entry(state=State.SENDING), 0.0) == ""


def test_the_cursor_stays_on_its_row(filled: Store, outbox: Outbox) -> None:
    with closing(OutboxPages(filled.database)) as pages:
        found = OutboxRows(pages)
        assert found.current is not None
        assert found.current.id == 3
        assert not found.refresh()
        for number in range(10, 200):
            outbox.enqueue("mine", told(number)).result()
        assert found.refresh()
        assert found.count == 194
        assert found.current.id == 3
        assert [row.id for index in range(194) if (row := found.row(index)) is not None] == list(range(1, 195))
        assert found.row(194) is None


def test_of_some_that_ask_the_first_comes_first(filled: Store, demo_alerts: Sequence[DemoAlert]) -> None:
    with closing(OutboxPages(filled.database)) as pages:
        assert OutboxRows(pages).current is None
        Outbox(filled.database).enqueue("ourtom", told(1)).result()
        rows_ = OutboxRows(pages)
        assert rows_.current is not None
