import { endpoints, type Json } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { auditDetails, auditTarget, auditWord, auditWords } from './audit-words.ts'

describe('the audit log', () => {
  test('has a word for every change, and none for changes that do not exist', () => {
    const changing = Object.keys(endpoints).filter((key) => /^(POST|PUT|PATCH|DELETE) /.test(key))
    expect(changing.length).toBeGreaterThan(40)
    // This is the only change that is not recorded.
    const recorded = changing.filter((key) => key !== 'POST /auth/refresh')
    const refused = ['POST /auth/login', 'POST /auth/password', 'POST /hooks/gitea'].map(
      (key) => `refused ${key}`,
    )
    expect([...recorded, ...refused].toSorted()).toEqual(Object.keys(auditWords).toSorted())
    expect(auditWord('POST /nothing')).toBeNull()
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

  test('shows which fields were sent, with the recorded values', () => {
    const details = {
      remote_address: '127.0.0.1',
      fields: ['password', 'scopes', 'replicas'],
      values: { scopes: ['run', 'read'], replicas: 3 },
    }
    expect(auditDetails({ details })).toEqual({
      from: '127.0.0.1',
      sent: ['password', 'scopes: run, read', 'replicas: 3'],
    })
    expect(auditDetails({ details: {} })).toEqual({ from: '', sent: [] })
  })
})
