import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** A user of the operating system that Postgres runs as instead of ours. */
export interface RunAs {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. So as root it runs as the owner of an existing cluster, or as `nobody` for a new one;
 * as anybody else it runs as ourselves (undefined).
 *
 * @throws EmbeddedPostgresError `no-usable-user` when there is no such user: Postgres needs one with an entry.
 */
export async function chooseRunAs(clusterOwnerUid: number | undefined): Promise<RunAs | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return userForCluster(passwd, clusterOwnerUid);
}

/** The rule of `chooseRunAs` for root, over the text of a passwd(5) file. */
export function userForCluster(passwd: string, clusterOwnerUid: number | undefined): RunAs {
  const users = parsePasswd(passwd);
  if (clusterOwnerUid === undefined || clusterOwnerUid === 0) {
    const nobody = users.find((user) => user.name === 'nobody' && user.uid !== 0);
    if (nobody) return nobody;
    throw new EmbeddedPostgresError(
      'no-usable-user',
      "Postgres does not run as root and this machine has no user 'nobody' to run it as: start as a normal user, or add 'nobody' to /etc/passwd.",
    );
  }
  const owner = users.find((user) => user.uid === clusterOwnerUid);
  if (owner) return owner;
  throw new EmbeddedPostgresError(
    'no-usable-user',
    `The database cluster belongs to uid ${clusterOwnerUid}, which has no entry in /etc/passwd, and Postgres does not run as root: add the user, or change the owner of the cluster to 'nobody'.`,
  );
}

function parsePasswd(passwd: string): RunAs[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (!name || name.startsWith('#') || !uid || !gid) return [];
    // macOS writes nobody's number as -2; `>>> 0` is the form that chown and stat use.
    return [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
}

/** Options for child_process: who runs it, and an environment without anything of ours, as it may hold secrets. */
export function spawnOptions(runAs: RunAs | undefined) {
  return {
    // spawn wants the signed form of the same number.
    ...(runAs && { uid: runAs.uid | 0, gid: runAs.gid | 0 }),
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
  };
}

/**
 * The name by which a process running as `runAs`, with `folder` as its current directory, can open that folder.
 *
 * Usually the folder's own path. As root the folder may lie below one that only root may enter (a clone in /root, say).
 * Linux still lets a process reach its current directory through /proc/self/cwd, so Postgres is started there.
 */
export function pathFromInside(folder: string, runAs: RunAs | undefined): string {
  if (!runAs) return folder;
  const probe = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...spawnOptions(runAs), cwd: '/' });
  if (probe.status === 0) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new EmbeddedPostgresError(
    'folder-not-writable',
    `Postgres runs as '${runAs.name}', which cannot enter ${folder}: choose a data folder that every user can reach, or start as a normal user.`,
  );
}
