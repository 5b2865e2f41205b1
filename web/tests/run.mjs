/* Tests of the pages in a real browser against the real server:
 *   node tests/run.mjs [DUIXIAN [PART...]]
 * runs all parts, or those named, such as pages or result. It needs `npm ci` and `npm run build` first. Prints TAP
 * and "N passed, N failed". */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { clientFrom, fetchDescription } from '../tools/client.mjs';
import { fillIn } from './form.mjs';
import { choose, press, tabTo, tick, type } from './keyboard.mjs';
import { testPopulation } from './population.mjs';
import { answersIn, assess, example, faultsOf, fragmentOf, LANGUAGES, launch, openContext, PAGES, root, settled, startServer,
  visit, web, WIDTHS } from './site.mjs';

const program = resolve(process.argv[2] ?? `${root}/build/duixian`);
const BUDGET = 120_000;
const DATE = '2025-06-30';
const counts = { passed: 0, failed: 0 };

async function test(name, body) {
  try {
    await body();
    counts.passed++;
    console.log(`ok - ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`not ok - ${name}\n# ${String(error.stack ?? error).replace(/\n/g, '\n# ')}`);
  }
}

function equal(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`);
}

/* --- the build ------------------------------------------------------------------------------ */

async function testBuild(browser, address) {
  await test('the client is the one that the description of the API makes', async () => {
    const made = clientFrom(await fetchDescription(address));
    if (await readFile(`${web}/src/api/client.ts`, 'utf8') !== made) throw new Error('out of date: npm run client');
  });
  await test(`JavaScript and CSS are at most ${BUDGET} bytes gzipped`, async () => {
    const html = await readFile(`${web}/dist/index.html`, 'utf8');
    let bytes = 0;
    for (const [, file] of html.matchAll(/"\/(assets\/[^"]+)"/g)) bytes += gzipSync(await readFile(`${web}/dist/${file}`)).length;
    console.log(`# ${bytes} bytes; the diagram is loaded when it is opened`);
    if (bytes > BUDGET) throw new Error(`${bytes} bytes`);
  });
  await test('nothing is inline in index.html', async () => {
    const html = await readFile(`${web}/dist/index.html`, 'utf8');
    if (/<style|style=|<script(?![^>]*src=)|\son\w+=/.test(html)) throw new Error(html);
  });
  await test('the licences of what is in the pages come with them', async () => {
    const text = await (await fetch(`${address}/licences.txt`)).text();
    for (const name of ['@vue/runtime-core', 'dmn-js-drd', 'fflate', 'govuk-frontend', 'qrcode-generator'])
      if (!new RegExp(`^${name} \\d`, 'm').test(text)) throw new Error(`${name}: ${text.slice(0, 200)}`);
    if (!text.includes('bpmn.io')) throw new Error('the licence of bpmn.io');
  });
  await test('no host stands in the lock file for a package', async () => {
    const lock = JSON.parse(await readFile(`${web}/package-lock.json`, 'utf8'));
    const named = Object.entries(lock.packages).filter(([, entry]) => entry.resolved);
    equal(named.length, 0, 'packages with an address');
  });
}

/* --- numbers -------------------------------------------------------------------------------- */

