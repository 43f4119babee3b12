from typing import Any

import httpx

from ... import errors
from ...client import Client
from ...models.deployer import Deployer
from ...models.format_ import Format
from ...models.recipe import Recipe
from ...models.recipe_criteria import RecipeCriteria
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: Recipe | RecipeCriteria,
    deployer: Deployer | Unset = UNSET,
    repo: str | Unset = UNSET,
    format_: Format | Unset = UNSET,
    bundlers: list[str] | Unset = UNSET,
    set_: list[str] | Unset = UNSET,
    force_set: list[str] | Unset = UNSET,
    nodes: int | Unset = UNSET,
    storage_class: str | Unset = UNSET,
    storage_size: str | Unset = UNSET,
    mirror: str | Unset = UNSET,
    system_node_selector: list[str] | Unset = UNSET,
    system_node_toleration: list[str] | Unset = UNSET,
    accelerated_node_selector: list[str] | Unset = UNSET,
    accelerated_node_toleration: list[str] | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    params: dict[str, Any] = {}

    json_deployer: str | Unset = UNSET
    if not isinstance(deployer, Unset):
        json_deployer = deployer.value

    params["deployer"] = json_deployer

    params["repo"] = repo

    json_format_: str | Unset = UNSET
    if not isinstance(format_, Unset):
        json_format_ = format_.value

    params["format"] = json_format_

    json_bundlers: list[str] | Unset = UNSET
    if not isinstance(bundlers, Unset):
        json_bundlers = bundlers

    params["bundlers"] = json_bundlers

    json_set_: list[str] | Unset = UNSET
    if not isinstance(set_, Unset):
        json_set_ = set_

    params["set"] = json_set_

    json_force_set: list[str] | Unset = UNSET
    if not isinstance(force_set, Unset):
        json_force_set = force_set

    params["force-set"] = json_force_set

    params["nodes"] = nodes

    params["storage-class"] = storage_class

    params["storage-size"] = storage_size

    params["mirror"] = mirror

    json_system_node_selector: list[str] | Unset = UNSET
    if not isinstance(system_node_selector, Unset):
        json_system_node_selector = system_node_selector

    params["system-node-selector"] = json_system_node_selector

    json_system_node_toleration: list[str] | Unset = UNSET
    if not isinstance(system_node_toleration, Unset):
        json_system_node_toleration = system_node_toleration

    params["system-node-toleration"] = json_system_node_toleration

    json_accelerated_node_selector: list[str] | Unset = UNSET
    if not isinstance(accelerated_node_selector, Unset):
        json_accelerated_node_selector = accelerated_node_selector

    params["accelerated-node-selector"] = json_accelerated_node_selector

    json_accelerated_node_toleration: list[str] | Unset = UNSET
    if not isinstance(accelerated_node_toleration, Unset):
        json_accelerated_node_toleration = accelerated_node_toleration

    params["accelerated-node-toleration"] = json_accelerated_node_toleration

    params["strict"] = strict

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    if "bundlers" in params:
        params["bundlers"] = ",".join(params["bundlers"])

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/bundle",
        "params": params,
    }

    if isinstance(body, Recipe):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse(response: httpx.Response) -> bytes:
    return response.content


def _build_response(response: httpx.Response) -> Response[bytes]:
    errors.check(response, html=False)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=None if response.status_code == 304 else _parse(response),
    )


def _content(response: Response[bytes]) -> bytes:
    if response.parsed is None:
        raise errors.NotModified
    return response.parsed


