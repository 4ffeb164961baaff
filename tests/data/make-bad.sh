#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-bad.sh DIR: the broken domain files of bad/expected that cannot stand in a source tree,
# because they are large, binary or not regular files.
set -eu
cd "$1"

head='<domain type="kvm">
<name>bad</name>
<memory unit="MiB">64</memory>
<os><type>hvm</type></os>'

# one byte more than allowed
{ echo "$head"; head -c 1048576 /dev/zero | tr '\0' ' '; echo '</domain>'; } >huge.xml
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0' >binary.xml
printf '<domain type="kvm">\n<name>b\0d</name>\n</domain>\n' >nul.xml
printf '\377\376<\0d\0o\0m\0a\0i\0n\0/\0>\0' >utf16.xml
printf '<\0d\0o\0m\0a\0i\0n\0/\0>\0' >utf16-no-bom.xml
printf '<domain type="kvm">\n<name>b\351d</name>\n</domain>\n' >bad-utf8.xml

awk 'BEGIN { for (i = 0; i < 100; i++) print "<domain>"; for (i = 0; i < 100; i++) print "</domain>" }' \
	>deep.xml
awk 'BEGIN { print "<domain>"; for (i = 0; i < 20001; i++) print "<a/>"; print "</domain>" }' >many.xml
awk 'BEGIN { printf "<domain"; for (i = 0; i < 60000; i++) printf " a%d=\"\"", i; print "/>" }' >attributes.xml

{
	echo "$head<devices>"
	awk 'BEGIN {
		for (i = 0; i < 257; i++)
			printf "<disk><source file=\"/srv/%d\"/><target dev=\"vd%c%c\"/></disk>\n",
				i, 97 + int(i / 26), 97 + i % 26
	}'
	echo '</devices></domain>'
} >disks.xml

{
	echo "$head<devices><disk>"
	printf '<source file="'
	awk 'BEGIN { for (i = 0; i < 4096 / 2; i++) printf "/d" }'
	echo '"/><target dev="vda"/></disk></devices></domain>'
} >long-path.xml

mkdir -p directory.xml
