import { elementPng } from '../../shared/element-png.ts'

/** Makes a file name from a title. Characters that file systems do not allow are left out. */
export const fileNameOf = (title: string): string =>
  title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80) || 'comparison'

/**
 * `html-to-image` gives each copy the height that its element has on the page, so what is left out of a column would leave
 * a hole. It is hidden while the picture is made. Returns a function that shows it again.
 */
const hideControls = (element: HTMLElement): (() => void) => {
  const controls = [...element.querySelectorAll<HTMLElement>('article [data-export="no"]')]
  const before = controls.map(({ style }) => style.display)
  for (const { style } of controls) style.display = 'none'
  return () => controls.forEach(({ style }, place) => (style.display = before[place] ?? ''))
}

const margin = 28

/** A picture of a comparison as a PNG data URL, at two pixels for each CSS pixel, without its controls. */
export const boardPng = async (element: HTMLElement): Promise<string> => {
  const showAgain = hideControls(element)
  try {
    return await elementPng(element, { pixels: 2, margin })
  } finally {
    showAgain()
  }
}
