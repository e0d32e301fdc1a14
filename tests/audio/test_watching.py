"""Watch mode: recordings are handed out when they are complete, once, whatever clocks, shares and copiers do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.audio import folder_scan
from qa_pipeline.audio.folder_scan import is_temporary
from qa_pipeline.audio.manifest import find_recordings
from qa_pipeline.audio.watching import WatchOptions, watch
from qa_pipeline.core.errors import UserError

OPTIONS = WatchOptions(poll_s=2.0, settle_s=10.0)
#: 2 s between polls: the sixth after the first sees a file unchanged for 10 s.
POLLS_TO_SETTLE = 5


class Inbox:
    """A watched folder with a clock that only moves when the watcher sleeps."""

    def __init__(
        self, folder: Path, options: WatchOptions = OPTIONS, *paths: str, exclude: Sequence[Path] = ()
    ) -> None:
        self.folder = folder
        self.now_s = 1000.0
        self.told: list[str] = []
        self._batches: Iterator[list[Path]] = watch(
            paths or [str(folder)],
            options,
            clock=lambda: self.now_s,
            sleep=self._sleep,
            report=self.told.append,
            exclude=exclude,
        )

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_s += seconds

    def write(self, name: str, content: bytes = b"sound") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def poll(self, times: int = 1) -> list[str]:
        """What the next passes hand out, in order."""
        batches = list(islice(self._batches, times))
        return [path.relative_to(self.folder).as_posix() for batch in batches for path in batch]

    def settle(self) -> list[str]:
        return self.poll(POLLS_TO_SETTLE + 2)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def date(path: Path, seconds_from_now: float) -> None:
    """Set the time of change: the file system notes the moment in ``ctime``, as it does for a rename."""
    when = time.time() + seconds_from_now
    os.utime(path, (when, when))


def test_a_file_is_handed_out_once_when_it_stood_still_long_enough(inbox: Inbox) -> None:
    inbox.write("a.wav")
    assert inbox.poll(POLLS_TO_SETTLE) == []
    assert inbox.poll() == ["a.wav"]
    assert inbox.poll(100) == []


def test_an_idle_pass_gives_an_empty_batch(inbox: Inbox) -> None:
    assert inbox.poll(3) == []
    assert inbox.now_s == 1000.0 + 2 * OPTIONS.poll_s


def test_a_file_that_grows_is_waited_for(inbox: Inbox) -> None:
    for length in range(1, 20):
        inbox.write("a.wav", bytes(length))
        assert inbox.poll(POLLS_TO_SETTLE - 1) == []
    assert inbox.settle() == ["a.wav"]


def test_a_file_that_is_written_over_in_its_old_size_is_waited_for(inbox: Inbox) -> None:
    for age_s in range(8, 0, -1):
        date(inbox.write("a.wav"), -age_s)
        assert inbox.poll(POLLS_TO_SETTLE - 1) == []
    assert inbox.settle() == ["a.wav"]


def test_a_file_moved_in_with_an_old_date_needs_two_passes(
    inbox: Inbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("recorder") / "a.wav"
    outside.write_bytes(b"sound")
    date(outside, -60)
    assert inbox.poll() == []
    outside.rename(inbox.folder / "a.wav")
    assert inbox.poll() == []
    assert inbox.poll() == ["a.wav"]


def test_a_temporary_name_becomes_a_recording_by_its_new_name(inbox: Inbox) -> None:
    part = inbox.write("a.wav.part")
    date(part, -60)
    assert inbox.settle() == []
    part.rename(inbox.folder / "a.wav")
    assert inbox.poll(2) == ["a.wav"]


@pytest.mark.parametrize(
    "name",
    [
        "a.wav.part",
        "a.wav.PART",
        "a.wav.tmp",
        "a.wav.crdownload",
        "a.wav.filepart",
        "a.wav~",
        "~a.wav",
        ".a.wav",
        "~$a.wav",
    ],
)
def test_temporary_names_are_never_picked_up(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"sound")
    date(tmp_path / name, -1000)
    assert is_temporary(name)
    assert Inbox(tmp_path).settle() == []
    assert Inbox(tmp_path, OPTIONS, f"{tmp_path}/*", f"{tmp_path}/**", f"{tmp_path}/*{name[-5:]}").settle() == []
    with pytest.raises(UserError, match="not complete yet"):
        watch([str(tmp_path / name)])


@pytest.mark.parametrize("name", ["a.part.wav", "party.wav", "tmp.wav", "a~b.wav", "part.2.wav"])
def test_names_that_only_look_temporary_are_recordings(name: str, inbox: Inbox) -> None:
    inbox.write(name)
    assert inbox.settle() == [name]


def test_other_files_and_hidden_folders_are_passed_over(inbox: Inbox) -> None:
    for name in ("notes.txt", "calls.csv", ".cache/a.wav", "a.wav.json"):
        inbox.write(name)
    assert inbox.settle() == []


def test_a_file_that_grows_again_is_handed_out_again(inbox: Inbox) -> None:
    inbox.write("a.wav", b"half")
    assert inbox.settle() == ["a.wav"]
    inbox.write("a.wav", b"half and half")
    assert inbox.poll(POLLS_TO_SETTLE) == []
    assert inbox.poll(2) == ["a.wav"]
    assert inbox.settle() == []


def test_a_file_replaced_by_another_of_the_same_size_is_handed_out_again(inbox: Inbox) -> None:
    date(inbox.write("a.wav", b"one.."), -500)
    assert inbox.settle() == ["a.wav"]
    new = inbox.write("b.tmp", b"two..")
    date(new, -400)
    new.replace(inbox.folder / "a.wav")
    assert inbox.settle() == ["a.wav"]


def test_a_file_deleted_before_it_settles_is_forgotten(inbox: Inbox) -> None:
    path = inbox.write("a.wav")
    assert inbox.poll(3) == []
    path.unlink()
    assert inbox.settle() == []
    inbox.write("a.wav")
    assert inbox.poll(POLLS_TO_SETTLE) == []  # counted anew
    assert inbox.poll() == ["a.wav"]


def test_an_empty_file_may_be_a_call_that_goes_on(inbox: Inbox) -> None:
    inbox.write("a.wav", b"")
    assert inbox.poll(200) == []  # 400 s
    assert inbox.poll(101) == ["a.wav"]  # it becomes a failure: nothing is lost without a word


@pytest.mark.parametrize("off_s", [-10 * 365 * 86400, 86400, 365 * 86400])
def test_dates_in_past_and_future_do_not_matter(off_s: float, inbox: Inbox) -> None:
    path = inbox.write("a.wav")
    date(path, off_s)
    assert inbox.settle() == ["a.wav"]
    assert inbox.settle() == []


def test_a_date_in_the_future_is_no_sign_of_being_complete(inbox: Inbox) -> None:
    date(inbox.write("a.wav"), 86400)
    assert inbox.poll(POLLS_TO_SETTLE) == []


def test_the_time_of_day_is_never_asked_for(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def jump() -> float:
        raise AssertionError("a clock that is set must not matter")

    inbox.write("a.wav")
    monkeypatch.setattr(time, "time", jump)
    assert inbox.settle() == ["a.wav"]


def test_files_that_lie_there_at_the_start_come_in_the_order_of_a_run(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for name in ("b.wav", "a.MP3", "sub/c.amr", "sub/deep/d.opus", "一月/录音.wav"):
        inbox.write(name)
    expected = [path.relative_to(tmp_path).as_posix() for path in find_recordings([str(tmp_path)])]
    assert inbox.settle() == expected


def test_large_batches_come_in_pieces(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, WatchOptions(max_batch=3))
    for number in range(8):
        inbox.write(f"{number}.wav")
    inbox.poll(POLLS_TO_SETTLE)
    assert [inbox.poll() for _ in range(4)] == [
        *(["0.wav", "1.wav", "2.wav"], ["3.wav", "4.wav", "5.wav"], ["6.wav", "7.wav"], []),
    ]


def test_one_recording_by_two_names_comes_once(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.wav").write_bytes(b"sound")
    (tmp_path / "calls" / "again.wav").symlink_to("a.wav")
    (tmp_path / "calls" / "loop").symlink_to(tmp_path / "calls")
    (tmp_path / "also").symlink_to(tmp_path / "calls")
    paths = [str(tmp_path), str(tmp_path / "calls"), str(tmp_path / "calls" / "a.wav"), f"{tmp_path}/**/*.wav"]
    assert len(Inbox(tmp_path, OPTIONS, *paths).settle()) == 1


def test_patterns_and_single_files(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, OPTIONS, f"{tmp_path}/*/x*.wav")
    assert inbox.settle() == []
    for name in ("team/x1.wav", "team/y.wav", "x2.wav", "new/x3.wav"):
        inbox.write(name)
    assert inbox.settle() == ["new/x3.wav", "team/x1.wav"]
    single = inbox.write("call.bin")
    alone = Inbox(tmp_path, OPTIONS, str(single))
    assert alone.settle() == ["call.bin"]
    single.unlink()
    assert (alone.settle(), alone.told) == ([], [])


def test_excluded_folders_are_not_looked_into(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, OPTIONS, str(tmp_path), f"{tmp_path}/*/*.wav", exclude=[tmp_path / "reports"])
    inbox.write("reports/a.wav")
    inbox.write("calls/b.wav")
    assert inbox.settle() == ["calls/b.wav"]


def test_a_link_to_nowhere_is_handed_out_so_that_it_becomes_a_failure(inbox: Inbox) -> None:
    link = inbox.folder / "a.wav"
    link.symlink_to(inbox.folder / "gone.bin")
    assert inbox.settle() == ["a.wav"]
    (inbox.folder / "gone.bin").write_bytes(b"found again")
    assert inbox.settle() == ["a.wav"]


def test_a_pipe_is_not_opened(inbox: Inbox) -> None:
    os.mkfifo(inbox.folder / "a.wav")
    assert inbox.poll(400) == ["a.wav"]


def test_names_that_are_not_unicode(inbox: Inbox) -> None:
    raw = os.fsencode(inbox.folder) + b"/\xc2\xbc\xd2\xf4.wav"
    Path(os.fsdecode(raw)).write_bytes(b"sound")
    assert [os.fsencode(name) for name in inbox.settle()] == [b"\xc2\xbc\xd2\xf4.wav"]


def test_a_share_that_is_away_is_reported_once_and_brings_nothing_twice(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    inbox = Inbox(share)
    inbox.write("old.wav")
    assert inbox.settle() == ["old.wav"]
    inbox.write("new.wav")
    assert inbox.poll(2) == []
    share.rename(tmp_path / "away")
    assert inbox.poll(50) == []
    assert len(inbox.told) == 1
    assert "No such file" in inbox.told[0] and "tried again" in inbox.told[0]
    (tmp_path / "away").rename(share)
    assert inbox.settle() == ["new.wav"]
    assert inbox.told[1:] == [f"'{share}': the folder can be read again"]


def test_an_empty_mount_point_brings_nothing_twice(inbox: Inbox) -> None:
    path = inbox.write("a.wav")
    assert inbox.settle() == ["a.wav"]
    hidden = path.rename(inbox.folder / ".a")
    assert inbox.poll(1000) == []
    hidden.rename(path)
    assert inbox.settle() == []


def test_files_that_are_gone_for_a_day_are_forgotten(inbox: Inbox) -> None:
    path = inbox.write("a.wav")
    assert inbox.settle() == ["a.wav"]
    hidden = path.rename(inbox.folder / ".a")
    inbox.now_s += 25 * 3600
    assert inbox.poll(2) == []
    hidden.rename(path)
    assert inbox.settle() == ["a.wav"]


def test_a_folder_without_permission_does_not_hide_the_others(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.write("a/1.wav")
    inbox.write("b/2.wav")
    closed = {str(inbox.folder / "a")}
    scandir = os.scandir

    def guarded(folder: str) -> object:  # chmod does not stop root
        if folder in closed:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    assert inbox.settle() == ["b/2.wav"]
    assert [line for line in inbox.told if "Permission denied" in line] == inbox.told
    assert len(inbox.told) == 1
    closed.clear()
    assert inbox.settle() == ["a/1.wav"]


def test_a_folder_below_that_is_deleted_is_no_news(inbox: Inbox) -> None:
    path = inbox.write("a/1.wav")
    assert inbox.settle() == ["a/1.wav"]
    path.unlink()
    path.parent.rmdir()
    assert (inbox.settle(), inbox.told) == ([], [])


@pytest.mark.parametrize("path", ["", "a\0b", "no/such", "no/*.wav", "x" * 5000])
def test_a_path_that_is_not_there_at_the_start_is_a_mistake(path: str, folder: Path) -> None:
    with pytest.raises(UserError):
        watch([path])


def test_all_mistakes_are_told_at_once_and_no_path_is_one(folder: Path) -> None:
    with pytest.raises(UserError, match=r"(?s)'one'.*'two'"):
        watch(["one", "two"])
    with pytest.raises(UserError, match="nothing to watch"):
        watch([])


def test_a_folder_with_brackets_in_its_name_stays_a_folder(tmp_path: Path) -> None:
    calls = tmp_path / "calls [2026]"
    calls.mkdir()
    inbox = Inbox(calls)
    inbox.write("a.wav")
    assert inbox.poll() == []
    calls.rename(tmp_path / "away")
    assert inbox.poll() == []
    (tmp_path / "away").rename(calls)
    assert inbox.settle() == ["a.wav"]


def test_a_slow_pass_is_followed_by_a_pause_as_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [0.0], []

    def slow(self: folder_scan.FolderScan) -> dict[str, folder_scan.Found]:
        now[0] += 30
        return {}

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(folder_scan.FolderScan, "once", slow)
    batches = watch([str(tmp_path)], OPTIONS, clock=lambda: now[0], sleep=sleep)
    next(batches)
    next(batches)
    now[0] += 20  # the caller worked
    next(batches)
    now[0] += 40
    next(batches)
    assert slept == [30, 10]


@pytest.mark.parametrize("options", [{"poll_s": 0}, {"settle_s": -1}, {"empty_settle_s": -1}, {"max_batch": 0}])
def test_options_that_make_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        WatchOptions(**options)


@given(st.lists(st.sampled_from(["write a", "write b", "grow a", "delete a", "poll", "poll 4", "poll 9"]), max_size=25))
def test_whatever_happens_each_state_that_lasts_is_handed_out_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    inbox = Inbox(tmp_path_factory.mktemp("inbox"))
    handed: list[tuple[str, int]] = []
    length = 0

    def take(times: int) -> None:
        for name in inbox.poll(times):
            handed.append((name, (inbox.folder / name).stat().st_size))

    for step in [*steps, "poll 9"]:
        verb, _, what = step.partition(" ")
        path = inbox.folder / f"{what}.wav"
        if verb in ("write", "grow"):
            length += 1
            inbox.write(path.name, bytes(length))
        elif verb == "delete":
            path.unlink(missing_ok=True)
        else:
            take(int(what or 1))
    lasting = {(path.name, path.stat().st_size) for path in inbox.folder.iterdir()}
    assert lasting <= set(handed)
    assert len(handed) == len(set(handed))
