"""Two versions of a rubric on the same calls: which calls, agents and criteria would change, and by how much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from qa_pipeline.checks.context import Judge
from qa_pipeline.core.call import Call
from qa_pipeline.core.score import Scorecard
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score

#: Name of an agent that nobody named.
NO_AGENT = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a call comes to under one rubric; None where it could not be scored, or neither passes nor fails."""

    percent: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A criterion whose verdict differs; "" where one of the rubrics lacks the criterion."""

    criterion: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CallChange:
    """One call under both rubrics."""

    call_id: str
    agent: str
    before: Standing
    after: Standing
    verdicts: tuple[VerdictChange, ...]

    @property
    def percent_change(self) -> float | None:
        """Percentage points; None where one of the two could not be scored."""
        if self.before.percent is None or self.after.percent is None:
            return None
        return self.after.percent - self.before.percent

    @property
    def changed(self) -> bool:
        return self.before != self.after or bool(self.verdicts)

    @property
    def newly_passed(self) -> bool:
        return self.after.passed is True and self.before.passed is not True

    @property
    def newly_failed(self) -> bool:
        return self.after.passed is False and self.before.passed is not False

    def as_dict(self) -> dict[str, object]:
        return {
            "call_id": self.call_id,
            "agent": self.agent,
            "percent_before": self.before.percent,
            "percent_after": self.after.percent,
            "passed_before": self.before.passed,
            "passed_after": self.after.passed,
            "verdicts": [asdict(change) for change in self.verdicts],
        }


def call_change(agent: str, before: Scorecard, after: Scorecard) -> CallChange:
    """What lies between two scorecards of one call."""
    old, new = ({o.criterion_id: o.verdict.value for o in card.outcomes} for card in (before, after))
    changes = (VerdictChange(name, old.get(name, ""), new.get(name, "")) for name in old | new)
    return CallChange(
        after.call_id,
        agent,
        Standing(before.percent, before.passed),
        Standing(after.percent, after.passed),
        tuple(change for change in changes if change.before != change.after),
    )


@dataclass(slots=True)
class AgentChange:
    """Parts of an agent's mean change; ratios are formed when shown."""

    calls: int = 0
    comparable: int = 0
    percent_change: float = 0.0
    newly_passed: int = 0
    newly_failed: int = 0

    @property
    def mean_percent_change(self) -> float | None:
        return self.percent_change / self.comparable if self.comparable else None

    def as_dict(self) -> dict[str, object]:
        return {
            "calls": self.calls,
            "mean_percent_change": self.mean_percent_change,
            "n": self.comparable,
            "newly_passed": self.newly_passed,
            "newly_failed": self.newly_failed,
        }


@dataclass(slots=True)
class RubricDiff:
    """Everything that changes; of calls only what differs is kept, so that a year of them fits into memory."""

    calls: int = 0
    changed: list[CallChange] = field(default_factory=list)
    agents: dict[str, AgentChange] = field(default_factory=lambda: defaultdict(AgentChange))
    criteria: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, change: CallChange) -> None:
        self.calls += 1
        agent = self.agents[change.agent]
        agent.calls += 1
        if change.percent_change is not None:
            agent.comparable += 1
            agent.percent_change += change.percent_change
        agent.newly_passed += change.newly_passed
        agent.newly_failed += change.newly_failed
        for verdict in change.verdicts:
            self.criteria[verdict.criterion][verdict.before, verdict.after] += 1
        if change.changed:
            self.changed.append(change)

    def as_dict(self) -> dict[str, object]:
        return {
            "calls": self.calls,
            "changed": [change.as_dict() for change in self.changed],
            "agents": {name: agent.as_dict() for name, agent in sorted(self.agents.items())},
            "criteria": {
                name: [{"before": old, "after": new, "calls": n} for (old, new), n in counter.most_common()]
                for name, counter in self.criteria.items()
            },
        }


def rubric_diff(
    calls: Iterable[Call], before: LoadedRubric, after: LoadedRubric, judge: Judge | None = None
) -> RubricDiff:
    """Score every call under both rubrics; nothing is stored."""
    diff = RubricDiff()
    for call in calls:
        diff.add(call_change(_agent(call), score(call, before, judge), score(call, after, judge)))
    return diff


def _agent(call: Call) -> str:
    """Name and id: two agents may bear one name."""
    name, agent_id = call.metadata.agent_name, call.metadata.agent_id
    return f"{name} ({agent_id})" if name and agent_id else name or agent_id or NO_AGENT
