import { expect, test } from 'vitest'
import { linkThenOpen } from './share-page.ts'

/** A server that keeps what was done, in its order, and refuses what it is told to. */
const server = (refuses: 'link' | 'page' | null) => {
  const done: string[] = []
  const act = async (what: 'link' | 'page') => {
    if (what === refuses) throw new Error(`no ${what}`)
    done.push(what)
  }
  return { done, make: () => act('link').then(() => 'url'), open: () => act('page') }
}

test('a page is not opened to everybody if its link could not be made', async () => {
  const { done, make, open } = server('link')
  await expect(linkThenOpen(make, open)).rejects.toThrow('no link')
  expect(done).toEqual([])
})

test('a link is kept and the reason told if its page could not be opened', async () => {
  const { done, make, open } = server('page')
  expect(await linkThenOpen(make, open)).toEqual({ link: 'url', notOpened: new Error('no page') })
  expect(done).toEqual(['link'])
})

test('a page is opened after its link, and only if that is wanted', async () => {
  const wanted = server(null)
  expect(await linkThenOpen(wanted.make, wanted.open)).toEqual({ link: 'url', notOpened: null })
  expect(wanted.done).toEqual(['link', 'page'])
  const not = server(null)
  await linkThenOpen(not.make, null)
  expect(not.done).toEqual(['link'])
})
