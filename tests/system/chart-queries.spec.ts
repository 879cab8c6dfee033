/** The chart's alerts and dashboards ask for values of labels that the services give. Names and labels: `npm run check:chart`. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const root = join(import.meta.dirname, '../..');
/** Their values come from requests, or from whoever scrapes. */
const OPEN_LABELS = ['namespace', 'pod', 'status', 'code', '__name__'];

interface Matcher {
  label: string;
  op: string;
  value: string;
}
interface Reading {
  labels: Set<string>;
  selectors: { names: string[]; matchers: Matcher[] }[];
  problems: string[];
}
interface Scripts {
  readQuery(text: string, metrics: Map<string, Set<string>>): Reading;
  knownMetrics(): { metrics: Map<string, Set<string>> };
  dashboardQueries(): { where: string; expr: string }[];
}

describe('what the chart asks Prometheus', () => {
  let test: TestPlatform;
  let text: string;
  let scripts: Scripts;

  beforeAll(async () => {
    const names = ['promql-labels', 'known-metrics', 'dashboard-queries'];
    const modules = await Promise.all(names.map(async (name) => await import(join(root, `scripts/${name}.mjs`))));
    scripts = Object.assign({}, ...modules) as Scripts;
    test = await startTestPlatform();
    text = await (await fetch(test.platform.metricsUrl)).text();
  }, 120_000);
  afterAll(async () => await test.stop());

  it('names only values of labels that there are before anything has happened', () => {
    const { metrics } = scripts.knownMetrics();
    const queries = [...ruleQueries(), ...scripts.dashboardQueries()];
    for (const { record } of ruleQueries()) if (record) metrics.set(record, new Set(['namespace', 'pod']));
    const asked = queries.flatMap(({ where, expr }) =>
      scripts.readQuery(expr, metrics).selectors.flatMap(({ names, matchers }) => wanted(where, names, matchers)),
    );
    expect(asked.length).toBeGreaterThan(20);
    const exposed = exposedValues(text);
    expect(asked.filter(({ name, label, value }) => !exposed.has(`${name} ${label}=${value}`))).toEqual([]);
  });

  it('is refused with a label or a metric that does not exist, or without a namespace', () => {
    const metrics = new Map([['calls_bucket', new Set(['namespace', 'pod', 'le'])]]);
    const problemsOf = (query: string) => scripts.readQuery(query, metrics).problems;
    expect(problemsOf('histogram_quantile(0.9, sum by (le) (rate(calls_bucket{namespace="a"}[5m])))')).toEqual([]);
    expect(problemsOf('sum by (pods) (calls_bucket{namespace="a"})')).toEqual([
      expect.stringContaining('no label pods'),
    ]);
    expect(problemsOf('calls_bucket{namespace="a",stage="b"}')).toEqual([expect.stringContaining('no label stage')]);
    expect(problemsOf('histogram_quantile(0.9, sum by (pod) (calls_bucket{namespace="a"}))')).toHaveLength(1);
    expect(problemsOf('call_bucket{namespace="a"}')).toEqual(['no metric is called call_bucket']);
    expect(problemsOf('sum(calls_bucket)')).toEqual([expect.stringContaining('not limited to a namespace')]);
    expect(problemsOf('sum(calls_bucket{namespace="a"}) / calls_bucket{namespace="a"}')).toHaveLength(1);
  });
});

function ruleQueries(): { where: string; record?: string; expr: string }[] {
  const folder = join(root, 'charts/orbisvoice/files/rules');
  return readdirSync(folder).flatMap((file) => {
    const content = parse(readFileSync(join(folder, file), 'utf8')) as {
      groups: { rules: { record?: string; alert?: string; expr: string }[] }[];
    };
    return content.groups.flatMap(({ rules }) =>
      rules.map(({ record, alert, expr }) => ({ where: alert ?? record!, expr, ...(record ? { record } : {}) })),
    );
  });
}

/** A pattern is a list of values here, and nothing else. The console is not part of this platform. */
function wanted(where: string, names: string[], matchers: Matcher[]) {
  const ours = names.filter((name) => /^orbisvoice_(?!web_)/.test(name));
  const closed = matchers.filter(({ label }) => !OPEN_LABELS.includes(label));
  return ours.flatMap((name) =>
    closed.flatMap(({ label, value }) => value.split('|').map((each) => ({ where, name, label, value: each }))),
  );
}

/** "name label=value" of every series. */
function exposedValues(text: string): Set<string> {
  const samples = [...text.matchAll(/^(orbisvoice_\w+)\{(.*)\} /gm)];
  return new Set(
    samples.flatMap(([, name, pairs = '']) =>
      [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => `${name} ${label}=${value}`),
    ),
  );
}
