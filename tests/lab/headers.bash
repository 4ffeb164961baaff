# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Headers of images that name other files, written in place as a guest writes them: the inode stays. The tools used
# here do not look for, make or open the named files.

# qcow2_data IMAGE PATH: a qcow2 (as qemu-img makes it) gets an external data file
qcow2_data() {
  perl -e '
    open my $f, "+<", $ARGV[0] or die; binmode $f;
    seek $f, 0, 0; read $f, my $head, 112;
    my $len = unpack "N", substr $head, 100, 4;
    my $name = $ARGV[1]; my $padded = $name . "\0" x (-length($name) % 8);
    seek $f, 72, 0; print $f pack "Q>", unpack("Q>", substr $head, 72, 8) | 4;
    seek $f, $len, 0; print $f pack("NN", 0x44415441, length $name), $padded, pack "NN", 0, 0;' "$1" "$2"
}

# vmdk_extent IMAGE PATH: the descriptor of a monolithicFlat names this file
vmdk_extent() {
  local text
  text=$(sed "s|FLAT \"[^\"]*\"|FLAT \"$2\"|" "$1")
  printf '%s\n' "$text" >"$1"
}

# vhdx_parent IMAGE PATH: a vhdx becomes a differencing one, with a parent that is relative to /srv/img
vhdx_parent() {
  perl -e '
    open my $f, "+<", $ARGV[0] or die; binmode $f; local $/; $_ = <$f>;
    my $utf = sub { join "", map { "$_\0" } split //, $_[0] };
    (my $name = "..\\..$ARGV[1]") =~ s|/|\\|g;
    my $meta = index $_, "metadata\0\0"; die if $meta < 0;
    my $n = unpack "v", substr $_, $meta + 10, 2;
    my $at = 0;
    for my $i (0 .. $n - 1) {
      my ($guid, $off) = unpack "a16V", substr $_, $meta + 32 + 32 * $i, 20;
      if (substr($guid, 0, 4) eq "\x37\x67\xa1\xca") {
        my $flags = $meta + $off + 4;
        seek $f, $flags, 0; print $f pack "V", 2 | unpack "V", substr $_, $flags, 4;
      }
      $at = $i if substr($guid, 0, 4) eq "\x2d\x5f\xd3\xa8";
    }
    ($at, $n) = ($n, $n + 1) unless $at;
    my ($key, $value) = map { $utf->($_) } "relative_path", $name;
    my $locator = "\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44\x59\x13" . pack("vv", 0, 1) .
      pack("VVvv", 32, 32 + length $key, length $key, length $value) . $key . $value;
    seek $f, $meta + 10, 0; print $f pack "v", $n;
    seek $f, $meta + 32 + 32 * $at, 0;
    print $f "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c", pack "VVVV", 65536 + 32768, length $locator, 0, 0;
    seek $f, $meta + 65536 + 32768, 0; print $f $locator;' "$1" "$2"
}

# qcow2_backing IMAGE PATH [FORMAT]
qcow2_backing() { qemu-img rebase -q -u -b "$2" -F "${3:-raw}" "$1"; }
