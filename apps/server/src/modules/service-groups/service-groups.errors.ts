import { defineError } from '../../lib/errors.ts'

export const groupNotFound = defineError<{ group_id: string }>({
  code: 'service_group.not_found',
  zh: () => '没有这个服务分组，它可能已被删除',
  en: () => 'The service group was not found. It may have been deleted',
})

export const groupNameTaken = defineError<{ field: string; name: string }>({
  code: 'service_group.name_taken',
  zh: ({ name }) => `已经有名为“${name}”的分组，请换一个名称`,
  en: ({ name }) => `A group named "${name}" already exists. Choose another name`,
})

export const groupOrderIncomplete = defineError<{ field: string; missing: string[]; unknown: string[] }>({
  code: 'service_group.order_incomplete',
  zh: () => '排序必须正好列出所有分组各一次，请刷新后重试',
  en: () => 'The order must list every group exactly once. Reload and try again',
})

export const groupHasGrants = defineError<{ group_id: string }>({
  code: 'service_group.has_grants',
  zh: () => '此分组给一些人授了权，只有管理员能删除它',
  en: () => 'This group grants people something, so only an administrator can delete it',
})
