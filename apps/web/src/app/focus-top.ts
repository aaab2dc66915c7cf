/**
 * Makes Tab start at the top, as on a newly loaded page. Otherwise a browser continues from the place of the last
 * focused element, even if that was removed. An element that has the focus keeps it.
 */
export const focusTop = (): void => {
  const { activeElement, body } = document
  if (activeElement !== null && activeElement !== body) return
  body.tabIndex = -1
  body.focus({ preventScroll: true })
  body.removeAttribute('tabindex')
}
