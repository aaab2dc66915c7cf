import { expect, test } from 'vitest'
import { keyCommand } from './player-keys.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false }
const video = { tag: 'DIV', type: '' }

test('comma and full stop step one frame back and forward, space plays, arrows skip', () => {
  expect(keyCommand({ ...plain, key: ',' }, video)).toEqual({ type: 'step', frames: -1 })
  expect(keyCommand({ ...plain, key: '.' }, video)).toEqual({ type: 'step', frames: 1 })
  expect(keyCommand({ ...plain, key: ' ' }, video)).toEqual({ type: 'toggle' })
  expect(keyCommand({ ...plain, key: 'ArrowLeft' }, video)).toEqual({ type: 'skip', seconds: -5 })
})

test('shortcuts of the browser still work', () => {
  expect(keyCommand({ ...plain, ctrlKey: true, key: 'f' }, video)).toBeNull()
})

test('space on a button presses the button, and letters in a search field are text', () => {
  expect(keyCommand({ ...plain, key: ' ' }, { tag: 'BUTTON', type: 'button' })).toBeNull()
  expect(keyCommand({ ...plain, key: '.' }, { tag: 'BUTTON', type: 'button' })).toEqual({
    type: 'step',
    frames: 1,
  })
  expect(keyCommand({ ...plain, key: 'k' }, { tag: 'INPUT', type: 'search' })).toBeNull()
  expect(keyCommand({ ...plain, key: 'ArrowRight' }, { tag: 'INPUT', type: 'range' })).toEqual({
    type: 'skip',
    seconds: 5,
  })
})
