import type { Json } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import {
  assetUrl,
  firstMedia,
  inputPreview,
  mediaSource,
  resultMediaUrl,
  safeMediaUrl,
  type AssetAddress,
} from './media-source.ts'

describe('the media file of an input element', () => {
  test('is an asset, inline bytes or an address', () => {
    expect(mediaSource({ asset_id: 'a-1' })?.url).toBe('/api/v1/assets/a-1/content?variant=playable')
    expect(mediaSource({ data: 'aGk=', mime: 'image/png' })?.url).toBe('data:image/png;base64,aGk=')
    expect(mediaSource({ url: 'https://example.org/a.jpg' })?.url).toBe('https://example.org/a.jpg')
  })

  test('is none for text, numbers, lists and objects of another form', () => {
    const others: (Json | undefined)[] = ['x', 1, null, [], {}, { asset_id: 1 }, { data: 'x' }, undefined]
    for (const element of others) expect(mediaSource(element)).toBeNull()
  })

  test('is found among the fields of an object', () => {
    expect(firstMedia({ prompt: 'x', image: { asset_id: 'a' } })?.url).toContain('/assets/a/')
    expect(firstMedia({ prompt: 'x' })).toBeNull()
  })

  test('cannot leave its path by its id', () => {
    expect(assetUrl('../../users')).toBe('/api/v1/assets/..%2F..%2Fusers/content?variant=playable')
  })
})

describe('an address in a result', () => {
  test.each([
    'javascript:alert(1)',
    'data:text/html;base64,eA==',
    'vbscript:x',
    '//evil.example/x',
    'file:///etc/passwd',
    'x',
    ' javascript:alert(1)',
  ])('%s is not loaded', (url) => expect(safeMediaUrl(url)).toBeNull())
  test.each([
    'https://example.org/a',
    'http://example.org/a',
    '/ai/x/files/1.png',
    'data:image/png;base64,eA==',
  ])('%s is loaded', (url) => expect(safeMediaUrl(url)).toBe(url))
  test('is refused if its inline bytes have another type', () => {
    expect(mediaSource({ data: 'eA==', mime: 'text/html' })).toBeNull()
  })
})

describe('media from another route, as in a share link', () => {
  const shared: AssetAddress = (id, variant = 'playable') => `/shared/${id}/${variant}`

  test('changes the address of every stored media file, in inputs and results', () => {
    expect(mediaSource({ asset_id: 'a' }, shared)?.url).toBe('/shared/a/playable')
    expect(firstMedia({ image: { asset_id: 'a' } }, shared)?.url).toBe('/shared/a/playable')
    expect(inputPreview({ asset_id: 'a' }, shared)).toBe('/shared/a/thumb')
    expect(resultMediaUrl('/api/v1/assets/a-1/content', shared)).toBe('/shared/a-1/playable')
    expect(resultMediaUrl('/api/v1/assets/a-1/content?variant=poster', shared)).toBe('/shared/a-1/poster')
  })

  test('changes no other address, and refuses unsafe ones as before', () => {
    expect(resultMediaUrl('https://example.org/a.png', shared)).toBe('https://example.org/a.png')
    expect(resultMediaUrl('/api/v1/assets/a/../../users/content', shared)).toBe(
      '/api/v1/assets/a/../../users/content',
    )
    expect(resultMediaUrl('javascript:alert(1)', shared)).toBeNull()
  })
})

test('the small picture of an asset is its thumbnail, and sound has none', () => {
  expect(inputPreview({ asset_id: 'a' })).toContain('variant=thumb')
  expect(inputPreview({ data: 'eA==', mime: 'audio/wav' })).toBeNull()
  expect(inputPreview('text')).toBeNull()
})
