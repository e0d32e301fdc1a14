"""The store: everything that is kept, through one object."""

from __future__ import annotations

from types import TracebackType

from qa_pipeline.store.opening import open_engine
from qa_pipeline.store.opening import shown_address as shown_address
from qa_pipeline.store.people import People
from qa_pipeline.store.recordings import Failure as Failure
from qa_pipeline.store.recordings import Recordings
from qa_pipeline.store.results import Results
from qa_pipeline.store.results import UnreadableCall as UnreadableCall
from qa_pipeline.store.scorecards import Scorecards
from qa_pipeline.store.summaries import Summaries


class Store(Results, Scorecards, Recordings, Summaries, People):
    """Open with :func:`open_store`; close when done (or use as a context manager)."""

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def open_store(url: str) -> Store:
    """Open a store by SQLAlchemy URL or by the path of an SQLite file: new where there is none, older ones mended."""
    return Store(open_engine(url))
