"""Word lists: what a file may hold, in which encodings, and every mistake at its line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.word_list import (
    EMPTY,
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_MISTAKES,
    MAX_SPELLINGS,
    MAX_WORDS,
    WordList,
    read_word_list,
    word_list,
)
from qa_pipeline.resources import demo_dir


def written(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "words.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def mistakes(folder: Path, content: str | bytes) -> list[str]:
    with pytest.raises(UserError) as error:
        read_word_list(written(folder, content))
    return str(error.value).splitlines()


def test_one_word_a_line_with_comments_and_blank_lines(tmp_path: Path) -> None:
    content = "# people\n\n林佳怡\n  陈思远   # team one\n＃ offers\n5G畅享套餐\nC#课程\nFernhill   Broadband\n"
    read = read_word_list(written(tmp_path, content))
    assert read.words == ("林佳怡", "陈思远", "5G畅享套餐", "C#课程", "Fernhill Broadband")
    assert read.spellings == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_of_all_systems_read_the_same(tmp_path: Path, encoding: str, end: str) -> None:
    plain = read_word_list(written(tmp_path, "林佳怡\n云桥通信"))
    assert read_word_list(written(tmp_path, f"林佳怡{end}云桥通信{end}", encoding)) == plain


def test_full_width_and_traditional_forms_are_folded(tmp_path: Path) -> None:
    read = read_word_list(written(tmp_path, "ＷｉＦｉ放大器\n雲橋通訊\n５Ｇ　套餐\n"))
    assert read.words == ("WiFi放大器", "云桥通讯", "5G套餐")


def test_duplicates_are_one_word_in_the_first_writing(tmp_path: Path) -> None:
    read = read_word_list(written(tmp_path, "WiFi\nwifi\nWi Fi\nＷＩＦＩ\n林佳怡\n林佳怡: 林家一\n"))
    assert read.words == ("WiFi", "林佳怡")
    assert read.spellings == (("林家一", "林佳怡"),)


def test_wrong_spellings_stand_behind_a_colon(tmp_path: Path) -> None:
    read = read_word_list(written(tmp_path, "林佳怡：林家一，林嘉仪、林加宜\nKindle: Kin doll; Kendo # heard often\n"))
    assert read.words == ("林佳怡", "Kindle")
    assert read.spellings == (
        ("林家一", "林佳怡"),
        ("林嘉仪", "林佳怡"),
        ("林加宜", "林佳怡"),
        ("Kin doll", "Kindle"),
        ("Kendo", "Kindle"),
    )


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    content = f"林佳怡\n12345\n{'长' * (MAX_CHARACTERS + 1)}\n——\n林\n陈思远，赵志鹏\n孙美玲:\n陈思远: 林佳怡\n"
    assert mistakes(tmp_path, content) == [
        "words.txt:2: '12345' holds no letter or Chinese character",
        f"words.txt:3: {'长' * MAX_CHARACTERS!r}…: longer than 20 characters; write names, not sentences",
        "words.txt:4: '——' holds no letter or Chinese character",
        "words.txt:5: '林': one character is too little to tell it from other words",
        "words.txt:6: '陈思远,赵志鹏': write one word a line",
        "words.txt:7: no wrong spelling stands behind the colon",
        "words.txt:8: '林佳怡' is a word of the list; it cannot be a wrong spelling of '陈思远'",
    ]


def test_a_spelling_belongs_to_one_word(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, "林佳怡: 林家一\n林嘉仪: 林家一\n")
    assert told == "words.txt:2: '林家一' is a wrong spelling of '林佳怡' too (line 1)"


def test_spellings_have_a_limit(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, "林佳怡: " + ",".join(f"林佳{chr(0x4E00 + i)}" for i in range(MAX_SPELLINGS + 1)))
    assert told == f"words.txt:1: more than {MAX_SPELLINGS} wrong spellings"


def test_many_mistakes_are_counted_after_the_first(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "1\n" * (MAX_MISTAKES + 7))
    assert len(told) == MAX_MISTAKES + 1
    assert told[-1] == "and 7 more"


def test_a_list_too_long_says_which_line_is_too_much(tmp_path: Path) -> None:
    names = [f"name{number}" for number in range(MAX_WORDS + 1)]
    assert len(read_word_list(written(tmp_path, "\n".join(names[:-1]))).words) == MAX_WORDS
    (told,) = mistakes(tmp_path, "\n".join(names))
    assert told == f"words.txt:{MAX_WORDS + 1}: is word {MAX_WORDS + 1}; keep the {MAX_WORDS} that matter most"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "holds no word"),
        (b"# nothing yet\n\n", "holds no word"),
        (b"PK\x03\x04 sheet", "workbook or document"),
        (b"\xd0\xcf\x11\xe0 sheet", "workbook or document"),
        (b"a\x00b\x00", "no plain text"),
        (b"\x81", "no plain text"),
        (b"\xff\xfe\x00", "no plain text"),
        (b"x" * (MAX_BYTES + 1), "larger than 256 KiB"),
    ],
)
def test_files_that_are_no_word_list(tmp_path: Path, content: bytes, expected: str) -> None:
    (told,) = mistakes(tmp_path, content)
    assert told.startswith("words.txt: ")
    assert expected in told


@pytest.mark.parametrize("name", ["absent.txt", ".", "a\0b"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_word_list(tmp_path / name)


def test_the_revision_follows_what_the_list_says_and_nothing_else(tmp_path: Path) -> None:
    first = read_word_list(written(tmp_path, "林佳怡\n陈思远\n"))
    assert read_word_list(written(tmp_path, "# people\n林佳怡\n\n陈思远  # x\n林佳怡")).revision == first.revision
    others = ["陈思远\n林佳怡\n", "林佳怡\n", "林佳怡陈思远\n", "林佳怡\n陈思远: 陈思源\n"]
    revisions = {read_word_list(written(tmp_path, content)).revision for content in others}
    assert len(revisions | {first.revision, EMPTY.revision}) == len(others) + 2


def test_the_prompt_holds_as_many_words_as_fit() -> None:
    words = WordList(("林佳怡", "云桥通信", "光纤"))
    assert words.prompt(100) == "林佳怡，云桥通信，光纤"
    assert words.prompt(8) == "林佳怡，云桥通信"
    assert words.prompt(7) == "林佳怡"
    assert words.prompt(2) == ""


def test_the_demo_has_a_list() -> None:
    assert {"云桥通信", "林佳怡", "陈思远", "赵志鹏", "孙美玲"} <= set(read_word_list(demo_dir() / "words.txt").words)


@given(st.lists(st.text("林佳怡陈思远云桥abcXYZ", min_size=2, max_size=8), min_size=1, max_size=30))
def test_what_is_read_reads_the_same_again(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = read_word_list(written(Path(folder), "\n".join(words)))
        again = read_word_list(written(Path(folder), "\n".join(first.words)))
    assert again == first == word_list(first.words)
    assert {word.casefold() for word in first.words} == {word.casefold() for word in words}


@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            assert read_word_list(written(Path(folder), content)).words
        except UserError as error:
            assert str(error).startswith("words.txt")
