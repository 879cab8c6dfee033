import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { clientMessage, type ClientMessage } from '@orbisvoice/client/protocol/messages';
import { MAX_MESSAGE_BYTES } from '@orbisvoice/client/protocol/constants';
import { DomainError, invalidField } from '@orbisvoice/service-kit/errors';
import { jsonDepth } from '@orbisvoice/service-kit/json-depth';
import { toInvalidArgument } from '@orbisvoice/service-kit/validation-pipe';

const MAX_DEPTH = 64;
const TYPES = new Set(clientMessage.options.map((option) => option.shape.type.value as string));

/** A text message of a client. @throws DomainError `invalid_argument` that names the field and the rule */
export function parseClientMessage(data: Buffer): ClientMessage {
  if (data.length > MAX_MESSAGE_BYTES) throw invalidField('message', `must be at most ${MAX_MESSAGE_BYTES} bytes`);
  const text = data.toString();
  if (jsonDepth(text) > MAX_DEPTH) throw invalidField('message', `must be nested at most ${MAX_DEPTH} levels deep`);
  let json: unknown;
  try {
    json = parseExactJson(text);
  } catch {
    throw invalidField('message', 'must be JSON; audio goes into binary messages');
  }
  const type = (json as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !TYPES.has(type)) {
    throw new DomainError('invalid_argument', `type: must be one of ${[...TYPES].join(', ')}`, {
      violations: [{ field: 'type', message: `must be one of ${[...TYPES].join(', ')}` }],
    });
  }
  const parsed = clientMessage.safeParse(json);
  if (!parsed.success) throw toInvalidArgument(parsed.error.issues);
  return parsed.data;
}
