"""What a run writes about all calls: after a stop, night after night, and while a folder is watched."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.cli import batch
from tests.cli.conftest import Command, wav
from tests.cli.test_run_trouble import failing

pytestmark = pytest.mark.usefixtures("spoken")

PATTERN = ("--name-pattern", "{agent_id}_{started_at:%Y%m%d%H%M%S}")


@pytest.fixture
def nights(folder: Path) -> Path:
    """Two calls of September, then two of November."""
    for number, day in enumerate(("20200901", "20200902", "20201103", "20201104")):
        wav(folder / "in" / f"A01_{day}090000.wav", number + 1)
    return folder / "in"


def reports(out: str = "reports") -> set[str]:
    return {path.stem for path in Path(out, "periods").glob("*.xlsx")}


def inodes(kind: str) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in Path("reports", kind).glob("*.html")}


def test_reports_of_calls_that_were_done_before_a_stop_are_written_by_the_next_run(
    qa: Command, nights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qa_pipeline.pages as pages

    with monkeypatch.context() as full:
        full.setattr(pages, "write_call_page", failing(2, errno.ENOSPC, pages.write_call_page))
        assert qa("run", "in", *PATTERN).code == 2
    assert not Path("reports/periods").exists()
    answer = qa("run", "in", *PATTERN, "--json")
    assert [row["status"] for row in answer.rows] == ["skipped", "skipped", "skipped", "done"]
    assert reports() == {"2020-09", "2020-W36", "2020-11", "2020-W45"}


def test_a_night_writes_the_pages_of_what_is_new(qa: Command, nights: Path) -> None:
    assert qa("run", "in", *PATTERN).code == 0
    calls, periods = inodes("calls"), inodes("periods")
    assert len(calls) == 8
    assert qa("run", "in", *PATTERN).code == 0
    assert (inodes("calls"), inodes("periods")) == (calls, periods)
    wav(nights / "A02_20201105090000.wav", 9)
    assert qa("run", "in", *PATTERN).code == 0
    after = inodes("calls")
    # The fifth call of those without a team: from now on there is something to compare all of them with.
    assert len(after) == 10 and after.keys() > calls.keys()
    kept = {name for name, inode in inodes("periods").items() if periods.get(name) == inode}
    assert kept == {"2020-09.html", "2020-09.en.html", "2020-W36.html", "2020-W36.en.html"}


def test_watching_writes_pages_at_once_and_the_rest_at_intervals(
    qa: Command, nights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, fourth = sorted(nights.iterdir())
    seen: list[tuple[int, set[str]]] = []

    def passes(*_: object, **__: object) -> Iterator[list[Path]]:
        for found in ([first], [second], [], [third], [fourth]):
            yield found
            seen.append((len(inodes("calls")) // 2, reports()))
            if found == [third]:
                monkeypatch.setattr(batch, "ALL_CALLS_EVERY_S", 0.0)
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_pipeline.audio.watching.watch", passes)
    answer = qa("run", "in", "--watch", *PATTERN)
    assert answer.code == 0
    september, both = {"2020-09", "2020-W36"}, {"2020-09", "2020-W36", "2020-11", "2020-W45"}
    assert seen == [(1, september), (2, september), (2, september), (3, september), (4, both)]
    assert "stopping" not in answer.err and "stopped; the same command goes on from here" in answer.err


def test_watching_writes_the_rest_when_it_ends(qa: Command, nights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = sorted(nights.iterdir())

    def passes(*_: object, **__: object) -> Iterator[list[Path]]:
        yield [first]
        yield others
        assert reports() == {"2020-09", "2020-W36"}
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_pipeline.audio.watching.watch", passes)
    answer = qa("run", "in", "--watch", *PATTERN)
    assert (answer.code, reports()) == (0, {"2020-09", "2020-W36", "2020-11", "2020-W45"})
    assert "stopping: lists and reports are being written" in answer.err
    index = Path("reports/index.html").read_text("utf-8")
    assert all(Path(name).stem in index for name in inodes("calls") if ".en" not in name)


def test_failures_alone_stand_in_the_list_when_watching_ends(
    qa: Command, nights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = min(nights.iterdir())
    bad = nights / "broken.wav"
    bad.write_bytes(b"")

    def passes(*_: object, **__: object) -> Iterator[list[Path]]:
        yield [good]
        yield [bad]
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_pipeline.audio.watching.watch", passes)
    assert qa("run", "in", "--watch", *PATTERN).code == 1
    assert "broken.wav" in Path("reports/index.html").read_text("utf-8")
