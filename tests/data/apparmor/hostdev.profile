profile svirt-6d1f2b1c-0a4e-4d52-9a3c-0123456789ab {
  # always
  # vfio
  # usb

  # Its own processes, and who looks after them.
  signal (send, receive) peer=svirt-6d1f2b1c-0a4e-4d52-9a3c-0123456789ab,
  ptrace (readby, read) peer=svirt-6d1f2b1c-0a4e-4d52-9a3c-0123456789ab,
  signal (receive) peer="unconfined",
  ptrace (readby, tracedby) peer="unconfined",

  # What is svirt's and no guest's.
  audit deny "/var/lib/svirt/{,**}" rwklmx,
  audit deny "/etc/svirt/{,**}" rwklmx,
  audit deny "/run/svirt/*/{lock,monitor}" rwklmx,
  audit deny "/run/svirt/.*/**" rwklmx,

  # The programs.
  "/usr/bin/qemu-system-x86_64" mr,

  # The files and devices of the document.
  "/srv/a.img" rwk,
  "/dev/input/event3" rwk,
  "/dev/input/event1\0542" rwk,
  "/dev/input/event4" rwk,
  "/dev/node0" rwk,
  "/dev/node1" rwk,
  "/dev/node2" rwk,
  "/dev/vfio/vfio" rwk,
  "/srv/rom/card.rom" rk,
  "/dev/node3" rwk,
  "/dev/node4" rwk,
  "/dev/node5" rk,
  "/dev/node6" rwk,
}
