/** Configuration of the outbound guard: for the operator alone. Spread `outboundVariables` into a service's variables. */
import { z } from 'zod';
import { parseAllowList } from './allow-list.js';
import type { OutboundPolicyOptions } from './outbound-policy.js';

export const DEFAULT_OUTBOUND_PORTS = [80, 443, 8080, 8443];

export const outboundVariables = {
  /** Comma-separated host:port, host, IP address or CIDR that may be reached although the rules refuse it. */
  OUTBOUND_ALLOW: z
    .string()
    .default('')
    .transform((text, context) => parseOr(context, () => parseAllowList(text))),
  /** Ports that public hosts may be reached on. */
  OUTBOUND_PORTS: z
    .string()
    .default(DEFAULT_OUTBOUND_PORTS.join(','))
    .transform((text, context) => parseOr(context, () => text.split(',').map(parsePort))),
};

/** The same, as text that another process reads: what is wrong with it shows where it is set. */
export const allowListText = z
  .string()
  .default('')
  .superRefine((text, context) => void parseOr(context, () => parseAllowList(text)));

export function outboundConfig(variables: z.output<z.ZodObject<typeof outboundVariables>>): OutboundPolicyOptions {
  return { allow: variables.OUTBOUND_ALLOW, ports: variables.OUTBOUND_PORTS };
}

function parsePort(text: string): number {
  const port = Number(text.trim());
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`"${text.trim()}" is not a port number`);
  return port;
}

function parseOr<T>(context: Pick<z.RefinementCtx, 'addIssue'>, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
}
