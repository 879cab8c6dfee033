/** Calls whose provider misbehaves: each has an agent of its own, by which the simulator knows which faults its connections get. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import type { SimulatorConnection } from '@orbisvoice/simulator/connection/connection';
import type { FaultPlan } from '@orbisvoice/simulator/faults/fault-plan';
import { forgetfulScript } from './forgetful-script.js';
import { SpokenCall } from './spoken-call.js';
import { startTestPlatform, type TestPlatform } from './test-platform.js';

/** What goes wrong with the n-th connection of a call, from 1. */
export type FaultsOf = (connection: number) => FaultPlan;

interface Plan {
  faults: FaultsOf;
  /** By setup: the handle that it came with, '' for a fresh session. */
  handles: string[];
  connection?: SimulatorConnection;
}

const TIME_TOOL = {
  name: 'current_time',
  description: 'The current date and time.',
  parameters: { type: 'object', properties: { timezone: { type: 'string' } } },
  builtIn: { function: 'current_time' },
};
const SLOW_TOOL_MS = 2_500;

/** A platform, its simulated provider, and a tool that takes its time. */
export class FaultyProvider {
  /** The next handshakes are answered with these instead. */
  readonly handshakes: (429 | 503)[] = [];
  /** Requests that the slow tool got, by scenario. */
  readonly toolRuns = new Map<string, number>();
  private readonly plans = new Map<string, Plan>();
  private readonly simulator: Simulator;
  private test!: TestPlatform;
  private slowTool!: Server;

  constructor() {
    this.simulator = createSimulator({
      script: forgetfulScript,
      faults: () => {
        const handshakeStatus = this.handshakes.shift();
        return {
          ...(handshakeStatus ? { handshakeStatus } : {}),
          atSetup: (setup) => {
            const instruction = (setup.systemInstruction?.parts ?? []).map(({ text }) => text ?? '').join('');
            const plan = this.planOf(instruction);
            if (!plan) return {}; // no call: the platform tries a model
            plan.handles.push(setup.sessionResumption?.handle ?? '');
            return plan.faults(plan.handles.length);
          },
        };
      },
    });
    this.simulator.on('setup', (connection) => {
      const instruction = (connection.setup?.systemInstruction?.parts ?? []).map(({ text }) => text ?? '').join('');
      const plan = this.planOf(instruction);
      if (plan) plan.connection = connection;
    });
  }

  private planOf(instruction: string): Plan | undefined {
    return this.plans.get(/^\[(.+?)\]/.exec(instruction)?.[1] ?? '');
  }

  async start(environment: Record<string, string>): Promise<void> {
    this.slowTool = createServer((request, response) => {
      const scenario = request.url!.slice(1);
      this.toolRuns.set(scenario, (this.toolRuns.get(scenario) ?? 0) + 1);
      response.setHeader('content-type', 'application/json');
      setTimeout(() => response.end('{"status":"shipped"}'), SLOW_TOOL_MS);
    });
    await new Promise<void>((resolve) => this.slowTool.listen(0, '127.0.0.1', resolve));
    const { url } = await this.simulator.listen({ port: 0, host: '127.0.0.1' });
    this.test = await startTestPlatform({
      gemini: { apiKey: 'test', baseUrl: url },
      environment: { OUTBOUND_ALLOW: `127.0.0.1:${this.slowToolPort}`, ...environment },
    });
  }

  async stop(): Promise<void> {
    await this.test?.stop();
    await this.simulator.close();
    this.slowTool?.close();
    this.slowTool?.closeAllConnections();
  }

  /** Not started yet. */
  async newCall(
    scenario: string,
    faults: FaultsOf,
    agent: { model?: string; greeting?: string } = {},
  ): Promise<FaultyCall> {
    const plan: Plan = { faults, handles: [] };
    this.plans.set(scenario, plan);
    const { api } = this.test;
    const slowTool = {
      name: `look_up_order_${scenario.replaceAll(/\W/g, '')}`,
      description: 'Looks up an order.',
      http: { method: 'GET', url: `http://127.0.0.1:${this.slowToolPort}/${scenario}` },
    };
    const time = { ...TIME_TOOL, name: `current_time_${scenario.replaceAll(/\W/g, '')}` };
    const toolIds = [await api.createTool(slowTool), await api.createTool(time)];
    const agentId = await api.createAgent({ prompt: `[${scenario}]`, toolIds, model: 'simulated-live', ...agent });
    return new FaultyCall(this.test, agentId, plan);
  }

  private get slowToolPort(): number {
    return (this.slowTool.address() as AddressInfo).port;
  }
}

export class FaultyCall extends SpokenCall {
  private conversationId = '';

  constructor(
    private readonly test: TestPlatform,
    agentId: string,
    private readonly plan: Plan,
  ) {
    super(test.platform.streamUrl, () => test.api.callToken(agentId));
  }

  /** Of each set-up so far; '' for a fresh session. */
  get handles(): string[] {
    return this.plan.handles;
  }

  /** The provider's end of the connection that the call has now. */
  get connection(): SimulatorConnection {
    return this.plan.connection!;
  }

  override async start(): Promise<string> {
    this.conversationId = await super.start();
    return this.conversationId;
  }

  /** Resolves when the call has asked for its n-th session. */
  async session(number: number, timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (this.handles.length < number) {
      if (Date.now() > deadline) throw new Error(`the call has opened ${this.handles.length} sessions, not ${number}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Hangs up, and gives what is stored of the call. */
  async finish() {
    await this.end();
    return await this.stored();
  }

  async stored() {
    const { turns, endReason } = await this.test.api.endedConversation(this.conversationId, 10_000);
    const of = (role: string) => turns.filter((turn) => turn.role === role).map((turn) => turn.generatedText.trim());
    return {
      endReason,
      /** What was said, in order, by whom. */
      lines: turns.map((turn) => `${turn.role}: ${turn.generatedText.trim()}`),
      said: of('user'),
      answered: of('agent'),
      toolCalls: turns.flatMap((turn) => turn.toolCalls),
    };
  }
}
