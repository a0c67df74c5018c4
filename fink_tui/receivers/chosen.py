"""What is sent of a submission: as the observer chose for it, else as the settings say."""

from __future__ import annotations

import re

from fink_tui.alerts.submission import Choices, Submission, SubmittedPoint, history_of
from fink_tui.receivers.receiver import RejectedError

FIELDS = ("topic", "night", "survey", "label")
"""What may stand in braces in the template of a list's name."""

_FIELD = re.compile(rf"\{{({'|'.join(FIELDS)})\}}")


def template_problem(template: str) -> str:
    """What is wrong with the template of a list's name, as a sentence without a full stop; "" where nothing is."""
    rest = _FIELD.sub("", template)
    if "{" not in rest and "}" not in rest:
        return ""
    return f"It may have {', '.join(f'{{{field}}}' for field in FIELDS)} in it, and no other braces"


def list_name(told: Submission, choices: Choices, template: str) -> str:
    """The name of the list that the target is put in; "" for none.

    Args:
        told: The submission.
        choices: What the observer chose.
        template: What the settings say: text in which `{topic}` is the alert's first topic, `{night}` the evening's
            date, `{survey}` and `{label}` those of the alert.
    """
    values = {"topic": told.topics[0] if told.topics else told.survey, "night": told.night}
    values |= {"survey": told.survey, "label": told.label}
    chosen = template if choices.target_list is None else choices.target_list
    return _FIELD.sub(lambda found: values[found[1]], chosen).strip()


def points(told: Submission, choices: Choices, history: str) -> list[SubmittedPoint]:
    """The points that are sent.

    Args:
        told: The submission.
        choices: What the observer chose.
        history: What the settings say.

    Raises:
        RejectedError: The choice is no history.
    """
    chosen = history if choices.history is None else choices.history
    try:
        return history_of(told, chosen)
    except (ValueError, OverflowError):
        raise RejectedError("How much history is sent must be all, latest, or a number of days.") from None
