/** What went wrong, for code that wants to react; the message is for people and says what to change. */
export type EmbeddedPostgresErrorKind =
  | 'unsupported-platform'
  | 'binaries-unusable'
  | 'no-usable-user'
  | 'folder-not-writable'
  | 'folder-not-ours'
  | 'folder-broken'
  | 'folder-in-use'
  | 'other-version'
  | 'disk-full'
  | 'port-in-use'
  | 'start-failed'
  | 'stop-failed';

/** Every foreseeable failure of this package: one sentence that names the cause and the way out. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly kind: EmbeddedPostgresErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Turns an error of the file system below `path` into one that says what to change; any other error stays as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new EmbeddedPostgresError(
      'folder-not-writable',
      `The data folder ${path} cannot be read and written by this user: change its owner or choose another data folder.`,
      { cause: error },
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new EmbeddedPostgresError(
      'folder-not-ours',
      `The data folder ${path} is a file or lies below one: choose another data folder.`,
      { cause: error },
    );
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error);
  return error;
}

export function diskFull(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk-full',
    `The disk of the data folder ${path} is full: free some space or choose a data folder on another disk.`,
    { cause },
  );
}
