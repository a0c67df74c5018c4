"""A sky that needs no network: a generator of alerts, and a broker inside the process that sends them.

The alerts have the layouts of Fink's live streams, ZTF, LSST and GRB/GW, and what a night brings: supernovae that rise
and fade, a kilonova, a gamma-ray burst's afterglow, variable stars, active galaxies, asteroids, cosmic rays. All of it
is made up, no packet is copied.
"""

from __future__ import annotations

from fink_tui.stream.demo.broker import DemoBroker
from fink_tui.stream.demo.packets import TOPICS, DemoAlert, alerts

__all__ = ["TOPICS", "DemoAlert", "DemoBroker", "alerts"]
