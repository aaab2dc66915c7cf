import { expect, test } from 'vitest'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import { createRoom, roomFor } from './scaling-room.ts'

const gibibyte = 1024 ** 3
const using = (memoryBytes: number) => liveInstance({ usage: { cpu: 0, memoryBytes, openFiles: 0 } })

test.each<[string, number, number, number]>([
  ['nothing is known of the present ones', 0, 0, Number.POSITIVE_INFINITY],
  ['nine tenths of the free memory count', gibibyte, 10 * gibibyte, 9],
  ['less is free than one takes', gibibyte, gibibyte, 0],
  ['more is promised than is free', gibibyte, -gibibyte, 0],
])('room for more instances: %s', (_name, bytes, free, expected) => {
  expect(roomFor(bytes, free)).toBe(expected)
})

test('the largest of the present instances counts', () => {
  const room = createRoom(() => 10 * gibibyte)
  const instances = [using(gibibyte), using(3 * gibibyte), liveInstance({ usage: null })]
  expect(room.promise('a', instances, { from: 1, to: 9 })).toBe(4)
})

test('what one service was promised, another does not get until the first has ended its work', () => {
  const room = createRoom(() => 10 * gibibyte)
  const ask = (id: string, to: number) => room.promise(id, [using(gibibyte)], { from: 1, to })
  expect([ask('a', 7), ask('b', 7)]).toEqual([7, 4])
  expect(ask('c', 7)).toBe(1)
  room.end((id) => id === 'b' || id === 'c')
  expect(ask('c', 3)).toBe(3)
  room.end(() => true)
  expect(ask('c', 10)).toBe(10)
})
