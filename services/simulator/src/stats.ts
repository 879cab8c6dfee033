/** What a simulator has done since it was made. */
export interface SimulatorStats {
  connectionsOpened: number;
  connectionsRefused: number;
  sessionsStarted: number;
  sessionsResumed: number;
  turns: number;
  interruptions: number;
  toolCalls: number;
  toolCallsCancelled: number;
  framesIn: number;
  framesOut: number;
}

export function emptyStats(): SimulatorStats {
  return {
    connectionsOpened: 0,
    connectionsRefused: 0,
    sessionsStarted: 0,
    sessionsResumed: 0,
    turns: 0,
    interruptions: 0,
    toolCalls: 0,
    toolCallsCancelled: 0,
    framesIn: 0,
    framesOut: 0,
  };
}
