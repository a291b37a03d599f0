#!/usr/bin/env bash
# Programs for the suites that need them: bubblewrap for the sandbox, a Redis server for the queue. From Debian.
set -euo pipefail
command -v bwrap >/dev/null && command -v redis-server >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "bubblewrap or redis-server is missing: install them (apt-get install bubblewrap redis-server), or run this as root" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends bubblewrap redis-server >/dev/null
