// The chart's values.schema.json and README.md, from the comments and defaults in its values.yaml. `--check` fails when one is stale.
// `# -- text` describes a value; `# @schema {...}` adds what its default can't say. Our own words in it: `ref` (a definition below),
// `definition` (the section's schema gets that name), `component` (the section may hold everything that `defaults` holds), `pod` (below
// `defaults`: it is about every pod; elsewhere: the section is a pod, and may hold those), `without` (keys of those that say nothing there).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMap, parseDocument } from 'yaml';

const chart = join(import.meta.dirname, '../charts/orbisvoice');
const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const string = { type: 'string' };
const image = {
  registry: string,
  repository: string,
  tag: string,
  digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
  pullPolicy: { enum: ['IfNotPresent', 'Always', 'Never'] },
};
const strict = (properties, more = {}) => ({
  type: 'object',
  ...more,
  properties,
  // Not `propertyNames` too, which would name those that there are: Helm says a wrong place of what that refuses.
  additionalProperties: false,
});
const DEFINITIONS = {
  image: strict(image),
  credential: strict({ value: string, existingSecret: string, key: { type: 'string', minLength: 1 } }),
  issuer: strict({ name: string, kind: string, group: string }),
};
/** Kubernetes' own objects: whatever the API server takes. */
const FREE_OBJECTS = new Set([
  'podSecurityContext',
  'securityContext',
  'resources',
  'affinity',
  'dnsConfig',
  'scaleUp',
  'scaleDown',
]);

const document = parseDocument(readFileSync(join(chart, 'values.yaml'), 'utf8'));
const rows = [];
/** What `defaults` says of every pod. */
const podKeys = new Set();
// Sections before it refer to it.
sectionProperties({ items: document.contents.items.filter(({ key }) => key.value === 'defaults') }, []);
rows.length = 0;
const properties = sectionProperties(document.contents, []);
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Values of the chart orbisvoice',
  ...strict(properties),
  $defs: DEFINITIONS,
};

write('values.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
write('README.md', readme());

function sectionProperties(map, path) {
  const found = {};
  map.items.forEach((pair, index) => {
    // YAML gives the comment before a map's first key to the map.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
    found[pair.key.value] = valueSchema(pair.value, [...path, pair.key.value], readComment(comment));
  });
  return found;
}

function readComment(comment) {
  const described = [];
  const extra = {};
  for (const line of comment.split('\n').map((each) => each.trim())) {
    if (line.startsWith('@schema ')) Object.assign(extra, JSON.parse(line.slice('@schema '.length)));
    else if (line.startsWith('-- ')) described.push(line.slice(3));
    else if (described.length > 0 && line !== '' && Object.keys(extra).length === 0) described.push(line);
  }
  return { description: described.join(' '), extra };
}

function valueSchema(
  node,
  path,
  { description, extra: { ref, definition, component: service, pod, without = [], ...extra } },
) {
  if (pod && path[0] === 'defaults') podKeys.add(path.at(-1));
  const component = service || (pod && path[0] !== 'defaults');
  const value = node?.toJSON?.() ?? node;
  const about = description === '' ? {} : { description };
  const isSection = isMap(node) && node.items.length > 0 && !ref && !FREE_OBJECTS.has(path.at(-1));
  if (!isSection) {
    if (!component) rows.push({ path: path.join('.'), value, description });
    if (ref) return { ...about, $ref: `#/$defs/${ref}` };
    if (!component) return { ...about, ...typeOf(value, path, extra), ...extra };
  }
  if (isSection && description !== '') rows.push({ path: path.join('.'), value: undefined, description });
  const own = isSection ? sectionProperties(node, path) : {};
  if (definition) {
    DEFINITIONS[definition] = strict(own, about);
    return { ...about, $ref: `#/$defs/${definition}` };
  }
  if (component) {
    const known = Object.entries(DEFINITIONS.component.properties).filter(
      ([key]) => (service || podKeys.has(key)) && !without.includes(key),
    );
    return strict(merged(Object.fromEntries(known), own, '#/$defs/component/properties'), about);
  }
  // Names that the user chooses, such as labels, come with `additionalProperties` of their own.
  return strict(own, { ...about, ...extra });
}

/** A component's section repeats some values of `defaults` and adds some of its own, at any depth. */
function merged(base, own, at) {
  const result = { ...base };
  for (const key of Object.keys(base)) if (at) result[key] = { $ref: `${at}/${key}` };
  for (const [key, value] of Object.entries(own)) {
    const known = base[key];
    if (known === undefined) result[key] = value;
    else if (known.properties && value.properties)
      result[key] = strict(
        merged(known.properties, value.properties),
        known.description ? { description: known.description } : {},
      );
  }
  return result;
}

function typeOf(value, path, extra) {
  if (extra.type || extra.enum) return {};
  if (Array.isArray(value)) return { type: 'array' };
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (typeof value === 'number') return { type: 'integer' };
  if (typeof value === 'string') return { type: 'string' };
  if (value !== null && typeof value === 'object') return { type: 'object' };
  throw new Error(`values.yaml: ${path.join('.')} has no default that shows its type; add # @schema`);
}

function readme() {
  const { version, appVersion, kubeVersion } = parseDocument(readFileSync(join(chart, 'Chart.yaml'), 'utf8')).toJSON();
  const text = (content) => content.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const shown = (value) => (value === undefined ? '' : `\`${text(JSON.stringify(value))}\``);
  const table = rows.map(({ path, value, description }) => `| \`${path}\` | ${shown(value)} | ${text(description)} |`);
  return `<!-- Made from values.yaml by \`npm run generate\`. -->

# Chart orbisvoice

Version ${version}, of OrbisVoice ${appVersion}, for Kubernetes ${kubeVersion.replace('-0', '')} and Helm 3.22 or 4.3.

Nobody publishes the images: build and push them first ([docs/images.md](../../docs/images.md)), here to \`registry.example.com\`.

\`\`\`sh
helm install orbisvoice charts/orbisvoice --namespace orbisvoice --create-namespace --set image.registry=registry.example.com
helm test orbisvoice --namespace orbisvoice
\`\`\`

How to go on: [docs/kubernetes/install.md](../../docs/kubernetes/install.md). Sets of values that are tested: \`ci\`.

Whatever stands below \`defaults\` can be set for one service too: \`api\`, \`accounts\`, \`agents\`, \`tools\`, \`transcripts\`, \`voiceGateway\`,
\`web\`, \`simulator\`, \`pgbouncer\`. A credential is \`{value, existingSecret, key}\`, an image \`{registry, repository, tag, digest, pullPolicy}\`.
Keys that are not in this list are refused.

| Value | Default | Meaning |
| ----- | ------- | ------- |
${table.join('\n')}
`;
}

function write(name, content) {
  const file = join(chart, name);
  if (!options.check) return writeFileSync(file, content);
  let committed = '';
  try {
    committed = readFileSync(file, 'utf8');
  } catch {
    // Not there is stale.
  }
  if (committed === content) return;
  console.error(`charts/orbisvoice/${name} is stale. Run npm run generate.`);
  process.exitCode = 1;
}
