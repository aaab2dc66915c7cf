import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { mediaOf } from './board-media.ts'

const column = (kind: string, data: Json = {}) => ({
  predictions: [{ index: 0, outputs: [{ kind, data }] }],
})

test('columns without media need no player', () => {
  expect(mediaOf([column('classification'), { predictions: [] }])).toBeNull()
})

test('a video is stepped by the frame rate of its tracks, and sound has no frames', () => {
  expect(mediaOf([column('text'), column('tracks', { fps: 25 })])).toEqual({ frameRate: 25 })
  expect(mediaOf([column('transcript')])).toEqual({ frameRate: null })
})
