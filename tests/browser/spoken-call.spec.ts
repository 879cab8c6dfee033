import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { StoredTurn } from '../support/api-client.js';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { speakInTones, startTestConsole, type TestConsole } from '../support/browser-console.js';
import { heardFromLoudspeaker, recordLoudspeaker } from '../support/browser-loudspeaker.js';
import { microphoneWanted, useCable, writeMicrophoneFile } from '../support/browser-microphone.js';
import { readTurns, waitForAnswer, waitForSound } from '../support/browser-transcript.js';

const SAID = ['What time is it?', 'Tell me a long story', 'Thank you, that is enough'] as const;
/** From when the microphone opens. Each pause is about twice as long as what is said in it takes. */
const SCRIPT = [{ silenceMs: 6_000 }, SAID[0], { silenceMs: 10_000 }, SAID[1], { silenceMs: 5_000 }, SAID[2]];

describe('a call in a browser', () => {
  let folder: string;
  let orbis: TestConsole;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbisvoice-browser-'));
    const microphoneFile = join(folder, 'microphone.wav');
    await writeMicrophoneFile(microphoneFile, [...SCRIPT, { silenceMs: 10_000 }]);
    orbis = await startTestConsole();
    browser = await launchBrowser({ microphoneFile });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await orbis?.stop();
    await rm(folder, { recursive: true });
  }, 30_000);

  it('talks, hears, uses a tool, is interrupted, and shows afterwards what was heard, word for word', async () => {
    const agentId = await speakInTones(orbis.api);
    const { page, problems, picture } = await newVisitor(browser);
    await useCable(page);
    await recordLoudspeaker(page);
    await orbis.signIn(page);
    await picture('agents');
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByRole('button', { name: 'Talk', exact: true }).click();

    await waitForSound(page);
    await picture('greeting');
    await page.getByText('Hello, this is Orbis Coffee. How can I help you?').first().waitFor();
    const tool = page.getByRole('group', { name: 'Tool call current_time' });
    await tool.getByText('Done').waitFor({ timeout: 20_000 });
    await page.getByText('Once upon a time').first().waitFor({ timeout: 20_000 });
    await picture('story');
    await page.locator('s').waitFor({ timeout: 20_000 });
    await waitForAnswer(page, "You're welcome.");
    await picture('interrupted');
    // Real callers keep what protects them from hearing themselves.
    expect(await microphoneWanted(page)).toMatchObject({
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    });

    const played = await heardFromLoudspeaker(page);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('Call ended').waitFor();
    await picture('ended');
    const live = await readTurns(page);
    await page.getByRole('link', { name: 'Open the conversation' }).click();
    await page.getByText('Caller hung up').waitFor();
    await picture('conversation');
    const stored = await orbis.api.endedConversation(new URL(page.url()).searchParams.get('id') ?? '');

    expect(stored).toMatchObject({ agentId, endReason: 'client_ended' });
    const users = stored.turns.filter((turn) => turn.role === 'user');
    expect(users.map((turn) => turn.generatedText)).toEqual(SAID);
    const agents = stored.turns.filter((turn) => turn.role === 'agent');
    expect(agents.filter((turn) => turn.interrupted).map((turn) => turn.generatedText)).toEqual([
      expect.stringMatching(/^Once upon a time, a lighthouse keeper/),
    ]);
    // The record says of the whole turns that all was heard, and of the other one only a part.
    for (const { interrupted, heardText, generatedText } of agents) {
      expect(heardText === generatedText).toBe(!interrupted);
    }
    expectPlayed(played, agents);

    const shown = await readTurns(page);
    expect(shown.map((turn) => turn.heard.trimEnd())).toEqual(stored.turns.map((turn) => turn.heardText));
    expect(shown.map((turn) => turn.heard + turn.unheard)).toEqual(stored.turns.map((turn) => turn.generatedText));
    expect(shown.flatMap((turn) => turn.tools)).toEqual(['current_time']);
    const asLive = shown.map((turn) => ({ ...turn, speaker: turn.speaker.replace('Caller', 'You') }));
    expect(live).toEqual(asLive);
    expect(problems).toEqual([]);
  }, 90_000);
});

/** What reached the loudspeaker is what the record says was heard. The word in which a turn was cut may count or not. */
function expectPlayed(played: string[], turns: StoredTurn[]): void {
  let at = 0;
  for (const { heardText, generatedText, interrupted } of turns) {
    const heard = heardText.split(' ');
    const wordBefore = heard.slice(0, -1);
    const wordAfter = generatedText.split(' ').slice(0, heard.length + 1);
    const candidates = interrupted ? [wordAfter, heard, wordBefore] : [heard];
    const words = candidates.find((candidate) => startsWith(played.slice(at), candidate)) ?? heard;
    expect(played.slice(at, at + words.length)).toEqual(words);
    at += words.length;
  }
  expect(played.slice(at)).toEqual([]);
}

function startsWith(words: string[], beginning: string[]): boolean {
  return beginning.every((word, position) => words[position] === word);
}
