"""A stand-in for Fink's REST API, ZTF's and LSST's, and for CDS: the real ones cannot be reached from the tests.

It is no mock of our own requests: it holds alerts, and answers any request as the sources of Fink's server say that
the real one would. Each behaviour names its evidence: a file of github.com/astrolabsoftware/fink-object-api (v3.5.0,
paths below apps/routes/v1 or apps/utils), or a section of the project's notes on Fink, fink.md, or a body seen.

To try the program by hand:

    python -m tests.fink_api

starts it with a sky of the last weeks and prints the lines for config.yml. The fixture is `fink_api`.
"""

from __future__ import annotations

from tests.fink_api.faults import Fault, Faults
from tests.fink_api.server import FinkApi, Served

__all__ = ["Fault", "Faults", "FinkApi", "Served"]
