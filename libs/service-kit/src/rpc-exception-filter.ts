import { Catch, Inject, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import type { Logger } from 'pino';
import { throwError, type Observable } from 'rxjs';
import { toDomainError } from './errors.js';
import { toGrpcStatus } from './grpc-errors.js';
import { LOG } from './log.js';

/** Every error of a gRPC handler leaves as a domain error; what was not one is logged, since its sentence says nothing. */
@Catch()
export class DomainRpcExceptionFilter implements RpcExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(thrown: unknown, _host: ArgumentsHost): Observable<never> {
    const error = toDomainError(thrown);
    if (error.kind === 'internal') this.log.error({ err: error.cause ?? error }, 'RPC failed');
    return throwError(() => toGrpcStatus(error));
  }
}
