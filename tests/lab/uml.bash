# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of lab
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel of the lab, a process of this machine: User Mode Linux. From version 6.16 on its processes tell it
# of a system call or a fault by a signal of their own (seccomp=), no longer by ptrace(2), and it changes their memory
# in batches. The same test then takes a third of the time. So the kernel is that of the Debian release $UML_SUITE,
# unpacked beside the image with the C library that it wants, and the one that is installed only where it cannot be had.
# Sourced by lab; uses $CACHE, $TOOLS, say(), need(), sources() and $SUITE of image.bash.

UML_SUITE=forky

# uml_download DIR: the two packages, checked by apt as for any release
uml_download() {
  local dir=$1 opts
  mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,parts}
  sources "$SUITE" | awk -v s="$UML_SUITE" '!/security/ && !n++ { sub(/ [^ ]+ main$/, " " s " main"); print }' >"$dir/sources.list"
  [[ -s $dir/sources.list ]] || return
  opts=(-qq -o "Dir::State=$dir/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$dir/cache" -o "Dir::Etc::SourceList=$dir/sources.list"
    -o "Dir::Etc::SourceParts=$dir/parts" -o "Dir::Etc::PreferencesParts=$dir/parts" -o Dir::Etc::Preferences=/dev/null
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=5)
  apt-get "${opts[@]}" update && (cd "$dir" && apt-get "${opts[@]}" download user-mode-linux libc6)
}

# uml_unpack DIR: makes DIR/kernel from them: linux.uml, modules and lib. The loader is named by where the folder will be.
uml_unpack() {
  local dir=$1 deb lib
  for deb in "$dir"/*.deb; do dpkg-deb -x "$deb" "$dir/tree" || return; done
  mkdir "$dir/kernel"
  lib=$(find "$dir/tree" -name 'libc.so.6' -printf '%h\n' | head -n 1)
  mv "$dir/tree/usr/bin/linux.uml" "$dir/tree/usr/lib/uml/modules" "$dir/kernel/" && mv "$lib" "$dir/kernel/lib" || return
  LD_LIBRARY_PATH='' patchelf --set-interpreter "$UML/lib/$(basename "$dir"/kernel/lib/ld-linux*.so.*)" --set-rpath "$UML/lib" "$dir/kernel/linux.uml"
}

installed_uml() {
  need linux.uml
  UML=$CACHE/uml-installed
  mkdir -p "$UML"
  ln -sfn "$(command -v linux.uml)" "$UML/linux.uml"
  ln -sfn /usr/lib/uml/modules "$UML/modules"
}

# Sets UML, the folder of the kernel, and UML_COMMAND, what starts it. A machine that could not have the newer one is not asked again within the hour.
uml() {
  local tmp lock refused=$CACHE/uml-refused
  UML=$CACHE/uml-$UML_SUITE
  mkdir -p "$CACHE"
  exec {lock}>"$CACHE/uml-lock"
  flock "$lock"
  if [[ ! -e $UML && -z $(find "$refused" -mmin -60 2>/dev/null) ]]; then
    say "fetching the kernel of Debian's $UML_SUITE (once)"
    tmp=$(mktemp -d "$CACHE/new-uml.XXXXXX")
    BUILDING=$tmp
    if { uml_download "$tmp" && uml_unpack "$tmp" && mv "$tmp/kernel" "$UML"; } >"$tmp/log" 2>&1 && "$UML/linux.uml" --version >"$tmp/version" 2>&1; then
      say "the kernel is $(cat "$tmp/version")"
    else
      say "it is not to be had ($(tail -n 1 "$tmp/log")): the one that is installed takes three times as long"
      rm -rf "$UML"
      : >"$refused"
    fi
    rm -rf "$tmp"
    BUILDING=
  fi
  exec {lock}>&-
  [[ -e $UML ]] || installed_uml
  # seccomp= is handed on to the first program by a kernel that does not know it
  UML_COMMAND=(env "LD_PRELOAD=$TOOLS/xstate.so" "$UML/linux.uml" seccomp=auto)
}


# Sets CMD to what boots the image in it.
uml_command() {
  # shellcheck disable=SC2054
  CMD=("${UML_COMMAND[@]}" "mem=$mem" "uml_dir=$WORK/uml" umid=lab "ubd0=$WORK/cow,$IMAGE/$policy.img" root=/dev/ubda rw
    init=/lab-init "hostfs=$WORK/share" "$1" enforcing=0 log_buf_len=8M loglevel=7 pty.legacy_count=0 con=null con0=null,fd:5 ssl=null)
  # shellcheck disable=SC2054
  if [[ $VERB == shell ]]; then CMD+=(ssl0=fd:0,fd:6); else CMD+=(ssl0=null,fd:3 ssl1=null,fd:4); fi
}
