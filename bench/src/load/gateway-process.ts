/** A gateway in a process of its own, configured by its own variables, that can be asked how it is. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { endOnSignal } from '@orbisvoice/service-kit/end-process';
import { createLog } from '@orbisvoice/service-kit/log';
import { startService } from '@orbisvoice/service-kit/service';
import { voiceGatewayService } from '@orbisvoice/voice-gateway/service';
import { answerQuestions } from './child.js';
import { heapByConstructor } from './heap-summary.js';
import { LineWatch } from './line-watch.js';

const LAG_RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/** Gaps come out of the log, which is where the gateway tells of each single one. */
const reattachments = new LineWatch<{ gapMs: number; reason: string; fresh: boolean }>('provider connection replaced');
const log = createLog({
  service: 'voice-gateway',
  level: process.env['LOG_LEVEL'] ?? 'error',
  destination: process.env['WATCH_LOG'] === 'true' ? reattachments : process.stderr,
});
const service = await startService(voiceGatewayService, { environment: process.env, log });
let lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });

answerQuestions({
  memory: () => ({
    ...process.memoryUsage(),
    spaces: Object.fromEntries(
      getHeapSpaceStatistics().map(({ space_name, physical_space_size }) => [space_name, physical_space_size]),
    ),
  }),
  collect: () => globalThis.gc?.(),
  heap: () => heapByConstructor(),
  resources: () => process.getActiveResourcesInfo(),
  reattachments: () => reattachments.take(),
  startLag: () => {
    lag.disable();
    lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    lag.enable();
  },
  /** 99th percentile since `startLag`, in ms. */
  lag: () => Math.max(0, lag.percentile(99) / NS_PER_MS - LAG_RESOLUTION_MS),
});
process.stdout.write(`ready ${JSON.stringify({ url: `ws://127.0.0.1:${service.httpPort}/stream` })}\n`);
endOnSignal({ stop: service.stop, withinMs: service.stopWithinMs, log });
