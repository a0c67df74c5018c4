"""YAML files that people write: read with the line of everything in them, so that an error can name it.

The YAML is read by the rules of YAML 1.2 (its core schema): `no` is text, not false, and `-70:44` is text, not a
number to the base 60.
"""

from __future__ import annotations

import difflib
import math
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 256 * 1024
"""A longer file is not one that a person wrote as settings."""

MAX_VALUES = 20_000
"""Values that a file may hold once its aliases are followed: a few lines of aliases of aliases make billions."""
Place = tuple[str | int, ...]
"""Where a value is in a file: keys, and places in lists from 0."""


class ConfigError(Exception):
    """A file of settings that cannot be used: where, what is wrong, and what to do about it."""

    def __init__(self, origin: Path | str, problem: str, remedy: str, line: int | None = None) -> None:
        self.origin = str(origin)
        """The file, or what else the settings are from."""
        self.line = line
        """The line, from 1."""
        self.problem = problem
        """What is wrong: a clause without a full stop."""
        self.remedy = remedy
        """What to do about it: a sentence without a full stop, or a question."""
        where = self.origin if line is None else f"{self.origin}, line {line}"
        super().__init__(f"{where}: {problem}. {remedy}" + ("" if remedy.endswith("?") else "."))


class Document(NamedTuple):
    """A YAML file, read."""

    value: Any
    """What it holds: dict, list, str, int, float, bool or None."""

    lines: dict[Place, int]
    """The line of each key and list item, from 1; that of the whole under the empty path."""

    def line(self, path: Place) -> int | None:
        """The line of a value, or of the nearest value around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(
    path: Path, *, typed: bool = True, secret: bool = False, error: type[ConfigError] = ConfigError
) -> Document | None:
    """Read a YAML file, with the line of everything in it.

    Args:
        path: The file.
        typed: Whether plain scalars become numbers and booleans, by YAML 1.2's core schema; else they stay text.
        secret: Whether the file may hold secrets: then nothing of its text is in the errors, nor in their context.
        error: The class of the errors.

    Returns:
        What it holds, or None where there is no such file.

    Raises:
        ConfigError: It cannot be read or is not YAML; of the class `error`.
    """
    text = _read_text(path, error)
    if text is None:
        return None
    import yaml  # most have no such file, and wait for their screen

    problem: ConfigError | None = None
    node: yaml.Node | None = None
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as cause:
        problem = _syntax_error(path, text, cause, secret, error)
    except (yaml.YAMLError, ValueError, OverflowError) as cause:  # ValueError: an escape that is no character
        place = getattr(cause, "position", None)
        line = text.count("\n", 0, place) + 1 if isinstance(place, int) else None
        what = "holds a character that YAML does not allow"
        problem = error(path, what, "Remove it; a text editor may show it as a box or not at all", line)
    except RecursionError:
        problem = error(path, "is nested too deeply", "Check its brackets")
    if problem is not None:  # raised here, so that the parser's error, which quotes the text, is not its context
        raise problem
    return _Reader(path, typed, secret, error).read(node)


def _read_text(path: Path, error: type[ConfigError]) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would make us wait for ever
            what = "is a folder" if path.is_dir() else "is not a file"
            raise error(path, what, "Move it away, or put a YAML file in its place")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            remedy = "Remove the link, or make the file that it points to"
            raise error(path, "is a link to a file that is not there", remedy) from None
        return None
    except OSError as cause:
        reason = cause.strerror or "it cannot be read"
        remedy = "Check its permissions and those of its folder"
        raise error(path, f"cannot be read: {reason}", remedy) from None
    if len(content) > MAX_BYTES:
        raise error(path, f"is larger than {MAX_BYTES // 1024} kB", "Check that it is the file that is meant")
    position = -1
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        position = cause.start
    line = content.count(b"\n", 0, position) + 1
    raise error(path, "is not UTF-8 text", "Save it as UTF-8, which every editor can", line)


def _syntax_error(
    path: Path, text: str, cause: yaml.MarkedYAMLError, secret: bool, error: type[ConfigError]
) -> ConfigError:
    mark = cause.problem_mark or cause.context_mark
    line = None if mark is None else mark.line + 1
    lines = text.splitlines()
    content = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "\t" in content[: mark.column + 1 if mark else 0]:
        return error(path, "has a tab where YAML wants blanks", "Indent with blanks", line)
    what = "is not valid YAML"
    if not secret and cause.problem:
        what += f" ({shown(cause.problem)})"
    remedy = "Check brackets, quotes and indentation; a value with any of : # { } [ ] , & * ! | > % @ goes in quotes"
    return error(path, what, remedy, line)


_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_STANDARD = "tag:yaml.org,2002:"


class _Reader:
    """Makes values of YAML nodes and notes their lines."""

    def __init__(self, path: Path, typed: bool, secret: bool, error: type[ConfigError]) -> None:
        self.path = path
        self.typed = typed
        self.secret = secret
        self.error = error
        self.lines: dict[Place, int] = {}
        self.count = 0
        self.open: set[int] = set()

    def read(self, node: yaml.Node | None) -> Document:
        self.lines[()] = 1 if node is None else _line(node)
        return Document(None if node is None else self.value(node, ()), self.lines)

    def value(self, node: yaml.Node, at: Place) -> Any:
        from yaml import MappingNode, ScalarNode

        self.count += 1
        if id(node) in self.open or self.count > MAX_VALUES or len(at) > 50:
            self.fail(node, "holds too much, or an alias within itself", "Write the values out, without & and *")
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if node.tag not in (_STANDARD + "map", _STANDARD + "seq"):
            self.fail_tag(node)
        self.open.add(id(node))
        value = self.mapping(node, at) if isinstance(node, MappingNode) else self.sequence(node, at)
        self.open.remove(id(node))
        return value

    def mapping(self, node: yaml.MappingNode, at: Place) -> dict[str, Any]:
        from yaml import ScalarNode

        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.fail(key_node, "has brackets where a key should be", "Put text that holds brackets in quotes")
            key = self.text(key_node)
            if key in out:
                first = self.lines[*at, key]
                self.fail(key_node, f"has the key {shown(key)} twice, first on line {first}", "Remove one of them")
            self.lines[*at, key] = _line(key_node)
            out[key] = self.value(value_node, (*at, key))
        return out

    def sequence(self, node: yaml.Node, at: Place) -> list[Any]:
        out = []
        for index, item in enumerate(node.value):
            self.lines[*at, index] = _line(item)
            out.append(self.value(item, (*at, index)))
        return out

    def scalar(self, node: yaml.ScalarNode) -> str | int | float | bool | None:
        text = self.text(node)
        if node.style:  # quoted, or a block
            return text
        if _NULL.match(text):
            return None
        if not self.typed:
            return text
        if _BOOL.match(text):
            return text.lower() == "true"
        if _INT.match(text) and len(text) <= 300:
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.match(text) and math.isfinite(number := float(text)):
            return number
        return text

    def text(self, node: yaml.ScalarNode) -> str:
        if node.tag not in (_STANDARD + "str", "!"):
            self.fail_tag(node)
        text: str = node.value
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.fail(node, "holds half a character (a surrogate)", "Write the character itself")
        return text

    def fail_tag(self, node: yaml.Node) -> NoReturn:
        what = "has a tag, a value that begins with !"
        self.fail(node, what, "Put text that begins with ! in quotes")

    def fail(self, node: yaml.Node, problem: str, remedy: str) -> NoReturn:
        raise self.error(self.path, problem, remedy, _line(node))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def shown(text: str, longest: int = 60) -> str:
    """Text of a file as an error may show it: no control characters, not too long."""
    safe = text if text.isprintable() else repr(text)[1:-1]
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def closest(word: str, known: Iterable[str]) -> str:
    """The remedy for a word that is unknown: the known one most like it, or all of them."""
    known = list(dict.fromkeys(known))
    close = difflib.get_close_matches(word.lower(), known, n=1)
    return f"Did you mean {close[0]}?" if close else "It can be " + ", ".join(known)
