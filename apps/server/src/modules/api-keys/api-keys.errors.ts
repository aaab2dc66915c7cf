import type { ApiKeyScope } from '@vitrine/contract'
import { defineError } from '../../lib/errors.ts'

export const apiKeyNotFound = defineError<{ id: string }>({
  code: 'api_key.not_found',
  zh: ({ id }) => `API 密钥 ${id} 不存在`,
  en: ({ id }) => `There is no API key ${id}`,
})

export const scopesBeyondRole = defineError<{ path: string; scopes: ApiKeyScope[] }>({
  code: 'api_key.scopes_beyond_role',
  zh: ({ scopes }) => `密钥的权限不能超过自己的权限：${scopes.join('、')}`,
  en: ({ scopes }) => `A key cannot have more permissions than its creator: ${scopes.join(', ')}`,
})

export const servicesBeyondKey = defineError<{ path: string }>({
  code: 'api_key.services_beyond_key',
  zh: () => '当前密钥只限于部分服务，新密钥必须限于其中的服务',
  en: () =>
    'The current key is limited to some services. The new key must be limited to some of the same services',
})

export const expiryInPast = defineError<{ path: string }>({
  code: 'api_key.expiry_in_past',
  zh: () => '到期时间必须晚于现在',
  en: () => 'The expiry must be in the future',
})
