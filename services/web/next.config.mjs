import { join } from 'node:path';

const workspaceRoot = join(import.meta.dirname, '../..');

/** The console is a static export: `web` (src/server) serves it, and so can any other static host. */
export default {
  output: 'export',
  reactStrictMode: true,
  images: { unoptimized: true },
  outputFileTracingRoot: workspaceRoot,
  turbopack: { root: workspaceRoot },
  // Types are checked by tsc in the same build (scripts/build.mjs); Next's own check needs the compiler API of TypeScript 6.
  typescript: { ignoreBuildErrors: true },
};
