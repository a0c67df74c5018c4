"""Where the tests keep what is large and was fetched once: outside the clone, so that a new clone finds it again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_base() -> Path:
    """The folder of all that the tests keep; it need not exist yet."""
    # A relative XDG_CACHE_HOME is to be ignored (XDG Base Directory Specification 0.8, "Basics").
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path.home() / ".cache"
    return base / "fink-tui-tests"
