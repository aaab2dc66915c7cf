import { expect, test } from 'vitest'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { readPackage } from '../recognition/package-reading.ts'
import { recognise } from '../recognition/recognise.ts'
import { fastApi } from '../recognition/web-app/web-app.test-packages.ts'
import { exampleSettings } from './example-settings.ts'

async function found(files: Files) {
  const reading = readPackage(viewOf(files))
  const { manifest } = await recognise(reading, { packageName: 'demo' })
  if (!manifest) throw new Error('the package is not recognised')
  return exampleSettings(reading, manifest)
}
const project = (start: string, more = '') =>
  `{"dependencies": {"express": "5"${more}}, "scripts": {"start": "${start}"}}`
const sample = {
  '.env.sample':
    '# how it runs\nNODE_ENV=development\n\nPORT=3000\nexport HOST=0.0.0.0\nLIMIT=20 # a minute\n',
  'app.js': '',
}

test.each<[string, Files]>([
  ['Node by its option', { 'package.json': project('node --env-file=.env app.js'), ...sample }],
  ['a library of Node', { 'package.json': project('node app.js', ', "dotenv": "16"'), ...sample }],
  [
    'a library of Python',
    { 'main.py': `from dotenv import load_dotenv\nload_dotenv()\n${fastApi}`, ...sample },
  ],
])(
  'settings that %s reads are taken from the example that the package has, without the address, which the platform gives',
  async (_name, files) => {
    expect(await found(files)).toMatchObject([
      {
        code: 'preflight.settings_example',
        path: '.env.sample',
        adds: { path: '.env', lines: ['NODE_ENV=development', 'LIMIT=20 # a minute'] },
      },
    ])
  },
)

test.each<[string, Files]>([
  [
    'the package has settings',
    { 'package.json': project('node --env-file=.env app.js'), ...sample, '.env': 'A=1\n' },
  ],
  ['nothing reads them', { 'package.json': project('node app.js'), ...sample }],
  [
    'only a program beside the one that is started reads them',
    { 'main.py': fastApi, 'package.json': project('node app.js', ', "dotenv": "16"'), ...sample },
  ],
  ['there is no example', { 'package.json': project('node --env-file=.env app.js'), 'app.js': '' }],
])('nothing is told if %s', async (_name, files) => {
  expect(await found(files)).toEqual([])
})
