from __future__ import annotations

import platform

import pytest

from fink_tui.stream.memory import share_arenas


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_glibc_takes_the_setting() -> None:
    assert share_arenas()
