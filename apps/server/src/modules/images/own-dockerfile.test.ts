import { expect, test } from 'vitest'
import { instructionsOf, refusedLines } from './own-dockerfile.ts'

const refused = (...lines: string[]) => refusedLines(lines.join('\n')).map(({ line, why }) => [line, why.en])

test('an instruction goes on where its line ends with the escape sign, and comments between are left out', () => {
  const text =
    'FROM python:3.13\n\nRUN apt-get update \\\n  # for pictures\n  && apt-get install -y ffmpeg\nCMD ["serve"]'
  expect(instructionsOf(text).map(({ line, name }) => [line, name])).toEqual([
    [1, 'FROM'],
    [3, 'RUN'],
    [6, 'CMD'],
  ])
})

test('a usual Dockerfile is built', () => {
  expect(
    refused(
      '# syntax=docker/dockerfile:1',
      'FROM python:3.13-slim AS build',
      'ARG VERSION=1',
      'WORKDIR /app',
      'COPY --chown=1000:1000 . .',
      'ADD weights.tar.gz /models/',
      'RUN pip install -r requirements.txt && echo --network=host',
      'FROM python:3.13-slim',
      'COPY --from=build /app /app',
      'USER 1000',
      'CMD ["python", "app.py"]',
    ),
  ).toEqual([])
})

test.each([
  ['RUN --security=insecure make', /walls of a container/],
  ['run --network=host curl http://127.0.0.1', /network of the machine/],
  ['RUN --mount=type=ssh git clone git@example.com:a.git', /secrets/],
  ['RUN --mount=type=secret,id=key cat /run/secrets/key', /secrets/],
  [
    'RUN --mount=type=cache,target=/root/.cache \\\n  --network=host pip install flask',
    /network of the machine/,
  ],
  ['RUN --mount=type=cache,target=/root/.cache pip install flask', /BuildKit/],
  ['RUN <<EOF\nmake\nEOF', /BuildKit/],
  ['ONBUILD RUN --security=insecure make', /walls of a container/],
  ['ADD http://169.254.169.254/latest/meta-data /x', /past the limits of the network/],
  ['ADD ["https://example.com/x.tar", "/x"]', /past the limits of the network/],
  ['ADD git@github.com:a/b.git /x', /past the limits of the network/],
])('%s is refused, with its line', (line, why) => {
  expect(refused('FROM debian:13', '', line)).toEqual([[3, expect.stringMatching(why)]])
})

test('with another escape sign, a line that it does not end with ends', () => {
  const text = '# escape=`\nFROM debian:13\nRUN dir C:\\\nRUN --security=insecure `\n make'
  expect(refusedLines(text).map(({ line }) => line)).toEqual([4])
})
