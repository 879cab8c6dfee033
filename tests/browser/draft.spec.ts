import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';

describe('the draft of an agent', () => {
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

  it('is saved and tried in a call before it is published, and the conversation says that it was the draft', async () => {
    await orbis.api.createAgent({ name: 'Tried', greeting: 'Published.' });
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Tried' }).first().click();
    await page.getByLabel('Greeting').fill('This is the draft.');
    await picture('draft-changed');
    await page.getByRole('button', { name: 'Save and try' }).click();
    await page.getByText('Draft 2, not published').waitFor();
    await page.getByRole('button', { name: 'Talk without one' }).click();
    await page.getByLabel('Transcript').getByText('This is the draft.').waitFor();
    await picture('draft-call');
    await page.setViewportSize({ width: 320, height: 640 });
    await picture('draft-call-320');
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByRole('link', { name: 'Open the conversation' }).click();
    await page.getByText('draft 2, revision 3').waitFor();
    await picture('draft-conversation');
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.getByText('v2 draft').waitFor();

    await page.getByRole('link', { name: 'Agents' }).click();
    await page.getByRole('link', { name: 'Tried' }).first().click();
    await page.getByRole('button', { name: 'Try the draft' }).waitFor();
    await picture('draft-saved');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('button', { name: 'Try the draft' }).scrollIntoViewIfNeeded();
    await picture('draft-saved-320');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Version 2 is published').waitFor();
    expect(await page.getByRole('button', { name: 'Try the draft' }).count()).toBe(0);
    await page.goto(page.url().replace('/agent?id=', '/talk?draft=1&agent='));
    await page.getByText('There is no draft to try').waitFor();
    await picture('draft-none-320');
    expect(problems).toEqual([]);
  }, 60_000);
});
