import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { duration, size } from './config-kinds.ts'

/** A limit that protects everybody, so only an administrator changes it. */
const limit = { types: ['system'], administratorsOnly: true, effect: 'at_once' } as const

/** How many wrong attempts are free. Each further one blocks. */
const tries = {
  ...limit,
  kind: 'integer',
  schema: z.number().int().min(1).max(10_000),
} as const

/** A time of the blocks. Counts are kept for a day after the last failure, so no time is longer. */
const time = () => ({ ...limit, ...duration({ unit: 's', min: 1, max: 86_400, whole: true }) })

/** How often somebody may be wrong who signs in, opens a link or accepts an invitation, and how long they then wait. */
export const signInKeys = {
  'sign_in.tries_name': {
    ...tries,
    fallback: 5,
    title: { zh: '同一地址对同一用户名', en: 'For a name from one address' },
    about: {
      zh: '同一地址对同一个用户名连续失败这么多次后要等待。只有管理员能改',
      en: 'So many failures for a name from one address are followed by a wait. Only administrators change it',
    },
  },
  'sign_in.tries_address': {
    ...tries,
    fallback: 20,
    title: { zh: '同一地址对所有用户名', en: 'From one address' },
    about: {
      zh: '同一地址（IPv6 按 /64）失败这么多次后要等待，分享链接的密码也计入。只有管理员能改',
      en: 'So many failures from one address (for IPv6, a /64) are followed by a wait; passwords of links count too. Only administrators change it',
    },
  },
  'sign_in.tries_everywhere': {
    ...tries,
    fallback: 50,
    title: { zh: '所有地址对同一用户名', en: 'For a name from everywhere' },
    about: {
      zh: '所有地址对同一个用户名失败这么多次后，没有登录过的浏览器要等待。只有管理员能改',
      en: 'After so many failures for a name from all addresses, browsers that its owner has not used wait. Only administrators change it',
    },
  },
  'sign_in.tries_device': {
    ...tries,
    fallback: 5,
    title: { zh: '登录过的浏览器', en: 'In a browser that its owner has used' },
    about: {
      zh: '本人登录过的浏览器失败这么多次后要等待。只有管理员能改',
      en: 'So many failures in a browser that the owner of the name has used are followed by a wait. Only administrators change it',
    },
  },
  'sign_in.tries_code': {
    ...tries,
    fallback: 5,
    title: { zh: '两步验证的验证码', en: 'Codes of the second factor' },
    about: {
      zh: '已登录的人输错这么多次验证码后要等待；登录时输错的按密码计。只有管理员能改',
      en: 'So many wrong codes of somebody who is signed in are followed by a wait; those of a sign-in count like passwords. Only administrators change it',
    },
  },
  'sign_in.tries_oidc': {
    ...tries,
    fallback: 20,
    title: { zh: '用其他服务器的账号登录', en: 'With an account of another server' },
    about: {
      zh: '同一地址用其他服务器的账号登录失败这么多次后要等待。只有管理员能改',
      en: 'So many failed sign-ins from one address with an account of another server are followed by a wait. Only administrators change it',
    },
  },
  'sign_in.block_first': {
    ...time(),
    atMost: 'sign_in.block_longest',
    fallback: 30,
    title: { zh: '第一次等待', en: 'First wait' },
    about: {
      zh: '失败次数用完后等待的时间，以后每次失败加倍。只有管理员能改',
      en: 'How long the first wait is. It doubles with each further failure. Only administrators change it',
    },
  },
  'sign_in.block_longest': {
    ...time(),
    fallback: 3_600,
    title: { zh: '最长等待', en: 'Longest wait' },
    about: {
      zh: '等待不会比这更久，正在进行的等待也是。只有管理员能改',
      en: 'No wait is longer, nor one that has begun already. Only administrators change it',
    },
  },
  'sign_in.forget_after': {
    ...time(),
    fallback: 600,
    title: { zh: '忘记一次失败', en: 'Time after which one failure is forgotten' },
    about: {
      zh: '每过这么久没有失败，就少算一次。只有管理员能改',
      en: 'One failure counts no longer for each such time without another one. Only administrators change it',
    },
  },
  'invites.tries': {
    ...tries,
    fallback: 10,
    title: { zh: '邀请链接试用户名的次数', en: 'Names that an invitation may try' },
    about: {
      zh: '用同一个邀请试了这么多个已被占用的用户名后要等待。只有管理员能改',
      en: 'So many names that are taken, tried with one invitation, are followed by a wait. Only administrators change it',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>

/** What visitors of share links may do. */
export const shareKeys = {
  'shares.tries_address': {
    ...tries,
    fallback: 5,
    title: { zh: '同一地址试一个链接的密码', en: 'Passwords of a link from one address' },
    about: {
      zh: '同一地址输错一个链接的密码这么多次后要等待（等待时间见“登录”）。只有管理员能改',
      en: 'So many wrong passwords of a link from one address are followed by a wait, as long as at a sign-in. Only administrators change it',
    },
  },
  'shares.tries_link': {
    ...tries,
    fallback: 50,
    title: { zh: '所有地址试一个链接的密码', en: 'Passwords of a link from everywhere' },
    about: {
      zh: '所有地址输错一个链接的密码这么多次后要等待。只有管理员能改',
      en: 'So many wrong passwords of a link from all addresses are followed by a wait. Only administrators change it',
    },
  },
  'shares.requests_per_minute': {
    ...tries,
    fallback: 10,
    title: { zh: '访客每分钟的运行数', en: 'Runs of visitors in a minute' },
    about: {
      zh: '同一地址在一个链接上每分钟最多开始的运行数，上传数也一样。只有管理员能改',
      en: 'The most runs that one address may start at a link in a minute, and as many uploads. Only administrators change it',
    },
  },
  'shares.upload_max_mb': {
    types: ['system'],
    administratorsOnly: true,
    ...size({ unit: 'MB', min: 1, max: 20_480, whole: true }),
    fallback: 50,
    effect: 'at_once',
    title: { zh: '访客上传的文件大小上限', en: 'Largest file of a visitor' },
    about: {
      zh: '访客为一次运行上传的图片、音频、视频等。已打开的页面重新载入后知道新的值',
      en: 'Of the pictures, sounds, films and others that visitors upload for a run. Open pages know a new value when they are loaded again',
    },
  },
  'shares.uploads_per_link': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'integer',
    schema: z.number().int().min(1).max(100_000),
    fallback: 100,
    effect: 'at_once',
    title: { zh: '一个链接的访客文件数', en: 'Files of the visitors of a link' },
    about: {
      zh: '一个链接的所有访客同时最多保存多少个上传的文件',
      en: 'The most uploaded files that all visitors of a link have stored at once',
    },
  },
  'shares.visitor_days': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 'd', min: 1, max: 365, whole: true }),
    fallback: 7,
    effect: 'at_once',
    title: { zh: '访客保留时间', en: 'Time that visitors are kept' },
    about: {
      zh: '访客第一次来之后这么久，连同其文件和运行一起删除；链接结束时也会',
      en: 'So long after they came first, visitors are deleted with their files and runs; at the end of the link too',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
