// SPDX-License-Identifier: GPL-2.0-or-later
//
// Preloaded into programs of the lab: makes their heap not executable, as under a kernel that
// checks { execmem }. User Mode Linux maps the heap executable, which tells svirt that it never
// checks.

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

__attribute__((constructor)) static void heap_is_data(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			(void)mprotect((void *)from, to - from, PROT_READ | PROT_WRITE);
	}
	if (maps)
		(void)fclose(maps);
}
