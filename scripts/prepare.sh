# Sourced by ./run and ./check: installs what is missing and builds. Safe to repeat, asks nothing, says what it does.
# shellcheck shell=bash

say()  { printf '\033[1m==>\033[0m %s\n' "$*"; }
stop() { printf '\n停止しました / Stopped: %s\n' "$1" >&2; exit "${2:-3}"; }

# Debian 12 packages; each library's reason stands in ARCHITECTURE.md.
readonly PACKAGES=(g++ cmake ninja-build pkg-config git ca-certificates
  librocksdb-dev libcapnp-dev capnproto libboost1.81-dev nlohmann-json3-dev libvalijson-dev libicu-dev libsodium-dev libssl-dev libcurl4-openssl-dev
  libcli11-dev libspdlog-dev libarchive-dev libxlsxwriter-dev)
readonly CHECK_PACKAGES=(libgtest-dev libgmock-dev librapidcheck-dev curl jq python3 nginx-light
  golang-go golang-golang-x-mod-dev)

install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || stop "this needs Debian 12's packages (${missing[*]}), and apt-get is not here." 3
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo=(sudo -n) ||
      stop "these Debian packages are missing and only root may install them. Run once as root:  apt-get install ${missing[*]}" 3
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -q || stop "the package list could not be fetched (apt-get update). Is the package mirror reachable?" 3
  "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" ||
    stop "apt-get could not install ${missing[*]}; its own words stand above." 3
}

# build TARGET…: configures once, then builds; ninja shows its progress.
build() {
  local free_kib
  free_kib=$(df -Pk . | awk 'NR==2 {print $4}')
  [ "$free_kib" -ge $((2 * 1024 * 1024)) ] || stop "the build needs 2 GiB of free disk space here; $((free_kib / 1024)) MiB are left." 3
  say "building: $* (a cold build takes some minutes; progress is shown as [done/all])"
  [ -f build/build.ninja ] || cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >build-configure.log 2>&1 || {
    cat build-configure.log >&2; rm -f build-configure.log; stop "cmake could not configure the build; its own words stand above." 3; }
  rm -f build-configure.log
  ninja -C build "$@" || stop "the build failed; the compiler's words stand above." 3
}
