import type { ApiKeyScope } from '@vitrine/contract'
import { apiKeyScopeWords } from '@vitrine/contract/scope-words'
import { defineError } from './errors.ts'

export const signInRequired = defineError({ code: 'auth.required' })

/** `scope` is the scope that an API key needs. Null for people and instances. */
export const notPermitted = defineError<{ permission: string; scope: ApiKeyScope | null }>({
  code: 'auth.not_permitted',
  zh: ({ permission, scope }) =>
    scope === null
      ? `没有权限（需要 ${permission}）`
      : `这个 API 密钥没有权限（需要“${apiKeyScopeWords.zh[scope]}”权限）`,
  en: ({ permission, scope }) =>
    scope === null
      ? `Not permitted (needs ${permission})`
      : `This API key is not permitted (needs the scope “${apiKeyScopeWords.en[scope]}”)`,
})

export const keyLimited = defineError({
  code: 'auth.key_limited',
  zh: () => '此 API 密钥只限于部分服务，不能用于这个接口',
  en: () => 'This API key is limited to some services and cannot use this route',
})

export const outsideKey = defineError<{ service_id: string }>({ code: 'auth.service_not_allowed' })
