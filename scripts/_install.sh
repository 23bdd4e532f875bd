#!/usr/bin/env bash
# Installs what is missing and nothing else: Debian's packages (as root), the npm packages of the
# lock file, and the two native modules, built here from source for the Node that Pforte carries.
# With --browser also Chromium, for the browser tests. A second run takes a fraction of a second.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/_node.sh"
cd "$home"

# One installation at a time; the others wait and then find everything in place.
exec 9<package.json
if command -v flock >/dev/null; then flock 9; fi

has() { command -v "$1" >/dev/null; }

has_libatomic() {
  [ "$(uname -s)" != Linux ] || PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1 '
}

# Takes Debian package names. All but libatomic1 are also the names of the commands they bring.
need() {
  local missing=() package log
  for package; do
    case $package in
      libatomic1) has_libatomic ;;
      *) has "$package" ;;
    esac || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] && has apt-get ||
    give_up "these packages are missing and only root can install them: apt-get install ${missing[*]}"
  echo "Installing Debian packages: ${missing[*]}"
  log=$(mktemp)
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    give_up "apt-get could not install: ${missing[*]}"
  }
  rm -f "$log"
}

# The lock file that npm leaves in node_modules says what was installed completely.
packages_match() {
  [ -f node_modules/.package-lock.json ] && node - <<'JS'
const read = file => JSON.parse(require('node:fs').readFileSync(file, 'utf8')).packages
const wanted = read('package-lock.json')
const present = read('node_modules/.package-lock.json')
const differs = path => path && (present[path] ? present[path].version !== wanted[path].version : !wanted[path].optional)
process.exit(Object.keys(wanted).some(differs) ? 1 : 0)
JS
}

# Each module in a process of its own: a module built for something else ends it without a message.
native_works() {
  case $1 in
    sqlite3) node -e 'new (require("sqlite3").Database)(":memory:").get("SELECT 1", e => process.exit(e ? 1 : 0))' ;;
    argon2) node -e 'require("argon2").hash("x", { memoryCost: 1024, timeCost: 2 }).then(() => process.exit(0))' ;;
  esac >/dev/null 2>&1
}

carried=$(carried_node) || true
needed=()
[ -z "$carried" ] || needed+=(libatomic1)
[ "${1:-}" != --browser ] || needed+=(chromium)
[ -f node_modules/.package-lock.json ] || needed+=(npm g++ make python3)
need "${needed[@]}"

if [ -n "$carried" ] && [ ! -x "$carried/bin/node" ] || ! (use_node && packages_match); then
  need npm
  echo 'Installing the packages of package-lock.json …'
  npm ci --ignore-scripts --no-progress --loglevel=error </dev/null
fi
use_node

# The carried Node brings its own headers, so building needs no download; a machine's npmrc may say otherwise.
[ -z "$carried" ] || export npm_config_nodedir="$carried"
export npm_config_build_from_source=true
npm_config_jobs=$(nproc 2>/dev/null || echo 2)
export npm_config_jobs

for module in sqlite3 argon2; do
  native_works $module && continue
  need npm g++ make python3
  echo "Building $module for Node $(node -v) …"
  npm rebuild $module --no-progress --loglevel=error </dev/null
  native_works $module || give_up "$module was built but does not work with Node $(node -v); 'npm rebuild $module --foreground-scripts' shows why."
done
