"""Which model a name stands for. Nothing here asks a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.models.find import Means, find
from qa_pipeline.transcribe.models.folder import SpeechModel, read_json
from qa_pipeline.transcribe.models.hub import ALIASES, advice, repository_of
from tests.transcribe.fake_models import CHECKPOINT_CONFIG, FakeConverter, FakeHub, checkpoint_folder, model_folder

TURBO = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
BELLE = ALIASES["belle-turbo-zh"]


def looked_up(
    name: str, hub: FakeHub, storage: Path, convert: FakeConverter | None = None, ask: bool = True
) -> SpeechModel:
    return find(name, Means(storage, hub, convert or FakeConverter(), may_download=ask))


def one_line(problem: pytest.ExceptionInfo[UserError]) -> bool:
    return "\n" not in str(problem.value)


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    model = find_model(str(model_folder(tmp_path / "mine")))
    assert (model.name, model.folder, model.is_demo) == ("mine", tmp_path / "mine", False)


@pytest.mark.parametrize("part", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    (model_folder(tmp_path) / part).unlink()
    with pytest.raises(UserError, match=rf"{part} is missing") as error:
        find_model(str(tmp_path))
    assert one_line(error)


def test_the_revision_changes_with_the_weights(tmp_path: Path) -> None:
    big = b"\0" * (3 << 20)
    layer = big[: 3 << 19] + b"x" * (64 << 10)  # trained on between the ends
    layer += big[len(layer) :]
    contents = [b"weights", b"weightt", big, b"x" + big[1:], big[1:] + b"x", big + b"\0", layer]
    revisions = [find_model(str(model_folder(tmp_path, content))).revision for content in contents]
    assert len(set(revisions)) == len(contents)
    assert find_model(str(model_folder(tmp_path, big))).revision == revisions[2]


def test_a_shipped_name_is_found_in_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_folder(tmp_path / "demo-xx")
    monkeypatch.setattr("qa_pipeline.transcribe.models.find.models_dir", lambda: tmp_path)
    assert find_model("demo-xx").is_demo


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("larg-v3", "did you mean large-v3"),
        ("demozh", "did you mean demo-zh"),
        ("belle-turbo", "did you mean belle-turbo-zh"),
        ("my-modle", "did you mean my-model"),
        ("qqqqqq", "sizes: tiny"),
    ],
)
def test_an_unknown_name_gets_a_hint(tmp_path: Path, name: str, hint: str) -> None:
    model_folder(tmp_path / "my-model")
    with pytest.raises(UserError, match=hint):
        looked_up(name, FakeHub({}), tmp_path)


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "~/models/x", "C:\\models\\x"])
def test_a_path_that_is_no_folder_is_not_looked_for_on_the_hub(tmp_path: Path, name: str) -> None:
    hub = FakeHub({})
    with pytest.raises(UserError, match="no such folder"):
        looked_up(name, hub, tmp_path)
    assert hub.fetched == []


def test_a_stored_model_is_found_before_the_hub_is_asked(tmp_path: Path) -> None:
    model_folder(tmp_path / "belle-turbo-zh")
    by_short, by_id = (looked_up(name, FakeHub({}), tmp_path) for name in ("belle-turbo-zh", BELLE))
    assert by_short == by_id
    assert by_id.name == "belle-turbo-zh"


def test_a_size_is_fetched_as_the_ready_model(tmp_path: Path) -> None:
    hub = FakeHub({TURBO: model_folder(tmp_path / "hub")})
    (tmp_path / "hub" / "training.log").write_text("not wanted")
    model = looked_up("large-v3-turbo", hub, tmp_path / "own")
    assert (model.name, model.folder) == ("large-v3-turbo", tmp_path / "hub")
    assert [set(files) for _, files in hub.fetched] == [{"model.bin", "config.json", "tokenizer.json"}]


def test_a_cached_model_asks_nothing(tmp_path: Path) -> None:
    hub = FakeHub({TURBO: model_folder(tmp_path / "hub")}, cached=[TURBO], online=False)
    assert looked_up("large-v3-turbo", hub, tmp_path / "own", ask=False).name == "large-v3-turbo"


def test_a_half_fetched_model_is_fetched_on(tmp_path: Path) -> None:
    hub = FakeHub({TURBO: model_folder(tmp_path / "hub")}, cached=[TURBO])
    (tmp_path / "hub" / "model.bin").rename(tmp_path / "later")

    def arrive(*_: object) -> tuple[Path, str]:
        (tmp_path / "later").rename(tmp_path / "hub" / "model.bin")
        return tmp_path / "hub", "r1"

    hub.files = lambda repository: {"model.bin": 9, "config.json": 9, "tokenizer.json": 9}  # type: ignore[method-assign]
    hub.fetch = arrive  # type: ignore[method-assign, assignment]
    assert looked_up("large-v3-turbo", hub, tmp_path / "own").folder == tmp_path / "hub"


def test_a_checkpoint_of_the_hub_is_converted_once_under_its_short_name(tmp_path: Path) -> None:
    hub, convert = FakeHub({BELLE: checkpoint_folder(tmp_path / "hub")}), FakeConverter()
    first = looked_up("belle-turbo-zh", hub, tmp_path / "own", convert)
    again = looked_up(BELLE, hub, tmp_path / "own", convert)
    assert (first, len(convert.sources)) == (again, 1)
    assert first.folder == tmp_path / "own" / "belle-turbo-zh"
    assert read_json(first.folder / "source.json")["source"] == BELLE
    assert read_json(first.folder / "source.json")["source_revision"] == "r1"


def test_a_checkpoint_folder_is_converted_once_and_anew_when_it_changed(tmp_path: Path) -> None:
    source, convert = checkpoint_folder(tmp_path / "mine"), FakeConverter()
    models = [looked_up(str(source), FakeHub({}), tmp_path / "own", convert) for _ in range(2)]
    assert models[0] == models[1]
    (source / "model.safetensors").write_bytes(b"trained on")
    trained = looked_up(str(source), FakeHub({}), tmp_path / "own", convert)
    assert trained.folder != models[0].folder
    assert convert.sources == ["mine", "mine"]


def test_looking_converts_nothing(tmp_path: Path) -> None:
    convert = FakeConverter()
    with pytest.raises(UserError, match="not converted yet"):
        looked_up(str(checkpoint_folder(tmp_path / "mine")), FakeHub({}), tmp_path / "own", convert, ask=False)
    assert convert.sources == []


@pytest.mark.parametrize("name", ["tiny", "someone/whisper-zh", "belle-large-v3-zh"])
def test_a_hub_model_without_a_network_is_one_line_of_advice(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="not to be had") as error:
        looked_up(name, FakeHub({}, online=False), tmp_path)
    assert one_line(error)
    with pytest.raises(UserError, match=f"models fetch {name}"):
        looked_up(name, FakeHub({}, online=False), tmp_path, ask=False)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionError("no route\nto host"), "models fetch belle-turbo-zh --to FOLDER"),
        (OSError(28, "No space left on device"), "no space"),
        (type("GatedRepoError", (Exception,), {})("x"), "consent"),
        (type("RepositoryNotFoundError", (Exception,), {})("x"), "no such model"),
    ],
)
def test_every_problem_of_the_hub_says_what_to_do(error: Exception, expected: str) -> None:
    line = advice(BELLE, error)
    assert expected in line
    assert line.startswith("model belle-turbo-zh: ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "wav2vec2"}, "a wav2vec2 model; only Whisper"),
        ({"model_type": "qwen3_asr"}, "a qwen3_asr model; only Whisper"),
        ({"architectures": []}, "model.bin is missing"),
    ],
)
def test_other_models_are_refused_in_folders(tmp_path: Path, config: dict[str, object], expected: str) -> None:
    with pytest.raises(UserError, match=expected) as error:
        looked_up(str(checkpoint_folder(tmp_path / "other", config)), FakeHub({}), tmp_path / "own")
    assert one_line(error)


def test_other_models_are_refused_on_the_hub_before_their_weights_are_fetched(tmp_path: Path) -> None:
    hub = FakeHub({"a/b": checkpoint_folder(tmp_path / "hub", {"model_type": "wav2vec2"})})
    with pytest.raises(UserError, match="a wav2vec2 model"):
        looked_up("a/b", hub, tmp_path / "own")
    assert hub.fetched == [("a/b", ("config.json",))]


def test_without_the_extra_nothing_large_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.transcribe.models.convert.can_convert", lambda: False)
    hub = FakeHub({BELLE: checkpoint_folder(tmp_path / "hub")})
    with pytest.raises(UserError, match=r"pip install 'qa-pipeline\[convert\]'") as error:
        find(BELLE, Means(tmp_path / "own", hub))
    assert one_line(error)
    assert hub.fetched == [(BELLE, ("config.json",))]


def test_parts_of_weights_are_all_needed(tmp_path: Path) -> None:
    source = checkpoint_folder(tmp_path / "mine")
    (source / "model.safetensors").rename(source / "model-00001-of-00002.safetensors")
    index = '{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}'
    (source / "model.safetensors.index.json").write_text(index)
    with pytest.raises(UserError, match=r"model-00002-of-00002\.safetensors is missing"):
        looked_up(str(source), FakeHub({}), tmp_path / "own")


def test_an_adapter_alone_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match="merge it"):
        looked_up(str(tmp_path), FakeHub({}), tmp_path / "own")


def test_short_names_and_sizes_stand_for_repositories() -> None:
    assert repository_of("belle-large-v3-zh") == "BELLE-2/Belle-whisper-large-v3-zh"
    assert repository_of("large-v3") == "Systran/faster-whisper-large-v3"
    assert repository_of("qqqqqq") is None
    assert CHECKPOINT_CONFIG["model_type"] == "whisper"
