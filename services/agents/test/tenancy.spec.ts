import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { queryRows, tablesWithoutForcedRowSecurity } from '@orbisvoice/testing/service-database';
import {
  clientOf,
  INTERNAL_AUTH_SECRET,
  member,
  newAgent,
  startAgents,
  type AgentsUnderTest,
} from './agents-under-test.js';

let agents: AgentsUnderTest;
beforeAll(async () => {
  agents = await startAgents();
}, 60_000);
afterAll(async () => await agents?.stop());

const notFound = { kind: 'not_found' };

describe('organizations', () => {
  it("cannot see, change, publish, delete or list each other's agents", async () => {
    const { client } = agents;
    const owner = member();
    const stranger = member();
    const { agent } = await client.createAgent(newAgent(), owner);
    const id = agent!.id;
    await client.publishAgent({ id }, owner);
    await expect(client.getAgent({ id }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.resolveAgent({ agentId: id, draft: false }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.publishAgent({ id }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.deleteAgent({ id }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.restoreAgentVersion({ agentId: id, version: 1 }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.listAgentVersions({ agentId: id, pageSize: 0, pageToken: '' }, stranger)).rejects.toMatchObject(
      notFound,
    );
    await expect(
      client.updateAgent({ id, name: 'Mine', config: undefined, expectedRevision: undefined }, stranger),
    ).rejects.toMatchObject(notFound);
    expect((await client.listAgents({ pageSize: 0, pageToken: '' }, stranger)).agents).toEqual([]);
    expect((await client.getAgent({ id }, owner)).agent?.name).toBe('Pizzeria');
  });

  it('are kept apart by the database when a query forgets to', async () => {
    const caller = member();
    await agents.client.createAgent(newAgent(), caller);
    for (const table of ['agents.agents', 'agents.agent_versions']) {
      expect(await queryRows(agents.database.url, `SELECT 1 FROM ${table}`)).toEqual([]);
      expect(await queryRows(agents.database.ownerUrl, `SELECT 1 FROM ${table}`)).toEqual([]);
      expect(await queryRows(agents.database.url, `UPDATE ${table} SET created_at = now() RETURNING 1`)).toEqual([]);
    }
    expect(await tablesWithoutForcedRowSecurity(agents.database.url, 'agents')).toEqual([]);
  });
});

describe('callers', () => {
  it('without a valid context are refused', async () => {
    const forger = clientOf(agents.service, 'another-secret-of-thirty-two-chars');
    await expect(forger.listAgents({ pageSize: 0, pageToken: '' }, member())).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    forger.close();
  });

  it('without the role member are refused, except where a call resolves its agent', async () => {
    const client = clientOf(agents.service, INTERNAL_AUTH_SECRET);
    const owner = member();
    const { agent } = await client.createAgent(newAgent(), owner);
    await client.publishAgent({ id: agent!.id }, owner);
    const call = { caller: { ...owner.caller, subject: 'call:1', roles: [] } };
    await expect(client.deleteAgent({ id: agent!.id }, call)).rejects.toMatchObject({ kind: 'permission_denied' });
    expect((await client.resolveAgent({ agentId: agent!.id, draft: false }, call)).version?.version).toBe(1);
    client.close();
  });

  it('that act for no organization are refused', async () => {
    const operator = { caller: { subject: 'service:standalone', roles: ['operator' as const, 'member' as const] } };
    await expect(agents.client.createAgent(newAgent(), operator)).rejects.toMatchObject({ kind: 'permission_denied' });
  });
});
