/* The policy pack: what it asks and grants, fetched once. */
import { computed, reactive } from 'vue';
import * as api from '../api/client';
import type { Article, Fact, Input, Item, Pack, Reading } from '../api/client';
import { ApiError, apiError } from '../api/http';

export const packState: { pack: Pack | null; error: ApiError | null } = reactive({ pack: null, error: null });

/* The subject that every enterprise has. */
export const ENTERPRISE = '企业';

export async function loadPack(): Promise<void> {
  packState.error = null;
  try {
    const { packs } = await api.packs();
    const first = packs[0];
    if (!first) throw new ApiError(404, null);
    packState.pack = await api.pack(first.id);
  } catch (error) {
    packState.error = apiError(error);
  }
}

/* The pack on pages that are shown only once it is there. */
export function thePack(): Pack {
  if (!packState.pack) throw new Error('the pack is not loaded');
  return packState.pack;
}

const facts = computed(() => {
  const all = (packState.pack?.inputs ?? []).flatMap((input) => input.facts);
  return new Map(all.map((fact): [string, Fact] => [fact.path, fact]));
});

export function factAt(path: string): Fact | undefined {
  return facts.value.get(path);
}

export function inputOf(path: string): Input | undefined {
  return packState.pack?.inputs.find((input) => input.facts.some((fact) => fact.path === path));
}

export function itemOf(id: string): Item {
  const found = thePack().items.find((item) => item.id === id);
  if (!found) throw new Error(`no item ${id}`);
  return found;
}

export function articleOf(number: number): Article | undefined {
  return thePack().articles.find((article) => article.number === number);
}

export function readingOf(id: string): Reading | undefined {
  return thePack().readings.find((reading) => reading.id === id);
}

/* The items whose conditions read a fact of a subject. */
export function itemsOn(input: Input): Item[] {
  const paths = new Set(input.facts.map((fact) => fact.path));
  return thePack().items.filter((item) => item.conditions.some((c) => c.facts.some((path) => paths.has(path))));
}
