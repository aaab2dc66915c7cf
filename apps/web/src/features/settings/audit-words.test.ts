import { endpoints, type Json } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { auditQuery } from './audit-filter.ts'
import {
  auditBecause,
  auditChanges,
  auditDetails,
  auditTarget,
  auditThing,
  auditThings,
  auditWord,
  auditWords,
  isRefused,
} from './audit-words.ts'

/** Whether an action is of a route that the contract does not have. tests/architecture compares these with the server. */
const isOutside = (action: string) => / \/(?:git|internal|metrics)\b/.test(action) && !(action in endpoints)

describe('the audit log', () => {
  test('has a word for every change, and none for changes that do not exist', () => {
    const changing = Object.keys(endpoints).filter((key) => /^(POST|PUT|PATCH|DELETE) /.test(key))
    expect(changing.length).toBeGreaterThan(40)
    // These change nothing that is recorded.
    const silent = ['POST /auth/refresh', 'POST /auth/oidc/start', 'POST /invites/look']
    const recorded = changing.filter((key) => !silent.includes(key))
    const words = Object.keys(auditWords).filter((action) => !isRefused(action) && !isOutside(action))
    expect(recorded.toSorted()).toEqual(words.toSorted())
    expect(auditWord('POST /nothing')).toBeNull()
  })

  test('says what somebody wanted to read and may not, by the name of the thing', () => {
    const reading = Object.entries(endpoints).flatMap(([key, { access }]) =>
      key.startsWith('GET ') && access !== 'public' ? [key] : [],
    )
    expect(reading.filter((key) => auditThing(key) === null)).toEqual([])
    const read = new Set(reading.map((key) => auditThing(key)))
    expect(Object.values(auditThings).filter((thing) => !read.has(thing))).toEqual([])
    expect(auditThing('POST /users')).toBeNull()
  })

  test('names people and keys by name, and services by id', () => {
    const id = '9f9c635d-62c5-4f34-b863-4172c7dddf22'
    const of = (target: string, values: Record<string, Json>, name: string | null = null) =>
      auditTarget({ target, target_name: name, details: { values } })
    expect(of(id, { name: 'CI' })).toBe('CI')
    expect(of(id, {}, 'anna')).toBe('anna')
    expect(of(id, {})).toBe('…c7dddf22')
    expect(of('three-of', { replicas: 3 })).toBe('three-of')
    expect(of('', {})).toBe('–')
  })

  test('shows the sentence of a refusal in the language of the reader, and has none for entries that have only a code', () => {
    const because = { zh: '密码不正确', en: 'The password is wrong' }
    const refused = { details: { because, values: { reason: 'share.wrong_password' } } }
    expect([auditBecause(refused, 'zh'), auditBecause(refused, 'en')]).toEqual([because.zh, because.en])
    expect(auditBecause({ details: { values: { reason: 'share.wrong_password' } } }, 'en')).toBeNull()
  })

  test('shows what a change has changed, also where a value is missing or has several parts', () => {
    const changes = {
      role: { before: 'viewer', after: 'user' },
      rate_limit: { before: null, after: { requests: 5, per_s: 1 } },
    }
    expect(auditChanges({ details: { changes } })).toEqual([
      { field: 'role', before: 'viewer', after: 'user' },
      { field: 'rate_limit', before: null, after: { requests: 5, per_s: 1 } },
    ])
    expect(auditChanges({ details: {} })).toEqual([])
  })

  test('asks for whole days', () => {
    const { from, to } = auditQuery({ q: '', outcome: '', from: '2026-03-01', to: '2026-03-01' })
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(24 * 3600 * 1000 - 1)
    expect(auditQuery({ q: ' anna ', outcome: 'odd', from: 'odd', to: '' })).toEqual({
      q: 'anna',
      outcome: undefined,
      from: undefined,
      to: undefined,
    })
  })

  test('shows which fields were sent, with the recorded values', () => {
    const details = {
      remote_address: '127.0.0.1',
      fields: ['password', 'scopes', 'replicas'],
      values: { scopes: ['run', 'read'], replicas: 3 },
    }
    expect(auditDetails({ details })).toEqual({
      from: '127.0.0.1',
      sent: [
        { field: 'password', value: undefined },
        { field: 'scopes', value: ['run', 'read'] },
        { field: 'replicas', value: 3 },
      ],
    })
    expect(auditDetails({ details: {} })).toEqual({ from: '', sent: [] })
  })
})
