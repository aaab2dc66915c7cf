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
  zh: () => '当前密钥只限于部分服务，用它新建或修改的密钥必须限于其中的服务',
  en: () =>
    'The current key is limited to some services. A key that it makes or changes must be limited to some of the same services',
})

export const expiryBeyondKey = defineError<{ path: string; expires_at: string }>({
  code: 'api_key.expiry_beyond_key',
  zh: ({ expires_at }) =>
    `当前密钥在 ${expires_at} 到期：用它只能让密钥、仓库令牌与分享链接在此之前到期。要更久，请登录后在页面上设置`,
  en: ({ expires_at }) =>
    `The current key ends at ${expires_at}, so with it no key, token of a repository or share link can end later or never. Sign in to set a later end`,
})

export const expiryInPast = defineError<{ path: string }>({
  code: 'api_key.expiry_in_past',
  zh: () => '到期时间必须晚于现在',
  en: () => 'The expiry must be in the future',
})

export const rateBeyondKey = defineError<{ path: string; requests_per_minute: number }>({
  code: 'api_key.rate_beyond_key',
  zh: ({ requests_per_minute }) =>
    `当前密钥每分钟最多 ${requests_per_minute} 次请求：用它不能新建密钥、仓库令牌或可运行的分享链接，也不能把上限调高或取消。请登录后在页面上操作`,
  en: ({ requests_per_minute }) =>
    `The current key may send ${requests_per_minute} requests a minute, so with it no key, token of a repository or link that may be run can be made, and no limit be raised or removed. Sign in for that`,
})

export const keyTooManyRequests = defineError<{ prefix: string; retry_after_s: number }>({
  code: 'api_key.too_many_requests',
  values: (details) => details,
  headers: ({ retry_after_s }) => ({ 'retry-after': String(retry_after_s) }),
})
