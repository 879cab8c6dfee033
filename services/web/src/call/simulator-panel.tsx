import { Button } from '../components/button';
import styles from './simulator-panel.module.css';
import { INTERRUPTION, plainText } from './suggestions';

interface SimulatorPanelProps {
  questions: string[];
  /** What is being spoken or waits for its turn. */
  utterances: string[];
  /** Whether the agent speaks: then an interruption makes sense. */
  speaking: boolean;
  onSay: (text: string) => void;
}

/** Things to say without a model: tone-coded speech that takes the microphone's way to the simulator. */
export function SimulatorPanel({ questions, utterances, speaking, onSay }: SimulatorPanelProps) {
  const [spoken, ...waiting] = utterances;
  const say = (text: string) => onSay(plainText(text));
  return (
    <section className={styles['panel']} aria-label="Things to say to the simulator">
      <p className={styles['status']} role="status">
        {spoken === undefined
          ? 'Say something, in tones through the microphone’s path:'
          : `Saying “${spoken}”${waiting.length > 0 ? `, ${waiting.length} more to come` : ''}`}
      </p>
      <div className={styles['buttons']}>
        {questions.map((text) => (
          <Button
            key={text}
            small
            icon="speak"
            className={styles['say']}
            aria-busy={plainText(text) === spoken}
            onClick={() => say(text)}
          >
            {text}
          </Button>
        ))}
        <Button
          small
          look={speaking ? 'primary' : 'secondary'}
          icon="speak"
          className={styles['say']}
          aria-busy={plainText(INTERRUPTION) === spoken}
          onClick={() => say(INTERRUPTION)}
        >
          Interrupt: {INTERRUPTION}
        </Button>
      </div>
    </section>
  );
}
