import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryRunner, type MemoryRunner } from '../../adapters/process-runner/memory-runner.ts'
import { LiveBoard, type WatchedInstance } from './live-board.ts'
import type { ProbeResult } from './probe.ts'

const id = 'demo-r1-1'
const watched = (part: Partial<WatchedInstance> = {}): WatchedInstance => ({
  id,
  serviceId: 'demo',
  release: 1,
  port: 18_001,
  healthPath: '/health',
  healthIntervalMs: 10_000,
  temporary: false,
  ...part,
})

let runner: MemoryRunner
let board: LiveBoard
let changes: string[]
let answer: ProbeResult
beforeEach(async () => {
  runner = memoryRunner()
  changes = []
  answer = { health: 'READY', reason: null }
  board = new LiveBoard({
    runner,
    probe: async () => answer,
    onChange: (serviceId) => void changes.push(serviceId),
    onError: (error) => {
      throw error
    },
  })
  for (const one of [id, 'demo-r1-c1'])
    await runner.add([
      {
        id: one,
        file: '/bin/true',
        args: [],
        cwd: '/',
        env: {},
        stdoutLog: '/dev/null',
        stderrLog: '/dev/null',
        startSeconds: 1,
        stopGraceMs: 100,
        user: null,
      },
    ])
  await board.open([watched(), watched({ id: 'demo-r1-c1', temporary: true })])
})
afterEach(() => board.close())

const shown = () => {
  const live = board.get(id)
  return live && [live.state, live.health]
}

test('a process that runs shows what its health says, and one that does not run says nothing of its health', async () => {
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
  await runner.start(id)
  await board.probeNow(id)
  expect(shown()).toEqual(['RUNNING', 'READY'])
  await runner.stop(id)
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
})

test('another process of the same instance has to answer for itself', async () => {
  await runner.start(id)
  await board.probeNow(id)
  answer = { health: 'STARTING', reason: null }
  runner.exitNow(id, 1)
  expect(board.get(id)?.health).not.toBe('READY')
})

test('an instance that is leaving shows as STOPPING, which is a change, until its next process', async () => {
  await runner.start(id)
  await board.probeNow(id)
  changes.length = 0
  board.leave(id)
  board.leave(id)
  expect([shown(), changes]).toEqual([['STOPPING', 'READY'], ['demo']])
  await runner.stop(id)
  await runner.start(id)
  await board.probeNow(id)
  expect(shown()).toEqual(['RUNNING', 'READY'])
})

test('one that does not run has nothing to leave', async () => {
  board.leave(id)
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
  expect(changes).toEqual(['demo'])
})

test('a temporary instance is no part of its service', () => {
  expect(board.ofService('demo').map((live) => live.id)).toEqual([id])
  expect(board.get('demo-r1-c1')?.temporary).toBe(true)
})
