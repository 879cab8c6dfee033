import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';

describe('leaving a page of the console', () => {
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

  it('asks while an agent has unsaved changes, by a link and by Back, and not after they are saved', async () => {
    const id = await orbis.api.createAgent({ name: 'Edited', greeting: 'Hello.' });
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Edited' }).first().click();
    await page.getByRole('button', { name: 'Save draft' }).waitFor();
    await page.getByLabel('Name').fill('Edited twice');
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await page.getByRole('link', { name: 'Talk' }).click();
    await dialog.waitFor();
    await picture('leave-without-saving');
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await page.goBack();
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Name').inputValue()).toBe('Edited twice');
    await page.goBack();
    await dialog.getByRole('button', { name: 'Leave without saving' }).click();
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();

    await page.getByRole('link', { name: 'Edited' }).first().click();
    await page.getByLabel('Name').fill('Edited three times');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('Saved as draft').waitFor();
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByRole('button', { name: 'Talk', exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('agent')).toBe(id);
    expect(problems).toEqual([]);
  }, 60_000);

  it('asks during a call that one double click has started, and ends it only then', async () => {
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Talk' }).first().click();
    await page.getByRole('button', { name: 'Talk', exact: true }).dblclick();
    await page.getByRole('alert').getByText('The microphone is blocked').waitFor();
    await page.getByRole('button', { name: 'Talk without a microphone' }).click();
    await page.getByText('The call is on.').waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Conversations' }).click();
    const dialog = page.getByRole('dialog', { name: 'End the call?' });
    await dialog.waitFor();
    await picture('end-the-call');
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await page.getByRole('button', { name: 'Hang up' }).waitFor();
    await page.getByRole('link', { name: 'Conversations' }).click();
    await dialog.getByRole('button', { name: 'End the call and leave' }).click();
    await page.getByRole('heading', { name: 'Conversations' }).waitFor();
    expect(problems).toEqual([]);
  }, 60_000);
});
