import nodeModule from 'node:module'
import { describe, expect, test } from 'vitest'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { toInspection } from '../recognition/recognise.ts'
import { codeCheckerHere } from './code-checker.test-setup.ts'
import { examine } from './preflight.ts'

const checker = codeCheckerHere()
const skipped = 'stripTypeScriptTypes' in nodeModule ? '' : ' (skipped: this Node has no parser for it)'

describe.skipIf(skipped !== '')(`TypeScript is read before a package is stored${skipped}`, () => {
  const errors = async (texts: readonly string[]) => {
    const files = texts.map((text, at) => ({ path: `${at}.ts`, text, kind: 'typescript' as const }))
    const found = await checker.check('anna', 'javascript', files)
    return found?.map(({ error }) => error && [error.line, error.text])
  }

  test('by what its language is: decorators, enums, namespaces and types are no errors', async () => {
    const nest =
      '@Controller("x")\nexport class A {\n  constructor(private readonly s: S, @Inject("q") q: Q) {}\n  @Get() get(): number { return 1 }\n}\n'
    const more =
      'import fs = require("fs")\nenum E { A }\nnamespace N { export const x = <string>y }\nexport = fs\n'
    expect(await errors([nest, more, 'const b: = 2\n', '\n\nfunction f(a: string {\n}\n'])).toEqual([
      null,
      null,
      [1, 'const b: = 2'],
      [3, 'function f(a: string {'],
    ])
  })

  test('a file on which its parser itself fails ends the check there, and those before it are told', async () => {
    const found = await errors(['const b: = 2\n', '('.repeat(20_000), 'const ok = 1\n'])
    expect(found?.[0]).toEqual([1, 'const b: = 2'])
    expect(found).toHaveLength(1)
  })

  const examined = async (files: Files) =>
    toInspection(await examine({ code: checker }, 'anna', viewOf(files), { packageName: 'demo' }), [], 'en')
  const syntax = async (files: Files) => {
    const { problems, warnings } = await examined(files)
    const places = (findings: typeof problems) =>
      findings.filter(({ code }) => code === 'preflight.syntax').map(({ path, line }) => [path, line])
    return { problems: places(problems), warnings: places(warnings) }
  }
  const packageFile = (start: string) =>
    `{"dependencies": {"express": "4"}, "devDependencies": {"typescript": "5", "tsx": "4"}, "scripts": {"build": "tsc", "start": "${start}"}}`
  const server = 'import express from "express"\nimport { port } from "./port.js"\nexpress().listen(port)\n'

  test.each([
    ['is compiled first', 'node dist/server.js'],
    ['is loaded as it is', 'tsx src/server.ts'],
  ])(
    'what starts and %s prevents the deploy, and what nothing imports is a warning',
    async (_name, start) => {
      const files = {
        'package.json': packageFile(start),
        'tsconfig.json': '{}',
        'src/server.ts': server,
        'src/port.ts': 'export const port: number = process.env.PORT\n',
        'types/global.d.ts': 'declare const = \n',
      }
      expect(await syntax(files)).toEqual({ problems: [], warnings: [] })
      const broken = { 'src/port.ts': 'export const port: number\n = = 1\n', 'tools/seed.ts': 'const = 1\n' }
      expect(await syntax({ ...files, ...broken })).toEqual({
        problems: [['src/port.ts', 2]],
        warnings: [['tools/seed.ts', 1]],
      })
    },
  )
})
