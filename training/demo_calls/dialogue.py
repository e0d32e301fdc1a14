"""Demo dialogues: YAML files to frozen values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "dialogues"
AGENTS_FILE = Path(__file__).parent / "agents.yaml"
CRITERIA = (
    *("greet", "identify_self", "state_purpose_with_benefit", "ask_situation", "ask_need", "confirm_need"),
    *("tailored_recommendation", "offer_choice", "state_price", "ask_opinion", "act_on_buying_signal"),
    *("acknowledge_objection", "answer_objection", "next_step", "confirm_terms", "thank_and_goodbye"),
    *("courteous", "respects_refusal", "no_misleading_promise", "protects_privacy"),
)
ROLES = ("agent", "customer")
STAGES = ("opening", "needs", "recommendation", "objection", "close")


@dataclass(frozen=True)
class Agent:
    """A fictitious agent."""

    id: str
    name: str
    team: str


@dataclass(frozen=True)
class Voice:
    """An espeak-ng variant with its rate (words per minute) and pitch (0 to 99)."""

    variant: str
    speed: int
    pitch: int


@dataclass(frozen=True)
class Line:
    """One turn of the script."""

    role: str
    stage: str
    text: str
    shows: tuple[str, ...] = ()  # criteria that this turn proves, or breaks
    gap_s: float | None = None  # to the end of the turn before; negative: barges in
    over_previous: float | None = None  # begins at this fraction of the turn before and does not take the floor


@dataclass(frozen=True)
class Dialogue:
    """One demo call."""

    id: str
    recording: str
    codec: str
    layout: str  # two_channel | mono
    agent_side: str  # left | right
    agent: Agent
    customer_name: str
    customer_id: str
    started_at: str
    direction: str
    outcome: str
    quality: str
    snr_db: float
    gain_db: float  # of the whole recording; negative: quiet
    voices: dict[str, Voice]
    not_applicable: tuple[str, ...]
    negative: tuple[str, ...]
    note: str
    lines: tuple[Line, ...]
    silent_s: float = 0.0

    @property
    def labels(self) -> dict[str, str]:
        """yes, no or na for every criterion; all na where nobody speaks."""
        if not self.lines:
            return dict.fromkeys(CRITERIA, "na")
        marked = dict.fromkeys(self.not_applicable, "na") | dict.fromkeys(self.negative, "no")
        return {criterion: marked.get(criterion, "yes") for criterion in CRITERIA}

    @property
    def evidence(self) -> dict[str, list[int]]:
        """Indices of the turns that show each criterion."""
        return {c: [i for i, line in enumerate(self.lines) if c in line.shows] for c in CRITERIA}


def read_agents(path: Path = AGENTS_FILE) -> dict[str, Agent]:
    """All agents by id."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key: Agent(key, value["name"], value["team"]) for key, value in raw.items()}


def read_line(raw: list[Any]) -> Line:
    """`[role, stage, text, {options}]`."""
    role, stage, text, *rest = raw
    if role not in ROLES or stage not in STAGES or len(rest) > 1:
        raise ValueError(f"not a turn: {raw}")
    options = dict(rest[0]) if rest else {}
    shows = tuple(options.pop("shows", ()))
    if unknown := set(shows) - set(CRITERIA):
        raise ValueError(f"unknown criteria {sorted(unknown)} in {raw}")
    return Line(role, stage, text, shows, **options)


def read_dialogue(path: Path, agents: dict[str, Agent]) -> Dialogue:
    """One call from its YAML file."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    labels = raw.get("labels", {})
    return Dialogue(
        id=raw["id"],
        recording=raw["recording"],
        codec=raw["codec"],
        layout=raw["layout"],
        agent_side=raw.get("agent_side", "left"),
        agent=agents[raw["agent"]],
        customer_name=raw["customer"]["name"],
        customer_id=raw["customer"]["id"],
        started_at=raw["started_at"],
        direction=raw["direction"],
        outcome=raw.get("outcome", ""),
        quality=raw.get("quality", ""),
        snr_db=raw.get("snr_db", 0.0),
        gain_db=raw.get("gain_db", 0.0),
        voices={role: Voice(**voice) for role, voice in raw.get("voices", {}).items()},
        not_applicable=tuple(labels.get("na", ())),
        negative=tuple(labels.get("no", ())),
        note=raw["note"],
        lines=tuple(read_line(line) for line in raw["turns"]),
        silent_s=raw.get("silent_s", 0.0),
    )


def read_all(folder: Path = FOLDER) -> list[Dialogue]:
    """All demo calls in the order of their ids."""
    agents = read_agents()
    return [read_dialogue(path, agents) for path in sorted(folder.glob("*.yaml"))]
