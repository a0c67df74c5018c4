"""What is known of the line to the terminal."""

from __future__ import annotations

import pytest

from fink_tui.app.link import LONGEST_REST, LOST_SECONDS, Link


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(clock: Clock) -> Link:
    return Link(clock)


def picture(link: Link, size: int = 1000) -> bool:
    link.sent(size)
    link.taken(size)
    return link.painted()


def test_a_terminal_that_never_answers_is_asked_once(link: Link, clock: Clock) -> None:
    assert picture(link)
    for _ in range(5):
        clock.now += 60
        assert not picture(link)
        assert not link.is_waiting
        assert not link.is_behind()


def test_what_the_kernel_does_not_take_is_waited_for(link: Link, clock: Clock) -> None:
    link.sent(1000)
    link.painted()
    clock.now += 2
    link.taken(999)
    assert link.is_waiting
    assert link.is_behind()
    link.taken(1)
    assert not link.is_behind()
    assert link.is_busy, "the line is left to the keys"
    clock.now += LONGEST_REST
    assert not link.is_busy


def answered(link: Link, clock: Clock, seconds: float) -> None:
    assert picture(link)
    clock.now += seconds
    link.answered()
    assert not link.is_behind()


def test_an_answer_that_is_late_is_waited_for(link: Link, clock: Clock) -> None:
    answered(link, clock, 0.2)
    picture(link)
    clock.now += 0.3
    assert link.is_waiting
    assert not link.is_behind(), "the line is long, but not slow"
    clock.now += 0.5
    assert link.is_behind()
    assert not picture(link), "one question at a time"
    link.answered()
    assert not link.is_behind()
    assert not link.is_waiting
    assert link.is_busy


def test_a_line_that_is_long_but_quick_is_never_busy(link: Link, clock: Clock) -> None:
    for _ in range(3):
        answered(link, clock, 0.2)
        assert not link.is_busy


def test_a_quick_line_is_never_busy(link: Link, clock: Clock) -> None:
    for _ in range(3):
        picture(link)
        clock.now += 0.02
        assert not link.is_behind()
        assert not link.is_busy


def test_an_answer_that_was_lost_is_not_waited_for(link: Link, clock: Clock) -> None:
    answered(link, clock, 0.1)
    picture(link)
    clock.now += LOST_SECONDS
    assert not link.is_behind()
    assert not link.is_waiting
    answered(link, clock, 0.1)


def test_after_a_while_in_the_background_nothing_is_waited_for(link: Link, clock: Clock) -> None:
    answered(link, clock, 0.1)
    picture(link)
    link.sent(10)
    clock.now += 1
    assert link.is_behind()
    link.forget()
    assert not link.is_waiting
    assert not link.is_behind()


def test_an_answer_that_nobody_asked_for(link: Link) -> None:
    link.answered()
    assert not link.is_waiting
    assert not link.is_behind()
