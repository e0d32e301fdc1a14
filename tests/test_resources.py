"""Shipped files are found in the repository and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline import resources


def test_the_repository_holds_what_is_shipped() -> None:
    assert (resources.rubrics_dir() / "telesales-coaching.yaml").is_file()
    assert (resources.models_dir() / "stages-zh" / "model.json").is_file()
    assert (resources.models_dir() / "roles-zh" / "model.json").is_file()
    assert (resources.demo_dir() / "calls.csv").is_file()
    assert list((resources.demo_dir() / "recordings").iterdir())


def test_an_installed_package_goes_before_what_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "qa_pipeline"
    for name in ("rubrics", "models"):
        (package / "shipped" / name).mkdir(parents=True)
        (package.parent / name).mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.rubrics_dir() == package / "shipped" / "rubrics"
    assert resources.models_dir() == package / "shipped" / "models"
    assert resources.demo_dir() == package / "demo"


def test_without_an_installed_copy_the_top_of_the_repository_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "qa_pipeline")
    assert resources.models_dir() == tmp_path / "models"
