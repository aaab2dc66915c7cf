import '../../styles/tokens.css'
import '../../styles/base.css'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import type { Json, Output } from '@vitrine/contract'
import { createApp, h } from 'vue'
import { i18n, showLanguage } from '../../../app/i18n.ts'
import { languages } from '../../../locales/languages.ts'
import ResultView from '../ResultView.vue'

/**
 * A page with one result, for tests. The result comes from `/case.json`; `?language=en&theme=dark` sets how
 * it is shown.
 */
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
