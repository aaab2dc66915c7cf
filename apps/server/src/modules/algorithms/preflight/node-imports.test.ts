import { expect, test } from 'vitest'
import { readPackage } from '../recognition/package-reading.ts'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { nodeImportFindings } from './node-imports.ts'

const findings = (files: Files, content: object = { dependencies: { express: '4' } }) =>
  nodeImportFindings(readPackage(viewOf({ 'package.json': JSON.stringify(content), ...files })), [
    'server.js',
  ])
const named = async (files: Files, content?: object) =>
  (await findings(files, content)).map(({ path, line, text }) => [
    path,
    line,
    /uses (\S+),/.exec(text.en)?.[1],
  ])

test('a library that package.json does not list is named with file and line, what follows and the mend', async () => {
  const files = {
    'server.js': "const express = require('express')\nconst words = require('./lib/words')\n",
    'lib/words.js': "/* a\n note */\nconst { pinyin } = require('pinyin-pro/lib')\n",
  }
  expect(await findings(files)).toMatchObject([
    {
      code: 'preflight.import_unlisted',
      path: 'lib/words.js',
      line: 3,
      text: { en: 'lib/words.js line 3 uses pinyin-pro, which package.json does not list' },
      follows: { en: expect.stringContaining("Cannot find module 'pinyin-pro'") },
      mend: { en: expect.stringContaining('npm install pinyin-pro') },
    },
  ])
})

test('import statements count, over several lines and with a scope', async () => {
  const server =
    "import express from 'express'\nimport {\n  a,\n  b,\n} from '@scope/name/part'\nimport 'polyfill'\nexport * from './more.mjs'\n"
  const files = { 'server.js': server, 'more.mjs': "export { x } from 'other'\n" }
  expect(await named(files)).toEqual([
    ['server.js', 2, '@scope/name'],
    ['server.js', 6, 'polyfill'],
    ['more.mjs', 1, 'other'],
  ])
})

test('a library for development alone is told as that', async () => {
  const [finding] = await findings(
    { 'server.js': "require('dotenv')\n" },
    { devDependencies: { dotenv: '16' } },
  )
  expect(finding?.text.en).toContain('only in devDependencies')
})

test.each([
  ['Node itself', "require('fs/promises')\nimport x from 'node:path'\n"],
  ['a file that is not there', "require('./gone')\n"],
  ['what is only wanted', "let x\ntry {\n  x = require('sharp')\n} catch {}\n"],
  ['a comment', "// require('lodash')\n/* import a from 'lodash' */\n"],
  ['an alias of the package', "import x from '#lib/x'\nimport y from '@/y'\n"],
  ['a name that is made', 'require(name)\nimport(name)\n'],
])('nothing is said about %s', async (_name, server) => {
  expect(await findings({ 'server.js': server })).toEqual([])
})

test('nothing is said without a package.json that can be read', async () => {
  expect(await findings({ 'server.js': "require('lodash')\n", 'package.json': '{' })).toEqual([])
})
