/**
 * Postgres, Redis and NATS that are not the release's own: those of another release, which runs nothing else and has made no schema.
 * Its Secret is what a platform team would have in its own.
 */
import { kubectl, kubectlJson } from './run-command.js';
import { Release } from './release.js';

const NAMESPACE = 'orbisvoice-stores';
const SECRET = 'orbisvoice-external';
const NOTHING_ELSE = [
  'defaults.replicas=0',
  'simulator.replicas=0',
  'voiceGateway.autoscaling.enabled=false',
  'migrations.enabled=false',
];

export class ExternalStores {
  private constructor(private readonly release: Release) {}

  static async start({ tags, helm }: Release): Promise<ExternalStores> {
    const release = await Release.prepare(NAMESPACE, tags, helm);
    await release.install(NOTHING_ELSE);
    return new ExternalStores(release);
  }

  /** Puts the credentials beside that release, and returns the values that lead it here. */
  async valuesFor({ namespace }: Release): Promise<string[]> {
    const generated = `${this.release.fullname}-generated`;
    const { data } = await kubectlJson<{ data: unknown }>(['-n', NAMESPACE, 'get', 'secret', generated]);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET, namespace }, data };
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
    const host = (store: string) => `${this.release.nameOf(store)}.${NAMESPACE}`;
    return [
      'secrets.generate=false',
      `secrets.existingSecret=${SECRET}`,
      'postgres.mode=external',
      `postgres.external.host=${host('postgres')}`,
      'postgres.external.sslMode=disable',
      'redis.mode=external',
      `redis.external.url=redis://${host('redis')}:6379/0`,
      `redis.password.existingSecret=${SECRET}`,
      'nats.mode=external',
      `nats.external.url=nats://${host('nats')}:4222`,
      `nats.token.existingSecret=${SECRET}`,
    ];
  }

  async stop(): Promise<void> {
    await this.release.remove();
  }
}
