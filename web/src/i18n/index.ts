/* The language of the pages: Chinese unless the visitor chose English, which is remembered. */
import { computed, ref, watchEffect } from 'vue';
import type { Label } from '../api/client';
import { en } from './en';
import { zh } from './zh';

export type Dictionary = typeof zh;
export type Language = 'zh-CN' | 'en';

const KEY = 'duixian.language';

function remembered(): Language {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}

export const language = ref<Language>(remembered());
export const words = computed<Dictionary>(() => (language.value === 'en' ? en : zh));

watchEffect(() => {
  document.documentElement.lang = language.value;
});

export function switchLanguage(): void {
  language.value = language.value === 'en' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(KEY, language.value);
  } catch {
    return; /* no storage: the choice lasts as long as the page */
  }
}

/* A text of the pack in the language of the pages. */
export function say(label: Label): string {
  return language.value === 'en' && label.en ? label.en : label.zh;
}

/* An English text from the pack as a heading. */
export function sayTitle(label: Label): string {
  const text = say(label);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/* A value as the documents have it, which is Chinese, beside what it means. */
export function sayValue(label: Label, value: string): string {
  const isOwn = label.zh === value && label.en !== value;
  return language.value === 'en' && isOwn ? `${sayTitle(label)} (${value})` : sayTitle(label);
}
