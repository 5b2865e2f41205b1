/* Opens DMN models in dmn-js, the modeler that officials use, and fails on whatever it complains about.
 *
 *   node check.mjs [--shots DIR] MODEL.dmn...
 *
 * A model passes when the modeler imports it without an error or a warning, when every element and
 * requirement of the model has its place in the diagram, when no two shapes overlap and no line runs
 * through a shape, and when every view (the diagram, each decision table, each expression) opens and
 * shows something. The modeler runs in Chromium from the files of the npm package; nothing is fetched.
 * Output is TAP. CHROMIUM names another browser than /usr/bin/chromium. --shots also writes a picture
 * of each diagram. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'node_modules', 'dmn-js', 'dist');
const styles = [
  'diagram-js', 'dmn-js-shared', 'dmn-js-drd', 'dmn-js-decision-table',
  'dmn-js-decision-table-controls', 'dmn-js-literal-expression', 'dmn-js-boxed-expression'
].map((name) => join(dist, 'assets', `${name}.css`));

function parseArguments(argv) {
  const files = [];
  let shots = null;
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--shots') shots = argv[++i];
    else files.push(argv[i]);
  }
  return { files, shots };
}

async function openModeler(browser) {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  await page.setContent('<!doctype html><meta charset="utf-8"><div id="canvas" style="height:960px"></div>');
  for (const path of styles) await page.addStyleTag({ path });
  await page.addScriptTag({ path: join(dist, 'dmn-modeler.production.min.js') });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  return { page, errors };
}

/* Runs in the page: imports the model and returns the faults found and the picture. */
async function inspect(xml) {
  const faults = [];
  window.modeler?.destroy();
  document.getElementById('canvas').replaceChildren();
  const modeler = window.modeler = new window.DmnJS({ container: '#canvas' });
  const explain = (warnings) => warnings.map((w) => w.message ?? String(w));
  try {
    const { warnings } = await modeler.importXML(xml);
    faults.push(...explain(warnings).map((w) => `import: ${w}`));
  } catch (error) {
    return { faults: [`import: ${error.message}`, ...explain(error.warnings ?? [])], svg: null };
  }
  const definitions = modeler.getDefinitions();
  const local = (href) => href.startsWith('#');
  const expected = [];
  const authority = (element) => {
    for (const need of element.authorityRequirement ?? []) expected.push(need.id);
  };
  for (const element of definitions.drgElement ?? []) {
    expected.push(element.id);
    authority(element);
    for (const need of element.informationRequirement ?? []) {
      if (local((need.requiredInput ?? need.requiredDecision).href)) expected.push(need.id);
    }
    for (const need of element.knowledgeRequirement ?? []) {
      if (local(need.requiredKnowledge.href)) expected.push(need.id);
    }
  }
  for (const artifact of definitions.artifact ?? []) expected.push(artifact.id);

  /* The import opens the diagram. It is not opened again: dmn-js then takes each shape for a second
   * one of the same element and warns. */
  if (modeler.getActiveView()?.type !== 'drd') faults.push('the model has no diagram');
  const viewer = modeler.getActiveViewer();
  const { svg } = await viewer.saveSVG();
  const registry = viewer.get('elementRegistry');
  for (const id of expected) if (!registry.get(id)) faults.push(`diagram: ${id} is not shown`);

  const isLabel = (e) => e.type === 'label';
  const shapes = registry.filter((e) => !e.waypoints && e.parent && !isLabel(e));
  const lines = registry.filter((e) => e.waypoints);
  for (const shape of shapes) {
    for (const key of ['x', 'y', 'width', 'height']) {
      if (!Number.isInteger(shape[key])) faults.push(`diagram: ${shape.id}.${key} is ${shape[key]}`);
    }
  }
  shapes.forEach((a, i) => {
    for (const b of shapes.slice(i + 1)) {
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) {
        faults.push(`diagram: ${a.id} overlaps ${b.id}`);
      }
    }
  });
  const inside = (p, s) => p.x > s.x && p.x < s.x + s.width && p.y > s.y && p.y < s.y + s.height;
  for (const line of lines) {
    for (const shape of shapes) {
      if (shape === line.source || shape === line.target) continue;
      for (let i = 1; i < line.waypoints.length; i++) {
        const [p, q] = [line.waypoints[i - 1], line.waypoints[i]];
        for (let t = 0; t <= 200; t++) {
          const at = { x: p.x + (q.x - p.x) * t / 200, y: p.y + (q.y - p.y) * t / 200 };
          if (inside(at, shape)) {
            faults.push(`diagram: ${line.id} runs through ${shape.id}`);
            break;
          }
        }
      }
    }
  }

  for (const view of modeler.getViews().filter((v) => v.type !== 'drd')) {
    try {
      const { warnings } = await modeler.open(view);
      faults.push(...explain(warnings).map((w) => `${view.type} ${view.id}: ${w}`));
    } catch (error) {
      faults.push(`${view.type} ${view.id}: ${error.message}`);
      continue;
    }
    await new Promise((done) => setTimeout(done, 0));
    const root = document.querySelector('#canvas');
    const visible = root.innerText.replace(/\s/g, '');
    const shows = (text) => visible.includes(text.replace(/\s/g, ''));
    const logic = view.element.decisionLogic ?? view.element.encapsulatedLogic?.body;
    const shown = {
      decisionTable: () => logic.rule.every((rule) => shows(rule.outputEntry[0].text)),
      literalExpression: () => shows(logic.text),
      boxedExpression: () => shows(logic.text)
    }[view.type];
    if (!shown) faults.push(`${view.type} ${view.id}: unknown view`);
    else if (!shown()) faults.push(`${view.type} ${view.id}: its logic is not shown`);
  }
  const viewed = new Set(modeler.getViews().map((view) => view.element.id));
  for (const { $type, id } of definitions.drgElement ?? []) {
    if (/:(Decision|BusinessKnowledgeModel)$/.test($type) && !viewed.has(id)) {
      faults.push(`${id} has no logic that can be viewed`);
    }
  }
  return { faults, svg };
}

async function shoot(browser, svg, path) {
  const picture = await browser.newPage({ viewport: { width: 800, height: 600 } });
  await picture.setContent(
    `<!doctype html><meta charset="utf-8"><body style="margin:0">${svg.slice(svg.indexOf('<svg'))}`);
  await picture.locator('svg').screenshot({ path });
  await picture.close();
}

async function main() {
  const { files, shots } = parseArguments(process.argv.slice(2));
  if (files.length === 0) {
    console.error('usage: node check.mjs [--shots DIR] MODEL.dmn...');
    return 2;
  }
  if (shots) await mkdir(shots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox']
  });
  let failed = 0;
  try {
    const { page, errors } = await openModeler(browser);
    console.log(`1..${files.length}`);
    for (const [i, file] of files.entries()) {
      errors.length = 0;
      const { faults, svg } = await page.evaluate(inspect, await readFile(file, 'utf8'));
      faults.push(...errors.map((e) => `page: ${e}`));
      if (shots && svg) await shoot(browser, svg, join(shots, `${basename(file, '.dmn')}.png`));
      console.log(`${faults.length ? 'not ok' : 'ok'} ${i + 1} - ${basename(file)}`);
      for (const fault of faults) console.log(`  # ${fault}`);
      if (faults.length) failed++;
    }
  } finally {
    await browser.close();
  }
  console.log(`# ${files.length - failed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

process.exitCode = await main();
