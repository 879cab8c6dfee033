/** LiveKit Agents as its guide for Gemini Live has it: one session per room with the realtime model, in a process of its own. */
import { fileURLToPath } from 'node:url';
import { AgentServer, defineAgent, initializeLogger, ServerOptions, voice } from '@livekit/agents';
import * as google from '@livekit/agents-plugin-google';

const INSTRUCTIONS = 'You are measured.';

export default defineAgent({
  async entry(context) {
    await context.connect();
    const session = new voice.AgentSession({
      llm: new google.beta.realtime.RealtimeModel({
        model: process.env.MODEL,
        apiKey: 'peers',
        // Given here as well, so that the plugin does not open its session twice.
        instructions: INSTRUCTIONS,
        httpOptions: { baseUrl: process.env.PROVIDER_URL },
      }),
      // The model detects turns itself; a second detector here would only add to the cost.
      vad: null,
      turnDetection: 'realtime_llm',
    });
    await session.start({ agent: new voice.Agent({ instructions: INSTRUCTIONS }), room: context.room });
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  initializeLogger({ pretty: false, level: process.env.LOG_LEVEL ?? 'error' });
  const server = new AgentServer(
    new ServerOptions({
      agent: fileURLToPath(import.meta.url),
      wsURL: process.env.LIVEKIT_URL,
      apiKey: process.env.LIVEKIT_API_KEY,
      apiSecret: process.env.LIVEKIT_API_SECRET,
      host: '127.0.0.1',
      port: Number(process.env.HEALTH_PORT),
      production: true,
      logLevel: process.env.LOG_LEVEL ?? 'error',
      // By default a worker refuses calls at 70 % load of the machine. Here it takes them all, so that its knee can be seen.
      loadThreshold: Number.MAX_VALUE,
      loadFunc: async () => 0,
    }),
  );
  server.event.on('worker_registered', () => process.stdout.write('ready {}\n'));
  process.once('SIGTERM', () => void server.close().finally(() => process.exit(0)));
  await server.run();
}
