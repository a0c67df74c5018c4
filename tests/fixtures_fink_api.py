"""The fixture of the stand-in for Fink's REST API and CDS: one for a whole test run, all well before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fink_api import FinkApi


@pytest.fixture(scope="session")
def _running_fink_api() -> Iterator[FinkApi]:
    with FinkApi() as api:
        yield api


@pytest.fixture
def fink_api(_running_fink_api: FinkApi) -> Iterator[FinkApi]:
    """The stand-in: running, nothing wrong with it, nothing asked of it yet."""
    _running_fink_api.reset()
    yield _running_fink_api
    _running_fink_api.faults.clear()
