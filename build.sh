#!/usr/bin/env bash
# Cake's bootstrapper: installs what the machine lacks, restores the tools, runs build.cake.
#   ./build.sh --target=Hello | Test | Publish | Run | Bench
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CAKE_SETTINGS_ENABLESCRIPTCACHE=true

target=Hello
for argument in "$@"; do
  case "$argument" in --target=*) target=${argument#--target=} ;; esac
done

# What a target needs beyond bash and the .NET SDK. A path means: nothing to install when it exists.
needs=(gcc:/usr/bin/gcc zlib1g-dev:/usr/include/zlib.h libseccomp2:libseccomp.so.2 libnftables1:libnftables.so.1)
tests=(iproute2:ip nftables:nft busybox-static:busybox docker-registry:docker-registry runc:runc crun:crun
  strace:strace skopeo:skopeo umoci:umoci docker:docker)
case "${target,,}" in
  test) needs+=("${tests[@]}") ;;
  bench) needs+=("${tests[@]}" hyperfine:hyperfine docker.io:dockerd) ;;
esac

is_there() {
  case "$1" in
    /*) [ -e "$1" ] ;;
    *.so.*) ldconfig -p | grep -q -F "$1" ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
  esac
}

missing=()
for need in "${needs[@]}"; do
  is_there "${need#*:}" || missing+=("${need%%:*}")
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "build.sh: please install: ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -qq >/dev/null
  # Debian 13 ships the client alone; Debian 12 only together with the engine.
  for i in "${!missing[@]}"; do
    if [ "${missing[$i]}" = docker ]; then
      if [ -n "$(apt-cache search --names-only '^docker-cli$')" ]; then missing[i]=docker-cli; else missing[i]=docker.io; fi
    fi
  done
  # RUNLEVEL=1 and the policy keep Debian from starting the daemons that come along (docker.io, docker-registry).
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>/tmp/troupe-apt.$$ || { cat /tmp/troupe-apt.$$ >&2; exit 1; }
  rm -f /tmp/troupe-apt.$$
fi

if ! command -v dotnet >/dev/null || ! dotnet --version >/dev/null 2>&1; then
  echo "build.sh: the .NET 10 SDK is missing. This installs it for the whole machine:" >&2
  echo "  curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0 --install-dir /usr/share/dotnet && ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet" >&2
  exit 1
fi

dotnet tool restore --verbosity quiet >/dev/null
dotnet cake build.cake --verbosity=quiet "$@"
