/** The transcripts service on a real Postgres, and clients that call it as somebody. */
import { randomUUID } from 'node:crypto';
import type { Timestamp } from '@orbisvoice/proto/google/protobuf/timestamp';
import {
  Channel,
  InputKind,
  Role,
  TranscriptsServiceService,
  type ConversationEvent,
  type ConversationStarted,
  type Turn,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import type { EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { createServiceDatabase, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { transcriptsDatabase } from '../src/database.js';
import { createTranscriptsService } from '../src/service.js';

export const INTERNAL_AUTH_SECRET = 'a-secret-for-tests-only-0123456789';
export const AGENT_ID = 'c0ffee00-0000-4000-8000-000000000001';

export type TranscriptsClient = GrpcClient<typeof TranscriptsServiceService>;

export interface Replica {
  service: RunningService;
  client: TranscriptsClient;
  stop(): Promise<void>;
}

export interface TranscriptsUnderTest extends Replica {
  database: ServiceDatabase;
}

export interface ReplicaOptions {
  eventBus?: EventBus | undefined;
  onlyHolder?: boolean;
  environment?: Record<string, string>;
}

export async function startTranscripts(options: ReplicaOptions = {}): Promise<TranscriptsUnderTest> {
  const database = await createServiceDatabase(transcriptsDatabase);
  const replica = await startReplica(database, options);
  const stop = async () => {
    await replica.stop();
    await database.stop();
  };
  return { ...replica, database, stop };
}

export async function startReplica(database: ServiceDatabase, options: ReplicaOptions = {}): Promise<Replica> {
  const definition = createTranscriptsService({
    ...(options.eventBus ? { eventBus: options.eventBus } : {}),
    onlyHolder: options.onlyHolder ?? false,
  });
  const service = await startService(definition, {
    environment: {
      INTERNAL_AUTH_SECRET,
      LOG_LEVEL: 'silent',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      DATABASE_URL: database.url,
      ...options.environment,
    },
  });
  const client = clientOf(service, INTERNAL_AUTH_SECRET);
  const stop = async () => {
    client.close();
    await service.stop();
  };
  return { service, client, stop };
}

export function clientOf(service: RunningService, secret: string): TranscriptsClient {
  return createGrpcClient(TranscriptsServiceService, {
    serviceName: 'transcripts',
    address: `127.0.0.1:${service.grpcPort}`,
    contexts: new CallerContexts(secret),
    deadlineMs: 20_000,
  });
}

export function member(organizationId: string = randomUUID()): { caller: Caller } {
  return { caller: { organizationId, subject: 'api-key:test', roles: ['member'] } };
}

const START_MS = Date.UTC(2026, 5, 1, 10);
/** A point in time: seconds after the first conversation's start. */
export const at = (seconds: number): Timestamp => toTimestamp(new Date(START_MS + seconds * 1_000));

export function started(changes: Partial<ConversationStarted> = {}, seconds = 0): ConversationEvent {
  const value: ConversationStarted = {
    agentId: AGENT_ID,
    agentName: 'Reception',
    agentVersion: 3,
    draftRevision: 0,
    channel: Channel.CHANNEL_VOICE,
    provider: 'gemini',
    model: 'gemini-live',
    subject: 'visitor-1',
    ...changes,
  };
  return { sequence: 1, occurredAt: at(seconds), kind: { $case: 'started', value } };
}

export function turnValue(changes: Partial<Turn> = {}): Turn {
  return {
    role: Role.ROLE_USER,
    generatedText: 'I need a table for two.',
    heardText: 'I need a table for two.',
    interrupted: false,
    startedAt: at(2),
    endedAt: at(4),
    toolCalls: [],
    usage: undefined,
    timings: undefined,
    inputKind: InputKind.INPUT_KIND_AUDIO,
    ...changes,
  };
}

export function turn(sequence: number, changes: Partial<Turn> = {}): ConversationEvent {
  return { sequence, occurredAt: at(sequence), kind: { $case: 'turn', value: turnValue(changes) } };
}

export function agentTurnValue(changes: Partial<Turn> = {}): Turn {
  return turnValue({
    role: Role.ROLE_AGENT,
    generatedText: 'Of course. At what time would you like to come?',
    heardText: 'Of course. At what',
    interrupted: true,
    inputKind: InputKind.INPUT_KIND_UNSPECIFIED,
    toolCalls: [
      {
        id: 'call-1',
        name: 'find_table',
        argumentsJson: '{"seats":2}',
        resultJson: '{"table":7}',
        outcome: 'ok',
        startedAt: at(3),
        durationMs: 120,
      },
    ],
    usage: { promptTokens: 100, responseTokens: 40, totalTokens: 140 },
    timings: {
      providerFirstAudioMs: 480,
      speechEndedAt: at(2.5),
      uplinkMs: 7,
      gatewayInUs: 55,
      gatewayOutUs: 900,
      firstPlayedMs: undefined,
      audioGeneratedMs: 3_100,
      audioPlayedMs: 1_200,
    },
    ...changes,
  });
}

export function agentTurn(sequence: number, changes: Partial<Turn> = {}): ConversationEvent {
  return turn(sequence, agentTurnValue(changes));
}

export function ended(sequence: number, reason = 'client_ended', detail = ''): ConversationEvent {
  return { sequence, occurredAt: at(60), kind: { $case: 'ended', value: { reason, detail } } };
}

/** Value of a metric of the service, the sum over its labels or of those given. */
export async function metric(service: RunningService, name: string, labels: Record<string, string> = {}) {
  const found = await service.registry.getSingleMetric(name)?.get();
  const matching = (found?.values ?? []).filter((value) =>
    Object.entries(labels).every(([key, wanted]) => (value.labels as Record<string, unknown>)[key] === wanted),
  );
  return matching.reduce((sum, value) => sum + value.value, 0);
}
