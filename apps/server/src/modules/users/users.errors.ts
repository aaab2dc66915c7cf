import { defineError } from '../../lib/errors.ts'

export const userNotFound = defineError<{ id: string }>({
  code: 'user.not_found',
  zh: ({ id }) => `用户 ${id} 不存在`,
  en: ({ id }) => `There is no user ${id}`,
})

export const identityNotFound = defineError<{ issuer: string }>({
  code: 'user.identity_not_found',
  zh: ({ issuer }) => `这个用户没有关联 ${issuer} 的这个账号，可能已经解除`,
  en: ({ issuer }) =>
    `This person does not sign in with that account of ${issuer}. It may have been taken away already`,
})

export const usernameTaken = defineError<{ username: string }>({
  code: 'user.name_taken',
  zh: ({ username }) => `用户名“${username}”已被使用（不区分大小写）`,
  en: ({ username }) => `The name "${username}" is already in use (names are not case-sensitive)`,
})

export const lastAdministrator = defineError<{ id: string }>({
  code: 'user.last_administrator',
  zh: () => '这是最后一个可用的管理员，不能删除、停用或改变角色',
  en: () => 'This is the last enabled administrator. It cannot be removed, disabled or given another role',
})

export const ownAccountRemoval = defineError<{ id: string }>({
  code: 'user.own_account',
  zh: () => '不能删除自己的账号',
  en: () => 'You cannot remove your own account',
})

export const ownPassword = defineError({
  code: 'user.own_password',
  zh: () => '自己的密码请在“我的账号”里修改（需要输入当前密码）',
  en: () => 'Change your own password on My account, which asks for the current one',
})

export const openedElsewhere = defineError({
  code: 'user.opened_elsewhere',
  zh: () =>
    '这个账号可以用另一个登录服务器打开，并可能由它的群组得到更多权限，所以只有管理员能创建它或设置它的密码；请管理员来做',
  en: () =>
    'A sign-in with another server opens this account, and its groups can give it more rights. So only an administrator makes it or sets its password; ask an administrator',
})

export const roleNotFound = defineError<{ id: string }>({
  code: 'role.not_found',
  zh: () => '没有这个角色',
  en: () => 'There is no such role',
})

export const roleNameTaken = defineError<{ name: string }>({
  code: 'role.name_taken',
  zh: ({ name }) => `角色名“${name}”已被使用（不区分大小写）`,
  en: ({ name }) => `The role name "${name}" is already in use (names are not case-sensitive)`,
})

export const administratorsOnly = defineError({
  code: 'role.administrators_only',
  zh: () => '只有管理员能授予管理员角色，或更改另一个管理员：自定义角色即使有全部权限，也只能看到自己的东西',
  en: () =>
    'Only an administrator makes somebody an administrator, or changes one: a custom role, even with all permissions, reaches only what is its own',
})

export const roleInUse = defineError<{ id: string }>({
  code: 'role.in_use',
  zh: () => '还有用户使用这个角色，请先给他们别的角色',
  en: () => 'Some users have this role. Give them another one first',
})