async function testMoney() {
  const source = await readFile(`${web}/src/state/money.ts`, 'utf8');
  const script = ts.transpileModule(source, { compilerOptions: { module: 'ESNext', target: 'ES2022' } }).outputText;
  const money = await import(`data:text/javascript,${encodeURIComponent(script)}`);
  const cases = {
    readDecimal: [['1000万', '10000000'], ['１，０００．５０', '1000.5'], ['1,000,000.00', '1000000'], ['0.015', '0.015'], ['1.5%', '0.015'],
      ['0.00012亿元', '12000'], ['¥ 12 元', '12'], ['007', '7'], ['-1', null], ['1e3', null], ['.5', null], ['', null], ['一百', null],
      ['1.2.3', null], ['12345678901234567890.12', '12345678901234567890.12']],
    group: [['857142.85', '857,142.85'], ['100', '100'], ['1000', '1,000'], ['12345678901234567890.12', '12,345,678,901,234,567,890.12']],
    inWan: [['857142.85', '85.714285'], ['9999', null], ['10000', '1'], ['123456789000', '12,345,678.9']],
    inCapitals: [['857142.85', '捌拾伍万柒仟壹佰肆拾贰元捌角伍分'], ['0', '零元整'], ['10', '壹拾元整'], ['1001', '壹仟零壹元整'],
      ['10000001', '壹仟万零壹元整'], ['100000000', '壹亿元整'], ['1000005000', '壹拾亿零伍仟元整'], ['0.05', '伍分'], ['3.05', '叁元零伍分'],
      ['3.5', '叁元伍角整'], ['1234567890123', null], ['0.001', null]],
    isAtMostOne: [['1', true], ['1.0', true], ['0.999', true], ['1.01', false], ['2', false]],
  };
  for (const [name, rows] of Object.entries(cases))
    for (const [input, expected] of rows)
      await test(`${name} ${input}`, () => equal(money[name](input), expected, name));
  await test('thousandthsOf is exact', () => equal(money.thousandthsOf('857142.85', '1000000.00'), 857, 'share'));
  await test('isLess compares as numbers', () => {
    equal(['9', '1.05', '100.00'].map((n) => money.isLess(n, '10.5')), [true, true, false], 'less than 10.5');
  });
}

/* --- every page in every language and width ------------------------------------------------- */

const absent = (facts, ...kept) =>
  Object.fromEntries(Object.keys(facts).filter((name) => !kept.includes(name)).map((name) => [name, null]));

/* Waits for the decision graph with its badges. */
async function drawn(page) {
  await page.locator('.dx-badge').first().waitFor();
}

function states(facts) {
  const full = fragmentOf({ facts, asOf: DATE });
  const one = (extra) => fragmentOf({ facts: { ...absent(facts), ...extra } });
  const local = { 企业: { 区内: true } };
  const infrastructure = { 类别: '新网络', 符合条件: true, 总投资: '50000000', 本年度利息: '4000000', 贴息方式: '利率点',
    贴息率: '0.015', 企业本年度已获贴息: '0', 已贴息年数: '0', 延长贴息批准: false };
  return {
    'start': '/',
    'start, with an article open': ['/', async (page) => page.locator('details.dx-card summary').nth(2).click()],
    'a broken link': '/#a=broken',
    'subjects': '/check',
    'subjects, nothing said': ['/check', async (page) => page.locator('form button[type=submit]').click()],
    'a choice': `/check${fragmentOf({ sorted: true })}`,
    'an amount': `/check${one({ ...local, 技改项目: { 认定: true, 已获补贴: false } })}`,
    'an amount, wrong': [`/check${one({ ...local, 技改项目: { 认定: true, 已获补贴: false } })}`, async (page) => {
      await page.locator('.dx-number').fill('abc');
      await page.locator('form button[type=submit]').click();
    }],
    'periods': [`/check${one({ ...local, 新基建项目: infrastructure })}`, async (page) => page.locator('form button.govuk-button--secondary').first().click()],
    'nothing more to ask': `/check${one({ 企业: { 区内: false } })}`,
    'answers and states open': [`/check${fragmentOf({ facts: { 企业: facts.企业, 安全: null }, unsure: ['诊断.现场诊断完成'] })}`, async (page) => {
      await page.locator('.govuk-details__summary').first().click();
      const line = page.locator('.dx-live__line');
      if (await line.count()) await line.click();
    }],
    'full form, open': [`/form${full}`, async (page) => {
      for (const index of [2, 3, 13]) await page.locator('details.dx-card > summary').nth(index).click();
    }],
    'full form, empty': '/form',
    'full form, spreadsheet': ['/form', async (page) => page.locator('.govuk-details__summary').first().click()],
    'result, nothing answered': '/result',
    'result': `/result${full}`,
    'result, all open': [`/result${full}`, async (page) => {
      await page.locator('.govuk-details__summary').first().click();
      await page.locator('.dx-row button').first().click();
    }],
    'result, out of force': `/result${fragmentOf({ facts, asOf: '2030-01-01' })}`,
    'article 2': [`/articles/2${full}`, drawn],
    'article 2, values as a table': [`/articles/2${full}`, async (page) => {
      await drawn(page);
      await page.locator('.dx-beside .govuk-details__summary').click();
    }],
    'article 16': ['/articles/16', drawn],
    'no such article': '/articles/99',
    'no such page': '/nowhere',
  };
}

