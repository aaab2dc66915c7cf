import { expect, test } from 'vitest'
import { assetUrl } from '../../shared/viewers/media-source.ts'
import { storedRunState } from '../runs/run-state.ts'
import { algorithmWords } from './algorithm-words.ts'
import { boardColumns } from './board-columns.ts'
import { boardCsv, type CsvTexts } from './board-csv.ts'
import { runWith } from './run.fixture.ts'
import { summarise } from './summary.ts'

const texts: CsvTexts = {
  columns: '对比对象',
  column: '列',
  settings: '参数',
  state: '状态',
  rowTitle: ({ key }) => `行 ${key}`,
  release: (number) => `版本 ${number}`,
  status: (status) => `状态 ${status}`,
  failure: ({ code }) => `原因 ${code}`,
  cell: (name) => `列 ${name}`,
  kind: (name) => `类型 ${name}`,
  failed: '失败',
}

test('the file has nothing but the reader’s words: heads, states, kinds, outputs and labels', async () => {
  const words = algorithmWords(
    [
      {
        service_id: 'one',
        name: '文本分类',
        manifest: {
          parameters: {},
          output: { 'x-name': 'topics', title: '主题' },
          result_words: { sport: '体育' },
        },
      },
    ],
    { on: '开', off: '关' },
  )
  const good = runWith({
    outputs: [{ kind: 'classification', name: 'topics', data: [{ label: 'sport', score: 0.5 }] }],
  })
  const bad = runWith({
    release: 2,
    status: 'failed',
    result: null,
    error: { code: 'broken', message: 'x', details: {} },
  })
  const cells = [good, bad].map(({ id, status }) => ({
    target: { service_id: 'one', parameters: {} },
    run_id: id,
    status,
    error: null,
  }))
  const columns = boardColumns({ cells }, [good, bad].map(storedRunState), words)
  const csv = await boardCsv(columns, await summarise(columns, assetUrl), texts, assetUrl)
  expect(csv.slice(1).trimEnd().split('\r\n')).toEqual([
    '对比对象,A 文本分类 版本 1,B 文本分类 版本 2',
    '参数,,',
    '状态,状态 succeeded,状态 failed: 原因 broken',
    '行 run_seconds,1,',
    '行 classification/topics,体育 (0.5),',
    '',
    expect.stringMatching(/^列,列 element,列 output,列 kind,列 label,列 score,/),
    'A,1,主题,类型 classification,体育,0.5,,,,,,,,,',
  ])
})
