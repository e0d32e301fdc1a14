"""Summaries of stored calls: what they hold, that they are made once, and made anew when something changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call, CallMetadata, CallOutcome
from qa_pipeline.core.facts import Act
from qa_pipeline.core.review import AgreedAction, Review, ReviewKind
from qa_pipeline.core.score import Decider, Evidence, How, Quote, Reason, Verdict
from qa_pipeline.core.signals import Objection, ObjectionType, Signals
from qa_pipeline.core.span import Span
from qa_pipeline.core.summary import CallSummary
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import reviewed, score
from qa_pipeline.store import tables
from qa_pipeline.store.codec import packed_text
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.summaries import (
    CLIP_AFTER_S,
    CLIP_BEFORE_S,
    CLIP_CHARS,
    current_summaries,
    final_card,
    newest_day,
    refresh_summaries,
    summarise,
)
from tests.factories import call, check, criterion, form, line, outcome, rubric, scorecard, timed

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
LINES = (
    ("agent", "您好，我是小林，工号三零七二。"),
    ("customer", "你好，我电话是13800138000。"),
    ("agent", "这款套餐每月三十九元。"),
)


def greeting() -> LoadedRubric:
    phrases = check(phrases={"any": ["您好"], "role": "agent"})
    price = check(phrases={"any": ["优惠活动"], "role": "agent"})
    return rubric(criterion("greet", check=phrases), criterion("offer", check=price))


def spoken(call_id: str = "c1", *, lines: Sequence[tuple[str, str]] = LINES, **known: object) -> Call:
    made = call(*timed(*lines), call_id=call_id)
    given = {"agent_id": "A01", "agent_name": "林佳怡", "team": " 一组 ", "started_at": AT, "outcome": CallOutcome.DEAL}
    return replace(made, metadata=CallMetadata(**{**given, **known}))


def summary_of(one: Call, loaded: LoadedRubric | None = None) -> CallSummary:
    loaded = loaded or greeting()
    return summarise(one, score(one, loaded), loaded.rubric)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


def keep(store: Store, one: Call, loaded: LoadedRubric | None = None) -> None:
    loaded = loaded or greeting()
    store.put_result(one.call_id, "call", "key", one)
    store.put_scorecard(score(one, loaded), "key")


def test_a_summary_holds_the_result_and_a_passage_per_verdict() -> None:
    found = summary_of(spoken())
    assert (found.agent, found.team, found.outcome, found.state) == ("A01", "一组", CallOutcome.DEAL, "open")
    greet, offer = found.criteria
    assert (greet.verdict, greet.points, greet.is_hit) == (Verdict.MET, 10.0, True)
    assert greet.clip is not None and greet.clip.turn == 0 and "您好，我是小林" in greet.clip.text
    assert (offer.verdict, offer.lost, offer.is_hit) == (Verdict.MISSED, 10.0, False)
    assert offer.clip is not None and offer.clip.start_s is not None, "a miss leads to the place that was searched"
    assert found.percent == 50.0 and found.sections[0].points_possible == 20.0


def test_numbers_of_customers_are_masked() -> None:
    phrases = check(phrases={"any": ["电话"], "role": "customer"})
    found = summary_of(spoken(), rubric(criterion("greet", check=phrases)))
    clip = found.criteria[0].clip
    assert clip is not None and "13800138000" not in clip.text and "电话" in clip.text


def test_a_clip_of_a_long_turn_is_cut_around_the_quote() -> None:
    long = "介绍" * 200 + "您好" + "产品" * 200
    found = summary_of(spoken(lines=[("agent", long), ("customer", "嗯。")]))
    clip = found.criteria[0].clip
    assert clip is not None and clip.start_s is not None and clip.end_s is not None
    assert clip.text.startswith("…") and clip.text.endswith("…") and "您好" in clip.text
    assert len(clip.text) <= 2 * CLIP_CHARS + 2


def test_a_clip_is_the_quote_with_some_seconds_around() -> None:
    made = call(*timed(("agent", "您好，我是小林。")))
    whole = replace(made.turns[0], span=Span(0.0, 100.0))
    whole_call = replace(made, conversation=replace(made.conversation, turns=(whole,)))
    quote = Quote(0, 0, 2, Span(50.0, 51.0))
    card = scorecard(outcome("greet", evidence=Evidence(hits=(quote,))))
    clip = summarise(whole_call, card, greeting().rubric).criteria[0].clip
    assert clip is not None and (clip.start_s, clip.end_s) == (50.0 - CLIP_BEFORE_S, 51.0 + CLIP_AFTER_S)


def test_a_candidate_that_is_not_near_is_no_clip() -> None:
    far = Evidence(searched=(0, 2), nearest=Quote(1, 0, 2, similarity=0.05))
    card = scorecard(outcome("greet", Verdict.MISSED, 0.0, evidence=far))
    clip = summarise(spoken(), card, greeting().rubric).criteria[0].clip
    assert clip is not None and (clip.turn, clip.text) == (0, "")


def test_a_call_that_was_not_scored() -> None:
    found = summarise(spoken(), None, greeting().rubric)
    assert (found.state, found.percent, found.criteria, found.points) == ("unscored", None, (), None)


def test_a_complaint_is_quoted_when_it_is_sure() -> None:
    angry = spoken(lines=[("agent", "您好。"), ("customer", "我要投诉你们！")])
    acts = ((), (Act("complain", 0.9),))
    assert summary_of(replace(angry, turn_acts=acts)).complaint is not None
    unsure = ((), (Act("complain", 0.3),))
    assert summary_of(replace(angry, turn_acts=unsure)).complaint is None


def test_summaries_are_made_once(store: Store) -> None:
    for call_id in ("c1", "c2"):
        keep(store, spoken(call_id))
    made: list[str] = []
    assert refresh_summaries(store, greeting(), lambda: made.append("")) == 2
    assert refresh_summaries(store, greeting(), lambda: made.append("")) == 0
    assert len(made) == 2
    stored = list(current_summaries(store, greeting()))
    assert stored == [summary_of(spoken("c1")), summary_of(spoken("c2"))], "what is read back is what was made"


def test_another_call_or_scorecard_makes_them_anew(store: Store) -> None:
    keep(store, spoken())
    refresh_summaries(store, greeting())
    changed = spoken(agent_name="林佳")
    store.put_result("c1", "call", "other key", changed)
    assert [s.agent_name for s in current_summaries(store, greeting())] == ["林佳"]
    store.put_scorecard(score(changed, greeting()), "other key")
    assert refresh_summaries(store, greeting()) == 1


def test_rubrics_have_summaries_of_their_own(store: Store) -> None:
    keep(store, spoken())
    other = rubric(criterion("greet"), id="other")
    store.put_scorecard(score(spoken(), other), "key")
    assert len(next(current_summaries(store, greeting())).criteria) == 2
    assert len(next(current_summaries(store, other)).criteria) == 1
    assert refresh_summaries(store, greeting()) == 0


def test_a_call_of_another_version_is_passed_over(store: Store) -> None:
    keep(store, spoken())
    store.put_result("broken", "call", "key", {"call_id": "broken"})
    assert [s.call_id for s in current_summaries(store, greeting())] == ["c1"]
    assert store.unreadable_calls() == ["broken"]


def test_the_newest_day(store: Store) -> None:
    assert newest_day(store, greeting()) is None
    keep(store, spoken("c1"))
    keep(store, spoken("c2", started_at=datetime(2026, 11, 8, 8, 0, tzinfo=UTC)))
    keep(store, spoken("c3", started_at=None))
    assert newest_day(store, greeting()) == date(2026, 11, 8)


def test_a_clock_that_runs_ahead_moves_no_pages_unless_all_do(store: Store) -> None:
    keep(store, spoken("c1", started_at=datetime(2999, 1, 1, 8, 0, tzinfo=UTC)))
    assert newest_day(store, greeting()) == date(2999, 1, 1)
    keep(store, spoken("c2", started_at=datetime(2020, 11, 8, 8, 0, tzinfo=UTC)))
    assert newest_day(store, greeting()) == date(2020, 11, 8)


def test_a_call_that_was_processed_again_has_no_score_until_it_is_scored_again(store: Store) -> None:
    keep(store, spoken())
    other = spoken(lines=[("agent", "喂？"), ("customer", "打错了。")])
    store.put_result("c1", "call", "other key", other)
    assert next(current_summaries(store, greeting())).state == "unscored"


def test_an_unreadable_summary_is_made_anew(store: Store) -> None:
    keep(store, spoken())
    refresh_summaries(store, greeting())
    with store.writing() as connection:
        connection.execute(tables.summaries.update().values(payload=packed_text('{"call_id": "c1"}')))
    assert [s.percent for s in current_summaries(store, greeting())] == [50.0]


def test_passages_that_were_measured_are_hits_but_not_said() -> None:
    quote = Quote(0, 0, 2, how=How.VOICE)
    card = scorecard(outcome("greet", evidence=Evidence(hits=(quote,))))
    found = summarise(spoken(), card, greeting().rubric).criteria[0]
    assert (found.is_hit, found.is_said) == (True, False)
    assert summary_of(spoken()).criteria[0].is_said


def change(verdict: Verdict, criterion_id: str = "offer", **more: object) -> Review:
    return Review("c1", "test", ReviewKind.CHANGE, "李审核", AT, "客户听到了优惠", criterion_id, verdict, **more)


def test_a_persons_verdict_is_final_and_the_machines_is_kept(store: Store) -> None:
    keep(store, spoken())
    refresh_summaries(store, greeting())
    assert store.put_reviews([change(Verdict.MET)]) == 1
    found = next(current_summaries(store, greeting()))
    assert found.percent == 100.0
    assert (found.criteria[1].verdict, found.criteria[1].machine_verdict) == (Verdict.MET, Verdict.MISSED)
    card = final_card("c1", store, greeting())
    assert card is not None and card.outcomes[1].decided_by is Decider.REVIEWER
    stored = store.scorecard("c1", "test")
    assert stored is not None and stored.outcomes[1].verdict is Verdict.MISSED


def test_the_newest_change_holds(store: Store) -> None:
    keep(store, spoken())
    store.put_reviews([change(Verdict.MET), change(Verdict.PARTLY), change(Verdict.PARTLY)])
    found = next(current_summaries(store, greeting()))
    assert found.criteria[1].points == 5.0
    assert len(store.reviews("test")) == 2, "the same remark is stored once"


def test_a_change_back_is_the_machines_verdict_again() -> None:
    card = score(spoken(), greeting())
    back = reviewed(card, [change(Verdict.MET), change(Verdict.MISSED)], greeting().rubric)
    assert [o.decided_by for o in back.outcomes] == [Decider.RULE, Decider.REVIEWER], "a person confirmed it"
    assert [(o.verdict, o.points, o.evidence) for o in back.outcomes] == [
        (o.verdict, o.points, o.evidence) for o in card.outcomes
    ]


def test_what_a_rubric_does_not_have_cannot_be_changed() -> None:
    card = score(spoken(), greeting())
    assert reviewed(card, [change(Verdict.MET, "gone")], greeting().rubric) == card


@pytest.mark.parametrize(
    ("verdict", "points"),
    [(Verdict.MET, 0.0), (Verdict.PARTLY, -1.0), (Verdict.MISSED, -2.0), (Verdict.NOT_APPLICABLE, None)],
)
def test_changes_of_deductions(verdict: Verdict, points: float | None) -> None:
    deduct = {"points": 2.0, "cap": 6.0, "per": "hit"}
    loaded = rubric(criterion("offer", points=None, deduct=deduct, check=check(phrases={"any": ["您好"]})))
    card = score(spoken(), loaded)
    other = Verdict.MISSED if verdict is Verdict.MET else Verdict.MET
    card = replace(
        card, outcomes=(replace(card.outcomes[0], verdict=other, points=-2.0 if other is Verdict.MISSED else 0.0),)
    )
    assert reviewed(card, [change(verdict)], loaded.rubric).outcomes[0].points == points


def test_remarks_and_actions_are_kept_in_order_and_once(store: Store) -> None:
    comment = Review("c1", "test", ReviewKind.COMMENT, "李审核", AT, "语气很好")
    appeal = Review("c1", "test", ReviewKind.APPEAL, "林佳怡", AT, "我报了价格", "offer")
    assert store.put_reviews([comment, appeal, comment]) == 2
    assert store.reviews("test", "c1") == [comment, appeal] and store.reviews("test", "c2") == []
    late = AgreedAction("A01", "test", "多问一句", date(2026, 11, 9))
    early = AgreedAction("A01", "test", "报价前先问需求", date(2026, 11, 2), due_on=date(2026, 11, 16))
    assert store.put_actions([late, early]) == 2 and store.put_actions([late]) == 0
    assert store.actions() == [early, late]


@pytest.mark.parametrize(
    "broken",
    [
        {"author": " "},
        {"verdict": Verdict.MET},
        {"kind": ReviewKind.CHANGE},
        {"kind": ReviewKind.CHANGE, "verdict": Verdict.MET},
        {"text": " "},
    ],
)
def test_remarks_check_themselves(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"review|change|comment"):
        Review(
            **{
                "call_id": "c",
                "rubric_id": "r",
                "kind": ReviewKind.COMMENT,
                "author": "李",
                "at": AT,
                "text": "x",
                **broken,
            }
        )


def test_an_action_cannot_be_due_before_it_was_agreed() -> None:
    with pytest.raises(ValueError, match="due"):
        AgreedAction("A01", "test", "多问一句", date(2026, 11, 9), due_on=date(2026, 11, 1))
    with pytest.raises(ValueError, match="needs"):
        AgreedAction(" ", "test", "多问一句", date(2026, 11, 9))


def test_reasons_of_calls_that_cannot_be_scored_are_kept() -> None:
    card = replace(scorecard(outcome("greet", Verdict.NOT_SCORABLE)), unscorable=(Reason("no_speech"),))
    found = summarise(spoken(), card, greeting().rubric)
    assert (found.state, [r.code for r in found.unscorable], found.percent) == ("none", ["no_speech"], None)


def test_a_miss_about_objections_leads_to_the_first_objection() -> None:
    lines = [("agent", "您好，我是小林。"), ("customer", "太贵了，我不需要。"), ("agent", "好的，再见。")]
    objected = replace(spoken(lines=lines), signals=Signals(objections=(Objection(ObjectionType.PRICE, 1, 0.9),)))
    answer = line("answer_objection", title="回应", points=5)
    loaded = form({"id": "s", "criteria": (answer, line("offer", title="优惠", points=5))})
    missed = Evidence(searched=(0, 2), searched_span=Span(0.0, 40.0))
    card = scorecard(
        outcome("answer_objection", Verdict.MISSED, evidence=missed), outcome("offer", Verdict.MISSED, evidence=missed)
    )
    answered, offered = summarise(objected, card, loaded.rubric).criteria
    assert answered.clip is not None and (answered.clip.turn, answered.clip.text) == (1, "太贵了，我不需要。")
    assert not answered.is_hit
    assert offered.clip is not None and (offered.clip.text, offered.clip.start_s, offered.clip.end_s) == ("", 0.0, 40.0)
