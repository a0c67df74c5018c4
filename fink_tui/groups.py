"""The consumer groups that were chosen at first start: `groups.yml`."""

from __future__ import annotations

from pathlib import Path

import yaml

from fink_tui.config import SURVEYS
from fink_tui.paths import replace_file
from fink_tui.yaml_file import ConfigError, closest, read_yaml, shown


def load_groups(path: Path) -> dict[str, str]:
    """The consumer groups that were chosen at first start.

    Args:
        path: The file `groups.yml`.

    Returns:
        The group of each survey for which one was chosen.

    Raises:
        ConfigError: The file cannot be used.
    """
    document = read_yaml(path, typed=False)
    if document is None or document.value is None:
        return {}
    remedy = "Remove the file: you are asked for the group again"
    if not isinstance(document.value, dict):
        raise ConfigError(path, "must hold keys with values, as in 'ztf: group'", remedy, 1)
    for survey, group in document.value.items():
        line = document.line((survey,))
        if survey not in SURVEYS:
            raise ConfigError(path, f"there is no survey {shown(survey)}", closest(survey, SURVEYS), line)
        if not is_group(group):
            raise ConfigError(path, f"the group of {survey} must be text without blanks", remedy, line)
    return dict(document.value)


def is_group(group: object) -> bool:
    """Whether something can be the id of a consumer group: up to 255 printable characters, no blanks."""
    return isinstance(group, str) and 0 < len(group) <= 255 and group.isprintable() and " " not in group


def save_group(path: Path, survey: str, group: str) -> None:
    """Remember the consumer group that was chosen for a survey. Other surveys keep theirs.

    Args:
        path: The file `groups.yml`; its folder is made where it is not there.
        survey: `ztf` or `lsst`.
        group: The id of the group.

    Raises:
        ConfigError: The file cannot be used or written.
        ValueError: There is no such survey, or it cannot be the id of a group.
    """
    if survey not in SURVEYS:
        raise ValueError(f"there is no survey {survey}")
    if not is_group(group):
        raise ValueError("the id of a group is text without blanks")
    groups = load_groups(path) | {survey: group}
    text = "# The consumer group of each survey, as chosen at first start. `group` in config.yml comes before it.\n"
    text += yaml.safe_dump(groups, allow_unicode=True)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as cause:
        reason = cause.strerror or "it cannot be written"
        raise ConfigError(path, f"cannot be written: {reason}", "Check the folder's permissions and the disk") from None
