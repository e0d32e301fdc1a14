"""For all tests: a home of their own, so that no setting or file of the developer reaches them."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.postgres_server import find_programs, postgres

if TYPE_CHECKING:
    from qa_pipeline.stages.model import StageModel


# A shell that starts the tests in the background lets them ignore Ctrl-C, and their children too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in list(os.environ):
        if name.startswith("QA_PIPELINE_"):
            monkeypatch.delenv(name)
    # Commands work in the test's own process, where engines are replaced; tests of workers say so.
    monkeypatch.setenv("QA_PIPELINE_WORKERS", "0")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the one in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# The same examples in every run, however slow the machine: what decides about a change must not depend on chance.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def stage_model() -> StageModel:
    """A small Mandarin model, trained on a few invented calls."""
    from tests.stage_models import small_stage_model

    return small_stage_model()


#: Schemas of the server that are taken.
_schemas = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    if find_programs() is None:
        if os.environ.get("QA_REQUIRE_POSTGRES"):
            pytest.fail("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Not below pytest's own folder, which other accounts cannot enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder)) as address:
            yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty store of the server's: a schema of its own."""
    import psycopg

    name = f"test_{next(_schemas)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"{postgres_server}?options=-csearch_path%3D{name}"
