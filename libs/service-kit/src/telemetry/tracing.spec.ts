import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { context, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log.js';
import { startTracing, type Tracing, type TracingConfig } from './tracing.js';

const ON: TracingConfig = {
  enabled: true,
  endpoint: 'http://127.0.0.1:9', // nobody listens
  sampler: 'parentbased_always_on',
  samplerRatio: 1,
  exportDelayMs: 10,
  maxQueuedSpans: 512,
  includePii: false,
};

function capturedLog() {
  const destination = new PassThrough();
  const log = createLog({ service: 'test', level: 'info', destination });
  const lines = () =>
    String(destination.read() ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, string>);
  return { log, lines };
}

describe('tracing', () => {
  let tracing: Tracing | undefined;
  afterEach(async () => await tracing?.shutdown());

  it('is off by default, and its spans say nothing', async () => {
    const { log } = capturedLog();
    const off = await startTracing({ ...ON, enabled: false }, { name: 'test', log });
    expect(off.enabled).toBe(false);
    expect(off.tracer.startSpan('work').isRecording()).toBe(false);
  });

  it('puts trace and span into log lines, inside of a span only', async () => {
    const { log, lines } = capturedLog();
    tracing = await startTracing({ ...ON, exportDelayMs: 60_000 }, { name: 'test', log });
    const span = tracing.tracer.startSpan('work');
    context.with(trace.setSpan(context.active(), span), () => log.info('inside'));
    log.info('outside');
    const { traceId, spanId } = span.spanContext();
    const [inside, outside] = lines();
    expect(inside).toMatchObject({ trace_id: traceId, span_id: spanId });
    expect(outside).not.toHaveProperty('trace_id');
  });

  it('takes personal data only when it is asked to, and only under orbisvoice.pii', async () => {
    const { log } = capturedLog();
    tracing = await startTracing(ON, { name: 'test', log });
    expect(tracing.pii({ user_text: 'a secret' })).toEqual({});
    await tracing.shutdown();
    tracing = await startTracing({ ...ON, includePii: true }, { name: 'test', log });
    expect(tracing.pii({ user_text: 'a secret' })).toEqual({ 'orbisvoice.pii.user_text': 'a secret' });
  });

  it('logs once that nobody takes its spans, and once that somebody does again', async () => {
    const { log, lines } = capturedLog();
    let status = 400;
    const receiver = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    tracing = await startTracing({ ...ON, endpoint }, { name: 'test', log });
    const seen: Record<string, string>[] = [];
    const until = async (count: number) => {
      for (let span = 0; span < 200 && seen.length < count; span += 1) {
        tracing!.tracer.startSpan('work').end();
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(...lines());
      }
    };
    await until(1);
    for (let span = 0; span < 10; span += 1) {
      tracing.tracer.startSpan('work').end();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    status = 200;
    await until(2);
    expect(seen.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'warn: traces can not be exported; they are dropped until that works again',
      'info: traces are exported again',
    ]);
    receiver.closeAllConnections();
    receiver.close();
  });
});
