"""Fink's alerts in a terminal: a live list, a light curve, a decision."""


def version() -> str:
    """The version that is installed; looked up when asked for: it takes a tenth of the time to the first picture."""
    from importlib import metadata

    try:
        return metadata.version("fink-tui")
    except metadata.PackageNotFoundError:  # run from a source tree that was not installed
        return "0"
