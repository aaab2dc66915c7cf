import { escapeHtml } from '../escape-html.ts'
import type { ReportBlock, ReportPart, ReportTable } from './report.types.ts'

const isPicture = (url: string): boolean => /^data:image\/(png|jpeg|webp|gif);base64,[\w+/=]+$/.test(url)
const isColour = (colour: string): boolean => /^#[\da-f]{6}$/i.test(colour)

const pictureHtml = ({ url, caption, size }: Extract<ReportBlock, { type: 'picture' }>): string =>
  isPicture(url)
    ? `<figure class="${size}"><img src="${url}" alt="${escapeHtml(caption)}">${
        caption === '' ? '' : `<figcaption>${escapeHtml(caption)}</figcaption>`
      }</figure>`
    : ''
const partHtml = ({ text, as }: ReportPart): string => {
  if (as === null) return escapeHtml(text)
  if (as.type !== 'mark') return `<${as.type}>${escapeHtml(text)}</${as.type}>`
  // Light enough below black letters; the line keeps the colours apart.
  const colour = isColour(as.colour)
    ? ` style="background:${as.colour}40;box-shadow:inset 0 -2px 0 ${as.colour}"`
    : ''
  const label = as.label === '' ? '' : `<small>${escapeHtml(as.label)}</small>`
  return `<mark${colour}>${escapeHtml(text)}${label}</mark>`
}
const barHtml = ({ label, value, share }: { label: string; value: string; share: number }): string => {
  const width = (Math.max(0, Math.min(1, share)) * 100).toFixed(1)
  return `<li><span>${escapeHtml(label)}</span><i><i style="width:${width}%"></i></i><b>${escapeHtml(value)}</b></li>`
}
const legendHtml = ({ text, colour, dashed }: { text: string; colour: string; dashed: boolean }): string => {
  const line = isColour(colour) ? `<i style="border:2px ${dashed ? 'dashed' : 'solid'} ${colour}"></i>` : ''
  return `<li>${line}${escapeHtml(text)}</li>`
}
const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
  `<tr>${row.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`
/** With more columns, the letters of a table are smaller, so that fewer words are broken. */
const mostUsualColumns = 7
const tableHtml = ({ title, head, rows, more }: ReportTable): string => {
  if (rows.length === 0) return ''
  const heading = title === '' ? '' : `<h3>${escapeHtml(title)}</h3>`
  const heads = head.length === 0 ? '' : `<thead>${cells('th', head)}</thead>`
  const left = more === null ? '' : `<p class="more">${escapeHtml(more)}</p>`
  const look = head.length > mostUsualColumns ? ' class="many"' : ''
  return `${heading}<table${look}>${heads}<tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>${left}`
}

/** A piece of a report as HTML; empty if there is nothing to show. Every text is escaped. Pure. */
export const blockHtml = (block: ReportBlock): string => {
  switch (block.type) {
    case 'heading':
      return block.text === '' ? '' : `<h3>${escapeHtml(block.text)}</h3>`
    case 'picture':
      return pictureHtml(block)
    case 'paragraph':
      return block.text === '' ? '' : `<p class="text ${block.look}">${escapeHtml(block.text)}</p>`
    case 'parts':
      return block.parts.length === 0 ? '' : `<p class="parts">${block.parts.map(partHtml).join('')}</p>`
    case 'bars':
      return block.rows.length === 0 ? '' : `<ol class="bars">${block.rows.map(barHtml).join('')}</ol>`
    case 'legend':
      return block.rows.length === 0 ? '' : `<ul class="legend">${block.rows.map(legendHtml).join('')}</ul>`
    case 'rows':
      return tableHtml(block)
  }
}
