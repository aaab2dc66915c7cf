import { elementPng } from '../element-png.ts'

/**
 * `html-to-image` gives each copy the height that its element has on the page, so controls that are left out would leave
 * holes. They are hidden while the picture is made. Returns a function that shows them again, and gives the focus back to the one that
 * had it.
 */
export const hideControls = (controls: Iterable<HTMLElement>): (() => void) => {
  const hidden = [...controls]
  const focused = document.activeElement
  const before = hidden.map(({ style }) => style.display)
  for (const { style } of hidden) style.display = 'none'
  return () => {
    hidden.forEach(({ style }, place) => (style.display = before[place] ?? ''))
    // Unless somebody has moved it meanwhile.
    if (focused instanceof HTMLElement && document.activeElement === document.body)
      focused.focus({ preventScroll: true })
  }
}

const twoPixels = 2

/** Pictures of elements for paper: without their controls, and in the light theme. */
export const paperPictures = async (elements: readonly HTMLElement[]): Promise<string[]> => {
  const root = document.documentElement
  const showAgain = hideControls(
    elements.flatMap((element) => [...element.querySelectorAll<HTMLElement>('[data-export="no"]')]),
  )
  root.classList.remove('dark')
  try {
    const pictures: string[] = []
    for (const element of elements)
      pictures.push(await elementPng(element, { pixels: twoPixels, margin: 0, paper: true }))
    return pictures
  } finally {
    // The person may have chosen another theme in the meantime.
    root.classList.toggle('dark', root.dataset.theme === 'dark')
    showAgain()
  }
}

/** A picture of this server as a data URL. Null if it cannot be loaded. */
export const pictureOf = async (url: string): Promise<string | null> => {
  const response = await fetch(url).catch(() => null)
  if (!response?.ok) return null
  const blob = await response.blob()
  return new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : null)
    reader.onerror = () => resolve(null)
    reader.readAsDataURL(blob)
  })
}
