// Tries the TypeScript client on a server; clients_test.go starts it, and says where it and the proxy before it are.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  type ApiError,
  createBundle,
  createClient,
  getDocs,
  getDocsAsset,
  getHealth,
  getIndex,
  getMetrics,
  getReadiness,
  getRecipe,
  getSpecJson,
  getSpecYaml,
  type Recipe,
  type RecipeCriteria,
  resolveRecipe,
  retryAfter,
  UnexpectedResponseError,
} from 'cnsd-client';

const { CNSD_URL: url = '', CNSD_LIMITED: limited = '', CNSD_PROXY: proxy = '', CNSD_BUNDLES: bundles = '' } = process.env;
const client = createClient(url);
const criteria: RecipeCriteria = { kind: 'recipeCriteria', apiVersion: 'cns.nvidia.com/v1alpha1', spec: { service: 'gke', os: 'cos' } };

async function recipe(): Promise<Recipe> {
  const answer = await getRecipe({ client, query: { service: 'eks', accelerator: 'gb200', intent: 'training', os: 'ubuntu', nodes: 4 } });
  assert.ok(answer.data);
  return answer.data;
}

/** Fails unless the bundle's bytes are those that curl got. */
async function assertBundle(bundle: { data: Blob | File | undefined; error?: ApiError | undefined }, file: string) {
  assert.ok(bundle.data, bundle.error?.message);
  assert.deepEqual(Buffer.from(await bundle.data.arrayBuffer()), await readFile(`${bundles}/${file}`));
}

test('recipe', async () => {
  const got = await recipe();
  const spec = { service: 'eks', accelerator: 'gb200', intent: 'training', os: 'ubuntu', nodes: 4 } as const;
  assert.deepEqual(got.criteria, spec);
  assert.deepEqual((await resolveRecipe({ client, body: { ...criteria, spec } })).data, got);
  assert.ok((await getRecipe({ client, query: { explain: true } })).data?.explanations?.length);
  const driver: unknown = got.componentRefs.find((c) => c.name === 'gpu-operator')?.values?.['driver'];
  assert.equal(typeof driver, 'object');
});

test('other operations', async () => {
  assert.ok((await getIndex({ client })).data?.routes.includes('/v1/recipe'));
  assert.equal((await getHealth({ client })).data?.status, 'healthy');
  assert.equal((await getReadiness({ client })).data?.status, 'ready');
  assert.match((await getMetrics({ client })).data ?? '', /# HELP/);
  assert.match((await (await getSpecYaml({ client })).data?.text()) ?? '', /openapi: 3.0.3/);
  assert.equal((await getSpecJson({ client })).data?.['openapi'], '3.0.3');
  const page = await getDocs({ client });
  assert.match(page.data ?? '', /<html/);
  assert.match(page.response.headers.get('Content-Security-Policy') ?? '', /default-src/);
  assert.ok((await getDocsAsset({ client, path: { asset: 'swagger-ui.css' } })).data?.includes('swagger-ui'));
});

test('bundle', async () => {
  const body = await recipe();
  const bundle = await createBundle({
    client,
    body,
    query: {
      bundlers: ['cert-manager', 'gpu-operator'],
      set: ['gpu-operator:driver.version=580.178.04', 'gpu-operator:toolkit.enabled=false'],
      'force-set': ['cert-manager:a.b={1,2}', 'cert-manager:c=1+1 & 50%;ü?#'],
      'accelerated-node-selector': ['node-role=gpu'],
      'accelerated-node-toleration': ['nvidia.com/gpu:NoSchedule'],
    },
  });
  await assertBundle(bundle, 'recipe.zip');
  assert.equal(Number(bundle.response.headers.get('X-Bundle-Size')), bundle.data?.size);
  await assertBundle(await createBundle({ client, body, query: { format: 'tar.gz', deployer: 'flux' } }), 'recipe.tar.gz');
  await assertBundle(await createBundle({ client, body: criteria }), 'criteria.zip');
});

test('own recipe', async () => {
  const bundle = await createBundle({
    client,
    body: {
      kind: 'Recipe',
      apiVersion: 'cns.nvidia.com/v1alpha1',
      componentRefs: [
        {
          name: 'podinfo',
          version: '6.9.0',
          repository: 'oci://ghcr.io/stefanprodan/charts',
          chart: 'podinfo',
          namespace: 'demo',
          values: { replicaCount: 2, ui: { color: null } },
        },
      ],
    },
  });
  assert.match(bundle.response.headers.get('X-Bundle-Warnings') ?? '', /podinfo/);
});

test('error', async () => {
  const bad = await createBundle({ client, body: await recipe(), query: { set: ['gpu-operatr:driver.version=1'] } });
  assert.ok(bad.error);
  assert.equal(bad.response.status, 400);
  assert.equal(bad.error.code, 'INVALID_REQUEST');
  const allowed: string[] | undefined = bad.error.details?.allowed;
  assert.ok(allowed?.includes('gpu-operator'));
  assert.equal(bad.error.requestId, bad.response.headers.get('X-Request-Id'));
  const missing = await getDocsAsset({ client, path: { asset: '../nothing?' } });
  assert.equal(missing.error?.code, 'NOT_FOUND');
  await assert.rejects(getDocsAsset({ client, path: { asset: 'no.js' }, throwOnError: true }), { code: 'NOT_FOUND' });
});

test('newer release', async () => {
  const newer = await getRecipe({ client: createClient(`${proxy}/newer`) });
  assert.equal(newer.error?.code, 'CONFLICT');
});

test('request ID', async () => {
  const id = '123e4567-e89b-42d3-a456-426614174000';
  assert.equal((await getHealth({ client, headers: { 'X-Request-Id': id } })).response.headers.get('X-Request-Id'), id);
});

test('not modified', async () => {
  const etag = (await getRecipe({ client })).response.headers.get('ETag') ?? '';
  const again = await getRecipe({ client, headers: { 'If-None-Match': etag } });
  assert.equal(again.response.status, 304);
  assert.equal(again.response.headers.get('ETag'), etag);
  assert.equal(again.data, undefined);
});

test('rate limit', async () => {
  const client = createClient(limited, { fetch: retryAfter() });
  assert.ok((await getRecipe({ client })).data);
  const refused = await getRecipe({ client });
  assert.equal(refused.response.status, 429);
  assert.equal(refused.error?.code, 'RATE_LIMIT_EXCEEDED');
  assert.equal(refused.error.details?.burst, 1);
  assert.ok(Number(refused.response.headers.get('Retry-After')) > 100);
});

test('retry', async () => {
  const busy = await getRecipe({ client: createClient(`${proxy}/busy`, { fetch: retryAfter() }) });
  assert.equal(busy.response.status, 429);
  assert.equal(busy.error?.code, 'RATE_LIMIT_EXCEEDED');
  assert.equal(busy.response.headers.get('Retry-After'), '0');
  await assertBundle(await createBundle({ client: createClient(`${proxy}/flaky`, { fetch: retryAfter() }), body: criteria }), 'criteria.zip');
  const later = await getRecipe({ client: createClient(`${proxy}/later`, { fetch: retryAfter() }) });
  assert.equal(later.error?.code, 'SERVICE_UNAVAILABLE');
});

test('no answer', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(getRecipe({ client: createClient(`${proxy}/broken`) }), UnexpectedResponseError);
  await assert.rejects(createBundle({ client: createClient(`${proxy}/login`), body: criteria }), UnexpectedResponseError);
  await assert.rejects(getRecipe({ client: createClient('http://127.0.0.1:1') }), TypeError);
  await assert.rejects(getRecipe({ client, signal }), /stopped/);
});
