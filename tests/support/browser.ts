/** A real Chromium, and somebody in it who notices everything that goes wrong in a page. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

export interface BrowserOptions {
  /** A WAV file that is the microphone, played once from when a page opens it. Without it pages may not use the microphone. */
  microphoneFile?: string;
  /** Chromium's own microphone for tests, which beeps once a second. */
  beepingMicrophone?: boolean;
}

const STEP_TIMEOUT_MS = 10_000;
const ARGUMENTS = [
  '--use-fake-device-for-media-stream',
  // Containers have neither what the sandbox needs nor much shared memory.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  // Nothing that leaves the machine.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
];

/**
 * Chromium at TEST_CHROMIUM, by default /usr/bin/chromium.
 * @throws Error with a sentence when there is none: a browser test is never skipped.
 */
export async function launchBrowser({ microphoneFile, beepingMicrophone }: BrowserOptions = {}): Promise<Browser> {
  const executablePath = process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`There is no Chromium at ${executablePath}: install it, or say where it is with TEST_CHROMIUM.`);
  }
  const file = microphoneFile === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphoneFile}%noloop`];
  const allowed = beepingMicrophone === true || microphoneFile !== undefined ? ['--use-fake-ui-for-media-stream'] : [];
  const args = [...ARGUMENTS, ...allowed, ...file];
  return await chromium.launch({ executablePath, args });
}

export interface Visitor {
  page: Page;
  /** Errors in the console, exceptions, requests that failed or were refused, violations of the content security policy. */
  problems: string[];
  /** Saves what is to be seen as `name`.png in the folder TEST_SCREENSHOTS, if there is one. */
  picture(name: string): Promise<void>;
}

/** Somebody with a browser profile of their own. */
export async function newVisitor(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_TIMEOUT_MS);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.name} ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // Let go of by the page itself, such as what Next.js fetches ahead, or ended by leaving the page.
    if (reason === 'net::ERR_ABORTED') return;
    problems.push(`${reason}: ${request.method()} ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.exposeFunction('reportPolicyViolation', (text: string) => problems.push(`policy: ${text}`));
  await page.addInitScript(reportPolicyViolations);
  return { page, problems, picture: (name) => savePicture(page, name) };
}

/** Runs in the page. */
function reportPolicyViolations(): void {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    const { reportPolicyViolation } = globalThis as unknown as { reportPolicyViolation: (text: string) => void };
    reportPolicyViolation(`${violatedDirective} ${blockedURI}`);
  });
}

async function savePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['TEST_SCREENSHOTS'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
