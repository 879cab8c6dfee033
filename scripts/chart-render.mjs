// The chart as Helm 4 renders it from values, for the checks of it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';

export const chart = join(import.meta.dirname, '../charts/orbisvoice');
const helm = process.env.HELM4 ?? 'helm';
const POD_KINDS = new Set(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);

/** `{objects}`, or `{error}` where the chart refuses the values. Later values stand over earlier ones. */
export function render(...values) {
  const merged = values.reduce((all, each) => over(all, each), {});
  const args = ['template', 'ov', chart, '--namespace', 'orbis', '--kube-version', '1.36.3', '-f', '-'];
  const options = { input: stringify(merged), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(helm, args, options);
  if (error) throw error;
  if (status !== 0) return { error: stderr };
  const objects = parseAllDocuments(stdout)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJSON();
    })
    .filter((object) => object !== null);
  return { objects };
}

/** Every pod among the objects, whatever makes it: its name, metadata and spec. */
export function podsOf(objects) {
  return objects
    .filter(({ kind }) => POD_KINDS.has(kind))
    .map((object) => {
      const template =
        object.kind === 'Pod'
          ? object
          : object.kind === 'CronJob'
            ? object.spec.jobTemplate.spec.template
            : object.spec.template;
      return { name: `${object.kind}/${object.metadata.name}`, metadata: template.metadata, spec: template.spec };
    });
}

/** `value` at a path such as `postgres.internal.resources`, as values. */
export function valuesAt(path, value) {
  return path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);
}

export function readValues(text) {
  return parse(text) ?? {};
}

function over(base, more) {
  const result = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const both = isObject(result[key]) && isObject(value);
    result[key] = both ? over(result[key], value) : value;
  }
  return result;
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
