// Writes docs/voice-protocol.asyncapi.json from the definitions in libs/client/src/protocol, which gateway and client use.
// Needs the client to be built (libs/client/dist).
//
//   node scripts/generate-asyncapi.mjs           writes the file
//   node scripts/generate-asyncapi.mjs --check   exits with 1 when the file does not say what the definitions say
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import * as frame from '../libs/client/dist/protocol/audio-frame.js';
import * as protocol from '../libs/client/dist/protocol/messages.js';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs/voice-protocol.asyncapi.json');

const CLOSE_CODE_MEANINGS = {
  badRequest: 'A message could not be understood, or came when it may not',
  unauthenticated: 'The call token is missing, expired or already used',
  forbidden: 'The call token does not allow this call, this agent or this origin',
  notFound: 'There is no such published agent',
  startTimeout: `No \`call.start\` within ${protocol.CALL_START_TIMEOUT_MS / 1000} s`,
  conflict: 'The call is held by another connection',
  tooLarge: 'A message was too large',
  exhausted: 'No more calls can be taken at the moment',
  internal: 'The gateway failed',
  unavailable: 'The gateway, or something it needs, is not available',
};

// Through JSON, so that it compares with what was read.
const document = JSON.parse(JSON.stringify(buildDocument()));
if (process.argv.includes('--check')) {
  if (!isDeepStrictEqual(readDocument(), document)) {
    console.error('docs/voice-protocol.asyncapi.json is stale. Run: node scripts/generate-asyncapi.mjs');
    process.exit(1);
  }
  console.log('docs/voice-protocol.asyncapi.json is up to date.');
} else {
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  console.log('Wrote docs/voice-protocol.asyncapi.json');
}

function readDocument() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function buildDocument() {
  const fromClient = messagesOf(protocol.clientMessage, 'client');
  const fromGateway = messagesOf(protocol.gatewayMessage, 'gateway');
  const messages = {
    ...fromClient,
    clientAudio: audioMessage('client', frame.CLIENT_AUDIO, frame.INPUT_SAMPLE_RATE_HZ),
    ...fromGateway,
    agentAudio: audioMessage('gateway', frame.AGENT_AUDIO, frame.OUTPUT_SAMPLE_RATE_HZ),
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'OrbisVoice voice protocol',
      version: protocol.VOICE_SUBPROTOCOL.replace(/^.*\.v/, '') + '.0.0',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      description: description(),
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: '{host}',
        protocol: 'wss',
        description: 'The voice gateway. In development `ws://127.0.0.1:4001`.',
        variables: { host: { description: 'Where the gateway listens', default: 'localhost:4001' } },
      },
    },
    channels: {
      stream: {
        address: '/stream',
        description: 'One WebSocket holds one call.',
        servers: [{ $ref: '#/servers/gateway' }],
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              required: ['Sec-WebSocket-Protocol'],
              properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: protocol.VOICE_SUBPROTOCOL } },
            },
            bindingVersion: '0.1.0',
          },
        },
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        'x-close-codes': closeCodes(),
        'x-limits': limits(),
      },
    },
    operations: {
      receiveFromClient: {
        action: 'receive',
        channel: { $ref: '#/channels/stream' },
        summary: 'What a client sends to the gateway',
        messages: references([...Object.keys(fromClient), 'clientAudio']),
      },
      sendToClient: {
        action: 'send',
        channel: { $ref: '#/channels/stream' },
        summary: 'What the gateway sends to a client',
        messages: references([...Object.keys(fromGateway), 'agentAudio']),
      },
    },
    components: { messages },
  };
}

function references(names) {
  return names.map((name) => ({ $ref: `#/channels/stream/messages/${name}` }));
}

/** The JSON messages of one side, by a name made of their type: `call.start` becomes `callStart`. */
function messagesOf(union, side) {
  const entries = union.options.map((option) => {
    const type = option.shape.type.value;
    const { $schema: _, description: summary, ...schema } = z.toJSONSchema(option, { io: 'input', target: 'draft-7' });
    const message = { name: type, title: type, summary, contentType: 'application/json', payload: schema };
    return [type.replace(/\.(.)/g, (_match, letter) => letter.toUpperCase()), message];
  });
  const named = Object.fromEntries(entries);
  if (Object.keys(named).length !== union.options.length) throw new Error(`Two messages of the ${side} have one name.`);
  return named;
}

