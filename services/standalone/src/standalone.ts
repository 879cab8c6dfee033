import { createWriteStream, type WriteStream } from 'node:fs';
import { dataFolderAt } from '@orbisvoice/embedded-postgres/data-folder';
import { startEmbeddedPostgres } from '@orbisvoice/embedded-postgres/embedded-postgres';
import { refuseUsedFolder } from '@orbisvoice/embedded-postgres/folder-lock';
import { createLog } from '@orbisvoice/service-kit/log';
import type { StandaloneConfig } from './config.js';
import { openDataFolder, type DataFolder } from './data-folder.js';
import { setUpDemo } from './demo.js';
import { startPlatform } from './platform.js';
import { checkPorts } from './ports.js';
import { findRunning, noteRunning } from './running.js';
import { RunsAlready } from './runs-already.js';
import { loadSecrets } from './secrets.js';
import { makeSignInLink } from './sign-in-link.js';
import { welcome } from './welcome.js';

export interface StandaloneEvents {
  onProgress(step: string): void;
  /** The database has ended although nobody stopped it. */
  onDatabaseLost(log: string): void;
}

/** Everything that `npm start` runs, and the way to end it. */
export class Standalone {
  /** In the order of starting. */
  private readonly stops: (() => Promise<void>)[] = [];
  private starting: Promise<string> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly config: StandaloneConfig,
    private readonly events: StandaloneEvents,
  ) {}

  /** Resolves with what to tell the user. Rejects when `stop` comes before the end, or with what keeps it from starting. */
  start(options: { fresh: boolean }): Promise<string> {
    return (this.starting ??= this.run(options.fresh));
  }

  /** May be called at any time, and again. A start that is under way is abandoned at its next step. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopAll());
  }

  private async run(fresh: boolean): Promise<string> {
    const { config } = this;
    const onProgress = (step: string) => this.progress(step);
    await this.refuseSecond(fresh);
    await checkPorts(config.gemini ? { ...config.ports, simulator: 0 } : config.ports);
    const folder = await openDataFolder(config.dataDir, { fresh, onProgress });
    this.stops.push(() => folder.release());
    const secrets = await loadSecrets(folder);
    const databaseUrl = await this.startDatabase(folder);
    const destination = this.openLog(folder.log);
    const platform = await startPlatform({
      databaseUrl,
      secrets,
      ports: config.ports,
      gemini: config.gemini,
      outboundAllow: config.outboundAllow,
      environment: { METRICS_HOST: '127.0.0.1', ...config.tracing },
      log: (service) => createLog({ service, level: config.logLevel, destination }),
      onProgress,
    });
    this.stops.push(() => platform.stop());
    this.progress('Preparing the demo');
    const { internalAuthSecret } = secrets;
    const demo = await setUpDemo(platform, { internalAuthSecret, dataFolder: folder.path });
    const { webUrl, apiUrl, grpcAddress } = platform;
    const { organizationId } = demo;
    const accountsAddress = platform.addresses.accounts;
    this.stops.push(await noteRunning(folder.path, { webUrl, apiUrl, grpcAddress, accountsAddress, organizationId }));
    if (config.gemini) this.progress('Trying the key with Gemini');
    const verdict = await platform.providerVerdict;
    return welcome(platform, demo, { config, verdict });
  }

  /** Before its ports are found busy. */
  private async refuseSecond(fresh: boolean): Promise<void> {
    const { dataDir } = this.config;
    const running = await findRunning(dataDir);
    if (!running || fresh) return await refuseUsedFolder(dataFolderAt(dataDir));
    throw new RunsAlready(running, await makeSignInLink(running, dataDir).catch(() => undefined));
  }

  private async startDatabase(folder: DataFolder): Promise<string> {
    const postgres = await startEmbeddedPostgres({
      dataDir: folder.postgres,
      onProgress: (step) => this.progress(step),
    });
    this.stops.push(() => postgres.stop());
    void postgres.exited.then(() => {
      if (!this.stopping) this.events.onDatabaseLost(`${folder.postgres}/postgres.log`);
    });
    await postgres.createDatabase('orbisvoice');
    return postgres.superuserUrl('orbisvoice');
  }

  private openLog(file: string): WriteStream {
    const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
    // A log that can't be written, on a full disk say, is no reason to end calls.
    stream.on('error', () => undefined);
    this.stops.push(() => new Promise((resolve) => stream.end(() => resolve())));
    return stream;
  }

  private progress(step: string): void {
    if (this.stopping) throw new Error('Stopped while it was starting.');
    this.events.onProgress(step);
  }

  private async stopAll(): Promise<void> {
    await this.starting?.catch(() => undefined);
    const failures: unknown[] = [];
    for (const stop of this.stops.toReversed()) await stop().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
