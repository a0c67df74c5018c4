from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fink_tui.store.pages import PAGE, Exposure, ListRow
from fink_tui.triage.queue import KEPT_PAGES, Queue
from tests.rows import list_row


def row(number: int, state: str = "", name: str = "") -> ListRow:
    return list_row(id=number, alert_id=str(number), object_id=name or f"ZTF{number}", state=state)


class FakeSource:
    """Rows in memory, and how often pages of them were read."""

    def __init__(self, count: int = 0, step: int = 1) -> None:
        self.rows: list[ListRow] = []
        self.step = step
        self.reads = 0
        self._is_new = True
        self.arrive(count)

    def arrive(self, count: int) -> None:
        first = len(self.rows)
        self.rows += [row((first + i + 1) * self.step) for i in range(count)]
        self._is_new = True

    def decide(self, index: int) -> None:
        self.rows[index] = self.rows[index]._replace(state="saved")
        self._is_new = True

    def has_changed(self) -> bool:
        changed, self._is_new = self._is_new, False
        return changed

    def count(self) -> int:
        return len(self.rows)

    def page(self, number: int) -> list[ListRow]:
        self.reads += 1
        return self.rows[number * PAGE : (number + 1) * PAGE]

    def exposure(self, row: ListRow) -> Exposure | None:
        return None

    def index_of(self, alert: int) -> int | None:
        return next((index for index, found in enumerate(self.rows) if found.id == alert), None)

    def find(self, text: str, start: int, *, backwards: bool = False) -> int | None:
        return self._next([found for found in self.rows if text in found.object_id], start, backwards, is_round=True)

    def undecided(self, start: int, *, backwards: bool = False) -> int | None:
        return self._next([found for found in self.rows if not found.state], start, backwards, is_round=False)

    @staticmethod
    def _next(rows: list[ListRow], start: int, backwards: bool, *, is_round: bool) -> int | None:
        if backwards:
            rows = rows[::-1]
        beyond = [found.id for found in rows if (found.id < start if backwards else found.id > start)]
        return beyond[0] if beyond else rows[0].id if rows and is_round else None


def test_it_begins_at_the_newest() -> None:
    queue = Queue(FakeSource(5))
    assert (queue.count, queue.cursor) == (5, 4)
    assert queue.current == row(5)


def test_an_empty_one_has_no_cursor_until_something_comes() -> None:
    source = FakeSource()
    queue = Queue(source)
    assert queue.cursor is None
    assert queue.current is None
    assert not queue.move(1)
    assert not queue.move_to(0)
    assert not queue.find("ZTF")
    assert not queue.next_undecided()
    source.arrive(3)
    assert queue.refresh()
    assert queue.current == row(1)


def test_refresh_reads_nothing_where_nothing_was_written() -> None:
    source = FakeSource(5)
    queue = Queue(source)
    assert not queue.refresh()
    assert queue.row(0) == queue.row(0) == row(1)
    assert source.reads == 1
    source.arrive(1)
    assert queue.refresh()
    assert not queue.refresh()


def test_a_decision_elsewhere_is_seen() -> None:
    source = FakeSource(5)
    queue = Queue(source)
    assert queue.current == row(5)
    source.decide(4)
    queue.refresh()
    assert queue.current == row(5, "saved")


def test_rows_beyond_the_ends_are_none() -> None:
    queue = Queue(FakeSource(5))
    assert queue.row(-1) is None
    assert queue.row(5) is None


def test_a_row_that_came_after_the_last_look_is_not_in_the_list_yet() -> None:
    source = FakeSource(5)
    queue = Queue(source)
    source.arrive(1)
    assert queue.row(5) is None


def test_moves_end_at_the_ends() -> None:
    queue = Queue(FakeSource(5))
    assert not queue.move(1)
    assert queue.move(-100)
    assert queue.cursor == 0
    assert not queue.move(-1)
    assert queue.move_to(99)
    assert queue.cursor == 4


def test_only_some_pages_are_kept() -> None:
    source = FakeSource(PAGE * (KEPT_PAGES + 5))
    queue = Queue(source)
    for index in range(0, queue.count, PAGE):
        assert queue.row(index) == row(index + 1)
    assert len(queue._pages) == KEPT_PAGES
    reads = source.reads
    queue.row(queue.count - 1)
    assert source.reads == reads
    queue.row(0)
    assert source.reads == reads + 1


def test_find_goes_on_from_the_cursor_both_ways() -> None:
    source = FakeSource(20)
    queue = Queue(source)
    queue.move_to(0)
    assert queue.find("ZTF1")
    assert queue.cursor == 9  # ZTF10
    assert queue.find("ZTF1", backwards=True)
    assert queue.cursor == 0
    assert not queue.find("nothing")
    assert queue.cursor == 0


def test_find_may_meet_an_alert_that_arrived_since_the_last_look() -> None:
    source = FakeSource(PAGE - 1)
    queue = Queue(source)
    assert queue.current is not None
    source.arrive(5)
    assert queue.find(f"ZTF{PAGE + 3}")
    assert queue.current == row(PAGE + 3)
    assert queue.count == PAGE + 4


def test_undecided_skips_what_is_decided() -> None:
    source = FakeSource(6)
    for index in (1, 2, 4, 5):
        source.decide(index)
    queue = Queue(source)
    queue.move_to(0)
    assert queue.next_undecided()
    assert queue.cursor == 3
    assert not queue.next_undecided()
    assert queue.next_undecided(backwards=True)
    assert queue.cursor == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 3 * PAGE)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("move"), st.integers(-2 * PAGE, 2 * PAGE)),
        st.tuples(st.just("to"), st.integers(-5, 10 * PAGE)),
        st.tuples(st.just("find"), st.integers(0, 10 * PAGE)),
        st.tuples(st.just("decide"), st.integers(0, 10 * PAGE)),
    ),
    max_size=30,
)


@given(first=st.integers(0, 2 * PAGE), step=st.integers(1, 7), steps=steps)
def test_the_cursor_stays_on_its_alert_whatever_arrives(first: int, step: int, steps: list[tuple[str, int]]) -> None:
    source = FakeSource(first, step)
    queue = Queue(source)
    for what, number in steps:
        before = queue.current.id if queue.current else None
        match what:
            case "arrive":
                source.arrive(number)
            case "look":
                queue.refresh()
            case "decide" if number < len(source.rows):
                source.decide(number)
            case "move":
                queue.move(number)
            case "to":
                queue.move_to(number)
            case "find":
                queue.find(f"ZTF{number}")
            case _:
                pass
        after = queue.current.id if queue.current else None
        if what in ("arrive", "look", "decide") and before is not None:
            assert after == before
        assert (queue.cursor is None) == (queue.count == 0)
        if queue.cursor is not None:
            assert 0 <= queue.cursor < queue.count <= len(source.rows)
            assert after == source.rows[queue.cursor].id