async function testPages(browser, address) {
  const facts = await example('precision-works');
  for (const language of LANGUAGES)
    for (const width of WIDTHS) {
      const { context, page } = await openContext(browser, language, width, address);
      for (const [name, state] of Object.entries(states(facts))) {
        const [path, prepare] = Array.isArray(state) ? state : [state, null];
        await test(`${name}, ${language}, ${width} px`, async () => {
          await visit(page, path);
          if (prepare) await prepare(page);
          await settled(page);
          equal(await faultsOf(page, language), [], 'faults');
        });
      }
      await context.close();
    }
  const { context, page } = await openContext(browser, 'zh-CN', 640, address);
  for (const path of ['/', '/check', '/form', '/result', '/articles/17'])
    await test(`${path} at 200% zoom`, async () => {
      await visit(page, path + fragmentOf({ facts, asOf: DATE }));
      equal(await faultsOf(page, 'zh-CN'), [], 'faults');
    });
  await context.close();
}

/* --- from the start page to a list with amounts, by keyboard -------------------------------- */

const TEXTS = {
  'zh-CN': { begin: '开始测算', next: '继续', unsure: '不确定，先跳过', result: '查看结果', add: '再加一段' },
  en: { begin: 'Start now', next: 'Continue', unsure: 'Not sure, skip', result: 'See the result', add: 'Add a period' },
};

async function typePeriods(page, texts, id, periods) {
  for (const [row, period] of periods.entries()) {
    if (row > 0) await press(page, texts.add);
    for (const [member, value] of Object.values(period).entries())
      await type(page, row === 0 && member === 0 ? id : `${id}-${row}-${member}`, value);
  }
}

/* Answers the question on the page from the facts; returns the fact that was asked for. */
async function answerOne(page, texts, facts) {
  const id = await page.evaluate(() => document.querySelector('main input[id^="f-"]')?.id ?? null);
  if (!id) return null;
  const [subject, name] = id.slice(2).split('.');
  const value = facts[subject]?.[name];
  if (value === undefined) {
    await press(page, texts.unsure);
    return id;
  }
  const choices = await page.locator(`input[type=radio][name="${id}"]`).evaluateAll((all) => all.map((one) => one.value));
  if (choices.length > 0) await choose(page, id, Math.max(value === null ? choices.length - 1 : choices.indexOf(String(value)), 0));
  else if (value === null) await tick(page, `${id}-none`);
  else if (Array.isArray(value)) await typePeriods(page, texts, id, value);
  else await type(page, id, value);
  await page.keyboard.press('Enter');
  return id;
}

function brief(assessment) {
  return assessment.items.map((item) => [item.id, item.status, item.amount]);
}

async function shownOn(page) {
  return page.locator('details.dx-card[data-item]').evaluateAll((cards) => cards.map((card) => ({
    id: card.dataset.item,
    status: /dx-status--(\w+)/.exec(card.querySelector('.dx-status').className)[1],
    headline: card.querySelector('.dx-card__headline').textContent.trim(),
  })));
}

async function walk(page, address, language, name) {
  const texts = TEXTS[language];
  const facts = await example(name);
  await visit(page, `${address}/`);
  await press(page, texts.begin);
  await settled(page);
  for (const [subject, members] of Object.entries(facts))
    if (subject !== '企业' && members !== null) await tick(page, `subject-${subject}`);
  await choose(page, 'rest', 0);
  await press(page, texts.next);
  const asked = [];
  for (;;) {
    await page.waitForFunction((last) => {
      const field = document.querySelector('main input[id^="f-"]');
      return !document.querySelector('[aria-busy=true], [aria-disabled]') && (field ? field.id !== last : !!document.querySelector('h1'));
    }, asked[asked.length - 1] ?? '');
    const id = await answerOne(page, texts, facts);
    if (!id) break;
    asked.push(id);
  }
  await press(page, texts.result);
  await settled(page);
  return { facts, asked };
}

