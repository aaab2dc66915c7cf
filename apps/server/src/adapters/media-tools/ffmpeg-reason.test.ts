import { expect, test } from 'vitest'
import { ffmpegReason } from './ffmpeg-reason.ts'

/** What ffmpeg 7 prints for a PNG that was cut off. */
const cutPicture = `[png @ 0x559d55904580] chunk too big
[png @ 0x559d5590a4c0] chunk too big
[vist#0:0/png @ 0x559d55904f40] [dec:png @ 0x559d55907340] Decoding error: Invalid data found when processing input
[vist#0:0/png @ 0x559d55904f40] [dec:png @ 0x559d55907340] Decode error rate 1 exceeds maximum 0.666667
[vist#0:0/png @ 0x559d55904f40] [dec:png @ 0x559d55907340] Task finished with error code: -1145393733 (Error number -1145393733 occurred)
[vist#0:0/png @ 0x559d55904f40] [dec:png @ 0x559d55907340] Terminating thread with return code -1145393733 (Error number -1145393733 occurred)
Cannot determine format of input 0:0 after EOF
[vost#0:0/mjpeg @ 0x559d55905dc0] Could not open encoder before EOF
[vost#0:0/mjpeg @ 0x559d55905dc0] Task finished with error code: -22 (Invalid argument)
[out#0/mjpeg @ 0x559d55908540] Nothing was written into output file, because at least one of its streams received no packets.`

test.each([
  [
    'the cause is said once, without how the parts of ffmpeg ended after it',
    cutPicture.split('\n'),
    'chunk too big; Decoding error: Invalid data found when processing input',
  ],
  [
    'the path of the file is not said',
    ['file:/data/media/9f/original: Invalid data found when processing input'],
    'Invalid data found when processing input',
  ],
  ['an end without a cause is better than nothing', ['Conversion failed!'], 'Conversion failed!'],
  ['ffmpeg said nothing', ['', ' '], 'no reason given'],
])('%s', (_what, stderr, reason) => {
  expect(ffmpegReason(stderr)).toBe(reason)
})
