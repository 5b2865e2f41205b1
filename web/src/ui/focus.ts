/* Where the keyboard and the screen reader go when something new is on the page. */
import { nextTick } from 'vue';

export async function focusHeading(): Promise<void> {
  await nextTick();
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
}

/* Links within the page must not change the fragment, which carries the answers. */
export function focusOn(id: string): void {
  const element = document.getElementById(id);
  element?.focus();
  element?.scrollIntoView({ block: 'center' });
}
