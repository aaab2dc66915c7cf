import { expect, test } from 'vitest'
import { poetryVersion, projectDependencies } from './project-file.ts'

test.each([
  ['^1.2.3', '>=1.2.3,<2'],
  ['^0.109.1', '>=0.109.1,<0.110'],
  ['^0.0.7', '>=0.0.7,<0.0.8'],
  ['~1.2.3', '>=1.2.3,<1.3'],
  ['~1', '>=1,<2'],
  ['4.0.1', '==4.0.1'],
  ['>2.0', '>2.0'],
  ['*', ''],
])('the version %s of Poetry is %s for pip', (written, expected) => {
  expect(poetryVersion(written)).toBe(expected)
})

test('the dependencies of Poetry are those that are installed from the index, without Python and groups', () => {
  const text = `[tool.poetry]
name = "x"
[tool.poetry.dependencies]
python = "^3.11"
fastapi = "^0.109.1"
uvicorn = {extras = ["standard"], version = "^0.24.0"}
mine = {path = "../mine"}
[tool.poetry.group.dev.dependencies]
pytest = "*"
`
  expect(projectDependencies(text)).toEqual(['fastapi>=0.109.1,<0.110', 'uvicorn[standard]>=0.24.0,<0.25'])
})

test('the dependencies of a Pipfile', () => {
  expect(projectDependencies('[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n')).toEqual(['flask'])
})

test.each(['', '[project', '[project]\ndependencies = [', '[project]\ndependencies = 3'])(
  '%j has none',
  (text) => {
    expect(projectDependencies(text)).toEqual([])
  },
)
