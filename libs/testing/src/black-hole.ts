/** An address at which nobody answers any more, as that of a pod that is gone: connections are neither made nor refused. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const LISTEN = `const s = require('node:net').createServer();
s.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(s.address().port));`;
/** The kernel answers a connection on this machine at once, or, when the queue is full, not at all. */
const NO_ANSWER_MS = 500;
const MAX_FILLERS = 16;

export class BlackHole {
  private readonly fillers: Socket[] = [];

  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  static async open(): Promise<BlackHole> {
    const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const hole = new BlackHole(child, Number(line));
    // Nobody accepts from now on. What the queue holds would still be made a connection, so it is filled.
    child.kill('SIGSTOP');
    while (await hole.fills()) if (hole.fillers.length > MAX_FILLERS) throw new Error('the queue does not get full');
    return hole;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.fillers) socket.destroy();
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  private async fills(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => undefined);
    this.fillers.push(socket);
    return await Promise.race([once(socket, 'connect').then(() => true), sleep(NO_ANSWER_MS).then(() => false)]);
  }
}
