import { expect, test } from 'vitest'
import { isAllowedImage } from './allowed-images.ts'

test.each([
  ['python:3.13-slim', ['python']],
  ['docker.io/library/python', ['python']],
  ['index.docker.io/python@sha256:0123', ['docker.io/library/python']],
  ['library/python', ['python']],
  ['someone/tools:1', ['node', 'someone/*']],
  ['someone/tools', ['docker.io/*']],
  ['debian', ['docker.io/*']],
  ['registry.example:5000/team/a/b:1', ['registry.example:5000/team/*']],
  ['Registry.example/team', ['registry.example/team']],
  ['localhost/x', ['localhost/*']],
])('%s may be named where %j is allowed', (image, allowed) =>
  expect(isAllowedImage(image, allowed)).toBe(true),
)

test.each([
  ['payroll:latest', ['python', 'someone/*']],
  ['pythonic', ['python']],
  ['someone-else/tools', ['someone/*']],
  ['registry.example/python', ['python', 'docker.io/*']],
  ['registry.example/team2/x', ['registry.example/team/*']],
  ['registry.example/team', ['registry.example/team/*']],
  ['registry.example:5000/team', ['registry.example/team']],
  // A variable that nothing replaces; a port is no tag.
  ['localhost:$/secret', ['localhost/*', 'localhost']],
  ['python', []],
])('%s may not be named where %j is allowed', (image, allowed) =>
  expect(isAllowedImage(image, allowed)).toBe(false),
)
