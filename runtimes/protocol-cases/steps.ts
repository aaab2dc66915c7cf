import { access, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { expandJson, expandText } from './expand.ts'
import type { Instance } from './instance.ts'
import { mismatches, type Saved } from './match.ts'
import type { FakePlatform, HeldAsset } from './platform.ts'
import type { CaseRequest, Expectation, Exchange, Step } from './protocol-case.ts'
import { beginUpload, type Answer } from './uploads.ts'
import { patienceMs } from '../../tests/support/patience.ts'

const deadline = { timeoutMs: patienceMs }

type StepOfMedia = Extract<
  Step,
  | { until_held: string }
  | { let_go: string }
  | { break_off: string }
  | { until_given_up: string }
  | { files_of_requests: number }
  | { no_gate: string }
>

/** The state that the steps of one case share. */
export type CaseState = {
  instance: Instance
  platform: FakePlatform
  saved: Saved
  /** Requests that were sent in the background. `begun` resolves when the head of the answer has arrived. */
  background: Map<string, { begun: Promise<unknown>; answer: Promise<Answer>; caller: AbortController }>
  /** What sends the bodies of requests that are being uploaded. */
  uploads: Map<string, () => void>
}

function bodyOf(state: CaseState, request: CaseRequest): BodyInit | undefined {
  if (request.raw_base64 !== undefined) return Buffer.from(request.raw_base64, 'base64')
  if (request.raw !== undefined) return request.raw
  if (request.body === undefined) return undefined
  return JSON.stringify(expandJson(request.body, state.instance.folders, state.saved))
}

/** Sends a request. Resolves when the head of the answer has arrived. */
function begin(state: CaseState, request: CaseRequest, signal?: AbortSignal): Promise<Response> {
  const path = expandText(request.path, state.instance.folders, state.saved)
  return fetch(state.instance.url + path, {
    method: request.method,
    headers: { 'content-type': 'application/json', ...request.headers },
    body: bodyOf(state, request),
    signal,
  })
}

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  text: await response.text(),
})

const send = async (state: CaseState, request: CaseRequest, signal?: AbortSignal): Promise<Answer> =>
  answerOf(await begin(state, request, signal))

function eventsOf(text: string): { event: string; data: unknown }[] {
  const blocks = text.split('\n\n').filter((block) => block.startsWith('event: '))
  return blocks.map((block) => {
    const [event = '', data = ''] = block.split('\n')
    return { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) }
  })
}

function problemsOf(expected: Expectation, answer: Answer, state: CaseState): string[] {
  const problems: string[] = []
  if (answer.status !== expected.status)
    problems.push(`status: expected ${expected.status}, got ${answer.status}`)
  for (const [name, pattern] of Object.entries(expected.headers)) {
    const value = answer.headers.get(name) ?? ''
    if (!new RegExp(pattern).test(value))
      problems.push(`header ${name}: ${JSON.stringify(value)} is not ${pattern}`)
  }
  for (const [name, as] of Object.entries(expected.save_headers))
    state.saved.set(as, answer.headers.get(name) ?? '')
  if (expected.text !== undefined && !new RegExp(expected.text, 's').test(answer.text)) {
    problems.push(`the body does not match ${expected.text}`)
  }
  if (expected.body !== undefined) {
    const wanted = expandJson(expected.body, state.instance.folders, state.saved)
    problems.push(...mismatches(wanted, JSON.parse(answer.text), state.saved))
  }
  if (expected.events)
    problems.push(...mismatches(expected.events, eventsOf(answer.text), state.saved, 'events'))
  return problems.length > 0
    ? [...problems, `the answer was ${answer.status} ${answer.text.slice(0, 2_000)}`]
    : []
}

function check(expected: Expectation, answer: Answer, state: CaseState): void {
  const problems = problemsOf(expected, answer, state)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

async function exchange(state: CaseState, { request, expect }: Exchange): Promise<void> {
  check(expect, await send(state, request), state)
}

async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  if (!(await waitFor(ask, deadline))) throw new Error(`did not happen in time: ${what}`)
}

