import { expect, test } from 'vitest'
import { foldersToLookInto } from './gitea.folders.ts'

test('folders with a file that an algorithm begins with are looked into, those of tests and deep ones are not', () => {
  const paths = [
    ...[
      'README.md',
      'a/requirements.txt',
      'a/app.py',
      'b/c/algorithm.yaml',
      'tests/app.py',
      'a/Docs/main.py',
    ],
    ...['1/2/3/4/5/main.py', '1/2/3/4/5/6/main.py', 'd/notes.py'],
  ]
  expect(foldersToLookInto(paths)).toEqual({ folders: ['1/2/3/4/5', 'a', 'b/c'], isCut: false })
  expect(foldersToLookInto(['main.py'])).toEqual({ folders: [''], isCut: false })
})

test('of very many folders, the first are looked into, and that is said', () => {
  const many = Array.from({ length: 70 }, (_, at) => `f${String(at).padStart(2, '0')}/main.py`)
  const { folders, isCut } = foldersToLookInto(many)
  expect([folders.length, folders.at(-1), isCut]).toEqual([60, 'f59', true])
})
