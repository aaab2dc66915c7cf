import type { GrantablePermission, Permission } from '@vitrine/contract'

/** The key of `settings.permission` with the words for a permission. Pure. */
export const permissionWord = (permission: Permission): string => permission.replace('.', '_')

/** Whether a custom role can have a permission. Pure. */
export const isGrantable = (permission: Permission): permission is GrantablePermission =>
  permission !== 'metrics.read'
