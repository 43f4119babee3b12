"""What operations raise."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from .models import ErrorBody


class ResponseError(Exception):
    """The answer is an error.

    Attributes:
        status_code: The answer's HTTP status.
        headers: The answer's headers.
        content: The answer's body.
        retry_after: Seconds after which the request is wanted again, None if the answer doesn't say.
    """

    def __init__(self, response: httpx.Response, message: str) -> None:
        super().__init__(message)
        self.status_code = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.retry_after = _retry_after(response.headers.get("Retry-After"))


class APIError(ResponseError):
    """The server answered with an error.

    Attributes:
        error: The answer's body: `error.code`, `error.message`, `error.details`.
    """

    def __init__(self, response: httpx.Response, error: ErrorBody) -> None:
        super().__init__(response, f"{error.code}: {error.message} (request {error.request_id})")
        self.error = error


class UnexpectedResponseError(ResponseError):
    """The answer is not one of this API; something between client and server may have sent it."""

    def __init__(self, response: httpx.Response) -> None:
        message = f"HTTP status {response.status_code}, which is no answer of this API: {response.text[:200]!r}"
        super().__init__(response, message)


class NotModified(Exception):
    """What `if_none_match` names is current. The `_detailed` functions answer with `parsed=None` instead."""


def check(response: httpx.Response, *, html: bool) -> None:
    """Raises an error unless the answer is what was asked for, which may be HTML or may not."""
    expected = html or not response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code == 304 or (response.status_code == 200 and expected):
        return
    try:
        error = ErrorBody.from_dict(response.json())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnexpectedResponseError(response) from None
    raise APIError(response, error)


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
