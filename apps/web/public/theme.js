// Before the first paint, so that a dark page never flashes white. The same rule as src/app/preferences.ts.
;(() => {
  // A browser may refuse its storage to a page in a frame of another site.
  const stored = () => {
    try {
      return localStorage.getItem('vitrine.theme')
    } catch {
      return null
    }
  }
  const theme = stored()
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
