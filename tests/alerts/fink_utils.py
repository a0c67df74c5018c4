"""What fink-utils makes of magnitudes and fluxes, in an environment of its own that is kept in the tests' cache.

`python -m tests.alerts.fink_utils` writes anew the table of its values that the tests compare with where it cannot be
installed.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cache import cache_base

VERSION = "0.79.0"
"""Of fink-utils."""

TABLE = Path(__file__).with_name("fink_utils_values.json")

MAKE_TIMEOUT = 300.0
"""Seconds that one step of making the environment may take."""

PROGRAM = """
import importlib.util, json, sys, types, warnings
warnings.simplefilter("ignore")
if importlib.util.find_spec("pyspark") is None:
    # It only decorates: 400 MB that nothing here needs.
    functions, kinds = types.ModuleType("pyspark.sql.functions"), types.ModuleType("pyspark.sql.types")
    functions.pandas_udf = lambda *_: lambda function: function
    kinds.MapType = kinds.StringType = kinds.FloatType = lambda *_: None
    for name, module in {"pyspark": types.ModuleType("pyspark"), "pyspark.sql": types.ModuleType("pyspark.sql"),
                         "pyspark.sql.functions": functions, "pyspark.sql.types": kinds}.items():
        sys.modules[name] = module
import pandas as pd
from fink_utils.photometry import conversion
cases = json.load(sys.stdin)
apparent = []
for magpsf, sigmapsf, magnr, sigmagnr, sign in cases["apparent"]:
    about = (magpsf, sigmapsf, magnr, sigmagnr, sign)
    apparent.append([*map(float, (*conversion.dc_mag(*about), *conversion.apparent_flux(*about)))])
rubin = [[float(one["mag"]), float(one["mag_err"])] for one in conversion.rubin_flux_to_mag(
    pd.Series([flux for flux, _ in cases["rubin"]]), pd.Series([err for _, err in cases["rubin"]]))]
json.dump({"apparent": apparent, "rubin": rubin}, sys.stdout)
"""


class NotHereError(RuntimeError):
    """fink-utils cannot be installed; the message says why."""


def cases() -> dict[str, list[list[Any]]]:
    """What is converted: differences of both signs, brighter and fainter than the reference; fluxes of LSST."""
    apparent = [
        [magpsf, sigmapsf, magnr, sigmagnr, sign]
        for (magpsf, sigmapsf), (magnr, sigmagnr), sign in itertools.product(
            [(16.449285, 0.090517), (18.5, 0.05), (20.7, 0.25)],
            [(14.591, 0.021), (18.2, 0.03), (21.5, 0.2), (-999.0, -999.0)],
            ["t", "f", "1", "0"],
        )
    ]
    return {"apparent": apparent, "rubin": [[1.0, 0.1], [912.3, 120.0], [191474.06, 564.878], [3.631e12, 1e9]]}


def fink_utils_values() -> dict[str, list[list[float]]]:
    """What fink-utils makes of the cases: magnitude, error, flux and error in Jy; magnitude and error of LSST.

    Raises:
        NotHereError: It cannot be installed.
    """
    try:
        done = subprocess.run(
            [str(_python()), "-c", PROGRAM],
            input=json.dumps(cases()),
            check=True,
            capture_output=True,
            text=True,
            timeout=MAKE_TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise NotHereError(f"fink-utils {VERSION} cannot be run: {said.strip()[-600:]}") from error
    found: dict[str, list[list[float]]] = json.loads(done.stdout)
    return found


def _python() -> Path:
    """The Python of its environment, made if need be; a file that is written last says that it is whole."""
    folder = cache_base() / f"fink-utils-{VERSION}-python{sys.version_info[0]}.{sys.version_info[1]}"
    python, whole = folder / "bin" / "python", folder / "whole"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (whole.exists() and python.exists()):  # the latter is a link to a Python that may have gone
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])
            pip = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--retries=1", "--timeout=10"]
            _run([*pip, "--no-deps", f"fink-utils=={VERSION}"])
            _run([*pip, "numpy<3", "pandas<4"])
            whole.touch()
    return python


def _run(command: list[str]) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=MAKE_TIMEOUT, env=environ)


if __name__ == "__main__":
    TABLE.write_text(json.dumps(fink_utils_values(), indent=1) + "\n")
