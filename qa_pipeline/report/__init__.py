"""Coaching pages: view models, rendering, templates and what a page needs to be read without a network."""

from qa_pipeline.report.call.write_call import write_call_page
from qa_pipeline.report.index.index_rows import IndexRow, index_row
from qa_pipeline.report.index.write_index import write_index
from qa_pipeline.report.names import page_name
from qa_pipeline.report.render import write_static
from qa_pipeline.report.values import CallResult, FailureRow, PageOptions

__all__ = [
    "CallResult",
    "FailureRow",
    "IndexRow",
    "PageOptions",
    "index_row",
    "page_name",
    "write_call_page",
    "write_index",
    "write_static",
]
