"""A certificate for loopback, as an observatory makes its own: nobody trusts it who was not told to."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.loopback import HOST


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and its key.

    Attributes:
        path: The certificate: what a client gives as its bundle of authorities.
        key: The key.
    """

    path: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What a server shows it with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


def make_certificate(folder: Path, openssl: str = "openssl") -> Certificate:
    """Make one in a folder, good for two days.

    Raises:
        OSError: There is no such command.
        subprocess.CalledProcessError: It failed.
    """
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
    whose = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost"]
    where = ["-keyout", str(made.key), "-out", str(made.path)]
    subprocess.run([openssl, *kind, *whose, *where], check=True, capture_output=True, timeout=60)
    return made
