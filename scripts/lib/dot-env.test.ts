import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDotEnv } from './dot-env.mjs'

let root: string
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'vitrine-dot-env-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

const read = (text: string, env: NodeJS.ProcessEnv = {}) => {
  writeFileSync(join(root, '.env'), text)
  readDotEnv(root, env)
  return env
}

test('the file .env beside the start command adds variables that the environment does not have yet', () => {
  const text =
    '# ours\nVITRINE_PORT=8100\nexport vitrine_port="8200"\n\nANY_NAME=\'a b\'\nLONG="one\ntwo = 2\nthree"\n'
  expect(read(text, { VITRINE_PORT: '8300', LONG: '' })).toEqual({
    VITRINE_PORT: '8300',
    vitrine_port: '8200',
    ANY_NAME: 'a b',
    LONG: 'one\ntwo = 2\nthree',
  })
})

test('without such a file nothing changes', () => {
  const env = { A: '1' }
  readDotEnv(root, env)
  expect(env).toEqual({ A: '1' })
})

test('an invalid line is reported with its number, and nothing of the file is used', () => {
  const env = {}
  expect(() => read('A=1\nB="x\ny"\nno value here\n', env)).toThrow(/4/)
  expect(env).toEqual({})
})

test('a file that every account of the machine can read is reported, and a closed one is not', () => {
  const told: string[] = []
  const readAt = (mode: number) => {
    writeFileSync(join(root, '.env'), 'A=1\n')
    chmodSync(join(root, '.env'), mode)
    readDotEnv(root, {}, (text) => told.push(text))
  }
  readAt(0o600)
  readAt(0o640)
  expect(told).toEqual([])
  readAt(0o644)
  expect(told).toEqual([expect.stringContaining('chmod 600')])
})
