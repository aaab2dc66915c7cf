import type { GiteaCheck, GiteaProblem, Language } from '@vitrine/contract'
import type { GiteaFacts } from './gitea.check.ts'

type Sentences = { message: string; mend: string }
type Values = Record<string, string>

/** With these problems, the server is still used. */
const warnings: ReadonlySet<GiteaProblem> = new Set(['version_old', 'clock_differs'])

const words: Record<GiteaProblem, Record<Language, (values: Values) => Sentences>> = {
  unreachable: {
    zh: () => ({ message: '服务器没有应答', mend: '检查地址和端口，以及本机能否访问那台机器' }),
    en: () => ({
      message: 'The server does not answer',
      mend: 'Check the address and its port, and whether this machine can reach that one',
    }),
  },
  not_gitea: {
    zh: () => ({ message: '这个地址不是 Gitea', mend: '填 Gitea 首页的地址，包括子路径' }),
    en: () => ({
      message: 'This address is not that of a Gitea server',
      mend: 'Enter the address of Gitea’s start page, with its sub-path',
    }),
  },
  redirected: {
    zh: ({ to = '' }) => ({ message: `这个地址转到 ${to}`, mend: '填转到的地址：令牌只发给填写的服务器' }),
    en: ({ to = '' }) => ({
      message: `This address leads on to ${to}`,
      mend: 'Enter that address: the token is sent only to the server that is entered',
    }),
  },
  token_refused: {
    zh: () => ({
      message: 'Gitea 不接受访问令牌',
      mend: '在 Gitea 的“设置 → 应用”里新建一个令牌，再填到这里',
    }),
    en: () => ({
      message: 'Gitea does not accept the access token',
      mend: 'Make a new token in Gitea under Settings → Applications, and enter it here',
    }),
  },
  scope_missing: {
    zh: () => ({
      message: '访问令牌的权限不够',
      mend: '新建令牌时勾选：repository 读和写，user 读，organization 读',
    }),
    en: () => ({
      message: 'The access token lacks rights',
      mend: 'Make a token with: repository read and write, user read, organization read',
    }),
  },
  owner_unknown: {
    zh: ({ owner = '' }) => ({
      message: `Gitea 里没有用户或组织“${owner}”`,
      mend: '填令牌的用户名，或它可以新建仓库的组织名',
    }),
    en: ({ owner = '' }) => ({
      message: `Gitea has no user or organisation “${owner}”`,
      mend: 'Enter the name of the token’s user, or of an organisation in which it may create repositories',
    }),
  },
  version_old: {
    zh: ({ version = '' }) => ({
      message: `Gitea ${version} 比支持的 1.20 旧：令牌没有权限范围，等于它的用户本人`,
      mend: '可以使用；升级 Gitea 后可以限制令牌的权限',
    }),
    en: ({ version = '' }) => ({
      message: `Gitea ${version} is older than 1.20, which is supported: its tokens have no scopes and may do all that their user may`,
      mend: 'It can be used; with a newer Gitea the token can be limited',
    }),
  },
  clock_differs: {
    zh: ({ seconds = '' }) => ({
      message: `两台机器的时间相差 ${seconds} 秒`,
      mend: '在两台机器上打开时间同步（NTP）',
    }),
    en: ({ seconds = '' }) => ({
      message: `The clocks of the two machines differ by ${seconds} s`,
      mend: 'Turn on time synchronisation (NTP) on both machines',
    }),
  },
}

/** Whether a server can be used after what was found. Pure. */
export const isUsable = ({ found }: Pick<GiteaFacts, 'found'>): boolean =>
  found.every(({ code }) => warnings.has(code))

/** Facts in the words of a language. Pure. */
export const shownCheck = (facts: GiteaFacts, language: Language): GiteaCheck => ({
  ok: isUsable(facts),
  checked_at: facts.checkedAt.toISOString(),
  version: facts.version,
  username: facts.username,
  findings: facts.found.map(({ code, values }) => ({
    code,
    severity: warnings.has(code) ? 'warning' : 'problem',
    ...words[code][language](values),
  })),
})
