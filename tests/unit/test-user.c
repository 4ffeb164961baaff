/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --user: the directories from the environment, what a user's guest cannot have, and the sockets
 * that svirt makes for it. The lab tests the confinement of the guest.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/prepare/user.h"
#include "guest/run/sockets.h"
#include "guest/state/user.h"
#include "qemu/argv.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct dirs {
	char *state, *conf, *run;
};

static int dirs_of(const struct sv_user_env *env, struct dirs *dirs, struct sv_error *err)
{
	return sv_user_paths(env, &(struct sv_user_dirs){&dirs->state, &dirs->conf, &dirs->run},
			     err);
}

static void dirs_done(struct dirs *dirs)
{
	free(dirs->state);
	free(dirs->conf);
	free(dirs->run);
	*dirs = (struct dirs){0};
}

static void places(void **state)
{
	static const struct {
		struct sv_user_env env;
		const char *state, *conf;
	} cases[] = {
		{{"/home/a", NULL, NULL, "/run/u"},
		 "/home/a/.local/state/svirt",
		 "/home/a/.config/svirt"},
		{{"/home/a", "/s", "/c", "/run/u"}, "/s/svirt", "/c/svirt"},
		{{NULL, "/s", "/c", "/run/u"}, "/s/svirt", "/c/svirt"},
		/* empty and relative values count as not set */
		{{"/home/a", "", "c", "/run/u"},
		 "/home/a/.local/state/svirt",
		 "/home/a/.config/svirt"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct dirs dirs = {0};
		struct sv_error err = {0};

		assert_int_equal(dirs_of(&cases[i].env, &dirs, &err), 0);
		assert_string_equal(dirs.state, cases[i].state);
		assert_string_equal(dirs.conf, cases[i].conf);
		assert_string_equal(dirs.run, "/run/u/svirt");
		dirs_done(&dirs);
	}
}

static void no_places(void **state)
{
	static const struct {
		struct sv_user_env env;
		const char *msg;
	} cases[] = {
		{{"/home/a", "/s", "/c", NULL},
		 "XDG_RUNTIME_DIR is not set: a user's guests run in a session"},
		{{"/home/a", "/s", "/c", "run"},
		 "XDG_RUNTIME_DIR is not set: a user's guests run in a session"},
		{{NULL, NULL, "/c", "/run/u"},
		 "HOME is not set: svirt does not know where a user's guests are kept"},
		{{"home", "/s", NULL, "/run/u"},
		 "HOME is not set: svirt does not know where a user's guests are kept"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct dirs dirs = {0};
		struct sv_error err = {0};

		assert_int_equal(dirs_of(&cases[i].env, &dirs, &err), -SV_E_HOST);
		assert_string_equal(err.msg, cases[i].msg);
		assert_true(err.hint[0]);
		dirs_done(&dirs);
	}
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void directories(void **state)
{
	char dir[] = "/tmp/svirt-test-user-XXXXXX", path[80];
	struct sv_error err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(sv_user_check_runtime(dir, &err), 0);
	assert_int_equal(chmod(dir, 0710), 0);
	assert_int_equal(sv_user_check_runtime(dir, &err), -SV_E_PERMISSION);
	assert_non_null(strstr(err.msg, "is open to other users"));
	sv_error_clear(&err);
	assert_int_equal(sv_user_check_runtime("/nonexistent", &err), -SV_E_HOST);
	sv_error_clear(&err);
	(void)snprintf(path, sizeof(path), "%s/one/two", dir);
	assert_int_equal(sv_user_mkdir(path, &err), 0);
	assert_int_equal(sv_user_mkdir(path, &err), 0);
	assert_int_equal(mode_of(path), 0700);
	(void)snprintf(path, sizeof(path), "%s/one", dir);
	assert_int_equal(mode_of(path), 0700);
	/* existing directories stay as they are */
	assert_int_equal(mode_of(dir), 0710);
	assert_int_equal(sv_fs_remove_tree(dir, &err), 0);
}

static void refusals(void **state)
{
	static const struct {
		enum frame frame;
		const char *lines;
		enum sv_code code;
		const char *msg;
	} cases[] = {
		{IN_DEVICES, "<serial type='unix'><source mode='bind' path='/run/x'/></serial>",
		 SV_E_USAGE, "serial0: a guest of a user has no UNIX socket with a path"},
		{IN_DEVICES,
		 "<channel type='unix'><source mode='connect' path='/run/x'/>"
		 "<target type='virtio' name='x'/></channel>",
		 SV_E_USAGE, "channel0: a guest of a user has no UNIX socket with a path"},
		{IN_DEVICES, "<interface type='bridge'><source bridge='br0'/></interface>",
		 SV_E_PERMISSION, "a bridge needs root"},
		{IN_DEVICES, "<interface type='ethernet'/>", SV_E_PERMISSION,
		 "a new tap needs root"},
		{IN_DOMAIN, "<seclabel type='static' model='dac'><label>+1:+1</label></seclabel>",
		 SV_E_USAGE,
		 "<seclabel model='dac'>: a guest of a user runs as that user, and its files keep "
		 "their owners"},
	};
	const struct svirt sv = {.user = true, .run_dir = (char[]){"/run/user/1000/svirt"}},
			   system = {0};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(cases[i].frame, cases[i].lines);
		struct sv_error err = {0};

		assert_int_equal(sv_user_check(&sv, dom, false, &err), -(int)cases[i].code);
		assert_string_equal(err.msg, cases[i].msg);
		assert_true(err.line > 0);
		assert_true(err.hint[0]);
		sv_error_clear(&err);
		assert_int_equal(sv_user_check(&system, dom, true, &err), 0);
	}
}

#define OWN_SOCKETS                                                                      \
	"<serial type='unix'><source mode='bind'/></serial>"                             \
	"<channel type='unix'><source mode='bind'/><target type='virtio' name='agent'/>" \
	"</channel>"                                                                     \
	"<redirdev bus='usb' type='unix'><source mode='bind'/></redirdev>"               \
	"<smartcard mode='passthrough' type='unix'><source mode='bind'/></smartcard>"

static void allowed(void **state)
{
	static const char *const lines[] = {
		OWN_SOCKETS,
		"<interface type='user'/>",
		"<interface type='ethernet'><target dev='tap0' managed='no'/></interface>",
	};
	const struct svirt sv = {.user = true, .run_dir = (char[]){"/run/user/1000/svirt"}};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(lines); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines[i]);
		struct sv_error err = {0};

		assert_int_equal(sv_user_check(&sv, dom, false, &err), 0);
		assert_int_equal(sv_user_check(&sv, dom, true, &err), -SV_E_USAGE);
		assert_string_equal(err.msg, "--unconfined and --user exclude each other");
	}
}