async function untilAnswer(state: CaseState, { request, expect }: Exchange): Promise<void> {
  let last: string[] = []
  const fits = await waitFor(async () => {
    last = problemsOf(expect, await send(state, request), state)
    return last.length === 0
  }, deadline)
  if (!fits) throw new Error(last.join('\n'))
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

async function isRefused(state: CaseState, request: CaseRequest): Promise<boolean> {
  // If the signal has not arrived yet, this request is still accepted, and would wait behind the running
  // ones.
  const answer = await send(state, request, AbortSignal.timeout(500)).catch((error: unknown) => {
    if (error instanceof DOMException) return 'taken' as const
    return null
  })
  if (answer === 'taken') return false
  return answer === null || answer.status === 503
}

async function heldAsset({ platform }: CaseState, id: string): Promise<HeldAsset> {
  await until(`${id} is fetched`, () => platform.held.has(id))
  const held = platform.held.get(id)
  if (!held) throw new Error(`${id} is not held`)
  return held
}

async function upload(name: string, request: CaseRequest, state: CaseState): Promise<void> {
  const body = JSON.stringify(expandJson(request.body ?? null, state.instance.folders, state.saved))
  const url = state.instance.url + request.path
  const { answer, send: sendBody, caller } = await beginUpload(url, request.headers, body)
  state.background.set(name, { begun: answer, answer, caller })
  state.uploads.set(name, sendBody)
}

/** Runs a step about a held asset, or about the files that are there. */
async function takeStepOfMedia(step: StepOfMedia, state: CaseState): Promise<void> {
  if ('until_held' in step) await heldAsset(state, step.until_held)
  else if ('let_go' in step) (await heldAsset(state, step.let_go)).letGo()
  else if ('break_off' in step) (await heldAsset(state, step.break_off)).breakOff()
  else if ('until_given_up' in step) {
    const held = await heldAsset(state, step.until_given_up)
    await until(`${step.until_given_up} is given up`, () => held.isGivenUp)
  } else if ('files_of_requests' in step) {
    const folder = join(state.instance.folders.media, 'requests')
    await until(`${step.files_of_requests} files of requests`, async () => {
      return (await readdir(folder)).length === step.files_of_requests
    })
  } else if (await exists(join(state.instance.folders.gate, step.no_gate))) {
    throw new Error(`${step.no_gate} exists`)
  }
}

/** Runs one step. Rejects with the differences from the expected answer. */
export async function takeStep(step: Step, state: CaseState): Promise<void> {
  const { instance } = state
  if ('together' in step) {
    await Promise.all(step.together.map((one) => exchange(state, one)))
  } else if ('until' in step) {
    await untilAnswer(state, step.until)
  } else if ('background' in step) {
    const caller = new AbortController()
    const begun = begin(state, step.request, caller.signal)
    const answer = begun.then(answerOf)
    // The step that waits for the answer reports its failure. Before that, or if the case fails earlier, the
    // failure must not end the test run.
    answer.catch(() => undefined)
    state.background.set(step.background, { begun, answer, caller })
  } else if ('uploading' in step) {
    await upload(step.uploading, step.request, state)
  } else if ('rest_of' in step) {
    state.uploads.get(step.rest_of)?.()
  } else if ('answer_of' in step) {
    const answer = await state.background.get(step.answer_of)?.answer
    if (!answer) throw new Error(`nothing runs in the background as ${step.answer_of}`)
    check(step.expect, answer, state)
  } else if ('begun' in step) {
    const one = state.background.get(step.begun)
    if (!one) throw new Error(`nothing runs in the background as ${step.begun}`)
    await one.begun
  } else if ('leaves' in step) {
    state.background.get(step.leaves)?.caller.abort()
  } else if ('open_gate' in step) {
    await writeFile(join(instance.folders.gate, step.open_gate), '')
  } else if ('until_gate' in step) {
    await until(step.until_gate, () => exists(join(instance.folders.gate, step.until_gate)))
  } else if ('stderr' in step) {
    await until(step.stderr, () => instance.stderr.some((line) => new RegExp(step.stderr).test(line)))
  } else if ('terminate' in step) {
    instance.terminate()
  } else if ('refused' in step) {
    await until('new requests are refused', () => isRefused(state, step.refused))
  } else if ('exits' in step) {
    const { exitCode, signal } = await instance.ended
    if (exitCode !== step.exits) throw new Error(`ended with ${exitCode ?? signal}, expected ${step.exits}`)
  } else if ('fetched' in step) {
    for (const [id, times] of Object.entries(step.fetched)) {
      const actual = state.platform.fetched.get(id) ?? 0
      if (actual !== times) throw new Error(`${id} was fetched ${actual} times, expected ${times}`)
    }
  } else if ('request' in step) {
    await exchange(state, step)
  } else {
    await takeStepOfMedia(step, state)
  }
}
