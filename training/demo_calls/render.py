"""Render the demo calls: recordings, calls.csv and reference.jsonl.

Usage: python -m training.demo_calls.render --out qa_pipeline/demo
"""

import argparse
import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from training.demo_calls import encode
from training.demo_calls.dialogue import Dialogue, read_all
from training.demo_calls.mixing import Turn, mix, place
from training.demo_calls.timed_speech import speak

SEED = 20261120
COLUMNS = (
    *("recording", "call_id", "agent_id", "agent_name", "team", "started_at", "direction", "customer_id"),
    *("connected", "outcome", "agent_channel"),
)
# Calls whose table row does not say where the agent is: the words have to tell.
CHANNEL_UNKNOWN = frozenset({"D05", "D09", "D11", "D12", "D13", "D14"})


def render(dialogue: Dialogue, folder: Path) -> list[Turn]:
    """Write one recording; returns its turns with their times."""
    rng = random.Random(f"{SEED} {dialogue.id}")
    path = folder / dialogue.recording
    if dialogue.codec == "broken":
        encode.write_broken(path, rng)
        return []
    spoken = [speak(line.text, dialogue.voices[line.role]) for line in dialogue.lines]
    turns = place(dialogue, spoken, rng)
    generator = np.random.default_rng(rng.getrandbits(32))
    encode.write(path, mix(dialogue, turns, rng, generator), dialogue.codec)
    return turns


def channel_of(dialogue: Dialogue, role: str) -> str:
    """left, right or mono."""
    if dialogue.layout == "mono":
        return "mono"
    other = "left" if dialogue.agent_side == "right" else "right"
    return dialogue.agent_side if role == "agent" else other


def seconds(value: float) -> float:
    """To the millisecond."""
    return round(value, 3)


def reference_of(dialogue: Dialogue, turns: list[Turn]) -> dict[str, Any]:
    """The labelled call."""
    head = {
        "id": dialogue.id,
        "recording": dialogue.recording,
        "language": "zh",
        "industry": "home_broadband",
        "direction": dialogue.direction,
        "outcome": dialogue.outcome,
        "quality": dialogue.quality,
        "agent_id": dialogue.agent.id,
        "agent_name": dialogue.agent.name,
        "team": dialogue.agent.team,
    }
    # A silent call has no outcome and no quality: unknown stays unknown.
    known = {key: value for key, value in head.items() if value}
    spoken = [turn_of(dialogue, turn) for turn in turns]
    return {
        **known,
        "turns": spoken,
        "labels": dialogue.labels,
        "evidence": dialogue.evidence,
        "note": dialogue.note,
    }


def turn_of(dialogue: Dialogue, turn: Turn) -> dict[str, Any]:
    """One turn of the reference."""
    return {
        "role": turn.line.role,
        "text": turn.line.text,
        "start_s": seconds(turn.start_s),
        "end_s": seconds(turn.end_s),
        "stage": turn.line.stage,
        "channel": channel_of(dialogue, turn.line.role),
        "words": [{"text": w.text, "start_s": seconds(w.start_s), "end_s": seconds(w.end_s)} for w in turn.words],
    }


def row_of(dialogue: Dialogue) -> dict[str, str]:
    """The call's row in calls.csv."""
    return {
        "recording": dialogue.recording,
        "call_id": dialogue.id,
        "agent_id": dialogue.agent.id,
        "agent_name": dialogue.agent.name,
        "team": dialogue.agent.team,
        "started_at": dialogue.started_at,
        "direction": dialogue.direction,
        "customer_id": dialogue.customer_id,
        "connected": "yes",
        "outcome": dialogue.outcome,
        "agent_channel": "" if dialogue.id in CHANNEL_UNKNOWN else dialogue.agent_side,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="render the recordings of these calls alone")
    options = parser.parse_args()
    recordings = options.out / "recordings"
    recordings.mkdir(parents=True, exist_ok=True)
    dialogues = read_all()
    if options.only:
        for dialogue in (d for d in dialogues if d.id in options.only):
            render(dialogue, recordings)
        return
    with (options.out / "reference.jsonl").open("w", encoding="utf-8") as reference:
        for dialogue in dialogues:
            turns = render(dialogue, recordings)
            if dialogue.codec != "broken":
                reference.write(json.dumps(reference_of(dialogue, turns), ensure_ascii=False) + "\n")
    with (options.out / "calls.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row_of(d) for d in dialogues)


if __name__ == "__main__":
    main()
