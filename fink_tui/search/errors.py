"""What can go wrong when Fink, or another service of the network, is asked: one tree, as httpx has it.

    SearchError
    ├── QuestionError        the question makes no sense; nothing was asked
    ├── LinkError            nobody could be reached, or the answer broke off
    ├── SlowError            no answer within the server's own time limit
    ├── RefusedError         the service said why it does not answer
    ├── BrokenError          the service failed, or its answer makes no sense
    ├── LargeError           the answer is larger than what is taken
    └── CancelledError       the observer no longer wants it

The text of each is one sentence or two for the observer: what happened, what it means, what to do.
"""

from __future__ import annotations


class SearchError(Exception):
    """A question has no answer."""


class QuestionError(SearchError):
    """The question makes no sense: it is not asked."""


class LinkError(SearchError):
    """The service cannot be reached, or the link broke."""


class SlowError(SearchError):
    """The service did not answer in time."""


class RefusedError(SearchError):
    """The service refuses the question, and says why."""


class BrokenError(SearchError):
    """The service failed, or answered what cannot be read."""


class LargeError(SearchError):
    """The answer is larger than what is taken."""


class CancelledError(SearchError):
    """Nobody waits for the answer any longer."""
