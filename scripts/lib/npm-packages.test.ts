import { describe, expect, test } from 'vitest'
import { missingPackages } from './npm-packages.mjs'

const machine = { platform: 'linux', arch: 'x64' }
const missing = (lock: object, installed: object) =>
  missingPackages({ packages: { ...lock } }, { packages: { ...installed } }, machine)

describe('the missing packages of the lock file', () => {
  const fastify = { 'node_modules/fastify': { version: '5.12.8' } }

  test('are none if each is installed in the locked version', () => {
    expect(missing({ '': { version: '1' }, 'apps/server': {}, ...fastify }, fastify)).toEqual([])
  })

  test('are absent ones, and those of another version', () => {
    expect(missing(fastify, {})).toEqual(['node_modules/fastify'])
    expect(missing(fastify, { 'node_modules/fastify': { version: '5.12.7' } })).toEqual([
      'node_modules/fastify',
    ])
  })

  test('include an optional one only if it is for this machine', () => {
    const postgres = (os: string, cpu: string) => ({
      'node_modules/pg': { version: '1', optional: true, os: [os], cpu: [cpu] },
    })
    expect(missing(postgres('linux', 'x64'), {})).toEqual(['node_modules/pg'])
    expect(missing(postgres('darwin', 'x64'), {})).toEqual([])
    expect(missing(postgres('!win32', 'x64'), {})).toEqual(['node_modules/pg'])
    expect(missing(postgres('!linux', 'x64'), {})).toEqual([])
  })

  test('do not include an optional one that depends on the C library, because npm decides this', () => {
    const musl = { version: '1', optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] }
    expect(missing({ 'node_modules/musl': musl }, {})).toEqual([])
  })
})
