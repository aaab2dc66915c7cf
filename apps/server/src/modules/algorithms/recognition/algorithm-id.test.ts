import { expect, test } from 'vitest'
import { newSlug } from '@vitrine/contract'
import { slugify } from './algorithm-id.ts'

test.each([
  ['text-classify', 'text-classify'],
  ['Text Classify_v1.2', 'text-classify-v1-2'],
  ['ImageRecog', 'image-recog'],
  ['情感分析', 'qing-gan-fen-xi'],
  ['绿色', 'lv-se'],
  ['OCR识别2024', 'ocr-shi-bie-2024'],
  ['Café', 'cafe'],
  ['加个预测按面积估算房价的算法', 'jia-ge-yu-ce-an-mian-ji-gu-suan'],
  [`a-${'b'.repeat(70)}`, `a-${'b'.repeat(61)}`],
])('%s becomes %s', async (name, id) => {
  expect(await slugify(name)).toBe(id)
})

test.each(['status', '🙂', '', '日本語のなまえ', 'x'.repeat(200), '--', '中'.repeat(100)])(
  'every name gives a valid id: %j',
  async (name) => {
    const id = await slugify(name)
    expect(newSlug.parse(id)).toBe(id)
  },
)

test('names without any usable character get different ids', async () => {
  expect(await slugify('🙂')).not.toBe(await slugify('🙃'))
})
