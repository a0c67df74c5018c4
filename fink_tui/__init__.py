"""Fink's alerts in a terminal: a live list, a light curve, a decision."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fink-tui")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0"
