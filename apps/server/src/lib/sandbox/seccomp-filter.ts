import {
  architectures,
  auditArchitectures,
  checkedCalls,
  errno,
  newestCall,
  refusedCalls,
  type Architecture,
  type CheckedCall,
  type Condition,
} from './system-calls.ts'

/**
 * One instruction of the kernel's classic BPF (`struct sock_filter`). `yes` and `no` are the numbers of instructions
 * that a jump leaves out, at most 255.
 */
type Instruction = { code: number; yes: number; no: number; value: number }

/**
 * A program is written from its end to its beginning: what runs later exists already, so a jump is to a program, and
 * its distance is the difference of two lengths. The filter can only jump forwards.
 */
type Program = readonly Instruction[]

/** Where a test leads. Both are ends of the program that follows the test. */
type Ways = { yes: Program; no: Program }

/** The codes of the instructions that are used (linux/bpf_common.h). They work on one number of 32 bits. */
const code = { load: 0x20, and: 0x54, equal: 0x15, greater: 0x25, anyBit: 0x45, answer: 0x06 }

/** Answers of a filter (linux/seccomp.h). An error is in the lower bits of `error`. */
const answers = { endProcess: 0x80000000, error: 0x00050000, allow: 0x7fff0000 }

/** Places of `struct seccomp_data`, in bytes. Arguments have 64 bits; their lower half comes first. */
const place = { call: 0, architecture: 4, argument: (index: number) => 16 + 8 * index }

const mostSkipped = 255

const plain = (kind: 'load' | 'and' | 'answer', value: number, rest: Program): Program => [
  { code: code[kind], yes: 0, no: 0, value },
  ...rest,
]

function test(kind: 'equal' | 'greater' | 'anyBit', value: number, ways: Ways, rest: Program): Program {
  const yes = rest.length - ways.yes.length
  const no = rest.length - ways.no.length
  if (Math.max(yes, no) > mostSkipped) throw new Error(`a jump over ${Math.max(yes, no)} instructions`)
  return [{ code: code[kind], yes, no, value }, ...rest]
}

/** Tests whether the loaded number is one of these, at least one. `rest` follows the tests. */
const testOneOf = (values: readonly number[], { yes, no }: Ways, rest: Program): Program =>
  values.reduceRight(
    (program, value) => test('equal', value, { yes, no: program === rest ? no : program }, program),
    rest,
  )

function testCondition(condition: Condition, ways: Ways, rest: Program): Program {
  const tests =
    'anyBit' in condition
      ? test('anyBit', condition.anyBit, ways, rest)
      : 'oneOf' in condition
        ? testOneOf(condition.oneOf, ways, rest)
        : testOneOf(condition.noneOf, { yes: ways.no, no: ways.yes }, rest)
  const compared = condition.bits === undefined ? tests : plain('and', condition.bits, tests)
  return plain('load', place.argument(condition.argument), compared)
}

/** Decides the refusals of one call, whose number is loaded. Other calls go to `rest`. */
function checkCall(number: number, { refusals }: CheckedCall, rest: Program): Program {
  const decided = refusals.reduceRight(
    (next, { when, answer }) =>
      when.reduceRight(
        (program, condition) => testCondition(condition, { yes: program, no: next }, program),
        plain('answer', answers.error | answer, next),
      ),
    plain('answer', answers.allow, rest),
  )
  return test('equal', number, { yes: decided, no: rest }, decided)
}

function refuseCalls(numbers: readonly number[], answer: number, rest: Program): Program {
  // Some calls exist on one architecture only.
  if (numbers.length === 0) return rest
  const refused = plain('answer', answers.error | answer, rest)
  return testOneOf(numbers, { yes: refused, no: rest }, refused)
}

function programOf(architecture: Architecture): Program {
  const column = architectures.indexOf(architecture)
  const checked = Object.values(checkedCalls).reduceRight(
    (rest, call) => {
      const number = call.numbers[column] ?? null
      return number === null ? rest : checkCall(number, call, rest)
    },
    plain('answer', answers.allow, []),
  )
  const known = refusedCalls.reduceRight((rest, { answer, calls }) => {
    const numbers = Object.values(calls).flatMap((call) => call[column] ?? [])
    return refuseCalls(numbers, answer, rest)
  }, checked)
  const unknown = plain('answer', answers.error | errno.ENOSYS, known)
  const calls = test('greater', newestCall, { yes: unknown, no: known }, unknown)
  const ours = plain('load', place.call, calls)
  const foreign = plain('answer', answers.endProcess, ours)
  const begin = test('equal', auditArchitectures[architecture], { yes: ours, no: foreign }, foreign)
  return plain('load', place.architecture, begin)
}

const instructionBytes = 8

/**
 * Returns the filter of system calls of a sandbox, in the form that bubblewrap reads (`--seccomp`): a program of
 * classic BPF, an array of `struct sock_filter`. Null for an architecture without a filter. `architecture` is named
 * as in `process.arch`. Pure.
 *
 * A call of another architecture (32-bit programs) ends its process. A call of x32 has a number above all others, so it
 * is an unknown one. The number alone decides nearly all calls: arguments are only loaded for the few calls whose
 * arguments matter. For the others, the kernel remembers once and for all that they are allowed (since Linux 5.11).
 */
export function seccompFilter(architecture: string): Uint8Array | null {
  const known = architectures.find((one) => one === architecture)
  if (!known) return null
  const program = programOf(known)
  const bytes = new DataView(new ArrayBuffer(program.length * instructionBytes))
  for (const [index, { code: operation, yes, no, value }] of program.entries()) {
    const at = index * instructionBytes
    bytes.setUint16(at, operation, true)
    bytes.setUint8(at + 2, yes)
    bytes.setUint8(at + 3, no)
    bytes.setUint32(at + 4, value, true)
  }
  return new Uint8Array(bytes.buffer)
}
