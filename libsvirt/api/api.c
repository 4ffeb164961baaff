/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public interface: each svirt_*() calls its sv_*(), returns errors in the public struct, and
 * never returns a positive outcome. Nothing is decided here.
 */
#include "api/domain.h"
#include "api/publish.h"
#include "base/string.h"
#include "domain/xml/xml.h"
#include "guest/inspect/check.h"
#include "guest/inspect/inspect.h"
#include "guest/life/start.h"
#include "guest/life/stop.h"
#include "guest/restore/journal.h"
#include "guest/restore/libvirt.h"
#include "guest/restore/restore.h"
#include "guest/state/registry.h"
#include "guest/state/result.h"

#include <limits.h>

const char *svirt_version(void)
{
	return PACKAGE_VERSION;
}

int svirt_open(const char *root, struct svirt **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_handle_open(root, ret, &e), &e, err);
}

int svirt_open_user(struct svirt **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_handle_user_open(ret, &e), &e, err);
}

void svirt_close(struct svirt **sv)
{
	sv_handle_close(sv);
}

void svirt_set_warn(struct svirt *sv, void (*fn)(void *data, const char *msg), void *data)
{
	sv->warn = fn;
	sv->warn_data = data;
}

void svirt_set_progress(struct svirt *sv,
			void (*fn)(void *data, const struct svirt_progress *progress), void *data)
{
	sv->progress = fn;
	sv->progress_data = data;
}

int svirt_label_new(const char *text, struct svirt_label **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_label_new(text, ret, &e), &e, err);
}

int svirt_host_read(struct svirt *sv, struct svirt_host **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_host_read(sv, ret, &e), &e, err);
}

/* Takes dom over when r is 0. */
static int publish_domain(int r, struct sv_domain *dom, struct svirt_domain **ret,
			  struct sv_error *e, struct svirt_error *err)
{
	sv_auto_domain struct sv_domain *owned = dom;
	struct svirt_domain *d;

	if (r < 0)
		return sv_publish(r, e, err);
	d = calloc(1, sizeof(*d));
	if (!d)
		return sv_publish(sv_fail_oom(e), e, err);
	d->dom = sv_take_ptr(owned);
	*ret = d;
	return 0;
}

int svirt_domain_load(struct svirt *sv, const char *spec, struct svirt_domain **ret,
		      struct svirt_error *err)
{
	struct sv_domain *dom = NULL;
	struct sv_error e = {0};
	int r = sv_registry_load(sv, spec, NULL, &dom, &e);

	return publish_domain(r, dom, ret, &e, err);
}

int svirt_domain_load_fd(struct svirt *sv, int fd, const char *file, struct svirt_domain **ret,
			 struct svirt_error *err)
{
	struct sv_domain *dom = NULL;
	struct sv_error e = {0};
	int r = sv_domain_read(fd, file, NULL, &dom, &e);

	(void)sv;
	return publish_domain(r, dom, ret, &e, err);
}

void svirt_domain_free(struct svirt_domain **dom)
{
	if (!*dom)
		return;
	sv_domain_free(&(*dom)->dom);
	free(*dom);
	*dom = NULL;
}

const char *svirt_domain_name(const struct svirt_domain *dom)
{
	return dom->dom->name;
}

const char *svirt_domain_file(const struct svirt_domain *dom)
{
	return dom->dom->file;
}

int svirt_domain_names(struct svirt *sv, char ***ret, struct svirt_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	struct sv_error e = {0};
	int r = sv_registry_names(sv, &names, &e);

	if (r == 0 && !names.v) {
		names.v = calloc(1, sizeof(*names.v));
		r = names.v ? 0 : sv_fail_oom(&e);
	}
	if (r == 0) {
		*ret = names.v;
		names = (struct sv_strv){0};
	}
	return sv_publish(r, &e, err);
}

int svirt_guest_label(struct svirt *sv, const struct svirt_domain *dom,
		      const struct svirt_options *options, struct svirt_plan **ret,
		      struct svirt_error *err)
{
	struct svirt_options all;
	struct sv_error e = {0};
	int r = sv_options_of(options, &all, &e);

