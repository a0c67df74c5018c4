"""`python -m tests.fink_api [PORT]`: run the stand-in until Ctrl-C, and print the lines for config.yml."""

from __future__ import annotations

import math
import sys
import threading
import time

import click

from tests.fink_api import sky
from tests.fink_api.catalogue import events, rocks, tns
from tests.fink_api.server import FinkApi


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("port", type=click.IntRange(0, 65533), default=0)
def main(port: int) -> None:
    """Run the stand-in for Fink's API and the CDS until Ctrl-C, and print the lines for config.yml.

    With a PORT it takes that one and the next two, else free ones. The sky's last night is today's.
    """
    night = math.floor(time.time() / 86400 + 40587) - 1.0
    with FinkApi(night, port) as api:
        objects = list(
            dict.fromkeys(alert.object_id for alert in reversed(sky.ztf(night)) if "zz" not in alert.object_id)
        )
        sources = list(dict.fromkeys(alert.object_id for alert in reversed(sky.lsst(night))))
        print(api.config, flush=True)
        print("# ZTF objects:", *objects[:6])
        print("# LSST objects:", *[ident for ident in sources if ident.isdigit()][:4])
        print("# crowded places (ZTF, LSST):", *sky.ZTF_CROWD, "and", *sky.LSST_CROWD)
        print(
            "# Solar System:",
            *[rock.name for rock in rocks("ztf", night)][:3],
            *[rock.name for rock in rocks("lsst", night)][:2],
        )
        print("# TNS:", ", ".join(str(row["d:fullname"]) for row in list(tns("ztf", night).values())[:3]))
        print("# GW events:", *[event.name for event in events(night)], flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


if __name__ == "__main__":
    main(prog_name="python -m tests.fink_api")
