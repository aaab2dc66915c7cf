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

type Drawing = { pixels: number; margin: number; paper?: boolean }

/**
 * An element drawn on a canvas. Elements with `data-export="no"` are left out. `pixels` are those of the
 * picture for each CSS pixel; `margin` is in CSS pixels, in the page's own colour, or
 * white for `paper`. Uses `html-to-image`, which is
 * loaded on demand.
 */
export const elementCanvas = async (
  element: HTMLElement,
  { pixels, margin, paper = false }: Drawing,
): Promise<HTMLCanvasElement> => {
  const { toCanvas } = await import('html-to-image')
  const background = getComputedStyle(document.documentElement).getPropertyValue('--v-bg').trim()
  const takeBack = writeLooks(element)
  try {
    return await toCanvas(element, {
      pixelRatio: pixels,
      backgroundColor: paper ? '#fff' : background,
      width: element.scrollWidth + 2 * margin,
      height: element.scrollHeight + 2 * margin,
      style: { padding: `${margin}px`, boxSizing: 'border-box' },
      filter: (node) => !(node instanceof HTMLElement && node.dataset.export === 'no'),
      skipFonts: true,
    })
  } finally {
    takeBack()
  }
}

/** A picture of an element as a PNG data URL. */
export const elementPng = async (element: HTMLElement, drawing: Drawing): Promise<string> =>
  (await elementCanvas(element, drawing)).toDataURL('image/png')
