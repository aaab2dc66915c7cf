import { z } from 'zod'
import { inBoth } from './words.ts'
import table from './setting-forms.json' with { type: 'json' }

/**
 * Settings that are of no use without each other. A token, for example, is only for its own server. They are in the file of the forms,
 * because the scripts check them too.
 */
export const neededTogether: readonly (readonly string[])[] = table.together

/** What is wrong with a standby: a database in the data folder runs with one control plane, so another could not wait for it there. */
const standbyAlone = (given: Readonly<Record<string, string | undefined>>): string[] =>
  given.VITRINE_STANDBY !== 'on' || given.DATABASE_URL !== undefined
    ? []
    : [
        `VITRINE_STANDBY: ${inBoth('需要 DATABASE_URL，因为内置数据库属于一个控制面', 'needs DATABASE_URL, because the embedded database belongs to one control plane')}`,
      ]

/** What is wrong with certificates for Docker: a socket has owners instead, so there is nobody to show them to. */
const certificatesAlone = (given: Readonly<Record<string, string | undefined>>): string[] =>
  given.VITRINE_DOCKER_CERTS === undefined || given.VITRINE_DOCKER_HOST?.startsWith('tcp://')
    ? []
    : [
        `VITRINE_DOCKER_CERTS: ${inBoth('需要 VITRINE_DOCKER_HOST=tcp://…，因为套接字不用证书', 'needs VITRINE_DOCKER_HOST=tcp://…, because a socket takes no certificates')}`,
      ]

/** What is wrong with settings that are of no use without another one. */
export const uselessAlone = (given: Readonly<Record<string, string | undefined>>): string[] => [
  ...standbyAlone(given),
  ...certificatesAlone(given),
]

type FormName = keyof typeof table.forms

/** The form of a text in settings. `setting-forms.json` has them all, because the scripts check them before anything is installed. */
export const formOf = (name: FormName): RegExp => new RegExp(table.forms[name].pattern)

/** What is said of a text that does not have the form. */
export const wantedForm = (name: FormName): string => inBoth(table.forms[name].zh, table.forms[name].en)

/** A whole number of a range. */
export function whole({ min, max }: { min: number; max: number }) {
  const wanted = inBoth(`应为 ${min}–${max} 之间的整数`, `expected a whole number, ${min}–${max}`)
  return z.coerce.number(wanted).int(wanted).min(min, wanted).max(max, wanted)
}

/** A setting that has one of the forms. */
export const formed = (name: FormName) => z.string().regex(formOf(name), wantedForm(name))
