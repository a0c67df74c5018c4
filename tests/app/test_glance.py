"""Whether the observer has had the time to see what a key is about to act on."""

from __future__ import annotations

import pytest

from fink_tui.app.glance import LOOKED_SECONDS, Glance


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def glance(clock: Clock) -> Glance:
    return Glance(clock)


def test_what_was_painted_has_to_be_looked_at(glance: Glance, clock: Clock) -> None:
    assert not glance.has_seen(1)
    glance.painted(1)
    glance.arrived(0.0)
    clock.now += LOOKED_SECONDS - 0.01
    assert not glance.has_seen(1)
    clock.now += 0.02
    assert glance.has_seen(1)
    assert not glance.has_seen(2), "current, and not painted yet"


def test_painting_it_again_is_no_change(glance: Glance, clock: Clock) -> None:
    glance.painted(1)
    glance.arrived(0.0)
    clock.now += 1
    glance.painted(1)
    assert glance.has_seen(1)
    glance.painted(2)
    glance.painted(1)
    assert not glance.has_seen(1)


def test_a_picture_that_is_late_has_not_been_seen(glance: Glance, clock: Clock) -> None:
    glance.painted(1)
    clock.now += 10
    assert not glance.has_seen(1)
    glance.arrived(0.0)
    assert not glance.has_seen(1)
    clock.now += LOOKED_SECONDS + 0.01
    assert glance.has_seen(1)


def test_a_picture_that_nobody_asked_about_takes_as_long_as_others(glance: Glance, clock: Clock) -> None:
    glance.painted(1)
    glance.arrived(0.5)
    clock.now += 0.5 + LOOKED_SECONDS - 0.01
    assert not glance.has_seen(1)
    clock.now += 0.02
    assert glance.has_seen(1)


def test_after_another_screen_it_has_to_be_seen_anew(glance: Glance, clock: Clock) -> None:
    glance.painted(1)
    glance.arrived(0.0)
    clock.now += 1
    glance.forget()
    assert not glance.has_seen(1)
    glance.painted(1)
    assert not glance.has_seen(1)
