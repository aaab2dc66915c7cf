import { expect, test } from 'vitest'
import type { Settings } from '../config.ts'
import { closedSocketNote, dockerNotes } from './docker-notes.ts'

test('the note about a closed socket says which account of the machine may not open it, and the command', () => {
  const note = closedSocketNote('/run/my docker.sock', 2_036_420_999)
  expect(note).toContain('user 2036420999')
  expect(note).toContain(`setfacl -m u:2036420999:rw '/run/my docker.sock'`)
})

test('a daemon that only does not run yet, or that nobody has named, is no reason for a note', async () => {
  const notesOf = (named: Settings['VITRINE_DOCKER_HOST']) =>
    dockerNotes({
      VITRINE_DOCKER_HOST: named,
      VITRINE_DOCKER_CERTS: undefined,
      VITRINE_CEILING_NETWORK: 'all',
    })
  expect(await notesOf({ socketPath: '/nowhere/docker.sock' })).toEqual([])
  expect(await notesOf(undefined)).toEqual([])
})

test('a daemon on a port takes orders from every algorithm that has the network, and the start says so', async () => {
  const notesWith = (ceiling: Settings['VITRINE_CEILING_NETWORK']) =>
    dockerNotes({
      VITRINE_DOCKER_HOST: { host: '127.0.0.1', port: 2375 },
      VITRINE_DOCKER_CERTS: undefined,
      VITRINE_CEILING_NETWORK: ceiling,
    })
  expect(await notesWith('all')).toEqual([expect.stringContaining('Docker at tcp://127.0.0.1:2375')])
  expect(await notesWith('none')).toEqual([])
})
