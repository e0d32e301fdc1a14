"""The pages of calls are written again where what they show has changed, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call, CallMetadata
from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.insight.clips import ClipBook
from qa_pipeline.insight.team_norms import TeamNorms
from qa_pipeline.made_from import fingerprint, is_made_from
from qa_pipeline.pages import Pages
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.summaries import current_summaries
from qa_pipeline.survey import Survey
from tests.factories import call, check, criterion, rubric, timed

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
GREETING = rubric(criterion("greet", check=check(phrases={"any": ["您好"], "role": "agent"})))


def spoken(call_id: str = "c1", text: str = "您好，我是小林，很高兴为您服务。", agent: str = "A01") -> Call:
    made = call(*timed(("agent", text), ("customer", "你好，请说。")), call_id=call_id)
    return replace(made, metadata=CallMetadata(agent_id=agent, team="一组", started_at=AT))


def keep(store: Store, made: Call, loaded: LoadedRubric = GREETING, key: str = "k") -> Call:
    store.put_result(made.call_id, "call", key, made)
    store.put_scorecard(score(made, loaded), key)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "out")


def written(pages: Pages, store: Store, made: Call, loaded: LoadedRubric = GREETING) -> bool:
    """Whether writing the page made new files, in both languages; one alone would be half a page."""
    both = [pages.page(made.call_id), pages.page(made.call_id).with_suffix(".en.html")]
    before = [page.stat().st_ino if page.exists() else None for page in both]
    assert pages.write(made, store, loaded, None) == both[0]
    new = [page.stat().st_ino != inode for page, inode in zip(both, before, strict=True)]
    assert new[0] == new[1]
    return new[0]


def learnt(median: float, calls: int) -> Survey:
    survey = Survey(GREETING.rubric)
    survey.norms = TeamNorms({("一组", "zh"): TeamNorm("一组", {"speech_rate": Norm(median, calls)})})
    return survey


def test_a_page_that_shows_all_stays(store: Store, pages: Pages) -> None:
    made = keep(store, spoken())
    assert written(pages, store, made)
    assert not written(pages, store, made)
    # As it is read back, and by another process.
    assert not written(Pages(pages.index.parent), store, store.call("c1") or made)


def test_a_page_that_is_gone_or_damaged_is_written(store: Store, pages: Pages) -> None:
    made = keep(store, spoken())
    pages.write(made, store, GREETING, None)
    english = pages.page("c1").with_suffix(".en.html")
    for spoil in (english.unlink, lambda: pages.page("c1").write_text("")):
        spoil()
        pages.write(made, store, GREETING, None)
        assert all("</html>" in page.read_text("utf-8") for page in (pages.page("c1"), english))


def test_another_text_scorecard_review_or_rubric_is_shown(store: Store, pages: Pages) -> None:
    made = keep(store, spoken())
    pages.write(made, store, GREETING, None)
    assert written(pages, store, keep(store, spoken(text="您好，我是小张。"), key="k2"))
    review = Review("c1", GREETING.rubric.id, ReviewKind.COMMENT, "李督导", AT, "说得好")
    store.put_reviews([review])
    made = spoken(text="您好，我是小张。")
    assert written(pages, store, made) and not written(pages, store, made)
    assert "说得好" in pages.page("c1").read_text("utf-8")
    other = replace(GREETING, sha256="0" * 64)
    assert written(pages, store, made, other), "not scored under this one"
    assert written(pages, store, made), "and back"


def test_a_page_of_the_agent_is_linked_to_when_it_comes(store: Store, pages: Pages) -> None:
    made = keep(store, spoken())
    pages.write(made, store, GREETING, None)
    agent = pages.index.parent / "agents" / "A01.html"
    agent.parent.mkdir()
    agent.write_text("")
    assert written(pages, store, made)


def test_medians_are_news_and_a_few_more_calls_are_not(store: Store, pages: Pages) -> None:
    made = keep(store, spoken())
    assert pages.learn_from(learnt(250.0, 1200))
    assert written(pages, store, made)
    assert not pages.learn_from(learnt(250.0, 1249))
    assert not written(pages, store, made)
    assert pages.learn_from(learnt(250.0, 1251))
    assert written(pages, store, made)
    assert pages.learn_from(learnt(255.0, 1251))
    assert written(pages, store, made)


def test_small_teams_know_every_call(pages: Pages) -> None:
    pages.learn_from(learnt(250.0, 98))
    assert pages.learn_from(learnt(250.0, 99))


def test_a_better_wording_is_shown_only_where_it_is_missed(store: Store, pages: Pages) -> None:
    good, bad = keep(store, spoken("good")), keep(store, spoken("bad", "喂，听得到吗？", "A02"))
    for made in (good, bad):
        pages.write(made, store, GREETING, None)
    pages.learn(store, GREETING)
    assert written(pages, store, bad) and "很高兴为您服务" in pages.page("bad").read_text("utf-8")
    assert not written(pages, store, good)


def test_a_survey_tells_what_passes_and_what_it_learnt(store: Store) -> None:
    for number in range(3):
        keep(store, spoken(f"c{number}", agent=f"A{number}"))
    survey = Survey(GREETING.rubric)
    passed = [summary.call_id for summary in survey.passing(current_summaries(store, GREETING))]
    assert passed == [row.call_id for row in survey.rows] == ["c0", "c1", "c2"]
    assert [row.agent_page for row in survey.rows] == ["agents/A0", "agents/A1", "agents/A2"]
    book = ClipBook()
    for summary in current_summaries(store, GREETING):
        book.add(summary)
    assert survey.clips.fingerprint() == book.fingerprint() != ()


def test_the_list_of_a_survey_is_that_of_the_store(store: Store, pages: Pages) -> None:
    for number in range(3):
        made = keep(store, spoken(f"c{number}"))
        if number:
            pages.write(made, store, GREETING, None)
    of_store = pages.write_index(store, GREETING).read_text("utf-8")
    survey = Survey(GREETING.rubric).over(current_summaries(store, GREETING))
    assert pages.write_index(store, GREETING, survey).read_text("utf-8") == of_store
    assert "calls/c1.html" in of_store or '"c1"' in of_store
    assert '"c0"' not in of_store, "it has no page"


def test_fingerprints(tmp_path: Path) -> None:
    assert fingerprint(1, ("a",)) == fingerprint(1, ("a",)) != fingerprint("1", ("a",))
    page = tmp_path / "p.html"
    assert not is_made_from(page, "x")
    page.write_text("<meta charset='utf-8'><meta name='made-from' content='abc'>")
    assert is_made_from(page, "abc") and not is_made_from(page, "abd")
