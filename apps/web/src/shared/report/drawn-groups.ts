import { drawnPictures, type PictureForm } from './report-pictures.ts'
import type { DrawnGroup } from './report.types.ts'
import { shownText } from './shown-text.ts'

/**
 * What a panel of results shows: for each element of the input, the groups of its outputs. The first `most` elements are drawn; the
 * page has to be as on paper (`asOnPaper`).
 */
export const drawnGroups = async (
  panel: HTMLElement | null,
  form: PictureForm,
  most: number,
): Promise<DrawnGroup[][]> => {
  const elements: DrawnGroup[][] = []
  for (const element of [...(panel?.querySelectorAll('[data-element]') ?? [])].slice(0, most)) {
    const groups: DrawnGroup[] = []
    for (const group of element.querySelectorAll<HTMLElement>('[data-group]'))
      groups.push({
        title: group.getAttribute('aria-label') ?? '',
        pictures: await drawnPictures(group, form),
        text: shownText(group),
      })
    elements.push(groups)
  }
  return elements
}
