/**
 * What src/sandbox/seccomp.ts forbids, as the engines of containers read it. Theirs lets through sockets to the hypervisor,
 * key rings of the host, namespaces within, and keystrokes for a terminal, whatever capabilities were dropped.
 */
const forbidden = [
  "syslog mknod mknodat vhangup modify_ldt pivot_root adjtimex clock_adjtime chroot acct settimeofday",
  "clock_settime mount umount2 mount_setattr open_tree move_mount fsopen fsconfig fsmount fspick swapon",
  "swapoff reboot sethostname setdomainname iopl ioperm init_module finit_module delete_module quotactl",
  "quotactl_fd nfsservctl lookup_dcookie kexec_load kexec_file_load add_key request_key keyctl",
  "migrate_pages move_pages unshare setns perf_event_open fanotify_init name_to_handle_at",
  "open_by_handle_at kcmp bpf userfaultfd process_madvise",
].flatMap((line) => line.split(" "));
const absent = [
  "shmget semget msgget memfd_create memfd_secret clone3 io_uring_setup io_uring_enter",
  "io_uring_register",
].flatMap((line) => line.split(" "));
const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 };
/** Of socket(2), beside all above netlink: neither Unix, IPv4, IPv6 nor netlink. */
const families = [0, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15];
const netlink = 16;
/** TIOCSTI, TIOCLINUX. The kernel looks at the lower half alone. */
const terminalRequests = [0x5412, 0x541c];
const lowerHalf = 0xffffffff;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
const architectures: Record<string, string> = { x64: "SCMP_ARCH_X86_64", arm64: "SCMP_ARCH_AARCH64" };

interface Condition {
  index: number;
  value: number;
  valueTwo?: number;
  op: "SCMP_CMP_EQ" | "SCMP_CMP_GT" | "SCMP_CMP_MASKED_EQ";
}

/** JSON for `--security-opt seccomp=FILE`; null where the architecture is not known: then the engine's own profile serves. */
export function seccompProfile(architecture: string = process.arch): string | null {
  const native = architectures[architecture];
  if (native === undefined) return null;
  // Engines take several conditions on one argument as alternatives: each stands in a rule of its own.
  const when = (name: string, errnoRet: number, condition: Condition) => ({
    ...refuse([name], errnoRet),
    args: [condition],
  });
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    // Calls of another architecture end the process.
    architectures: [native],
    syscalls: [
      refuse(forbidden, errno.EPERM),
      refuse(absent, errno.ENOSYS),
      when("socket", errno.EAFNOSUPPORT, { index: 0, value: netlink, op: "SCMP_CMP_GT" }),
      ...families.map((value) => when("socket", errno.EAFNOSUPPORT, { index: 0, value, op: "SCMP_CMP_EQ" })),
      ...terminalRequests.map((request) =>
        when("ioctl", errno.EPERM, { index: 1, value: lowerHalf, valueTwo: request, op: "SCMP_CMP_MASKED_EQ" }),
      ),
      ...namespaceFlags.map((flag) =>
        when("clone", errno.EPERM, { index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }),
      ),
    ],
  });
}

function refuse(names: readonly string[], errnoRet: number) {
  return { names, action: "SCMP_ACT_ERRNO", errnoRet };
}