async function testWalk(browser, address) {
  for (const [language, width, name] of [['zh-CN', 360, 'precision-works'], ['en', 1280, 'precision-works'],
    ['zh-CN', 1280, 'compute-network'], ['zh-CN', 360, 'heavy-equipment']])
    await test(`by keyboard from the start to the result: ${name}, ${language}, ${width} px`, async () => {
      const { context, page } = await openContext(browser, language, width, address);
      const { facts, asked } = await walk(page, address, language, name);
      console.log(`# ${asked.length} questions`);
      if (new Set(asked).size !== asked.length) throw new Error(`asked twice: ${asked}`);
      const expected = assess(program, facts);
      const said = answersIn(page.url()).facts;
      equal(brief(assess(program, said)), brief(expected), 'the facts asked for give what all facts give');
      const shown = new Map((await shownOn(page)).map((item) => [item.id, item]));
      for (const item of expected.items) {
        equal(shown.get(item.id)?.status, item.status, `item ${item.id}`);
        const amount = item.amount?.replace(/\B(?=(\d{3})+\.)/g, ',');
        if (item.status === 'eligible' && amount && !shown.get(item.id).headline.includes(amount))
          throw new Error(`item ${item.id}: ${shown.get(item.id).headline}, expected ${amount}`);
      }
      const total = await page.locator('.dx-total__amount').textContent();
      if (!total.includes(expected.total.replace(/\B(?=(\d{3})+\.)/g, ','))) throw new Error(`total: ${total}`);
      equal(await faultsOf(page, language), [], 'faults');
      await context.close();
    });
}

/* --- what the pages do ---------------------------------------------------------------------- */

async function testQuestions(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  const question = () => page.evaluate(() => document.querySelector('main input[id^="f-"]')?.id ?? null);
  const shown = async (id) => page.waitForFunction((wanted) => document.querySelector('main input[id^="f-"]')?.id === wanted, id);

  await test('an answer moves the focus to the next question, and the back button undoes it', async () => {
    await visit(page, `/check${fragmentOf({})}`);
    const first = await question();
    await page.getByLabel('是', { exact: true }).check();
    await page.getByRole('button', { name: '继续' }).click();
    await page.waitForFunction((id) => document.querySelector('main input[id^="f-"]')?.id !== id, first);
    equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'focus');
    await page.goBack();
    await shown(first);
    equal(answersIn(page.url()).facts, {}, 'facts');
  });
  await test('on a phone each question is in sight when it comes', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await visit(page, '/check');
    await page.locator('#subject-技改项目').check();
    await page.locator('#rest').check();
    await page.getByRole('button', { name: '继续' }).click();
    await page.locator('main input[id^="f-"]').first().waitFor();
    const { y } = await page.locator('h1').boundingBox();
    if (y < 0 || y > 640) throw new Error(`the heading is at ${y}`);
    await page.setViewportSize({ width: 1280, height: 800 });
  });
  await test('the previous question comes with its answer, and can be changed', async () => {
    await visit(page, `/check${fragmentOf({})}`);
    const first = await question();
    await page.getByLabel('是', { exact: true }).check();
    await page.getByRole('button', { name: '继续' }).click();
    await page.waitForFunction((id) => document.querySelector('main input[id^="f-"]')?.id !== id, first);
    await page.getByRole('button', { name: '上一题' }).click();
    await shown(first);
    equal(await page.getByLabel('是', { exact: true }).isChecked(), true, 'the answer');
    await page.getByLabel('否', { exact: true }).check();
    await page.getByRole('button', { name: '继续' }).click();
    await page.getByRole('heading', { name: '没有需要再问的问题了' }).waitFor();
    equal(answersIn(page.url()).facts, { 企业: { 区内: false } }, 'facts');
  });
  await test('a wrong amount is named at once and not sent', async () => {
    const facts = { ...absent(await example('precision-works')), 企业: { 区内: true }, 技改项目: { 认定: true, 已获补贴: false } };
    await visit(page, `/check${fragmentOf({ facts })}`);
    let sent = 0;
    page.on('request', () => sent++);
    await page.locator('.dx-number').fill('1.001');
    await page.keyboard.press('Enter');
    await page.locator('.govuk-error-summary').waitFor();
    equal(await page.evaluate(() => document.activeElement.className), 'govuk-error-summary', 'focus');
    await page.locator('.govuk-error-summary a').click();
    equal(await page.evaluate(() => document.activeElement.id), await question(), 'focus after the link');
    equal(answersIn(page.url()).facts, facts, 'facts');
    equal(sent, 0, 'requests');
  });
  await test('what is typed is echoed in figures and in capitals', async () => {
    await page.locator('.dx-number').fill('1000.5万');
    equal(await page.locator('.dx-echo').innerText(), '10,005,000 元 1,000.5 万元 壹仟万零伍仟元整', 'echo');
  });
  await test('a link to a missing fact asks for it', async () => {
    await visit(page, `/result${fragmentOf({ facts: await example('precision-works'), asOf: DATE })}`);
    await page.locator('[data-item="4"] > summary').click();
    await page.locator('[data-item="4"]').getByRole('button', { name: '回答 软件类费用' }).click();
    await shown('f-工赋项目.软件类费用');
    await page.locator('.dx-number').fill('360万');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '没有需要再问的问题了' }).waitFor();
    equal(await page.locator('.dx-live__total strong').textContent(), '4,129,142.85 元', 'total');
  });
  await context.close();
}

