/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domain XML reader and its documents: every good file of tests/data/domains is read, every
 * broken one of tests/data/bad is refused with its line and its sentence, and what is hostile is
 * refused before it costs anything. What is read from a good one is in test-xml-model, the rules
 * of the elements are in test-xml-rules.
 */
#include "domain-fixture.h"

#include "base/string.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char generated[] = "/tmp/svirt-bad.XXXXXX";

/* Runs a program and waits; true when it exits with 0. */
static bool run(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static int make_generated(void **state)
{
	sv_auto_free char *script = data_path("make-bad.sh");
	const char *const argv[] = {"sh", script, generated, NULL};

	(void)state;
	if (!mkdtemp(generated))
		return -1;
	return run(argv) ? 0 : -1;
}

static int remove_generated(void **state)
{
	const char *const argv[] = {"rm", "-r", generated, NULL};

	(void)state;
	return run(argv) ? 0 : -1;
}

static int open_bad(const char *name)
{
	sv_auto_free char *relative = NULL, *path = NULL;
	struct sv_error err = {0};
	int fd;

	assert_int_equal(sv_asprintf(&relative, &err, "bad/%s", name), 0);
	path = data_path(relative);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	free(path);
	assert_int_equal(sv_asprintf(&path, &err, "%s/%s", generated, name), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

/* "FILE|CODE|LINE|PART OF THE MESSAGE" */
static void check_row(char *row)
{
	char *name = strsep(&row, "|"), *code = strsep(&row, "|"), *line = strsep(&row, "|");
	struct sv_error err = {0}, ignored = {0};
	struct sv_domain *dom = NULL;
	sv_auto_close int fd = -1;
	uint32_t want_code = 0, want_line = 0;

	assert_non_null(row);
	row[strcspn(row, "\n")] = '\0';
	assert_int_equal(sv_parse_u32(code, 1, 9, "code", &want_code, &ignored), 0);
	assert_int_equal(sv_parse_u32(line, 0, 100000, "line", &want_line, &ignored), 0);
	fd = open_bad(name);
	if (sv_domain_read(fd, name, NULL, &dom, &err) >= 0)
		fail_msg("%s is accepted", name);
	assert_null(dom);
	assert_string_equal(err.file, name);
	assert_int_equal(err.code, want_code);
	if (!strstr(err.msg, row) || err.line != want_line)
		fail_msg("%s:%u: '%s' instead of %u: '%s'", name, err.line, err.msg, want_line,
			 row);
}

static void test_bad_files(void **state)
{
	sv_auto_free char *path = data_path("bad/expected");
	sv_auto_file FILE *table = fopen(path, "re");
	sv_auto_free char *row = NULL;
	size_t room = 0;
	unsigned n = 0;

	(void)state;
	assert_non_null(table);
	while (getline(&row, &room, table) > 0) {
		if (row[0] == '#')
			continue;
		check_row(row);
		n++;
	}
	assert_true(n >= 80);
}

/* No file without a row in the table: it would be tested by nobody. */
static void test_bad_files_are_listed(void **state)
{
	sv_auto_free char *path = data_path("bad"), *table = data_path("bad/expected");
	sv_auto_dir DIR *dir = opendir(path);
	struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		sv_auto_free char *row = NULL;
		struct sv_error err = {0};
		const char *argv[] = {"grep", "-q", NULL, table, NULL};

		if (!strstr(entry->d_name, ".xml"))
			continue;
		assert_int_equal(sv_asprintf(&row, &err, "^%s|", entry->d_name), 0);
		argv[2] = row;
		if (!run(argv))
			fail_msg("%s has no row in bad/expected", entry->d_name);
	}
}

static void test_good_files(void **state)
{
	sv_auto_free char *path = data_path("domains");
	sv_auto_dir DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		sv_auto_free char *name = NULL;
		sv_auto_domain struct sv_domain *dom = NULL;
		struct sv_error err = {0};

		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(sv_asprintf(&name, &err, "domains/%s", entry->d_name), 0);
		dom = domain_of_file(name);
		assert_non_null(strstr(dom->file, name));
		n++;
	}
	assert_true(n >= 12);
}

#define OPEN "<domain type='kvm'><name>"
#define REST "</name><memory>1</memory><os><type>hvm</type></os></domain>"

static void assert_bad_text(const char *text, unsigned line, const char *msg)
{
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	if (sv_domain_parse(text, strlen(text), "bad.xml", &dom, &err) >= 0)
		fail_msg("accepted: %s", text);
	if (!strstr(err.msg, msg) || err.line != line)
		fail_msg("%u: '%s' instead of %u: '%s'", err.line, err.msg, line, msg);
}

static void test_bad_documents(void **state)
{
	(void)state;
	assert_bad_text(OPEN "" REST, 1, "name '' is empty");
	assert_bad_text(OPEN ".hidden" REST, 1, "begins with a '.' or a '-'");
	assert_bad_text(OPEN "a&#10;b" REST, 1, "name 'a\\x0ab' holds a control character");
	assert_bad_text(OPEN "a\xc2\x9b"
			     "b" REST,
			1, "holds a control character");
	assert_bad_text(OPEN " a" REST, 1, "begins or ends with a blank");
	assert_bad_text(OPEN "a.xml" REST, 1, "ends in .xml");
	assert_bad_text("<domain type='kvm'><name>a</name><memory>1</memory><os/></domain>", 1,
			"<os> has no <type>");
	assert_bad_text("<domain type='kvm'><name>a</name><memory>1</memory>\n"
			"<os firmware='uboot'><type>hvm</type></os></domain>",
			2, "firmware of <os>: 'uboot' is not supported");
	assert_bad_text("<domain type='kvm'><name>a</name><memory>1</memory>"
			"<currentMemory>2</currentMemory><os><type>hvm</type></os></domain>",
			1, "currentMemory is larger than memory");
	assert_bad_text("<domain type='kvm'><name>a</name>\n<os><type>exe</type></os></domain>", 2,
			"<type> of <os>: 'exe' is not supported");
	assert_bad_text(
		"<domain type='kvm'>\n<os><type machine='pc,accel=x'>hvm</type></os></domain>", 2,
		"machine: 'pc,accel=x' is not");
	assert_bad_text("<domain type='kvm'>\n<os><boot dev='fd'/></os></domain>", 2,
			"boot device: 'fd' is not supported");
	assert_bad_text("<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type>"
			"<boot dev='hd'/></os>\n<devices>\n<disk><source file='/a'/>"
			"<target dev='vda'/><boot order='1'/></disk></devices></domain>",
			3, "exclude each other");
	/* stopped at the DOCTYPE: what follows is never looked at */
	assert_bad_text("<?xml version='1.0'?>\n<!DOCTYPE a [ <!ELEMENT broken <<< ", 2,
			"a DOCTYPE is not allowed");
	assert_bad_text("<?xml version='1.0' encoding='UTF-7'?><domain/>", 1,
			"encoding 'UTF-7' is not supported");
	assert_bad_text("<d>\xc0\xaf</d>", 1, "not");
}

static void test_encodings(void **state)
{
	sv_auto_domain struct sv_domain *bom = domain_of_text("\xef\xbb\xbf" OPEN "a" REST);
	sv_auto_domain struct sv_domain *ascii =
		domain_of_text("<?xml version='1.0' encoding='us-ascii'?>" OPEN "b" REST);
	sv_auto_domain struct sv_domain *utf8 =
		domain_of_text("<?xml version='1.0' encoding='utf-8'?>" OPEN "g\xc3\xa4st" REST);

	(void)state;
	assert_string_equal(bom->name, "a");
	assert_string_equal(ascii->name, "b");
	assert_string_equal(utf8->name, "g\xc3\xa4st");
}

/* Exactly the cap is read, one byte more is not. */
static void test_size_cap(void **state)
{
	static const char text[] = OPEN "big" REST;
	sv_auto_free char *bytes = malloc(SV_XML_MAX_BYTES + 1);
	struct sv_error err = {0};
	struct sv_domain *dom = NULL;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, ' ', SV_XML_MAX_BYTES + 1);
	memcpy(bytes, text, sizeof(text) - 1);
	assert_int_equal(sv_domain_parse(bytes, SV_XML_MAX_BYTES, "big", &dom, &err), 0);
	sv_domain_free(&dom);
	assert_int_equal(sv_domain_parse(bytes, SV_XML_MAX_BYTES + 1, "big", &dom, &err),
			 -SV_E_USAGE);
	assert_null(dom);
}

