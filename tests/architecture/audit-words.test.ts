import { expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints, type ApiEndpoint } from '@vitrine/contract'
import { auditWord } from '../../apps/web/src/features/settings/audit-words.ts'
import fieldWords from '../../apps/web/src/locales/zh/field_name.ts'
import { filesBelow, isForTests } from './source-files.ts'

const server = filesBelow('apps/server/src', ['.ts']).filter((file) => !isForTests(file))

test('every refusal that the server records by its name has a word in the audit log', () => {
  const written = server.flatMap(({ text }) => text.match(/(?<=')refused [A-Z]+ \/[^']*(?=')/g) ?? [])
  expect(written.length).toBeGreaterThan(3)
  expect(written.filter((action) => auditWord(action) === null)).toEqual([])
})

/** The actions of routes that are added without the contract, by the file that adds them. */
const outside: Record<string, readonly string[]> = {
  'apps/server/src/modules/metrics/prometheus.routes.ts': ['GET /metrics'],
  'apps/server/src/modules/git-host/lfs.routes.ts': [
    'POST /git/{repository}/info/lfs/objects/batch',
    'PUT /git/{repository}/info/lfs/objects/{oid}',
    'GET /git/{repository}/info/lfs/objects/{oid}',
  ],
  'apps/server/src/modules/operations/waking.routes.ts': ['POST /internal/wake/{id}'],
  'apps/server/src/modules/git-host/git-http.routes.ts': [
    'GET /git/{repository}/info/refs',
    'POST /git/{repository}/git-upload-pack',
    'POST /git/{repository}/git-receive-pack',
  ],
}
/** A route that is added by Fastify's own functions. */
const added = /\.(?:get|post|put|patch|delete)(?:<[^(]*>)?\(\s*(?:'\/|`(?:\/|\$\{(?:folder|path)\}))/

test('routes outside the contract are few, and each has a word in the audit log', () => {
  const files = server
    .filter(({ path, text }) => path.endsWith('.routes.ts') && path.includes('/modules/') && added.test(text))
    .map(({ path }) => path)
  expect(files.toSorted()).toEqual(Object.keys(outside).toSorted())
  expect(
    Object.values(outside)
      .flat()
      .filter((action) => auditWord(action) === null),
  ).toEqual([])
})

/** A part of a JSON Schema that names fields. */
type Schema = { properties?: object; anyOf?: Schema[]; oneOf?: Schema[]; allOf?: Schema[] }
const schemaPart: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    properties: z.looseObject({}).optional(),
    anyOf: z.array(schemaPart).optional(),
    oneOf: z.array(schemaPart).optional(),
    allOf: z.array(schemaPart).optional(),
  }),
)
const fieldsOf = ({ properties, anyOf = [], oneOf = [], allOf = [] }: Schema): string[] => [
  ...Object.keys(properties ?? {}),
  ...[...anyOf, ...oneOf, ...allOf].flatMap(fieldsOf),
]

test('every field that somebody can send, and every one that is compared, has a word in the audit log', () => {
  const changing = Object.entries<ApiEndpoint>(endpoints).filter(([key]) => !/^(GET|HEAD) /.test(key))
  const sent = changing.flatMap(([, { body }]) =>
    body
      ? fieldsOf(
          schemaPart.parse(z.toJSONSchema(body, { io: 'input', reused: 'inline', unrepresentable: 'any' })),
        )
      : [],
  )
  const hook = server.find(({ path }) => path.endsWith('audit/audit.hook.ts'))?.text ?? ''
  const compared = [...hook.matchAll(/^ {2}'(\w+)',$/gm)].map(([, field = '']) => field)
  expect([sent.includes('current_password'), compared.includes('embed_origins')]).toEqual([true, true])
  const noted = server.flatMap(({ text }) =>
    [...text.matchAll(/fields\.push\('(\w+)'\)/g)].map(([, field = '']) => field),
  )
  expect(noted).toContain('new_revision')
  expect([...sent, ...compared, ...noted].filter((field) => !(field in fieldWords))).toEqual([])
})
