"""The output folder: call pages with their sound, and the index over all calls that have a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from qa_pipeline import __version__
from qa_pipeline.checks.doubt import blotted
from qa_pipeline.core.call import Call
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.score import Scorecard
from qa_pipeline.core.summary import agent_key
from qa_pipeline.insight.clips import ClipBook
from qa_pipeline.insight.team_norms import TeamNorms
from qa_pipeline.leads.loading import load_lead_rules
from qa_pipeline.leads.record import lead_record
from qa_pipeline.leads.rules import LeadRules
from qa_pipeline.made_from import fingerprint, is_made_from
from qa_pipeline.page_sound import AudioMode, PageSounds, Sound
from qa_pipeline.page_sound import StoredSound as StoredSound
from qa_pipeline.report import (
    CallResult,
    IndexRow,
    PageOptions,
    page_name,
    write_call_page,
    write_index,
    write_static,
)
from qa_pipeline.report.call.notices import notices
from qa_pipeline.report.call.write_call import audio_address
from qa_pipeline.report.links import agent_file, overview_links
from qa_pipeline.report.sound.outline import load_peaks
from qa_pipeline.report.values import AudioLink, ModelWording
from qa_pipeline.report.wording import LANGUAGES, Wording, page_suffix
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.codec import encode
from qa_pipeline.store.database import Store
from qa_pipeline.summaries import current_summaries, failure_rows, final_card
from qa_pipeline.survey import Survey


class Pages:
    """Writes into one folder, which can be copied anywhere and opened without a network."""

    def __init__(
        self,
        out: Path,
        lead_rules: LeadRules | None = None,
        audio: AudioMode = "copy",
        *,
        with_overviews: bool = False,
    ) -> None:
        """``with_overviews``: pages of agents will be written beside, so that calls link to them."""
        self._out = out
        self._sounds = PageSounds(out, audio)
        self._lead_rules = lead_rules or load_lead_rules()
        self._options = PageOptions(version=__version__)
        self._norms, self._clips = TeamNorms(), ClipBook()
        self._with_overviews = with_overviews
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_static(out)
        except OSError as error:
            raise UserError(f"{out}: cannot be written to ({error.strerror}); choose another --out folder") from None

    @property
    def index(self) -> Path:
        return self._out / "index.html"

    def page(self, call_id: str) -> Path:
        return self._out / "calls" / f"{page_name(call_id)}.html"

    def write(self, call: Call, store: Store, loaded: LoadedRubric, sound: Sound | None) -> Path:
        """The page of one call under a rubric, with its sound; None: that of the stored recording, if it is needed.

        A page that shows all this already stays as it is.
        """
        try:
            audio = self._audio(call, store, sound)
            result = self._result(call, store, loaded, audio)
            made_from = self._made_from(result, loaded)
            if all(is_made_from(page, made_from) for page in self._pages(call.call_id)):
                return self.page(call.call_id)
            return write_call_page(result, self._out, replace(self._options, made_from=made_from))
        except OSError as error:
            raise UserError(f"{self._out}: cannot be written to ({error.strerror}); mend this and run again") from None

    def _pages(self, call_id: str) -> Iterator[Path]:
        """In all languages."""
        return (self._out / "calls" / f"{page_name(call_id)}{page_suffix(lang)}" for lang in LANGUAGES)

    def _made_from(self, result: CallResult, loaded: LoadedRubric) -> str:
        """Of all that the page shows; of the rubric its hash, of the sound its address and outline."""
        shown = encode(replace(result, rubric=None, audio=None, team=_rough(result.team)))
        played = audio_address(result.audio, self._out / "calls"), load_peaks(result.audio)
        return fingerprint(shown, loaded.sha256, played, self._options)

    def learn(self, store: Store, loaded: LoadedRubric) -> bool:
        """``learn_from`` all that is stored."""
        return self.learn_from(Survey().over(current_summaries(store, loaded)))

    def learn_from(self, survey: Survey) -> bool:
        """From now on pages show what is usual in the calls' teams and how others said it best; True where pages may
        have to be written again for that."""
        before = self._known()
        self._norms, self._clips = survey.norms, survey.clips
        return self._known() != before

    def _known(self) -> object:
        return {key: _rough(norm) for key, norm in self._norms.by_team.items()}, self._clips.fingerprint()

    def write_again(self, call_id: str, store: Store, loaded: LoadedRubric) -> None:
        """The page of a stored call that has one, beside what is known by now."""
        call = store.call(call_id)
        if call is not None:
            self.write(call, store, loaded, None)

    def write_all(
        self, store: Store, loaded: LoadedRubric, on_written: Callable[[str], None] = lambda call_id: None
    ) -> None:
        """Every stored call's page."""
        for call in store.calls():
            self.write(call, store, loaded, None)
            on_written(call.call_id)

    def write_index(self, store: Store, loaded: LoadedRubric, survey: Survey | None = None) -> Path:
        """The list of the calls that have a page. ``survey``: of all calls, where that is known already."""
        survey = survey or Survey(loaded.rubric).over(current_summaries(store, loaded))
        rows = (self._linked(row) for row in survey.rows if (self._out / "calls" / f"{row.page}.html").exists())
        return write_index(rows, failure_rows(store), self._out, self._options, loaded.rubric, self._overviews)

    def _overviews(self, words: Wording) -> list[tuple[str, str]]:
        return overview_links(self._out, words)

    def _linked(self, row: IndexRow) -> IndexRow:
        return row if self._is_there(row.agent_page) else replace(row, agent_page="")

    def _agent_page(self, agent: str) -> str:
        """The agent's page in the folder, without its ending; empty where there is none and none will be."""
        stem = agent_file(agent) if agent else ""
        return stem if self._is_there(stem) else ""

    def _is_there(self, stem: str) -> bool:
        return bool(stem) and (self._with_overviews or (self._out / f"{stem}.html").exists())

    def _result(self, call: Call, store: Store, loaded: LoadedRubric, audio: Path | AudioLink | None) -> CallResult:
        rubric = loaded.rubric
        card, reviews = final_card(call.call_id, store, loaded), store.reviews(rubric.id, call.call_id)
        told = notices(call, rubric.min_confidence, card.unscorable if card else ())
        told += ("audio_original",) if isinstance(audio, AudioLink) else ()
        known = call.metadata
        agent = agent_key(known.agent_id, known.agent_name, known.team)
        page = self._agent_page(agent)
        return CallResult(
            call,
            card,
            rubric,
            audio,
            told,
            # Nothing is noted about a lead from words that may never have been said.
            lead_record(blotted(call), self._lead_rules),
            self._norms.of(call),
            self._wordings(card, call.call_id, agent),
            tuple(reviews),
            f"../{page}.html" if page else "",
        )

    def _wordings(self, card: Scorecard | None, call_id: str, agent: str) -> dict[str, ModelWording]:
        """How others said what this call lacks: the best passage of another agent, else of another call."""
        found = {}
        for outcome in card.outcomes if card else ():
            clips = self._clips.good(outcome.criterion_id, other_than=agent or None) if outcome.lost > 0 else ()
            best = next((clip for clip in clips if clip.call_id != call_id), None)
            if best:
                clip, name = best.clip, best.agent_name or best.agent
                found[outcome.criterion_id] = ModelWording(
                    clip.text, name, page_name(best.call_id), clip.start_s, clip.turn
                )
        return found

    def _audio(self, call: Call, store: Store, sound: Sound | None) -> Path | AudioLink | None:
        stored = store.recording_of(call.call_id)
        return self._sounds.of(call, stored[0] if stored else None, sound or (StoredSound(*stored) if stored else None))


def _rough(norm: TeamNorm | None) -> TeamNorm | None:
    """Numbers of calls to two digits: that a median is of 1,250 calls instead of 1,240 makes no page old, else every
    new call would be a reason to write the pages of its whole team."""
    if norm is None:
        return None
    return TeamNorm(norm.team, {name: Norm(n.median, int(float(f"{n.calls:.1e}"))) for name, n in norm.norms.items()})
