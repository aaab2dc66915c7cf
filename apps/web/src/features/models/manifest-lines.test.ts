import { expect, test } from 'vitest'
import { manifestSource } from '@vitrine/contract'
import { parse } from 'yaml'
import { manifestLines } from './manifest-lines.ts'

test.each(['model.bin', 'a: "b" #c.bin', '权重 一.bin'])(
  'the lines for %s are a manifest that names it',
  (name) => {
    const sha256 = 'a'.repeat(64)
    const { models } = manifestSource.parse(parse(manifestLines({ name, sha256, size: 12 })))
    expect(models).toEqual([{ path: name, sha256, size: 12, source: 'store' }])
  },
)
