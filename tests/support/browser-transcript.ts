import type { Page } from 'playwright-core';

/** A turn as the eye sees it in the page. */
export interface SeenTurn {
  speaker: string;
  heard: string;
  /** Struck out. */
  unheard: string;
  /** Names of the tools in its cards. */
  tools: string[];
}

/** The turns on the page, of a running call or of a stored conversation. */
export async function readTurns(page: Page): Promise<SeenTurn[]> {
  return await page.locator('main ol > li').evaluateAll((items) =>
    items.map((item) => {
      const words = item.querySelector('[class*="words"]')?.cloneNode(true) as Element | undefined;
      const unheard = words?.querySelector('s')?.textContent ?? '';
      words?.querySelectorAll('s, .visually-hidden').forEach((element) => element.remove());
      return {
        speaker: item.querySelector('p > span')?.textContent ?? '',
        heard: words?.textContent ?? '',
        unheard,
        tools: [...item.querySelectorAll('[role="group"] code')].map((name) => name.textContent),
      };
    }),
  );
}

/** Resolves when the orb shows that the agent is heard. Its rings follow the level of what is played. */
export async function waitForSound(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const orb = document.querySelector<HTMLElement>('[data-phase]');
    return Number(orb?.style.getPropertyValue('--output') ?? 0) > 0.1;
  });
}

/** Resolves when the agent has said it and is silent again. */
export async function waitForAnswer(page: Page, ending: string): Promise<void> {
  await page.getByLabel('Transcript').getByText(ending).last().waitFor();
  await page.getByText('Listening', { exact: true }).waitFor();
}
