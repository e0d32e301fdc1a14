"""Agents, teams and everybody over a period and the one before, out of one pass over the summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.clips import ClipBook
from qa_pipeline.insight.figures import CriterionFigures, Figures, is_complaint, merge
from qa_pipeline.insight.period import Period, day_of, week_of

#: Weeks that a trend shows at most.
TREND_WEEKS = 13

#: Days before an agreement that are compared with what came after it.
BEFORE_DAYS = 60

#: Outcomes that are orders.
ORDERS = frozenset({CallOutcome.DEAL})

#: Reasons that make a recording no proof of what was agreed.
NO_PROOF = frozenset(
    {
        "no_speech",
        "too_little_speech",
        "party_missing",
        "low_confidence",
        "recording_truncated",
        "recording_too_short",
        "recording_too_quiet",
        "recording_clipped",
    }
)

#: What notices say of the same.
_NOTICED = {"silent": "no_speech", "truncated": "recording_truncated", "dead_channel": "party_missing"}


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call in the list of an agent or team."""

    call_id: str
    agent: str
    agent_name: str
    team: str
    started_at: datetime | None
    duration_s: float | None
    outcome: CallOutcome | None
    state: str
    percent: float | None
    lost_most: tuple[str, ...]
    """Criteria that cost the most points, the dearest first."""
    red_lines: tuple[str, ...]
    complaint: Clip | None
    is_complaint: bool
    recording: str
    unscorable: str
    """Code of the first reason why nothing was scored."""
    no_proof: str = ""
    """Code of why the recording proves nothing; empty: it does."""
    red_clip: Clip | None = None
    """The passage that crossed the first red line that has one."""
    red_confirmed: bool = False
    """A person said that a red line was crossed; else the rules suspect it."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose call it is."""

    agent: str
    agent_name: str
    team: str


@dataclass(slots=True)
class Group:
    """One agent, one team, or everybody (key empty)."""

    key: str
    name: str
    team: str = ""
    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)
    weeks: dict[date, list[float]] = field(default_factory=dict)
    """Scores in percent by the Monday of their week, up to the end of the period."""
    clips: ClipBook = field(default_factory=ClipBook)
    """Of the period."""
    calls: list[CallLine] = field(default_factory=list)
    """Of the period, the newest first."""
    by_team: dict[str, Figures] = field(default_factory=dict)
    """Of an agent: the period's calls by the team in which they were made."""
    newest: tuple[date, str] | None = None
    """Of an agent: day and id of the newest call, which says the team and the name."""

    def part_in(self, team: Group) -> Figures:
        """An agent's own part of a team's figures; the rest of the team are the others."""
        return self.by_team.get(team.key, Figures()) if team.key else self.now

    def trend(self, until: date, weeks: int = TREND_WEEKS) -> list[tuple[date, list[float]]]:
        """Every week up to the one of ``until``, empty ones too, from the first that has a call."""
        last = week_of(until)
        span = [last - timedelta(weeks=back) for back in reversed(range(weeks))]
        first = next((week for week in span if self.weeks.get(week)), last)
        return [(week, self.weeks.get(week, [])) for week in span if week >= first]


@dataclass(slots=True)
class ActionProgress:
    """How often a behaviour was right before something was agreed about it, and since."""

    action: AgreedAction
    before: CriterionFigures
    after: CriterionFigures
    calls_after: int = 0


@dataclass(slots=True)
class Overview:
    """Everything that agent pages, team pages and period reports show."""

    period: Period
    everybody: Group
    teams: dict[str, Group] = field(default_factory=dict)
    agents: dict[str, Group] = field(default_factory=dict)
    undated: int = 0
    """Calls without a time: they belong to no week, month or range of days."""
    newest: date | None = None
    progress: list[ActionProgress] = field(default_factory=list)
    whose: dict[str, Whose] = field(default_factory=dict)
    """Of every call, whenever it was: people contest and change verdicts later."""
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    """Call and criterion of the red lines that a person gave or confirmed, in the period."""
    by_rule: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    """What the rules said, by call and criterion, where a person changed it."""

    def team_of(self, agent: Group) -> Group:
        """What an agent is compared with: the team, or everybody where there is none."""
        return self.teams.get(agent.team, self.everybody)


