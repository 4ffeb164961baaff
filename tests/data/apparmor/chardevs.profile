profile svirt-6d1f2b1c-0a4e-4d52-9a3c-0123456789ab {
  # always
  # inet

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
  "/srv/log/serial0\0541.log" rwk,
  "/dev/ttyS1" rwk,
  "/srv/fifo" rwk,
  "/srv/fifo.in" rwk,
  "/srv/fifo.out" rwk,
  "/run/svirt/test/guest/serial3.sock" rwk,
  "/dev/parport0" rwk,
  "/srv/log/lpt3" rwk,
  "/run/svirt/test/guest/org.qemu.guest_agent.0.sock" rwk,
  "/srv/agent.sock" rwk,
  "/run/svirt/test/guest/channel2.sock" rwk,
}
