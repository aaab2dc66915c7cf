import { expect, test } from 'vitest'
import { inspect, type Files } from '../package.test-view.ts'

const express = '{"dependencies": {"express": "4", "multer": "1"}, "scripts": {"start": "node app.js"}}'
const writesOf = async (lines: string, files: Files = {}) => {
  const { manifest } = await inspect({ 'package.json': express, 'app.js': lines, ...files })
  return manifest?.launch?.writes
}

test.each<[string, string[] | undefined]>([
  ["if (!fs.existsSync('logs')) fs.mkdirSync('logs')\n", ['logs']],
  ["await mkdir(path.join(process.cwd(), 'data', name), { recursive: true })\n", ['data']],
  ["fs.mkdirSync('./data/out/')\nfs.mkdirSync('data')\n", ['data']],
  ["const upload = require('multer')({ dest: 'uploads/' })\n", ['uploads']],
  ["multer.diskStorage({ destination: (req, file, cb) => cb(null, './uploads') })\n", ['uploads']],
  [
    "@UseInterceptors(FileInterceptor('a', { storage: diskStorage({ destination: './upload' }) }))\n",
    ['upload'],
  ],
  ["fs.mkdirSync('/srv/x')\nfs.mkdirSync(name)\nfs.mkdirSync('../x')\n// fs.mkdirSync('y')\n", undefined],
  ["callback(null, 'done')\nconst options = { dest: 'elsewhere' }\n", undefined],
])(
  'the folders that a Node server writes to are those that it makes, and that uploads go to: %j',
  async (lines, writes) => {
    expect(await writesOf(lines)).toEqual(writes)
  },
)

test('a folder that the package has is not one of them, and paths begin in the folder of the project', async () => {
  expect(await writesOf("fs.mkdirSync('public')\n", { 'public/a.css': '' })).toBeUndefined()
  const { manifest } = await inspect({ 'web/package.json': express, 'web/app.js': "fs.mkdirSync('logs')\n" })
  expect(manifest?.launch?.writes).toEqual(['web/logs'])
})
