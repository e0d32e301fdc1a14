"""The demo from sound to pages with the bundled speech model: what a stranger sees first must make sense."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.cli.main import main
from qa_pipeline.core.call import Call, Role
from qa_pipeline.core.score import Scorecard, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.resources import demo_dir
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.transcribe.evaluate import TranscriptFigures, compare, summary
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled

RUBRIC = "telesales-coaching"
SILENT, BROKEN, MONO, SWAPPED = "D13", "D14", "D12", "D11"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    with pytest.raises(SystemExit) as left:
        main(["demo", "--out", str(out), "--json"])
    assert left.value.code == 0
    return out


@pytest.fixture(scope="module")
def store(demo_out: Path) -> Iterator[Store]:
    with open_store(str(demo_out / "demo.sqlite3")) as opened:
        yield opened


@pytest.fixture(scope="module")
def references() -> dict[str, LabelledCall]:
    return {call.call_id: call for call in read_labelled(demo_dir() / "reference.jsonl")}


def the_call(store: Store, call_id: str) -> Call:
    call = store.call(call_id)
    assert call is not None
    return call


def card(store: Store, call_id: str) -> Scorecard:
    found = store.scorecard(call_id, RUBRIC)
    assert found is not None
    return found


def percent(store: Store, call_id: str) -> float:
    value = card(store, call_id).percent
    assert value is not None
    return value


def figures(store: Store, references: dict[str, LabelledCall]) -> list[TranscriptFigures]:
    """Recognised turns against the references: the words of the call, in order of time, channel by channel."""
    from qa_pipeline.core.call import Transcript

    found = []
    for call_id, reference in references.items():
        key = store.result_key(call_id, "transcript")
        transcript = store.result(call_id, "transcript", key or "", Transcript)
        assert transcript is not None
        found.append(compare(call_id, reference.conversation.turns, transcript))
    return found


def test_words_are_recognised(store: Store, references: dict[str, LabelledCall]) -> None:
    rows = figures(store, references)
    assert summary(rows)["cer"] <= 0.10
    assert {row.name: row.cer for row in rows if row.cer is not None and row.cer > 0.18} == {}


def test_words_start_when_they_are_said(store: Store, references: dict[str, LabelledCall]) -> None:
    assert summary(figures(store, references))["median_start_error_s"] <= 0.25


def test_the_silent_call_has_no_words(store: Store) -> None:
    assert the_call(store, SILENT).turns == ()
    assert card(store, SILENT).count(Verdict.NOT_SCORABLE) == len(card(store, SILENT).outcomes)


def test_only_the_broken_recording_fails(store: Store) -> None:
    assert [failure.call_id for failure in store.failures()] == [BROKEN]


def test_the_good_call_scores_clearly_above_the_poor_ones(store: Store) -> None:
    assert percent(store, "D01") >= percent(store, "D05") + 30
    assert percent(store, "D02") >= percent(store, "D06") + 20
    assert card(store, "D01").passed and not card(store, "D05").passed


@pytest.mark.parametrize(("call_id", "criterion"), [("D07", "no_misleading_promise"), ("D10", "courteous")])
def test_violations_are_flagged(store: Store, call_id: str, criterion: str) -> None:
    assert criterion in [outcome.criterion_id for outcome in card(store, call_id).red_lines]
    assert percent(store, call_id) == 0


def test_calls_without_violation_have_no_red_line(store: Store) -> None:
    flagged = {call_id for call_id in store.call_ids() if card(store, call_id).red_lines}
    assert flagged == {"D07", "D10"}


def test_the_wrong_number_is_mostly_not_applicable(store: Store) -> None:
    wrong = card(store, "D09")
    assert wrong.count(Verdict.NOT_APPLICABLE) > len(wrong.outcomes) / 2


def test_swapped_channels_are_found_by_what_is_said(store: Store) -> None:
    roles = {
        decision.channel: (decision.role, decision.source) for decision in the_call(store, SWAPPED).conversation.roles
    }
    assert roles == {0: (Role.CUSTOMER, "text"), 1: (Role.AGENT, "text")}


def test_the_mono_call_is_told_apart_word_by_word(store: Store, references: dict[str, LabelledCall]) -> None:
    made = the_call(store, MONO)
    spoken = [(t.span, t.role) for t in references[MONO].conversation.turns if t.span]
    words = [(word.span, turn.role) for turn in made.turns for word in turn.words]
    known = [(role, _speaker(span, spoken)) for span, role in words]
    assert sum(found is true for found, true in known) >= 0.9 * len(known)
    assert made.talk is not None and made.talk.estimated and made.overlaps is None


def _speaker(span: Span, spoken: list[tuple[Span, Role]]) -> Role:
    """Whose turn of the reference shares most time with a word, or is nearest to it."""
    return max(spoken, key=lambda each: (each[0].overlap_s(span), -each[0].gap_s(span)))[1]


def test_every_verdict_that_counts_can_be_played_or_names_what_was_searched(store: Store) -> None:
    for call_id in store.call_ids():
        for outcome in card(store, call_id).outcomes:
            if outcome.verdict.counts:
                assert all(hit.span for hit in outcome.evidence.hits)
                assert outcome.evidence.hits or outcome.evidence.searched_span


def test_every_call_has_pages_with_sound_in_both_languages(demo_out: Path, store: Store) -> None:
    for call_id in store.call_ids():
        for suffix in (".html", ".en.html"):
            page = (demo_out / "calls" / f"{call_id}{suffix}").read_text(encoding="utf-8")
            sound = re.search(r"\.\./audio/[^\"']+\.webm", page)
            assert sound and (demo_out / "calls" / sound.group()).resolve().is_file()


def test_pages_say_that_the_demo_model_made_them(demo_out: Path) -> None:
    from qa_pipeline.report.wording import wording

    notice = wording("zh").text("notice.demo_model")
    for page in (demo_out / "calls").glob("D??.html"):
        assert notice in page.read_text(encoding="utf-8")


def test_a_second_run_skips_what_is_done(demo_out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--out", str(demo_out), "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["status"] for row in rows if row["call_id"] != BROKEN} == {"skipped"}
