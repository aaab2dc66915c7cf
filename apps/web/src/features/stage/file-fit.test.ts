import { describe, expect, test } from 'vitest'
import { problemAfter, problemBefore } from './file-fit.ts'

const file = (name: string, type: string, size = 10) => ({ name, type, size })
const most = 1000

describe('before a file is sent', () => {
  test.each([
    ['image', file('a.png', 'image/png'), null],
    ['image', file('a.pdf', 'application/pdf'), 'wrong_type'],
    [
      'image',
      file('a.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
      'wrong_type',
    ],
    ['image', file('a.txt', 'text/plain'), 'wrong_type'],
    ['image', file('a.mp4', 'video/mp4'), 'wrong_type'],
    ['video', file('a.mp3', 'audio/mpeg'), 'wrong_type'],
    ['audio', file('a.png', 'image/png'), 'wrong_type'],
    ['image', file('a.png', 'image/png', 0), 'empty'],
    ['image', file('a.png', 'image/png', most + 1), 'too_large'],
    ['image', file('a.png', 'image/png', most), null],
    ['file', file('a.pdf', 'application/pdf'), null],
    ['file', file('a.pdf', 'application/pdf', most + 1), 'too_large'],
  ] as const)('an input of the kind %s finds %o: %s', (medium, given, problem) => {
    expect(problemBefore(medium, given, most)).toBe(problem)
  })

  test('an algorithm that listens also takes the sound of a video', () => {
    expect(problemBefore('audio', file('a.mp4', 'video/mp4'), most)).toBeNull()
  })

  test('a file of an unknown type is sent, because only its content can tell', () => {
    expect(problemBefore('image', file('scan.dcm', ''), most)).toBeNull()
    expect(problemBefore('video', file('a.mxf', 'application/mxf'), most)).toBeNull()
  })
})

describe('after its content is known', () => {
  const unknown = { kind: 'file', mime: 'application/octet-stream' } as const

  test.each([
    ['image', file('a.png', 'image/png'), { kind: 'image', mime: 'image/png' }, null],
    ['image', file('a.png', 'image/png'), unknown, 'damaged'],
    ['image', file('a.png', 'image/png'), { kind: 'file', mime: 'application/zip' }, 'damaged'],
    ['video', file('a.mp4', 'video/mp4'), unknown, 'damaged'],
    ['image', file('a', ''), { kind: 'video', mime: 'video/mp4' }, 'wrong_type'],
    ['image', file('a', ''), { kind: 'file', mime: 'application/pdf' }, 'wrong_type'],
    ['audio', file('recording.webm', 'audio/webm'), { kind: 'video', mime: 'video/webm' }, null],
    ['audio', file('a.ogg', 'audio/ogg'), { kind: 'file', mime: 'application/ogg' }, null],
    ['file', file('a', ''), unknown, null],
  ] as const)('an input of the kind %s finds in %o the content %o: %s', (medium, given, found, problem) => {
    expect(problemAfter(medium, given, found)).toBe(problem)
  })

  test('a rare format that promises nothing is left to the algorithm, as is SVG', () => {
    expect(problemAfter('image', file('scan.dcm', ''), unknown)).toBeNull()
    expect(problemAfter('image', file('a.svg', 'image/svg+xml'), unknown)).toBeNull()
  })
})
