import type { Asset } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { assetIdOf, playableOf } from './playable.ts'
import { percentOf } from './use-task-progress.ts'

const asset: Asset = {
  id: 'a1',
  name: 'street.avi',
  kind: 'video',
  mime: 'video/x-msvideo',
  size: 5,
  status: 'ready',
  reason: null,
  width: 640,
  height: 480,
  duration_s: 3,
  frame_rate: 25,
  variants: ['original'],
  tags: [],
  origin: 'upload',
  task_id: null,
  created_at: '2026-01-01T00:00:00Z',
}
const url = (id: string, variant: string) => `/${id}/${variant}`
const step = (state: 'running' | 'succeeded', percent?: number) => ({
  name: 'transcode' as const,
  state,
  message: null,
  percent,
  started_at: null,
  finished_at: null,
})

describe('the playable form of an asset', () => {
  test('is its form for browsers as soon as it exists, even while others are being made', () => {
    const now: Asset = { ...asset, status: 'processing', variants: ['original', 'playable'] }
    expect(playableOf(now, url)).toEqual({ state: 'ready', url: '/a1/playable', asset: now })
  })

  test('is nothing while that form is being made, and nothing if it failed', () => {
    expect(playableOf({ ...asset, status: 'processing' }, url).state).toBe('preparing')
    expect(playableOf({ ...asset, status: 'failed' }, url).state).toBe('failed')
  })

  test('is the uploaded file if no form will be made', () => {
    expect(playableOf(asset, url)).toEqual({ state: 'ready', url: '/a1/original', asset })
  })
})

test('the asset of an input is the element itself or one of its fields', () => {
  expect(assetIdOf({ asset_id: 'x' })).toBe('x')
  expect(assetIdOf({ language: 'en', sound: { asset_id: 'y' } })).toBe('y')
  expect(assetIdOf('text')).toBeNull()
  expect(assetIdOf({ url: 'http://127.0.0.1/a.mp4' })).toBeNull()
})

test('a task’s percentage is that of its running step', () => {
  expect(percentOf({ steps: [step('succeeded'), step('running', 42)] })).toBe(42)
  expect(percentOf({ steps: [step('running')] })).toBeNull()
  expect(percentOf({ steps: [] })).toBeNull()
})
