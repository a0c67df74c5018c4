"""Fixtures of real TOMs: one of each version for a whole test run, started when the first test asks for it.

A TOM that cannot be had, or whose environment is not in the cache yet, skips the tests that need it, with the reason;
with FINK_TUI_REQUIRE_TOM=1 the environment is made, and what goes wrong fails them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.tom.certificate import Certificate, make_certificate

if TYPE_CHECKING:
    from tests.tom.server import Tom

REQUIRE = "FINK_TUI_REQUIRE_TOM"
"""The environment variable that makes the TOMs required, if it is 1."""


def required() -> bool:
    """Whether a test fails that cannot have its TOM."""
    return os.environ.get(REQUIRE) == "1"


def unavailable(reason: str) -> NoReturn:
    """Skip the test for want of a TOM, or fail it where one is required."""
    if required():
        pytest.fail(f"{REQUIRE}=1, but a TOM cannot be had. {reason}", pytrace=False)
    pytest.skip(f"A TOM cannot be had. {reason}")


@contextmanager
def running(line: str, *, custom: bool = False) -> Iterator[Tom]:
    """A TOM of one line of versions, such as `3.1`, that runs; or skip, or fail.

    Args:
        line: The line.
        custom: Whether its targets have a field of the observatory's own that is required.
    """
    from tests.tom.environment import VERSIONS, NotMadeError, TomError
    from tests.tom.server import Tom

    tom = Tom(VERSIONS[line], make=required(), custom=custom)
    reason = ""
    try:
        tom.start()
    except NotMadeError as error:
        reason = f"{error} {REQUIRE}=1 has it made: about 1 GB, and a minute or more."
    except TomError as error:
        reason = str(error)
    if reason:
        unavailable(reason)
    try:
        yield tom
    finally:
        tom.close()


@pytest.fixture(scope="session")
def tom31_server() -> Iterator[Tom]:
    """The TOM 3.1 of this test run."""
    with running("3.1") as tom:
        yield tom


@pytest.fixture(scope="session")
def tom232_server() -> Iterator[Tom]:
    """The TOM 2.32 of this test run."""
    with running("2.32") as tom:
        yield tom


@pytest.fixture(scope="session")
def tom_custom_server() -> Iterator[Tom]:
    """The TOM of this test run with targets of its own."""
    with running("3.1", custom=True) as tom:
        yield tom


@pytest.fixture
def tom31(tom31_server: Tom) -> Tom:
    """A TOM 3.1, stock and without targets; it runs, even if the test before left it stopped."""
    tom31_server.reset()
    return tom31_server


@pytest.fixture
def tom232(tom232_server: Tom) -> Tom:
    """A TOM 2.32, stock (it ignores API tokens) and without targets."""
    tom232_server.reset()
    return tom232_server


@pytest.fixture
def tom_custom(tom_custom_server: Tom) -> Tom:
    """A TOM 3.1, without targets, whose targets have a required field `programme`."""
    tom_custom_server.reset()
    return tom_custom_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for servers on loopback that only those trust who were told to."""
    openssl = shutil.which("openssl")
    if openssl is None:
        unavailable("The command openssl was not found: it makes the certificate of a TOM with TLS.")
    return make_certificate(tmp_path_factory.mktemp("certificate"), openssl)


@pytest.fixture(params=["tom31", "tom232"])
def tom(request: pytest.FixtureRequest) -> Tom:
    """Each TOM in turn, stock and without targets."""
    found: Tom = request.getfixturevalue(request.param)
    return found
