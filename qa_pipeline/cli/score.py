"""``score``: stored calls under a rubric, without listening again."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options

if TYPE_CHECKING:
    from qa_pipeline.core.call import Call
    from qa_pipeline.core.score import Scorecard


def score_calls(
    rubric: options.Rubric = None,
    store: options.Store = None,
    calls: Annotated[
        str | None, typer.Option(help="Only these: agent=…, team=…, outcome=…, id=…, comma-separated.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Show who would change; write nothing.")] = False,
    json: options.Json = False,
) -> int:
    """Score stored calls again; with --simulate only show what would change."""
    from qa_pipeline.config import load_settings
    from qa_pipeline.core.errors import UserError
    from qa_pipeline.rubric.loading import load_rubric
    from qa_pipeline.scoring import score
    from qa_pipeline.store.database import open_store, shown_address

    settings = load_settings({"rubric": rubric, "store": store})
    loaded = load_rubric(settings.rubric)
    wanted = parse_filter(calls)
    scored = 0
    with open_store(settings.store) as opened:
        for call in opened.calls():
            if not matches(call, wanted):
                continue
            scored += 1
            before = opened.scorecard(call.call_id, loaded.rubric.id)
            after = score(call, loaded)
            if not simulate and (
                before is None or before.outcomes != after.outcomes or before.rubric_sha256 != loaded.sha256
            ):
                opened.put_scorecard(after, opened.result_key(call.call_id, "call") or "")
            _print(before, after, as_json=json)
    if not scored:
        raise UserError(
            f"{shown_address(settings.store)}: holds no call"
            + (" that fits --calls" if wanted else "; use run or import")
        )
    return 0


def parse_filter(text: str | None) -> dict[str, str]:
    """``agent=A1,team=B`` as a mapping; UserError for an unknown key."""
    from qa_pipeline.core.errors import UserError

    wanted: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in (text or "").split(","))):
        key, equals, value = part.partition("=")
        if not equals or key not in ("agent", "team", "outcome", "id"):
            raise UserError(f"--calls {part}: expected agent=…, team=…, outcome=… or id=…")
        wanted[key] = value
    return wanted


def matches(call: Call, wanted: dict[str, str]) -> bool:
    facts = {
        "id": call.call_id,
        "agent": call.metadata.agent_id,
        "team": call.metadata.team,
        "outcome": call.metadata.outcome,
    }
    return all(facts[key] == value for key, value in wanted.items())


def _print(before: Scorecard | None, after: Scorecard, *, as_json: bool) -> None:
    from qa_pipeline.language.redaction import mask_identifier

    old, new = (before.percent if before else None), after.percent
    if as_json:
        row = {
            "call_id": after.call_id,
            "percent": new,
            "percent_before": old,
            "passed": after.passed,
            "red_lines": [outcome.criterion_id for outcome in after.red_lines],
            "criteria": {outcome.criterion_id: outcome.verdict for outcome in after.outcomes},
        }
        typer.echo(json_module.dumps(row, ensure_ascii=False))
        return
    change = "" if before is None or old == new else f"  (was {_shown(old)})"
    red = f"  red line: {', '.join(o.criterion_id for o in after.red_lines)}" if after.red_lines else ""
    typer.echo(
        f"{mask_identifier(after.call_id)}  {_shown(new)}  scored {after.scored} of {len(after.outcomes)}{change}{red}"
    )


def _shown(percent: float | None) -> str:
    return "not scorable" if percent is None else f"{percent:.1f}"
