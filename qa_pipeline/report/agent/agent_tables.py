"""The tables of an agent's page: criteria by what they cost, talk beside the team's, and the calls."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.insight.coaching import Lever, behaviour_change, levers
from qa_pipeline.insight.intervals import Estimate
from qa_pipeline.insight.overview import CallLine
from qa_pipeline.insight.talk_rates import TalkRate, main_language, talk_rates
from qa_pipeline.report.agent.agent_changes import Bench
from qa_pipeline.report.overview_words import short
from qa_pipeline.report.text import shown_identifier
from qa_pipeline.report.wording import UNKNOWN, Wording, clock, number, percent

#: How talk measures are worded, with their decimals.
_TALK_UNITS = {
    "speech_rate": ("rate", 0),
    "talk_ratio": ("percent", 0),
    "response_time": ("seconds", 1),
    "interruptions": ("times", 1),
    "questions": ("times", 1),
    "monologue": ("seconds", 0),
    "dead_air": ("seconds", 1),
}

#: Criteria named in the list of calls.
_NAMED = 2


#: Of a call's id: the row's link leads to all of it.
CALL_CHARS = 40


@dataclass(frozen=True)
class Cell:
    """A figure and how many calls it is of; without calls ``—`` and nothing."""

    text: str
    n: str


@dataclass(frozen=True)
class ProblemRow:
    """A criterion that costs points. ``change``: better or worse than last period; empty where nothing is sure."""

    title: str
    cost: str
    now: Cell
    before: Cell
    change: str
    change_text: str
    rest: Cell
    kind: str
    kind_text: str


@dataclass(frozen=True)
class QuietRow:
    """A criterion that cost nothing worth naming; ``met``: how often it was right."""

    title: str
    met: Cell


@dataclass(frozen=True)
class TalkRow:
    label: str
    now: Cell
    before: Cell
    team: Cell


@dataclass(frozen=True)
class TalkTable:
    """``language``: whose calls are compared, in words; empty where there is one language only."""

    rows: tuple[TalkRow, ...]
    language: str
    unknown: bool
    """Whether something cannot be known of this period."""


@dataclass(frozen=True)
class CallRow:
    call_id: str
    href: str
    started: str
    duration: str
    outcome: str
    score: str
    state: str
    state_text: str
    red_lines: tuple[str, ...]
    lost: str


def problem_rows(bench: Bench) -> tuple[tuple[ProblemRow, ...], tuple[QuietRow, ...]]:
    """What costs points, the dearest first; and the rest, in the order of the form."""
    found = levers(bench.agent, bench.team)
    named = {lever.criterion_id for lever in found}
    quiet = tuple(_quiet(which, bench) for which in bench.titles.criterion_ids if which not in named)
    return tuple(_problem(lever, bench) for lever in found), quiet


def _problem(lever: Lever, bench: Bench) -> ProblemRow:
    words, which = bench.wording, lever.criterion_id
    before, now = bench.agent.before.criteria.get(which), bench.agent.now.criteria[which]
    trend = behaviour_change(before, now).trend.value if before else ""
    change = trend if trend in ("better", "worse") else ""
    return ProblemRow(
        title=bench.titles.criterion(which),
        cost=f"{lever.lost_per_call:.1f}",
        now=_share(lever.miss, words),
        before=_share(before.miss_share if before else None, words),
        change=change,
        change_text=words.text(f"overview.behaviour.{change}") if change else "",
        rest=_share(lever.rest, words),
        kind=lever.kind.value,
        kind_text=words.text(f"overview.kind.{lever.kind}"),
    )


def _share(share: Estimate | None, wording: Wording) -> Cell:
    return _cell(percent(share.value), share.n, wording) if share else Cell(UNKNOWN, "")


def _cell(text: str, n: int, wording: Wording) -> Cell:
    return Cell(text, wording.text("overview.cell_n", n=n))


def _quiet(criterion_id: str, bench: Bench) -> QuietRow:
    figures = bench.agent.now.criteria.get(criterion_id)
    met = _share(figures.met_share if figures else None, bench.wording)
    return QuietRow(bench.titles.criterion(criterion_id), met)


def talk_table(bench: Bench) -> TalkTable | None:
    """None where no call says how the agent talks."""
    groups = (bench.agent.now, bench.agent.before, bench.team.now)
    language = main_language(*groups[:2])
    if not language:
        return None
    columns = [talk_rates(figures.talk, language) for figures in groups]
    rows = [
        TalkRow(bench.wording.text(f"agent.talk.{cells[0].measure}"), *(_rate(rate, language, bench) for rate in cells))
        for cells in zip(*columns, strict=True)
    ]
    many = len(bench.agent.now.talk) > 1
    unknown = any(rate.value is None for rate in columns[0])
    return TalkTable(tuple(rows), bench.wording.word("language", language) if many else "", unknown)


def _rate(rate: TalkRate, language: str, bench: Bench) -> Cell:
    if rate.value is None:
        return Cell(UNKNOWN, "")
    unit, decimals = _TALK_UNITS[rate.measure]
    value = percent(rate.value) if unit == "percent" else number(rate.value, decimals)
    if unit == "rate":
        unit = "rate.words" if language == "en" else "rate.characters"
    return _cell(bench.wording.text(f"overview.amount.{unit}", value=value), rate.n, bench.wording)


def call_rows(bench: Bench) -> tuple[CallRow, ...]:
    """All calls of the period, the newest first."""
    return tuple(_call(line, bench) for line in bench.agent.calls)


def _call(line: CallLine, bench: Bench) -> CallRow:
    words = bench.wording
    lost = [bench.titles.criterion(which) for which in line.lost_most[:_NAMED]]
    # A call that rules alone bring to zero is suspected, until a person says so.
    state = "agent.call.suspected" if line.state == "redline" and not line.red_confirmed else f"state.{line.state}"
    return CallRow(
        call_id=short(shown_identifier(line.call_id), CALL_CHARS),
        href=bench.links.call(line.call_id),
        started=words.date_time(line.started_at),
        duration=clock(line.duration_s),
        outcome=words.text(f"outcome.{line.outcome}") if line.outcome else UNKNOWN,
        score=UNKNOWN if line.percent is None or line.state == "few" else number(line.percent),
        state=line.state,
        state_text=words.text(state),
        red_lines=tuple(bench.titles.criterion(which) for which in line.red_lines),
        lost=words.joined(lost),
    )