def overview(summaries: Iterable[CallSummary], period: Period, actions: Iterable[AgreedAction] = ()) -> Overview:
    """Of one period."""
    return overviews(summaries, [period], actions)[0]


def overviews(
    summaries: Iterable[CallSummary], periods: Sequence[Period], actions: Iterable[AgreedAction] = ()
) -> list[Overview]:
    """One pass for all periods; memory grows with the calls of each period by a line."""
    agreed = _in_force(actions)
    whose: dict[str, Whose] = {}
    by_rule: dict[tuple[str, str], Verdict] = {}
    making = [_Making(_begun(period, agreed, whose, by_rule), period.previous) for period in periods]
    kept: dict[Whose, Whose] = {}
    for summary in summaries:
        mine = Whose(summary.agent, summary.agent_name, summary.team)
        whose[summary.call_id] = kept.setdefault(mine, mine)  # one per agent, not one per call
        _changed(by_rule, summary)
        for each in making:
            _add(each, summary)
    return [_finished(each) for each in making]


@dataclass(slots=True)
class _Part:
    """The calls of one agent in one team: counted once, then added to all groups that they belong to."""

    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)
    weeks: dict[date, list[float]] = field(default_factory=dict)
    clips: ClipBook = field(default_factory=lambda: ClipBook(of_one=True))
    calls: list[CallLine] = field(default_factory=list)


@dataclass(slots=True)
class _Making:
    """An overview while calls are being added to it; ``parts`` by agent and team."""

    found: Overview
    previous: Period
    parts: dict[tuple[str, str], _Part] = field(default_factory=dict)


def _begun(
    period: Period,
    actions: Iterable[AgreedAction],
    whose: dict[str, Whose],
    by_rule: dict[tuple[str, str], Verdict],
) -> Overview:
    progress = [_no_progress(action) for action in actions]
    return Overview(period, Group("", ""), progress=progress, whose=whose, by_rule=by_rule)


def _finished(made: _Making) -> Overview:
    found = made.found
    for whose_part in sorted(made.parts):
        _join(found, whose_part, made.parts[whose_part])
    for group in (found.everybody, *found.teams.values(), *found.agents.values()):
        group.calls.sort(key=_newest_first)
    return found


def _join(found: Overview, whose: tuple[str, str], part: _Part) -> None:
    agent, team = whose
    groups = [found.everybody, *([found.teams[team]] if team else []), *([found.agents[agent]] if agent else [])]
    for group in groups:
        merge(group.now, part.now)
        merge(group.before, part.before)
        for week, percents in part.weeks.items():
            group.weeks.setdefault(week, []).extend(percents)
        group.clips.merge(part.clips)
        group.calls.extend(part.calls)
    if agent:
        found.agents[agent].by_team[team] = part.now


def _changed(by_rule: dict[tuple[str, str], Verdict], summary: CallSummary) -> None:
    for criterion in summary.criteria:
        if criterion.machine_verdict is not None:
            by_rule[summary.call_id, criterion.criterion_id] = criterion.machine_verdict


def _newest_first(line: CallLine) -> tuple[float, str]:
    """By what the clocks of the calls showed, whatever the time zone of this machine."""
    shown = line.started_at.replace(tzinfo=UTC).timestamp() if line.started_at else 0.0
    return -shown, line.call_id


def _add(made: _Making, summary: CallSummary) -> None:
    found = made.found
    found.undated += summary.started_at is None
    day = day_of(summary.started_at) if summary.started_at else None
    if day is None and not found.period.has(None):
        return
    in_period, in_previous = found.period.has(day), made.previous.has(day)
    _know(found, summary)
    part = made.parts.setdefault((summary.agent, summary.team), _Part())
    if day is not None and day <= found.period.last and summary.percent is not None and summary.state != "few":
        part.weeks.setdefault(week_of(day), []).append(summary.percent)
    if in_period:
        found.confirmed |= {(summary.call_id, c.criterion_id) for c in summary.criteria if c.confirmed}
        part.now.add(summary)
        part.clips.add(summary)
        part.calls.append(_line(summary))
    elif in_previous:
        part.before.add(summary)
    if day is not None:
        found.newest = max(found.newest or day, day)
        _progress(found.progress, summary, day)


