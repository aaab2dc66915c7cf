import { describe, expect, test } from 'vitest'
import {
  pauseAfterLoss,
  decidePort,
  saysPortTaken,
  type PortFacts,
  type PortDecision,
  type PortLoss,
} from './port-decision.ts'

describe('the decision about a process and its port', () => {
  test.each<[PortFacts['process'], PortFacts['listener'], boolean, PortDecision]>([
    ['lives', 'own', false, 'settled'],
    ['lives', 'nobody', false, 'wait'],
    ['lives', 'unknown', false, 'wait'],
    ['lives', 'foreign', false, 'move'],
    // A log message of a living process is no reason to end it, because it may try again.
    ['lives', 'nobody', true, 'wait'],
    ['lives', 'own', true, 'settled'],
    ['ended', 'foreign', false, 'move'],
    ['ended', 'foreign', true, 'move'],
    ['ended', 'nobody', true, 'move'],
    ['ended', 'unknown', true, 'move'],
    ['ended', 'nobody', false, 'ended'],
    ['ended', 'unknown', false, 'ended'],
    ['ended', 'own', false, 'ended'],
    ['ended', 'own', true, 'ended'],
  ])(
    'it %s, on the port is %s, its last lines say that it is taken: %s → %s',
    (process, listener, saysTaken, fate) => {
      expect(decidePort({ process, listener, saysTaken })).toBe(fate)
    },
  )
})

describe('the pause before it is started with another port', () => {
  const losses = (count: number, seen: boolean): PortLoss[] =>
    Array.from({ length: count }, (_unused, index) => ({ at: index, seen }))
  test.each<[string, PortLoss[], number | null]>([
    ['there is none the first time', losses(1, true), 0],
    ['it doubles', losses(2, true), 50],
    ['it doubles again', losses(5, true), 400],
    ['it is five seconds at most, however often a foreign process takes the port', losses(60, true), 5_000],
    ['what the process says is believed', losses(4, false), 200],
    ['but not for ever while nobody is there', losses(5, false), null],
    ['and what was seen does not count for that', [...losses(4, false), ...losses(9, true)], 5_000],
  ])('%s', (_name, all, pause) => {
    expect(pauseAfterLoss(all, 100)).toBe(pause)
  })
  test('losses older than two minutes do not count', () => {
    expect(pauseAfterLoss([...losses(8, false), { at: 300_000, seen: true }], 300_000)).toBe(0)
  })
})

describe('whether a log line says that port 18019 is taken', () => {
  test.each<[string, boolean]>([
    [
      "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 18019): address already in use",
      true,
    ],
    ['Error: listen EADDRINUSE: address already in use 127.0.0.1:18019', true],
    ['OSError: [Errno 98] Address already in use', true],
    ['2026-11-27 07:50:21,123 ERROR OSError: [Errno 98] Address already in use', true],
    ["[2026-11-27 07:50:21 +0000] [42] [ERROR] Connection in use: ('127.0.0.1', 18019)", true],
    ['listen tcp 127.0.0.1:18019: bind: address already in use', true],
    ['Port 18019 is in use by another program.', true],
    ['Error: listen EADDRINUSE: address already in use :::9229', false],
    ["[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use", false],
    ['Port 5000 is in use by another program.', false],
    ['ModuleNotFoundError: No module named torch', false],
    ['listening on 127.0.0.1:18019', false],
  ])('%s → %s', (line, expected) => {
    expect(saysPortTaken(line, 18_019)).toBe(expected)
  })
})
