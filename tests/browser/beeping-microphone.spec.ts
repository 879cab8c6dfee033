import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';
import { readTurns, waitForAnswer } from '../support/browser-transcript.js';

describe('a call at a microphone that beeps once a second', () => {
  let orbis: TestConsole;
  let browser: Browser;
  beforeAll(async () => {
    orbis = await startTestConsole();
    browser = await launchBrowser({ beepingMicrophone: true });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await orbis?.stop();
  }, 30_000);

  it('is interrupted by none of the beeps, and says what a tool has found after the words that it was called with', async () => {
    const { page, problems } = await newVisitor(browser);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Talk' }).first().click();
    await page.getByRole('button', { name: 'Talk', exact: true }).click();
    await waitForAnswer(page, 'How can I help you?');
    await page.getByRole('button', { name: 'What are the opening hours on Saturday?' }).click();
    const answer = page.getByLabel('Transcript').getByText('On Saturday Orbis Coffee is open from 10 to 16.');
    await answer.first().waitFor({ timeout: 30_000 });
    await page.getByText('Listening', { exact: true }).waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('Call ended').waitFor();
    // The model ends its turn with the call of the tool, which runs beside the conversation, and answers in the next one.
    expect(await readTurns(page)).toEqual([
      { speaker: 'Demo agent', heard: 'Hello, this is Orbis Coffee. How can I help you?', unheard: '', tools: [] },
      { speaker: 'You', heard: 'What are the opening hours on Saturday?', unheard: '', tools: [] },
      { speaker: 'Demo agent', heard: 'One moment, I am looking that up.', unheard: '', tools: ['opening_hours'] },
      {
        speaker: 'Demo agent',
        heard: 'Here is what I found. On Saturday Orbis Coffee is open from 10 to 16.',
        unheard: '',
        tools: [],
      },
    ]);
    expect(problems).toEqual([]);
  }, 90_000);
});
