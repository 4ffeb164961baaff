# shellcheck shell=bash disable=SC2034 # variables are read by lab
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a lab boot is made of and what is worth keeping between boots: the image (a small Debian with two
# labelled file systems, one per policy), the compiled policy with this build's module in it, and the
# test tools. All of it lives in $CACHE, is keyed by what it is made from, is built under a lock into a
# temporary name and renamed: an interrupted build leaves nothing that is taken for good.
# Sourced by lab; knows nothing of boots, scripts and test results.

say() { printf 'lab: %s\n' "$*" >&2; }

# The lab cannot be had here. Never a quiet success: a host without a lab has not been tested.
cannot() {
  if [[ ${SVIRT_LAB_OPTIONAL-} == 1 ]]; then
    [[ $VERB != check ]] || { echo "1..0 # SKIP lab: $*"; exit 0; }
    say "$* (skipped)"
    exit 77
  fi
  say "$*"
  exit 1
}

need() {
  local t missing=()
  for t in "$@"; do command -v "$t" >/dev/null || missing+=("$t"); done
  [[ ${#missing[@]} == 0 ]] || cannot "missing: ${missing[*]} (./bootstrap installs them)"
}

# Sets SUITE: the image is of this side's release, so that its policy and our tools fit together.
suite() {
  local VERSION_CODENAME=
  # shellcheck source=/dev/null
  . /etc/os-release
  case $VERSION_CODENAME in
  bookworm | trixie) SUITE=$VERSION_CODENAME ;;
  *) cannot "the lab needs Debian 12 or 13 (its kernel and its policy are Debian's)" ;;
  esac
}

# The lists of the image: the common one, and what "with" names.
lists() { echo "$LAB/packages" ${with:+"$LAB/packages-$with"}; }

# The first name of each line of the lists that this release has.
packages() {
  local line name found files
  read -ra files < <(lists)
  cat "${files[@]}" | while read -r line; do
    line=${line%%#*} line=${line//[[:space:]]/} found=
    [[ $line ]] || continue
    for name in ${line//|/ }; do
      [[ $line != *'|'* ]] || apt-cache show "$name" >/dev/null 2>&1 || continue
      found=$name
      break
    done
    echo "${found:-$name}"
  done
}

# The mirrors that this side uses for its own release; other repositories are of no use to the image.
sources() {
  local key=/usr/share/keyrings/debian-archive-keyring.gpg opt=
  [[ ! -r $key ]] || opt="[signed-by=$key] "
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    sort -u | awk -v s="$1" -v o="$opt" '
      $3 == "main" && ($2 == s || $2 == s "-updates" || $2 == s "-security") { print "deb " o $0 }'
}

# The stub does only what must be in the image: everything else comes in over hostfs with each boot.
stub() {
  printf '%s\n' '#!/bin/bash' 'export PATH=/usr/sbin:/usr/bin' 'mount -t proc proc /proc' \
    'mount -t hostfs none /host' 'exec /bin/bash /host/init'
}

# Runs as root, or as root of a user namespace: $1 is the unpacked tree, $2 the modules of the kernel.
finish_root() {
  rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale,info}/*
  mkdir -p "$1/host" "$1/usr/local/libexec/svirt-lab" "$1/usr/local/share/svirt-tests" "$1/usr/lib/modules"
  cp -R "$2/." "$1/usr/lib/modules/"
  stub >"$1/lab-init"
  chmod 755 "$1/lab-init"
  echo lab >"$1/etc/hostname"
  echo 127.0.0.1 localhost lab >"$1/etc/hosts"
  sed -i 's/^SELINUX=.*/SELINUX=permissive/' "$1/etc/selinux/config"
}

# No journal: the file system is thrown away after the boot.
make_fs() {
  rm -f "$2"
  truncate -s 6G "$2"
  mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$1" "$2"
}

# Debian's own kernel for machine.bash, unpacked and not installed: it would bring tools that make a RAM disk. Runs in the
# image while that is made, with the mirrors of the image.
unpack_kernel() {
  local package
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
  mkdir /kernel
  cd /kernel || return
  apt-get -qq -o APT::Sandbox::User=root download "$package"
  dpkg -x ./*.deb .
  rm ./*.deb
}

bootstrap_root() {
  local mode=$1 target=$2 tmp=$3 src=() hooks=()
  sources "$SUITE" >"$tmp/sources.list"
  [[ ! -s $tmp/sources.list ]] || src=("$tmp/sources.list")
  apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-)' >"$tmp/apt.conf" || :
  [[ $(uname -m) != x86_64 ]] || {
    { declare -f unpack_kernel; echo 'set -e; unpack_kernel'; } >"$tmp/kernel.sh"
    hooks=(--customize-hook="chroot \"\$1\" bash <'$tmp/kernel.sh'")
  }
  mmdebstrap --quiet --variant=minbase --mode="$mode" --include="$(packages | paste -sd,)" \
    --aptopt='APT::Install-Recommends "false"' --aptopt="$tmp/apt.conf" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "${hooks[@]}" "$SUITE" "$target" "${src[@]}" >&2
}

image_key() {
  local files
  read -ra files < <(lists)
  {
    cat "${files[@]}"
    declare -f stub finish_root make_fs unpack_kernel bootstrap_root build_as_root build_as_user label_inside
    echo "$SUITE"
    uname -m
    "$UML/linux.uml" --version
  } | sha256sum | cut -c1-16
}

# May this process write security.selinux as the policy of the image wants it?
can_label() {
  local f=$1/.label rc=0
  : >"$f"
  setfattr -n security.selinux -v system_u:object_r:svirt_lab_probe_t:s0 "$f" 2>/dev/null || rc=1
  rm -f "$f"
  return $rc
}

label_inside() {
  local tmp=$1 policy=$2
  mkdir "$tmp/share"
  cp "$LAB/init" "$tmp/share/init"
  printf 'LAB_LABEL_ONLY=1 LAB_POLICY=%s\n' "$policy" >"$tmp/share/conf"
  timeout -k 5 300 "${UML_COMMAND[@]}" mem=1G uml_dir="$tmp" ubd0="$tmp/$policy.img" root=/dev/ubda rw \
    init=/lab-init lsm=yama hostfs="$tmp/share" con=null con0=null,fd:1 </dev/null >"$tmp/console" 2>&1 || :
  [[ $(cat "$tmp/share/rc" 2>/dev/null) == 0 ]] || { tail -n 40 "$tmp/console" >&2; return 1; }
  rm -rf "$tmp/share"
}

build_as_root() {
  local tmp=$1 p
  bootstrap_root root "$tmp/root" "$tmp"
  [[ ! -e $tmp/root/kernel ]] || mv "$tmp/root/kernel" "$tmp/kernel"
  finish_root "$tmp/root" "$UML/modules"
  mkdir -p "$tmp/policy/etc" "$tmp/policy/var/lib"
  cp -R "$tmp/root/etc/selinux" "$tmp/policy/etc/"
  cp -R "$tmp/root/var/lib/selinux" "$tmp/policy/var/lib/"
  for p in default mls; do
    sed -i "s/^SELINUXTYPE=.*/SELINUXTYPE=$p/" "$tmp/root/etc/selinux/config"
    if can_label "$tmp"; then
      setfiles -F -q -r "$tmp/root" "$tmp/root/etc/selinux/$p/contexts/files/file_contexts" "$tmp/root" >&2
      make_fs "$tmp/root" "$tmp/$p.img"
    else
      make_fs "$tmp/root" "$tmp/$p.img"
      label_inside "$tmp" "$p"
    fi
  done
  rm -rf "$tmp/root"
}

# The whole tree exists only inside one user namespace, where its owners are what they should be.
build_as_user() {
  local tmp=$1 p
  need newuidmap unshare
  unshare --map-auto --map-root-user true 2>/dev/null ||
    cannot "building the image as this user needs user namespaces and a range in /etc/subuid and /etc/subgid; or run it as root"
  bootstrap_root unshare "$tmp/root.tar" "$tmp"
  # shellcheck disable=SC2016
  unshare --map-auto --map-root-user --mount bash -euc "$(declare -f finish_root make_fs stub)"'
    cd "$1" && mkdir root && tar -xpf root.tar -C root --exclude="./dev/*"
    [[ ! -e root/kernel ]] || mv root/kernel kernel
    finish_root "$1/root" "$2"
    tar -C root -cf policy.tar etc/selinux var/lib/selinux
    for p in default mls; do
      sed -i "s/^SELINUXTYPE=.*/SELINUXTYPE=$p/" root/etc/selinux/config
      make_fs root "$p.img"
    done
    rm -rf root root.tar' build "$tmp" "$UML/modules"
  mkdir "$tmp/policy"
  tar -C "$tmp/policy" --no-same-owner -xf "$tmp/policy.tar"
  for p in default mls; do label_inside "$tmp" "$p"; done
  rm -f "$tmp/policy.tar"
}

# Makes the image unless it is there. Sets IMAGE and keeps a shared lock on it for as long as we live.
image() {
  suite
  tools
  uml
  local key tmp d
  [[ -z ${with-} || -r $LAB/packages-$with ]] || { say "no such list: packages-$with" && exit 2; }
  key=$(image_key)
  IMAGE=$CACHE/image-${with:+$with-}$key
  mkdir -p "$CACHE"
  exec {build_lock}>"$CACHE/lock"
  flock "$build_lock"
  if [[ ! -e $IMAGE/mls.img ]]; then
    need mmdebstrap setfiles semodule sefcontext_compile mke2fs setfattr
    say "building the image (once, about a minute): $IMAGE"
    rm -rf --one-file-system "$CACHE"/new.*
    tmp=$(mktemp -d "$CACHE/new.XXXXXX")
    BUILDING=$tmp
    chmod 755 "$tmp"
    if ((EUID == 0)); then build_as_root "$tmp"; else build_as_user "$tmp"; fi
    rm -f "$tmp"/{sources.list,apt.conf,kernel.sh,console}
    : >"$tmp/lock"
    mv "$tmp" "$IMAGE"
    BUILDING=
    # of other lists there may be another one in use tomorrow
    for d in "${IMAGE%-*}"-????????????????; do
      [[ $d == "$IMAGE" ]] || flock -n "$d/lock" rm -rf "$d" || :
    done
  fi
  exec {image_lock}<"$IMAGE/lock"
  flock -s "$image_lock"
  exec {build_lock}>&-
}

# The static probe, the hostile emulator, the boot sector and what the kernel needs on new processors, made once per version
# of their source. Sets TOOLS.
tools() {
  local src=("$LAB"/{probe,tries,vmm*}.c "$LAB"/{tries,vmm}.h "$LAB/boot.S" "$LAB/racer.c" "$LAB/sums.c" "$LAB/heap.c" "$LAB/ramdisk.c" "$LAB/xstate.c" "$TESTS/bench/stopwatch.c") tmp
  TOOLS=$CACHE/tools-$(cat "${src[@]}" | sha256sum | cut -c1-16)
  [[ ! -d $TOOLS ]] || return 0
  need cc as ld
  mkdir -p "$CACHE"
  tmp=$(mktemp -d "$CACHE/tools.XXXXXX")
  BUILDING=$tmp
  cc -static -O2 -Wall -Wextra -o "$tmp/probe" "$LAB"/{probe,tries}.c >&2
  cc -static -O2 -Wall -Wextra -o "$tmp/vmm" "$LAB"/vmm*.c "$LAB/tries.c" >&2
  cc -static -O2 -Wall -Wextra -o "$tmp/racer" "$LAB/racer.c" >&2
  cc -static -O2 -Wall -Wextra -o "$tmp/stopwatch" "$TESTS/bench/stopwatch.c" >&2
  cc -static -O2 -Wall -Wextra -o "$tmp/sums" "$LAB/sums.c" -lsepol >&2
  cc -static -O2 -Wall -Wextra -o "$tmp/ramdisk" "$LAB/ramdisk.c" >&2
  cc -shared -fPIC -O2 -Wall -Wextra -o "$tmp/xstate.so" "$LAB/xstate.c" >&2
  cc -shared -fPIC -O2 -Wall -Wextra -o "$tmp/heap.so" "$LAB/heap.c" >&2
  as --32 "$LAB/boot.S" -o "$tmp/boot.o" >&2
  ld -m elf_i386 -Ttext=0x7c00 -e start --oformat=binary "$tmp/boot.o" -o "$tmp/boot.bin" >&2
  rm "$tmp/boot.o"
  chmod -R a+rX "$tmp"
  mv -T "$tmp" "$TOOLS" 2>/dev/null || rm -rf "$tmp"
  BUILDING=
  find "$CACHE" -maxdepth 1 -name 'tools-*' -mtime +7 -exec rm -rf {} +
}

sums() { (cd "$1" && find . -type f -print0 | xargs -0 sha256sum | sort); }

# policy NAME AUDIT MODULE...: sets POLICY to the tar of what these modules change in the policy store of the
# image and in the policy itself. semodule takes 22 s in the guest and 5 s here.
policy() {
  local name=$1 audit=$2 key tar tmp m flags=()
  shift 2
  key=$({ echo "$IMAGE $name $audit"; cat "$@"; } | sha256sum | cut -c1-16)
  tar=$CACHE/policy-$key.tar
  exec {policy_lock}>"$CACHE/policy-lock"
  flock "$policy_lock"
  if [[ ! -e $tar ]]; then
    need semodule sefcontext_compile
    say "compiling the $name policy with: ${*##*/}"
    tmp=$(mktemp -d "$CACHE/policy.XXXXXX")
    BUILDING=$tmp
    cp -R --preserve=mode,timestamps "$IMAGE/policy/." "$tmp/store"
    [[ $audit != 1 ]] || flags=(-D)
    for m in "$@"; do flags+=(-i "$m"); done
    [[ $# -gt 0 ]] || flags+=(-B)
    semodule -n -p "$tmp/store" -s "$name" "${flags[@]}" 2>"$tmp/log" ||
      { cat "$tmp/log" >&2; say "semodule refused it"; return 1; }
    comm -13 <(sums "$IMAGE/policy") <(sums "$tmp/store") | cut -c67- >"$tmp/changed"
    tar -C "$tmp/store" --owner=0 --group=0 -cf "$tmp/tar" -T "$tmp/changed"
    mv "$tmp/tar" "$tar"
    rm -rf "$tmp"
    BUILDING=
    # shellcheck disable=SC2012
    ls -t "$CACHE"/policy-*.tar | tail -n +13 | xargs -r rm -f
  fi
  touch "$tar"
  exec {policy_lock}>&-
  POLICY=$tar
}
