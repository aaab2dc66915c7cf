import { elementCanvas } from '../element-png.ts'
import { clockText } from '../player/frames.ts'
import type { ReportBlock } from './report.types.ts'
import { seekVideo } from './seek-video.ts'

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

/** Runs `work` with the page as it is for paper: light, and without the controls in `elements`. */
export const asOnPaper = async <Made>(
  elements: readonly HTMLElement[],
  work: () => Promise<Made>,
): Promise<Made> => {
  const root = document.documentElement
  const showAgain = hideControls(
    elements.flatMap((element) => [...element.querySelectorAll<HTMLElement>('[data-export="no"]')]),
  )
  root.classList.remove('dark')
  try {
    return await work()
  } finally {
    // The person may have chosen another theme in the meantime.
    root.classList.toggle('dark', root.dataset.theme === 'dark')
    showAgain()
  }
}

const quality = 0.88
const twoPixels = 2
/**
 * The widths in which results are drawn before they are scaled to the page, so that their letters can be read there, and the pixels
 * of the pictures. A whole page is about 690 CSS pixels wide, a column about half of it.
 */
const forms = {
  page: { width: 680, height: 760, pixels: 1600 },
  column: { width: 400, height: 520, pixels: 1000 },
} as const
/** Where a picture stands in a report. */
export type PictureForm = keyof typeof forms

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** Gives an element a width while `work` runs. Drawings follow it in the second frame at the latest. */
const inWidth = async <Made>(
  element: HTMLElement,
  width: number,
  work: () => Promise<Made>,
): Promise<Made> => {
  const before = element.getAttribute('style')
  Object.assign(element.style, { width: `${width}px`, maxWidth: 'none', maxHeight: 'none', margin: '0' })
  try {
    await nextFrame()
    await nextFrame()
    return await work()
  } finally {
    if (before === null) element.removeAttribute('style')
    else element.setAttribute('style', before)
  }
}

/** A video at which nobody has looked yet shows the moment that stands for it while `work` runs, and not its first frame. */
const atItsMoment = async <Made>(element: HTMLElement, work: () => Promise<Made>): Promise<Made> => {
  const video = element.querySelector('video')
  const moment = Number(element.dataset.moment ?? 0)
  const isAtStart = video !== null && video.currentTime === 0 && video.readyState > 0 && video.error === null
  if (!isAtStart || !(moment > 0)) return work()
  await seekVideo(video, moment)
  try {
    return await work()
  } finally {
    await seekVideo(video, 0)
  }
}

const ownWidth = (element: HTMLElement): number => {
  const image = element.querySelector('img')
  const video = element.querySelector('video')
  return Math.max(image?.naturalWidth ?? 0, video?.videoWidth ?? 0)
}

/** Lines and letters stay sharp as PNG; a photograph would be many times as large. */
const urlOf = (canvas: HTMLCanvasElement, isPhoto: boolean): string =>
  isPhoto ? canvas.toDataURL('image/jpeg', quality) : canvas.toDataURL('image/png')

const captionOf = (element: HTMLElement): string => {
  const caption = element.dataset.drawn ?? ''
  const video = element.querySelector('video')
  return video === null ? caption : `${caption} · ${clockText(video.currentTime)}`
}

/** The drawings in an element (`data-drawn`, with what they show as its value), each as one picture with its marks. */
export const drawnPictures = async (root: ParentNode, form: PictureForm): Promise<ReportBlock[]> => {
  const pictures: ReportBlock[] = []
  for (const element of root.querySelectorAll<HTMLElement>('[data-drawn]')) {
    const box = element.getBoundingClientRect()
    // One that is not shown has nothing to draw.
    if (box.width === 0 || box.height === 0) continue
    const { width: most, height, pixels } = forms[form]
    const width = Math.round(Math.min(most, (height * box.width) / box.height))
    const sharp = Math.min(pixels, Math.max(ownWidth(element), width * twoPixels)) / width
    const draw = async (): Promise<ReportBlock> => {
      const canvas = await elementCanvas(element, { pixels: sharp, margin: 0, paper: true })
      const url = urlOf(canvas, ownWidth(element) > 0)
      return { type: 'picture', url, caption: captionOf(element), size: 'large' }
    }
    pictures.push(await atItsMoment(element, () => inWidth(element, width, draw)))
  }
  return pictures
}

/** A picture by its address as a data URL, at most `most` pixels wide and high. Null if it is not a picture, or cannot be had. */
export const pictureOf = async (url: string, most: number): Promise<string | null> => {
  const image = new Image()
  image.crossOrigin = 'anonymous'
  image.src = url
  const loaded = await image.decode().then(
    () => true,
    () => false,
  )
  if (!loaded) return null
  const scale = Math.min(1, most / Math.max(image.naturalWidth, image.naturalHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return urlOf(canvas, true)
}
