/* A table of enterprises handed in: the job that the server makes of it, followed until it is done. The id of
 * the job stands in the fragment of the address, which browsers do not send, so that a reload finds it again;
 * it is kept nowhere else. */
import { computed, reactive } from 'vue';
import * as api from '../api/client';
import type { Job } from '../api/client';
import { apiError, type ApiError } from '../api/http';
import { path } from '../router';
import { answers, JOB_KEY } from './answers';
import { thePack } from './pack';

const TYPES: Record<string, string> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
};
export const FILE_BYTES_MAX = 32 * 1024 * 1024;
const POLL_MS = 500;

interface Population {
  file: string; /* its name */
  uploading: boolean;
  job: Job | null;
  error: ApiError | null;
}

export const population: Population = reactive({ file: '', uploading: false, job: null, error: null });

export const isRunning = computed(() => population.uploading ||
  ['queued', 'checking', 'assessing'].includes(population.job?.state ?? ''));

export function typeOf(name: string): string | undefined {
  return TYPES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];
}

function address(): void {
  if (population.job) history.replaceState(null, '', `/population${JOB_KEY}${population.job.id}`);
}

let upload: AbortController | null = null;

/* Hands in a file; what is under way or shown before is let go. */
export async function handIn(file: File): Promise<void> {
  upload?.abort();
  const mine = (upload = new AbortController());
  Object.assign(population, { file: file.name, uploading: true, job: null, error: null });
  const reading = Object.entries(answers.readings).map(([id, option]) => `${id}=${option}`);
  try {
    const job = await api.jobCreate(new Blob([file], { type: typeOf(file.name) ?? '' }),
      { pack: thePack().id, ...(answers.asOf ? { as_of: answers.asOf } : {}), reading }, mine.signal);
    if (mine !== upload) return;
    population.job = job;
    address();
    void follow(job.id);
  } catch (error) {
    if (mine === upload) population.error = apiError(error);
  }
  if (mine === upload) population.uploading = false;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/* Looks at a job until it is done, is let go, or cannot be found. */
export async function follow(id: string): Promise<void> {
  try {
    do {
      if (population.job) await pause();
      const job = await api.job(id);
      if (population.job && population.job.id !== id) return;
      population.job = job;
    } while (isRunning.value && path.value === '/population');
    address();
  } catch (error) {
    if (population.job?.id === id || !population.job) Object.assign(population, { job: null, error: apiError(error) });
  }
}

/* Finds the job of the address, or goes on with the one that was left. */
export function resume(): void {
  const id = location.hash.startsWith(JOB_KEY) ? location.hash.slice(JOB_KEY.length) : population.job?.id;
  if (!id || !/^[0-9a-f]{32}$/.test(id)) return;
  if (population.job?.id !== id) population.job = null;
  void follow(id);
}

/* Ends it and has the server remove all that it keeps. */
export async function remove(): Promise<void> {
  const id = population.job?.id;
  upload?.abort();
  upload = null;
  Object.assign(population, { file: '', uploading: false, job: null, error: null });
  history.replaceState(null, '', '/population');
  try {
    if (id) await api.jobDelete(id);
  } catch (error) {
    population.error = apiError(error);
  }
}

/* Shows the form again; what was done stays on the server until it expires. */
export function again(): void {
  Object.assign(population, { job: null, error: null });
}
