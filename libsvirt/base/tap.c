/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tap devices as descriptors: see tap.h. */
#include "base/tap.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define AUTOMATIC "svirt%d"
/* A bridge takes the lowest address of its ports as its own. A high first byte keeps taps out of
 * that. */
#define HIGH_BYTE 0xfe
/* Frames alone, with the header of virtio-net. */
#define FRAMES (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)

static int open_node(int node, int *ret, struct sv_error *err)
{
	char path[SV_FD_PATH_LEN];
	int fd = open(sv_fd_path(node, path), O_RDWR | O_CLOEXEC | O_NOCTTY), sys = errno;

	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	if (sys == EBUSY)
		return sv_fail(err, SV_E_BUSY, 0, "it is in use by another process");
	if (sys == EACCES || sys == EPERM)
		return sv_fail_errno(err, sys, "cannot open it");
	return sv_fail(err, SV_E_HOST, sys, "cannot open it");
}

static int fail_attach(const struct sv_tap *tap, int sys, struct sv_error *err)
{
	const char *name = tap->name ? tap->name : "tap";

	if (sys != EBUSY)
		return sv_fail_errno(err, sys,
				     tap->existing ? "cannot open tap %s" : "cannot make %s", name);
	if (tap->existing)
		return sv_fail(err, SV_E_BUSY, 0, "tap %s is in use by another process", name);
	sv_fail(err, SV_E_BUSY, 0, "there is a network device %s already", name);
	return sv_hint(err,
		       "<target dev='%s' managed='no'/> in an <interface type='ethernet'> uses "
		       "it as it is; without a name the kernel finds one",
		       name);
}

/* TUNSETIFF: the descriptor is a tap from here on. */
static int attach(const struct sv_tap *tap, int fd, struct ifreq *ifr, struct sv_error *err)
{
	int flags = FRAMES;

	(void)snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s",
		       tap->name ? tap->name : AUTOMATIC);
	if (!tap->existing)
		flags |= IFF_TUN_EXCL;
	if (tap->multi_queue)
		flags |= IFF_MULTI_QUEUE;
	ifr->ifr_flags = (short)flags;
	return ioctl(fd, TUNSETIFF, ifr) < 0 ? fail_attach(tap, errno, err) : 0;
}

static int set(int sock, unsigned long request, struct ifreq *ifr, const char *what,
	       struct sv_error *err)
{
	if (ioctl(sock, request, ifr) == 0)
		return 0;
	return sv_fail_errno(err, errno, "cannot set %s of %.*s", what, IFNAMSIZ, ifr->ifr_name);
}

static int raise_address(int sock, struct ifreq *ifr, struct sv_error *err)
{
	int r = set(sock, SIOCGIFHWADDR, ifr, "the address", err);

	ifr->ifr_hwaddr.sa_data[0] = (char)HIGH_BYTE;
	return r < 0 ? r : set(sock, SIOCSIFHWADDR, ifr, "the address", err);
}

static int join_bridge(int sock, const char *bridge, const struct ifreq *tap, struct sv_error *err)
{
	struct ifreq ifr = *tap;
	int sys;

	if (ioctl(sock, SIOCGIFINDEX, &ifr) == 0) {
		(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", bridge);
		if (ioctl(sock, SIOCBRADDIF, &ifr) == 0)
			return 0;
	}
	sys = errno;
	(void)sv_fail_errno(err, sys, "cannot make %.*s a port of bridge %s", IFNAMSIZ,
			    tap->ifr_name, bridge);
	return sv_hint(err, "'ip link show type bridge' lists the bridges of this host");
}

/* These ioctls work on any socket. A unix socket is used because an internet socket would need a
 * right of its own. */
static int bring_up(const struct sv_tap *tap, struct ifreq *ifr, struct sv_error *err)
{
	sv_auto_close int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (sock < 0)
		return sv_fail_errno(err, errno, "socket");
	r = raise_address(sock, ifr, err);
	if (r == 0 && tap->mtu) {
		ifr->ifr_mtu = (int)tap->mtu;
		r = set(sock, SIOCSIFMTU, ifr, "the MTU", err);
	}
	if (r == 0 && tap->bridge)
		r = join_bridge(sock, tap->bridge, ifr, err);
	ifr->ifr_flags = IFF_UP;
	return r < 0 ? r : set(sock, SIOCSIFFLAGS, ifr, "the state", err);
}

int sv_tap_open(int node, const struct sv_tap *tap, int *ret_fd, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	struct ifreq ifr = {0};
	int r = open_node(node, &fd, err);

	if (r < 0)
		(void)sv_wrap(err, "/dev/net/tun");
	else
		r = attach(tap, fd, &ifr, err);
	if (r == 0 && !tap->existing)
		r = bring_up(tap, &ifr, err);
	if (r < 0)
		return r;
	*ret_fd = sv_take_fd(&fd);
	return 0;
}

int sv_macvtap_open(int node, int *ret_fd, struct sv_error *err)
{
	struct ifreq ifr = {.ifr_flags = FRAMES};
	sv_auto_close int fd = -1;
	int r = open_node(node, &fd, err);

	if (r < 0)
		return r;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		return sv_fail_errno(err, errno, "it is no macvtap");
	*ret_fd = sv_take_fd(&fd);
	return 0;
}
