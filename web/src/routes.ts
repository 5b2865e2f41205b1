/* The table of pages: which one a path is, and its title. */
import { computed, type Component } from 'vue';
import { say, words } from './i18n';
import ArticlePage from './pages/ArticlePage.vue';
import CheckPage from './pages/CheckPage.vue';
import FormPage from './pages/FormPage.vue';
import NotFoundPage from './pages/NotFoundPage.vue';
import PopulationPage from './pages/PopulationPage.vue';
import ResultPage from './pages/ResultPage.vue';
import StartPage from './pages/StartPage.vue';
import { path } from './router';
import { articleOf, packState } from './state/pack';

interface Route {
  page: Component;
  title: string;
  props?: Record<string, unknown>;
}

function articleRoute(number: number): Route | null {
  const article = packState.pack ? articleOf(number) : undefined;
  return article ? { page: ArticlePage, title: say(article.title), props: { number } } : null;
}

export const route = computed<Route>(() => {
  const { menu, notFound, tagline } = words.value;
  switch (path.value) {
    case '/': return { page: StartPage, title: tagline };
    case '/check': return { page: CheckPage, title: menu.check };
    case '/form': return { page: FormPage, title: menu.form };
    case '/population': return { page: PopulationPage, title: menu.population };
    case '/result': return { page: ResultPage, title: menu.result };
  }
  const number = /^\/articles\/(\d{1,4})$/.exec(path.value)?.[1];
  return (number && articleRoute(Number(number))) || { page: NotFoundPage, title: notFound.title };
});
