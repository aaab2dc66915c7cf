import { expect, test } from 'vitest'
import { splitLead } from './lead.ts'

test.each([
  ['找出人。模型在本机运行。', '找出人。', '模型在本机运行。'],
  ['Finds people. Runs here.', 'Finds people.', 'Runs here.'],
  ['Reads v1.2 files in 0.3 s! Fast.', 'Reads v1.2 files in 0.3 s!', 'Fast.'],
  ['没有句号', '没有句号', ''],
  ['Only one.', 'Only one.', ''],
  ['运动、美食， 并标出 V2 的词。', '运动、美食，并标出 V2 的词。', ''],
  ['', '', ''],
])('“%s” begins with “%s”', (description, lead, rest) => {
  expect(splitLead(description)).toEqual({ lead, rest })
})
