/**
 * The metrics that rules and dashboards may ask for, each with its labels: those of docs/metrics.md, which a test holds against the
 * services' registries, those that prom-client adds to every process, and those of others, by charts/orbisvoice/tests/metrics.yaml.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
/** Added by whoever scrapes: the Prometheus operator, and the usual configuration for annotated pods. */
const TARGET_LABELS = ['namespace', 'pod', 'instance', 'job'];
/** As in the names of metrics. */
const SERVICES = ['accounts', 'agents', 'api', 'gateway', 'simulator', 'tools', 'transcripts', 'web'];
const WITH_SCHEMA = ['accounts', 'agents', 'tools', 'transcripts'];

/** Map<string, Set<string>>: labels by name, and `others`, the names of the third kind. */
export function knownMetrics() {
  const metrics = new Map();
  const add = (name, type, labels, target = TARGET_LABELS) => {
    const histogram = type === 'histogram';
    for (const suffix of histogram ? ['_bucket', '_sum', '_count'] : ['']) {
      metrics.set(`${name}${suffix}`, new Set([...target, ...labels, ...(suffix === '_bucket' ? ['le'] : [])]));
    }
  };
  for (const { name, type, labels } of documentedMetrics()) {
    const services = name.includes('_db_') ? WITH_SCHEMA : SERVICES;
    for (const each of name.includes('<service>') ? services : [''])
      add(name.replace('<service>', each), type, [...labels, 'service']);
  }
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, type, labelNames } of registry.getMetricsAsArray()) add(name, type, [...labelNames, 'service']);
  registry.clear();
  const others = parse(readFileSync(join(root, 'charts/orbisvoice/tests/metrics.yaml'), 'utf8'));
  for (const { target, metrics: found } of others) {
    for (const [name, labels] of Object.entries(found)) add(name, 'gauge', labels, target);
  }
  return { metrics, others: others.flatMap(({ metrics: found }) => Object.keys(found)) };
}

/** Rows of the tables: {name, type, labels}. */
export function documentedMetrics() {
  const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
  return [...page.matchAll(/^\| `(orbisvoice_[^`]+)` +\| (\w+) +\| ([^|]*) \|/gm)].map(([, name, type, labels]) => ({
    name,
    type,
    labels: labels.split(',').flatMap((label) => label.trim() || []),
  }));
}
