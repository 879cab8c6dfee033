/** The queries of the chart's dashboards, as Prometheus gets them from Grafana. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../charts/orbisvoice/files/dashboards');

/** [{name, dashboard}], parsed. */
export function dashboards() {
  return readdirSync(folder).map((name) => ({ name, dashboard: JSON.parse(readFileSync(join(folder, name), 'utf8')) }));
}

/** [{where, expr, legend}] with an example in the place of each variable. */
export function dashboardQueries() {
  return dashboards().flatMap(({ name, dashboard }) =>
    dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: `${name}: ${title}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', 'orbisvoice'),
        legend: legendFormat,
      })),
    ),
  );
}