def _know(found: Overview, summary: CallSummary) -> None:
    """Who there is. People change their team, and names are corrected: the newest call says what holds."""
    if summary.team and summary.team not in found.teams:
        found.teams[summary.team] = Group(summary.team, summary.team)
    if not summary.agent:
        return
    agent = found.agents.get(summary.agent)
    if agent is None:
        agent = Group(summary.agent, summary.agent, clips=ClipBook(of_one=True))
        found.agents[summary.agent] = agent
    when = (day_of(summary.started_at) if summary.started_at else date.min, summary.call_id)
    if agent.newest is None or when >= agent.newest:
        agent.newest = when
        agent.name = summary.agent_name or summary.agent_id
        agent.team = summary.team


def _line(summary: CallSummary) -> CallLine:
    lost = sorted((c for c in summary.criteria if c.lost > 0), key=lambda c: -c.lost)
    return CallLine(
        call_id=summary.call_id,
        agent=summary.agent,
        agent_name=summary.agent_name,
        team=summary.team,
        started_at=summary.started_at,
        duration_s=summary.duration_s,
        outcome=summary.outcome,
        state=summary.state,
        percent=summary.percent,
        lost_most=tuple(c.criterion_id for c in lost[:3]),
        red_lines=tuple(c.criterion_id for c in summary.red_lines),
        complaint=summary.complaint,
        is_complaint=is_complaint(summary),
        recording=summary.recording,
        unscorable=summary.unscorable[0].code if summary.unscorable else "",
        no_proof=_no_proof(summary),
        red_clip=next((c.clip for c in summary.red_lines if c.clip), None),
        red_confirmed=any(c.confirmed for c in summary.criteria),
    )


def lacks_proof(line: CallLine) -> str:
    """Why an order has no proper recording, as a code: ``no_recording``, or that of the reason; empty: it has one."""
    if line.outcome not in ORDERS:
        return ""
    if not line.recording:
        return "no_recording"
    return line.no_proof


def _no_proof(summary: CallSummary) -> str:
    """From the reasons for not scoring, or from what is known of the sound of a call that was not scored at all."""
    reasons = [reason.code for reason in summary.unscorable]
    reasons += [_NOTICED[code] for code in summary.notices if code in _NOTICED]
    return next((code for code in reasons if code in NO_PROOF), "")


def _in_force(actions: Iterable[AgreedAction]) -> list[AgreedAction]:
    """What was agreed in one talk about one behaviour, in its newest wording: a corrected sheet takes the place of the
    one before."""
    newest: dict[tuple[object, ...], AgreedAction] = {}
    for action in actions:
        about = action.criterion_id or action.action
        newest[action.agent, action.rubric_id, action.agreed_on, about] = action
    return list(newest.values())


def _no_progress(action: AgreedAction) -> ActionProgress:
    which = action.criterion_id or ""
    return ActionProgress(action, CriterionFigures(which, ""), CriterionFigures(which, ""))


def _progress(progress: list[ActionProgress], summary: CallSummary, day: date) -> None:
    for item in progress:
        action = item.action
        if summary.agent != action.agent or summary.rubric_id != action.rubric_id:
            continue
        since = day >= action.agreed_on  # the same day counts: the talk comes before the next call
        item.calls_after += since
        if not since and day < action.agreed_on - timedelta(days=BEFORE_DAYS):
            continue
        for criterion in summary.criteria:
            if criterion.criterion_id == action.criterion_id and criterion.verdict is not Verdict.NOT_SCORABLE:
                (item.after if since else item.before).add(criterion)
