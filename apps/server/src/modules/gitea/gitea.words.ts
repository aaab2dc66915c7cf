import type { GiteaCheck, GiteaProblem, Language } from '@vitrine/contract'
import type { GiteaFacts } from './gitea.check.ts'

type Sentences = { message: string; mend: string }
type Values = Record<string, string>

/** With these problems, the server is still used. */
const warnings: ReadonlySet<GiteaProblem> = new Set([
  'version_old',
  'clock_differs',
  // Repositories that are there can be used.
  'owner_other',
  'cannot_create',
])

/**
 * The scopes that the token needs since Gitea 1.20 (routers/api/v1/api.go). A repository of an organisation is created with the right to
 * write to the organisation, and one of the user with that to write to the user.
 */
const scopes = {
  zh: 'repository 读写；默认所有者是组织时 organization 读写、user 读，是令牌的用户自己时 user 读写',
  en: 'repository read and write; organization read and write with user read where the default owner is an organisation, or user read and write where it is the token’s user',
}

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
      mend: `新建令牌时勾选：${scopes.zh}`,
    }),
    en: () => ({
      message: 'The access token lacks rights',
      mend: `Make a token with: ${scopes.en}`,
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
  owner_other: {
    zh: ({ owner = '', login = '' }) => ({
      message: `“${owner}”是另一个用户，令牌的用户 ${login} 不能替它新建仓库`,
      mend: '已有的仓库可以使用；要新建仓库，把默认所有者改成令牌的用户或一个组织',
    }),
    en: ({ owner = '', login = '' }) => ({
      message: `“${owner}” is another user, for whom the token’s user ${login} cannot create repositories`,
      mend: 'Repositories that are there can be used; to create new ones, enter the token’s user or an organisation as default owner',
    }),
  },
  cannot_create: {
    zh: ({ owner = '', reason = '' }) => ({
      message: `令牌不能在“${owner}”名下新建仓库，Gitea 说：${reason}`,
      mend: `已有的仓库可以使用；要新建仓库，请检查三处：令牌的权限（${scopes.zh}），令牌的用户在这个组织的团队里能否新建仓库，仓库数量上限`,
    }),
    en: ({ owner = '', reason = '' }) => ({
      message: `The token cannot create repositories for “${owner}”. Gitea says: ${reason}`,
      mend: `Repositories that are there can be used. To create new ones, check three things: the token (${scopes.en}), whether a team of the organisation lets the token’s user create repositories, and the limit of repositories`,
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
