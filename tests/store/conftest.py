"""A store's inbox and its answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fink_tui.store.answers import Answers
from fink_tui.store.inbox import Inbox
from fink_tui.store.store import Store


@pytest.fixture
def inbox(store: Store) -> Iterator[Inbox]:
    opened = store.inbox()
    yield opened
    opened.close()


@pytest.fixture
def answers(store: Store) -> Answers:
    return store.answers()
