import { writeFile } from 'node:fs/promises';
import { createBundle, createClient, getRecipe, retryAfter } from 'cnsd-client';

const client = createClient('http://localhost:8080', { fetch: retryAfter() });
const recipe = await getRecipe({ client, query: { service: 'eks', accelerator: 'gb200', os: 'ubuntu' } });
if (recipe.error) throw new Error(`${recipe.error.message}; allowed: ${recipe.error.details?.allowed}`);
for (const warning of recipe.data.metadata?.warnings ?? []) {
  console.warn(warning.message);
}
for (const component of recipe.data.componentRefs) {
  console.log(component.name, component.version);
}
const bundle = await createBundle({ client, body: recipe.data, query: { deployer: 'argocd' } });
if (bundle.error) throw new Error(`${bundle.error.message}; allowed: ${bundle.error.details?.allowed}`);
await writeFile('bundle.zip', new Uint8Array(await bundle.data.arrayBuffer()));
