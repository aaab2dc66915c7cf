/**
 * A page with a section of this title replaced. If it has none, it is added before the section `before`, or at the end of the page.
 * `body` is its text without the heading. Pure.
 */
export function withSection(page: string, title: string, body: string, before?: string): string {
  const heading = `\n## ${title}\n`
  const section = `${heading}\n${body.trim()}\n`
  const start = page.indexOf(heading)
  if (start >= 0) {
    const next = page.indexOf('\n## ', start + heading.length)
    return page.slice(0, start) + section + (next < 0 ? '' : page.slice(next))
  }
  const place = before === undefined ? -1 : page.indexOf(`\n## ${before}\n`)
  return place < 0 ? `${page.trimEnd()}\n${section}` : page.slice(0, place) + section + page.slice(place)
}
