import { expect, test } from 'vitest'
import { reportHtml } from './report-html.ts'
import type { Report, ReportBlock } from './report.types.ts'

const attack = '</title></style><script>alert(1)</script><img src=x onerror=alert(1)>'
const url = 'data:image/png;base64,iVBORw0='
const table = { type: 'rows', title: '', head: ['标签', '置信度'], rows: [['人', '0.9']] } as const
const blocks: ReportBlock[] = [
  { type: 'heading', text: '位置框' },
  { type: 'picture', url, caption: '人 × 1', size: 'large' },
  { type: 'paragraph', text: '一个人', look: 'large' },
  {
    type: 'parts',
    parts: [
      { text: '昨晚', as: null },
      { text: '国家队', as: { type: 'mark', label: '体育', colour: '#4cc9f0' } },
      { text: '赢了', as: { type: 'ins' } },
    ],
  },
  { type: 'bars', rows: [{ label: '体育', value: '98.2%', share: 0.982 }] },
  { ...table, more: '还有 3 行' },
]
const report: Report = {
  language: 'zh-CN',
  title: '找人',
  line: '数一数画面里有几个人',
  facts: [{ name: '版本', value: '#3' }],
  sections: [
    { title: '结果', blocks },
    {
      title: '对比',
      blocks: [],
      columns: [
        { letter: 'A', title: '旧模型', facts: [{ name: '用时', value: '1 秒' }], blocks: [] },
        { letter: 'B', title: '新模型', facts: [], blocks },
      ],
    },
  ],
  foot: '由智能算法展示平台生成',
}
const withBlocks = (...given: ReportBlock[]) =>
  reportHtml({ ...report, sections: [{ title: '结果', blocks: given }] })

test('a report has all that it was given, in one file that loads nothing', () => {
  const html = reportHtml(report)
  for (const text of [
    '找人',
    '数一数画面里有几个人',
    '#3',
    '一个人',
    '98.2%',
    '0.9',
    '还有 3 行',
    '旧模型',
    '1 秒',
  ])
    expect(html).toContain(text)
  expect(html).toContain(report.foot)
  expect(html).toContain(`src="${url}"`)
  expect(html).toContain("default-src 'none'")
  expect(html).not.toMatch(/https?:\/\//)
})

test('what was found is text, with its marks, and a picture has its caption', () => {
  const html = withBlocks(...blocks)
  expect(html).toContain('<figcaption>人 × 1</figcaption>')
  expect(html).toMatch(
    /昨晚<mark style="[^"]*#4cc9f0[^"]*">国家队<small>体育<\/small><\/mark><ins>赢了<\/ins>/,
  )
  expect(html).toContain('width:98.2%')
  expect(html).toContain('<th>标签</th><th>置信度</th>')
})

test('a table of many columns has smaller letters, and each page its number', () => {
  const head = Array.from({ length: 9 }, (_, at) => `价格 ${at}`)
  expect(withBlocks({ ...table, more: null })).not.toContain('class="many"')
  const html = withBlocks({ ...table, head, rows: [head], more: null })
  expect(html).toContain('<table class="many">')
  expect(html).toContain('counter(page) " / " counter(pages)')
})

test('nothing is cut by the end of a page, and the paper is white where the reader’s system is dark', () => {
  const html = reportHtml(report)
  expect(html).toMatch(/figure \{[^}]*break-inside: avoid/)
  expect(html).toMatch(/tr, [^{]*\{ break-inside: avoid/)
  expect(html).toContain('content="only light"')
})

test('texts of an algorithm or a person never become elements', () => {
  const picture = { type: 'picture', caption: attack, size: 'large' } as const
  const hostile: ReportBlock[] = [
    { type: 'heading', text: attack },
    { ...picture, url: `data:image/png;base64,"${attack}` },
    { ...picture, url: 'data:text/html,<script>alert(1)</script>' },
    { ...picture, url: 'https://evil.example/a.png' },
    { type: 'paragraph', text: attack, look: 'code' },
    {
      type: 'parts',
      parts: [{ text: attack, as: { type: 'mark', label: attack, colour: `red"${attack}` } }],
    },
    { type: 'bars', rows: [{ label: attack, value: attack, share: Number.NaN }] },
    { type: 'rows', title: attack, head: [attack], rows: [[attack]], more: attack },
  ]
  const column = { letter: attack, title: attack, facts: [{ name: attack, value: attack }], blocks: hostile }
  const html = reportHtml({
    language: `"${attack}`,
    title: attack,
    line: attack,
    facts: [{ name: attack, value: attack }],
    sections: [{ title: attack, blocks: hostile, columns: [column] }],
    foot: attack,
  })
  expect(html).not.toContain('<script')
  expect(html).not.toContain('<img')
  expect(html).not.toContain('evil.example')
})

test('what a result does not have leaves no empty heading', () => {
  const html = withBlocks(
    { type: 'heading', text: '' },
    { type: 'paragraph', text: '', look: 'usual' },
    { type: 'parts', parts: [] },
    { type: 'bars', rows: [] },
    { ...table, rows: [], more: null },
  )
  expect(html).not.toMatch(/<h[23]/)
})

test('a legend shows the line of each entry, and a colour that is none is left out', () => {
  const html = withBlocks({
    type: 'legend',
    rows: [
      { text: '仅 A 1', colour: '#ff7b7b', dashed: true },
      { text: '相同 2', colour: 'red;background:url(x)', dashed: false },
    ],
  })
  expect(html).toContain('<i style="border:2px dashed #ff7b7b"></i>仅 A 1')
  expect(html).toContain('<li>相同 2</li>')
})
