/** The problem document of libs/service-kit/src/problem-filter.ts as a schema, and which problem a status stands for. */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A stable URI for the kind of problem: what programs switch on.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence for people.' }),
    instance: z
      .string()
      .meta({ description: 'The id of the request, also in the X-Request-Id header and in our logs.' }),
    retryable: z.boolean().meta({ description: 'True when the same request may succeed later.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'The fields at fault and the rule each broke.' }),
  })
  .meta({ id: 'Problem', description: 'An error, as in RFC 9457.' });

interface ProblemKind {
  kind: string;
  title: string;
  description: string;
  detail: string;
  retryable?: boolean;
  errors?: { field: string; message: string }[];
}

export const PROBLEMS = {
  400: {
    kind: 'invalid-argument',
    title: 'Invalid request',
    description: 'A field, a parameter or the body breaks a rule. `errors` names each.',
    detail: 'name: must have 1 to 100 characters',
    errors: [{ field: 'name', message: 'must have 1 to 100 characters' }],
  },
  401: {
    kind: 'unauthenticated',
    title: 'Not authenticated',
    description: 'The API key or session is missing, unknown, expired or revoked.',
    detail: 'This needs an API key or a session.',
  },
  403: {
    kind: 'permission-denied',
    title: 'Not allowed',
    description: 'A session was used from an origin that is not allowed.',
    detail: 'A session may not be used from this origin.',
  },
  404: {
    kind: 'not-found',
    title: 'Not found',
    description: 'There is no such resource in your organization.',
    detail: 'There is nothing with id "3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77".',
  },
  409: {
    kind: 'conflict',
    title: 'Conflict',
    description: 'The request clashes with what is stored.',
    detail: 'There is a tool with this name already.',
  },
  412: {
    kind: 'failed-precondition',
    title: 'Not possible in this state',
    description: 'The resource is not in the state that the request needs.',
    detail: 'There is no draft to publish.',
  },
  413: {
    kind: 'invalid-argument',
    title: 'Invalid request',
    description: 'The body is larger than 1 MiB.',
    detail: 'Request body is too large',
  },
  414: {
    kind: 'invalid-argument',
    title: 'Invalid request',
    description: 'A part of the address is too long.',
    detail: 'Parameter exceeds the maximum length',
  },
  415: {
    kind: 'invalid-argument',
    title: 'Invalid request',
    description: 'The body is not JSON.',
    detail: 'The body must be sent as application/json.',
  },
  429: {
    kind: 'resource-exhausted',
    title: 'Too many requests',
    description: 'A rate limit is exhausted. Retry-After says when to come back.',
    detail: 'Too many requests. Try again in 12 s.',
    retryable: true,
  },
  500: {
    kind: 'internal',
    title: 'Internal error',
    description: 'Something went wrong on our side.',
    detail: 'Something went wrong on our side.',
  },
  503: {
    kind: 'unavailable',
    title: 'Temporarily unavailable',
    description: 'A service that is needed for the answer is away.',
    detail: "The agents service can't be reached at the moment.",
    retryable: true,
  },
  504: {
    kind: 'deadline-exceeded',
    title: 'Timed out',
    description: 'A service that is needed for the answer did not answer in time.',
    detail: 'The agents service did not answer in time.',
    retryable: true,
  },
} satisfies Record<number, ProblemKind>;

export type ProblemStatus = keyof typeof PROBLEMS;

/** What one route's example of a problem says differently. */
export type ProblemDetail = Pick<Partial<ProblemKind>, 'detail' | 'errors'>;

export function problemExample(status: ProblemStatus, own: ProblemDetail): z.output<typeof problemSchema> {
  const { kind, title, detail, retryable = false, errors }: ProblemKind = { ...PROBLEMS[status], ...own };
  return {
    type: `https://orbisvoice.dev/problems/${kind}`,
    title,
    status,
    detail,
    instance: 'urn:request:5f2b1f8e-4a53-4c0e-8f0b-5d7a9c1e2b3d',
    retryable,
    ...(errors ? { errors } : {}),
  };
}
