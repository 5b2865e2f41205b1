import { createApp } from 'vue';
import App from './App.vue';
import { followHistory } from './router';
import { followAddress } from './state/answers';
import { followQuestions } from './state/asking';
import { followAnswers } from './state/assessment';
import { loadPack } from './state/pack';
import './styles/main.scss';

followAddress();
followHistory();
followAnswers();
followQuestions();
void loadPack();
createApp(App).mount('#app');
