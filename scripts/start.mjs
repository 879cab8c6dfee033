// `npm start`. Only looks at the Node that runs it, in a way that every Node understands: npm scripts use the one in
// node_modules, so this can only be another when it is run by hand or before `npm ci`.
const NEEDED_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
  console.error(
    `OrbisVoice needs Node ${NEEDED_MAJOR} or newer and this is Node ${process.versions.node}: run \`npm ci\`, then \`npm start\`, which brings its own.`,
  );
  process.exit(1);
} else {
  import('./build-and-run.mjs').then(({ buildAndRun }) => buildAndRun(process.argv.slice(2)));
}
