"""Tries the Python client on a server; clients_test.go starts it, and says where it and the proxy before it are."""

import asyncio
import os
import unittest
from pathlib import Path
from typing import assert_type

import httpx
from cnsd_client import (
    OS,
    Accelerator,
    APIError,
    Client,
    ComponentRef,
    Criteria,
    Deployer,
    ErrorCode,
    Format,
    Intent,
    NotModified,
    Recipe,
    RecipeCriteria,
    Service,
    UnexpectedResponseError,
    Values,
    api,
    retry,
    retry_async,
)

URL, LIMITED, PROXY = os.environ["CNSD_URL"], os.environ["CNSD_LIMITED"], os.environ["CNSD_PROXY"]
BUNDLES = Path(os.environ["CNSD_BUNDLES"])


class TestClient(unittest.TestCase):
    def setUp(self) -> None:
        self.client = self.at(URL)

    def at(self, url: str) -> Client:
        client = Client(url)
        self.addCleanup(client.close)
        return client

    def recipe(self) -> Recipe:
        return api.get_recipe.sync(
            client=self.client,
            service=Service.EKS,
            accelerator=Accelerator.GB200,
            intent=Intent.TRAINING,
            os=OS.UBUNTU,
            nodes=4,
        )

    def test_recipe(self) -> None:
        recipe = self.recipe()
        criteria = Criteria(Service.EKS, Accelerator.GB200, Intent.TRAINING, OS.UBUNTU, 4)
        self.assertEqual(recipe.criteria, criteria)
        self.assertEqual(recipe, api.resolve_recipe.sync(client=self.client, body=RecipeCriteria(spec=criteria)))
        self.assertFalse(recipe.explanations)
        self.assertTrue(api.get_recipe.sync(client=self.client, explain=True).explanations)
        operator = next(c for c in recipe.component_refs if c.name == "gpu-operator")
        assert operator.values and isinstance(operator.values["driver"], dict)

    def test_other_operations(self) -> None:
        self.assertIn("/v1/recipe", api.get_index.sync(client=self.client).routes)
        self.assertEqual(api.get_health.sync(client=self.client).status.value, "healthy")
        self.assertEqual(api.get_readiness.sync(client=self.client).status.value, "ready")
        self.assertIn("# HELP", assert_type(api.get_metrics.sync(client=self.client), str))
        self.assertIn("openapi: 3.0.3", assert_type(api.get_spec_yaml.sync(client=self.client), str))
        self.assertEqual(api.get_spec_json.sync(client=self.client)["openapi"], "3.0.3")
        page = api.get_docs.sync_detailed(client=self.client)
        self.assertIn("<html", page.parsed or "")
        self.assertIn("default-src", page.headers["content-security-policy"])
        self.assertTrue(assert_type(api.get_docs_asset.sync("swagger-ui.css", client=self.client), str))

    def test_bundle(self) -> None:
        bundle = api.create_bundle.sync_detailed(
            client=self.client,
            body=self.recipe(),
            bundlers=["cert-manager", "gpu-operator"],
            set_=["gpu-operator:driver.version=580.178.04", "gpu-operator:toolkit.enabled=false"],
            force_set=["cert-manager:a.b={1,2}", "cert-manager:c=1+1 & 50%;ü?#"],
            accelerated_node_selector=["node-role=gpu"],
            accelerated_node_toleration=["nvidia.com/gpu:NoSchedule"],
        )
        self.assertEqual(bundle.parsed, (BUNDLES / "recipe.zip").read_bytes())
        self.assertEqual(int(bundle.headers["X-Bundle-Size"]), len(bundle.content))
        archive = api.create_bundle.sync(
            client=self.client, body=self.recipe(), format_=Format.TAR_GZ, deployer=Deployer.FLUX
        )
        self.assertEqual(archive, (BUNDLES / "recipe.tar.gz").read_bytes())
        criteria = RecipeCriteria(spec=Criteria(service=Service.GKE, os=OS.COS))
        self.assertEqual(
            api.create_bundle.sync(client=self.client, body=criteria), (BUNDLES / "criteria.zip").read_bytes()
        )

    def test_own_recipe(self) -> None:
        component = ComponentRef("podinfo", "6.9.0", repository="oci://ghcr.io/stefanprodan/charts", chart="podinfo")
        component.namespace = "demo"
        component.values = Values.from_dict({"replicaCount": 2, "ui": {"color": None}})
        bundle = api.create_bundle.sync_detailed(client=self.client, body=Recipe(component_refs=[component]))
        self.assertIn("podinfo", bundle.headers["X-Bundle-Warnings"])

    def test_error(self) -> None:
        with self.assertRaises(APIError) as raised:
            api.create_bundle.sync(client=self.client, body=self.recipe(), set_=["gpu-operatr:driver.version=1"])
        error = raised.exception.error
        self.assertEqual((raised.exception.status_code, error.code), (400, ErrorCode.INVALID_REQUEST))
        assert error.details and error.details.allowed
        self.assertIn("gpu-operator", assert_type(error.details.allowed, list[str]))
        self.assertEqual(error.details.requested, "gpu-operatr")
        self.assertEqual(str(error.request_id), raised.exception.headers["x-request-id"])
        with self.assertRaises(APIError) as raised:
            api.get_docs_asset.sync("../nothing?", client=self.client)
        self.assertEqual((raised.exception.status_code, raised.exception.error.code), (404, ErrorCode.NOT_FOUND))

    def test_newer_release(self) -> None:
        with self.assertRaisesRegex(APIError, "CONFLICT: ") as raised:
            api.get_recipe.sync(client=self.at(PROXY + "/newer"), accelerator=Accelerator("b300"))
        self.assertEqual(raised.exception.error.code, "CONFLICT")
        self.assertEqual(Criteria.from_dict({"accelerator": "b300"}).to_dict(), {"accelerator": "b300"})

    def test_request_id(self) -> None:
        id = "123e4567-e89b-42d3-a456-426614174000"
        self.assertEqual(api.get_health.sync_detailed(client=self.client, x_request_id=id).headers["X-Request-Id"], id)

    def test_not_modified(self) -> None:
        tag = api.get_recipe.sync_detailed(client=self.client).headers["ETag"]
        again = api.get_recipe.sync_detailed(client=self.client, if_none_match=tag)
        self.assertEqual((again.status_code, again.parsed, again.headers["ETag"]), (304, None, tag))
        with self.assertRaises(NotModified):
            api.get_recipe.sync(client=self.client, if_none_match=tag)

    def test_rate_limit(self) -> None:
        client = self.at(LIMITED)
        api.get_recipe.sync(client=client)
        with self.assertRaises(APIError) as raised:
            retry(api.get_recipe.sync, client=client)
        self.assertEqual(
            (raised.exception.status_code, raised.exception.error.code), (429, ErrorCode.RATE_LIMIT_EXCEEDED)
        )
        self.assertGreater(raised.exception.retry_after or 0, 100)
        self.assertEqual(raised.exception.error.details and raised.exception.error.details.burst, 1)

    def test_retry(self) -> None:
        with self.assertRaises(APIError) as raised:
            retry(api.get_recipe.sync, client=self.at(PROXY + "/busy"))
        self.assertEqual((raised.exception.status_code, raised.exception.retry_after), (429, 0.0))
        with self.assertRaises(APIError) as raised:
            retry(api.get_recipe.sync, client=self.at(PROXY + "/later"))
        self.assertEqual(raised.exception.retry_after, 3600.0)

    def test_no_answer(self) -> None:
        with self.assertRaisesRegex(UnexpectedResponseError, "502.*Bad Gateway"):
            api.get_recipe.sync(client=self.at(PROXY + "/broken"))
        with self.assertRaisesRegex(UnexpectedResponseError, "Please log in"):
            api.create_bundle.sync(client=self.at(PROXY + "/login"), body=RecipeCriteria(spec=Criteria()))
        with self.assertRaises(httpx.ConnectError):
            api.get_recipe.sync(client=self.at("http://127.0.0.1:1"))


class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_bundle(self) -> None:
        async with Client(URL) as client:
            recipe, health = await asyncio.gather(
                api.get_recipe.asyncio(client=client, service=Service.GKE, os=OS.COS),
                api.get_health.asyncio_detailed(client=client),
            )
            bundle = await api.create_bundle.asyncio(client=client, body=recipe)
            self.assertEqual(assert_type(bundle, bytes), (BUNDLES / "criteria.zip").read_bytes())
            self.assertEqual(health.status_code, 200)
            with self.assertRaises(APIError):
                await api.create_bundle.asyncio(client=client, body=recipe, storage_size="1")

    async def test_retry(self) -> None:
        async with Client(PROXY + "/flaky") as client:
            criteria = RecipeCriteria(spec=Criteria(service=Service.GKE, os=OS.COS))
            bundle = await retry_async(api.create_bundle.asyncio, client=client, body=criteria)
            self.assertEqual(bundle, (BUNDLES / "criteria.zip").read_bytes())


if __name__ == "__main__":
    unittest.main()
