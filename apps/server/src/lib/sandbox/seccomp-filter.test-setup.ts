/** A system call, as a filter sees it. `audit` is the kernel's number of the architecture. */
export type SeenCall = { audit: number; number: number; args?: readonly bigint[] }

/** What a filter decides. `killed` is the whole process. */
export type Decision = 'allowed' | 'killed' | { errno: number }

/** One instruction of a program in bytes. `yes` and `no` are the instructions that a jump leaves out. */
export type Decoded = { code: number; yes: number; no: number; value: number }

/** Returns the instructions of a filter (`struct sock_filter`, little-endian). */
export function decodeFilter(bytes: Uint8Array): Decoded[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength / 8 }, (_, index) => ({
    code: view.getUint16(index * 8, true),
    yes: view.getUint8(index * 8 + 2),
    no: view.getUint8(index * 8 + 3),
    value: view.getUint32(index * 8 + 4, true),
  }))
}

/** The memory that a filter reads: `struct seccomp_data`. */
function dataOf({ audit, number, args = [] }: SeenCall): DataView {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, number, true)
  data.setUint32(4, audit, true)
  for (const [index, value] of args.entries()) data.setBigUint64(16 + 8 * index, value, true)
  return data
}

function decisionOf(value: number): Decision {
  if (value === 0x7fff0000) return 'allowed'
  if (value === 0x80000000) return 'killed'
  if (value >>> 16 === 5) return { errno: value & 0xffff }
  throw new Error(`an unknown answer: ${value.toString(16)}`)
}

/** Runs a filter on a call as the kernel does. Throws at an instruction or a jump that the kernel would refuse. */
export function runFilter(bytes: Uint8Array, call: SeenCall): Decision {
  const program = decodeFilter(bytes)
  const data = dataOf(call)
  let loaded = 0
  for (let at = 0; ; at++) {
    const step = program[at]
    if (!step) throw new Error(`the program ends without an answer, at ${at}`)
    const jump = (isTrue: boolean) => (at += isTrue ? step.yes : step.no)
    if (step.code === 0x20) loaded = data.getUint32(step.value, true)
    else if (step.code === 0x54) loaded = (loaded & step.value) >>> 0
    else if (step.code === 0x15) jump(loaded === step.value)
    else if (step.code === 0x25) jump(loaded > step.value)
    else if (step.code === 0x45) jump((loaded & step.value) !== 0)
    else if (step.code === 0x06) return decisionOf(step.value)
    else throw new Error(`an unknown instruction: ${step.code.toString(16)}`)
  }
}
