import { expect, test } from 'vitest'
import { fakeBench } from './fake-bench.test-setup.ts'

const bench = fakeBench()
const kind = 'poddisruptionbudgets'
const name = 'vitrine-p1-demo'
const [first, second] = ['demo-r1-1', 'demo-r1-2']
const labels = { 'io.vitrine/platform': 'p1', 'io.vitrine/service': 'demo' }

const budgets = () => bench.cluster.all(kind).map(({ metadata }) => metadata.name)
const comesTo = (names: string[]) => bench.until(async () => String(budgets()) === String(names))
/** How often budgets were listed. */
const comparisons = () =>
  bench.cluster.requests.filter((one) => one.startsWith('GET') && one.endsWith(`/${kind}`)).length
const made = () => bench.cluster.requests.filter((one) => one.startsWith('POST') && one.endsWith(`/${kind}`))
/** The watches begin again, so that everything is compared. */
async function compareAgain(): Promise<void> {
  const before = comparisons()
  bench.cluster.endWatches({ code: 410, message: 'too old resource version' })
  await bench.until(async () => comparisons() > before)
}
async function startTwo(group: string | null = 'demo'): Promise<void> {
  await bench.runner.add([first, second].map((id) => bench.spec({ id, ...(group !== null && { group }) })))
  for (const id of [first, second]) await bench.runner.start(id)
  await bench.until(async () => {
    const reports = [...(await bench.runner.reports()).values()]
    return reports.every(({ state }) => state === 'RUNNING')
  })
}

test.each(['v1', 'v1beta1'])(
  'two instances of a service have a budget, in the version that the cluster has: %s',
  async (version) => {
    bench.cluster.budgetVersion = version
    await startTwo()
    await comesTo([name])
    expect(bench.cluster.objects.get(`${kind}/${name}`)).toMatchObject({
      apiVersion: `policy/${version}`,
      metadata: { labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    })
    for (const pod of bench.cluster.pods()) expect(pod.metadata.labels).toMatchObject(labels)
    // The next control plane finds it, and makes no other one.
    await bench.reopen()
    await bench.until(async () => comparisons() > 1)
    await bench.runner.stop(second)
    await comesTo([])
    expect(made()).toHaveLength(1)
    expect(bench.errors).toEqual([])
  },
)

test('a service whose id is no label has a budget too, and it is found again', async () => {
  const group = `${'a'.repeat(62)}-`
  await startTwo(group)
  await bench.until(async () => budgets().length === 1)
  const [budget] = bench.cluster.all(kind)
  const { 'io.vitrine/service': label = '' } = budget?.metadata.labels ?? {}
  expect(label).toMatch(/^a{50}\.[0-9a-f]{12}$/)
  expect(budget?.metadata.name).toBe(`vitrine-p1-${label}`)
  for (const pod of bench.cluster.pods())
    expect(pod.metadata.labels).toMatchObject({ 'io.vitrine/service': label })
  await bench.reopen()
  await bench.until(async () => comparisons() > 1)
  await bench.runner.stop(second)
  await comesTo([])
  expect([made().length, bench.errors]).toEqual([1, []])
})

test('a shutdown leaves no budget', async () => {
  await startTwo()
  await comesTo([name])
  await bench.runner.shutdown()
  expect([...bench.cluster.objects.keys()]).toEqual([])
})

test('a budget that somebody has edited or removed is put back', async () => {
  await startTwo()
  await comesTo([name])
  const edited = bench.cluster.objects.get(`${kind}/${name}`)
  if (!edited) throw new Error('there is none')
  bench.cluster.put(kind, {
    ...edited,
    metadata: { ...edited.metadata, generation: 2 },
    spec: { maxUnavailable: 2 },
  })
  await compareAgain()
  await bench.until(async () => made().length === 2)
  expect(bench.cluster.objects.get(`${kind}/${name}`)).toMatchObject({ spec: { maxUnavailable: 1 } })
  bench.cluster.drop(kind, name)
  await compareAgain()
  await comesTo([name])
})

test('a foreign budget of the same name is left alone and named once, and services run', async () => {
  bench.cluster.put(kind, { kind: 'PodDisruptionBudget', metadata: { name }, spec: { maxUnavailable: 3 } })
  await startTwo()
  await bench.until(async () => bench.errors.length > 0)
  await compareAgain()
  await bench.until(async () => made().length > 1)
  expect(bench.errors).toMatchObject([{ code: 'process.kubernetes_name_taken', details: { name } }])
  expect(bench.cluster.objects.get(`${kind}/${name}`)).toMatchObject({ spec: { maxUnavailable: 3 } })
})

test('what an earlier control plane left is removed, and what only looks like it is not', async () => {
  const put = (metadata: { name: string; labels: Record<string, string> }) =>
    bench.cluster.put(kind, { kind: 'PodDisruptionBudget', metadata })
  put({ name, labels })
  put({ name: 'copy', labels })
  put({ name: 'vitrine-p2-demo', labels: { ...labels, 'io.vitrine/platform': 'p2' } })
  await bench.reopen()
  await comesTo(['copy', 'vitrine-p2-demo'])
})

test('without the right to budgets services run, and they come as soon as it is given', async () => {
  const message = 'poddisruptionbudgets.policy is forbidden'
  bench.cluster.refuses = (_method, of) => (of === kind ? { status: 403, message } : null)
  await startTwo()
  await compareAgain()
  await compareAgain()
  expect(bench.errors).toMatchObject([{ code: 'process.kubernetes_refused', details: { said: message } }])
  bench.cluster.refuses = null
  await compareAgain()
  await comesTo([name])
})

test('instances of an earlier version, which name no service, run on as they are', async () => {
  await startTwo(null)
  await bench.reopen()
  await bench.until(async () => comparisons() > 1)
  const changes = bench.cluster.requests.filter((one) => /^(PUT|DELETE)/.test(one))
  expect([changes, budgets(), bench.errors]).toEqual([[], [], []])
  const reports = [...(await bench.runner.reports()).values()]
  expect(reports).toMatchObject([
    { state: 'RUNNING', restarts: 0 },
    { state: 'RUNNING', restarts: 0 },
  ])
})
