/* Takes the pictures of the README from the real pages: node tools/screenshots.mjs [DUIXIAN], after npm run build. */
import { resolve } from 'node:path';
import { example, fragmentOf, launch, openContext, root, settled, startServer, visit } from '../tests/site.mjs';

const HEIGHT = 1500;
const facts = await example('precision-works');
const answered = fragmentOf({ facts, asOf: '2025-06-30' });

const pictures = [
  { name: 'questions', width: 1280, path: `/check${answered}` },
  { name: 'result', width: 1280, path: `/result${answered}` },
  { name: 'result-phone', width: 360, path: `/result${answered}` },
  { name: 'article', width: 1280, path: `/articles/2${answered}`, until: '.dx-badge' },
];

const server = await startServer(resolve(process.argv[2] ?? `${root}/build/duixian`));
const browser = await launch();
for (const { name, width, path, until = 'h1' } of pictures) {
  const { context, page } = await openContext(browser, 'zh-CN', width, server.address);
  await page.setViewportSize({ width, height: HEIGHT });
  await visit(page, path);
  await page.locator(until).first().waitFor();
  await settled(page);
  await page.screenshot({ path: `${root}/docs/img/${name}.png` });
  await context.close();
}
await browser.close();
server.stop();
