"""Models to and from machines without internet, archives of strangers included."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.core.errors import UserError
from qa_pipeline.resources import models_dir
from qa_pipeline.transcribe.models import unpack
from qa_pipeline.transcribe.models.carry import export_model, import_model
from qa_pipeline.transcribe.models.folder import local_model, read_json
from qa_pipeline.transcribe.models.listing import models_here
from tests.transcribe.fake_models import FakeConverter, checkpoint_folder, model_folder


def loads(folder: Path) -> None:
    """In place of the real library, which would refuse the tiny weights."""


def taken(source: Path, storage: Path, name: str | None = None, load: Callable[[Path], None] = loads) -> str:
    return import_model(source, storage, name=name, load=load, convert=FakeConverter()).name


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def files_of(folder: Path, below: str = "") -> dict[str, bytes]:
    return {f"{below}{path.name}": path.read_bytes() for path in folder.iterdir()}


def test_an_exported_model_is_the_same_after_import(tmp_path: Path) -> None:
    model = local_model("org/model", model_folder(tmp_path / "here"))
    (model.folder / "training.log").write_text("stays")
    carried = export_model(model, tmp_path / "usb")
    assert carried == tmp_path / "usb" / "org--model"
    assert not (carried / "training.log").exists()
    there = import_model(carried, tmp_path / "own", load=loads)
    assert (there.name, there.revision) == ("org/model", model.revision)
    assert there.folder == tmp_path / "own" / "org--model"


def test_damage_on_the_way_is_seen(tmp_path: Path) -> None:
    content = (model_folder(tmp_path / "here") / "model.bin").read_bytes()
    carried = export_model(local_model("mine", tmp_path / "here"), tmp_path / "usb")
    (carried / "model.bin").write_bytes(content[:-6] + b"\x01" + content[-5:])
    with pytest.raises(UserError, match="damaged on the way"):
        taken(carried, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    model = local_model("mine", model_folder(tmp_path / "here"))
    export_model(model, tmp_path / "usb")
    with pytest.raises(UserError, match="already there"):
        export_model(model, tmp_path / "usb")
    assert taken(tmp_path / "here", tmp_path / "own", "x") == "x"
    with pytest.raises(UserError, match="models remove x"):
        taken(tmp_path / "here", tmp_path / "own", "x")
    with pytest.raises(UserError, match="bundled model"):
        taken(tmp_path / "here", tmp_path / "own", "demo-zh")


def test_a_model_that_does_not_load_is_not_taken(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        raise UserError("cannot be loaded")

    with pytest.raises(UserError, match="cannot be loaded"):
        taken(model_folder(tmp_path / "here"), tmp_path / "own", load=fails)
    with pytest.raises(UserError, match=r"cannot be loaded \("):
        import_model(model_folder(tmp_path / "here"), tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_the_bundled_model_really_loads(tmp_path: Path) -> None:
    model = import_model(models_dir() / "demo-zh", tmp_path / "own", name="copy")
    assert model.revision == local_model("demo-zh", models_dir() / "demo-zh").revision


def test_a_checkpoint_is_converted_when_it_is_imported(tmp_path: Path) -> None:
    assert taken(checkpoint_folder(tmp_path / "mine"), tmp_path / "own") == "mine"
    assert read_json(tmp_path / "own" / "mine" / "source.json")["kind"] == "converted"


@pytest.mark.parametrize("below", ["", "large/"], ids=["flat", "in-a-folder"])
def test_an_archive_is_a_model(tmp_path: Path, below: str) -> None:
    files = files_of(model_folder(tmp_path / "here"), below) | {f"{below}setup.py": b"x", "other/notes.txt": b"x"}
    assert taken(zipped(tmp_path / "large.zip", files), tmp_path / "own") == "large"
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "here", arcname=below or ".")
    assert taken(tmp_path / "packed.tar.gz", tmp_path / "own") == "packed"
    kept = {path.name for path in (tmp_path / "own" / "large").iterdir()}
    assert kept == {"model.bin", "config.json", "tokenizer.json", "source.json"}
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["large", "packed"]


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_a_path_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    files = files_of(model_folder(tmp_path / "here")) | {name: b"x"}
    with pytest.raises(UserError, match="a path outside itself"):
        taken(zipped(tmp_path / "evil.zip", files), tmp_path / "deep" / "own")
    assert list((tmp_path / "deep" / "own").iterdir()) == []
    assert not list(tmp_path.rglob("*evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    model_folder(tmp_path / "here")
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(tmp_path / "here", arcname="m")
        link = tarfile.TarInfo("m/README.md")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(UserError, match="is a link or device"):
        taken(tmp_path / "evil.tar", tmp_path / "own")


def test_a_zip_link_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        link = zipfile.ZipInfo("config.json")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match="is a link or device"):
        taken(tmp_path / "evil.zip", tmp_path / "own")


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_of(model_folder(tmp_path / "here"))
    monkeypatch.setattr(unpack, "MAX_SMALL_BYTES", 1000)
    with pytest.raises(UserError, match=r"tokenizer\.json is larger"):
        taken(zipped(tmp_path / "a.zip", files | {"tokenizer.json": b" " * 1001}), tmp_path / "own")
    monkeypatch.setattr(unpack, "MAX_BYTES", 2000)
    with pytest.raises(UserError, match="larger unpacked than any"):
        taken(zipped(tmp_path / "b.zip", files | {"model.bin": b" " * 2001}), tmp_path / "own")
    monkeypatch.setattr(unpack, "MAX_MEMBERS", 3)
    with pytest.raises(UserError, match="more than 3 files"):
        taken(zipped(tmp_path / "c.zip", files | {"x": b"", "y": b""}), tmp_path / "own")
    assert list((tmp_path / "own").iterdir()) == []


def tarred(path: Path, folder: Path, packing: str, *skipped: tuple[str, int, bytes]) -> Path:
    """A model in a TAR file behind other members of so many zeros."""
    with tarfile.open(path, f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, size, kind in skipped:
            member = tarfile.TarInfo(name)
            member.size, member.type = size, kind
            archive.addfile(member, io.BytesIO(bytes(size)))
        archive.add(folder, arcname="m")
    return path


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_bomb_is_not_unpacked_even_to_be_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    model = model_folder(tmp_path / "here")
    monkeypatch.setattr(unpack, "MAX_SMALL_BYTES", 100_000)
    fits = tarred(tmp_path / f"fits.tar.{packing}", model, packing, ("notes.txt", 60_000, tarfile.REGTYPE))
    assert taken(fits, tmp_path / "own") == "fits"
    bomb = tarred(tmp_path / f"bomb.tar.{packing}", model, packing, ("notes.txt", 3_000_000, tarfile.REGTYPE))
    if packing:
        with pytest.raises(UserError, match="far more comes out of it"):
            taken(bomb, tmp_path / "own")
    else:  # as large as it says
        assert taken(bomb, tmp_path / "own") == "bomb"


def test_no_more_of_a_bomb_is_read_than_a_model_could_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = gzip.GzipFile.read

    def counted(file: gzip.GzipFile, size: int | None = -1) -> bytes:
        read.append(file.tell())
        return original(file, size)

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    monkeypatch.setattr(unpack, "MAX_SMALL_BYTES", 100_000)
    bomb = tarred(tmp_path / "a.tar.gz", model_folder(tmp_path / "m"), "gz", ("x", 50_000_000, tarfile.REGTYPE))
    with pytest.raises(UserError, match="far more comes out of it"):
        unpack.unpack(bomb, tmp_path)
    assert read and max(read) < 2_000_000


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_name_that_fills_the_memory_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes) -> None:
    monkeypatch.setattr(unpack, "MAX_SMALL_BYTES", 100_000)
    bomb = tarred(tmp_path / "a.tar", model_folder(tmp_path / "m"), "", ("x", 3_000_000, kind))
    with pytest.raises(UserError, match="far more comes out of it"):
        taken(bomb, tmp_path / "own")


@pytest.mark.parametrize(("files", "expected"), [({"x": b""}, "no model"), (None, "2 models")])
def test_an_archive_holds_one_model(tmp_path: Path, files: dict[str, bytes] | None, expected: str) -> None:
    model = model_folder(tmp_path / "here")
    path = zipped(tmp_path / "a.zip", files or files_of(model, "a/") | files_of(model, "b/"))
    with pytest.raises(UserError, match=expected):
        taken(path, tmp_path / "own")


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_damage_within_an_archive_is_told_in_one_line(tmp_path: Path, packing: str) -> None:
    folder = model_folder(tmp_path / "here", random.Random(7).randbytes(1_000_000).hex().encode())
    with tarfile.open(tmp_path / "a", f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name in ("config.json", "tokenizer.json", "model.bin"):
            archive.add(folder / name, arcname=name)
    raw = bytearray((tmp_path / "a").read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 200] = b"\xff" * 200
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(UserError, match=r"damaged|cannot be unpacked") as error:
        taken(tmp_path / "a", tmp_path / "own")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "own").iterdir()) == []


def test_what_is_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("text")
    (tmp_path / "cut.zip").write_bytes(
        zipped(tmp_path / "w.zip", files_of(model_folder(tmp_path / "m"))).read_bytes()[:90]
    )
    with tarfile.open(tmp_path / "cut.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("m/config.json"), io.BytesIO())
    for name, expected in (
        ("nowhere", "no such folder or archive"),
        ("x.txt", "neither a folder nor a ZIP"),
        ("cut.zip", "neither a folder nor a ZIP"),
        ("cut.tar", "cannot be read as JSON"),
    ):
        with pytest.raises(UserError, match=expected) as error:
            taken(tmp_path / name, tmp_path / "own")
        assert "\n" not in str(error.value)


def test_the_list_tells_every_kind(tmp_path: Path) -> None:
    taken(model_folder(tmp_path / "here"), tmp_path / "own", "mine")
    taken(checkpoint_folder(tmp_path / "c"), tmp_path / "own", "made")
    model_folder(tmp_path / "own" / "bad", b"cut")
    model_folder(tmp_path / "own" / ".part-1")
    model_folder(tmp_path / "hub" / "models--Systran--faster-whisper-tiny" / "snapshots" / "1f")
    (tmp_path / "hub" / "models--a--half" / "snapshots" / "2f").mkdir(parents=True)
    entries = {entry.name: entry for entry in models_here(tmp_path / "own", tmp_path / "hub")}
    kinds = {name: entry.kind for name, entry in entries.items()}
    assert kinds == {"demo-zh": "bundled", "bad": "imported", "made": "converted", "mine": "imported", "tiny": "hub"}
    assert (entries["mine"].quantisation, entries["mine"].languages, entries["mine"].parameters) == ("float16", 2, 4)
    assert [name for name, entry in entries.items() if entry.problem] == ["bad"]
    assert entries["tiny"].source == "Systran/faster-whisper-tiny"
