"""A question to Fink: an endpoint of its REST API with its arguments, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One request, in the API's own terms."""

    survey: str
    """`ztf` or `lsst`: whose API is asked."""

    path: str
    """The endpoint, such as `conesearch`."""

    arguments: tuple[tuple[str, str], ...] = ()
    """Names and values of its arguments. All are text: identifiers beyond 2^53 stay exact."""

    @classmethod
    def of(cls, survey: str, path: str, **arguments: object) -> Question:
        """A question; arguments that are None or blank are left out, `output_format` means `output-format`."""
        given = {
            name.replace("_format", "-format"): str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in arguments.items()
            if value not in (None, "")
        }
        return cls(survey, path, tuple(sorted(given.items())))

    @property
    def given(self) -> Mapping[str, str]:
        """Its arguments by name."""
        return dict(self.arguments)

    def but(self, **arguments: object) -> Question:
        """The same question with other arguments; None takes one away."""
        changed = {name.replace("_format", "-format"): value for name, value in arguments.items()}
        return Question.of(self.survey, self.path, **(dict(self.arguments) | changed))

    @property
    def key(self) -> str:
        """The same text for the same question: by it an answer is kept."""
        return json.dumps([self.survey, self.path, sorted(self.arguments)], separators=(",", ":"))
