"""A PostgreSQL server of the tests' own: Debian's, on a free port, in a folder that goes away with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: Seconds until a slow machine has started the server.
_START_S = 60
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40", "shared_buffers=32MB")


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; None where the server is not installed."""
    known = shutil.which("initdb")
    folders = [Path(known).parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def _account() -> Mapping[str, str]:
    """The server refuses to run as root: Debian's package has made an account for it."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": name}
    return {}


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of a server that runs within this block, in an empty folder that its account may reach."""
    programs = find_programs()
    assert programs is not None
    account = _account()
    if account:
        shutil.chown(folder, account["user"])
    data, port = folder / "data", _free_port()
    begin = [programs / "initdb", "-D", data, "-U", "qa", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(begin, check=True, cwd=folder, stdout=subprocess.DEVNULL, **account)  # type: ignore[call-overload]
    options = [part for option in _OPTIONS for part in ("-c", option)]
    run = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(run, cwd=folder, stdout=log, stderr=log, **account)  # type: ignore[call-overload]
    try:
        _await(port, server)
        yield f"postgresql://qa@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # ends connections that are left
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(f"postgresql://qa@127.0.0.1:{port}/postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
