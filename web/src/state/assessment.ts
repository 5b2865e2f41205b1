/* What the server says to the answers: asked again whenever they change, the last question wins. */
import { computed, reactive, watch } from 'vue';
import * as api from '../api/client';
import type { AssessedItem, Assessment, AssessmentRequest, Questions } from '../api/client';
import { apiError, textOf, type ApiError } from '../api/http';
import { answers } from './answers';
import { packState } from './pack';

interface Outcome {
  assessment: Assessment | null;
  text: string; /* of the assessment, as the server wrote it */
  questions: Questions['questions'];
  error: ApiError | null;
  pending: boolean;
}

export const outcome: Outcome = reactive({ assessment: null, text: '', questions: [], error: null, pending: false });

export function request(): AssessmentRequest {
  return {
    ...(packState.pack ? { pack: packState.pack.id } : {}),
    facts: answers.facts,
    ...(answers.asOf ? { as_of: answers.asOf } : {}),
    ...(Object.keys(answers.readings).length > 0 ? { readings: answers.readings } : {}),
  };
}

let running: AbortController | null = null;

async function refresh(): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  outcome.pending = true;
  try {
    const [assessed, ranked] = await Promise.all([
      api.assess(request(), mine.signal),
      api.questions(request(), mine.signal),
    ]);
    if (mine !== running) return;
    outcome.assessment = assessed;
    outcome.text = textOf(assessed);
    outcome.questions = ranked.questions;
    outcome.error = null;
  } catch (error) {
    if (mine !== running) return;
    outcome.error = apiError(error);
  }
  outcome.pending = false;
}

let scheduled = false;

/* Several changes at once are one request. */
function schedule(): void {
  outcome.pending = true;
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    void refresh();
  });
}

/* From now on the outcome follows the answers; it is pending from the very change on. */
export function followAnswers(): void {
  watch(() => (packState.pack ? JSON.stringify(request()) : null), (now) => {
    if (now !== null) schedule();
  }, { immediate: true, flush: 'sync' });
}

export function retry(): void {
  schedule();
}

/* --- views ---------------------------------------------------------------------------------- */

/* Questions still open that the visitor has not passed over, best first. */
export const openQuestions = computed(() =>
  outcome.questions.map((question) => question.fact).filter((path) => !answers.unsure.includes(path)));

export const passedOver = computed(() =>
  outcome.questions.map((question) => question.fact).filter((path) => answers.unsure.includes(path)));

export type Status = AssessedItem['status'];

export function withStatus(status: Status): AssessedItem[] {
  return (outcome.assessment?.items ?? []).filter((item) => item.status === status);
}

/* What the server refuses about one fact. */
export function refusalOf(path: string): string | null {
  const pointer = `/facts/${path.replace('.', '/')}`;
  const fault = outcome.error?.problem?.errors?.find((e) => e.pointer === pointer || e.pointer.startsWith(`${pointer}/`));
  return fault?.detail ?? null;
}