def sync_detailed(
    *,
    client: Client,
    body: Recipe | RecipeCriteria,
    deployer: Deployer | Unset = UNSET,
    repo: str | Unset = UNSET,
    format_: Format | Unset = UNSET,
    bundlers: list[str] | Unset = UNSET,
    set_: list[str] | Unset = UNSET,
    force_set: list[str] | Unset = UNSET,
    nodes: int | Unset = UNSET,
    storage_class: str | Unset = UNSET,
    storage_size: str | Unset = UNSET,
    mirror: str | Unset = UNSET,
    system_node_selector: list[str] | Unset = UNSET,
    system_node_toleration: list[str] | Unset = UNSET,
    accelerated_node_selector: list[str] | Unset = UNSET,
    accelerated_node_toleration: list[str] | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[bytes]:
    """Make a bundle from a recipe or from criteria

    The body is a recipe, or a criteria document that is resolved first; `kind` tells them apart.

    A component that is given with name and version alone is completed from what this server knows of it;
    what the recipe states wins. A component that this server doesn't know needs `repository`, `chart`,
    `version` and `namespace`.

    The archive holds what the `deployer` takes as it is, with a folder `NN-<component>` each for values
    and manifests, and beside it `README.md`, `recipe.yaml`, `images.txt`, `charts.txt`, `sbom.cdx.json`
    (CycloneDX), `checksums.txt` and `provenance.json` (SLSA, about `checksums.txt`), signed as
    `provenance.sigstore.json` if the server has a key; without `mirror` also a manifest for Hauler and,
    for Helm, one for Zarf. Options that no component has a place for are named in `X-Bundle-Warnings` and
    in the bundle's README, as are values of the recipe that its charts don't take. It is an error if the
    recipe's values hold something else where an option goes, such as text where a mapping has to be.

    Args:
        deployer: Tool that the bundle is for.
        repo: Where the bundle will be committed (`https://…`, `ssh://…`) or pushed as an artifact (`oci://…`), for
            the deployers `argocd` and `flux`, which then take it from there:
            `<url>//<path in it>?ref=<revision>`, as in `https://github.com/example/clusters.git//gpu?ref=main`.
            In Git the revision is a branch or a full name such as `refs/tags/v1.0.0`, by default `main`, that
            `git check-ref-format` accepts; that of an artifact is a tag, by default `latest`. The URL and the path
            hold neither `.` nor `..`, a tag no slash, and the name of an artifact no capitals. The address of a
            page about the repository, such as `https://github.com/a/b/tree/main`, is none. Without it the bundle
            is deployed by its own `deploy.sh`. The other deployers take none.
        format_: Archive format.
        bundlers: Keep only these components of the recipe, by name or alias, separated by commas, as in
            `cert-manager,gpu-operator`. One that the recipe doesn't have is an error. Their install order stays.
            Without it the bundle holds all of them.
        set_: Sets a Helm value of one component: `<component or alias>:<path>=<value>`, as in
            `gpu-operator:driver.version=580.178.04`. What follows the colon is read by the rules of `helm --set`:
            commas separate assignments, `{a,b}` is a list, `[0]` an index (at most 1023), `\\` escapes, `null`
            removes the chart's default. May be repeated; later ones win. A component that the bundle doesn't hold
            is an error.

            A path that the chart doesn't take in this version is an error that names the nearest ones. Where the
            server doesn't know a chart's paths, any is taken, and `X-Bundle-Warnings` says so.
        force_set: As `set`, after it, for values that the chart may not take; nothing checks their paths.
        nodes: Number of GPU nodes, for the components that are sized by it. An error if the recipe has none of them or its criteria say another number.
        storage_class: Name of the StorageClass, as in `gp3`, for the components that keep data in a volume, together with
            `storage-size`. An error if the recipe has none of them. The cluster has to have a driver for the class,
            which on EKS comes with the add-on aws-ebs-csi-driver or with Auto Mode.
        storage_size: Size of those volumes, as in `50Gi`.
        mirror: Registry, with or without a path, that has copies of all images and charts, as in
            `registry.example.com/gpu`. It takes the place of the registry in the name of every image that the
            server knows, `nvcr.io/nvidia/driver` becoming `registry.example.com/gpu/nvidia/driver`; charts come
            from `oci://registry.example.com/gpu/charts`. `set` has the last word. Its host has a dot or a port or
            is `localhost`; container tools take anything else for a user of Docker Hub. It has one place for a
            chart, so those of one name have to come from one repository.
        system_node_selector: Label that nodes for controllers and other system pods have, as in `node-role=system`. May be repeated, for other keys.
        system_node_toleration: Taint that system pods tolerate, as in `dedicated=system:NoSchedule` or `dedicated:NoSchedule`. May be repeated.
        accelerated_node_selector: Label that GPU nodes have, for the pods that run there, as in `node-role=gpu`. May be repeated, for other keys.
        accelerated_node_toleration: Taint of GPU nodes that the pods there tolerate, as in `nvidia.com/gpu:NoSchedule`. May be repeated.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: The body.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        body=body,
        deployer=deployer,
        repo=repo,
        format_=format_,
        bundlers=bundlers,
        set_=set_,
        force_set=force_set,
        nodes=nodes,
        storage_class=storage_class,
        storage_size=storage_size,
        mirror=mirror,
        system_node_selector=system_node_selector,
        system_node_toleration=system_node_toleration,
        accelerated_node_selector=accelerated_node_selector,
        accelerated_node_toleration=accelerated_node_toleration,
        strict=strict,
        x_request_id=x_request_id,
    )
    return _build_response(client.get_httpx_client().request(**kwargs))


def sync(
    *,
    client: Client,
    body: Recipe | RecipeCriteria,
    deployer: Deployer | Unset = UNSET,
    repo: str | Unset = UNSET,
    format_: Format | Unset = UNSET,
    bundlers: list[str] | Unset = UNSET,
    set_: list[str] | Unset = UNSET,
    force_set: list[str] | Unset = UNSET,
    nodes: int | Unset = UNSET,
    storage_class: str | Unset = UNSET,
    storage_size: str | Unset = UNSET,
    mirror: str | Unset = UNSET,
    system_node_selector: list[str] | Unset = UNSET,
    system_node_toleration: list[str] | Unset = UNSET,
    accelerated_node_selector: list[str] | Unset = UNSET,
    accelerated_node_toleration: list[str] | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> bytes:
    """Make a bundle from a recipe or from criteria

    The body is a recipe, or a criteria document that is resolved first; `kind` tells them apart.

    A component that is given with name and version alone is completed from what this server knows of it;
    what the recipe states wins. A component that this server doesn't know needs `repository`, `chart`,
    `version` and `namespace`.

    The archive holds what the `deployer` takes as it is, with a folder `NN-<component>` each for values
    and manifests, and beside it `README.md`, `recipe.yaml`, `images.txt`, `charts.txt`, `sbom.cdx.json`
    (CycloneDX), `checksums.txt` and `provenance.json` (SLSA, about `checksums.txt`), signed as
    `provenance.sigstore.json` if the server has a key; without `mirror` also a manifest for Hauler and,
    for Helm, one for Zarf. Options that no component has a place for are named in `X-Bundle-Warnings` and
    in the bundle's README, as are values of the recipe that its charts don't take. It is an error if the
    recipe's values hold something else where an option goes, such as text where a mapping has to be.

    Args:
        deployer: Tool that the bundle is for.
        repo: Where the bundle will be committed (`https://…`, `ssh://…`) or pushed as an artifact (`oci://…`), for
            the deployers `argocd` and `flux`, which then take it from there:
            `<url>//<path in it>?ref=<revision>`, as in `https://github.com/example/clusters.git//gpu?ref=main`.
            In Git the revision is a branch or a full name such as `refs/tags/v1.0.0`, by default `main`, that
            `git check-ref-format` accepts; that of an artifact is a tag, by default `latest`. The URL and the path
            hold neither `.` nor `..`, a tag no slash, and the name of an artifact no capitals. The address of a
            page about the repository, such as `https://github.com/a/b/tree/main`, is none. Without it the bundle
            is deployed by its own `deploy.sh`. The other deployers take none.
        format_: Archive format.
        bundlers: Keep only these components of the recipe, by name or alias, separated by commas, as in
            `cert-manager,gpu-operator`. One that the recipe doesn't have is an error. Their install order stays.
            Without it the bundle holds all of them.
        set_: Sets a Helm value of one component: `<component or alias>:<path>=<value>`, as in
            `gpu-operator:driver.version=580.178.04`. What follows the colon is read by the rules of `helm --set`:
            commas separate assignments, `{a,b}` is a list, `[0]` an index (at most 1023), `\\` escapes, `null`
            removes the chart's default. May be repeated; later ones win. A component that the bundle doesn't hold
            is an error.

            A path that the chart doesn't take in this version is an error that names the nearest ones. Where the
            server doesn't know a chart's paths, any is taken, and `X-Bundle-Warnings` says so.
        force_set: As `set`, after it, for values that the chart may not take; nothing checks their paths.
        nodes: Number of GPU nodes, for the components that are sized by it. An error if the recipe has none of them or its criteria say another number.
        storage_class: Name of the StorageClass, as in `gp3`, for the components that keep data in a volume, together with
            `storage-size`. An error if the recipe has none of them. The cluster has to have a driver for the class,
            which on EKS comes with the add-on aws-ebs-csi-driver or with Auto Mode.
        storage_size: Size of those volumes, as in `50Gi`.
        mirror: Registry, with or without a path, that has copies of all images and charts, as in
            `registry.example.com/gpu`. It takes the place of the registry in the name of every image that the
            server knows, `nvcr.io/nvidia/driver` becoming `registry.example.com/gpu/nvidia/driver`; charts come
            from `oci://registry.example.com/gpu/charts`. `set` has the last word. Its host has a dot or a port or
            is `localhost`; container tools take anything else for a user of Docker Hub. It has one place for a
            chart, so those of one name have to come from one repository.
        system_node_selector: Label that nodes for controllers and other system pods have, as in `node-role=system`. May be repeated, for other keys.
        system_node_toleration: Taint that system pods tolerate, as in `dedicated=system:NoSchedule` or `dedicated:NoSchedule`. May be repeated.
        accelerated_node_selector: Label that GPU nodes have, for the pods that run there, as in `node-role=gpu`. May be repeated, for other keys.
        accelerated_node_toleration: Taint of GPU nodes that the pods there tolerate, as in `nvidia.com/gpu:NoSchedule`. May be repeated.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: The body.

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
            deployer=deployer,
            repo=repo,
            format_=format_,
            bundlers=bundlers,
            set_=set_,
            force_set=force_set,
            nodes=nodes,
            storage_class=storage_class,
            storage_size=storage_size,
            mirror=mirror,
            system_node_selector=system_node_selector,
            system_node_toleration=system_node_toleration,
            accelerated_node_selector=accelerated_node_selector,
            accelerated_node_toleration=accelerated_node_toleration,
            strict=strict,
            x_request_id=x_request_id,
        )
    )


