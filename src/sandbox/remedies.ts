import { existsSync, readFileSync } from "node:fs";

export interface Explained {
  reason: string;
  remedy: string;
}

/** What decides whether an unprivileged process may make namespaces. */
export interface MachineState {
  /** Contents of /proc/sys/…; null where there is no such file. */
  setting(name: string): string | null;
  inContainer: boolean;
}

export function bubblewrapMissing(platform: NodeJS.Platform): Explained {
  if (platform !== "linux") {
    return {
      reason: `there is no bubblewrap for ${platform}`,
      remedy: "Run the assistant on Linux, or set implement.image and install rootless Podman or Docker.",
    };
  }
  return {
    reason: "bubblewrap is not installed",
    remedy:
      "Install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap setpriv prlimit); or install rootless Podman or Docker and set implement.image.",
  };
}

/** Why bubblewrap does not run, by what it says and how the machine is set up. */
export function explainFailure(failure: string, machine: MachineState = readMachine()): Explained {
  const reason = `bubblewrap does not run here: ${failure.split("\n")[0] ?? ""}`;
  const says = (pattern: RegExp) => pattern.test(failure);
  if (says(/setpriv|prlimit/) && says(/not found|No such file/)) {
    return { reason, remedy: "Install util-linux (it has setpriv and prlimit)." };
  }
  if (!says(/permission|permitted|namespace|uid map|mount|loopback|RTM_NEW/i)) {
    return { reason, remedy: "See what bwrap says: bwrap --unshare-all --ro-bind / / true" };
  }
  if (machine.inContainer) {
    return {
      reason: `${reason} (this is a container, and its engine forbids namespaces)`,
      remedy:
        "Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined (in a compose file: security_opt), so that bubblewrap may make namespaces; or run the assistant outside of a container.",
    };
  }
  if (machine.setting("kernel/apparmor_restrict_unprivileged_userns") === "1") {
    return {
      reason: `${reason} (AppArmor restricts user namespaces here, as Ubuntu does since 23.10)`,
      remedy:
        "Allow them to bubblewrap: write the profile 'abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }' to /etc/apparmor.d/bwrap and run systemctl reload apparmor; or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 for everybody.",
    };
  }
  if (machine.setting("kernel/unprivileged_userns_clone") === "0") {
    return { reason, remedy: "Allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1" };
  }
  if (machine.setting("user/max_user_namespaces") === "0") {
    return { reason, remedy: "Allow user namespaces: sysctl -w user.max_user_namespaces=15000" };
  }
  return {
    reason,
    remedy: "Allow this user to make user namespaces, or run the assistant as root on a machine of its own.",
  };
}

function readMachine(): MachineState {
  return {
    inContainer: ["/.dockerenv", "/run/.containerenv"].some((path) => existsSync(path)),
    setting(name) {
      try {
        return readFileSync(`/proc/sys/${name}`, "utf8").trim();
      } catch {
        return null;
      }
    },
  };
}
