import { spawn } from 'node:child_process';
import { spawnOptions } from './run-as.js';

/**
 * Waits until the process at the other end of its standard input is gone, then shuts Postgres down: fast (SIGINT) at
 * first, at once (SIGQUIT) after ten seconds. The pid file proves that the number still means that Postgres. A line on
 * its standard input means that Postgres ended first and there is nothing to do.
 */
const script = `
if read -r _; then exit 0; fi
tries=0
signal=INT
while [ "$tries" -lt 20 ] && kill -0 "$1" 2>/dev/null; do
  if IFS= read -r pid 2>/dev/null <"$2" && [ "$pid" = "$1" ]; then
    [ "$tries" -lt 10 ] || signal=QUIT
    kill "-$signal" "$1" 2>/dev/null
  fi
  tries=$((tries + 1))
  sleep 1
done
[ -z "$3" ] || rm -rf -- "$3"
`;

/**
 * Sees to it that Postgres does not outlive this process, even when it is killed with -9 and runs no handler: the
 * operating system then closes the pipe to a shell of a few hundred kilobytes, which is all that remains to act.
 *
 * @param pidFile the cluster's postmaster.pid
 * @param removeFolder deleted after Postgres has ended, when given
 * @returns dismisses the watchdog; to be called as soon as Postgres is down, as another process may get its number
 */
export function startWatchdog(postmasterPid: number, pidFile: string, removeFolder?: string): () => void {
  const args = ['-c', script, 'postgres-watchdog', String(postmasterPid), pidFile, removeFolder ?? ''];
  // Detached: Ctrl-C in the terminal must not reach it. It runs as ourselves, who may signal and delete.
  const shell = spawn('/bin/sh', args, {
    ...spawnOptions(undefined),
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a watchdog the next start still finds and ends an orphan, so its failure is no reason to fail.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => shell.stdin.end('ended\n');
}
