import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inspectFile } from './assets.file-facts.ts'

/** A box of a picture: its length, its name, and what is in it. */
function box(name: string, ...parts: Buffer[]): Buffer {
  const head = Buffer.alloc(8)
  const inside = Buffer.concat(parts)
  head.writeUInt32BE(head.length + inside.length, 0)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, inside])
}

const version = Buffer.alloc(4)

function sizeBox(width: number, height: number): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  return box('ispe', version, size)
}

/** A picture in boxes that states these sizes, with so many bytes behind. */
const heif = (sizes: readonly Buffer[], rest = 0): Buffer =>
  Buffer.concat([
    box('ftyp', Buffer.from('heic'), version, Buffer.from('heicmif1')),
    box('meta', version, box('iprp', box('ipco', ...sizes))),
    Buffer.alloc(rest),
  ])

async function inspected(bytes: Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-facts-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'picture')
  await writeFile(file, bytes)
  return inspectFile(file, 'picture.heic')
}

test('a picture in boxes has its size', async () => {
  expect(await inspected(heif([sizeBox(640, 480)], 1_000_000))).toMatchObject({
    kind: 'image',
    mime: 'image/heic',
    width: 640,
    height: 480,
  })
})

test('of a picture that states thousands of sizes, no more than the beginning is read', async () => {
  const sizes = Array.from({ length: 13_000 }, () => sizeBox(640, 480))
  // The box with all sizes ends behind what is read, so none is found in it: to look for them would take seconds.
  expect(await inspected(heif(sizes, 250_000))).toMatchObject({
    mime: 'image/heic',
    width: null,
    height: null,
  })
})
