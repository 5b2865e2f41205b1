/* Random FEEL expressions, evaluated by Duixian and by feelin, an independent implementation.
 *
 *   node diff.mjs DUIXIAN [--seed N] [--count N]
 *
 * Each expression of a batch is a decision of one model. Where the two differ the expression is made as
 * small as it goes on differing; then one of differences.json must explain it, with the clause of the
 * standard that decides. Numbers are the same to 11 digits, since feelin computes in binary. What feelin
 * refuses to read is left out. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate } from 'feelin';
import { chanceOf, generate, inputs, smaller, textOf } from './grammar.mjs';

const BATCH = 500;
const TOGETHER = 50;
const SHOWN = 20;
const here = dirname(fileURLToPath(import.meta.url));

function parseArguments(argv) {
  const options = { duixian: null, seed: 1, count: 10000 };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--seed') options.seed = Number(argv[++i]);
    else if (argv[i] === '--count') options.count = Number(argv[++i]);
    else options.duixian = argv[i];
  }
  return options;
}

/* --- Duixian --- */

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function modelOf(texts) {
  const names = Object.keys(inputs);
  const items = names.filter((name) => inputs[name].type).map((name) =>
    `<itemDefinition name="t_${name}" isCollection="${Boolean(inputs[name].list)}">` +
    `<typeRef>${inputs[name].type}</typeRef></itemDefinition>`);
  const data = names.map((name) =>
    `<inputData id="i_${name}" name="${name}"><variable name="${name}"` +
    `${inputs[name].type ? ` typeRef="t_${name}"` : ''}/></inputData>`);
  const needs = names.map((name, i) =>
    `<informationRequirement id="r${i}"><requiredInput href="#i_${name}"/></informationRequirement>`);
  const decisions = texts.map((text, i) =>
    `<decision id="d${i}" name="d${i}"><variable name="d${i}"/>` +
    needs.join('').replace(/id="r/g, `id="d${i}r`) +
    `<literalExpression><text>${escaped(text)}</text></literalExpression></decision>`);
  return '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="diff" namespace="urn:diff">\n' +
    [...items, ...data, ...decisions].join('\n') + '\n</definitions>\n';
}

class Duixian {
  constructor(program) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), 'duixian-feelin-'));
    this.input = join(this.folder, 'input.json');
    const values = Object.fromEntries(Object.entries(inputs).map(([name, { value }]) => [name, value]));
    writeFileSync(this.input, JSON.stringify(values));
  }

  close() {
    rmSync(this.folder, { recursive: true });
  }

  /* The values of the expressions; what cannot be compiled is { error }. */
  evaluate(texts) {
    const model = join(this.folder, 'model.dmn');
    const refused = new Map();
    for (;;) {
      writeFileSync(model, modelOf(texts.map((text, i) => (refused.has(i) ? 'null' : text))));
      const run = spawnSync(this.program, ['dmn', 'eval', model, '--input', this.input, '--lang', 'en'],
        { encoding: 'utf8', maxBuffer: 1 << 28 });
      if (run.status === 0) {
        const values = JSON.parse(run.stdout);
        return texts.map((text, i) => (refused.has(i) ? { error: refused.get(i) } : values[`d${i}`]));
      }
      const before = refused.size;
      for (const line of run.stderr.split('\n')) {
        const found = /error: .*?\bd(\d+)\b.*?: (.*)/.exec(line);
        if (found) refused.set(Number(found[1]), found[2]);
      }
      if (refused.size === before) throw new Error(`duixian: ${run.status} ${run.signal} ${run.stderr}`);
    }
  }
}

/* --- feelin --- */

const context = () =>
  Object.fromEntries(Object.entries(inputs).map(([name, { value }]) => [name, structuredClone(value)]));

/* As the JSON of duixian writes it; undefined for what cannot be compared. */
function plain(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'function' || value.constructor.name === 'FeelFunction') return undefined;
  if (Array.isArray(value)) return value.map(plain);
  if (value.constructor === Object)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return String(value);
}

/* Many at once as the entries of a list, since feelin prepares its parser for every call; one by one
 * where it refuses one of them. */
function feelin(texts) {
  const results = [];
  for (let at = 0; at < texts.length; at += TOGETHER) {
    const some = texts.slice(at, at + TOGETHER);
    try {
      results.push(...evaluate(`[${some.join(', ')}]`, context()).value.map((v) => ({ value: plain(v) })));
    } catch (error) {
      if (some.length === 1) results.push({ refused: String(error.message) });
      else results.push(...some.flatMap((text) => feelin([text])));
    }
  }
  return results;
}

/* --- comparing --- */

function same(ours, theirs) {
  if (typeof ours === 'number' && typeof theirs === 'number')
    return Math.abs(ours - theirs) <= 1e-11 * Math.max(1, Math.abs(ours), Math.abs(theirs));
  if (Array.isArray(ours) && Array.isArray(theirs))
    return ours.length === theirs.length && ours.every((entry, i) => same(entry, theirs[i]));
  if (ours && theirs && typeof ours === 'object' && typeof theirs === 'object') {
    const keys = Object.keys(ours);
    return keys.length === Object.keys(theirs).length &&
      keys.every((key) => key in theirs && same(ours[key], theirs[key]));
  }
  return ours === theirs;
}

const comparable = (result) => result.refused === undefined && JSON.stringify(result.value) !== undefined;

/* The first of the trees on which the two differ, with both results. */
function firstDifferent(duixian, trees) {
  const texts = trees.map(textOf);
  const ours = duixian.evaluate(texts), theirs = feelin(texts);
  const at = texts.findIndex((_, i) =>
    !ours[i]?.error && comparable(theirs[i]) && !same(ours[i], theirs[i].value));
  return at < 0 ? null : { tree: trees[at], text: texts[at], ours: ours[at], theirs: theirs[at].value };
}

function shrink(duixian, found) {
  for (;;) {
    const next = firstDifferent(duixian, [...smaller(found.tree)]);
    if (!next) return found;
    found = next;
  }
}

/* --- differences that are known --- */

const differences = JSON.parse(readFileSync(join(here, 'differences.json'), 'utf8'))
  .map((entry) => ({ ...entry, regex: new RegExp(entry.pattern), count: 0 }));

function explain(found) {
  const entry = differences.find(({ regex }) => regex.test(found.text));
  if (entry) entry.count++;
  return entry;
}

const options = parseArguments(process.argv.slice(2));
const chance = chanceOf(options.seed);
const duixian = new Duixian(options.duixian);
const scope = Object.entries(inputs).map(([name, { letter }]) => ({ name, letter }));
const totals = { same: 0, explained: 0, refused: 0, failed: 0 };
console.log(`# seed ${options.seed}, ${options.count} expressions`);
try {
  for (let done = 0; done < options.count; done += BATCH) {
    const trees = Array.from({ length: Math.min(BATCH, options.count - done) }, () =>
      generate(chance, 'A', 1 + chance(3), scope));
    const texts = trees.map(textOf);
    const ours = duixian.evaluate(texts), all = feelin(texts);
    for (let i = 0; i < trees.length; i++) {
      const theirs = all[i];
      if (ours[i]?.error || !comparable(theirs)) {
        totals.refused++;
        if (process.env.SHOW_REFUSED) console.log(`# refused: ${texts[i]}: ${ours[i]?.error ?? theirs.refused}`);
      } else if (same(ours[i], theirs.value)) {
        totals.same++;
      } else {
        const found = shrink(duixian,
          { tree: trees[i], text: texts[i], ours: ours[i], theirs: theirs.value });
        if (explain(found)) {
          totals.explained++;
        } else if (totals.failed++ < SHOWN) {
          console.log(`not ok - ${found.text}\n#   duixian ${JSON.stringify(found.ours)}` +
            `\n#   feelin  ${JSON.stringify(found.theirs)}`);
        }
      }
    }
  }
} finally {
  duixian.close();
}
for (const entry of differences)
  console.log(`# ${entry.count} explained: ${entry.name}`);
console.log(`# ${totals.same} the same, ${totals.explained} differ and are explained, ` +
  `${totals.refused} left out`);
console.log(`${totals.same + totals.explained} passed, ${totals.failed} failed`);
process.exitCode = totals.failed ? 1 : 0;
