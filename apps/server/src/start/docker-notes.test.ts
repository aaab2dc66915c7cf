import { expect, test } from 'vitest'
import { closedSocketNote, dockerNotes } from './docker-notes.ts'

test('the note about a closed socket says which account of the machine may not open it, and the command', () => {
  const note = closedSocketNote('/run/my docker.sock', 2_036_420_999)
  expect(note).toContain('user 2036420999')
  expect(note).toContain(`setfacl -m u:2036420999:rw '/run/my docker.sock'`)
})

test('a daemon that only does not run yet, or that nobody has named, is no reason for a note', async () => {
  expect(await dockerNotes({ VITRINE_DOCKER_HOST: { socketPath: '/nowhere/docker.sock' } })).toEqual([])
  expect(await dockerNotes({ VITRINE_DOCKER_HOST: undefined })).toEqual([])
})
