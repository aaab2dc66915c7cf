import { expect, test } from 'vitest'
import type { ServiceMode } from '@vitrine/contract'
import { dataPaths } from '../../lib/paths.ts'
import { instanceSpec, temporaryInstanceId, type InstanceSettings } from './instance-spec.ts'

const published = 'registry.example/team/demo@sha256:0'
const image = {
  id: `sha256:${'a'.repeat(64)}`,
  command: ['/app/start.sh', '-x'],
  folder: '/app',
  isOwn: false,
  published,
}
const settings: InstanceSettings = {
  paths: dataPaths('/data'),
  nodeFile: '/usr/bin/node',
  runtimesFolder: '/runtimes',
  platformUrl: 'http://127.0.0.1:8000',
  clusterPlatformUrl: 'https://vitrine.example',
  stopGraceMs: 20_000,
  allowUrls: false,
  ceilings: { most: {}, usual: {} },
  network: { ceiling: 'all', canBeCutOff: true },
  mediaSocket: '/run/media/socket',
  readable: ['/interpreters'],
  sharedFolders: ['/shared'],
}
const specIn = (mode: ServiceMode, changes: Partial<typeof image> = {}, given = settings, id = 'demo-r1-1') =>
  instanceSpec(given, {
    id,
    serviceId: 'demo',
    release: 1,
    replica: 1,
    token: 't',
    limits: {},
    user: null,
    environment: [],
    listens: 'port',
    isCutOff: false,
    variables: {},
    configRevision: 1,
    instanceSecret: null,
    image: { ...image, ...changes },
    mode,
  })

test('a container of this machine is made from the image of its daemon, with folders of this machine', () => {
  const { sandbox, env, ...spec } = specIn('docker')
  expect(spec).toMatchObject({ image: image.id, file: '/app/start.sh', args: ['-x'], cwd: '/app' })
  expect(sandbox?.read).toEqual(expect.arrayContaining(['/shared', '/run/media']))
  expect(env).toMatchObject({
    VITRINE_PLATFORM_URL: 'http://127.0.0.1:8000',
    VITRINE_PLATFORM_SOCKET: '/run/media/socket',
  })
})

test('how long it may take to end is the value that counts when it is made', () => {
  let seconds = 20
  const changing = {
    ...settings,
    get stopGraceMs() {
      return seconds * 1000
    },
  }
  expect(specIn('docker', {}, changing).stopGraceMs).toBe(20_000)
  seconds = 90
  expect(specIn('docker', {}, changing).stopGraceMs).toBe(90_000)
})

test('a pod is made from the image of the registry, and nothing of this machine is in it', () => {
  const { sandbox, env, ...spec } = specIn('kubernetes')
  expect(spec).toMatchObject({ image: published, file: '/app/start.sh' })
  expect(sandbox?.read).toEqual([])
  expect(env).toMatchObject({ VITRINE_PLATFORM_URL: 'https://vitrine.example' })
  expect(env).not.toHaveProperty('VITRINE_PLATFORM_SOCKET')
  expect(env).not.toHaveProperty('VITRINE_CONFIG_DIR')
  // The driver refuses a spec without an image.
  expect(specIn('kubernetes', { published: undefined }).image).toBeUndefined()
})

test('instances of a service stand in for each other, but a temporary one serves nobody and stands alone', () => {
  expect(specIn('kubernetes').group).toBe('demo')
  expect(specIn('kubernetes', {}, settings, temporaryInstanceId('demo', 1))).not.toHaveProperty('group')
})
