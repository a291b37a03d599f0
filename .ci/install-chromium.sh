#!/usr/bin/env bash
# A real browser for the suites that look at pages. From Debian, because no other source may be needed.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "chromium is missing: install it (apt-get install chromium), or run this as root" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium >/dev/null
