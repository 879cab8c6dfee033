import type { Running } from './running.js';

/** A second `npm start`: nothing is wrong, what was asked for is there. */
export class RunsAlready extends Error {
  override readonly name = 'RunsAlready';

  constructor(running: Running, signInLink: string | undefined) {
    const console = signInLink ?? `${running.webUrl}   (\`npm run sign-in-link\` makes a link)`;
    super(`
OrbisVoice runs already, in process ${running.pid}; nothing was started.

  Console   ${console}
  API       ${running.apiUrl}   docs at ${running.apiUrl}/docs
  gRPC      ${running.grpcAddress}

To start it anew, with other settings say, stop it first: Ctrl-C where it runs. To run another one beside it, set DATA_DIR.
`);
  }
}
