/* What the visitor has said: facts, what they are not sure of, the date and the readings. It lives in
 * memory and in the fragment of the address, which browsers do not send to servers, so that a link
 * restores it. Nothing of it is stored anywhere else. */
import { deflateSync, inflateSync } from 'fflate';
import { reactive } from 'vue';

/* One period of a list. Numbers are decimal text throughout. */
export type Period = Record<string, string>;
export type Value = boolean | string | null | Period[];
/* null: known not to exist. */
export type Subject = null | Record<string, Value>;

export interface Answers {
  facts: Record<string, Subject>;
  unsure: string[]; /* paths that were passed over */
  asOf: string | null; /* null: today */
  readings: Record<string, string>; /* only those chosen */
  sorted: boolean; /* whether the subjects that apply have been chosen */
}

const KEY = '#a=';
const LINK_MAX = 20_000;
/* A fragment of another page: the answers stay as they are. */
export const JOB_KEY = '#job=';

function nothing(): Answers {
  return { facts: {}, unsure: [], asOf: null, readings: {}, sorted: false };
}

export const answers: Answers = reactive(nothing());
/* Whether the address had answers that cannot be read. */
export const link = reactive({ broken: false });

/* --- the fragment --------------------------------------------------------------------------- */

/* Packed, so that the link fits a QR code. */
function pack(text: string): string {
  let binary = '';
  for (const byte of deflateSync(new TextEncoder().encode(text))) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function unpack(text: string): string {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = inflateSync(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

export function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function isPeriod(x: unknown): boolean {
  return isRecord(x) && Object.values(x).every((v) => typeof v === 'string');
}

function isValue(x: unknown): boolean {
  return x === null || typeof x === 'boolean' || typeof x === 'string' || (Array.isArray(x) && x.every(isPeriod));
}

function isSubject(x: unknown): boolean {
  return x === null || (isRecord(x) && Object.values(x).every(isValue));
}

export function isFacts(x: unknown): x is Answers['facts'] {
  return isRecord(x) && Object.values(x).every(isSubject);
}

function isAnswers(x: unknown): x is Partial<Answers> {
  if (!isRecord(x) || !isFacts(x.facts)) return false;
  const unsure = x.unsure ?? [];
  const readings = x.readings ?? {};
  return Array.isArray(unsure) && unsure.every((p) => typeof p === 'string') &&
    isRecord(readings) && Object.values(readings).every((o) => typeof o === 'string') &&
    (x.asOf === undefined || x.asOf === null || typeof x.asOf === 'string');
}

function isEmpty(): boolean {
  return Object.keys(answers.facts).length === 0 && answers.unsure.length === 0 && !answers.asOf &&
    Object.keys(answers.readings).length === 0 && !answers.sorted;
}

export function fragment(): string {
  return isEmpty() ? '' : KEY + pack(JSON.stringify(answers));
}

function readFragment(hash: string): void {
  link.broken = false;
  let found: Partial<Answers> = {};
  if (hash.length > LINK_MAX) {
    link.broken = true;
  } else if (hash.startsWith(KEY)) {
    try {
      const parsed: unknown = JSON.parse(unpack(hash.slice(KEY.length)));
      if (isAnswers(parsed)) found = parsed;
      else link.broken = true;
    } catch {
      link.broken = true;
    }
  }
  Object.assign(answers, nothing(), found);
}

/* Reads the answers of the address now, and whenever the visitor goes to another one. */
export function followAddress(): void {
  const read = (): void => {
    if (location.hash !== fragment() && !location.hash.startsWith(JOB_KEY)) readFragment(location.hash);
  };
  read();
  addEventListener('popstate', read);
  addEventListener('hashchange', read);
}

/* A step that the back button undoes, or a change in place. */
function keep(step: boolean): void {
  const address = location.pathname + fragment();
  if (step) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

/* --- reading and changing ------------------------------------------------------------------- */

function split(path: string): [string, string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}

/* undefined: not known. */
export function valueOf(path: string): Value | undefined {
  const [subject, name] = split(path);
  const of = answers.facts[subject];
  return of === null ? null : of?.[name];
}

function put(path: string, value: Value | undefined): void {
  const [subject, name] = split(path);
  const members = { ...(answers.facts[subject] ?? {}) };
  if (value === undefined) delete members[name];
  else members[name] = value;
  answers.facts[subject] = members;
}

export function answer(path: string, value: Value | undefined, step = true): void {
  put(path, value);
  answers.unsure = answers.unsure.filter((p) => p !== path);
  keep(step);
}

/* The visitor does not know: the fact is left out, and not asked again. */
export function passOver(path: string): void {
  put(path, undefined);
  if (!answers.unsure.includes(path)) answers.unsure = [...answers.unsure, path];
  keep(true);
}

export function askAgain(): void {
  answers.unsure = [];
  keep(true);
}

export type Presence = 'applies' | 'none' | 'unknown';

export function presenceOf(subject: string): Presence {
  const of = answers.facts[subject];
  return of === undefined ? 'unknown' : of === null ? 'none' : 'applies';
}

export function setPresence(subject: string, presence: Presence): void {
  if (presence === 'unknown') delete answers.facts[subject];
  else if (presence === 'none') answers.facts[subject] = null;
  else answers.facts[subject] = answers.facts[subject] ?? {};
  keep(false);
}

export function setSorted(sorted: boolean): void {
  answers.sorted = sorted;
  keep(true);
}

export function setDate(date: string | null): void {
  answers.asOf = date;
  keep(false);
}

export function chooseReading(id: string, option: string, standard: string): void {
  if (option === standard) delete answers.readings[id];
  else answers.readings[id] = option;
  keep(false);
}

/* All facts at once, from a file. The page that the visitor goes to next is the step. */
export function replaceFacts(facts: Answers['facts']): void {
  Object.assign(answers, { facts, unsure: [], sorted: true });
}

export function clearAnswers(): void {
  Object.assign(answers, nothing());
  keep(true);
}
