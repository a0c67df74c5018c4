"""Waiting that ends when nobody wants the answer any longer: an event loop of its own for each request.

A blocking client cannot be called back while it waits for a server that works for two minutes, nor while the system
looks up a name on a dead line. A coroutine can: it is cancelled wherever it is, and takes its connection with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fink_tui.search.errors import CancelledError

T = TypeVar("T")

LOOK_SECONDS = 0.1
"""Between two looks at whether the answer is still wanted."""


class _Loop(asyncio.SelectorEventLoop):
    """A loop that no lookup of a name holds up: neither its end nor that of the program."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        found = self.create_future()

        def settle(answer: Any, error: OSError | UnicodeError | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(answer)
            else:
                found.set_exception(error)

        def look_up() -> None:
            answer, problem = None, None
            try:
                answer = socket.getaddrinfo(host, port, **options)
            except (OSError, UnicodeError) as error:
                problem = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self.call_soon_threadsafe(settle, answer, problem)

        # A lookup cannot be broken off, and a pool's thread would be waited for when the program ends.
        threading.Thread(target=look_up, name="lookup", daemon=True).start()
        return await found


def run_wanted(
    work: Coroutine[Any, Any, T], is_cancelled: Callable[[], bool], look: Callable[[], None] = lambda: None
) -> T:
    """Run a coroutine to its end, or until its result is no longer wanted.

    Args:
        work: What is run, in an event loop of its own in this thread.
        is_cancelled: Whether it is no longer wanted; asked ten times a second.
        look: Called as often, to tell how far it is.

    Raises:
        CancelledError: It is no longer wanted. What it had opened is closed.
    """

    async def watched() -> T:
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                if is_cancelled():
                    raise CancelledError("It was broken off.")
                look()
                await asyncio.wait({task}, timeout=LOOK_SECONDS)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(watched())
