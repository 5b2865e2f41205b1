/* The API of the server, one function an operation. Nothing else in the pages calls fetch. */
import type { Alternatives, Assessment, AssessmentRequest, Pack, Packs, Problem, Questions } from './schema';

/* A reply that is no result: what the server says is wrong, or status 0 where none was reached. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly problem: Problem | null) {
    super(problem?.title ?? `HTTP ${status}`);
  }
}

async function read(reply: Response): Promise<string> {
  const text = await reply.text();
  if (reply.ok) return text;
  const isProblem = reply.headers.get('Content-Type')?.startsWith('application/problem+json');
  throw new ApiError(reply.status, isProblem ? (JSON.parse(text) as Problem) : null);
}

async function call(path: string, options: RequestInit): Promise<string> {
  let reply: Response;
  try {
    reply = await fetch(`/api/v1/${path}`, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, null);
  }
  return read(reply);
}

function get(path: string, language: string): Promise<string> {
  return call(path, { headers: { 'Accept-Language': language } });
}

function post(path: string, request: AssessmentRequest, language: string, signal?: AbortSignal): Promise<string> {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': language };
  return call(path, { method: 'POST', headers, body: JSON.stringify(request), signal: signal ?? null });
}

export async function fetchPacks(language: string): Promise<Packs> {
  return JSON.parse(await get('packs', language)) as Packs;
}

export async function fetchPack(id: string, language: string): Promise<Pack> {
  return JSON.parse(await get(`packs/${encodeURIComponent(id)}`, language)) as Pack;
}

/* The assessment, and the very text of it: numbers in the text are exact, parsed ones are not. */
export async function assess(request: AssessmentRequest, language: string, signal?: AbortSignal):
    Promise<{ assessment: Assessment; text: string }> {
  const text = await post('assessments', request, language, signal);
  return { assessment: JSON.parse(text) as Assessment, text };
}

export async function rankQuestions(request: AssessmentRequest, language: string, signal?: AbortSignal):
    Promise<Questions> {
  return JSON.parse(await post('questions', request, language, signal)) as Questions;
}

export async function tryOtherReadings(request: AssessmentRequest, language: string): Promise<Alternatives> {
  return JSON.parse(await post('alternatives', request, language)) as Alternatives;
}
