/**
 * A counterpart for load rigs: every audio message is answered at once by one with the same samples, as 24 kHz audio of the
 * same duration. It looks at nothing else in the message and makes no JSON, so that hundreds of calls cost little.
 */
const DATA_KEY = Buffer.from('"data"');
const QUOTE = 0x22;
const PREFIX =
  '{\n  "serverContent": {\n    "modelTurn": {\n      "role": "model",\n      "parts": [\n        {\n          "inlineData": {\n            "mimeType": "audio/pcm;rate=24000",\n            "data": "';
const SUFFIX = '"\n          }\n        }\n      ]\n    }\n  }\n}\n';
const QUIET_BELOW = 800;
const MAX_AUDIO_BYTES = 1024 * 1024;

// Shared by all echo sessions: it is filled and read within one synchronous call.
const scratch = Buffer.alloc(MAX_AUDIO_BYTES * 1.5);

/**
 * The answer to an audio message; undefined when the frame has no audio in it, '' for quiet audio with `speechOnly`. The samples
 * of the input come first, then its beginning again, until 1.5 times as many samples are there (16 kHz to 24 kHz).
 */
export function echoAnswer(frame: Buffer, speechOnly = false): string | undefined {
  const data = findData(frame);
  if (!data) return undefined;
  const length = scratch.write(data, 0, MAX_AUDIO_BYTES, 'base64') & ~1;
  if (speechOnly && isQuiet(length)) return '';
  const more = Math.floor(length / 4) * 2;
  scratch.copy(scratch, length, 0, more);
  return PREFIX + scratch.toString('base64', 0, length + more) + SUFFIX;
}

/** Whether no sample of the scratch's first `length` bytes is louder than -32 dBFS. Every fourth is looked at: enough for speech. */
function isQuiet(length: number): boolean {
  for (let at = 0; at < length; at += 8) {
    const sample = scratch.readInt16LE(at);
    if (sample > QUIET_BELOW || sample < -QUIET_BELOW) return false;
  }
  return true;
}

/** The string behind the first "data" key. Base64 holds no quotes, so no JSON parser is needed. */
function findData(frame: Buffer): string | undefined {
  const key = frame.indexOf(DATA_KEY);
  if (key < 0) return undefined;
  const start = frame.indexOf(QUOTE, key + DATA_KEY.length) + 1;
  const end = start > 0 ? frame.indexOf(QUOTE, start) : -1;
  return end > start ? frame.toString('latin1', start, end) : undefined;
}
