import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the overview has a row for each module of the server, in the order of their names', () => {
  const overview = readFileSync('docs/architecture/01-overview.md', 'utf8')
  const [, section = ''] = overview.split('## The modules of the server\n')
  const rows = [...(section.split('\n## ', 1)[0] ?? '').matchAll(/^\| `([a-z-]+)` \| \S/gm)]
  const folders = readdirSync('apps/server/src/modules', { withFileTypes: true })
  expect(rows.map(([, name]) => name)).toEqual(
    folders.filter((each) => each.isDirectory()).map(({ name }) => name),
  )
})
