import { expect, test } from 'vitest'
import { containerKeys } from './config-keys-of-containers.ts'

const isRegistry = (text: string) => containerKeys['containers.registry'].schema.safeParse(text).success

test.each([
  'registry.example',
  'registry.example:5000/team',
  'localhost/a/b_c',
  'registry:5000',
  '127.0.0.1:5000',
])('%s is the address of a registry', (text) => expect(isRegistry(text)).toBe(true))

test.each([
  ['a user of Docker Hub, not a registry', 'team'],
  ['an address of a page', 'https://registry.example'],
  ['a name with a tag', 'registry.example/team:1'],
  ['a path that goes up', 'registry.example/../team'],
  ['a path that ends without a name', 'registry.example/'],
  ['credentials', 'user:password@registry.example'],
  ['capital letters in the path', 'registry.example/Team'],
])('%s is none: %s', (_what, text) => expect(isRegistry(text)).toBe(false))
