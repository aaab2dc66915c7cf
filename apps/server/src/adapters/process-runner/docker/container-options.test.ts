import { expect, test } from 'vitest'
import { labels } from '../../docker/labels.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { containerOptions } from './container-options.ts'

const spec: ProcessSpec = {
  id: 'demo-r1-1',
  file: '/bin/true',
  args: [],
  cwd: '/app',
  env: {},
  stdoutLog: '/logs/out',
  stderrLog: '/logs/err',
  startSeconds: 0,
  stopGraceMs: 1_000,
  user: null,
  limits: {},
  sandbox: { read: ['/data/release'], write: ['/data/work'] },
  image: 'sha256:0',
}
const hostConfigFor = (volumes: readonly string[], limits: ProcessSpec['limits'] = {}) =>
  containerOptions({ ...spec, limits }, null, {
    platform: 'tests',
    network: 'tests',
    rotation: usualLogRotation,
    volumes,
  }).HostConfig
const folders = [
  { Type: 'bind', Source: '/data/release', Target: '/data/release', ReadOnly: true },
  { Type: 'bind', Source: '/data/work', Target: '/data/work', ReadOnly: false },
]

test('a program can only read what its image has at its volumes', () => {
  const readOnly = {
    Type: 'volume',
    Source: 'vitrine-tests-demo-r1-1-0',
    Target: '/srv/kept',
    ReadOnly: true,
    VolumeOptions: { NoCopy: false, Labels: { [labels.platform]: 'tests' } },
  }
  const found = hostConfigFor(['/srv/kept/', '/srv/./kept', '/data/work/', '/tmp'])
  expect(found).toMatchObject({ Mounts: [...folders, readOnly], ReadonlyRootfs: true })
})

test('a volume above a folder of the program is empty, so that the folder can be mounted there, and is root’s', () => {
  const empty = { Type: 'tmpfs', Target: '/data', TmpfsOptions: { Mode: 0o755 } }
  expect(hostConfigFor(['/data'])).toMatchObject({ Mounts: [...folders, empty] })
})

test('a container gets the graphics processors that it asks for, and none that it does not', () => {
  expect(hostConfigFor([], { gpus: 2 })).toMatchObject({
    DeviceRequests: [{ Driver: '', Count: 2, Capabilities: [['gpu']] }],
  })
  for (const limits of [{}, { gpus: 0 }])
    expect(hostConfigFor([], limits)).not.toHaveProperty('DeviceRequests')
})
