"""What operations raise."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from .models import ErrorBody


class ApiError(Exception):
    """The server answered with an error.

    Attributes:
        status_code: The answer's HTTP status.
        error: The answer's body: `error.code`, `error.message`, `error.details`.
        headers: The answer's headers.
        retry_after: Seconds after which the server wants the request again, None if it doesn't say.
    """

    def __init__(self, response: httpx.Response, error: ErrorBody) -> None:
        super().__init__(f"{error.code.value}: {error.message} (request {error.request_id})")
        self.status_code = response.status_code
        self.error = error
        self.headers = response.headers
        self.retry_after = _retry_after(response.headers.get("Retry-After"))


class UnexpectedAnswer(Exception):
    """The answer is not one of this API; something between client and server may have sent it."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"HTTP status {response.status_code}, which is no answer of this API: {response.text[:200]!r}")
        self.status_code = response.status_code
        self.headers = response.headers
        self.content = response.content


class NotModified(Exception):
    """What `if_none_match` names is current. The `_detailed` functions answer with `parsed=None` instead."""


def check(response: httpx.Response) -> None:
    """Raises an error that the server answered with."""
    if response.status_code in (200, 304):
        return
    try:
        error = ErrorBody.from_dict(response.json())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnexpectedAnswer(response) from None
    raise ApiError(response, error)


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        if value.isdecimal():
            return float(value)
        # A proxy may write a date.
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
