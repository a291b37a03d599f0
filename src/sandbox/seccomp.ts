/** Numbers of the system calls that are looked at, by the architecture as Node names it. */
const architectures: Record<string, Architecture> = {
  x64: {
    audit: 0xc000003e,
    socket: 41,
    clone: 56,
    ioctl: 16,
    // Namespaces, mounts, keys, modules, the clock, tracing of the kernel, and what is not bound to a namespace at all.
    forbidden: [
      103, 133, 153, 154, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 180, 212,
      227, 246, 248, 249, 250, 256, 259, 272, 279, 298, 300, 303, 304, 305, 308, 312, 313, 320, 321, 323, 428, 429, 430,
      431, 432, 433, 440, 442, 443,
    ],
    // clone3 (its flags lie in memory, where no filter can look), io_uring, and memory that belongs to no process.
    absent: [29, 64, 68, 319, 425, 426, 427, 435, 447],
  },
  arm64: {
    audit: 0xc00000b7,
    socket: 198,
    clone: 220,
    ioctl: 29,
    forbidden: [
      18, 33, 39, 40, 41, 42, 51, 58, 60, 89, 97, 104, 105, 106, 112, 116, 142, 161, 162, 170, 171, 217, 218, 219, 224,
      225, 238, 239, 241, 262, 264, 265, 266, 268, 272, 273, 280, 282, 294, 428, 429, 430, 431, 432, 433, 440, 442, 443,
    ],
    absent: [186, 190, 194, 279, 425, 426, 427, 435, 447],
  },
};

interface Architecture {
  audit: number;
  socket: number;
  clone: number;
  ioctl: number;
  /** Answered with EPERM. */
  forbidden: number[];
  /** Answered with ENOSYS, so that programs do without. */
  absent: number[];
}

const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 };
/** Unix, IPv4, IPv6 and netlink: all of them belong to the network namespace. AF_VSOCK does not, and reaches the hypervisor. */
const families = [1, 2, 10, 16];
/** TIOCSTI types into a terminal, TIOCLINUX pastes into a console. */
const terminalRequests = [0x5412, 0x541c];
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = 0x7e020000;
const x32Bit = 0x40000000;

/**
 * A seccomp filter as `bwrap --seccomp` reads it: the kernel's `struct sock_filter`s. It closes what namespaces leave open:
 * sockets to the hypervisor, key rings of the host, namespaces within, keystrokes for a terminal, memory that no process
 * is charged for. Null where the architecture's numbers are not known.
 */
export function seccompFilter(architecture: string = process.arch): Buffer | null {
  const calls = architectures[architecture];
  if (calls === undefined) return null;
  const program = [
    load(4),
    // Another architecture's calls have other numbers.
    ...unless(calls.audit, [answer(errno.ENOSYS)]),
    load(0),
    ...(architecture === "x64" ? [jump(opcode.ifAtLeast, x32Bit, 0, 1), answer(errno.ENOSYS)] : []),
    ...calls.forbidden.flatMap((call) => when(call, [answer(errno.EPERM)])),
    ...calls.absent.flatMap((call) => when(call, [answer(errno.ENOSYS)])),
    ...when(calls.socket, [
      load(argument(0)),
      ...families.flatMap((family) => when(family, [allow])),
      answer(errno.EAFNOSUPPORT),
    ]),
    ...when(calls.clone, [load(argument(0)), jump(opcode.ifAnyBit, namespaceFlags, 0, 1), answer(errno.EPERM), allow]),
    ...when(calls.ioctl, [
      load(argument(1)),
      ...terminalRequests.flatMap((request) => when(request, [answer(errno.EPERM)])),
      allow,
    ]),
    allow,
  ];
  return Buffer.concat(program.map(encode));
}

interface Instruction {
  code: number;
  ifTrue: number;
  ifFalse: number;
  value: number;
}

const opcode = { load: 0x20, ifEqual: 0x15, ifAtLeast: 0x35, ifAnyBit: 0x45, answer: 0x06 };
const allow: Instruction = { code: opcode.answer, ifTrue: 0, ifFalse: 0, value: 0x7fff0000 };

/** Byte offset of an argument's lower half in `struct seccomp_data`, little-endian. */
function argument(index: number): number {
  return 16 + 8 * index;
}

function load(offset: number): Instruction {
  return { code: opcode.load, ifTrue: 0, ifFalse: 0, value: offset };
}

function answer(code: number): Instruction {
  return { code: opcode.answer, ifTrue: 0, ifFalse: 0, value: 0x00050000 | code };
}

function jump(code: number, value: number, ifTrue: number, ifFalse: number): Instruction {
  return { code, ifTrue, ifFalse, value };
}

/** Runs `then`, which has to end in an answer, where the loaded value is `value`. */
function when(value: number, then: Instruction[]): Instruction[] {
  return [jump(opcode.ifEqual, value, 0, then.length), ...then];
}

function unless(value: number, then: Instruction[]): Instruction[] {
  return [jump(opcode.ifEqual, value, then.length, 0), ...then];
}

function encode({ code, ifTrue, ifFalse, value }: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
