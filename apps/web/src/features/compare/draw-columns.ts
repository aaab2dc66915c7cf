import { drawnGroups } from '../../shared/report/drawn-groups.ts'
import { asOnPaper, drawnPictures } from '../../shared/report/report-pictures.ts'
import type { DrawnGroup, ReportBlock } from '../../shared/report/report.types.ts'
import { shownText } from '../../shared/report/shown-text.ts'

/** Elements of the input that a report shows. The others are in the CSV. */
export const mostShown = 2

/** The result of a column as the page shows it, and how it differs from the base. */
export type DrawnColumn = { groups: DrawnGroup[][]; differences: ReportBlock[]; against: string }
/** A column that the page does not show. */
export const nothingDrawn: DrawnColumn = { groups: [], differences: [], against: '' }

const drawColumn = async (card: HTMLElement): Promise<DrawnColumn> => {
  const groups = await drawnGroups(card, 'column', mostShown)
  const differences: ReportBlock[] = []
  for (const item of card.querySelectorAll<HTMLElement>('[data-difference]'))
    // Its heading stands above its drawing.
    differences.push(...pictureAfterHeading(shownText(item), await drawnPictures(item, 'column')))
  return { groups, differences, against: card.querySelector('[data-against]')?.textContent.trim() ?? '' }
}
const pictureAfterHeading = (text: ReportBlock[], pictures: ReportBlock[]): ReportBlock[] => {
  const [first, ...others] = text
  return first?.type === 'heading' ? [first, ...pictures, ...others] : [...pictures, ...text]
}

/** What the sheet of a comparison shows of its columns, by their letters. */
export const drawColumns = async (
  sheet: HTMLElement | null | undefined,
): Promise<Map<string, DrawnColumn>> => {
  const drawn = new Map<string, DrawnColumn>()
  await asOnPaper(sheet ? [sheet] : [], async () => {
    for (const card of sheet?.querySelectorAll<HTMLElement>('[data-column]') ?? [])
      drawn.set(card.dataset.column ?? '', await drawColumn(card))
  })
  return drawn
}
