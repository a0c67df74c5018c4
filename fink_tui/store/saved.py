"""Alerts saved as files of their own, under the names that fink-client gives them: standard Avro, or Fink's JSON."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import threading
import time
from functools import lru_cache
from pathlib import Path

from fink_tui.alerts.packet import container
from fink_tui.store.errors import FULL, SaveError
from fink_tui.store.packets import make_folder, sync_folder

ABANDONED_SECONDS = 3600.0
"""A part to which nobody has written for so long, and whose process no longer lives, was left by a kill."""

_PART = re.compile(r"\..*\.([0-9]+)-[0-9]+\.part")


def save(folder: Path, stem: str, schema: bytes, value: bytes) -> Path:
    """Save one packet as standard Avro; the file is there whole or not at all.

    Args:
        folder: Where; it is made, and those above it.
        stem: The name without its ending.
        schema: The writer's schema, JSON text, as received.
        value: The datum, as received.

    Returns:
        The file.

    Raises:
        SaveError: It could not be written; what was there before still is.
    """
    return write(folder, f"{stem}.avro", container(schema, value))


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file that is there whole or not at all.

    It is written under another name, synced and then renamed. The same alert again gives the same bytes, so a file
    that holds them is left alone.

    Args:
        folder: Where; it is made, and those above it.
        name: The file's.
        content: What it holds.

    Returns:
        The file.

    Raises:
        SaveError: It could not be written; what was there before still is.
    """
    path = folder / name
    temporary = None
    try:
        make_folder(folder)
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == content:
                sync_folder(folder)  # who wrote it may have been killed before this
                return path
        temporary = folder / f".{path.stem[:80]}.{os.getpid()}-{threading.get_ident()}.part"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)  # before the name: else the loss of power could leave the name and no content
        os.replace(temporary, path)
        temporary = None
        sync_folder(folder)  # the name itself
        _remove_abandoned(folder)
    except OSError as error:
        raise SaveError(_explain(error, folder, path)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return path


@lru_cache(maxsize=8)
def _remove_abandoned(folder: Path) -> None:
    """Remove what killed processes have left of files that they wrote; what cannot be removed stays.

    Once a process and folder: some save a hundred thousand files into one.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if part := _PART.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    is_old = entry.stat(follow_symlinks=False).st_mtime < time.time() - ABANDONED_SECONDS
                    if is_old and not _lives(int(part[1])):
                        os.unlink(entry.path)


def _lives(process: int) -> bool:
    """Whether there is such a process on this machine."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another's
        return True
    return True


def probe(folder: Path) -> None:
    """Find out whether files can be saved in a folder, before it matters.

    Args:
        folder: Where; it is made.

    Raises:
        SaveError: They cannot.
    """
    path = folder / f".probe.{os.getpid()}"
    try:
        folder.mkdir(exist_ok=True, parents=True)
        path.touch()
        path.unlink()
    except OSError as error:
        raise SaveError(_explain(error, folder, path)) from error


def _explain(error: OSError, folder: Path, path: Path) -> str:
    """One sentence: what happened, what it means, and what to do."""
    elsewhere = "name another folder (save_dir, or --save)"
    if error.errno in FULL:
        return f"Not saved: no space left in {folder}. Make room, or {elsewhere}, and save it again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Not saved: {folder} cannot be written ({error.strerror}). Mend its permissions, or {elsewhere}."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"Not saved: {folder} is not a folder. Name one (save_dir, or --save)."
    if error.errno == errno.EISDIR:
        return f"Not saved: {path} is a folder. Move it away."
    return f"Not saved: {path}: {error.strerror or error}."