	if (r == 0)
		r = sv_guest_label(sv, dom->dom, &all, ret, &e);
	return sv_publish(r, &e, err);
}

int svirt_guest_start(struct svirt *sv, const struct svirt_domain *dom,
		      const struct svirt_options *options, struct svirt_plan **ret,
		      struct svirt_guest **ret_guest, struct svirt_error *err)
{
	sv_cleanup(svirt_plan_free) struct svirt_plan *plan = NULL;
	struct svirt_options all;
	struct sv_error e = {0}, look = {0};
	int r = sv_options_of(options, &all, &e);

	if (r == 0)
		r = sv_guest_start(sv, dom->dom, &all, &plan, &e);
	/* it runs, whatever can be read about it now */
	if (r == 0 && ret_guest && !(all.flags & SVIRT_DRY_RUN) &&
	    sv_guest_read(sv, dom->dom->name, ret_guest, &look) < 0)
		sv_warn(sv, "guest '%s' was started; %s", dom->dom->name, look.msg);
	if (r == 0)
		*ret = sv_take_ptr(plan);
	return sv_publish(r, &e, err);
}

int svirt_guest_read(struct svirt *sv, const char *name, struct svirt_guest **ret,
		     struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_guest_read(sv, name, ret, &e), &e, err);
}

int svirt_guests_read(struct svirt *sv, int all, struct svirt_guests **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_guests_read(sv, all, ret, &e), &e, err);
}

int svirt_levels_read(struct svirt *sv, int all, struct svirt_levels **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_levels_read(sv, all, ret, &e), &e, err);
}

#define REPLY_TIMEOUT_MS 30000

static int control(struct svirt *sv, const char *name, enum sv_control_op op, unsigned flags,
		   struct svirt_error *err)
{
	struct sv_error e = {0};
	int r = flags & SVIRT_DRY_RUN ? sv_guest_foresee(sv, name, op, &e)
				      : sv_guest_control(sv, name, op, REPLY_TIMEOUT_MS, &e);

	return sv_publish(r, &e, err);
}

int svirt_guest_stop(struct svirt *sv, const char *name, unsigned timeout_ms, unsigned flags,
		     struct svirt_error *err)
{
	struct sv_error e = {0};
	int ms = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;

	if (flags & SVIRT_DRY_RUN)
		return control(sv, name, SV_CONTROL_STOP, flags, err);
	return sv_publish(sv_guest_control(sv, name, SV_CONTROL_STOP, ms, &e), &e, err);
}

int svirt_guest_destroy(struct svirt *sv, const char *name, unsigned flags, struct svirt_error *err)
{
	return control(sv, name, SV_CONTROL_DESTROY, flags, err);
}

int svirt_guest_suspend(struct svirt *sv, const char *name, unsigned flags, struct svirt_error *err)
{
	return control(sv, name, SV_CONTROL_SUSPEND, flags, err);
}

int svirt_guest_resume(struct svirt *sv, const char *name, unsigned flags, struct svirt_error *err)
{
	return control(sv, name, SV_CONTROL_RESUME, flags, err);
}

int svirt_restore(struct svirt *sv, enum svirt_restore_which which, const char *name,
		  unsigned flags, struct svirt_undos **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_guest_restore(sv, which, name, flags, ret, &e), &e, err);
}

int svirt_restore_files(struct svirt *sv, const char *const *paths, size_t n, unsigned flags,
			struct svirt_undos **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_libvirt_restore(sv, paths, n, flags, ret, &e), &e, err);
}

int svirt_journal_read(struct svirt *sv, const char *name, unsigned flags, struct svirt_undos **ret,
		       struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_journal_read(sv, name, flags, ret, &e), &e, err);
}

int svirt_check_host(struct svirt *sv, struct svirt_report **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_check_host(sv, ret, &e), &e, err);
}

int svirt_check_domain(struct svirt *sv, const char *spec, int fd, struct svirt_report **ret,
		       struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_check_domain(sv, spec, fd, ret, &e), &e, err);
}