async function testResult(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  const facts = await example('precision-works');
  const path = `/result${fragmentOf({ facts, asOf: DATE })}`;

  await test('a link restores the answers in another browser', async () => {
    await visit(page, path);
    equal((await page.locator('.dx-total__amount').textContent()).trim(), '2,329,142.85 元', 'total');
    const link = await page.locator('#link').inputValue();
    equal([new URL(link).origin, new URL(link).pathname], [address, '/result'], 'link');
    equal(answersIn(link), answersIn(page.url()), 'answers in the link');
  });
  await test('the effects of other readings are those of assess --reading', async () => {
    await page.locator('[data-item="2"] > summary').click();
    const lines = await page.locator('[data-item="2"] .dx-effects__item').allInnerTexts();
    for (const [index, option] of ['floor', 'other30', 'guidance'].entries()) {
      const item = assess(program, facts, '--as-of', DATE, '--reading', `R2=${option}`).items.find((one) => one.id === '2');
      const amount = item.amount ? item.amount.replace(/\B(?=(\d{3})+\.)/g, ',') : '不可享受';
      if (!lines[index]?.includes(amount)) throw new Error(`${option}: ${lines[index]}, expected ${amount}`);
    }
  });
  await test('a reading can be switched, and the link has it', async () => {
    await page.locator('[data-item="2"]').getByRole('button', { name: /不足70%/ }).click();
    await page.locator('[data-item="2"] > summary .dx-status--ineligible').waitFor();
    equal(answersIn(page.url()).readings, { R2: 'floor' }, 'readings');
    equal(await page.evaluate(() => document.activeElement.closest('details')?.dataset.item), '2', 'focus');
  });
  await test('a date out of force leaves nothing', async () => {
    await visit(page, path);
    await page.locator('.govuk-details__summary').first().click();
    await page.locator('#as-of').fill('2029-01-28');
    await page.getByText('所选日期不在政策有效期内').waitFor();
    equal(answersIn(page.url()).asOf, '2029-01-28', 'date');
  });
  await test('the file is what the command line writes', async () => {
    await visit(page, path);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载 JSON' }).click()]);
    const file = JSON.parse(await readFile(await download.path(), 'utf8'));
    equal(file.assessment, assess(program, facts, '--as-of', DATE), 'assessment');
    equal(file.request, { pack: 'songjiang-2024', facts, as_of: DATE }, 'request');
  });
  await test('for paper everything is open, and closed afterwards', async () => {
    const open = () => page.locator('details.dx-card[open]').count();
    equal(await open(), 0, 'open before');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    equal(await open(), 29, 'open while printing');
    await page.emulateMedia({ media: 'print' });
    equal(await page.locator('.dx-menu').isVisible(), false, 'menu on paper');
    await page.emulateMedia({ media: 'screen' });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await page.waitForFunction(() => document.querySelectorAll('details.dx-card[open]').length === 0);
  });
  await context.close();
}

