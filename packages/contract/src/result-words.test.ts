import { describe, expect, test } from 'vitest'
import { sayWith } from './result-words.ts'

const say = sayWith({
  人: 'person',
  '1 个人': '1 person',
  '{#n} 个人': '{#n} people',
  '1 张脸': '1 face',
  '{#n} 张脸': '{#n} faces',
  '{a}，{b}': '{a}, {b}',
  '{a}、{b}': '{a}, {b}',
  '{what} {n}：{seen}': '{what} {n}: {seen}',
  人脸: 'face',
  张着嘴: 'mouth open',
  正对镜头: 'facing the camera',
  '第 {frame} 帧，共 {all} 帧': 'frame {frame} of {all}',
  '{x} 在 {y} 左边': '{y} is right of {x}',
  '{only}': 'never',
  '{one}{two} 个': 'never',
})

describe('a text of a result is translated with the words of its package', () => {
  test.each<[string, string, string]>([
    ['a label', '人', 'person'],
    ['a label without a translation', '猫', '猫'],
    ['a sentence with a number', '3 个人', '3 people'],
    ['a sentence as it is, before a pattern', '1 个人', '1 person'],
    ['a list of sentences', '2 个人，1 张脸', '2 people, 1 face'],
    ['nothing where a number is expected and is none', '许多 个人', '许多 个人'],
    ['a number with a sign and decimals', '-1.5 个人', '-1.5 people'],
    ['a longer list', '人、人脸、猫、人', 'person, face, 猫, person'],
    ['the pattern with more text first', '人脸 1：正对镜头、张着嘴', 'face 1: facing the camera, mouth open'],
    ['each line', '2 个人\n人脸 2：张着嘴\n\n猫', '2 people\nface 2: mouth open\n\n猫'],
    ['a pattern between two texts', '第 3 帧，共 10 帧', 'frame 3 of 10'],
    ['gaps in another order', '人 在 猫 左边', '猫 is right of person'],
    ['nothing where a gap would be empty', ' 个人', ' 个人'],
    ['nothing empty', '', ''],
    ['names of every object’s members', 'constructor', 'constructor'],
  ])('%s', (_what, text, expected) => {
    expect(say(text)).toBe(expected)
  })

  test('a gap that the original does not have stays as it is written', () => {
    expect(sayWith({ '{n} 个': '{n} of {all}' })('3 个')).toBe('3 of {all}')
  })

  test.each([
    ['twice', { 'a{x}': '{x}{x}' }],
    ['many times', { 'a{x}': '{x}'.repeat(600) }],
    ['and grow', { 'a{x}': `${'b'.repeat(1000)}{x}` }],
  ])('a text whose patterns refer to themselves %s stays as written, and takes no time', (_how, words) => {
    const text = 'a'.repeat(41)
    expect(sayWith(words)(text)).toBe(text)
  })
  test('a text of very many lines is translated only as far as that is quick', () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `${at} 张脸`)
    const said = sayWith({ '{#n} 张脸': '{#n} faces' })(lines.join('\n')).split('\n')
    expect([said.at(0), said.at(-1)]).toEqual(['0 faces', '4999 张脸'])
  })

  test('a text that refers to itself ends', () => {
    expect(sayWith({ 'a{x}': 'b{x}', '{x}a': '{x}c' })('aaaa')).toBe('accc')
    expect(sayWith({ '{a},{b}': '{b};{a}' })(',,,,')).toHaveLength(4)
  })

  test('a very long line is not changed', () => {
    const line = `${'x'.repeat(2001)} 个人`
    expect(say(line)).toBe(line)
  })
})
