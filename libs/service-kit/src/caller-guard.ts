/** Server side of the caller context: a guard that verifies it, and parameter decorators that hand it to the handler. */
import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { CALLER_METADATA_KEY, CallerContexts, type Caller } from './caller-context.js';
import { DomainError } from './errors.js';

const verified = new WeakMap<Metadata, Caller>();

@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly contexts: CallerContexts,
    /** Whose RPCs it guards, such as "agents". */
    private readonly service: string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const metadata = context.switchToRpc().getContext<Metadata>();
    const token = metadata.get(CALLER_METADATA_KEY)[0]?.toString();
    verified.set(metadata, await this.contexts.verify(token, this.service));
    return true;
  }
}

/** The verified caller of a gRPC handler. */
export const RpcCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = verified.get(context.switchToRpc().getContext<Metadata>());
  if (!caller) throw new DomainError('unauthenticated', 'The caller context is missing.');
  return caller;
});

/** Head start that a handler leaves itself, so that it reports its own timeout before the caller's deadline hits. */
const DEADLINE_MARGIN_MS = 20;

/** Aborted when the caller cancels or hangs up, or shortly before its deadline. */
export const RpcSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal =>
  signalOf(context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2)),
);

/** The same, for a handler that is none of Nest's. */
export function signalOf(call: ServerUnaryCall<unknown, unknown>): AbortSignal {
  const cancelled = new AbortController();
  const cancel = () => cancelled.abort(new DomainError('cancelled', 'The request was cancelled.'));
  call.on('cancelled', cancel);
  if (call.cancelled) cancel(); // while the guards worked
  const deadline = call.getDeadline();
  const leftMs = (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now() - DEADLINE_MARGIN_MS;
  if (!Number.isFinite(leftMs)) return cancelled.signal;
  return AbortSignal.any([cancelled.signal, AbortSignal.timeout(Math.max(0, Math.min(leftMs, 2 ** 31 - 1)))]);
}