async def asyncio_detailed(
    *,
    client: Client,
    body: Recipe | RecipeCriteria,
    deployer: Deployer | Unset = UNSET,
    repo: str | Unset = UNSET,
    format_: Format | Unset = UNSET,
    bundlers: list[str] | Unset = UNSET,
    set_: list[str] | Unset = UNSET,
    force_set: list[str] | Unset = UNSET,
    nodes: int | Unset = UNSET,
    storage_class: str | Unset = UNSET,
    storage_size: str | Unset = UNSET,
    mirror: str | Unset = UNSET,
    system_node_selector: list[str] | Unset = UNSET,
    system_node_toleration: list[str] | Unset = UNSET,
    accelerated_node_selector: list[str] | Unset = UNSET,
    accelerated_node_toleration: list[str] | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> Response[bytes]:
    """Make a bundle from a recipe or from criteria

    The body is a recipe, or a criteria document that is resolved first; `kind` tells them apart.

    A component that is given with name and version alone is completed from what this server knows of it;
    what the recipe states wins. A component that this server doesn't know needs `repository`, `chart`,
    `version` and `namespace`.

    The archive holds what the `deployer` takes as it is, with a folder `NN-<component>` each for values
    and manifests, and beside it `README.md`, `recipe.yaml`, `images.txt`, `charts.txt`, `sbom.cdx.json`
    (CycloneDX), `checksums.txt` and `provenance.json` (SLSA, about `checksums.txt`), signed as
    `provenance.sigstore.json` if the server has a key; without `mirror` also a manifest for Hauler and,
    for Helm, one for Zarf. Options that no component has a place for are named in `X-Bundle-Warnings` and
    in the bundle's README, as are values of the recipe that its charts don't take. It is an error if the
    recipe's values hold something else where an option goes, such as text where a mapping has to be.

    Args:
        deployer: Tool that the bundle is for.
        repo: Where the bundle will be committed (`https://…`, `ssh://…`) or pushed as an artifact (`oci://…`), for
            the deployers `argocd` and `flux`, which then take it from there:
            `<url>//<path in it>?ref=<revision>`, as in `https://github.com/example/clusters.git//gpu?ref=main`.
            In Git the revision is a branch or a full name such as `refs/tags/v1.0.0`, by default `main`, that
            `git check-ref-format` accepts; that of an artifact is a tag, by default `latest`. The URL and the path
            hold neither `.` nor `..`, a tag no slash, and the name of an artifact no capitals. The address of a
            page about the repository, such as `https://github.com/a/b/tree/main`, is none. Without it the bundle
            is deployed by its own `deploy.sh`. The other deployers take none.
        format_: Archive format.
        bundlers: Keep only these components of the recipe, by name or alias, separated by commas, as in
            `cert-manager,gpu-operator`. One that the recipe doesn't have is an error. Their install order stays.
            Without it the bundle holds all of them.
        set_: Sets a Helm value of one component: `<component or alias>:<path>=<value>`, as in
            `gpu-operator:driver.version=580.178.04`. What follows the colon is read by the rules of `helm --set`:
            commas separate assignments, `{a,b}` is a list, `[0]` an index (at most 1023), `\\` escapes, `null`
            removes the chart's default. May be repeated; later ones win. A component that the bundle doesn't hold
            is an error.

            A path that the chart doesn't take in this version is an error that names the nearest ones. Where the
            server doesn't know a chart's paths, any is taken, and `X-Bundle-Warnings` says so.
        force_set: As `set`, after it, for values that the chart may not take; nothing checks their paths.
        nodes: Number of GPU nodes, for the components that are sized by it. An error if the recipe has none of them or its criteria say another number.
        storage_class: Name of the StorageClass, as in `gp3`, for the components that keep data in a volume, together with
            `storage-size`. An error if the recipe has none of them. The cluster has to have a driver for the class,
            which on EKS comes with the add-on aws-ebs-csi-driver or with Auto Mode.
        storage_size: Size of those volumes, as in `50Gi`.
        mirror: Registry, with or without a path, that has copies of all images and charts, as in
            `registry.example.com/gpu`. It takes the place of the registry in the name of every image that the
            server knows, `nvcr.io/nvidia/driver` becoming `registry.example.com/gpu/nvidia/driver`; charts come
            from `oci://registry.example.com/gpu/charts`. `set` has the last word. Its host has a dot or a port or
            is `localhost`; container tools take anything else for a user of Docker Hub. It has one place for a
            chart, so those of one name have to come from one repository.
        system_node_selector: Label that nodes for controllers and other system pods have, as in `node-role=system`. May be repeated, for other keys.
        system_node_toleration: Taint that system pods tolerate, as in `dedicated=system:NoSchedule` or `dedicated:NoSchedule`. May be repeated.
        accelerated_node_selector: Label that GPU nodes have, for the pods that run there, as in `node-role=gpu`. May be repeated, for other keys.
        accelerated_node_toleration: Taint of GPU nodes that the pods there tolerate, as in `nvidia.com/gpu:NoSchedule`. May be repeated.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: The body.

    Returns:
        The answer with its headers; `parsed` is its content, None after a 304.

    Raises:
        APIError: The server answered with an error.
        UnexpectedResponseError: What answered was not this API.
        httpx.HTTPError: There was no answer.
    """
    kwargs = _get_kwargs(
        body=body,
        deployer=deployer,
        repo=repo,
        format_=format_,
        bundlers=bundlers,
        set_=set_,
        force_set=force_set,
        nodes=nodes,
        storage_class=storage_class,
        storage_size=storage_size,
        mirror=mirror,
        system_node_selector=system_node_selector,
        system_node_toleration=system_node_toleration,
        accelerated_node_selector=accelerated_node_selector,
        accelerated_node_toleration=accelerated_node_toleration,
        strict=strict,
        x_request_id=x_request_id,
    )
    return _build_response(await client.get_async_httpx_client().request(**kwargs))


async def asyncio(
    *,
    client: Client,
    body: Recipe | RecipeCriteria,
    deployer: Deployer | Unset = UNSET,
    repo: str | Unset = UNSET,
    format_: Format | Unset = UNSET,
    bundlers: list[str] | Unset = UNSET,
    set_: list[str] | Unset = UNSET,
    force_set: list[str] | Unset = UNSET,
    nodes: int | Unset = UNSET,
    storage_class: str | Unset = UNSET,
    storage_size: str | Unset = UNSET,
    mirror: str | Unset = UNSET,
    system_node_selector: list[str] | Unset = UNSET,
    system_node_toleration: list[str] | Unset = UNSET,
    accelerated_node_selector: list[str] | Unset = UNSET,
    accelerated_node_toleration: list[str] | Unset = UNSET,
    strict: bool | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
) -> bytes:
    """Make a bundle from a recipe or from criteria

    The body is a recipe, or a criteria document that is resolved first; `kind` tells them apart.

    A component that is given with name and version alone is completed from what this server knows of it;
    what the recipe states wins. A component that this server doesn't know needs `repository`, `chart`,
    `version` and `namespace`.

    The archive holds what the `deployer` takes as it is, with a folder `NN-<component>` each for values
    and manifests, and beside it `README.md`, `recipe.yaml`, `images.txt`, `charts.txt`, `sbom.cdx.json`
    (CycloneDX), `checksums.txt` and `provenance.json` (SLSA, about `checksums.txt`), signed as
    `provenance.sigstore.json` if the server has a key; without `mirror` also a manifest for Hauler and,
    for Helm, one for Zarf. Options that no component has a place for are named in `X-Bundle-Warnings` and
    in the bundle's README, as are values of the recipe that its charts don't take. It is an error if the
    recipe's values hold something else where an option goes, such as text where a mapping has to be.

    Args:
        deployer: Tool that the bundle is for.
        repo: Where the bundle will be committed (`https://…`, `ssh://…`) or pushed as an artifact (`oci://…`), for
            the deployers `argocd` and `flux`, which then take it from there:
            `<url>//<path in it>?ref=<revision>`, as in `https://github.com/example/clusters.git//gpu?ref=main`.
            In Git the revision is a branch or a full name such as `refs/tags/v1.0.0`, by default `main`, that
            `git check-ref-format` accepts; that of an artifact is a tag, by default `latest`. The URL and the path
            hold neither `.` nor `..`, a tag no slash, and the name of an artifact no capitals. The address of a
            page about the repository, such as `https://github.com/a/b/tree/main`, is none. Without it the bundle
            is deployed by its own `deploy.sh`. The other deployers take none.
        format_: Archive format.
        bundlers: Keep only these components of the recipe, by name or alias, separated by commas, as in
            `cert-manager,gpu-operator`. One that the recipe doesn't have is an error. Their install order stays.
            Without it the bundle holds all of them.
        set_: Sets a Helm value of one component: `<component or alias>:<path>=<value>`, as in
            `gpu-operator:driver.version=580.178.04`. What follows the colon is read by the rules of `helm --set`:
            commas separate assignments, `{a,b}` is a list, `[0]` an index (at most 1023), `\\` escapes, `null`
            removes the chart's default. May be repeated; later ones win. A component that the bundle doesn't hold
            is an error.

            A path that the chart doesn't take in this version is an error that names the nearest ones. Where the
            server doesn't know a chart's paths, any is taken, and `X-Bundle-Warnings` says so.
        force_set: As `set`, after it, for values that the chart may not take; nothing checks their paths.
        nodes: Number of GPU nodes, for the components that are sized by it. An error if the recipe has none of them or its criteria say another number.
        storage_class: Name of the StorageClass, as in `gp3`, for the components that keep data in a volume, together with
            `storage-size`. An error if the recipe has none of them. The cluster has to have a driver for the class,
            which on EKS comes with the add-on aws-ebs-csi-driver or with Auto Mode.
        storage_size: Size of those volumes, as in `50Gi`.
        mirror: Registry, with or without a path, that has copies of all images and charts, as in
            `registry.example.com/gpu`. It takes the place of the registry in the name of every image that the
            server knows, `nvcr.io/nvidia/driver` becoming `registry.example.com/gpu/nvidia/driver`; charts come
            from `oci://registry.example.com/gpu/charts`. `set` has the last word. Its host has a dot or a port or
            is `localhost`; container tools take anything else for a user of Docker Hub. It has one place for a
            chart, so those of one name have to come from one repository.
        system_node_selector: Label that nodes for controllers and other system pods have, as in `node-role=system`. May be repeated, for other keys.
        system_node_toleration: Taint that system pods tolerate, as in `dedicated=system:NoSchedule` or `dedicated:NoSchedule`. May be repeated.
        accelerated_node_selector: Label that GPU nodes have, for the pods that run there, as in `node-role=gpu`. May be repeated, for other keys.
        accelerated_node_toleration: Taint of GPU nodes that the pods there tolerate, as in `nvidia.com/gpu:NoSchedule`. May be repeated.
        strict: Makes an error of each warning in the recipe's metadata, that is of each criterion that is left open although it decides, or for which the recipe is generic. The error's `details.warnings` has them.
        x_request_id: A UUID that the answer and the server's log repeat. Anything else is replaced by a new UUID.
        body: The body.

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
            deployer=deployer,
            repo=repo,
            format_=format_,
            bundlers=bundlers,
            set_=set_,
            force_set=force_set,
            nodes=nodes,
            storage_class=storage_class,
            storage_size=storage_size,
            mirror=mirror,
            system_node_selector=system_node_selector,
            system_node_toleration=system_node_toleration,
            accelerated_node_selector=accelerated_node_selector,
            accelerated_node_toleration=accelerated_node_toleration,
            strict=strict,
            x_request_id=x_request_id,
        )
    )
