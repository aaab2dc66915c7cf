/**
 * Lets Tab begin at the top, as on a page that has just been loaded: a browser goes on from where the last focused element was, even
 * when that is gone. What has the focus keeps it.
 */
export const focusTop = (): void => {
  const { activeElement, body } = document
  if (activeElement !== null && activeElement !== body) return
  body.tabIndex = -1
  body.focus({ preventScroll: true })
  body.removeAttribute('tabindex')
}
