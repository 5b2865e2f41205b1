/* How the generated client speaks to the server. Nothing else in the pages calls fetch. */
import { language } from '../i18n';
import type { Problem } from './client';

/* A reply that is no result: what the server says is wrong, or status 0 where none was reached. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly problem: Problem | null) {
    super(problem?.title ?? `HTTP ${status}`);
  }
}

/* Any failure as one of the API; what is no reply counts as not reached. */
export function apiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, null);
}

interface Options {
  json?: unknown;
  body?: BodyInit;
  type?: string; /* of the body */
  query?: Record<string, string | boolean | string[] | undefined>;
  signal?: AbortSignal | undefined;
}

export const segment = encodeURIComponent;

function addressOf(path: string, query: Options['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => [name, String(one)]));
  return pairs.length > 0 ? `${path}?${new URLSearchParams(pairs)}` : path;
}

async function send(method: string, path: string, { json, body, type, query, signal }: Options): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': language.value };
  const content = json === undefined ? body : JSON.stringify(json);
  if (content !== undefined) headers['Content-Type'] = type ?? 'application/json';
  let reply: Response;
  try {
    reply = await fetch(addressOf(path, query), { method, headers, body: content ?? null, signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, null);
  }
  if (reply.ok) return reply;
  const isProblem = reply.headers.get('Content-Type')?.startsWith('application/problem+json');
  throw new ApiError(reply.status, isProblem ? ((await reply.json()) as Problem) : null);
}

export async function blob(method: string, path: string, options: Options): Promise<Blob> {
  return (await send(method, path, options)).blob();
}

export async function text(method: string, path: string, options: Options): Promise<string> {
  return (await send(method, path, options)).text();
}

const texts = new WeakMap<object, string>();

export async function json<T>(method: string, path: string, options: Options): Promise<T> {
  const received = await text(method, path, options);
  const value: unknown = JSON.parse(received);
  if (typeof value === 'object' && value !== null) texts.set(value, received);
  return value as T;
}

/* The very text of a reply: numbers in it are exact, parsed ones are not. */
export function textOf(reply: object): string {
  return texts.get(reply) ?? '';
}

/* A reply with its numbers as they were written. */
export function withNumbersAsText(reply: object): unknown {
  const quoted = textOf(reply).replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
  return JSON.parse(quoted);
}
