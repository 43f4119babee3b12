from typing import Any

import httpx

from ... import errors
from ...client import Client
from ...models.recipe import Recipe
from ...models.recipe_criteria import RecipeCriteria
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: RecipeCriteria,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    params: dict[str, Any] = {}

    params["explain"] = explain

    params["strict"] = strict

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/recipe",
        "params": params,
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse(response: httpx.Response) -> Recipe:
    response_200 = Recipe.from_dict(response.json())

    return response_200


def _build_response(response: httpx.Response) -> Response[Recipe]:
    errors.check(response, html=False)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=None if response.status_code == 304 else _parse(response),
    )


def _content(response: Response[Recipe]) -> Recipe:
    if response.parsed is None:
        raise errors.NotModified
    return response.parsed


def sync_detailed(
    *,
    client: Client,
    body: RecipeCriteria,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[Recipe]:
    """Resolve a criteria document to a recipe

    The same as the GET, for criteria that are kept as a file. Equal criteria give equal recipes either way.

    Args:
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: A criteria document.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        body=body,
        explain=explain,
        strict=strict,
        x_request_id=x_request_id,
    )
    return _build_response(client.get_httpx_client().request(**kwargs))


def sync(
    *,
    client: Client,
    body: RecipeCriteria,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Recipe:
    """Resolve a criteria document to a recipe

    The same as the GET, for criteria that are kept as a file. Equal criteria give equal recipes either way.

    Args:
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: A criteria document.

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
            body=body,
            explain=explain,
            strict=strict,
            x_request_id=x_request_id,
        )
    )


async def asyncio_detailed(
    *,
    client: Client,
    body: RecipeCriteria,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[Recipe]:
    """Resolve a criteria document to a recipe

    The same as the GET, for criteria that are kept as a file. Equal criteria give equal recipes either way.

    Args:
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: A criteria document.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        body=body,
        explain=explain,
        strict=strict,
        x_request_id=x_request_id,
    )
    return _build_response(await client.get_async_httpx_client().request(**kwargs))


async def asyncio(
    *,
    client: Client,
    body: RecipeCriteria,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Recipe:
    """Resolve a criteria document to a recipe

    The same as the GET, for criteria that are kept as a file. Equal criteria give equal recipes either way.

    Args:
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: A criteria document.

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
            body=body,
            explain=explain,
            strict=strict,
            x_request_id=x_request_id,
        )
    )
