import { afterAll, beforeAll, expect, test } from 'vitest'
import { longest } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'

let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

/** The status and the error of a request of the owner of the service `one`. */
async function refused(path: string, body: object, method: 'POST' | 'DELETE' = 'POST') {
  const answer = await world.send('user', method, path, body)
  const { code, details } = answer.json().error ?? {}
  const paths = details?.issues?.map((issue: { path: string }) => issue.path)
  return { status: answer.statusCode, code, ...(paths && { paths }) }
}
const of = { service_id: 'one', apply: false }

test('a value of ten megabytes is refused with its path, however well it can be compressed, and nothing of it is stored', async () => {
  const value = 'x'.repeat(10_000_000)
  const change = { key: 'custom.large', value }
  const answers = [
    await refused('/custom.large', { ...of, value }),
    await refused('/custom.large', { ...of, value, secret: true }),
    await refused('/custom.large', { ...of, value: [{ value }] }),
    await refused('/env.LARGE', { ...of, value }),
    await refused('', { changes: [{ ...change, service_id: 'one' }] }),
    await refused('/draft', { service_id: 'one', changes: [change] }),
    await refused('/import', { service_id: 'one', yaml: value }),
  ]
  const [places, inList] = [['value', 'value', 'value', 'value'], 'changes[0].value']
  expect(answers).toEqual(
    [...places, inList, inList, 'yaml'].map((path) => ({
      status: 422,
      code: 'request.invalid',
      paths: [path],
    })),
  )
  expect(await world.valuesOf('one')).toEqual({})
})

test('one key of one service is taken once in a request, whether its type is named or not', async () => {
  const once = { key: 'custom.once', value: 1, service_id: 'two' }
  const twice = { ...once, value: 2 }
  for (const again of [twice, { ...twice, type: 'service' }])
    expect(await refused('', { apply: false, changes: [once, again] })).toEqual({
      status: 422,
      code: 'request.invalid',
      paths: ['changes[1].value'],
    })
  expect(await world.valuesOf('two')).toEqual({})
  const { statusCode } = await world.send('user', 'POST', '', {
    apply: false,
    changes: [once, { ...twice, service_id: 'three' }],
  })
  expect(statusCode).toBe(200)
  expect([await world.valuesOf('two'), await world.valuesOf('three')]).toEqual([
    { 'custom.once': 1 },
    { 'custom.once': 2 },
  ])
})

test.each([
  ['quotes, percent signs, dollars and what a shell would read', '\'"`$(id)`%(x)s ${HOME} \\n;&|'],
  ['lines, tabs and other control characters', 'a\nb\r\n\tc\u0001\u001b[31m\u007f'],
  ['letters of any script, joined ones and those written from the right', 'é é 👩‍👩‍👧 مرحبا \u202e \ufeff'],
  ['only spaces', '   '],
])('a text with %s is kept as it is, as a variable and as a secret', async (_name, value) => {
  await world.set('two', 'env.ODD', { value })
  await world.set('two', 'env.ODD_SECRET', { value, secret: true })
  await world.set('two', 'custom.odd', { value: { [value]: [value] } })
  expect(await world.valuesOf('two')).toMatchObject({
    'env.ODD': value,
    'env.ODD_SECRET': value,
    'custom.odd': { [value]: [value] },
  })
  const { yaml } = (await world.send('user', 'GET', '/export?service_id=two')).json()
  await world.send('user', 'POST', '/import', { service_id: 'three', apply: false, yaml })
  expect(await world.valuesOf('three')).toMatchObject({
    'env.ODD': value,
    'custom.odd': { [value]: [value] },
  })
})

test('a value that no process can be given is refused when it is entered: a NUL, also in a secret, and a text of too many bytes', async () => {
  const letters = '字'.repeat(longest.configText)
  const [nul, long] = [{ value: 'a\0b' }, { value: letters }]
  const answers = [
    await refused('/env.A', { ...of, ...nul }),
    await refused('/env.A', { ...of, ...nul, secret: true }),
    await refused('/env.A', { ...of, ...long }),
    await refused('/env.A', { ...of, ...long, secret: true }),
    await refused('', { changes: [{ service_id: 'one', key: 'env.A', ...long }] }),
    await refused('/draft', { service_id: 'one', changes: [{ key: 'env.A', ...nul, secret: true }] }),
    await refused('/import', { service_id: 'one', yaml: 'vitrine_config: 1\nvalues:\n  env.A: "a\\0b"\n' }),
  ]
  const invalid = { status: 422, code: 'request.invalid' }
  expect(answers).toEqual([
    ...Array.from({ length: 4 }, () => ({ ...invalid, paths: ['value'] })),
    ...[
      { ...invalid, paths: ['changes[0].value'] },
      { ...invalid, paths: ['changes[0].value'] },
    ],
    { ...invalid, paths: ['yaml.values.env.A'] },
  ])
  expect(await refused('/custom.nul', { ...of, ...nul })).toMatchObject({ code: 'request.text_unstorable' })
  expect(await refused('/custom.x', { ...of, value: 1, reason: 'a\0b' })).toMatchObject({ status: 422 })
  expect(await refused('/custom.x', { ...of, value: 1, description: 'a\0b' })).toMatchObject({ status: 422 })
  expect(await world.valuesOf('one')).toEqual({})
})