/* One enterprise through the page, the API and the command line. */
async function testSameAnswers(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  for (const name of (await readdir(`${root}/examples`)).filter((one) => one.endsWith('.json')).map((one) => one.slice(0, -5)))
    await test(`the page, the API and the command line say the same: ${name}`, async () => {
      const facts = await example(name);
      const said = assess(program, facts, '--as-of', DATE);
      const reply = await fetch(`${address}/api/v1/assessments`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ facts, as_of: DATE }) });
      equal(await reply.json(), said, 'API');
      await visit(page, `/result${fragmentOf({ facts, asOf: DATE })}`);
      const shown = new Map((await shownOn(page)).map((item) => [item.id, item]));
      equal(shown.size, said.items.length, 'items');
      for (const { id, status, amount, amount_kind: kind } of said.items) {
        equal(shown.get(id).status, status, `item ${id}`);
        const has = /[\d,]+\.\d\d/.exec(shown.get(id).headline)?.[0].replace(/,/g, '') ?? null;
        if (status === 'eligible') equal(has, amount, `amount of item ${id} (${kind})`);
      }
      const total = await page.locator('.dx-total__amount').innerText();
      equal(total.replace(/[, 元]/g, ''), said.total, 'total');
    });
  await context.close();
}

async function testFiles(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  const facts = await example('precision-works');
  const open = () => page.getByText('用电子表格填写').click();
  const bring = (buffer) => page.locator('#form-file').setInputFiles({ name: 'form.xlsx', mimeType: 'application/octet-stream', buffer });
  let form;

  for (const [button, start] of [['下载 PDF', '%PDF-'], ['下载电子表格', 'PK']])
    await test(`a file from the page: ${button}`, async () => {
      await visit(page, `/result${fragmentOf({ facts, asOf: DATE })}`);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
      equal((await readFile(await download.path())).subarray(0, start.length).toString(), start, 'first bytes');
    });
  await test('a document that cannot be made is said, and tried again', async () => {
    await page.route('**/assessments.pdf', (route) => route.abort());
    await page.getByRole('button', { name: '下载 PDF' }).click();
    await page.locator('.dx-keep .govuk-error-summary').waitFor();
    await page.unroute('**/assessments.pdf');
    await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '重试' }).click()]);
    page.complaints.splice(0);
  });
  await test('the QR code is drawn when it is opened', async () => {
    await page.getByText('用手机打开').click();
    await page.getByRole('img', { name: '恢复这些答案的链接的二维码' }).waitFor();
    equal(await faultsOf(page, 'zh-CN'), [], 'faults');
  });
  await test('the form is offered as a spreadsheet', async () => {
    await visit(page, '/form');
    await open();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载填报表' }).click()]);
    form = await readFile(await download.path());
  });
  await test('a filled form gives the result', async () => {
    const { file } = fillIn(form, { '企业.区内': '是', '首台套.认定': '是', '首台套.生产企业': '是', '首台套.采购使用协议': '是', '首台套.市场销售价格': '1000000.50' });
    await bring(file);
    await page.waitForFunction(() => location.pathname === '/result');
    await settled(page);
    equal(answersIn(page.url()).facts.首台套.市场销售价格, '1000000.50', 'the price, exact');
    equal((await page.locator('.dx-total__amount').innerText()).trim(), '300,000.15 元', 'total');
  });
  await test('mistakes in a form are named by their cell', async () => {
    await visit(page, '/form');
    await open();
    const { file, cells } = fillIn(form, { '企业.区内': '也许', '首台套.市场销售价格': '很多' });
    for (let time = 0; time < 2; time++) {
      await bring(file);
      await page.locator('.govuk-error-summary').waitFor();
      const said = await page.locator('.govuk-error-summary__list li').allInnerTexts();
      if (said.length !== 2 || !said[0].startsWith(cells['企业.区内']) || !said[1].startsWith(cells['首台套.市场销售价格'])) throw new Error(said);
    }
    equal(new URL(page.url()).pathname, '/form', 'page');
    page.complaints.splice(0);
    equal(await faultsOf(page, 'zh-CN'), [], 'faults');
  });
  await test('what is no spreadsheet is refused', async () => {
    await bring(Buffer.from('no spreadsheet'));
    await page.getByText(/不是 \.xlsx 表格/).waitFor();
    page.complaints.splice(0);
  });
  await test('amounts are charted, with what the undetermined could still come to', async () => {
    await visit(page, `/result${fragmentOf({ facts, asOf: DATE })}`);
    await page.locator('.dx-bar__open').waitFor();
    const rows = await page.locator('.dx-chart tbody tr').allInnerTexts();
    equal(rows.length, 7, 'rows');
    if (!/“工赋”创新应用资助[^]*1,800,000\.00[^]*待定/.test(rows[6])) throw new Error(rows[6]);
    await page.getByText('合计最多还能增加 1,800,000.00 元').waitFor();
  });
  await context.close();
}

