/* Which question is on the page: one that the visitor went back to, or else the best of the open ones. */
import { computed, reactive, ref, watch } from 'vue';
import { go, path } from '../router';
import { setSorted } from './answers';
import { openQuestions, outcome } from './assessment';

const QUESTIONS = '/check';

const asking: { again: string | null; trail: string[] } = reactive({ again: null, trail: [] });

/* The path of the fact that is asked for; stays put while the outcome is pending. */
export const question = ref<string | null>(null);

export const isRevisited = computed(() => asking.again !== null);

export function followQuestions(): void {
  watch(() => [asking.again, openQuestions.value[0], outcome.pending] as const, ([again, best, pending]) => {
    if (!pending || again) question.value = again ?? best ?? null;
  }, { immediate: true });
}

/* Goes to the question of a fact, answered before or not, on its page. */
export function ask(fact: string): void {
  asking.again = fact;
  if (path.value !== QUESTIONS) go(QUESTIONS);
}

/* The question on the page has been dealt with. */
export function goOn(fact: string): void {
  asking.trail = [...asking.trail.filter((other) => other !== fact), fact];
  asking.again = null;
}

/* Back to the question before, or to the choice of subjects. */
export function goBack(): void {
  const last = asking.trail[asking.trail.length - 1];
  asking.trail = asking.trail.slice(0, -1);
  asking.again = last ?? null;
  if (!last) setSorted(false);
}