static bool has(const struct sv_strv *argv, const char *word)
{
	for (size_t i = 0; i < argv->n; i++)
		if (sv_streq(argv->v[i], word))
			return true;
	return false;
}

/* The command line counts the sockets in the order in which they are made. */
static void own_sockets(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, OWN_SOCKETS);
	const struct sv_qemu_host host = {
		.emulator = "/usr/bin/qemu-system-x86_64",
		.qmp_fd = 3,
		.own_fd = 7,
		.uuid = "00000000-1111-4222-8333-444444444444",
		.run_dir = "/run/user/1000/svirt/test/guest",
	};
	static const char *const names[] = {"serial0.sock", "agent.sock", "redirdev0.sock",
					    "smartcard1.sock"};
	char dir[] = "/tmp/svirt-test-user-XXXXXX", path[160];
	struct svirt sv = {.user = true, .run_dir = dir};
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_vmm_fds fds = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_qemu_argv(dom, &host, &argv, &err), 0);
	assert_true(has(&argv, "socket,id=charserial0,fd=7,server=on,wait=off"));
	assert_true(has(&argv, "socket,id=charchannel0,fd=8,server=on,wait=off"));
	assert_true(has(&argv, "socket,id=charredirdev0,fd=9,server=on,wait=off"));
	assert_true(has(&argv, "socket,id=charsmartcard1,fd=10,server=on,wait=off"));
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/%s/guest", dir, dom->name);
	assert_int_equal(sv_user_mkdir(path, &err), 0);
	assert_int_equal(sv_sockets_listen(&sv, dom, &fds, &err), 0);
	assert_int_equal(fds.n, SV_N_ELEMENTS(names));
	for (size_t i = 0; i < fds.n; i++) {
		struct stat st;
		int listens = 0;
		socklen_t len = sizeof(listens);

		(void)snprintf(path, sizeof(path), "%s/%s/guest/%s", dir, dom->name, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(getsockopt(fds.v[i], SOL_SOCKET, SO_ACCEPTCONN, &listens, &len),
				 0);
		assert_int_equal(listens, 1);
	}
	sv_vmm_fds_done(&fds);
	/* the name is in use: the error has its line */
	assert_int_not_equal(sv_sockets_listen(&sv, dom, &fds, &err), 0);
	assert_non_null(strstr(err.msg, "cannot listen at "));
	assert_true(err.line > 0);
	sv_vmm_fds_done(&fds);
	assert_int_equal(sv_fs_remove_tree(dir, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),      cmocka_unit_test(no_places),
		cmocka_unit_test(directories), cmocka_unit_test(refusals),
		cmocka_unit_test(allowed),     cmocka_unit_test(own_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
