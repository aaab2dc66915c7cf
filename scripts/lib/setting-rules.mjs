import { words } from './words.mjs'

/** @typedef {{ ok: (value: string) => boolean, wanted: () => string }} Rule */

/** @type {(...values: string[]) => Rule} */
export const oneOf = (...values) => ({
  ok: (value) => values.includes(value),
  wanted: () => words(`可取值：${values.join('、')}`, `expected one of ${values.join(', ')}`),
})
/** @type {Rule} */
export const anything = { ok: () => true, wanted: () => '' }

/** @type {Rule} */
const groupRoles = {
  ok: (value) => {
    const entries = value.split(';').filter((each) => each.trim() !== '')
    return entries.length > 0 && entries.every((each) => /^\s*(.*\S)\s*=\s*([^=]*[^=\s])\s*$/.test(each))
  },
  wanted: () => words('应为 组=角色; 组=角色', 'expected group=role; group=role'),
}

/**
 * The settings of the sign-in with an account of another server.
 * @type {Readonly<Record<string, Rule>>}
 */
export const oidcRules = {
  VITRINE_OIDC_ISSUER: {
    ok: (value) => /^(https:\/\/|http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/])[^\s@?#]+$/.test(value),
    wanted: () => words('应为 https://…', 'expected https://…'),
  },
  VITRINE_OIDC_CLIENT_ID: anything,
  VITRINE_OIDC_CLIENT_SECRET: anything,
  VITRINE_OIDC_NAME: anything,
  VITRINE_OIDC_NEW_PEOPLE: oneOf('none', 'viewer', 'user'),
  VITRINE_OIDC_LINK_EMAIL: oneOf('on', 'off'),
  VITRINE_OIDC_SCOPE: {
    ok: (value) => /(^| )openid( |$)/.test(value),
    wanted: () => words('应为用空格隔开的词，其中有 openid', 'expected words with openid among them'),
  },
  VITRINE_OIDC_ROLES: groupRoles,
  VITRINE_OIDC_GROUPS_CLAIM: anything,
  VITRINE_OIDC_NO_GROUP: oneOf('none', 'keep', 'viewer', 'user'),
}

/** @type {Rule} */
const nameInCluster = {
  ok: (value) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
  wanted: () => words('应为名称，如 vitrine-services', 'expected a name such as vitrine-services'),
}

/**
 * The settings of the cluster that services can run in.
 * @type {Readonly<Record<string, Rule>>}
 */
export const kubernetesRules = {
  VITRINE_KUBERNETES_NAMESPACE: nameInCluster,
  VITRINE_KUBERNETES_CONFIG: {
    ok: (value) => value.startsWith('/'),
    wanted: () => words('应为绝对路径', 'expected an absolute path'),
  },
  VITRINE_KUBERNETES_CONTEXT: anything,
  VITRINE_KUBERNETES_PULL_SECRET: nameInCluster,
  VITRINE_KUBERNETES_PLATFORM_URL: {
    ok: (value) => /^https?:\/\/[^\s@?#]+$/.test(value),
    wanted: () => words('应为 https://…', 'expected https://…'),
  },
}

/**
 * The problems of settings that have no effect without a namespace.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export const clusterAlone = (env) =>
  env.VITRINE_KUBERNETES_NAMESPACE
    ? []
    : Object.entries(kubernetesRules)
        // A value that is wrong itself is told already.
        .filter(([name, rule]) => env[name] && rule.ok(env[name]))
        .map(([name]) =>
          words(
            `${name}：需要与 VITRINE_KUBERNETES_NAMESPACE 一起设置`,
            `${name}: needed together with VITRINE_KUBERNETES_NAMESPACE`,
          ),
        )