function audioMessage(from, kind, sampleRateHz) {
  const fromClient = from === 'client';
  return {
    name: fromClient ? 'client audio' : 'agent audio',
    title: fromClient ? 'Microphone audio (binary)' : 'Agent audio (binary)',
    summary: `Binary frame: ${frame.AUDIO_HEADER_BYTES} bytes of header, then mono PCM, signed 16 bit, ${sampleRateHz} Hz`,
    contentType: 'application/octet-stream',
    payload: { type: 'string', format: 'binary' },
    'x-frame': {
      byteOrder: 'little-endian',
      headerBytes: frame.AUDIO_HEADER_BYTES,
      sampleRateHz,
      ...(fromClient && {
        minDurationMs: frame.MIN_INPUT_FRAME_MS,
        maxDurationMs: frame.MAX_INPUT_FRAME_MS,
        minSampleBytes: frame.MIN_INPUT_FRAME_BYTES,
        maxSampleBytes: frame.MAX_INPUT_FRAME_BYTES,
      }),
      fields: [
        { name: 'kind', offset: 0, type: 'uint8', const: kind },
        { name: 'reserved', offset: 1, type: 'uint8', const: 0, description: 'Receivers ignore it' },
        {
          name: 'turn',
          offset: 2,
          type: 'uint16',
          description: fromClient ? '0' : "The agent's turn modulo 65,536",
        },
        { name: 'sequence', offset: 4, type: 'uint32', description: 'One more than the frame before, from 0' },
        {
          name: 'timestamp',
          offset: 8,
          type: 'uint32',
          description: `Index of the first sample since the start of the ${fromClient ? 'call' : 'turn'}`,
        },
        { name: 'samples', offset: frame.AUDIO_HEADER_BYTES, type: 'int16[]', description: 'To the end of the frame' },
      ],
    },
  };
}

function closeCodes() {
  const own = Object.entries(protocol.CLOSE_CODES).map(([name, code]) => {
    if (CLOSE_CODE_MEANINGS[name] === undefined) throw new Error(`Close code ${name} has no description here.`);
    return [code, { name, description: CLOSE_CODE_MEANINGS[name] }];
  });
  return Object.fromEntries([
    [1000, { name: 'ended', description: 'The call has ended; `call.ended` said why' }],
    [1001, { name: 'goingAway', description: 'The gateway stops; reconnect with the resume ticket' }],
    ...own,
  ]);
}

function limits() {
  return {
    callStartTimeoutMs: protocol.CALL_START_TIMEOUT_MS,
    pingIntervalMs: protocol.PING_INTERVAL_MS,
    maxMessageBytes: protocol.MAX_MESSAGE_BYTES,
    clientReplayMs: protocol.CLIENT_REPLAY_MS,
  };
}

function description() {
  return [
    `A client upgrades \`GET /stream\` with subprotocol \`${protocol.VOICE_SUBPROTOCOL}\` and sends \`call.start\` as its first`,
    `message, within ${protocol.CALL_START_TIMEOUT_MS / 1000} s. The token is never part of the address. After \`call.started\``,
    'audio flows both ways in binary frames, everything else as JSON text frames.',
    `The gateway sends \`ping\` every ${protocol.PING_INTERVAL_MS} ms; a client that hears nothing for three of them takes the`,
    'connection for dead and reconnects with a new token and the resume ticket. A client keeps the last',
    `${protocol.CLIENT_REPLAY_MS} ms of audio that \`audio.ack\` has not covered and sends it again then, with the same sequence`,
    'numbers; the gateway ignores what it already has. Between frames that were kept and frames that were not, sequence',
    'numbers or timestamps jump. Receivers ignore unknown fields; the gateway answers an unknown type with `error`.',
    `No JSON message is larger than ${protocol.MAX_MESSAGE_BYTES} bytes. Per-message compression is off.`,
  ].join(' ');
}
