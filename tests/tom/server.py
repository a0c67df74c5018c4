"""A real TOM for the tests: TOM Toolkit of one version, on loopback, with users, groups and tokens.

It runs in an environment of its own (`tests/tom/environment.py`), and dies with the process that started it.
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from tests.loopback import HOST, NoPortError, free_ports
from tests.tom.contents import Contents, StoredDatum
from tests.tom.environment import TomError, tom_python
from tests.tom.page import Point, light_curve

T = TypeVar("T")

SERVE = Path(__file__).with_name("serve.py")
"""What the TOM's own Python runs."""

START_TIMEOUT = 120.0
"""Seconds in which a TOM must serve: 5 on an idle machine, all of them imports."""

COMMAND_TIMEOUT = 60.0
"""Seconds in which it must carry out what it is asked."""


@dataclass(frozen=True)
class Options:
    """What may differ between TOMs of one version; as it is made by the toolkit's set-up, unless said.

    Attributes:
        tokens: Whether API tokens are honoured; None as stock: by 3.x they are, by 2.x they are silently ignored.
        locked: `AUTH_STRATEGY = 'LOCKED'`.
        login_required: `IsAuthenticated` for the whole API.
        target_permissions_only: `TARGET_PERMISSIONS_ONLY`.
        debug: `DEBUG`.
        page_size: How many rows an answer has at most, unless the request says.
        token_days: After how many days a token expires (3.1 only); never, if None.
    """

    tokens: bool | None = None
    locked: bool = False
    login_required: bool = False
    target_permissions_only: bool = True
    debug: bool = False
    page_size: int = 100
    token_days: int | None = None


@dataclass(frozen=True)
class _Described:
    version: str
    tokens: dict[str, str]
    groups: dict[str, int]


