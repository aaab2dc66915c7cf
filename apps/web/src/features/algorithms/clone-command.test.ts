import { expect, test } from 'vitest'
import { cloneCommandWith } from './clone-command.ts'

test('a token is the password in the address of the repository', () => {
  expect(cloneCommandWith('vtr_x', { id: 'a', origin: 'https://vitrine.example:8443' })).toBe(
    'git clone https://git:vtr_x@vitrine.example:8443/git/a.git',
  )
})
