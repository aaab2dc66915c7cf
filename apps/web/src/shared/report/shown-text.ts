import type { ReportBlock, ReportPart } from './report.types.ts'

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').trim()

const partOf = (node: ChildNode): ReportPart => {
  const text = node.textContent ?? ''
  const name = node.nodeName.toLowerCase()
  return { text, as: name === 'ins' || name === 'del' ? { type: name } : null }
}

/** A list whose items have the colours of lines in a picture stays their legend; of any other, each item is a line. */
const shownList = (element: HTMLElement): ReportBlock => {
  const items = [...element.children].filter((item) => item instanceof HTMLElement)
  const isLegend = items.length > 0 && items.every(({ dataset }) => dataset.mark !== undefined)
  if (!isLegend)
    return {
      type: 'paragraph',
      text: items
        .map(({ innerText }) => oneLine(innerText))
        .filter(Boolean)
        .join('\n'),
      look: 'usual',
    }
  return {
    type: 'legend',
    rows: items.map(({ innerText, dataset }) => ({
      text: oneLine(innerText),
      colour: dataset.mark ?? '',
      dashed: dataset.dashed !== undefined,
    })),
  }
}

/**
 * The text that an element shows, without its drawings: what a text has more or less stays marked, and each item of a list is a
 * line, or one of the legend. The element has to be on the page.
 */
export const shownText = (element: HTMLElement): ReportBlock[] => {
  if (element.dataset.drawn !== undefined || element.hidden) return []
  if (element.querySelector(':scope > ins, :scope > del') !== null)
    return [{ type: 'parts', parts: [...element.childNodes].map(partOf) }]
  if (element.matches('ul, ol, dl')) return [shownList(element)]
  if (element.matches('h3, h4, h5')) return [{ type: 'heading', text: oneLine(element.innerText) }]
  if (element.matches('div, section') && element.children.length > 0)
    return [...element.children].flatMap((child) => (child instanceof HTMLElement ? shownText(child) : []))
  // What stands side by side has a line of its own each in the text.
  const isRow = getComputedStyle(element).display.includes('flex')
  const text = isRow ? oneLine(element.innerText) : element.innerText.trim()
  return [{ type: 'paragraph', text, look: 'usual' }]
}
