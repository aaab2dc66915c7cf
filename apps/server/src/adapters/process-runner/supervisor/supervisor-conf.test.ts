import { describe, expect, test } from 'vitest'
import type { ProcessSpec } from '../process-runner.ts'
import { quotedWord } from '../../../lib/shell-word.ts'
import { isPlainValue, renderLaunch, renderProgramConf } from './supervisor-conf.ts'
import { socketPathFor } from './supervisor-socket.ts'

const spec: ProcessSpec = {
  id: 'demo-r1-0',
  file: '/opt/it works/start.sh',
  args: ['--text', "it's 100% ;done"],
  cwd: '/data/services/示例',
  env: { VITRINE_INSTANCE: 'demo-r1-0', TOKEN: 'a,b "c" %(x)s\n;' },
  stdoutLog: '/data/services/logs/100%.log',
  stderrLog: '/data/services/logs/err.log',
  startSeconds: 1,
  stopGraceMs: 2_500,
  user: { uid: 1_912_345_678, gid: 1_912_345_678 },
  limits: {},
}

const logRotation = { maxBytes: 2048, backups: 3 }
const unlimited = { entrance: [], socket: null, logRotation }

describe('the configuration of a program', () => {
  test('contains neither the environment nor the arguments, and doubles the percent signs of its paths', () => {
    const conf = renderProgramConf(spec, '/data/supervisor', unlimited)
    expect(conf).not.toContain('TOKEN')
    expect(conf).not.toContain('done')
    expect(conf).toContain('stdout_logfile = ../services/logs/100%%.log\n')
    expect(conf).not.toContain('user =')
    expect(conf).toContain('/bin/sh launch/demo-r1-0.enter.sh\n')
    expect(conf).toContain('stopwaitsecs = 4\n')
    expect(conf).toContain('stopasgroup = true\nkillasgroup = true\n')
  })

  test('rotates both log files as configured', () => {
    const conf = renderProgramConf(spec, '/data/supervisor', unlimited)
    for (const name of ['stdout', 'stderr'])
      expect(conf).toContain(`${name}_logfile_maxbytes = 2048\n${name}_logfile_backups = 3\n`)
  })

  test('names the socket that supervisord creates and the program inherits', () => {
    const around = { ...unlimited, socket: '/data/sockets/demo-r1-0.sock' }
    expect(renderProgramConf(spec, '/data/supervisor', around)).toContain(
      '[fcgi-program:demo-r1-0]\nsocket = unix:///data/sockets/demo-r1-0.sock\nsocket_mode = 0666\nsocket_backlog = 4096\n',
    )
  })

  test('refuses a log path that supervisord would truncate', () => {
    expect(() =>
      renderProgramConf({ ...spec, stdoutLog: '/data/a ;b.log' }, '/data/supervisor', unlimited),
    ).toThrow(expect.objectContaining({ code: 'process.spec_unusable' }))
  })

  test.each([
    ['a;b#c', true],
    ['a ;b', false],
    ['a #b', false],
    ['a\nb', false],
    [' a', false],
    ['a ', false],
  ])('%j is read as it is written: %s', (value, plain) => {
    expect(isPlainValue(value)).toBe(plain)
  })
})

describe('the launch file', () => {
  test('quotes everything and ends with an exec of the program', () => {
    const lines = renderLaunch(spec).trimEnd().split('\n')
    expect(lines[0]).toBe("cd -- '/data/services/示例' || exit 127")
    expect(lines.at(-1)).toBe(`exec '/opt/it works/start.sh' '--text' 'it'\\''s 100% ;done'`)
  })

  test('gives a program its socket as descriptor 3, and an empty standard input', () => {
    const lines = renderLaunch({ ...spec, args: [], listens: 'socket' })
      .trimEnd()
      .split('\n')
    expect(lines.at(-1)).toBe("exec '/opt/it works/start.sh' 3<&0 < /dev/null")
  })

  test('refuses an invalid variable name and a value with NUL', () => {
    expect(() => renderLaunch({ ...spec, env: { 'A;B': '1' } })).toThrow(/not a name of a variable/)
    expect(() => renderLaunch({ ...spec, env: { A: 'x\0y' } })).toThrow(/NUL/)
    expect(() => renderLaunch({ ...spec, args: ['x\0y'] })).toThrow(/NUL/)
  })

  test('a quote inside a word is closed, escaped and opened again', () => {
    expect(quotedWord("a'b")).toBe(`'a'\\''b'`)
  })
})

describe('the socket', () => {
  test('is beside the configuration if its path is short enough, and otherwise in a fixed short folder', () => {
    expect(socketPathFor('/data/supervisor', '/tmp')).toBe('/data/supervisor/supervisor.sock')
    const long = `/data/${'x'.repeat(100)}`
    expect(socketPathFor(long, '/tmp')).toMatch(/^\/tmp\/vitrine-[0-9a-f]{16}\/s$/)
    expect(socketPathFor(long, '/tmp')).toBe(socketPathFor(long, '/tmp'))
    expect(socketPathFor(`${long}y`, '/tmp')).not.toBe(socketPathFor(long, '/tmp'))
    expect(socketPathFor(`/${'中'.repeat(30)}`, '/tmp')).toMatch(/^\/tmp\//)
  })
})