async function testArticles(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  const facts = await example('precision-works');
  const badges = () => page.locator('.dx-badge').allInnerTexts();

  await test('the decision graph shows the values of this assessment', async () => {
    await visit(page, `/articles/2${fragmentOf({ facts, asOf: DATE })}`);
    await drawn(page);
    const found = await badges();
    for (const badge of ['✓ 可享受', '857,142.85', '✕ 否', '已知 4/4']) if (!found.includes(badge)) throw new Error(`${badge}: ${found}`);
    await visit(page, `/articles/2${fragmentOf({ facts: { 企业: { 区内: true } } })}`);
    await drawn(page);
    if (!(await badges()).includes('? 未知')) throw new Error(`${await badges()}`);
  });
  await test('its logo is in sight wherever the graph is scrolled to', async () => {
    for (const [x, y] of [[0, 0], [5000, 5000]]) {
      await page.locator('.dx-graph').evaluate((box, at) => box.scrollTo(...at), [x, y]);
      const [logo, box] = await Promise.all(['.bjs-powered-by', '.dx-graph'].map((one) => page.locator(one).boundingBox()));
      if (logo.x < box.x || logo.y < box.y || logo.x + logo.width > box.x + box.width || logo.y + logo.height > box.y + box.height)
        throw new Error(`${JSON.stringify(logo)} in ${JSON.stringify(box)}`);
    }
  });
  await test('the graph is scrolled with the keyboard', async () => {
    await page.locator('.dx-graph').evaluate((box) => box.scrollTo(0, 0));
    await page.locator('.dx-graph').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.dx-graph').scrollLeft > 0);
  });
  await test('the table has what the graph has', async () => {
    await visit(page, `/articles/2${fragmentOf({ facts, asOf: DATE })}`);
    await drawn(page);
    await page.locator('.dx-beside .govuk-details__summary').click();
    const cells = await page.locator('.dx-values tbody .dx-status').allInnerTexts();
    equal(cells.map((cell) => cell.trim()).sort(), (await badges()).sort(), 'values');
  });
  await context.close();
}

