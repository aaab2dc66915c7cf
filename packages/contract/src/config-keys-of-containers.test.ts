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

const areRepositories = (text: string) =>
  containerKeys['containers.dockerfile_images'].schema.safeParse([text]).success

test('repositories of images are named without a tag, and a place with all below it', () => {
  const right = ['python', 'someone/*', 'docker.io/*', 'registry.example:5000/team/a_b', 'localhost:5000/*']
  const wrong = ['python:3.13', 'python@sha256:0123', '*', 'py*', '../x', 'Team/x', 'registry:5000', 'a//b']
  expect(right.filter((text) => !areRepositories(text))).toEqual([])
  expect(wrong.filter(areRepositories)).toEqual([])
})

test.each([
  ['a user of Docker Hub, not a registry', 'team'],
  ['an address of a page', 'https://registry.example'],
  ['a name with a tag', 'registry.example/team:1'],
  ['a path that goes up', 'registry.example/../team'],
  ['a path that ends without a name', 'registry.example/'],
  ['credentials', 'user:password@registry.example'],
  ['capital letters in the path', 'registry.example/Team'],
])('%s is none: %s', (_what, text) => expect(isRegistry(text)).toBe(false))
