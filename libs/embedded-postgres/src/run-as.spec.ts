import { describe, expect, it } from '@jest/globals';
import { userForCluster } from './run-as.js';

const passwd = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
alice:x:1000:1001::/home/alice:/bin/sh
`;

describe('as root, Postgres runs as', () => {
  it('nobody for a new cluster, and for one that root owns', () => {
    const nobody = { name: 'nobody', uid: 65_534, gid: 65_533 };
    expect(userForCluster(passwd, undefined)).toEqual(nobody);
    expect(userForCluster(passwd, 0)).toEqual(nobody);
  });

  it('the owner of an existing cluster', () => {
    expect(userForCluster(passwd, 1000)).toEqual({ name: 'alice', uid: 1000, gid: 1001 });
  });

  it("nobody of macOS, whose number is written as -2, in chown's form", () => {
    const mac = '# comment: with colons\nnobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n';
    expect(userForCluster(mac, undefined)).toEqual({ name: 'nobody', uid: 4_294_967_294, gid: 4_294_967_294 });
  });

  it('nobody else: without such a user the error says what to change', () => {
    expect(() => userForCluster('root:x:0:0:root:/root:/bin/bash', undefined)).toThrow(
      "this machine has no user 'nobody' to run it as: start as a normal user, or add 'nobody' to /etc/passwd",
    );
    expect(() => userForCluster(passwd, 4711)).toThrow('belongs to uid 4711, which has no entry in /etc/passwd');
  });
});
