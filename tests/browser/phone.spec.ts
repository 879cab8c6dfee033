import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser, newVisitor } from '../support/browser.js';
import { startTestConsole, type TestConsole } from '../support/browser-console.js';

const PHONES = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
] as const;

describe('the Talk page on a phone', () => {
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

  it.each(PHONES)(
    'has everything that a call needs in sight, without scrolling: $width x $height',
    async (size) => {
      const { page, problems, picture } = await newVisitor(browser);
      await page.setViewportSize(size);
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      const box = page.getByLabel('Write to the agent');
      const inSight = async (...wanted: Locator[]) => {
        expect(await page.evaluate(() => [scrollX, scrollY])).toEqual([0, 0]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
        for (const one of wanted) {
          const { y, height } = (await one.boundingBox())!;
          expect([String(one), y >= 0, y + height <= size.height]).toEqual([String(one), true, true]);
        }
      };
      await orbis.signIn(page);
      await page.getByRole('link', { name: 'Talk' }).first().click();
      await inSight(button('Talk'), button('Talk without one'));
      await picture(`phone-${size.width}-ready`);
      await button('Talk without one').click();
      await page.getByLabel('Transcript').getByText('How can I help you?').waitFor();
      await picture(`phone-${size.width}-call`);
      await inSight(button('Hang up'), button('What can you do?'), box, button('Send'));
      await picture(`phone-${size.width}-call`);
      await page.emulateMedia({ colorScheme: 'dark' });
      await picture(`phone-${size.width}-call-dark`);
      await button('Hang up').click();
      await page.getByText('Call ended').waitFor();
      await inSight(button('Talk again'), page.getByRole('link', { name: 'Open the conversation' }));
      await picture(`phone-${size.width}-ended`);
      expect(problems).toEqual([]);
    },
    60_000,
  );
});
