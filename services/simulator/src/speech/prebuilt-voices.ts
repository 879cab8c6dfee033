import { TONE_CODE_VOICE } from '../session/session-settings.js';

/** Of Gemini Live (ai.google.dev/gemini-api/docs/speech-generation#voices). */
const GEMINI_VOICES =
  `Achernar Achird Algenib Algieba Alnilam Aoede Autonoe Callirrhoe Charon Despina Enceladus Erinome Fenrir Gacrux
  Iapetus Kore Laomedeia Leda Orus Puck Pulcherrima Rasalgethi Sadachbia Sadaltager Schedar Sulafat Umbriel Vindemiatrix Zephyr
  Zubenelgenubi`.split(/\s+/);

const KNOWN = new Set([...GEMINI_VOICES, TONE_CODE_VOICE].map((name) => name.toLowerCase()));

/** Whether a session may ask for this voice. Upper and lower case are the same. */
export function isPrebuiltVoice(name: string): boolean {
  return KNOWN.has(name.toLowerCase());
}
