import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Health } from './health.js';
import { RefusedCredentialsError } from './refused-credentials.js';
import { registerDependencyMetrics } from './telemetry/dependency-metrics.js';

/** A dependency that can be taken away, and counts how often it is asked. */
class Dependency {
  away = false;
  asked = 0;

  async check(): Promise<void> {
    this.asked += 1;
    if (this.away) throw new Error('the thing is away');
  }
}

describe('Health', () => {
  it('is not ready before what it needs has answered once, and says what is missing', async () => {
    const health = new Health();
    const dependency = new Dependency();
    dependency.away = true;
    health.add({ name: 'thing', check: () => dependency.check() });
    expect(await health.report()).toEqual({
      status: 'unavailable',
      checks: { thing: { status: 'failed', detail: 'the thing is away' } },
    });
  });

  it('stays ready when that goes away later, and says so', async () => {
    let now = 0;
    const health = new Health(() => now);
    const dependency = new Dependency();
    health.add({ name: 'thing', check: () => dependency.check() });
    expect((await health.report()).status).toBe('ok');
    dependency.away = true;
    now = 5_000;
    expect(await health.report()).toMatchObject({ status: 'degraded', checks: { thing: { status: 'failed' } } });
    dependency.away = false;
    now = 10_000;
    expect((await health.report()).status).toBe('ok');
  });

  it('is ready without what it can start without', async () => {
    const health = new Health();
    const dependency = new Dependency();
    dependency.away = true;
    health.add({ name: 'thing', neededToStart: false, check: () => dependency.check() });
    expect((await health.report()).status).toBe('degraded');
  });

  it('is not ready while credentials were refused from the start, also those of what it can start without', async () => {
    let now = 0;
    const health = new Health(() => now);
    let refuses = true;
    const check = async () => {
      if (refuses) throw new RefusedCredentialsError('Redis', 'REDIS_URL', new Error('WRONGPASS'));
    };
    health.add({ name: 'redis', neededToStart: false, check });
    expect(await health.report()).toEqual({
      status: 'unavailable',
      checks: { redis: { status: 'failed', detail: 'Redis refuses the credentials of REDIS_URL: WRONGPASS' } },
    });
    [refuses, now] = [false, 5_000];
    expect((await health.report()).status).toBe('ok');
    [refuses, now] = [true, 10_000];
    expect((await health.report()).status).toBe('degraded');
  });

  it('is not ready once it stops', async () => {
    const health = new Health();
    health.stop();
    expect((await health.report()).status).toBe('unavailable');
  });

  it('asks a dependency once, however many want to know', async () => {
    const health = new Health();
    const dependency = new Dependency();
    health.add({ name: 'thing', check: () => dependency.check() });
    await Promise.all(Array.from({ length: 50 }, () => health.report()));
    expect(dependency.asked).toBe(1);
  });

  it('is a gauge for each dependency', async () => {
    const health = new Health();
    const dependency = new Dependency();
    dependency.away = true;
    health.add({ name: 'thing', check: () => dependency.check() });
    health.add({ name: 'other', check: async () => undefined });
    const refused = new RefusedCredentialsError('NATS', 'NATS_TOKEN', new Error('Authorization Violation'));
    health.add({ name: 'refusing', check: () => Promise.reject(refused) });
    const registry = new Registry();
    registerDependencyMetrics(registry, 'orbisvoice_test', health);
    const lines = (await registry.metrics()).split('\n');
    expect(lines).toContain('orbisvoice_test_dependency_up{dependency="thing"} 0');
    expect(lines).toContain('orbisvoice_test_dependency_up{dependency="other"} 1');
    expect(lines).toContain('orbisvoice_test_dependency_up{dependency="refusing"} 0');
    expect(lines).toContain('orbisvoice_test_dependency_refused{dependency="refusing"} 1');
    expect(lines).toContain('orbisvoice_test_dependency_refused{dependency="thing"} 0');
  });
});
