import type { Json } from '@vitrine/contract'
import { resultKindNames, resultKinds } from '@vitrine/contract/results'
import { describe, expect, test } from 'vitest'
import { assetUrl } from '../viewers/media-source.ts'
import { findingCells } from './kind.ts'
import { kindNamed, kindNames } from './registry.ts'

const context = { address: assetUrl }
const written = resultKindNames.map((name) => {
  const kind = kindNamed(name)
  if (kind === undefined) throw new Error(`no folder for ${name}`)
  return { name, kind }
})
const wrong: Json = { nothing: 'of this form' }

/** What the comparison of a kind finds between two equal results. The kinds without such a file say whether the data is equal. */
const unchanged = import.meta.glob<object>('./*/unchanged.test-data.ts', { eager: true, import: 'default' })

test('the pages have exactly the kinds of the contract', () => {
  expect([...kindNames].sort()).toEqual([...resultKindNames].sort())
})

describe.each(written)('the kind $name', ({ name, kind }) => {
  test('has an example of its form, and shows it', async () => {
    const example = await kind.example()
    expect(resultKinds[name].data.safeParse(example.data).error).toBeUndefined()
    expect((await kind.show('out', asJson(example.data))).ok).toBe(true)
  })

  test('makes lines, a value and a cover from its example, or none, without an error', async () => {
    const { data, input } = await kind.example()
    for (const row of (await kind.rows(asJson(data), context)) ?? [])
      expect(Object.keys(row).filter((cell) => !findingCells.some((known) => known === cell))).toEqual([])
    const measure = await kind.measure(asJson(data), context)
    expect(measure === null || measure.value !== '').toBe(true)
    const cover = await kind.cover(asJson(data), input, context)
    expect(cover === null || typeof cover.load === 'function').toBe(true)
  })

  test('is said by a report as text, listed in it, or drawn', async () => {
    const { data, input } = await kind.example()
    const source = { input, t: (key: string) => key, labelText: (label: string) => label, mostRows: 1 }
    const told = await kind.report(asJson(data), context, source)
    expect(told === null || told.length > 0).toBe(true)
    expect(told !== null && kind.listed).toBe(false)
    if (name !== 'json') expect(await kind.report(wrong, context, source)).toBeNull()
  })

  test('has a cover of its own, or is drawn on the picture that it is about', async () => {
    const { data, input } = await kind.example()
    const shown = await kind.show('out', asJson(data))
    const isDrawnOnPicture = shown.ok && shown.data.by === 'layer'
    const cover = await kind.cover(asJson(data), input ?? { asset_id: 'a' }, context)
    expect(isDrawnOnPicture || cover !== null).toBe(true)
  })

  test('finds its example equal to itself, or does not compare it', async () => {
    const { data } = await kind.example()
    const shown = await kind.difference(asJson(data), asJson(data), context, context)
    // Only people can compare files.
    if (resultKinds[name].foreign === 'file') expect(shown).toBeNull()
    else
      expect(shown?.difference).toMatchObject(
        unchanged[`./${name}/unchanged.test-data.ts`] ?? { equal: true },
      )
  })

  test('keeps its form when its texts are said in another language, and is as it was without a change', async () => {
    const { data } = await kind.example()
    const shown = await kind.show('out', asJson(data))
    if (!shown.ok) throw new Error('its example does not have its form')
    if (shown.data.by === 'layer') {
      const { layer, said } = shown.data
      const places = ({ shapes }: typeof layer) => shapes.map(({ id, box, score }) => ({ id, box, score }))
      expect(layer.shapes).not.toEqual([])
      expect(places(said((text) => `<${text}>`))).toEqual(places(layer))
      expect(said((text) => text)).toEqual(layer)
      return
    }
    expect(resultKinds[name].data.safeParse(shown.data.said((text) => `<${text}>`)).error).toBeUndefined()
    expect(shown.data.said((text) => text)).toEqual(resultKinds[name].data.parse(data))
  })

  test('recognises data that does not have its form', async () => {
    if (name === 'json') return
    expect((await kind.show('out', wrong)).ok).toBe(false)
    expect(await kind.rows(wrong, context)).toBeNull()
    expect(await kind.measure(wrong, context)).toBeNull()
    expect(await kind.cover(wrong, null, context)).toBeNull()
  })
})

/** Examples have the kind's own type, but results arrive as JSON. */
function asJson(data: unknown): Json {
  return JSON.parse(JSON.stringify(data))
}
