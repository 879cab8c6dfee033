// `npm run check:chart`: the chart with every set of values in ci, under Helm 3 and 4: lint, unit tests, Kubernetes' schemas from 1.30 on,
// kube-score; its alerts and dashboards: promtool's checks and tests, and whether the metrics that they ask for exist.
// Programs are taken from PATH or from the variable named with each; a missing one fails.
// CHART_SCHEMAS: folder where schemas are kept between runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { dashboardQueries } from './dashboard-queries.mjs';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'charts/orbisvoice');
const VERSIONS = ['1.30.14', '1.31.14', '1.32.13', '1.33.13', '1.34.4', '1.35.4', '1.36.3', '1.37.2'];
const [helm4, helm3] = [process.env.HELM4 ?? 'helm', process.env.HELM3 ?? 'helm3'];
const unittest = process.env.HELM_UNITTEST ?? 'helm-unittest';
const kubeconform = process.env.KUBECONFORM ?? 'kubeconform';
const kubeScore = process.env.KUBE_SCORE ?? 'kube-score';
const promtool = process.env.PROMTOOL ?? 'promtool';
/** Tests of kube-score that do not apply. */
const IGNORED_SCORES = [
  'container-image-pull-policy', // it wants Always; global.imagePullPolicy is the user's choice
  'container-ephemeral-storage-request-and-limit', // root file systems are read-only, and /tmp has a size
  'pod-probes-identical', // datastores answer one question for readiness and liveness
  'container-security-context-user-group-id', // the public images have users of their own, below 10000
];

const work = mkdtempSync(join(tmpdir(), 'orbisvoice-chart-'));
const schemas = process.env.CHART_SCHEMAS ?? join(work, 'schemas');
const failed = [];

step('README.md and values.schema.json', process.execPath, [join(root, 'scripts/generate-chart-docs.mjs'), '--check']);
step('dashboards', process.execPath, [join(root, 'scripts/generate-dashboards.mjs'), '--check']);
step('queries', process.execPath, [join(root, 'scripts/check-queries.mjs')]);
checkRules();
step('unit tests', unittest, [chart]);
step('pods', process.execPath, [join(root, 'scripts/check-chart-pods.mjs')]);
step('schemas', process.execPath, [join(root, 'scripts/kubernetes-schemas.mjs'), schemas, ...VERSIONS]);
const files = readdirSync(join(chart, 'ci')).map((name) => join(chart, 'ci', name));
const rendered = files.flatMap((values) => checkValues(values) ?? []);
for (const version of VERSIONS) checkSchemas(version, rendered);
checkRenderedRules(rendered);
if (failed.length > 0) {
  console.error(`\nFailed:\n${failed.map((name) => `  ${name}`).join('\n')}`);
  process.exit(1);
}
console.log(
  `\nThe chart is as it must be: ${files.length} sets of values, Helm 3 and 4, Kubernetes ${VERSIONS.join(', ')}.`,
);

/** As files, without Helm. Their tests are beside the chart's own. */
function checkRules() {
  const inFolder = (folder) => readdirSync(join(chart, folder)).map((name) => join(chart, folder, name));
  step('rules', promtool, ['check', 'rules', '--lint-fatal', ...inFolder('files/rules')]);
  step('tests of the rules', promtool, ['test', 'rules', ...inFolder('tests/rules')]);
  // promtool knows no dashboards; as rules it reads their queries.
  const rules = dashboardQueries().map(({ expr }, index) => ({ record: `query:${index}`, expr }));
  const file = join(work, 'dashboards.json');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
  step('queries of the dashboards', promtool, ['check', 'rules', file]);
}

/** As the chart gives them to the Prometheus operator. */
function checkRenderedRules(manifests) {
  const rules = manifests
    .flatMap((manifest) => parseAllDocuments(readFileSync(manifest, 'utf8')).map((document) => document.toJSON()))
    .filter((object) => object?.kind === 'PrometheusRule');
  if (rules.length === 0) fail('rendered rules', 'No set of values has monitoring.rules.enabled.');
  const names = rules.map(({ spec }, index) => {
    const file = join(work, `rendered-rules-${index}.json`);
    writeFileSync(file, JSON.stringify(spec));
    return file;
  });
  step('rendered rules', promtool, ['check', 'rules', '--lint-fatal', ...names]);
}

function checkSchemas(version, manifests) {
  const locations = [version, 'crds'].flatMap((folder) => [
    '-schema-location',
    `${schemas}/${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`,
  ]);
  // Traefik's Middleware is the one kind whose schema is in no module of a bearable size.
  step(`Kubernetes ${version}`, kubeconform, ['-strict', '-skip', 'Middleware', ...locations, ...manifests]);
}

/** The file with what Helm renders from it, or undefined. */
function checkValues(values) {
  const name = basename(values);
  const [by4, by3] = [helm4, helm3].map((helm) => render(helm, values));
  if (by4 === undefined || by3 === undefined) return undefined;
  if (linesOf(by4) !== linesOf(by3)) fail(`${name}: Helm 3 and 4 render it alike`, 'They do not.');
  const manifest = join(work, name);
  writeFileSync(manifest, by4);
  const ignored = IGNORED_SCORES.flatMap((test) => ['--ignore-test', test]);
  step(`${name}: kube-score`, kubeScore, ['score', '--output-format', 'ci', ...ignored, manifest], /^\[CRITICAL\]/);
  return manifest;
}

/** Undefined when it can't be rendered. */
function render(helm, values) {
  const name = `${basename(values)} by ${basename(helm)}`;
  const common = ['--kube-version', VERSIONS.at(-1), '-f', values];
  step(`${name}: lint`, helm, ['lint', chart, '--strict', '--quiet', ...common]);
  const args = ['template', 'ov', chart, '--namespace', 'orbis', ...common];
  const { status, stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) fail(`${name}: template`, stderr);
  return status === 0 ? stdout : undefined;
}

/** The two order hooks and leave blank lines differently. */
function linesOf(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .toSorted()
    .join('\n');
}

/** `findings`: a failed program is believed only where its output has such lines. */
function step(name, command, args, findings) {
  try {
    execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}` || error.message;
    if (findings === undefined) return fail(name, output);
    const found = output.split('\n').filter((line) => findings.test(line));
    if (found.length > 0 || !error.stdout) fail(name, found.join('\n') || output);
  }
}

function fail(name, output) {
  failed.push(name);
  console.error(`== ${name}\n${output.slice(0, 4_000)}`);
}
