import { expect, test } from 'vitest'
import { keyCommand } from './player-keys.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false }
const video = { tag: 'DIV', type: '' }

test('comma and full stop go a frame back and on, space plays, arrows skip', () => {
  expect(keyCommand({ ...plain, key: ',' }, video)).toEqual({ type: 'step', frames: -1 })
  expect(keyCommand({ ...plain, key: '.' }, video)).toEqual({ type: 'step', frames: 1 })
  expect(keyCommand({ ...plain, key: ' ' }, video)).toEqual({ type: 'toggle' })
  expect(keyCommand({ ...plain, key: 'ArrowLeft' }, video)).toEqual({ type: 'skip', seconds: -5 })
})

test('the browser keeps its shortcuts', () => {
  expect(keyCommand({ ...plain, ctrlKey: true, key: 'f' }, video)).toBeNull()
})

test('space on a button is the button’s, and letters in a search field are the text’s', () => {
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
