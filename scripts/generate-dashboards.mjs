// Grafana's dashboards in charts/orbisvoice/files/dashboards, from the short form in charts/orbisvoice/dashboards. `--check` fails when one
// is stale. Short form: rows of panels; a panel has `queries` by legend, and where it differs a `unit`, `type`, `width` (of 24), `max`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const chart = join(import.meta.dirname, '../charts/orbisvoice');
const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLUMNS = 24;
const LINES = { custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false } };
const SIZES = { timeseries: { width: 8, height: 8 }, stat: { width: 4, height: 4 }, table: { width: 12, height: 8 } };

mkdirSync(join(chart, 'files/dashboards'), { recursive: true });
for (const file of readdirSync(join(chart, 'dashboards'))) {
  const name = basename(file, '.yaml');
  const short = parse(readFileSync(join(chart, 'dashboards', file), 'utf8'));
  write(`${name}.json`, `${JSON.stringify(dashboard(name, short), null, 2)}\n`);
}

function dashboard(name, { title, description, rows }) {
  return {
    uid: `orbisvoice-${name}`,
    title,
    description,
    tags: ['orbisvoice'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: '',
    annotations: { list: [] },
    links: [
      {
        type: 'dashboards',
        tags: ['orbisvoice'],
        title: 'OrbisVoice',
        asDropdown: true,
        includeVars: true,
        keepTime: true,
      },
    ],
    templating: { list: variables() },
    panels: place(rows),
  };
}

function variables() {
  const namespaces = 'label_values(orbisvoice_api_build_info, namespace)';
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    {
      name: 'namespace',
      label: 'Namespace',
      type: 'query',
      datasource: DATASOURCE,
      query: namespaces,
      definition: namespaces,
      refresh: 2,
      sort: 1,
    },
  ];
}

/** From left to right, as many as fit. */
function place(rows) {
  const panels = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let [x, highest] = [0, 0];
    for (const short of row.panels) {
      const { width, height } = {
        ...SIZES[short.type ?? 'timeseries'],
        ...(short.width ? { width: short.width } : {}),
      };
      if (x + width > COLUMNS) [x, y, highest] = [0, y + highest, 0];
      panels.push({ id: panels.length + 1, ...panel(short), gridPos: { x, y, w: width, h: height } });
      x += width;
      highest = Math.max(highest, height);
    }
    y += highest;
  }
  return panels;
}

function panel({ title, description, type = 'timeseries', unit = 'short', max, queries, exemplars = false }) {
  const isTable = type === 'table';
  const targets = Object.entries(queries).map(([legend, expr], index) => ({
    refId: String.fromCodePoint(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    ...(type === 'timeseries' ? { range: true, ...(exemplars ? { exemplar: true } : {}) } : { instant: true }),
    ...(isTable ? { format: 'table' } : {}),
  }));
  return {
    type,
    title,
    ...(description ? { description } : {}),
    datasource: DATASOURCE,
    targets,
    fieldConfig: {
      defaults: { unit, min: 0, ...(max === undefined ? {} : { max }), ...(type === 'timeseries' ? LINES : {}) },
      overrides: [],
    },
    options: panelOptions(type),
    ...(isTable ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
  };
}

function panelOptions(type) {
  if (type === 'stat')
    return {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'none',
      graphMode: 'area',
    };
  if (type === 'table') return { showHeader: true };
  return {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
}

function write(name, content) {
  const file = join(chart, 'files/dashboards', name);
  if (!options.check) return writeFileSync(file, content);
  let committed = '';
  try {
    committed = readFileSync(file, 'utf8');
  } catch {
    // Not there is stale.
  }
  if (committed === content) return;
  console.error(`charts/orbisvoice/files/dashboards/${name} is stale. Run npm run generate.`);
  process.exitCode = 1;
}
