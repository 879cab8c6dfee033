/** Programs such as kubectl and helm, with a limit for their time and an error that says what they said. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  input?: string;
  /** Default: 60 s. */
  timeoutMs?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface CommandOutput {
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 60_000;

/** @throws Error with the command and its output when it fails or takes too long. */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<CommandOutput> {
  const { input = '', timeoutMs = TIMEOUT_MS, cwd, env } = options;
  const child = spawn(command, args, { stdio: 'pipe', timeout: timeoutMs, cwd, env });
  const output: CommandOutput = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  // A command that ended early does not read what it was to be told: its status says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${code ?? signal}`));
  });
  if (ended === '') return output;
  throw new Error(`${command} ${args.join(' ')} ${ended}:\n${output.stderr}${output.stdout}`);
}

export async function kubectl(args: string[], options?: CommandOptions): Promise<string> {
  return (await run('kubectl', args, options)).stdout;
}

/** What `kubectl … -o json` prints. */
export async function kubectlJson<T>(args: string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, '-o', 'json'])) as T;
}
