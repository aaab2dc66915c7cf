import type { ApiKeyScope } from '@vitrine/contract'
import { apiKeyScopeWords } from '@vitrine/contract/scope-words'
import { defineError, type AppError } from './errors.ts'

export const signInRequired = defineError({ code: 'auth.required' })

/** A person or an instance lacks a permission. */
const permissionMissing = defineError<{ permission: string }>({
  code: 'auth.not_permitted',
  values: ({ permission }) => ({ permission }),
})

/** An API key lacks a permission. `scope` is the one with which it would have it. */
const scopeMissing = defineError<{ permission: string; scope: ApiKeyScope }>({
  code: 'auth.scope_missing',
  values: ({ scope }, language) => ({ scope: apiKeyScopeWords[language][scope] }),
})

/** `scope` is the scope that an API key needs. Null for people and instances. */
export const notPermitted = ({
  permission,
  scope,
}: {
  permission: string
  scope: ApiKeyScope | null
}): AppError => (scope === null ? permissionMissing({ permission }) : scopeMissing({ permission, scope }))

export const keyLimited = defineError({
  code: 'auth.key_limited',
  zh: () => '此 API 密钥只限于部分服务，不能用于这个接口',
  en: () => 'This API key is limited to some services and cannot use this route',
})

export const administratorsAlone = defineError({
  code: 'auth.administrators_only',
  zh: () => '这关系到所有人的服务，只有管理员能做；请管理员来做',
  en: () =>
    'This concerns the services of everybody, so only an administrator can do it. Ask an administrator',
})

export const outsideKey = defineError<{ service_id: string }>({ code: 'auth.service_not_allowed' })

/** A stream tells somebody what they may know. While it was opened, that has changed. */
export const rightsChanged = defineError({
  code: 'auth.rights_changed',
  zh: () => '正要打开时，您的权限变了；请再打开一次',
  en: () => 'Your rights changed while this was being opened. Open it again',
})