/* All that is wrong, each with its line; the first is the error. No more than there is room for,
 * and nothing that only a whole document can tell. */
static void test_faults(void **state)
{
	static const char head[] = "<domain type='kvm'><name>f</name>\n<memory>1</memory>\n";
	static const char tail[] = "<os><type>hvm</type></os></domain>";
	static const char three[] =
		"<strange/>\n<devices>\n<odd/>\n<vsock model='pci'/>\n"
		"<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
		"<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
		"</devices>\n";
	static const unsigned lines[] = {3, 5, 6};
	struct sv_domain_faults faults = {0};
	sv_auto_buf struct sv_buf many = {0};
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	(void)state;
	for (size_t i = 0; i < 2 * SV_DOMAIN_FAULTS_MAX; i++)
		sv_buf_puts(&many, "<strange/>\n");
	for (int pass = 0; pass < 2; pass++) {
		sv_auto_close int fd = memfd_create("domain", MFD_CLOEXEC);

		assert_true(dprintf(fd, "%s%s%s", head, pass ? many.s : three, tail) > 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		faults.n = 0;
		assert_int_equal(sv_domain_read(fd, "f.xml", &faults, &dom, &err), -SV_E_USAGE);
		assert_int_equal(faults.n, pass ? SV_DOMAIN_FAULTS_MAX : SV_N_ELEMENTS(lines));
		assert_int_equal(err.line, 3);
		assert_string_equal(err.msg, "element <strange> is not known in <domain>");
		for (size_t i = 0; !pass && i < faults.n; i++)
			assert_int_equal(faults.items[i].line, lines[i]);
		sv_error_clear(&err);
	}
	assert_null(dom);
}

static void test_descriptors(void **state)
{
	sv_auto_close int endless = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};
	int pipe_fd[2];

	(void)state;
	/* a pipe, in two pieces */
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(write(pipe_fd[1], OPEN, sizeof(OPEN) - 1), sizeof(OPEN) - 1);
	assert_int_equal(write(pipe_fd[1], "p" REST, sizeof(REST)), sizeof(REST));
	close(pipe_fd[1]);
	assert_int_equal(sv_domain_read(pipe_fd[0], "-", NULL, &dom, &err), 0);
	assert_string_equal(dom->name, "p");
	assert_string_equal(dom->file, "-");
	sv_domain_free(&dom);
	close(pipe_fd[0]);

	assert_int_equal(sv_domain_read(-1, "closed", NULL, &dom, &err), -SV_E_UNKNOWN);
	assert_int_equal(err.sys, EBADF);
	sv_error_clear(&err);
	assert_int_equal(sv_domain_read(endless, "/dev/zero", NULL, &dom, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "larger than"));
	assert_null(dom);
}

/* No global handler is installed, so parses that fail and parses that succeed do not meet. */
static void *parse_often(void *data)
{
	static char failed;
	bool good = data != NULL;
	const char *text = good ? OPEN "thread" REST : "<domain>\n</nothing>";
	int i;

	for (i = 0; i < 200; i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		struct sv_error err = {0};
		int r = sv_domain_parse(text, strlen(text), "thread.xml", &dom, &err);

		if ((r == 0) != good || (!good && (err.line != 2 || !strstr(err.msg, "mismatch"))))
			return &failed;
	}
	return NULL;
}

static void test_threads(void **state)
{
	static char good[] = "good";
	pthread_t threads[4];
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, parse_often, i % 2 ? good : NULL), 0);
	for (i = 0; i < SV_N_ELEMENTS(threads); i++) {
		void *failed = NULL;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files),  cmocka_unit_test(test_bad_files_are_listed),
		cmocka_unit_test(test_good_files), cmocka_unit_test(test_bad_documents),
		cmocka_unit_test(test_encodings),  cmocka_unit_test(test_size_cap),
		cmocka_unit_test(test_faults),	   cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, make_generated, remove_generated);
}
