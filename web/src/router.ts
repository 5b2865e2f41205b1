/* The path of the page. A server that does not know a path sends index.html, and routes.ts finds
 * the page. The fragment carries the answers and goes along. */
import { ref } from 'vue';
import { fragment } from './state/answers';

export const path = ref(location.pathname);

export function go(to: string): void {
  history.pushState(null, '', to + fragment());
  path.value = to;
  scrollTo(0, 0);
}

export function followHistory(): void {
  addEventListener('popstate', () => {
    path.value = location.pathname;
  });
}
