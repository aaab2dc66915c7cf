import { describe, expect, test } from 'vitest'
import { isAtLeast } from './log-level.ts'
import { parseLine, shownLine, shownLineLength } from './log-line.ts'

const timeOf = (text: string) => shownLine({ replica: 1, stream: 'stdout' }, parseLine(text)).ts

describe('the time of a line', () => {
  test.each([
    ['2026-01-31T12:00:00Z ready', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5+08:00 ready', '2026-01-31T04:00:00.500Z'],
    ['[2026-01-31 12:00:00.123456Z] ready', '2026-01-31T12:00:00.123Z'],
    ['[2026-01-31 12:00:00 +0800] [7] [INFO] ready', '2026-01-31T04:00:00.000Z'],
    ['2026-01-31 12:00:00,042 INFO ready', new Date(2026, 0, 31, 12, 0, 0, 42).toISOString()],
    ['2026-01-31 12:00:00.042123: I tensorflow/core', new Date(2026, 0, 31, 12, 0, 0, 42).toISOString()],
    ['2026-13-31T12:00:00Z', null],
    ['at 2026-01-31T12:00:00Z', null],
    ['2026-01-31', null],
    ['', null],
  ])('%j begins at %j', (line, time) => {
    expect(timeOf(line)).toBe(time)
  })
})

describe('the level of a line', () => {
  test.each([
    ['INFO:     127.0.0.1:5000 - "GET /health HTTP/1.1" 200 OK', 'info'],
    ['\u001b[32mINFO\u001b[0m:     Started server process [7]', 'info'],
    ['WARNING:root:low memory', 'warn'],
    ['CRITICAL:vision:no weights', 'error'],
    ['[ERROR] no such file', 'error'],
    ['2026/01/31 12:00:00 [warn] 7#7: *1 a client request body', 'warn'],
    ['[2026-01-31 12:00:00 +0000] [7] [DEBUG] worker', 'debug'],
    ['2026-01-31 12:00:00,042 - vision - ERROR - no weights', 'error'],
    ['2026-01-31 12:00:00.042 | WARNING  | app:main:7 - low', 'warn'],
    ['2026-01-31T12:00:00.042Z  INFO 7 --- [main] c.e.App : started', 'info'],
    ['[2026-01-31T12:00:00Z TRACE app] in', 'debug'],
    ['time=2026-01-31T12:00:00Z level=warn msg="low"', 'warn'],
    ['E0131 12:00:00.123456 7 server.cc:12] failed', 'error'],
    ['2026-01-31 12:00:00.042123: W tensorflow/core/x.cc:1] slow', 'warn'],
    ['/app/x.py:7: DeprecationWarning: use y', 'warn'],
    ['Traceback (most recent call last):', 'error'],
    ['ValueError: no', 'error'],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory', 'error'],
    ['KeyboardInterrupt', null],
    ['no ERROR here', null],
    ['2026-01-31 12:00:00 an information for the warning desk', null],
    ['第 1 帧完成', null],
    ['', null],
  ])('%j is %j', (line, level) => {
    expect(parseLine(line).level).toBe(level)
  })

  test('is compared with the wanted minimum; an unknown one never reaches it', () => {
    expect([isAtLeast('warn', 'warn'), isAtLeast('error', 'warn'), isAtLeast('info', 'warn')]).toEqual([
      true,
      true,
      false,
    ])
    expect(isAtLeast(null, 'debug')).toBe(false)
  })
})

describe('a JSON line', () => {
  test.each([
    [
      '{"level":30,"time":1769860800000,"pid":7,"msg":"识别完成"}',
      { level: 'info', text: '识别完成', fields: { pid: 7 } },
    ],
    [
      '{"severity":"ERROR","timestamp":"2026-01-31T12:00:00Z","message":"no","err":{"code":7}}',
      { level: 'error', text: 'no', fields: { err: { code: 7 } } },
    ],
    ['{"lvl":"warn","ts":1769860800.25,"msg":"slow"}', { level: 'warn', text: 'slow', fields: {} }],
    ['{"level":60,"time":1769860800000000000,"msg":"down"}', { level: 'error', text: 'down', fields: {} }],
  ])('%s is understood', (line, meaning) => {
    const parsed = parseLine(line)
    expect(parsed).toMatchObject(meaning)
    expect(new Date(parsed.at ?? 0).toISOString()).toMatch(/^2026-01-31T12:00:00/)
  })

  test('keeps invalid times, levels and texts as fields, and is itself the text if it has none', () => {
    const line = '{"time":"soon","level":"loud","msg":["a"],"n":1}'
    expect(parseLine(line)).toMatchObject({
      at: null,
      level: null,
      text: line,
      fields: { time: 'soon', level: 'loud', msg: ['a'], n: 1 },
    })
  })

  test.each(['{"msg":"cut', '{not json}', '["msg"]', '{"a":1} and more'])('%s is text', (line) => {
    expect(parseLine(line)).toMatchObject({ text: line, fields: null })
  })
})

test('a megabyte in one line is shown cut with a note', () => {
  const { text } = parseLine('x'.repeat(1024 * 1024))
  expect(text).toBe(`${'x'.repeat(shownLineLength)} … [line cut at ${shownLineLength} characters]`)
})
