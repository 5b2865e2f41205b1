/* What the tests share: the server under test, a browser, and what must hold of every page. */
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { chromium } from 'playwright-core';

export const web = fileURLToPath(new URL('..', import.meta.url));
export const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = createRequire(import.meta.url)('axe-core').source;

export const LANGUAGES = ['zh-CN', 'en'];
export const WIDTHS = [360, 1280];

/* --- the program ---------------------------------------------------------------------------- */

export const PAGES = ['--web', `${web}dist`];

export async function startServer(program, options = PAGES) {
  const all = ['serve', '--listen', '127.0.0.1:0', '--pack', 'policies/songjiang-2024', ...options];
  const server = spawn(program, all, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  process.on('exit', () => server.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  const address = await new Promise((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (data) => {
      said += data;
      const found = /http:\/\/[\d.]+:\d+/.exec(said);
      if (found) resolve(found[0]);
    });
    server.on('exit', (code) => reject(new Error(`the server ended (${code}): ${said}`)));
  });
  return { address, stop: () => server.kill('SIGTERM') };
}

/* What the command line says of the same facts. */
export function assess(program, facts, ...options) {
  const run = spawnSync(program, ['assess', '-', '--pack', 'policies/songjiang-2024', '--format', 'json', ...options],
    { cwd: root, input: JSON.stringify(facts), encoding: 'utf8', maxBuffer: 1 << 24 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

/* Numbers become text, as the pages send them. */
export async function example(name) {
  const text = await readFile(`${root}/examples/${name}.json`, 'utf8');
  return JSON.parse(text, (_, value) => (typeof value === 'number' ? String(value) : value));
}

/* --- the browser ---------------------------------------------------------------------------- */

const FLAGS = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-first-run'];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/* Counts what breaks the content security policy, from before the page's own code runs. */
function countViolations() {
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
}

export async function openContext(browser, language, width, address) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, locale: 'zh-CN', baseURL: address });
  await context.addInitScript(countViolations);
  await context.addInitScript({ content: axe });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') page.complaints.push(message.text());
  });
  if (language === 'en') {
    await page.goto('/');
    await page.getByRole('button', { name: 'English' }).click();
  }
  return { context, page };
}

/* The fragment that carries answers. */
export function fragmentOf(answers) {
  const whole = { facts: {}, unsure: [], asOf: null, readings: {}, sorted: true, ...answers };
  return `#a=${deflateRawSync(JSON.stringify(whole)).toString('base64url')}`;
}

export function answersIn(url) {
  const fragment = new URL(url).hash;
  return fragment ? JSON.parse(inflateRawSync(Buffer.from(fragment.slice(3), 'base64url')).toString()) : { facts: {} };
}

/* Loads a page afresh and waits until it has all that it shows. */
export async function visit(page, path) {
  await page.goto('about:blank');
  await page.goto(path);
  await settled(page);
}

export async function settled(page) {
  await page.waitForSelector('h1');
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
}

/* What must hold of any page in any state; returns the faults. */
export async function faultsOf(page, language) {
  const faults = await page.evaluate(async (expected) => {
    const found = [];
    const result = await window.axe.run(document, { resultTypes: ['violations'] });
    for (const violation of result.violations)
      found.push(`axe ${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
    const beyond = document.documentElement.scrollWidth - window.innerWidth;
    if (beyond > 0) found.push(`${beyond} px wider than the window`);
    if (document.documentElement.lang !== expected) found.push(`lang is ${document.documentElement.lang}`);
    if (document.querySelectorAll('h1').length !== 1) found.push('not exactly one h1');
    if (document.querySelector('[style]:not(:root, .dx-graph *)')) found.push('a style attribute');
    if (/\bundefined\b|\bNaN\b|\[object/.test(document.body.innerText)) found.push('a value that is none in the text');
    return [...found, ...window.violations];
  }, language);
  return [...faults, ...page.complaints.splice(0)];
}
