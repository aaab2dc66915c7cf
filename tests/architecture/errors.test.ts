import { expect, test } from 'vitest'
import { filesBelow } from './source-files.ts'

/** The definitions of errors in the server, by code. */
const definitions = filesBelow('apps/server/src')
  .filter(({ path }) => path.endsWith('.errors.ts'))
  .flatMap(({ text }) =>
    [...text.matchAll(/defineError(?:<(\{[^>]*\}[^>]*)>)?\(\{(.*?)^\}\)/gms)].map(
      ([, details = '', definition = '']) => ({
        code: /code: '([^']+)'/.exec(definition)?.[1] ?? '',
        details,
        definition,
      }),
    ),
  )

/** Names of details that contain output of a process or the command that started it. */
const quotes = /\b(lines|command|body|cause)\b/

test('an error that quotes a log, a command or an answer has another sentence for people who may not read logs', () => {
  const quoting = definitions.filter(({ details }) => quotes.test(details))
  expect(quoting.length).toBeGreaterThan(5)
  expect(
    quoting.filter(({ definition }) => !definition.includes('redacted:')).map(({ code }) => code),
  ).toEqual([])
})
