import { expect, test } from 'vitest'
import { foldersToLookInto, ownEnd } from './gitea.folders.ts'

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

test.each([
  ['detectors/cat', 'cat'],
  // Two folders of one name would get one ID, so the second algorithm could not be deployed.
  ['dog/src', 'dog/src'],
  ['old/cow/src', 'old/cow/src'],
  ['new/cow/src', 'new/cow/src'],
  ['src', 'src'],
])('of the folder %s, %s tells it from the others', (folder, end) => {
  const folders = ['detectors/cat', 'dog/src', 'old/cow/src', 'new/cow/src', 'src']
  expect(ownEnd(folder, folders)).toBe(end)
})