async function testOfficialText(browser) {
  const folder = await mkdtemp(`${tmpdir()}/duixian-`);
  const text = `${folder}/text.md`;
  await writeFile(text, '## 第一条 甲\n\n虚构的原文第一段。\n\n虚构的原文第二段。\n');
  const database = ['--db', `${folder}/duixian.db`];
  execFileSync(program, ['policy', 'text', 'import', text, ...database, '--source', '虚构公报', '--date', '2023-12-29'], { cwd: root });
  const server = await startServer(program, [...PAGES, ...database]);
  for (const language of LANGUAGES)
    for (const width of WIDTHS)
      await test(`the official text beside the restated one, ${language}, ${width} px`, async () => {
        const { context, page } = await openContext(browser, language, width, server.address);
        await visit(page, '/articles/1');
        await drawn(page);
        await page.getByText('虚构的原文第二段。').waitFor();
        await page.getByText(/虚构公报/).waitFor();
        equal(await faultsOf(page, language), [], 'faults');
        await visit(page, '/articles/2');
        equal(await page.locator('.dx-beside--texts').count(), 0, 'official texts of another article');
        await context.close();
      });
  server.stop();
  await rm(folder, { recursive: true });
}

async function testFrame(browser, address) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  await test('the language is remembered, and nothing else is stored', async () => {
    await visit(page, `/check${fragmentOf({ facts: { 企业: { 区内: true } } })}`);
    await page.getByRole('button', { name: 'English' }).click();
    equal(await page.evaluate(() => document.documentElement.lang), 'en', 'lang');
    await visit(page, '/');
    equal(await page.title(), 'Policy calculator for enterprises - Duixian', 'title');
    equal(await page.evaluate(() => ({ ...localStorage })), { 'duixian.language': 'en' }, 'storage');
    equal(await page.evaluate(() => document.cookie + sessionStorage.length), '0', 'cookies and session');
    await page.getByRole('button', { name: '中文' }).click();
  });
  await test('the skip link goes to the page, and the answers stay', async () => {
    await visit(page, `/result${fragmentOf({ facts: { 企业: { 区内: true } } })}`);
    const before = page.url();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    equal(await page.evaluate(() => document.activeElement.id), 'main', 'focus');
    equal(page.url(), before, 'address');
  });
  await test('a page that is changed takes the focus to its heading', async () => {
    await tabTo(page, (on) => on.text === '评估日期和口径');
    await page.getByRole('link', { name: '完整表单' }).click();
    equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'focus');
  });
  await test('the form marks a mistake and goes no further', async () => {
    await visit(page, `/form${fragmentOf({ facts: { 技改项目: {} } })}`);
    await page.locator('details.dx-card > summary').nth(2).click();
    await page.locator('[id="f-技改项目.核定总投入"]').fill('-5');
    await page.getByRole('button', { name: '查看结果' }).click();
    equal(await page.evaluate(() => document.activeElement.className), 'govuk-error-summary', 'focus');
    equal(new URL(page.url()).pathname, '/form', 'page');
    await page.locator('[id="f-技改项目.核定总投入"]').fill('1000万');
    await page.getByRole('button', { name: '查看结果' }).click();
    await page.waitForFunction(() => location.pathname === '/result');
    equal(answersIn(page.url()).facts, { 技改项目: { 核定总投入: '10000000' } }, 'facts');
  });
  await test('a server that cannot be reached is said, and tried again', async () => {
    await page.route('**/api/**', (route) => route.abort());
    await visit(page, '/').catch(() => null);
    await page.locator('.govuk-error-summary').waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: '重试' }).click();
    await page.getByRole('heading', { name: '看看能拿到哪些政策支持' }).waitFor();
  });
  await context.close();
}

/* -------------------------------------------------------------------------------------------- */

const PARTS = {
  money: testMoney, build: testBuild, pages: testPages, walk: testWalk, questions: testQuestions, result: testResult,
  same: testSameAnswers, files: testFiles, articles: testArticles, official: testOfficialText, frame: testFrame,
  population: (browser, address) => testPopulation(browser, address, test, equal),
};
const server = await startServer(program);
const browser = await launch();
try {
  for (const part of process.argv.length > 3 ? process.argv.slice(3) : Object.keys(PARTS))
    await PARTS[part](browser, server.address);
} finally {
  await browser.close();
  server.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
