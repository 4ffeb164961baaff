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
}
