from typing import Any

import httpx

from ... import errors
from ...client import Client
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/openapi.yaml",
    }
    _kwargs["headers"] = headers
    return _kwargs


def _parse(response: httpx.Response) -> str:
    return response.text


def _build_response(response: httpx.Response) -> Response[str]:
    errors.check(response, html=False)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=None if response.status_code == 304 else _parse(response),
    )


def _content(response: Response[str]) -> str:
    if response.parsed is None:
        raise errors.NotModified
    return response.parsed


def sync_detailed(
    *,
    client: Client,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[str]:
    """This document as YAML

    The contract as this server enforces it, with the enum values that its operator allows.

    Args:
        if_match: Entity tags of earlier answers (RFC 9110). When none of them is still current, the answer is 412.
        if_none_match: Entity tags of earlier answers (RFC 9110). When one of them is still current, the answer is 304 without a body.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        if_match=if_match,
        if_none_match=if_none_match,
        x_request_id=x_request_id,
    )
    return _build_response(client.get_httpx_client().request(**kwargs))


def sync(
    *,
    client: Client,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> str:
    """This document as YAML

    The contract as this server enforces it, with the enum values that its operator allows.

    Args:
        if_match: Entity tags of earlier answers (RFC 9110). When none of them is still current, the answer is 412.
        if_none_match: Entity tags of earlier answers (RFC 9110). When one of them is still current, the answer is 304 without a body.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.

    Returns:
        The answer's content. A 304 raises NotModified.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    return _content(
        sync_detailed(
            client=client,
            if_match=if_match,
            if_none_match=if_none_match,
            x_request_id=x_request_id,
        )
    )


async def asyncio_detailed(
    *,
    client: Client,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[str]:
    """This document as YAML

    The contract as this server enforces it, with the enum values that its operator allows.

    Args:
        if_match: Entity tags of earlier answers (RFC 9110). When none of them is still current, the answer is 412.
        if_none_match: Entity tags of earlier answers (RFC 9110). When one of them is still current, the answer is 304 without a body.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        if_match=if_match,
        if_none_match=if_none_match,
        x_request_id=x_request_id,
    )
    return _build_response(await client.get_async_httpx_client().request(**kwargs))


async def asyncio(
    *,
    client: Client,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> str:
    """This document as YAML

    The contract as this server enforces it, with the enum values that its operator allows.

    Args:
        if_match: Entity tags of earlier answers (RFC 9110). When none of them is still current, the answer is 412.
        if_none_match: Entity tags of earlier answers (RFC 9110). When one of them is still current, the answer is 304 without a body.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.

    Returns:
        The answer's content. A 304 raises NotModified.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    return _content(
        await asyncio_detailed(
            client=client,
            if_match=if_match,
            if_none_match=if_none_match,
            x_request_id=x_request_id,
        )
    )
