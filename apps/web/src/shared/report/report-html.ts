import { escapeHtml } from '../escape-html.ts'
import { blockHtml } from './report-block.ts'
import { reportStyle } from './report-style.ts'
import type { Report, ReportColumn, ReportFact, ReportSection } from './report.types.ts'

/** The report has no scripts, and loads nothing, wherever it is opened. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

const factsHtml = (facts: readonly ReportFact[], name = ''): string =>
  facts.length === 0
    ? ''
    : `<dl${name && ` class="${name}"`}>${facts
        .map((fact) => `<div><dt>${escapeHtml(fact.name)}</dt><dd>${escapeHtml(fact.value)}</dd></div>`)
        .join('')}</dl>`

/** Whether a column has more than fits below another, so that it would leave half of a page empty if it were kept together. */
const isTall = (blocks: ReportColumn['blocks']): boolean =>
  blocks.filter(({ type }) => type === 'picture').length > 1 || blocks.some(({ type }) => type === 'rows')

const columnHtml = ({ letter, title, facts, blocks }: ReportColumn): string => {
  const colour = /^[A-D]$/.test(letter) ? ` l-${letter}` : ''
  return [
    `<section class="column${colour}${isTall(blocks) ? ' tall' : ''}">`,
    `<h3><b>${escapeHtml(letter)}</b>${escapeHtml(title)}</h3>`,
    ...blocks.map(blockHtml),
    factsHtml(facts),
    '</section>',
  ].join('')
}

const sectionHtml = ({ title, blocks, columns = [] }: ReportSection): string => {
  const shown = blocks.map(blockHtml).join('')
  const beside = columns.length === 0 ? '' : `<div class="columns">${columns.map(columnHtml).join('')}</div>`
  // Its own heading alone says nothing.
  return shown === '' && beside === '' ? '' : `<h2>${escapeHtml(title)}</h2>${shown}${beside}`
}

/** A report as one HTML file for A4. Everything in it is text or a picture: nothing of a result can run. Pure. */
export const reportHtml = ({ language, title, line, facts, sections, foot }: Report): string =>
  [
    `<!doctype html><html lang="${escapeHtml(language)}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta name="color-scheme" content="only light">`,
    `<title>${escapeHtml(title)}</title><style>${reportStyle}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    line === '' ? '' : `<p class="line">${escapeHtml(line)}</p>`,
    factsHtml(facts, 'facts'),
    ...sections.map(sectionHtml),
    `<footer>${escapeHtml(foot)}</footer></main></body></html>`,
  ].join('')
