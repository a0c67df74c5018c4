"""What is sent of a submission: as the observer chose for it, else as the settings say."""

from __future__ import annotations

from fink_tui.alerts.submission import Choices, Submission, SubmittedPoint, history_of
from fink_tui.receivers import tom_settings
from fink_tui.receivers.receiver import RejectedError


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
    if (problem := tom_settings.template_problem(chosen)) is not None:
        raise RejectedError(". ".join(problem) + ".")
    return tom_settings.list_name(chosen, told)


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
