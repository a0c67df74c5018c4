"""Avro files of alerts read as packets: those of fink-client, of this program, of Fink's data transfer."""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from fink_tui.alerts.packet import ContainerError, Packet, blocks, encode, read_header
from fink_tui.alerts.text import clean


class AvroFileError(ValueError):
    """A file cannot be read as alerts; the text says why, in a sentence that names it."""


def packets_of(path: Path) -> Iterator[Packet]:
    """The packets of an Avro container file.

    Blocks of one uncompressed record are taken as they are; others are decoded and encoded again, by the file's own
    schema.

    Args:
        path: The file.

    Yields:
        Its packets: no topic, -1 for the partition, their number in the file for the offset.

    Raises:
        AvroFileError: It cannot be read, or is damaged at this point; what came before is good.
    """
    try:
        data = path.read_bytes()
        head = read_header(data)
    except OSError as error:
        raise AvroFileError(f"{path}: {error.strerror}.") from error
    except (ContainerError, EOFError) as error:
        raise AvroFileError(f"{path}: {error}.") from error
    number = 0
    end = head.end
    for block in blocks(data, head.sync, head.end):
        end = block.end
        if head.codec == "null" and block.records == 1:
            yield Packet("", -1, number, head.schema, data[block.offset : block.offset + block.length])
            number += 1
        else:
            for value in _records(path, data[: head.end] + data[block.begin : block.end]):
                yield Packet("", -1, number, head.schema, value)
                number += 1
    if end < len(data):
        raise AvroFileError(f"{path}: it is damaged after {number} alerts.")


def _records(path: Path, data: bytes) -> Iterator[bytes]:
    """The records of a file in memory, each encoded again."""
    import fastavro

    try:
        reader = fastavro.reader(io.BytesIO(data))
        if not isinstance(reader.writer_schema, dict) or reader.writer_schema.get("type") != "record":
            raise AvroFileError(f"{path}: its records are no alerts.")
        for record in reader:
            yield encode(reader.writer_schema, cast("dict[str, Any]", record))
    except AvroFileError:
        raise
    except (
        *(ValueError, EOFError, LookupError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError),
        *(OSError, zlib.error, lzma.LZMAError, fastavro.schema.SchemaParseException),  # of codecs, of the schema
    ) as error:
        raise AvroFileError(f"{path}: {clean(error) or type(error).__name__}.") from error


def avro_files(paths: list[Path]) -> list[Path]:
    """The Avro files that paths name: files themselves, and those in folders and below, by name."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.avro")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))