class Tom:
    """One TOM with its own data; a context manager that starts it and, at the end, removes it.

    Its address and data last as long as the object: `start` after `stop` or `kill` brings the same TOM back. Its users
    are alice and bob (of the groups Public and nightcrew), carol (of Public) and admin, a superuser; the password of
    each is `pw-` and the name.

    Args:
        version: The toolkit's, such as `3.1.0`.
        make: Whether to make its environment if that is not there.
        custom: Whether its targets have a field of the observatory's own, `programme`, that is required.
    """

    def __init__(self, version: str, *, make: bool = False, custom: bool = False) -> None:
        self.version = version
        self.folder: Path | None = None
        self._make = make
        self._custom = custom
        self._port = 0
        self._options = Options()
        self._process: subprocess.Popen[bytes] | None = None
        self._described: _Described | None = None
        self._said = b""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Where and what it is

    @property
    def url(self) -> str:
        """Its site, with a slash at the end; the same for the object's life.

        Raises:
            TomError: It was never started.
        """
        if not self._port:
            raise TomError("The TOM was never started: it has no port yet.")
        return f"http://{HOST}:{self._port}/"

    @property
    def pid(self) -> int | None:
        """The process that runs it; None while it is stopped."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def stock_tokens(self) -> bool:
        """Whether a TOM of this version honours API tokens, as it is made by the toolkit's set-up."""
        return int(self.version.split(".")[0]) >= 3

    def token(self, user: str) -> str:
        """The API token of a user; a TOM that ignores tokens gives them all the same."""
        return self._known().tokens[user]

    def password(self, user: str) -> str:
        """The password of a user."""
        return f"pw-{user}"

    def group(self, name: str) -> int:
        """The id of a group."""
        return self._known().groups[name]

    def log(self, lines: int = 15) -> str:
        """The last lines of what it wrote, in all its starts."""
        path = self.folder / "tom.log" if self.folder else None
        if path is None or not path.exists():
            return "(no log)"
        return "\n".join(path.read_text(errors="replace").strip().splitlines()[-lines:]) or "(the log is empty)"

    # Its life

    def start(self, timeout: float = START_TIMEOUT) -> None:
        """Start it, at the address, with the data and the options it had; does nothing if it runs.

        Args:
            timeout: Seconds in which it must serve.

        Raises:
            TomError: Its environment cannot be had, or it did not start.
        """
        if self.pid is not None:
            return
        self._ended()
        python = tom_python(self.version, make=self._make)
        if self.folder is not None:
            self._launch(python, timeout)
            self._ask("configure", None, **asdict(self._options))
            return
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="fink-tui-tom-"))
            atexit.register(self.close)
            for attempts_left in (2, 1, 0):
                (self._port,) = free_ports(1)
                try:
                    self._launch(python, timeout)
                    break
                except TomError:
                    # Only now may the port change: nobody has been told it yet.
                    if not attempts_left or "Address already in use" not in self.log(200):
                        raise
        except NoPortError as error:
            self.close()
            raise TomError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Stop it. Its data stay as they are."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """Kill it where it stands: SIGKILL. Its data stay as they are."""
        self._end(lambda process: process.kill())

    def close(self) -> None:
        """Kill it, if it runs, and remove its folder."""
        self.kill()
        atexit.unregister(self.close)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
        self._port = 0

    # What a test does with it

    def reset(self, options: Options | None = None) -> None:
        """Put its data back as they were at the beginning, and set its options; start it, if it does not run.

        What is still being served is first served to its end.
        """
        self._options = options or Options()
        self.start()
        self._described = self._ask("reset", _Described, **asdict(self._options))

    def configure(self, options: Options) -> None:
        """Set its options; the data stay."""
        self._options = options
        self._ask("configure", None, **asdict(options))

    def contents(self) -> Contents:
        """What its database holds now."""
        return self._ask("contents", Contents)

    def add_user(self, name: str, groups: Sequence[str] = ()) -> None:
        """Make a user, in these groups, which are made if need be."""
        self._described = self._ask("add_user", _Described, name=name, groups=list(groups))

    def age_token(self, user: str, days: float) -> None:
        """Let a user's token have been made so many days earlier: see `Options.token_days`."""
        self._ask("age_token", None, user=user, days=days)

    def add_target(
        self,
        name: str,
        ra: float,
        dec: float,
        *,
        aliases: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        users: Sequence[str] = (),
        groups: Sequence[str] = (),
        viewers: Sequence[str] = (),
    ) -> int:
        """Make a target that only superusers, these users and these groups see.

        Args:
            name: Its name.
            ra: Right ascension, degrees.
            dec: Declination, degrees.
            aliases: Its other names.
            tags: Its tags.
            users: Who may see, change and delete it.
            groups: Whose members may.
            viewers: Who may only see it.

        Returns:
            Its id.
        """
        return self._ask(
            "add_target",
            int,
            name=name,
            ra=ra,
            dec=dec,
            aliases=list(aliases),
            tags=dict(tags or {}),
            users=list(users),
            groups=list(groups),
            viewers=list(viewers),
        )

    def add_points(self, target: int, points: Iterable[StoredDatum]) -> None:
        """Add photometry to a target: a thousand points in a tenth of a second."""
        self._ask("add_points", None, target=target, points=[asdict(point) for point in points])

    def page(self, target: int, user: str) -> str:
        """The page of a target, HTML, as a user sees it who has logged in at the TOM's own login page.

        Raises:
            TomError: The TOM did not let the user in, or did not show the page.
        """
        with httpx.Client(base_url=self.url, timeout=COMMAND_TIMEOUT, trust_env=False) as browser:
            login = "accounts/login/"
            browser.get(login)
            # The toolkit's own page calls the name `username` (2.x); the one of allauth calls it `login` (3.x).
            form = {"username": user, "login": user, "password": self.password(user)}
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            answer = browser.post(login, data=form, headers={"Referer": f"{self.url}{login}"})
            if "sessionid" not in browser.cookies:
                raise TomError(f"The TOM did not let {user} in: {answer.status_code}.")
            answer = browser.get(f"targets/{target}/")
            if answer.status_code != httpx.codes.OK:
                raise TomError(f"The TOM did not show {user} target {target}: {answer.status_code}.\n{self.log()}")
            return answer.text

    def plotted(self, target: int, user: str) -> dict[str, tuple[Point, ...]]:
        """The light curve on the page of a target, as a user sees it: what is plotted, by its name in the legend.

        Raises:
            TomError: The TOM did not let the user in, or did not show the page.
        """
        return light_curve(self.page(target, user))

    # How

    def _launch(self, python: Path, timeout: float) -> None:
        """Start the process, and wait until it serves; if it does not, leave nothing running."""
        assert self.folder is not None
        others = ("PYTHON", "DJANGO", "FINK_", "XDG_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        # What its packages keep in a home, such as a list of the machine's fonts, is kept with the packages.
        own |= {"HOME": str(python.parents[1] / "home"), "FINK_TUI_TOM_FOLDER": str(self.folder)}
        own["FINK_TUI_TOM_CUSTOM"] = f"{self._custom:d}"
        try:
            with (self.folder / "tom.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [python, SERVE, str(self._port)],
                    cwd=self.folder,
                    env=own,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl+C is for the tests
                )
            with self._lock:
                self._described = self._answer(_Described, time.monotonic() + timeout, "start")
        except OSError as error:
            self.kill()
            raise TomError(f"The TOM could not be started: {error}.") from error
        except BaseException:
            self.kill()
            raise

    def _ask(self, what: str, kind: type[T] | None, **arguments: Any) -> T:
        """Ask for something that is not in the API, and wait for the answer."""
        with self._lock:
            if self._process is None or self._process.stdin is None:
                raise TomError("The TOM does not run.")
            try:
                self._process.stdin.write(msgspec.json.encode({"do": what, **arguments}) + b"\n")
                self._process.stdin.flush()
            except OSError as error:
                raise TomError(f"The TOM has ended.\n{self.log()}") from error
            answer: T = self._answer(kind, time.monotonic() + COMMAND_TIMEOUT, what)
            return answer

    def _answer(self, kind: Any, deadline: float, what: str) -> Any:
        """Read one line, and give the answer in it."""
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._said:
            left = deadline - time.monotonic()
            if left < 0 or not select.select([pipe], [], [], left)[0]:
                raise TomError(f"The TOM did not {what} in time.\n{self.log()}")
            more = os.read(pipe, 1 << 16)
            if not more:
                raise TomError(f"The TOM ended before it could {what}.\n{self.log()}")
            self._said += more
        line, _, self._said = self._said.partition(b"\n")
        said = msgspec.json.decode(line)
        if "error" in said:
            raise TomError(f"The TOM did not {what}: {said['error']}.\n{self.log()}")
        return msgspec.convert(said["answer"], kind)

    def _known(self) -> _Described:
        if self._described is None:
            raise TomError("The TOM was never started.")
        return self._described

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self.pid is not None and self._process is not None:
            how(self._process)
            self._process.wait()
        self._ended()

    def _ended(self) -> None:
        """Forget a process that has ended."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None
        self._said = b""
