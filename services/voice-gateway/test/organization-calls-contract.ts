import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { OrganizationCalls } from '../src/admission/organization-calls.js';

/** What every count of an organization's calls must keep. */
export function describeOrganizationCalls(name: string, create: () => Promise<OrganizationCalls>): void {
  describe(`the count of calls: ${name}`, () => {
    const open: OrganizationCalls[] = [];
    const counting = async () => {
      const calls = await create();
      open.push(calls);
      return calls;
    };
    afterEach(() => {
      for (const calls of open.splice(0)) calls.close();
    });
    const [here, elsewhere] = [randomUUID(), randomUUID()];

    it('lets in as many as may be, also when all come at once, and counts each organization for itself', async () => {
      const calls = await counting();
      const organization = randomUUID();
      const taken = await Promise.all(Array.from({ length: 20 }, () => calls.take(organization, randomUUID(), 3)));
      expect(taken.filter(Boolean)).toHaveLength(3);
      expect(await calls.take(randomUUID(), randomUUID(), 3)).toBe(true);
    });

    it('lets in the next one when one has ended, once however often that is said', async () => {
      const calls = await counting();
      const organization = randomUUID();
      await calls.take(organization, here, 1);
      expect(await calls.take(organization, elsewhere, 1)).toBe(false);
      calls.letGo(organization, here, 'ended');
      calls.letGo(organization, here, 'ended');
      expect(await calls.take(organization, elsewhere, 1)).toBe(true);
      expect(await calls.take(organization, here, 1)).toBe(false);
    });

    it('counts a call once, however often it is taken and held', async () => {
      const calls = await counting();
      const organization = randomUUID();
      expect(await calls.take(organization, here, 2)).toBe(true);
      calls.hold(organization, here);
      expect(await calls.take(organization, here, 2)).toBe(true);
      expect(await calls.take(organization, elsewhere, 2)).toBe(true);
    });

    it('counts calls that run already, and cuts none of them, whatever the limit', async () => {
      const calls = await counting();
      const organization = randomUUID();
      for (const id of [here, elsewhere, randomUUID()]) calls.hold(organization, id);
      expect(await calls.take(organization, randomUUID(), 2)).toBe(false);
      calls.letGo(organization, here, 'ended');
      expect(await calls.take(organization, randomUUID(), 2)).toBe(false);
    });
  });
}