test('wrong types, keys with unusual characters and unknown fields are reported by field', async () => {
  const values = [{ a: 1 }, [1], null, 'x'.repeat(longest.configText + 1)]
  for (const value of values)
    expect(await refused('/env.A', { ...of, value })).toMatchObject({ status: 422, paths: ['value'] })
  expect(
    await refused('', { changes: [{ service_id: 'one', key: 'service.timeout', value: 'soon' }] }),
  ).toEqual({
    status: 422,
    code: 'request.invalid',
    paths: ['changes[0].value'],
  })
  const wrong = { ...of, value: 1, secret: 'yes', reason: 7, valeu: 2 }
  const { status, paths } = await refused('/custom.a', wrong)
  expect([status, paths?.toSorted()]).toEqual([422, ['reason', 'secret', 'valeu']])
  const odd = [
    'custom.数据',
    'custom.a b',
    'custom.',
    'custom',
    '__proto__.a',
    'env.A=B',
    'custom.a\0',
    '../x',
  ]
  const changes = odd.map((key) => ({ service_id: 'one', key, value: 1 }))
  expect(await refused('', { changes })).toEqual({
    status: 422,
    code: 'request.invalid',
    paths: odd.map((_key, at) => `changes[${at}].key`),
  })
  expect(await world.valuesOf('one')).toEqual({})
})

test('a value that writes half of a character by its escape is refused, and nothing is stored', async () => {
  const yaml = 'vitrine_config: 1\nvalues:\n  custom.half: ["\\uD800"]\n'
  expect(await refused('/import', { service_id: 'one', yaml })).toMatchObject({
    status: 422,
    code: 'request.text_unstorable',
  })
  expect(await world.valuesOf('one')).toEqual({})
})

test.each([
  ['of another program', 'server:\n  port: 80\n', 'config.import_invalid'],
  ['of a later version', 'vitrine_config: 2\nvalues: {}\n', 'config.import_invalid'],
  ['that is JSON of something else', '{"values": {"custom.a": 1}}', 'config.import_invalid'],
  ['that is no YAML', '\u0001\u0002: [', 'config.import_invalid'],
  [
    'with one key twice',
    'vitrine_config: 1\nvalues:\n  custom.a: 1\n  custom.a: 2\n',
    'config.import_invalid',
  ],
  ['with other parts', 'vitrine_config: 1\nvalues: {}\nservices: {}\n', 'config.import_invalid'],
  ['with a key that there is not', 'vitrine_config: 1\nvalues:\n  enw.A: x\n', 'config.unknown_key'],
  [
    'with a key in a form that no key has',
    'vitrine_config: 1\nvalues:\n  custom.a b: 1\n',
    'config.unknown_key',
  ],
  [
    'with a key that is too long',
    `vitrine_config: 1\nvalues:\n  ? custom.${'a'.repeat(longest.configKey)}\n  : 1\n`,
    'config.unknown_key',
  ],
  [
    'with a description that is too long',
    `vitrine_config: 1\nvalues:\n  custom.a: 1\ndescriptions:\n  custom.a: ${'a'.repeat(longest.configReason + 1)}\n`,
    'config.import_invalid',
  ],
  [
    'with a description that cannot be stored',
    'vitrine_config: 1\nvalues:\n  custom.a: 1\ndescriptions:\n  custom.a: "\\uD800"\n',
    'config.import_invalid',
  ],
  [
    'of a kind of value that a key cannot have',
    'vitrine_config: 1\nvalues:\n  env.A: [1]\n',
    'request.invalid',
  ],
])('a file %s is refused whole, with what is wrong', async (_name, yaml, code) => {
  const good = 'vitrine_config: 1\nvalues:\n  custom.good: 1\n'
  const dry = await refused('/import', { service_id: 'one', yaml, dry_run: true })
  expect([dry, await refused('/import', { service_id: 'one', yaml })]).toMatchObject([
    { status: 422, code },
    { status: 422, code },
  ])
  expect(await world.valuesOf('one')).toEqual({})
  expect((await world.send('user', 'POST', '/import', { service_id: 'one', yaml: good })).statusCode).toBe(
    200,
  )
  await world.send('user', 'DELETE', '/custom.good?service_id=one')
})

test('all that is wrong with a request is told at once, a key that there is not among it', async () => {
  const changes = [
    { service_id: 'one', key: 'env.GOOD', value: 'x' },
    { service_id: 'one', key: 'env.BAD', value: [1] },
    { service_id: 'one', key: 'enw.A', value: 'x' },
  ]
  expect(await refused('', { changes })).toEqual({
    status: 422,
    code: 'request.invalid',
    paths: ['changes[1].value', 'changes[2].key'],
  })
  expect(await world.valuesOf('one')).toEqual({})
})
