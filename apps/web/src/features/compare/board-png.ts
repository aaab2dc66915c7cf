/** Makes a file name from a title. Characters that file systems do not allow are left out. */
export const fileNameOf = (title: string): string =>
  title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80) || 'comparison'

const painted = [
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-opacity',
    'stroke-dasharray',
    'stroke-linecap',
  ],
  ...[
    'stroke-linejoin',
    'vector-effect',
    'opacity',
    'color',
    'font',
    'text-anchor',
    'dominant-baseline',
    'display',
  ],
]

/**
 * `html-to-image` copies SVG content without the page's styles, and checkboxes without their present state.
 * Both are written into the elements while the picture is made. Returns a function that removes them again.
 */
const writeLooks = (element: HTMLElement): (() => void) => {
  const shapes = [...element.querySelectorAll<SVGElement>('svg *')]
  const before = shapes.map((shape) => shape.getAttribute('style'))
  const looks = shapes.map((shape) => {
    const style = getComputedStyle(shape)
    return painted.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';')
  })
  shapes.forEach((shape, place) => shape.setAttribute('style', looks[place] ?? ''))
  const boxes = [...element.querySelectorAll<HTMLInputElement>('input[type=checkbox]')]
  boxes.forEach((box) => box.toggleAttribute('checked', box.checked))
  return () =>
    shapes.forEach((shape, place) => {
      const style = before[place]
      if (typeof style === 'string') shape.setAttribute('style', style)
      else shape.removeAttribute('style')
    })
}

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

/**
 * A picture of an element as a PNG data URL, at two pixels for each CSS pixel. Elements with
 * `data-export="no"` are left out. Uses `html-to-image`, which is loaded on demand.
 */
export const boardPng = async (element: HTMLElement): Promise<string> => {
  const { toPng } = await import('html-to-image')
  const background = getComputedStyle(document.documentElement).getPropertyValue('--v-bg').trim()
  const showAgain = hideControls(element)
  const takeBack = writeLooks(element)
  try {
    return await toPng(element, {
      pixelRatio: 2,
      backgroundColor: background,
      width: element.scrollWidth + 2 * margin,
      height: element.scrollHeight + 2 * margin,
      style: { padding: `${margin}px`, boxSizing: 'border-box' },
      filter: (node) => !(node instanceof HTMLElement && node.dataset.export === 'no'),
      skipFonts: true,
    })
  } finally {
    takeBack()
    showAgain()
  }
}
