import { defineError } from '../../lib/errors.ts'

export const grantNotFound = defineError<{ grant_id: string }>({
  code: 'service_grant.not_found',
  zh: () => '没有这项授权，它可能已被收回',
  en: () => 'The grant was not found. It may have been taken away',
})

export const holderNotFound = defineError<{ field: string; name: string }>({
  code: 'service_grant.person_not_found',
  zh: ({ name }) => `没有名为“${name}”的用户`,
  en: ({ name }) => `There is no person named "${name}"`,
})

export const notOwner = defineError<{ service_id: string; owner: string }>({
  code: 'service.not_owner',
  zh: ({ service_id, owner }) =>
    `服务 ${service_id} 属于 ${owner}，只有其所有者或管理员可以移交它，或改变它所在的分组`,
  en: ({ service_id, owner }) =>
    `Service ${service_id} belongs to ${owner}; only the owner or an administrator can hand it over or change its group`,
})

export const newOwnerUnfit = defineError<{ field: string; name: string }>({
  code: 'service.new_owner_unfit',
  zh: ({ name }) => `“${name}”已被停用，或其角色不能部署服务，所以不能成为所有者`,
  en: ({ name }) =>
    `"${name}" is disabled or has a role that may not deploy services, so this person cannot be the owner`,
})
