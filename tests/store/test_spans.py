"""Each row of a body is found by its place."""

from __future__ import annotations

import json
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.store import spans as module
from fink_tui.store.answers import Answers, Kept
from fink_tui.store.spans import BodyError
from tests.store.asking import answered, body

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    rows=st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=6),
    indent=st.sampled_from([None, 0, 2]),
    around=st.sampled_from([b"", b" ", b"\r\n\t "]),
    is_ascii=st.booleans(),
    piece=st.sampled_from([2, 20, 60, module.PIECE]),
)
def test_each_row_is_where_its_span_says(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    indent: int | None,
    around: bytes,
    is_ascii: bool,
    piece: int,
) -> None:
    content = around + json.dumps(rows, indent=indent, ensure_ascii=is_ascii).encode(errors="replace") + around
    path = tmp_path_factory.getbasetemp() / "body.json"
    path.write_bytes(content)
    answers = Answers.__new__(Answers)  # neither needs the database
    kept = Kept(1, "q", path, 0.0, len(content))
    with patch.object(module, "PIECE", piece):
        spans = answers.spans(kept)
    assert [json.loads(content[offset : offset + length]) for offset, length in spans] == json.loads(content)
    assert [answers.value(kept, span) for span in spans] == json.loads(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"status": "error"}', b"[{}", b"[{}] []", b"{'status': 'error'}", b"<html></html>", b"null", b"1",
     b"[{},{},{},]", b"[{},{},,{}]", b"[{},{},{}", b'{"a":[{},{},{}]}'],
)  # fmt: skip
def test_what_is_no_list_of_rows_is_told(answers: Answers, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = answered(answers, "q", content)
    for piece in (module.PIECE, 5):
        monkeypatch.setattr(module, "PIECE", piece)
        with pytest.raises(BodyError, match="no list of rows"):
            answers.spans(kept)


def test_a_large_body_is_read_piece_by_piece(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Reading:
        def decode(self, text: bytes, rows: msgspec.json.Decoder[list[msgspec.Raw]] = module._ROWS) -> object:
            read.append(len(text))
            return rows.decode(text)

    kept = answered(answers, "q", body([{"n": n, "text": "}, {" * (n % 7)} for n in range(1000)]))
    whole = answers.spans(kept)
    monkeypatch.setattr(module, "_ROWS", Reading())
    monkeypatch.setattr(module, "PIECE", 1000)
    assert answers.spans(kept) == whole
    assert max(read) <= 1001
