"""Two kinds of error: what a user can mend (one line of advice), and a step that failed for one recording."""

from __future__ import annotations


class UserError(Exception):
    """Something the user must mend: the message says what, where and what to do. Exit code 2."""

    def __init__(self, message: str) -> None:
        if not message.strip():
            raise ValueError("a UserError needs a message")
        super().__init__(message)


class StepFailure(Exception):
    """One recording cannot pass one step. The batch goes on; the failure becomes a row.

    ``code`` is a stable name for lists and tests (``empty_file``, ``no_audio_stream`` …);
    ``reason`` is one line for people and holds neither transcript text nor personal data.
    """

    def __init__(self, step: str, code: str, reason: str) -> None:
        if not (step and code and reason.strip()):
            raise ValueError("a StepFailure names its step, code and reason")
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.code = code
        self.reason = reason
