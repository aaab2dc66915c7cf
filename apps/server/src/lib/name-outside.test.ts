import { slug } from '@vitrine/contract'
import { longest } from '@vitrine/contract/limits'
import { expect, test } from 'vitest'
import { nameOutside } from './name-outside.ts'

const labelOfKubernetes = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/
const nameOfKubernetes = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/
const partOfRepository = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/

const long = 'a'.repeat(longest.slug)
const services = [
  'demo',
  'a',
  'a--b',
  '0',
  long,
  'demo-',
  'demo--',
  `${long.slice(1)}-`,
  `a${'-'.repeat(62)}`,
]
const instances = [`${long}-r1-1`, `${long}-r2147483647-2147483647`, `${long}-r1-c1`, 'demo--r1-1']

test.each(services)('the service %s has a name for every engine', (id) => {
  expect(slug.safeParse(id).success).toBe(true)
  const name = nameOutside(id)
  for (const form of [labelOfKubernetes, nameOfKubernetes, partOfRepository]) expect(name).toMatch(form)
})

test.each(instances)('the instance %s has a label and a name in a cluster', (id) => {
  for (const form of [labelOfKubernetes, nameOfKubernetes]) expect(nameOutside(id)).toMatch(form)
})

test('what fits stays as it is, and a name is its own name', () => {
  for (const id of ['demo', 'demo-r1-1', long]) expect(nameOutside(id)).toBe(id)
  for (const id of [...services, ...instances]) expect(nameOutside(nameOutside(id))).toBe(nameOutside(id))
})

test('no two ids have the same name', () => {
  const ids = [...services, ...instances, `${long}-r1-2`, `${long}-r11-1`]
  expect(new Set(ids.map(nameOutside)).size).toBe(ids.length)
})
