"""The registry of speech engines, names of models, and what settings make of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from qa_pipeline.assembly import make_engine
from qa_pipeline.config import Settings, load_settings
from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe import engines
from qa_pipeline.transcribe.engines import ENGINES, EngineChoice, EngineInfo, make_other_engine
from qa_pipeline.transcribe.other_engines.funasr import FunasrEngine
from qa_pipeline.transcribe.other_engines.names import Part, parse_model
from qa_pipeline.transcribe.other_engines.openai_api import OpenAiEngine

LOCAL = "http://127.0.0.1:8000/v1"


@pytest.fixture
def all_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every extra is there as far as the registry looks."""
    monkeypatch.setattr(engines, "find_spec", lambda name: name)


def test_settings_and_extras_know_the_same_engines() -> None:
    assert set(get_args(Settings.model_fields["engine"].annotation)) == set(ENGINES)
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for info in ENGINES.values():
        assert not info.extra or any(each.startswith(info.packages[0].replace("_", "-")) for each in extras[info.extra])


def test_what_is_missing_is_told_without_importing_it() -> None:
    assert EngineInfo("x", "", packages=("json", "no_such_package_at_all")).missing == ("no_such_package_at_all",)
    assert ENGINES["faster-whisper"].is_installed and ENGINES["openai"].is_installed


def test_a_missing_extra_is_one_line_of_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"funasr, torch, torchaudio not installed; install qa-pipeline\[funasr\]"):
        make_other_engine("funasr", EngineChoice())


@pytest.mark.parametrize("name", ["whisper.cpp", "faster-whisper", ""])
def test_names_of_no_other_engine_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="not known; there are faster-whisper, funasr, qwen, openai"):
        make_other_engine(name, EngineChoice())


def test_whispers_default_model_is_not_asked_of_other_engines(all_installed: None) -> None:
    default = make_engine(Settings(engine="funasr"))
    assert isinstance(default, FunasrEngine) and default.made_by.model == "funasr paraformer-zh+ct-punc"
    named = make_engine(Settings(engine="funasr", model="iic/SenseVoiceSmall", language="auto"))
    assert named.made_by.model == "funasr iic/SenseVoiceSmall" and '"language": null' in named.made_by.options


def test_an_address_and_a_model_make_the_engine_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_KEY", "sk-1")
    settings = load_settings(
        {"engine": "openai", "model": "large-v3-turbo", "asr_url": LOCAL + "/", "asr_key_env": "ASR_KEY"}, {}
    )
    made = make_engine(settings)
    assert isinstance(made, OpenAiEngine) and made.made_by.model == "openai large-v3-turbo"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"model": "m"}, "engine openai: set asr_url"),
        ({"asr_url": LOCAL}, "engine openai: set model"),
        ({"asr_url": LOCAL, "model": "m", "asr_key_env": "NO_SUCH_KEY_HERE"}, "the environment holds no NO_SUCH_KEY"),
    ],
)
def test_half_a_setting_is_told(given: dict[str, Any], why: str) -> None:
    with pytest.raises(UserError, match=why):
        make_engine(Settings(engine="openai", **given))


def test_words_are_shown_only_where_settings_say_so(all_installed: None, tmp_path: Path) -> None:
    listed = tmp_path / "words.txt"
    listed.write_text("星桥\n畅享卡\n", encoding="utf-8")
    shown, hidden, none = (
        make_engine(Settings(engine="funasr", words=words, word_prompt=prompt)).made_by
        for words, prompt in ((listed, True), (listed, False), (None, True))
    )
    assert shown != hidden == none


def test_a_name_has_up_to_two_parts_with_revisions() -> None:
    named = parse_model("paraformer-zh@v2.0.4 + ct-punc")
    assert named.parts == (Part("paraformer-zh", "v2.0.4"), Part("ct-punc"))
    assert (named.name, named.revision) == ("paraformer-zh+ct-punc", "v2.0.4+")
    assert parse_model("iic/SenseVoiceSmall").revision == ""


@pytest.mark.parametrize("text", ["", "+", "a+", "a+b+c", "@v1", "/no/such/folder", "a+./nothing-here"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="model"):
        parse_model(text)


def test_a_folder_is_named_without_its_path_and_known_by_what_it_holds(tmp_path: Path) -> None:
    folder = tmp_path / "my+model@home"
    folder.mkdir()
    (folder / "model.pt").write_bytes(bytes(3_000_000))
    (folder / "config.yaml").write_text("model: SeacoParaformer")
    first = parse_model(str(folder))
    before = first.revision
    assert first.name == "my+model@home" and len(before) == 12
    assert parse_model(str(folder)).revision == before
    weights = bytearray(3_000_000)
    weights[-1] = 1
    (folder / "model.pt").write_bytes(weights)
    assert parse_model(str(folder)).revision != before
