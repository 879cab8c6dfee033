import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';

describe('the console to somebody who can’t go on', () => {
  let orbis: TestConsole;
  let browser: Browser;
  beforeAll(async () => {
    orbis = await startTestConsole();
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await orbis?.stop();
  }, 30_000);

  it('says how to sign in, and why a link that was used does not work', async () => {
    const { page, problems, picture } = await newVisitor(browser);
    await page.goto(`${orbis.url}/conversations`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByText('npm run sign-in-link').waitFor();
    await picture('signed-out');
    expect(takeRefusals(problems, 401)).toEqual(['/auth/session']);

    const link = await orbis.createSignInLink();
    await page.goto(link);
    await page.getByRole('heading', { name: 'Agents' }).waitFor();
    expect(page.url()).toBe(`${orbis.url}/`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(link);
    await page.getByRole('heading', { name: 'That link didn’t work' }).waitFor();
    await picture('used-link');
    // Who is signed in already would just have entered.
    expect(takeRefusals(problems, 401)).toEqual(['/auth/sign-in-links/redeem', '/auth/session']);
    expect(problems).toEqual([]);
  }, 60_000);

  it('leads from an agent that is not published to a call with it', async () => {
    const id = await orbis.api.createAgent({ name: 'Unpublished', greeting: 'Now I am here.', publish: false });
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    await picture('two-agents');
    await page.goto(`${orbis.url}/talk?agent=${id}`);
    await page.getByRole('button', { name: 'Talk without one' }).click();
    await page.getByRole('alert').getByText('This agent can’t be called yet').waitFor();
    await picture('unpublished');
    expect(takeRefusals(problems, 412)).toEqual(['/v1/call-tokens']);

    await page.getByRole('link', { name: 'Open the agent' }).click();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Version 1 published').waitFor();
    await picture('published');
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByRole('button', { name: 'Talk without one' }).click();
    await page.getByText('Now I am here.').first().waitFor();
    expect(problems).toEqual([]);
  }, 60_000);

  it('says that an agent or a conversation does not exist', async () => {
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    for (const path of ['/talk?agent=', '/agent?id=', '/conversation?id=']) {
      await page.goto(`${orbis.url}${path}11111111-1111-4111-8111-111111111111`);
      await page.getByRole('heading', { name: 'There is no such', level: 1 }).waitFor();
      await page
        .getByRole('main')
        .getByRole('link', { name: path.startsWith('/conversation') ? 'Conversations' : 'Agents' })
        .first()
        .waitFor();
    }
    await picture('no-such-conversation');
    expect(takeRefusals(problems, 404)).toHaveLength(2);
    expect(problems).toEqual([]);
  }, 60_000);
});

/** Takes the answers of this status, which the browser also notes in its console, off the list. Returns their paths, each once. */
function takeRefusals(problems: string[], status: number): string[] {
  const refusals = problems.filter((problem) => problem.startsWith(`${status}: `));
  const urls = new Set(refusals.map((problem) => problem.slice(`${status}: `.length)));
  const others = problems.filter(
    (problem) => !refusals.includes(problem) && ![...urls].some((url) => problem.endsWith(url)),
  );
  problems.splice(0, problems.length, ...others);
  return [...urls].map((url) => new URL(url).pathname);
}
