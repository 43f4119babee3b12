"""Calls operations again when the server says when to."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from .errors import ResponseError

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
MAX_WAIT = 60.0


def retry(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `call` with the arguments that follow; after a 429 or 503 with `Retry-After` it waits and calls again.

    After 5 calls, or when the server wants more than a minute, the error is raised as it is.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return call(*args, **kwargs)
        except ResponseError as error:
            time.sleep(_wait(error))
    return call(*args, **kwargs)


async def retry_async(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Does what `retry` does, for an async operation."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await call(*args, **kwargs)
        except ResponseError as error:
            await asyncio.sleep(_wait(error))
    return await call(*args, **kwargs)


def _wait(error: ResponseError) -> float:
    if error.status_code not in (429, 503) or error.retry_after is None or error.retry_after > MAX_WAIT:
        raise error
    return error.retry_after
