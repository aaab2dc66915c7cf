import { expect, test } from 'vitest'
import { obstructionIn, type Claim, type Lack } from './memory-budget-reclaim.ts'

/** `<person>:<bytes held>`, and with `+<bytes><lack>` what it waits for. */
function claim(text: string): Claim & { text: string } {
  const lacks: Record<string, Lack> = { s: 'share', r: 'room', e: 'exemption' }
  const [, person = '', bytes = '', wanted = '', lack = ''] = /^(\w+):(\d+)(?:\+(\d+)(\w))?$/.exec(text) ?? []
  const next = wanted === '' ? null : { bytes: Number(wanted), lacks: lacks[lack] ?? 'share' }
  return { text, person, bytes: Number(bytes), next }
}

test.each<[string, string[], string | null]>([
  ['nobody waits', ['one:50', 'two:10'], null],
  ['who waits for the own share waits for nobody else', ['one:50', 'two:10+5s'], null],
  ['a full budget is left by the exempt claim', ['one:50', 'two:60+10r'], 'two:60+10r → one:50'],
  ['a person does not wait for the own exempt claim', ['one:50', 'one:10+10e'], null],
  ['a larger one than a share waits for the exemption', ['one:50', 'two:10+60e'], 'two:10+60e → one:50'],
  [
    'a full budget is left by the largest claim of whoever holds most',
    ['one:10', 'two:20', 'two:30', 'three:5+10r'],
    'three:5+10r → two:30',
  ],
  [
    'whoever would hold as much takes nothing from who holds most',
    ['one:10', 'two:50', 'three:5+45r'],
    'three:5+45r → one:10',
  ],
  [
    'the first that waits for another person comes first',
    ['one:50', 'one:1+5r', 'two:2+5r', 'three:1+5r'],
    'two:2+5r → one:50',
  ],
])('%s', (_what, texts, expected) => {
  const claims = texts.map(claim)
  const [exempt] = claims
  if (!exempt) throw new Error('the first claim is the exempt one')
  const found = obstructionIn(claims, exempt)
  expect(found && `${found.waiting.text} → ${found.by.text}`).toBe(expected)
})
