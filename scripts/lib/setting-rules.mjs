import { readFileSync } from 'node:fs'
import { words } from './words.mjs'

/** @typedef {{ ok: (value: string) => boolean, wanted: () => string }} Rule */

/** @type {(...values: string[]) => Rule} */
export const oneOf = (...values) => ({
  ok: (value) => values.includes(value),
  wanted: () => words(`可取值：${values.join('、')}`, `expected one of ${values.join(', ')}`),
})
/** @type {Rule} */
export const anything = { ok: () => true, wanted: () => '' }

/**
 * The forms of texts, and the settings that must be set together, from the file that the control plane reads as well.
 * @type {{ forms: Record<string, { pattern: string, zh: string, en: string }>, together: string[][] }}
 */
const table = JSON.parse(
  readFileSync(new URL('../../apps/server/src/lib/setting-forms.json', import.meta.url), 'utf8'),
)
/** Settings that must be set together. A token, for example, is only for its own server. */
export const { together } = table

/**
 * The rule that a value, or each part that `partsOf` finds in it, has a form. Throws if there is no form with this
 * name.
 * @param {string} name
 * @param {(value: string) => string[]} partsOf
 * @returns {Rule}
 */
export function formed(name, partsOf = (value) => [value]) {
  const form = table.forms[name]
  if (!form) throw new Error(`there is no form ${name}`)
  const expression = new RegExp(form.pattern)
  return {
    ok: (value) => partsOf(value).every((part) => expression.test(part)),
    wanted: () => words(form.zh, form.en),
  }
}

/** The units as people write them, with their values: in ms for durations, in bytes for sizes. */
const units = {
  duration: { d: 86_400_000, h: 3_600_000, m: 60_000, min: 60_000, s: 1_000, sec: 1_000, ms: 1 },
  size: Object.fromEntries(
    ['b', 'k', 'm', 'g', 't'].flatMap((letter, power) =>
      (power === 0 ? ['b'] : [letter, `${letter}b`, `${letter}ib`]).map((name) => [name, 1024 ** power]),
    ),
  ),
}

/**
 * The rule of a duration or a size that must be a whole number of its unit. It is the same as `quantityOf` in the
 * contract, which the start cannot load yet. A bare number is in this unit.
 * @param {'duration' | 'size'} kind
 * @param {{ unit: string, least: number, most: number, wanted: () => string }} range
 * @returns {Rule}
 */
export function quantity(kind, { unit, least, most, wanted }) {
  const factors = new Map(Object.entries(units[kind]))
  const own = factors.get(unit) ?? 1
  /** @param {string} text */
  const valueOf = (text) => {
    if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text)
    if (!/^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/i.test(text)) return Number.NaN
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)]
    const sum = parts.reduce(
      (total, [, number, name = '']) =>
        total + Number(number) * (factors.get(name.toLowerCase()) ?? Number.NaN),
      0,
    )
    return Number((sum / own).toFixed(9))
  }
  return {
    ok: (text) => {
      const value = text.trim().length > 60 ? Number.NaN : valueOf(text.trim())
      return Number.isInteger(value) && value >= least && value <= most
    },
    wanted,
  }
}

const groupRole = formed('groupRole', (value) => value.split(';').filter((each) => each.trim() !== ''))
/** @type {Rule} */
const groupRoles = { ...groupRole, ok: (value) => /[^;\s]/.test(value) && groupRole.ok(value) }

/**
 * The settings of the sign-in with an account of another server.
 * @type {Readonly<Record<string, Rule>>}
 */
export const oidcRules = {
  VITRINE_OIDC_ISSUER: formed('issuer'),
  VITRINE_OIDC_CLIENT_ID: anything,
  VITRINE_OIDC_CLIENT_SECRET: anything,
  VITRINE_OIDC_NAME: anything,
  VITRINE_OIDC_NEW_PEOPLE: oneOf('none', 'viewer', 'user'),
  VITRINE_OIDC_LINK_EMAIL: oneOf('on', 'off'),
  VITRINE_OIDC_SCOPE: formed('openidScope'),
  VITRINE_OIDC_ROLES: groupRoles,
  VITRINE_OIDC_GROUPS_CLAIM: anything,
  VITRINE_OIDC_NO_GROUP: oneOf('none', 'keep', 'viewer', 'user'),
}

/** @type {(value: string) => string[]} */
const byComma = (value) => value.split(',')

/**
 * The settings of the cluster that services can run in.
 * @type {Readonly<Record<string, Rule>>}
 */
export const kubernetesRules = {
  VITRINE_KUBERNETES_NAMESPACE: formed('clusterName'),
  VITRINE_KUBERNETES_CONFIG: formed('absolutePath'),
  VITRINE_KUBERNETES_CONTEXT: anything,
  VITRINE_KUBERNETES_PULL_SECRET: formed('clusterName'),
  VITRINE_KUBERNETES_RUNTIME_CLASS: formed('clusterName'),
  VITRINE_KUBERNETES_GPU_RUNTIME_CLASS: formed('clusterName'),
  VITRINE_KUBERNETES_PLATFORM_URL: formed('address'),
  VITRINE_KUBERNETES_BUILDER: formed('builder'),
  VITRINE_KUBERNETES_BUILDER_CERTS: formed('absolutePath'),
  VITRINE_KUBERNETES_NODE_SELECTOR: formed('nodeLabel', byComma),
  VITRINE_KUBERNETES_TOLERATIONS: formed('toleration', byComma),
}

/**
 * The problems of settings that have no effect without a namespace.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export const clusterAlone = (env) =>
  env.VITRINE_KUBERNETES_NAMESPACE
    ? []
    : Object.entries(kubernetesRules)
        // An invalid value is already reported.
        .filter(([name, rule]) => env[name] && rule.ok(env[name]))
        .map(([name]) =>
          words(
            `${name}：需要与 VITRINE_KUBERNETES_NAMESPACE 一起设置`,
            `${name}: needed together with VITRINE_KUBERNETES_NAMESPACE`,
          ),
        )
