import { expect, test } from 'vitest'
import { allOf, isPythonRequirement, meetsPython, pickPython } from './python-version.ts'

test.each([
  ['3.11', ['3.11.2', '3.11.9'], ['3.10.4', '3.12.0']],
  ['3.11.4', ['3.11.2'], ['3.12.4']],
  ['3', ['3.8.1'], ['2.7.18']],
  ['==3.11.*', ['3.11.2'], ['3.10.1']],
  ['>=3.9,<3.12', ['3.9.0', '3.11.9'], ['3.8.18', '3.12.0']],
  ['>= 3.9, != 3.10.*', ['3.9.1', '3.11.1'], ['3.10.4']],
  ['>3.8', ['3.9.0'], ['3.8.18']],
  ['<=3.11', ['3.11.9'], ['3.12.0']],
  ['~=3.10', ['3.10.0', '3.13.1'], ['3.9.1', '4.0.0']],
  ['~=3.10.2', ['3.10.2', '3.10.9'], ['3.10.1', '3.11.2']],
  ['^3.9', ['3.9.1', '3.13.0'], ['3.8.1', '4.0.0']],
  ['~3.9', ['3.9.18'], ['3.10.0']],
  ['>=3.8,<3.9 || >=3.11', ['3.8.1', '3.12.0'], ['3.9.1']],
  ['python-3.11.4', ['3.11.2'], ['3.12.0']],
  ['*', ['3.8.1', '3.13.0'], []],
])('%s is met by the versions that people mean', (requirement, good, bad) => {
  expect(isPythonRequirement(requirement)).toBe(true)
  expect(good.filter((version) => !meetsPython(version, requirement))).toEqual([])
  expect(bad.filter((version) => meetsPython(version, requirement))).toEqual([])
})

test.each(['pypy3.9-7.3', 'system', 'three', '>=3.8 <4', '3.11.2-and-more', '='.repeat(5_000)])(
  '%j is no version of Python',
  (text) => {
    expect(isPythonRequirement(text)).toBe(false)
    expect(meetsPython('3.11.2', text)).toBe(false)
  },
)

test('several requirements must all be met, each alternative of theirs', () => {
  const both = allOf(['>=3.8,<3.9 || >=3.11', '!=3.11.*'])
  expect(['3.8.1', '3.11.2', '3.12.0'].map((version) => meetsPython(version, both))).toEqual([
    true,
    false,
    true,
  ])
  expect(allOf(['3.11'])).toBe('3.11')
})

test('requirements with many alternatives do not multiply', () => {
  const many = Array.from({ length: 30 }, (_, at) => `>=3.${at}`).join(' || ')
  const all = allOf(Array.from({ length: 8 }, (_, at) => `${many} || 3.${at + 50}`))
  expect(all.length).toBeLessThan(10_000)
  expect(meetsPython('3.11.2', all)).toBe(true)
})

test('the usual Python is taken where it may be, else the newest that may', () => {
  const pythons = ['3.11.2', '3.9.18', '3.13.0', '3.10.13'].map((version) => ({ version }))
  const picked = (requirement?: string) => pickPython(pythons, requirement)?.version
  expect([picked(), picked('>=3.9'), picked('>=3.12'), picked('<3.11'), picked('3.8')]).toEqual([
    '3.11.2',
    '3.11.2',
    '3.13.0',
    '3.10.13',
    undefined,
  ])
})
