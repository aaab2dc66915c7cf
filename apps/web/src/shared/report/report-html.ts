import { escapeHtml } from '../escape-html.ts'

/** A name and what it stands for, on one line. */
export type ReportFact = { name: string; value: string }
/** A table of a report. `more` says what was left out. */
export type ReportTable = {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
  more: string | null
}
/** The content of a one-page report. Pictures are data URLs of images. */
export type Report = {
  language: string
  title: string
  /** One line about what this is. */
  line: string
  facts: readonly ReportFact[]
  input: { title: string; text: string | null; picture: string | null }
  pictures: { title: string; urls: readonly string[] }
  tables: readonly ReportTable[]
  /** Who made it with what, at the foot. */
  foot: string
}

/** The report has no scripts, and loads nothing, wherever it is opened. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

const style = `
@page { size: A4; margin: 12mm 14mm }
* { box-sizing: border-box }
body { margin: 0; font: 13px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #1c1f24; background: #fff; overflow-wrap: anywhere }
main { max-width: 182mm; margin: 0 auto; padding: 20px 16px }
h1 { margin: 0; font-size: 24px; line-height: 1.25 }
h2 { margin: 12px 0 4px; font-size: 14px }
.line { margin: 4px 0 0; color: #4b5159 }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px 18px; padding: 8px 0; margin: 10px 0 0; border-block: 1px solid #d7dbe0 }
dt { font-size: 11px; color: #5b626b }
dd { margin: 0 }
.input { max-height: 30mm; overflow: hidden; white-space: pre-wrap; margin: 0 }
img { display: block; max-width: 100%; max-height: 58mm; margin: 0 auto }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(70mm, 1fr)); gap: 10px }
.input-picture { max-height: 24mm; margin: 0 0 4px }
table { width: 100%; border-collapse: collapse; font-size: 11.5px; line-height: 1.35 }
th, td { padding: 3px 8px 3px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e5e8ec }
th { color: #5b626b; font-weight: 500 }
tr, img, dl > div { break-inside: avoid }
.more, footer { margin: 6px 0 0; font-size: 11px; color: #5b626b }
footer { padding-top: 8px; margin-top: 12px; border-top: 1px solid #d7dbe0 }
@media print { body { font-size: 12px } main { max-width: none; padding: 0 } }
`

const isPicture = (url: string): boolean => /^data:image\/(png|jpeg|webp|gif);base64,[\w+/=]+$/.test(url)
const image = (url: string, title: string, name = ''): string =>
  isPicture(url) ? `<img${name && ` class="${name}"`} src="${url}" alt="${escapeHtml(title)}">` : ''

const inputPart = ({ title, text, picture }: Report['input']): string => {
  const shown = [
    picture === null ? '' : image(picture, title, 'input-picture'),
    text === null ? '' : `<p class="input">${escapeHtml(text)}</p>`,
  ].join('')
  return shown === '' ? '' : `<h2>${escapeHtml(title)}</h2>${shown}`
}
const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
  `<tr>${row.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`
const tablePart = ({ title, head, rows, more }: ReportTable): string =>
  rows.length === 0
    ? ''
    : `<h2>${escapeHtml(title)}</h2><table><thead>${cells('th', head)}</thead><tbody>${rows
        .map((row) => cells('td', row))
        .join('')}</tbody></table>${more === null ? '' : `<p class="more">${escapeHtml(more)}</p>`}`

/** A report as one HTML file for A4. Everything in it is text or a picture: nothing of a result can run. Pure. */
export const reportHtml = (report: Report): string => {
  const { title, line, facts, pictures } = report
  const shown = pictures.urls.map((url) => image(url, pictures.title)).join('')
  return [
    `<!doctype html><html lang="${escapeHtml(report.language)}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    line === '' ? '' : `<p class="line">${escapeHtml(line)}</p>`,
    `<dl>${facts.map(({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`,
    inputPart(report.input),
    shown === '' ? '' : `<h2>${escapeHtml(pictures.title)}</h2><div class="pictures">${shown}</div>`,
    report.tables.map(tablePart).join(''),
    `<footer>${escapeHtml(report.foot)}</footer></main></body></html>`,
  ].join('')
}
