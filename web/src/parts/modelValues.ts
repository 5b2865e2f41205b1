/* The values that an assessment gives the inputs and decisions of a model, in words. */
import type { AssessedItem, Item, ModelValues } from '../api/client';
import { say, sayTitle, words } from '../i18n';
import { isRecord, valueOf } from '../state/answers';
import { group } from '../state/money';
import { factAt, readingOf, thePack } from '../state/pack';
import { valueText } from './texts';

export type ModelValue = ModelValues['values'][number];

/* A value by sign, word and colour; the states are those of items. */
export interface Badge {
  id: string;
  state: AssessedItem['status'];
  sign: string;
  text: string;
}

export interface Row extends Badge {
  name: string; /* in the model */
  label: string; /* the same in English, where the pack has it */
  kind: ModelValue['kind'];
  lines: string[]; /* of an input: its facts */
  missing: string[]; /* names of facts */
}

function isUnknown(x: unknown): boolean {
  return isRecord(x) && x.unknown === true;
}

function text(x: unknown): string {
  if (isUnknown(x)) return words.value.item.notKnown;
  if (x === null) return words.value.answered.none;
  if (typeof x === 'boolean') return x ? words.value.answered.yes : words.value.answered.no;
  if (typeof x === 'number') return group(String(x));
  if (Array.isArray(x)) return words.value.graph.entries(x.length);
  if (isRecord(x)) return Object.entries(x).map(([name, value]) => `${name} ${text(value)}`).join(words.value.comma);
  return String(x);
}

/* The facts of an input are told as they were answered: numbers there are exact. */
function inputBadge({ id, name, value }: ModelValue, items: Item[]): Badge & { lines: string[] } {
  const facts = thePack().inputs.find((input) => input.name === name)?.facts ?? [];
  if (value === null) return { id, state: 'ineligible', sign: '', text: words.value.answered.none, lines: [] };
  if (facts.length === 0) return { id, state: 'not_in_force', sign: '', text: '', lines: readingLines(value, items) };
  const known = facts.filter((fact) => valueOf(fact.path) !== undefined);
  const state = known.length === facts.length ? 'eligible' : 'undetermined';
  const lines = facts.map((fact) => `${sayTitle(fact.label)}${words.value.colon}${valueText(fact, valueOf(fact.path))}`);
  return { id, state, sign: '', text: words.value.graph.known(known.length, facts.length), lines };
}

/* An input that holds no facts holds the readings, or a tariff. Told are the readings that the items rest on. */
function readingLines(value: unknown, items: Item[]): string[] {
  if (!isRecord(value)) return [text(value)];
  return Object.entries(value).flatMap(([id, option]) => {
    const reading = readingOf(id);
    const chosen = reading?.options.find((one) => one.id === option);
    return reading && chosen && items.some((item) => item.readings.includes(id)) ? [`${say(reading.question)} ${say(chosen.label)}`] : [];
  });
}

function decisionBadge({ id, value }: ModelValue): Badge & { lines: string[] } {
  const lines: string[] = [];
  if (isUnknown(value)) return { id, state: 'undetermined', sign: '?', text: text(value), lines };
  if (typeof value === 'boolean')
    return { id, state: value ? 'eligible' : 'ineligible', sign: value ? '✓' : '✕', text: text(value), lines };
  if (isRecord(value)) return { id, ...itemState(value), lines };
  return { id, state: value === null ? 'ineligible' : 'eligible', sign: '', text: text(value), lines };
}

/* A decision that is an item: the first member says whether it can be had. */
function itemState(value: Record<string, unknown>): Omit<Badge, 'id'> {
  const verdict = Object.values(value)[0];
  const state = verdict === true ? 'eligible' : isUnknown(verdict) ? 'undetermined' : 'ineligible';
  return { state, sign: state === 'eligible' ? '✓' : state === 'undetermined' ? '?' : '✕', text: words.value.status[state] };
}

function labelOf(value: ModelValue, items: Item[]): string {
  const input = thePack().inputs.find((one) => one.name === value.name);
  const condition = items.flatMap((item) => item.conditions).find((one) => one.name === value.name);
  const label = input?.label ?? condition?.label;
  return label ? sayTitle(label) : '';
}

export function rowsOf(values: ModelValue[], items: Item[]): Row[] {
  return values.map((value) => ({
    ...(value.kind === 'input' ? inputBadge(value, items) : decisionBadge(value)),
    name: value.name,
    label: labelOf(value, items),
    kind: value.kind,
    missing: value.missing.map((path) => factAt(path)).flatMap((fact) => (fact ? [sayTitle(fact.label)] : [])),
  }));
}
