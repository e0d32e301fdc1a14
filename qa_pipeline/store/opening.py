"""Opening a store: its address, its file, and bringing an older one up to date."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from qa_pipeline.core.errors import UserError
from qa_pipeline.store import tables, views
from qa_pipeline.store.connection import advice, configure_sqlite
from qa_pipeline.store.filling import fill_calls, fill_outcomes

#: The newest migration, and what programs from before migrations find in ``schema_version``.
HEAD, SCHEMA_VERSION = "0003", 2
#: Migrations that this program knows, from the oldest on.
KNOWN = ("0001", "0002", HEAD)
#: Any number will do, as long as nobody else uses it: who holds this lock of PostgreSQL's may change the tables.
_LOCK = 7_161_170_001


def open_engine(url: str) -> Engine:
    """The engine of an existing or new store in the newest form.

    Args:
        url: SQLAlchemy URL, or path of an SQLite file.
    """
    if not url.strip():
        raise UserError("store: the address is empty; e.g. qa-pipeline.sqlite3")
    if re.match(r"[A-Za-z][A-Za-z0-9+]+:/(?!/)", url):
        raise UserError(f"store {url}: an address has two slashes or more, as in sqlite:///calls.sqlite3")
    shown = shown_address(url if "://" in url else f"sqlite:///{url}")
    try:
        engine = _engine(url)
        _bring_up_to_date(engine)
        return engine
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise UserError(f"store {shown}: not a database address ({error}); e.g. sqlite:///calls.sqlite3") from None
    except ImportError as error:
        extra = "; install qa-pipeline[postgres]" if "psycopg" in str(error) else ""
        raise UserError(f"store {shown}: the driver {error.name} is not installed{extra}") from None
    except DBAPIError as error:
        what = (
            "path and permissions" if "sqlite" in shown.split(":")[0] else "address and account; does the server run?"
        )
        raise UserError(f"store {shown}: cannot be opened ({advice(error)}); check {what}") from None
    except (SQLAlchemyError, OSError) as error:
        raise UserError(f"store {shown}: cannot be opened ({error}); check path and permissions") from None


def _engine(url: str) -> Engine:
    # A path is taken as it is: its question mark begins no options.
    parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
    if parsed.drivername in ("postgres", "postgresql"):
        # Version 3 of the driver, whatever SQLAlchemy takes by itself; "postgres://" is what providers hand out.
        parsed = parsed.set(drivername="postgresql+psycopg")
    if "@" in (parsed.host or ""):
        raise UserError("store: an @ within user or password is written %40 in an address")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise UserError(f"store {shown_address(url)}: stores are SQLite files or on PostgreSQL")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        _prepare_file(Path(parsed.database))
    engine = create_engine(parsed, hide_parameters=True)
    configure_sqlite(engine)
    return engine


def _prepare_file(path: Path) -> None:
    """Transcripts are confidential: only the owner may read the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _bring_up_to_date(engine: Engine) -> None:
    """All in one transaction, so that a kill leaves the old form. The usual case, nothing to do, is one small query."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        # Another process may have done it in the meantime.
        revision = _revision(connection)
        if revision is None:
            _create(connection)
        elif revision != HEAD:
            _refuse_newer(revision)
            _migrate(connection, revision)
            fill_calls(connection)
            fill_outcomes(connection)


def _revision(connection: Connection) -> str | None:
    """The migration that a store stands at; None where there is nothing yet."""
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    if "schema_version" not in names:
        return None
    version = connection.execute(text("SELECT version FROM schema_version")).scalar()
    # A program that was killed while it made the tables left no number: they are those of the first form.
    return f"{version or 1:04}"


def _refuse_newer(revision: str) -> None:
    if revision not in KNOWN:
        raise UserError(
            f"the store has format {revision}, this program knows up to {HEAD}: a newer version made it; "
            "update the program or use a new store"
        )


def _create(connection: Connection) -> None:
    """All tables of the newest form at once; a test holds that migrations lead to the same."""
    tables.metadata.create_all(connection)
    connection.execute(tables.schema.insert().values(version=SCHEMA_VERSION))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _migrate(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    if revision == KNOWN[0]:
        _complete_first_form(connection)
        command.stamp(config, revision)
    # A table cannot change under its views.
    readers = views.readers(connection)
    views.drop_views(connection)
    command.upgrade(config, HEAD)
    views.create_views(connection)
    views.admit(connection, readers)


def _complete_first_form(connection: Connection) -> None:
    """Early stores of the first form lack tables that came later, each of which was made when it was opened."""
    from qa_pipeline.store.migrations.first_form import metadata

    metadata.create_all(connection)
    if connection.execute(text("SELECT version FROM schema_version")).scalar() is None:
        connection.execute(text("INSERT INTO schema_version VALUES (1)"))


def shown_address(url: str) -> str:
    """The address without its password."""
    if "://" not in url:
        return url
    with suppress(ArgumentError, ValueError):
        parsed = make_url(url)
        secret = {name: "hidden" for name in parsed.query if "password" in name.lower()}
        if "@" not in (parsed.host or ""):
            return parsed.update_query_dict(secret).render_as_string(hide_password=True)
    # Not understood: everything that may belong to a password goes.
    return re.sub(r"//.*@", "//***@", url).partition("?")[0]
