import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';
import { readTurns, waitForAnswer, waitForSound } from '../support/browser-transcript.js';

describe('a call without a microphone', () => {
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

  it('is a real one with the buttons and in writing, and says that a simulator answers', async () => {
    const { page, problems, picture } = await newVisitor(browser);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByRole('button', { name: 'Talk', exact: true }).click();
    await page.getByRole('alert').getByText('The microphone is blocked').waitFor();
    await picture('microphone-blocked');
    await page.getByRole('button', { name: 'Talk without a microphone' }).click();
    await page.getByText('you’re talking to the simulator').waitFor();
    await waitForSound(page);
    await waitForAnswer(page, 'How can I help you?');

    await page.getByRole('button', { name: 'What are the opening hours on Saturday?' }).click();
    await page.getByRole('group', { name: 'Tool call opening_hours' }).getByText('Done').waitFor();
    await waitForAnswer(page, 'On Saturday Orbis Coffee is open from 10 to 16.');
    await page.getByLabel('Write to the agent').fill('My name is Ada');
    await page.getByRole('button', { name: 'Send' }).click();
    await waitForAnswer(page, 'Nice to meet you, Ada.');
    await page.getByRole('button', { name: 'Tell me a long story.' }).click();
    await page.getByText('a lighthouse keeper').first().waitFor();
    await waitForSound(page);
    await picture('buttons');
    await page.getByRole('button', { name: 'Interrupt' }).click();
    await page.locator('s').waitFor();
    await waitForAnswer(page, "You're welcome, Ada.");
    await picture('buttons-interrupted');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByRole('link', { name: 'Open the conversation' }).click();
    await page.getByText('in writing').waitFor();
    await picture('conversation-in-writing');

    const turns = await readTurns(page);
    expect(turns.filter((turn) => turn.speaker === 'Caller').map((turn) => turn.heard)).toEqual([
      'What are the opening hours on Saturday?',
      'My name is Ada',
      'Tell me a long story.',
      "Thank you, that's enough.",
    ]);
    expect(turns.filter((turn) => turn.unheard !== '').map((turn) => turn.heard)).toEqual([
      expect.stringMatching(/^Once upon a time/),
    ]);
    const stored = await orbis.api.endedConversation(new URL(page.url()).searchParams.get('id') ?? '');
    expect(stored.turns.map((turn) => turn.generatedText)).toEqual(turns.map((turn) => turn.heard + turn.unheard));
    expect(problems).toEqual([]);
  }, 60_000);
});
