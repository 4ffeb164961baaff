/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing of audit records through libaudit: see record.h. */
#include "audit/record.h"

#include "base/string.h"

#include <errno.h>
#include <libaudit.h>

/* name="value", or hexadecimal digits when the parser could not read the value. */
static int encode(const char *name, const char *value, char **ret, struct sv_error *err)
{
	char *text = audit_encode_nv_string(name, value ? value : "?", 0);

	if (!text)
		return sv_fail_oom(err);
	*ret = text;
	return 0;
}

static int send_record(int type, const char *text, bool success, struct sv_error *err)
{
	sv_auto_close int fd = audit_open();

	if (fd < 0) {
		if (errno == EINVAL || errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT)
			return SV_NONE; /* a kernel without audit (audit_open(3)) */
		return sv_fail_errno(err, errno, "cannot open the audit socket");
	}
	if (audit_log_user_message(fd, type, text, NULL, NULL, NULL, success) <= 0) {
		if (errno == ECONNREFUSED || errno == EPERM)
			return SV_NONE;
		return sv_fail_errno(err, errno, "cannot write an audit record");
	}
	return 0;
}

int sv_audit_machine(const struct sv_audit_guest *guest, bool success, struct sv_error *err)
{
	sv_auto_free char *vm = NULL, *ctx = NULL, *image = NULL, *model = NULL, *text = NULL;
	int r = encode("vm", guest->name, &vm, err);

	if (r == 0)
		r = encode("vm-ctx", guest->label, &ctx, err);
	if (r == 0)
		r = encode("img-ctx", guest->image, &image, err);
	if (r == 0)
		r = encode("model", guest->model, &model, err);
	if (r == 0)
		r = sv_asprintf(&text, err, "virt=qemu %s uuid=%s vm-pid=%d %s %s %s", vm,
				guest->uuid, (int)guest->pid, ctx, image, model);
	return r < 0 ? r : send_record(AUDIT_VIRT_MACHINE_ID, text, success, err);
}

int sv_audit_control(const struct sv_audit_guest *guest, const char *op, const char *reason,
		     bool success, struct sv_error *err)
{
	sv_auto_free char *vm = NULL, *text = NULL;
	int r = encode("vm", guest->name, &vm, err);

	if (r == 0)
		r = sv_asprintf(&text, err, "virt=qemu op=%s reason=%s %s uuid=%s vm-pid=%d", op,
				reason, vm, guest->uuid, (int)guest->pid);
	return r < 0 ? r : send_record(AUDIT_VIRT_CONTROL, text, success, err);
}
