import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { AppendEventsRequest } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toDomainError, type ErrorKind } from '@orbisvoice/service-kit/errors';
import { catchError, throwError, type Observable } from 'rxjs';
import { TranscriptsEvents } from '../events.js';

const CALLERS_FAULT: readonly ErrorKind[] = [
  'invalid_argument',
  'failed_precondition',
  'not_found',
  'permission_denied',
];

/** Around the validation too: a transcript that its sender can't get rid of must show. */
@Injectable()
export class RefusedWritesInterceptor implements NestInterceptor {
  constructor(private readonly events: TranscriptsEvents) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { events, conversationId } = context.switchToRpc().getData<AppendEventsRequest>();
    return next.handle().pipe(
      catchError((error: unknown) => {
        const { kind } = toDomainError(error);
        const result = CALLERS_FAULT.includes(kind) ? 'rejected' : 'failed';
        const about = { conversationId: conversationId.slice(0, 36), reason: kind };
        this.events.eventsNotWritten(result, events.length, about);
        return throwError(() => error);
      }),
    );
  }
}
