import { describe, expect, test } from 'vitest'
import { matchingCommands, type Command } from './commands.ts'

const command = (group: Command['group'], title: string, more: Partial<Command> = {}): Command => ({
  id: `${group} ${title}`,
  group,
  title,
  run: () => undefined,
  ...more,
})
const commands = [
  command('page', 'Services', { first: true }),
  command('action', 'Deploy an algorithm', { first: true }),
  command('service', 'Number plates', { hint: 'plate' }),
  command('service', 'Log: Number plates', { hint: 'plate' }),
  command('algorithm', 'plate', { hint: 'plate' }),
]
const found = (text: string) =>
  matchingCommands(commands, text).map(({ group, commands: of }) => [group, ...of.map(({ title }) => title)])

describe('the commands that fit a text', () => {
  test('are those that are always useful if nothing is typed', () => {
    expect(found(' ')).toEqual([
      ['page', 'Services'],
      ['action', 'Deploy an algorithm'],
    ])
  })

  test('have every word in their title or hint, in any case and order', () => {
    expect(found('PLATE log')).toEqual([['service', 'Log: Number plates']])
    expect(found('nothing')).toEqual([])
  })

  test('begin with the best one, whatever its group', () => {
    expect(found('plate')).toEqual([
      ['algorithm', 'plate'],
      ['service', 'Number plates', 'Log: Number plates'],
    ])
    expect(found('number')).toEqual([['service', 'Number plates', 'Log: Number plates']])
  })

  test('are few enough to read', () => {
    const many = Array.from({ length: 300 }, (_, place) => command('service', `camera ${place}`))
    expect(matchingCommands(many, 'camera').flatMap((section) => section.commands)).toHaveLength(12)
  })
})
