"""Whether a TOM honours our login, which none of its answers to what is sent says.

A TOM ignores a login of a kind that it does not know, such as tokens before 3.0, and takes all that is sent as from
nobody: it answers "created", and none but its administrators see what was. So a login that is certainly wrong is tried
first; only where that is refused does it mean something that ours is not.
"""

from __future__ import annotations

import base64
import math
import secrets
import time
from collections.abc import Callable

from fink_tui.credentials import Secret
from fink_tui.receivers.answers import Login, LoginError
from fink_tui.receivers.http import JsonClient
from fink_tui.receivers.receiver import AwayError, BlockedError, FaultError, RejectedError
from fink_tui.receivers.tom_api import TomApi
from fink_tui.receivers.tom_settings import TomSettings

READ_AGAIN = 60.0
"""Seconds after which a secret that is good is read again, for it may have been changed."""

LEFT_ALONE = 300.0
"""Seconds in which a secret that was refused is not sent again: accounts are locked for less."""

LOCKED = (
    "If the TOM is closed to all who have not logged in on its pages (AUTH_STRATEGY LOCKED), its manager must add "
    "'/api/*' to OPEN_URLS"
)


class TomLogin:
    """The login at one TOM: verified when it is needed, and remembered."""

    def __init__(
        self,
        settings: TomSettings,
        client: JsonClient,
        api: TomApi,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make it; nothing is asked yet.

        Args:
            settings: The TOM's.
            client: The client, which gets the login once it is verified.
            api: The TOM's API over that client.
            clock: Seconds.
        """
        self._settings = settings
        self._client = client
        self._api = api
        self._clock = clock
        self._good: Secret | None = None
        self._read_at = -math.inf
        self._refused: tuple[Secret, float, LoginError] | None = None
        self.groups: dict[int, str] = {}
        """The names of the groups that the login is in, by their numbers: as they were when it was verified."""

    def forget(self) -> None:
        """Verify it again when it is next needed."""
        self._good = None
        self._client.login = None

    def verify(self) -> None:
        """Make sure that the TOM knows whom it is told things by.

        Raises:
            AwayError: Nobody answers.
            BlockedError: The login is refused, or ignored; or there is none.
        """
        now = self._clock()
        # A command is not run again as long as all is well: it may want a touch, or a password.
        if self._good is not None and (self._settings.secret.command or now - self._read_at < READ_AGAIN):
            return
        secret = self._settings.secret.read()
        self._read_at = now
        if secret == self._good:
            return
        self.forget()
        if self._refused is not None and self._refused[0] == secret and now < self._refused[1]:
            error, what = self._refused[2], self._settings.secret.what
            minutes = f"{LEFT_ALONE / 60:.0f} minutes"
            again = f"It was not asked again: the same {what} is tried every {minutes}, another at once"
            raise LoginError(error.host, error.status, error.reason, f"{error.remedy}. {again}")
        login = self.login(secret)
        try:
            self.check_scheme()
            self.groups = self._api.groups(login)
        except LoginError as error:
            problem = LoginError(error.host, error.status, error.reason, error.remedy + self._hint(error))
        except (FaultError, RejectedError) as error:  # about nothing that is sent: it may pass
            raise AwayError(str(error)) from None
        else:
            self._good, self._refused, self._client.login = secret, None, login
            return
        self._refused = secret, now + LEFT_ALONE, problem
        raise problem

    def check_scheme(self) -> None:
        """Make sure that a wrong login is refused.

        Raises:
            BlockedError: It is not: the TOM ignores logins of this kind.
        """
        token = self._settings.auth == "token"
        # Nobody has either of these: a wrong password of a real user's could lock the account.
        wrong = secrets.token_hex(20) if token else f"fink-tui-{secrets.token_hex(8)}"
        try:
            self._api.groups(Login(self._header(Secret(wrong), wrong), "Nobody was to have it"))
        except LoginError:
            return
        if token:
            raise BlockedError(
                "This TOM ignores API tokens, as TOM Toolkit 2.x does, and would take all that is sent as from nobody. "
                "Set auth: basic with username and password_file."
            )
        raise BlockedError(
            "This TOM ignores passwords (HTTP Basic), and would take all that is sent as from nobody. "
            "Set auth: token with token_file."
        )

    def login(self, secret: Secret) -> Login:
        """What requests say about who sends them.

        Raises:
            BlockedError: It is no token, or no password.
        """
        source = self._settings.secret
        if self._settings.auth == "basic":
            where = f"that {source.origin} gives" if source.command else f"in {source.origin}"
            remedy = f"Check the username {self._settings.username} and the password {where}"
        else:
            how = (
                f"Let {source.origin} give a valid token"
                if source.command
                else f"Put a valid token into {source.origin}"
            )
            remedy = f"{how}; your profile page on the TOM shows it"
        if source.variable is not None:
            remedy += ". Then start the program again"
        return Login(self._header(secret, self._settings.username), remedy)

    def _header(self, secret: Secret, username: str) -> Secret:
        if self._settings.auth == "basic":
            pair = f"{username}:{secret.reveal()}".encode()
            return Secret("Basic " + base64.b64encode(pair).decode())
        token = secret.reveal().strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            origin = self._settings.secret.origin
            raise BlockedError(
                f"What {origin} gives is no API token: it has blanks or other signs in it. Put it there, alone."
            )
        return Secret(f"Token {token}")

    def _hint(self, error: LoginError) -> str:
        """What else may be the matter where a TOM refuses a login: whether it refuses everybody."""
        if error.status == 401:
            return ""
        try:
            self._api.root()
        except LoginError:
            return f". {LOCKED}"
        except BlockedError:
            return ""
        return ""
