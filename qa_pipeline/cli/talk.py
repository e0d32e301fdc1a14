"""``talk``: who spoke how long and how, for stored calls."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa_pipeline.core.call import Call
    from qa_pipeline.core.talk import TalkFacts

_COLUMNS = ("call", "length", "agent", "customer", "agent share", "rate", "answers after", "interrupts", "dead air")


def talk(
    calls: Annotated[list[str] | None, typer.Argument(help="Ids of calls; all stored calls without any.")] = None,
    turns: Annotated[bool, typer.Option("--turns", help="With --json: also every turn's times and sound.")] = False,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Show talk metrics of stored calls: speech, rate, answers, interruptions, dead air (docs/talk-metrics.md)."""
    from qa_pipeline.cli.stored import open_existing, tell_unreadable, wanted_calls
    from qa_pipeline.config import load_settings
    from qa_pipeline.insight.talk_figures import talk_figures

    settings = load_settings({"store": store})
    with open_existing(settings.store) as opened:
        found = wanted_calls(opened, calls or [])
        if json:
            for call in found:
                typer.echo(json_module.dumps(talk_figures(call, with_turns=turns), ensure_ascii=False))
        else:
            _print_table(found)
        return tell_unreadable(opened)


def _print_table(calls: Iterator[Call]) -> None:
    from rich.console import Console
    from rich.table import Table

    from qa_pipeline.language.redaction import mask_identifier

    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "call" else "right")
    for call in calls:
        table.add_row(mask_identifier(call.call_id), *(_cells(call, call.talk) if call.talk else ["-"] * 8))
    console = Console()
    console.print(table)
    console.print("agent's rate: characters (English: words) a minute; ~: one channel, an estimate; -: cannot be known")


def _cells(call: Call, talk: TalkFacts) -> list[str]:
    from statistics import median

    from qa_pipeline.insight.talk_figures import talk_figures

    figures, agent = talk_figures(call), talk.agent
    about = "~" if talk.estimated else ""
    share, cuts = talk.agent_share, figures["interruptions"]
    return [
        _seconds(talk.duration_s),
        _seconds(talk.agent_speech_s),
        _seconds(talk.customer_speech_s),
        "-" if share is None else f"{about}{100 * share:.0f}%",
        f"{agent.rate_cpm:.0f}" if agent and agent.rate_cpm else "-",
        f"{median(agent.responses_s):.1f} s" if agent and agent.responses_s else "-",
        "-" if cuts is None else str(cuts["agent"]),
        _seconds(figures["dead_air_s"]),
    ]


def _seconds(value_s: float | None) -> str:
    return "-" if value_s is None else f"{value_s:.0f} s"
