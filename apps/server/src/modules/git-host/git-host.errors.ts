import { defineError } from '../../lib/errors.ts'

export const gitSignInRequired = defineError({
  code: 'git.sign_in_required',
  zh: () => '请登录：用户名任意，密码填 API 密钥或登录令牌',
  en: () => 'Sign in with any user name, and an API key or a login token as the password',
  headers: () => ({ 'www-authenticate': 'Basic realm="Vitrine", charset="UTF-8"' }),
})

export const repositoryNotFound = defineError<{ repository: string }>({
  code: 'git.repository_not_found',
  zh: ({ repository }) => `没有代码仓库 ${repository}`,
  en: ({ repository }) => `There is no repository ${repository}`,
})

export const dumbProtocolRefused = defineError({
  code: 'git.dumb_protocol',
  zh: () => '只支持 git 的智能 HTTP 协议，请使用 git 1.6.6 以上版本',
  en: () => 'Only the smart HTTP protocol is supported; use git 1.6.6 or later',
})

export const gitTooSlow = defineError<{ bytes_per_second: number; seconds: number }>({
  code: 'git.too_slow',
  zh: ({ bytes_per_second, seconds }) =>
    `传输太慢：最近 ${seconds / 60} 分钟内平均每秒不足 ${bytes_per_second / 1000} kB，已中断，把位置留给其他人。请在更快的网络上重试，或只取需要的部分（git clone --depth 1）`,
  en: ({ bytes_per_second, seconds }) =>
    `Too slow: less than ${bytes_per_second / 1000} kB/s on average over the last ${seconds / 60} minutes. It was ended to leave the place to others. Try again on a faster network, or fetch less (git clone --depth 1)`,
})
