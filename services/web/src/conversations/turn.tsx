import { memo } from 'react';
import { formatClock, formatMs, plural } from '../lib/format';
import { ToolCallCard } from './tool-call-card';
import { answerMs, gatewayShareMs, splitHeard, type ShownTimings, type ShownTurn } from './turn-model';
import styles from './turn.module.css';

/** One side's say with its tool calls and timings. Drawn again only when its turn object is another one. */
export const Turn = memo(function Turn(props: { turn: ShownTurn; callerName: string; agentName: string }) {
  const { turn } = props;
  const speaker = turn.role === 'user' ? props.callerName : props.agentName;
  return (
    <li className={`${styles['turn']} ${styles[turn.role]}`}>
      <p className={styles['speaker']}>
        <span>{speaker}</span>
        {turn.written && <span className={styles['note']}>in writing</span>}
        {turn.startedAt !== undefined && <time dateTime={turn.startedAt}>{formatClock(turn.startedAt)}</time>}
      </p>
      {turn.toolCalls.map((toolCall) => (
        <ToolCallCard key={toolCall.id} toolCall={toolCall} />
      ))}
      <Words turn={turn} />
      <Facts turn={turn} />
    </li>
  );
});

function Words({ turn }: { turn: ShownTurn }) {
  const [heard, rest] = splitHeard(turn.text, turn.heard);
  const unheard = rest.trimStart();
  if (turn.text === '' && !turn.open) return turn.toolCalls.length > 0 ? null : <p className="muted">(nothing said)</p>;
  if (turn.text === '') return turn.toolCalls.length > 0 ? null : <Waiting />;
  return (
    <p className={styles['words']}>
      {heard}
      {rest.slice(0, rest.length - unheard.length)}
      {unheard !== '' && (
        <>
          <span className="visually-hidden"> Not heard: </span>
          <s>{unheard}</s>
        </>
      )}
    </p>
  );
}

function Waiting() {
  return (
    <p className={styles['waiting']}>
      <span className="visually-hidden">…</span>
      <span />
      <span />
      <span />
    </p>
  );
}

function Facts({ turn }: { turn: ShownTurn }) {
  const { interrupted, timings, totalTokens } = turn;
  const tokens = totalTokens !== undefined && totalTokens > 0;
  if (!interrupted && timings === undefined && !tokens) return null;
  return (
    <p className={styles['facts']}>
      {interrupted && <span className={styles['cut']}>Interrupted</span>}
      {timings && turn.role === 'agent' && <Timings timings={timings} interrupted={interrupted} />}
      {tokens && <span>{plural(totalTokens, 'token')}</span>}
    </p>
  );
}

function Timings({ timings, interrupted }: { timings: ShownTimings; interrupted: boolean }) {
  const { uplinkMs, providerFirstAudioMs, firstPlayedMs, audioGeneratedMs, audioPlayedMs } = timings;
  const total = answerMs(timings);
  const gatewayMs = gatewayShareMs(timings);
  return (
    <>
      {total !== undefined && (
        <span title="From the end of the caller’s turn to sound at the caller’s ear">
          <strong>{formatMs(total)}</strong> to answer
        </span>
      )}
      {uplinkMs != null && uplinkMs > 0 && <span>uplink {formatMs(uplinkMs)}</span>}
      {providerFirstAudioMs != null && <span>model {formatMs(providerFirstAudioMs)}</span>}
      {gatewayMs !== undefined && <span>gateway {formatMs(gatewayMs)}</span>}
      {firstPlayedMs != null && <span>delivery {formatMs(firstPlayedMs)}</span>}
      {audioGeneratedMs > 0 && (
        <span>
          {interrupted
            ? `${formatMs(audioPlayedMs)} of ${formatMs(audioGeneratedMs)} played`
            : `${formatMs(audioGeneratedMs)} of speech`}
        </span>
      )}
    </>
  );
}
