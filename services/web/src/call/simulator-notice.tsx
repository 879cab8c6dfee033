import { Notice } from '../components/notice';

/** Says plainly that no model answers. */
export function SimulatorNotice() {
  return (
    <Notice tone="warning" title="No model key: you’re talking to the simulator">
      <p>
        It speaks the model’s protocol but doesn’t understand human speech. Use the buttons or write. To talk to Gemini,
        stop OrbisVoice and start it with a key: <code>GEMINI_API_KEY=… npm start</code>
      </p>
    </Notice>
  );
}
