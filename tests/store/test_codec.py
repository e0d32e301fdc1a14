"""Stored values: their format, what is refused, and that nothing of them is told."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call
from qa_pipeline.store import codec
from qa_pipeline.store.codec import FORMAT, Unreadable, encode, pack, packed_text, unpack
from tests.factories import A, C, call

HIDDEN = "geheim"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_packed_and_unpacked(text: str) -> None:
    kept = call((A, text), (C, "喂"))
    assert unpack(Call, pack(kept)) == kept


def test_the_first_format_is_plain_text() -> None:
    kept = call((A, "您好"), (C, "喂"))
    assert unpack(Call, encode(kept)) == kept


def test_long_values_become_small() -> None:
    kept = call(*[(A, f"您好，这里是第{i}句") for i in range(200)])
    assert pack(kept)[0] == FORMAT
    assert len(pack(kept)) * 5 < len(encode(kept).encode())


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x02",
        b"\x02" + HIDDEN.encode(),
        b"\xff" + zlib.compress(b"{}"),
        b"\x01" + zlib.compress(b"{}"),
        packed_text('{"said": "' + HIDDEN + '"}'),
        packed_text(HIDDEN),
        pack(call((A, HIDDEN)))[:-9],
        HIDDEN,
    ],
)
def test_anything_else_is_refused_without_quoting_it(stored: bytes | str) -> None:
    with pytest.raises(Unreadable) as caught:
        unpack(Call, stored)
    assert HIDDEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_swells_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_MAX_BYTES", 1000)
    with pytest.raises(Unreadable):
        unpack(Call, pack(call((A, "您好" * 2000))))


def test_older_formats_go_through_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = call((A, "您好"))
    seen: list[int] = []

    def step(number: int) -> object:
        return lambda value: seen.append(number) or value

    monkeypatch.setattr(codec, "FORMAT", 4)
    monkeypatch.setattr(codec, "UPGRADES", {"Call": {1: step(1), 3: step(3)}, "Scorecard": {2: step(2)}})
    assert unpack(Call, encode(kept)) == kept
    assert seen == [1, 3]
