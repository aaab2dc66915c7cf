import './shared/styles/tokens.css'
import './shared/styles/base.css'
import './shared/styles/page-scroll.css'
import './shared/styles/choices.css'
import './shared/styles/fields.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app/App.vue'
import { i18n, showLanguage } from './app/i18n.ts'
import { usePreferences } from './app/preferences.ts'
import { queryClient } from './app/query.ts'
import { router } from './app/router.ts'

const app = createApp(App)
app.use(createPinia()).use(VueQueryPlugin, { queryClient }).use(i18n)
await showLanguage(usePreferences().language)
app.use(router).mount('#app')
// What was painted before the application has words in both languages, which are for nobody any more.
const stop = router.afterEach(() => {
  document.querySelector('.v-first')?.remove()
  stop()
})
