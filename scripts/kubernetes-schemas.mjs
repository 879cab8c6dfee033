// JSON schemas of Kubernetes' objects for kubeconform, strict, from what their makers publish as Go modules, since no server is asked:
//   node scripts/kubernetes-schemas.mjs FOLDER 1.30.14 1.36.3 ...
// FOLDER/<version> gets Kubernetes' own kinds, FOLDER/crds those that the chart uses besides them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Modules with custom resource definitions, and the folder in them. */
const CRD_MODULES = [
  ['sigs.k8s.io/gateway-api@v1.4.1', 'config/crd/standard'],
  ['github.com/prometheus-operator/prometheus-operator@v0.85.0', 'example/prometheus-operator-crd'],
  ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases'],
  ['github.com/cert-manager/cert-manager@v1.18.2', 'deploy/crds'],
];

const [folder, ...versions] = process.argv.slice(2);
if (!folder || versions.length === 0) {
  console.error('usage: node scripts/kubernetes-schemas.mjs FOLDER VERSION...');
  process.exit(2);
}
for (const version of versions) writeBuiltIn(version);
const crds = join(folder, 'crds');
if (!existsSync(crds)) CRD_MODULES.forEach(([module, path]) => writeCustom(join(moduleFolder(module), path)));

function moduleFolder(module) {
  return JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { cwd: '/', encoding: 'utf8' })).Dir;
}

function writeBuiltIn(version) {
  const target = join(folder, version);
  if (existsSync(target)) return;
  const spec = join(moduleFolder(`k8s.io/kubernetes@v${version}`), 'api/openapi-spec/swagger.json');
  const { definitions } = JSON.parse(readFileSync(spec, 'utf8'));
  mkdirSync(target, { recursive: true });
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version: apiVersion, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const used = Object.fromEntries(closure(name, definitions).map((each) => [each, strict(definitions[each])]));
      write(target, { group, version: apiVersion, kind }, { $ref: `#/definitions/${name}`, definitions: used });
    }
  }
}

/** Names of a definition and of everything that it refers to. */
function closure(name, definitions, found = new Set()) {
  if (found.has(name)) return [];
  found.add(name);
  for (const [, reference] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g))
    closure(reference, definitions, found);
  return [...found];
}

function writeCustom(source) {
  mkdirSync(crds, { recursive: true });
  for (const file of readdirSync(source).filter((name) => name.endsWith('.yaml'))) {
    for (const document of parseAllDocuments(readFileSync(join(source, file), 'utf8'))) {
      const definition = document.toJSON();
      if (definition?.kind !== 'CustomResourceDefinition') continue;
      const { group, names, versions: served } = definition.spec;
      for (const { name, schema } of served) {
        const object = { type: 'object' };
        const { properties } = schema.openAPIV3Schema;
        const whole = { ...schema.openAPIV3Schema, properties: { ...properties, metadata: object } };
        write(crds, { group, version: name, kind: names.kind }, strict(whole));
      }
    }
  }
}

/** kubeconform's name of a kind: deployment-apps-v1, httproute-gateway-v1, pod-v1. */
function write(target, { group, version, kind }, schema) {
  const parts = [kind, ...(group ? [group.split('.')[0]] : []), version].map((part) => part.toLowerCase());
  writeFileSync(join(target, `${parts.join('-')}.json`), JSON.stringify(schema));
}

/** Unknown fields are refused, as the API server does with `--validate=strict`. */
function strict(node) {
  if (Array.isArray(node)) return node.map(strict);
  if (node === null || typeof node !== 'object') return node;
  if (node.format === 'int-or-string' || node['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  const { format: _, ...kept } = node;
  const result = Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, strict(value)]));
  if (node.properties && node.additionalProperties === undefined && !node['x-kubernetes-preserve-unknown-fields'])
    result.additionalProperties = false;
  return result;
}
