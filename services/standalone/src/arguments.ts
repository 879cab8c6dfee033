// Read by scripts/start.mjs before anything is built, so: no imports, and only syntax that Node can strip.

export interface Arguments {
  /** Delete the data of earlier runs first. */
  fresh: boolean;
  /** Say what there is to set, and start nothing. */
  help: boolean;
}

const KNOWN = ['--fresh', '--help'];

export const USAGE = `
npm start              builds what has changed and runs OrbisVoice on this machine
npm start -- --fresh   deletes the data of earlier runs first
npm start -- --help    shows this
npm run sign-in-link   prints another link to the console of the OrbisVoice that runs

Environment variables:
  GEMINI_API_KEY       a key for the Gemini API; without one the simulator answers
  GEMINI_MODEL         the Live model to use
  GEMINI_BASE_URL      where the Gemini API is
  DATA_DIR             the folder that keeps the data (.orbisvoice)
  API_PORT             the REST API (3000)
  API_GRPC_PORT        the gRPC API (50050)
  WEB_PORT             the console (3001)
  VOICE_GATEWAY_PORT   calls (4001)
  SIMULATOR_PORT       the simulator (4010)
  METRICS_PORT         metrics and probes (9464); a port may be 0 for any that is free
  OUTBOUND_ALLOW       private addresses that HTTP tools may reach, such as 127.0.0.1:8000
  TRACING_ENABLED      true sends OpenTelemetry traces to TRACING_ENDPOINT (http://localhost:4318)
  LOG_LEVEL            trace, debug, info, warn, error, fatal or silent (info)
`;

/** @throws Error with a sentence that names the argument which is not known */
export function parseArguments(args: readonly string[]): Arguments {
  const unknown = args.find((argument) => !KNOWN.includes(argument));
  if (unknown !== undefined) {
    throw new Error(
      `There is no argument "${unknown}": use --fresh to delete the data of earlier runs, --help for everything else, or none.`,
    );
  }
  return { fresh: args.includes('--fresh'), help: args.includes('--help') };
}
