import { expect, test } from 'vitest'
import { reportHtml, type Report } from './report-html.ts'

const attack = '</title></style><script>alert(1)</script><img src=x onerror=alert(1)>'
const report: Report = {
  language: 'zh-CN',
  title: '找人',
  line: '数一数画面里有几个人',
  facts: [{ name: '版本', value: '#3' }],
  input: { title: '输入', text: '一段文字', picture: null },
  pictures: { title: '结果', urls: ['data:image/png;base64,iVBORw0='] },
  tables: [{ title: '数据', head: ['标签', '置信度'], rows: [['人', '0.9']], more: '还有 3 行' }],
  foot: '由智能算法展示平台生成',
}

test('a report has all that it was given, in one file that loads nothing', () => {
  const html = reportHtml(report)
  for (const text of ['找人', '数一数画面里有几个人', '#3', '一段文字', '0.9', '还有 3 行', report.foot])
    expect(html).toContain(text)
  expect(html).toContain('src="data:image/png;base64,iVBORw0="')
  expect(html).toContain("default-src 'none'")
  expect(html).not.toMatch(/https?:\/\//)
})

test('texts of an algorithm or a person never become elements', () => {
  const html = reportHtml({
    ...report,
    language: `"${attack}`,
    title: attack,
    line: attack,
    facts: [{ name: attack, value: attack }],
    input: { title: attack, text: attack, picture: `data:image/png;base64,"${attack}` },
    pictures: {
      title: attack,
      urls: ['data:text/html,<script>alert(1)</script>', 'https://evil.example/a.png'],
    },
    tables: [{ title: attack, head: [attack], rows: [[attack]], more: attack }],
    foot: attack,
  })
  expect(html).not.toContain('<script')
  expect(html).not.toContain('<img')
  expect(html).not.toContain('evil.example')
})

test('what a result does not have leaves no empty heading', () => {
  const html = reportHtml({
    ...report,
    input: { title: '输入', text: null, picture: null },
    pictures: { title: '结果', urls: [] },
    tables: [{ ...report.tables[0], title: '数据', head: [], rows: [], more: null }],
  })
  expect(html).not.toContain('<h2')
})
