// What an image runs. The kernel ignores a SIGTERM to process 1 that nobody handles, so from the first line on somebody does:
// until the service is up and stops by itself, a stop means to end at once.
const signals = ['SIGTERM', 'SIGINT'];
const endAtOnce = () => process.exit(0);
for (const signal of signals) process.on(signal, endAtOnce);

const { main } = await import('./service/dist/main.js');
for (const signal of signals) process.off(signal, endAtOnce);
// `standalone` takes arguments; the others start when they are loaded.
await main?.(process.argv.slice(2), process.env);
