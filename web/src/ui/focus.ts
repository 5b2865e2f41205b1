/* Where the keyboard and the screen reader go when something new is on the page. */
import { nextTick } from 'vue';

export async function focusHeading(): Promise<void> {
  await nextTick();
  const heading = document.querySelector<HTMLElement>('h1');
  heading?.focus({ preventScroll: true });
  const top = heading?.getBoundingClientRect().top ?? 0;
  if (top < 0 || top > innerHeight) scrollTo(0, 0); /* what is new begins at the top of the page */
}

/* Links within the page must not change the fragment, which carries the answers. */
export function focusOn(id: string): void {
  const element = document.getElementById(id);
  element?.focus();
  element?.scrollIntoView({ block: 'center' });
}
