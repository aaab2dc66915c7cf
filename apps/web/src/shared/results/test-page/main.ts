import '../../styles/tokens.css'
import '../../styles/base.css'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import type { Json, Output } from '@vitrine/contract'
import { createApp, h } from 'vue'
import { i18n, showLanguage } from '../../../app/i18n.ts'
import { languages } from '../../../locales/languages.ts'
import ResultView from '../ResultView.vue'

/** One result by itself, for tests: `/case.json` has it, `?language=en&theme=dark` says how to show it. */
type Case = { outputs: Output[]; input: Json }

const query = new URLSearchParams(location.search)
const language = languages.find((known) => known === query.get('language')) ?? 'zh'
document.documentElement.classList.toggle('dark', query.get('theme') === 'dark')
await showLanguage(language)
const shown: Case = await (await fetch('case.json')).json()
createApp({ render: () => h(ResultView, { outputs: shown.outputs, input: shown.input }) })
  .use(i18n)
  .use(VueQueryPlugin, { queryClient: new QueryClient({ defaultOptions: { queries: { retry: false } } }) })
  .mount('#app')
