// Before the first paint, so that a dark page never flashes white. The same rule as src/app/preferences.ts.
;(() => {
  const theme = localStorage.getItem('vitrine.theme')
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
