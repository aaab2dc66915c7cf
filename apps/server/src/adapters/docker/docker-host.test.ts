import { expect, test } from 'vitest'
import { dockerHostOf, readDockerHost } from './docker-host.ts'

test.each([
  ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
  ['unix:///run/user/1000/docker.sock', { socketPath: '/run/user/1000/docker.sock' }],
  ['tcp://127.0.0.1:2375', { host: '127.0.0.1', port: 2375 }],
  ['tcp://localhost:2375/', { host: 'localhost', port: 2375 }],
  ['tcp://[::1]:2375', { host: '::1', port: 2375 }],
])('%s is the address of a daemon of this machine', (text, host) => {
  expect(readDockerHost(text)).toEqual(host)
})

test.each([
  'tcp://10.0.0.1:2375',
  'tcp://docker.example.com:2376',
  'tcp://127.0.0.1',
  'unix://docker.sock',
  '/var/run/docker.sock',
  'http://127.0.0.1:2375',
  'ssh://root@127.0.0.1',
  '',
])('%s is refused', (text) => {
  expect(readDockerHost(text)).toBeNull()
})

test('certificates belong to a daemon on a port, and without a daemon in the settings it is the usual one', () => {
  const certificates = '/etc/vitrine/docker'
  const port = { host: '127.0.0.1', port: 2376 }
  expect(dockerHostOf({ VITRINE_DOCKER_HOST: port, VITRINE_DOCKER_CERTS: certificates })).toEqual({
    ...port,
    certificates,
  })
  expect(dockerHostOf({ VITRINE_DOCKER_HOST: port })).toEqual(port)
  expect(dockerHostOf({})).toEqual({ socketPath: '/var/run/docker.sock' })
})
