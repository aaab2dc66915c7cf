/** A page with a section of this title replaced, or added at its end. `body` is its text without the heading. Pure. */
export function withSection(page: string, title: string, body: string): string {
  const heading = `\n## ${title}\n`
  const section = `${heading}\n${body.trim()}\n`
  const start = page.indexOf(heading)
  if (start < 0) return `${page.trimEnd()}\n${section}`
  const next = page.indexOf('\n## ', start + heading.length)
  return page.slice(0, start) + section + (next < 0 ? '' : page.slice(next))
}
