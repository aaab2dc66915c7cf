import { expect, test } from 'vitest'
import { readPackage } from '../recognition/package-reading.ts'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { about } from './preflight.test-setup.ts'
import { servicesBeside } from './services-beside.ts'

const compose =
  'services:\n  app:\n    build: .\n  db:\n    image: mysql:8\n  cache:\n    image: docker.io/bitnami/redis:7\n  more:\n    image: redislabs/redismod\n'
const found = (files: Files, folder = '') => servicesBeside(readPackage(viewOf(files)), folder)

test('servers that a compose file starts beside the program are named, with what to do', async () => {
  expect(await found({ 'docker-compose.yml': compose })).toMatchObject([
    {
      code: 'preflight.services_beside',
      path: 'docker-compose.yml',
      text: { en: 'docker-compose.yml also starts MySQL, Redis, which the platform does not' },
      mend: { en: expect.stringContaining('variables of the service') },
    },
  ])
  const [finding] = await found({ 'compose.yaml': compose, 'api/compose.yml': 'services: {}' }, 'web')
  expect(finding?.path).toBe('compose.yaml')
})

test.each<[string, Files]>([
  ['a package without one', { 'main.py': '' }],
  ['the program alone', { 'compose.yaml': 'services:\n  app:\n    build: .\n' }],
  ['a server that keeps nothing', { 'compose.yaml': 'services:\n  web:\n    image: nginx\n' }],
  ['what is no YAML', { 'compose.yaml': 'services: [\n' }],
  ['what is no compose file', { 'compose.yaml': '- services\n' }],
])('nothing is said of %s', async (_name, files) => {
  expect(await found(files)).toEqual([])
})

test('the inspection of a package tells it', async () => {
  const app = 'from flask import Flask\napp = Flask(__name__)\n'
  expect(await about({ 'app.py': app, 'compose.yaml': compose }, 'services_beside')).toHaveLength(1)
})
