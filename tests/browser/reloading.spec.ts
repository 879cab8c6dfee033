import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { speakInTones, startTestConsole, type TestConsole } from '../support/browser-console.js';
import { heardFromLoudspeaker, recordLoudspeaker } from '../support/browser-loudspeaker.js';
import { useCable, writeMicrophoneFile } from '../support/browser-microphone.js';
import { readTurns, waitForAnswer } from '../support/browser-transcript.js';

const STORY = 'Tell me a long story';
const SAID = 'What time is it?';
const GREETING = 'Hello, this is Orbis Coffee. How can I help you?';

describe('a call whose page is loaded again', () => {
  let folder: string;
  let orbis: TestConsole;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbisvoice-reload-'));
    const microphoneFile = join(folder, 'microphone.wav');
    // Every page hears it from the beginning.
    await writeMicrophoneFile(microphoneFile, [{ silenceMs: 12_000 }, SAID, { silenceMs: 30_000 }]);
    orbis = await startTestConsole();
    browser = await launchBrowser({ microphoneFile });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await orbis?.stop();
    await rm(folder, { recursive: true });
  }, 30_000);

  it('goes on in the same conversation, in the middle of an answer, with what was said before it on the page', async () => {
    await speakInTones(orbis.api);
    const { page, problems, picture } = await newVisitor(browser);
    page.on('dialog', (dialog) => void dialog.accept());
    await useCable(page);
    await recordLoudspeaker(page);
    await orbis.signIn(page);
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByRole('button', { name: 'Talk', exact: true }).click();
    await waitForAnswer(page, GREETING);
    await page.getByLabel('Write to the agent').fill(STORY);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('lighthouse keeper').waitFor();

    await page.reload();
    await page.getByText('The call is on.').waitFor({ state: 'attached' });
    await picture('taken-up');
    const first = await readTurns(page);
    expect(first.slice(0, 2).map((turn) => turn.heard.trimEnd())).toEqual([GREETING, STORY]);
    await expectNoCallInCopy(page);
    await page.getByText(SAID).waitFor({ timeout: 30_000 });
    await page.getByRole('group', { name: 'Tool call current_time' }).getByText('Done').waitFor({ timeout: 20_000 });
    await page.getByText('Listening', { exact: true }).waitFor();
    const heardAfter = await heardFromLoudspeaker(page);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('Call ended').waitFor();
    const live = await readTurns(page);
    const id = new URL(
      (await page.getByRole('link', { name: 'Open the conversation' }).getAttribute('href'))!,
      orbis.url,
    ).searchParams.get('id')!;
    const stored = await orbis.api.endedConversation(id);
    await picture('taken-up-and-ended');

    expect(stored).toMatchObject({ endReason: 'client_ended' });
    const users = stored.turns.filter((turn) => turn.role === 'user');
    expect(users.map((turn) => turn.generatedText)).toEqual([STORY, SAID]);
    const [greeting, story, ...answers] = stored.turns.filter((turn) => turn.role === 'agent');
    expect(greeting).toMatchObject({ heardText: GREETING, interrupted: false });
    expect(story).toMatchObject({
      interrupted: true,
      heardText: expect.stringMatching(/^Once upon a time, a lighthouse/),
    });
    expect(answers.map((turn) => turn.interrupted)).not.toContain(true);
    expect(live.map((turn) => turn.heard.trimEnd())).toEqual(stored.turns.map((turn) => turn.heardText));
    // What waited to be played when the page was left is played by the next one: from some word of the story on, all of it.
    const rest = heardAfter.slice(0, heardAfter.indexOf(answers[0]!.heardText.split(' ')[0]!)).join(' ');
    expect(rest.length).toBeGreaterThan(100);
    const toldOf = story!.generatedText.split(rest)[0]!;
    expect([story!.generatedText.includes(rest), toldOf.split(' ').length < 12]).toEqual([true, true]);
    expect(story!.heardText.split(' ').length - `${toldOf}${rest}`.split(' ').length).toBeLessThanOrEqual(1);
    await page.reload();
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(problems).toEqual([]);
  }, 90_000);
});

/** A tab that is duplicated takes what the page keeps along, but not the call. */
async function expectNoCallInCopy(page: Page): Promise<void> {
  const [copy] = await Promise.all([page.waitForEvent('popup'), page.evaluate(() => void window.open(location.href))]);
  await copy.getByRole('button', { name: 'Talk', exact: true }).waitFor();
  await copy.waitForFunction(() => sessionStorage.length === 0);
  expect(await copy.getByText('Ready', { exact: true }).count()).toBe(1);
  await copy.close();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(1);
}
