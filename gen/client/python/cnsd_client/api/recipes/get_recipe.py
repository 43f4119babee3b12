from typing import Any

import httpx

from ... import errors
from ...client import Client
from ...models.accelerator import Accelerator
from ...models.intent import Intent
from ...models.os import OS
from ...models.recipe import Recipe
from ...models.service import Service
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    service: Service | Unset = UNSET,
    accelerator: Accelerator | Unset = UNSET,
    gpu: Accelerator | Unset = UNSET,
    intent: Intent | Unset = UNSET,
    os: OS | Unset = UNSET,
    nodes: int | Unset = UNSET,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
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

    params: dict[str, Any] = {}

    json_service: str | Unset = UNSET
    if not isinstance(service, Unset):
        json_service = service.value

    params["service"] = json_service

    json_accelerator: str | Unset = UNSET
    if not isinstance(accelerator, Unset):
        json_accelerator = accelerator.value

    params["accelerator"] = json_accelerator

    json_gpu: str | Unset = UNSET
    if not isinstance(gpu, Unset):
        json_gpu = gpu.value

    params["gpu"] = json_gpu

    json_intent: str | Unset = UNSET
    if not isinstance(intent, Unset):
        json_intent = intent.value

    params["intent"] = json_intent

    json_os: str | Unset = UNSET
    if not isinstance(os, Unset):
        json_os = os.value

    params["os"] = json_os

    params["nodes"] = nodes

    params["explain"] = explain

    params["strict"] = strict

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/recipe",
        "params": params,
    }
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
    service: Service | Unset = UNSET,
    accelerator: Accelerator | Unset = UNSET,
    gpu: Accelerator | Unset = UNSET,
    intent: Intent | Unset = UNSET,
    os: OS | Unset = UNSET,
    nodes: int | Unset = UNSET,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[Recipe]:
    """Resolve query parameters to a recipe

    A criterion that is left out, or `any`, matches only what holds for every value of it. Values are not
    case-sensitive. Without any parameter the answer is the recipe that fits every environment.

    Args:
        service: Managed Kubernetes service.
        accelerator: GPU model.
        gpu: GPU model.
        intent: What the cluster is for.
        os: Operating system of the GPU nodes.
        nodes: Number of GPU nodes; 0 means unspecified. It is recorded in the recipe's `criteria`, and bundles size components by it.
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
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
        service=service,
        accelerator=accelerator,
        gpu=gpu,
        intent=intent,
        os=os,
        nodes=nodes,
        explain=explain,
        strict=strict,
        if_match=if_match,
        if_none_match=if_none_match,
        x_request_id=x_request_id,
    )
    return _build_response(client.get_httpx_client().request(**kwargs))


def sync(
    *,
    client: Client,
    service: Service | Unset = UNSET,
    accelerator: Accelerator | Unset = UNSET,
    gpu: Accelerator | Unset = UNSET,
    intent: Intent | Unset = UNSET,
    os: OS | Unset = UNSET,
    nodes: int | Unset = UNSET,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Recipe:
    """Resolve query parameters to a recipe

    A criterion that is left out, or `any`, matches only what holds for every value of it. Values are not
    case-sensitive. Without any parameter the answer is the recipe that fits every environment.

    Args:
        service: Managed Kubernetes service.
        accelerator: GPU model.
        gpu: GPU model.
        intent: What the cluster is for.
        os: Operating system of the GPU nodes.
        nodes: Number of GPU nodes; 0 means unspecified. It is recorded in the recipe's `criteria`, and bundles size components by it.
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
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
            service=service,
            accelerator=accelerator,
            gpu=gpu,
            intent=intent,
            os=os,
            nodes=nodes,
            explain=explain,
            strict=strict,
            if_match=if_match,
            if_none_match=if_none_match,
            x_request_id=x_request_id,
        )
    )


async def asyncio_detailed(
    *,
    client: Client,
    service: Service | Unset = UNSET,
    accelerator: Accelerator | Unset = UNSET,
    gpu: Accelerator | Unset = UNSET,
    intent: Intent | Unset = UNSET,
    os: OS | Unset = UNSET,
    nodes: int | Unset = UNSET,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[Recipe]:
    """Resolve query parameters to a recipe

    A criterion that is left out, or `any`, matches only what holds for every value of it. Values are not
    case-sensitive. Without any parameter the answer is the recipe that fits every environment.

    Args:
        service: Managed Kubernetes service.
        accelerator: GPU model.
        gpu: GPU model.
        intent: What the cluster is for.
        os: Operating system of the GPU nodes.
        nodes: Number of GPU nodes; 0 means unspecified. It is recorded in the recipe's `criteria`, and bundles size components by it.
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
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
        service=service,
        accelerator=accelerator,
        gpu=gpu,
        intent=intent,
        os=os,
        nodes=nodes,
        explain=explain,
        strict=strict,
        if_match=if_match,
        if_none_match=if_none_match,
        x_request_id=x_request_id,
    )
    return _build_response(await client.get_async_httpx_client().request(**kwargs))


async def asyncio(
    *,
    client: Client,
    service: Service | Unset = UNSET,
    accelerator: Accelerator | Unset = UNSET,
    gpu: Accelerator | Unset = UNSET,
    intent: Intent | Unset = UNSET,
    os: OS | Unset = UNSET,
    nodes: int | Unset = UNSET,
    explain: bool | Unset = UNSET,
    strict: bool | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Recipe:
    """Resolve query parameters to a recipe

    A criterion that is left out, or `any`, matches only what holds for every value of it. Values are not
    case-sensitive. Without any parameter the answer is the recipe that fits every environment.

    Args:
        service: Managed Kubernetes service.
        accelerator: GPU model.
        gpu: GPU model.
        intent: What the cluster is for.
        os: Operating system of the GPU nodes.
        nodes: Number of GPU nodes; 0 means unspecified. It is recorded in the recipe's `criteria`, and bundles size components by it.
        explain: Adds `explanations` to the recipe, which say where each of its versions, values and constraints comes from.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
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
            service=service,
            accelerator=accelerator,
            gpu=gpu,
            intent=intent,
            os=os,
            nodes=nodes,
            explain=explain,
            strict=strict,
            if_match=if_match,
            if_none_match=if_none_match,
            x_request_id=x_request_id,
        )
    )
