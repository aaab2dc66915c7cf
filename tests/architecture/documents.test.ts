import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  anchorsOf,
  codeNamesIn,
  documentsAt,
  filesOfProject,
  isInProject,
  linksIn,
  namesInCode,
  pathsIn,
  wordsOf,
} from './documents.ts'

/** Files that packages bring, that other programs write or that the platform makes: they are not of the project. */
const ofOthers = new Set([
  'bentofile.yaml',
  'cgroups.json',
  'cog.yaml',
  'config.py',
  'config.yaml',
  'config/defaults.yaml',
  'config/ports.py',
  'launch/<id>.enter.sh',
  'launch/<id>.sh',
  'records/<id>.json',
  'remembered.json',
  'start.sh',
  'vitrine.json',
])

test('the files and folders that the chapters and the rules for contributors name are there', () => {
  const documents = documentsAt('docs/architecture/', 'CONTRIBUTING.md')
  const named = documents.flatMap((document) =>
    pathsIn(document).map((word) => ({ in: document.path, word })),
  )
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter(({ word }) => !ofOthers.has(word) && !isInProject(word))).toEqual([])
})

test('the functions and fields that the chapters and the rules for contributors name are in the code', () => {
  const names = namesInCode()
  const named = documentsAt('docs/architecture/', 'CONTRIBUTING.md').flatMap((document) =>
    codeNamesIn(document).map((name) => ({ in: document.path, name })),
  )
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter(({ name }) => !names.has(name))).toEqual([])
})

test('each link from a document to another one leads to a file, and to a heading in it', () => {
  const documents = documentsAt('docs/', 'README.md', 'CONTRIBUTING.md', 'SECURITY.md')
  const broken = documents.flatMap((document) =>
    linksIn(document).filter((link) => {
      const [file = '', anchor] = link.split('#')
      const path = file === '' ? document.path : join(dirname(document.path), file)
      if (!filesOfProject.includes(path) && !isInProject(path)) return true
      const target = documents.find((each) => each.path === path)
      return anchor !== undefined && target !== undefined && !anchorsOf(target).includes(decodeURI(anchor))
    }),
  )
  expect(broken).toEqual([])
})

/** Ten minutes, for somebody who reads in a language that is not their first one. */
const wordsInTenMinutes = 2_500

test('each chapter of the architecture is short enough to be read in one go', () => {
  const chapters = documentsAt('docs/architecture/')
  const long = chapters.filter((chapter) => wordsOf(chapter) > wordsInTenMinutes)
  expect(long.map(({ path }) => path)).toEqual([])
})
