import { expect, test } from 'vitest'
import { serviceFixture as service } from '../../features/services/service.fixture.ts'
import { matchingCommands } from './commands.ts'
import { serviceCommands } from './service-commands.ts'

const titles = (of: Parameters<typeof serviceCommands>[0], mayReadLog = true) =>
  serviceCommands(of, mayReadLog, (word) => word, { go: () => undefined, operate: () => undefined })
    .map(({ title }) => title)
    .slice(1)

test('the commands of a service are those that its state and the person’s rights allow', () => {
  const places = ['stage', 'log', 'releases', 'metrics', 'settings', 'presentation']
  expect(titles(service({}))).toEqual([...places, 'stop', 'restart', 'delete'])
  const stopped = service({ status: 'STOPPED', desired: 'stopped' })
  expect(titles(stopped)).toEqual([...places, 'start', 'delete'])
  const seen = { may_operate: false, may_own: false }
  expect(titles(service(seen), false)).toEqual(['page', 'releases', 'metrics'])
  const operated = service({ may_own: false, status: 'STOPPED', desired: 'stopped' })
  expect(titles(operated)).toEqual([
    ...places.filter((place) => place !== 'settings' && place !== 'presentation'),
    'start',
  ])
  expect(titles(service({ release: null }))).toEqual(['log', 'releases', 'metrics', 'settings', 'delete'])
})

test('the name of a service opens its page, or its stage for those who may not operate it', () => {
  const opened = (of: Parameters<typeof serviceCommands>[0]) => {
    const paths: string[] = []
    const [first] = serviceCommands(of, true, (word) => word, {
      go: (path) => paths.push(path),
      operate: () => undefined,
    })
    first?.run()
    return paths
  }
  const { id } = service({})
  expect(opened(service({}))).toEqual([`/services/${id}`])
  expect(opened(service({ may_operate: false }))).toEqual([`/stage/${id}`])
  expect(opened(service({ may_operate: false, release: null }))).toEqual([`/services/${id}`])
})

test('a service is found by the titles of its presentation, in either language, and shown by its name', () => {
  const commands = serviceCommands(
    service({ id: 'shouting', name: 'shouting', other_names: ['大喊大叫', 'Say it loud'] }),
    true,
    (word) => word,
    { go: () => undefined, operate: () => undefined },
  )
  for (const text of ['大喊', 'LOUD'])
    expect(matchingCommands(commands, text)[0]?.commands[0]).toMatchObject({
      id: 'service shouting page',
      title: 'shouting',
    })
})
