"""What is sent of a submission: as the observer chose for it, else as the settings say."""

from __future__ import annotations

import string

from fink_tui.alerts.submission import Choices, Submission, SubmittedPoint, history_of
from fink_tui.receivers.receiver import RejectedError
from fink_tui.yaml_file import closest, shown

LIST_FIELDS = ("topic", "night", "survey")
"""What can stand in braces in the name of a target list."""


def template_problem(template: str) -> tuple[str, str] | None:
    """What is wrong with the template of a list's name, and what to do; None where nothing is."""
    try:
        fields = [(name, form, change) for _, name, form, change in string.Formatter().parse(template)]
    except ValueError:
        return "target_list has a brace without its other half", "Write it as in fink_{topic}"
    for name, form, change in fields:
        if name is not None and (name not in LIST_FIELDS or form or change):
            what = f"target_list has {{{shown(name)}}}, which stands for nothing"
            return what, closest(name, LIST_FIELDS)
    return None


def list_name(told: Submission, choices: Choices, template: str) -> str:
    """The name of the list that the target is put in; "" for none.

    Args:
        told: The submission.
        choices: What the observer chose.
        template: What the settings say.

    Raises:
        RejectedError: The choice is no template.
    """
    chosen = template if choices.target_list is None else choices.target_list
    if (problem := template_problem(chosen)) is not None:
        raise RejectedError(". ".join(problem) + ".")
    topic = told.topics[0].removeprefix("fink_") if told.topics else told.survey
    return chosen.format(topic=topic, night=told.night, survey=told.survey).strip()


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
