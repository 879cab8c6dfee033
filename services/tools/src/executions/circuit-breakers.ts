import { Injectable } from '@nestjs/common';

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 15_000;
const MAX_TRACKED = 1_000;

interface Circuit {
  consecutiveFailures: number;
  /** Calls are refused until then. After that, one is let through, and the next ones wait another period for its end. */
  openUntilMs: number;
}

/** Spares a caller the wait for an endpoint that is down, and the endpoint the calls. One circuit per tool, in this process. */
@Injectable()
export class CircuitBreakers {
  private readonly circuits = new Map<string, Circuit>();

  /** False while the circuit is open. True obliges the caller to `record` how the call ended, unless it was cancelled. */
  tryEnter(toolId: string, nowMs = Date.now()): boolean {
    const circuit = this.circuits.get(toolId);
    if (!circuit || circuit.consecutiveFailures < FAILURES_TO_OPEN) return true;
    if (nowMs < circuit.openUntilMs) return false;
    circuit.openUntilMs = nowMs + OPEN_MS;
    return true;
  }

  record(toolId: string, result: 'up' | 'down', nowMs = Date.now()): void {
    const circuit = this.circuits.get(toolId) ?? { consecutiveFailures: 0, openUntilMs: 0 };
    this.circuits.delete(toolId);
    if (result === 'up') return;
    circuit.consecutiveFailures += 1;
    circuit.openUntilMs = nowMs + OPEN_MS;
    this.circuits.set(toolId, circuit);
    if (this.circuits.size > MAX_TRACKED) this.circuits.delete(this.circuits.keys().next().value!);
  }
}
