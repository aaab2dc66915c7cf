import { expect, test } from 'vitest'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { readPackage } from '../recognition/package-reading.ts'
import { readRequirements } from '../recognition/python/requirements.ts'
import { companions } from './companions.ts'

const found = async (lines: string, more: Files = {}) => {
  const files = { 'requirements.txt': lines, ...more }
  return companions(await readRequirements(readPackage(viewOf(files)), ''))
}
const added = async (lines: string) => (await found(lines)).flatMap(({ adds }) => adds?.lines ?? [])

test('an exact release of a library names the companions that it does not work with, and a line for each', async () => {
  expect(await found('requests\nFlask==2.2.2\n')).toMatchObject([
    {
      code: 'preflight.companion',
      path: 'requirements.txt',
      line: 2,
      follows: { en: expect.stringContaining('url_quote') },
      adds: { path: 'requirements.txt', lines: ['werkzeug<3'] },
    },
  ])
  expect(await added('flask==1.1.2\nWerkzeug==1.0.1\n')).toEqual(['jinja2<3.1', 'itsdangerous<2.1'])
  expect(await added('python-fasthtml==0.4.4\n')).toEqual(['starlette<1', 'fastcore<1.12'])
  expect(await added('bentoml==1.3.5\nfs==2.4.16\n')).toEqual(['setuptools<81'])
  expect(await added('pandas==1.5.3\nscikit_learn==1.2.2\n')).toEqual(['numpy<2'])
})

test.each([
  ['a newer release', 'flask==2.2.5\n'],
  ['no exact release', 'flask\nflask-login>=0.5\n'],
  ['a limit of the companion', 'flask==2.2.2\nwerkzeug~=2.2\n'],
  ['an exact release of the companion', 'pandas==1.5.3\nnumpy==1.26.4\n'],
])('%s needs none', async (_name, lines) => {
  expect(await found(lines)).toEqual([])
})
