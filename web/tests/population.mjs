/* Tests of the page for many enterprises: a table goes in, faults or results come back. */
import { readFile } from 'node:fs/promises';
import { press, tabTo } from './keyboard.mjs';
import { faultsOf, LANGUAGES, openContext, root, settled, visit, WIDTHS } from './site.mjs';

const EXAMPLE = `${root}/examples/enterprises.xlsx`;
const FAULTY = '企业.名称,企业.区内,技改项目.核定总投入\n甲,也许,很多\n乙,是,1,000\n';
const TEXTS = {
  'zh-CN': { submit: '上传并测算', remove: '删除结果', cancel: '取消', again: '再传一张表', template: '下载模板（xlsx）', download: '下载结果（xlsx）', noFile: '请选择一个文件' },
  en: { submit: 'Upload and assess', remove: 'Delete the results', cancel: 'Cancel', again: 'Upload another table',
    template: 'Download the template (xlsx)', download: 'Download the results (xlsx)', noFile: 'Choose a file' },
};

function csv(name, text) {
  return { name, mimeType: 'text/csv', buffer: Buffer.from(text) };
}

async function handIn(page, texts, file) {
  await page.locator('#table').setInputFiles(file);
  await press(page, texts.submit);
}

async function done(page) {
  await page.locator('.dx-matrix').waitFor();
  await settled(page);
}

async function fetchJob(page) {
  const id = new URL(page.url()).hash.replace('#job=', '');
  return page.evaluate(async (of) => {
    const reply = await fetch(`/api/v1/jobs/${of}`);
    return reply.ok ? reply.json() : reply.status;
  }, id);
}

async function testLooks(browser, address, test, equal) {
  for (const language of LANGUAGES)
    for (const width of WIDTHS) {
      const { context, page } = await openContext(browser, language, width, address);
      const texts = TEXTS[language];
      const isWell = async () => equal(await faultsOf(page, language), [], 'faults');
      await test(`many enterprises: the form, ${language}, ${width} px`, async () => {
        await visit(page, '/population');
        await isWell();
        await press(page, texts.submit);
        equal(await page.locator('.govuk-error-summary li').allInnerTexts(), [texts.noFile], 'mistakes');
        equal(await page.evaluate(() => document.activeElement.className), 'govuk-error-summary', 'focus');
        await isWell();
      });
      await test(`many enterprises: faults by cell, ${language}, ${width} px`, async () => {
        await handIn(page, texts, csv('x.csv', FAULTY));
        await page.locator('.govuk-error-summary a[href="#fault-0"]').waitFor();
        equal(await page.locator('tbody tr td:first-child').allInnerTexts(), ['B2', 'C2', 'D3'], 'cells');
        await page.locator('.govuk-error-summary a').nth(2).click();
        equal(await page.evaluate(() => document.activeElement.id), 'fault-2', 'focus');
        await isWell();
      });
      await test(`many enterprises: results, ${language}, ${width} px`, async () => {
        await handIn(page, texts, EXAMPLE);
        await done(page);
        await isWell();
        await press(page, texts.remove);
        await page.locator('#table').waitFor();
        equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'focus');
        await isWell();
      });
      await context.close();
    }
}

async function testResults(browser, address, test, equal) {
  const { context, page } = await openContext(browser, 'zh-CN', 1280, address);
  const texts = TEXTS['zh-CN'];
  await visit(page, '/population');
  await handIn(page, texts, EXAMPLE);
  await done(page);
  const job = await fetchJob(page);
  const rows = () => page.locator('.dx-matrix tbody tr').count();

  await test('what the page shows is what the job says', async () => {
    equal(await page.locator('.dx-total__amount').innerText(), `${job.amount.replace(/\B(?=(\d{3})+\.)/g, ',')} 元`, 'total');
    const shown = await page.locator('.dx-totals tbody tr').evaluateAll((all) => all.map((row) =>
      [...row.querySelectorAll('td')].slice(0, 3).map((cell) => Number(cell.textContent))));
    equal(shown, job.items.map((item) => [item.eligible, item.undetermined, item.ineligible + item.not_in_force]), 'counts');
    equal(await rows(), job.total, 'rows');
  });
  await test('rows are chosen by item and status', async () => {
    await page.locator('#by-item').selectOption('2');
    await page.locator('#by-status').selectOption('eligible');
    const wanted = job.items.find((item) => item.id === '2').eligible;
    await page.waitForFunction((n) => document.querySelectorAll('.dx-matrix tbody tr').length === n, wanted);
    equal(await page.locator('.dx-matrix thead th').count(), 3, 'columns');
    await page.locator('#by-status').selectOption('not_in_force');
    await page.getByText('没有符合的企业').waitFor();
  });
  await test('template and results are downloaded', async () => {
    const [results] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: texts.download }).click()]);
    equal((await readFile(await results.path())).subarray(0, 2).toString(), 'PK', 'results');
    await page.getByRole('button', { name: texts.again }).click();
    const [template] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: texts.template }).click()]);
    equal((await readFile(await template.path())).subarray(0, 2).toString(), 'PK', 'template');
  });
  await test('a reload and the address alone find the results again', async () => {
    await visit(page, `/population#job=${job.id}`);
    await done(page);
    equal(await rows(), job.total, 'rows');
    await page.reload();
    await done(page);
    await page.getByRole('link', { name: '首页' }).click();
    await page.goBack();
    await done(page);
  });
  await test('deleted results are gone', async () => {
    await tabTo(page, (on) => on.text === texts.remove);
    await page.keyboard.press('Enter');
    await page.locator('#table').waitFor();
    await page.waitForFunction(async (id) => (await fetch(`/api/v1/jobs/${id}`)).status === 404, job.id);
    page.complaints.length = 0; /* the browser's own word on the 404 */
    await visit(page, `/population#job=${job.id}`);
    await page.locator('.govuk-error-summary').waitFor();
    page.complaints.length = 0;
  });
  await context.close();
}

async function testProgress(browser, address, test, equal) {
  const { context, page } = await openContext(browser, 'zh-CN', 360, address);
  const texts = TEXTS['zh-CN'];
  const many = `企业.名称,企业.区内\n${'示例（虚构）有限公司,是\n'.repeat(20000)}`;
  await test('progress is shown, drawn and in words, and a job is cancelled', async () => {
    await visit(page, '/population');
    await handIn(page, texts, csv('many.csv', many));
    await page.locator('[role=progressbar][value]').waitFor();
    const bar = await page.locator('[role=progressbar]').evaluate((one) => ({ value: one.value, text: one.getAttribute('aria-valuetext') }));
    if (!(bar.value >= 0 && bar.value <= 100) || !/20,000 家/.test(bar.text)) throw new Error(JSON.stringify(bar));
    equal(await page.locator('[role=status][aria-live=polite]').count(), 1, 'live regions');
    equal(await faultsOf(page, 'zh-CN'), [], 'faults');
    const { id } = await fetchJob(page);
    await press(page, texts.cancel);
    await page.locator('#table').waitFor();
    await page.waitForFunction(async (of) => (await fetch(`/api/v1/jobs/${of}`)).status === 404, id);
  });
  await context.close();
}

export async function testPopulation(browser, address, test, equal) {
  await testLooks(browser, address, test, equal);
  await testResults(browser, address, test, equal);
  await testProgress(browser, address, test, equal);
}
