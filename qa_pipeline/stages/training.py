"""Fits a stage model on labelled calls.

Three layers, each fitted on what the one below says of calls that it has not seen: linear decisions on the words of
single turns; acts in their context; a linear-chain conditional random field over the stages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from threadpoolctl import threadpool_limits

from qa_pipeline.core.call import Role, Stage, Turn
from qa_pipeline.language.turn_fitting import fit_turns, matrix, space_of
from qa_pipeline.stages.context import context_features, own_column
from qa_pipeline.stages.cue_matcher import CueMatcher, cue_matcher
from qa_pipeline.stages.evidence import ACTS, DECISIONS, STAGES, Evidence, mark_cues, possible, sigmoid
from qa_pipeline.stages.model import Chain, Linear, StageModel, Weights

Array = NDArray[np.float64]

#: Grams in fewer turns than this are left out: (the turn's own, its neighbours'), by number of training turns.
MIN_TURNS_LARGE = (4, 6)
MIN_TURNS_SMALL = (2, 4)
LARGE = 5000

#: How much a cue weighs beside the grams of its turn, which together weigh 1.
CUE_WEIGHT = 0.35

#: Strength of the acts' fit (inverse of the penalty); an act's own evidence weighs more than all other context.
ACT_C = 0.003
OWN_BOOST = 8.0

#: Penalty of the chain's weights, and passes over the calls.
CHAIN_L2 = 20.0
CHAIN_PASSES = 80

#: Parts into which the calls are cut so that upper layers learn from turns judged by strangers.
INNER_FOLDS = 4

Progress = Callable[[str, int], None]

#: Steps that are reported as progress.
STEPS = INNER_FOLDS + 3


@dataclass(frozen=True, slots=True)
class TaughtCall:
    """A call to learn from. ``acts``: per turn, None where nobody labelled them; ``whole``: False for a passage.

    ``known``: acts that whoever labelled the call looked for; of others, that a turn lacks them says nothing.
    """

    turns: tuple[Turn, ...]
    stages: tuple[Stage, ...]
    acts: tuple[frozenset[str], ...] | None
    whole: bool = True
    known: frozenset[str] = frozenset(name for _, name in ACTS)


@dataclass(frozen=True, eq=False)
class _Task:
    """Training turns as numbers; one row per turn of all calls. ``hidden`` rows do not know who speaks."""

    calls: Sequence[TaughtCall]
    evidence: Evidence
    grams: csr_matrix
    marks: Array
    hidden_marks: Array
    targets: NDArray[np.bool_]
    taught: NDArray[np.bool_]
    whole: NDArray[np.bool_]

    def rows(self, marks: Array) -> csr_matrix:
        return hstack([self.grams, csr_matrix(marks * CUE_WEIGHT)]).tocsr()


def fit_stage_model(
    language: str, calls: Sequence[TaughtCall], jobs: int = 1, progress: Progress = lambda name, steps: None
) -> StageModel:
    """A stage model of these calls; the same calls give the same model."""
    # The matrices are small: linear algebra in several threads per process costs far more than it gives.
    with threadpool_limits(1):
        return _fitted(language, calls, jobs, progress)


def _fitted(language: str, calls: Sequence[TaughtCall], jobs: int, progress: Progress) -> StageModel:
    task = _task(language, calls)
    known, hidden = _strangers(task, jobs, progress)
    evidence = _fit_evidence(task, jobs)
    progress("evidence", 1)
    whole = [call for call in calls if call.whole]
    with_roles = _contexts(whole, known, task.marks[task.whole], roles=True)
    without_roles = _contexts([_anonymous(c) for c in whole], hidden, task.hidden_marks[task.whole], roles=False)
    acts, thresholds = _fit_acts(whole, with_roles, task, jobs)
    progress("acts", 1)
    chains = Parallel(jobs)(delayed(_fit_chain)(whole, features) for features in (with_roles, without_roles))
    progress("stages", 1)
    return StageModel(language, evidence, acts, thresholds, chains[0], chains[1])


def _task(language: str, calls: Sequence[TaughtCall]) -> _Task:
    talks = [call.turns for call in calls]
    count = sum(map(len, talks))
    least = MIN_TURNS_LARGE if count >= LARGE else MIN_TURNS_SMALL
    space = space_of(talks, *least, by_words=language != "zh")
    matcher = cue_matcher(language)
    cues = matcher.names
    empty = np.zeros((0, 0), dtype=np.float32)
    return _Task(
        calls,
        Evidence(space, cues, empty, empty, empty),
        matrix(space, talks, [call.whole for call in calls]),
        _marks(calls, cues, matcher),
        _marks([_anonymous(call) for call in calls], cues, matcher),
        np.array([row for call in calls for row in _targets(call)], dtype=bool),
        np.array([row for call in calls for row in _taught(call)], dtype=bool),
        np.repeat([call.whole for call in calls], [len(call.turns) for call in calls]),
    )


def _marks(calls: Sequence[TaughtCall], cues: Sequence[str], matcher: CueMatcher) -> Array:
    return np.vstack([mark_cues([matcher.hits(turn) for turn in call.turns], cues) for call in calls])


def _anonymous(call: TaughtCall) -> TaughtCall:
    """The call as it is where nobody knows who speaks."""
    return replace(call, turns=tuple(replace(turn, role=Role.UNKNOWN) for turn in call.turns))


def _targets(call: TaughtCall) -> list[list[bool]]:
    acts = call.acts or (frozenset[str](),) * len(call.turns)
    return [
        [act in done and role is turn.role for role, act in ACTS] + [stage is given for stage in STAGES]
        for turn, done, given in zip(call.turns, acts, call.stages, strict=True)
    ]


def _taught(call: TaughtCall) -> NDArray[np.bool_]:
    """Shape (turns, decisions): whether the turn says anything about the decision (right party, acts labelled)."""
    rows = possible([turn.role for turn in call.turns])
    looked_for = call.known if call.acts is not None else frozenset()
    rows[:, [column for column, (_, name) in enumerate(ACTS) if name not in looked_for]] = False
    return rows


def _fit_evidence(task: _Task, jobs: int) -> Evidence:
    weights, bias = fit_turns(task.rows(task.marks), task.targets, task.taught, jobs)
    grams = task.grams.shape[1]
    cue_weights = (weights[grams:] * CUE_WEIGHT).astype(np.float32)
    return replace(task.evidence, weights=weights[:grams].astype(np.float32), cue_weights=cue_weights, bias=bias)


def _strangers(task: _Task, jobs: int, progress: Progress) -> tuple[Array, Array]:
    """Evidence of the turns of whole calls, with and without knowing who speaks, by models that never saw the call."""
    part_of = iter(np.random.default_rng(1).permutation(np.arange(sum(c.whole for c in task.calls)) % INNER_FOLDS))
    # Passages (-1) are in every training part: nothing is measured on them.
    fold = np.repeat([next(part_of) if c.whole else -1 for c in task.calls], [len(c.turns) for c in task.calls])
    rows, hidden = task.rows(task.marks), task.rows(task.hidden_marks)
    allowed = np.vstack([possible([turn.role for turn in call.turns]) for call in task.calls])
    found = np.zeros((2, *task.targets.shape))
    for part in range(INNER_FOLDS):
        learn, judge = fold != part, fold == part
        weights, bias = fit_turns(rows[learn], task.targets[learn], task.taught[learn], jobs)
        found[0, judge] = sigmoid(rows[judge] @ weights + bias) * allowed[judge]
        found[1, judge] = sigmoid(hidden[judge] @ weights + bias)
        progress("evidence", 1)
    return found[0, task.whole], found[1, task.whole]


def _contexts(calls: Sequence[TaughtCall], evidence: Array, marks: Array, *, roles: bool) -> list[Array]:
    """Context features of each call."""
    ends = np.cumsum([len(call.turns) for call in calls])[:-1]
    return [
        context_features(call.turns, found, cues, roles=roles)
        for call, found, cues in zip(calls, np.split(evidence, ends), np.split(marks, ends), strict=True)
    ]


def _fit_acts(calls: Sequence[TaughtCall], features: Sequence[Array], task: _Task, jobs: int) -> tuple[Linear, Weights]:
    """One logistic regression per act, and the probability from which it is claimed."""
    x = np.vstack(features)
    targets, taught = task.targets[task.whole], task.taught[task.whole]
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    standard = (x - centre) / scale
    half = np.repeat(np.random.default_rng(2).permutation(len(calls)) % 2, [len(call.turns) for call in calls])
    fitted = Parallel(jobs)(
        delayed(_fit_act)(
            standard[taught[:, act]],
            targets[taught[:, act], act],
            half[taught[:, act]],
            own_column(act, len(DECISIONS)),
        )
        for act in range(len(ACTS))
    )
    weights = np.stack([found.weights for found in fitted], axis=1) / scale[:, None]
    bias = np.array([found.bias for found in fitted]) - centre @ weights
    thresholds = np.array([found.threshold for found in fitted], dtype=np.float32)
    return Linear(weights.astype(np.float32), bias.astype(np.float32)), thresholds


@dataclass(frozen=True, eq=False)
class _Act:
    weights: Array
    bias: float
    threshold: float


def _fit_act(x: Array, y: NDArray[np.bool_], half: NDArray[np.int64], own: int) -> _Act:
    if not y.any() or y.all():  # never labelled, or never absent: nothing to tell apart
        return _Act(np.zeros(x.shape[1]), 10.0 if y.size and y.all() else -10.0, 0.5)
    boost = np.ones(x.shape[1])
    boost[own] = OWN_BOOST
    model = _regression().fit(x * boost, y)
    judged = np.zeros(len(y))
    for part in (0, 1):
        learn, judge = half != part, half == part
        if y[learn].any() and not y[learn].all() and judge.any():
            judged[judge] = _regression().fit(x[learn] * boost, y[learn]).predict_proba(x[judge] * boost)[:, 1]
    return _Act(model.coef_[0] * boost, float(model.intercept_[0]), best_threshold(judged, y))


def _regression() -> LogisticRegression:
    return LogisticRegression(C=ACT_C, max_iter=500, random_state=0)


def best_threshold(probabilities: Array, truth: NDArray[np.bool_]) -> float:
    """Where precision and recall balance best (F1), within reason."""
    precision, recall, cuts = precision_recall_curve(truth, probabilities)
    f1 = 2 * precision * recall / np.maximum(1e-9, precision + recall)
    return float(np.clip(cuts[int(np.argmax(f1[:-1]))], 0.1, 0.6))


def _fit_chain(calls: Sequence[TaughtCall], features: Sequence[Array]) -> Chain:
    """Linear-chain conditional random field (CRFsuite, L-BFGS)."""
    import pycrfsuite

    x = np.vstack(features)
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    names = [str(column) for column in range(x.shape[1])]
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {
            "c1": 0.0,
            "c2": CHAIN_L2,
            "max_iterations": CHAIN_PASSES,
            "feature.possible_states": True,
            "feature.possible_transitions": True,
        }
    )
    for call, rows in zip(calls, features, strict=True):
        items = [dict(zip(names, row, strict=True)) | {"bias": 1.0} for row in ((rows - centre) / scale).tolist()]
        trainer.append(pycrfsuite.ItemSequence(items), [stage.value for stage in call.stages])
    with TemporaryDirectory() as folder:
        trainer.train(str(Path(folder) / "chain"))
        tagger = pycrfsuite.Tagger()
        tagger.open(str(Path(folder) / "chain"))
        info = tagger.info()
    return _chain(info.state_features, info.transitions, centre, scale)


def _chain(
    states: dict[tuple[str, str], float], steps: dict[tuple[str, str], float], centre: Array, scale: Array
) -> Chain:
    standard = np.array(
        [[states.get((str(column), stage.value), 0.0) for stage in STAGES] for column in range(len(centre))]
    )
    weights = standard / scale[:, None]
    bias = np.array([states.get(("bias", stage.value), 0.0) for stage in STAGES]) - centre @ weights
    transitions = np.array([[steps.get((a.value, b.value), 0.0) for b in STAGES] for a in STAGES])
    return Chain(Linear(weights.astype(np.float32), bias.astype(np.float32)), transitions.astype(np.float32))
