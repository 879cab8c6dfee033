/** How a connection ended. `opened` is false when the upgrade was refused or the host could not be reached. */
export interface SocketClosed {
  opened: boolean;
  code: number;
  reason: string;
  /** HTTP status of a refused upgrade, where the platform shows it (Node does, browsers do not). */
  httpStatus?: number;
  /** What the platform says about a connection that could not be made. */
  cause?: string;
}

export interface SocketEvents {
  opened(): void;
  text(text: string): void;
  binary(bytes: Uint8Array): void;
  /** Comes exactly once, last. */
  closed(closed: SocketClosed): void;
}

/** The little of a WebSocket that a call needs; one implementation for browsers, one for Node. */
export interface VoiceSocket {
  /** Bytes given to `send` that have not left this process. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes in order: what has been sent still arrives. */
  close(code: number, reason: string): void;
  /** Lets go of a connection that is taken for dead. */
  abandon(): void;
}

/** Starts to connect. Events come later, never inside this function. */
export type OpenVoiceSocket = (url: string, subprotocol: string, events: SocketEvents) => VoiceSocket;
