import { elementPng } from '../../shared/element-png.ts'
import { hideControls } from '../../shared/report/report-pictures.ts'

/** Makes a file name from a title. Characters that file systems do not allow are left out. */
export const fileNameOf = (title: string): string =>
  title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80) || 'comparison'

const margin = 28

/** A picture of a comparison as a PNG data URL, at two pixels for each CSS pixel, without its controls. */
export const boardPng = async (element: HTMLElement): Promise<string> => {
  const showAgain = hideControls(element.querySelectorAll<HTMLElement>('[data-export="no"]'))
  try {
    return await elementPng(element, { pixels: 2, margin })
  } finally {
    showAgain()
  }
}
