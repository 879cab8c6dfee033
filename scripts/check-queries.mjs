/**
 * Every query of the chart's rules and dashboards asks for metrics and labels that exist, in its own namespace; every alert has what an
 * alert needs, and a page to read. `npm run check:chart` runs it, and `promtool` for the rest.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { dashboardQueries, dashboards } from './dashboard-queries.mjs';
import { knownMetrics } from './known-metrics.mjs';
import { readQuery } from './promql-labels.mjs';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'charts/orbisvoice');
const SEVERITIES = ['critical', 'warning', 'info'];
const problems = [];
const { metrics, others } = knownMetrics();
const used = new Set();
let queries = 0;

const rules = yamlFiles('files/rules').flatMap(({ name, content }) =>
  content.groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, file: name }))),
);
const tests = yamlFiles('tests/rules').flatMap(({ content }) => content.tests);
const runbooks = headings(readFileSync(join(root, 'docs/kubernetes/runbooks.md'), 'utf8'));

for (const rule of rules) {
  const what = `${rule.file}: ${rule.record ?? rule.alert}`;
  const labels = check(what, rule.expr);
  if (rule.record) metrics.set(rule.record, labels);
  else checkAlert(what, rule, labels);
}
for (const { where, expr, legend } of dashboardQueries()) checkLegend(where, check(where, expr), legend);
for (const { name, dashboard } of dashboards()) checkVariables(name, dashboard.templating.list);
for (const name of others) if (!used.has(name)) problems.push(`tests/metrics.yaml: nothing asks for ${name}`);
for (const { record } of rules) if (record && !used.has(record)) problems.push(`nothing asks for ${record}`);
for (const heading of runbooks) {
  if (!rules.some(({ alert }) => alert?.toLowerCase() === heading))
    problems.push(`docs/kubernetes/runbooks.md: no alert is called ${heading}`);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${queries} queries in ${rules.length} rules and the dashboards ask for what there is.`);

function check(what, text) {
  queries += 1;
  const { labels, selectors, problems: found } = readQuery(text, metrics);
  for (const name of selectors.flatMap(({ names }) => names)) used.add(name);
  problems.push(...found.map((problem) => `${what}: ${problem}`));
  return labels;
}

function checkAlert(what, rule, labels) {
  const { summary, description, runbook_url: runbook } = rule.annotations ?? {};
  if (!rule.for || !summary || !description) problems.push(`${what} needs for, summary and description`);
  if (!SEVERITIES.includes(rule.labels?.severity)) problems.push(`${what} needs a severity: ${SEVERITIES.join(', ')}`);
  const known = new Set([...labels, ...Object.keys(rule.labels ?? {})]);
  for (const [, label] of `${summary} ${description}`.matchAll(/\$labels\.(\w+)/g))
    if (!known.has(label)) problems.push(`${what}: its text names the label ${label}, which the query does not give`);
  if (runbook !== `docs/kubernetes/runbooks.md#${rule.alert.toLowerCase()}`)
    problems.push(`${what}: runbook_url is ${runbook}`);
  if (!runbooks.includes(rule.alert.toLowerCase()))
    problems.push(`${what} has no section in docs/kubernetes/runbooks.md`);
  const cases = tests.flatMap((test) => test.alert_rule_test ?? []).filter(({ alertname }) => alertname === rule.alert);
  if (!cases.some(({ exp_alerts: expected }) => expected?.length > 0))
    problems.push(`${what}: no test in which it fires`);
  if (!cases.some(({ exp_alerts: expected }) => !expected?.length))
    problems.push(`${what}: no test in which it does not`);
}

function checkLegend(where, labels, legend) {
  for (const [, label] of legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g))
    if (!labels.has(label)) problems.push(`${where}: the legend names ${label}, which the query does not give`);
}

function checkVariables(name, variables) {
  for (const { query } of variables.filter(({ type }) => type === 'query')) {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
    if (!metrics.get(metric)?.has(label)) problems.push(`${name}: no metric has what the variable asks for: ${query}`);
  }
}

function yamlFiles(folder) {
  return readdirSync(join(chart, folder)).map((name) => ({
    name,
    content: parse(readFileSync(join(chart, folder, name), 'utf8')),
  }));
}

function headings(page) {
  return [...page.matchAll(/^### (\w+)$/gm)].map(([, title]) => title.toLowerCase());
}
