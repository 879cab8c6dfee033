import { readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';

/** `<prefix>_build_info{version,node}`, always 1. */
export function registerBuildInfo(registry: Registry, prefix: string): void {
  const info = new Gauge({
    name: `${prefix}_build_info`,
    help: 'Always 1; its labels say which version runs on which Node',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  info.set({ version, node: process.version }, 1);
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
