/** KP22xx: init, and certificates of authorities. */
export const tlsCodes = {
  KP2201: {
    title: 'Not a source of root certificates',
    exitCode: 2,
    explanation:
      'An entry of `tls: {roots}` is `system`, the path of a file, or the name of a host, with a port after a colon where it is not 443.',
    fix: 'write `system`, a file such as certs/ca.pem, or a host such as api.example.org',
  },
  KP2202: {
    title: 'A file without certificates',
    exitCode: 2,
    explanation: 'A file of `tls: {roots}` is not there, or holds no certificate as PEM or DER.',
    fix: 'give a file that begins with -----BEGIN CERTIFICATE-----, or the certificate as DER',
  },
  KP2203: {
    title: 'A host could not be asked for its certificates',
    exitCode: 4,
    explanation:
      'To find the authority of a host, kilopy connects to it once and keeps the answer in kilopy.lock. Proxies are not used for that.',
    fix: 'try again with network, or use `system` or a file',
  },
  KP2204: {
    title: 'A host shows a certificate that no known authority signed',
    exitCode: 5,
    explanation:
      'The certificate of a host of `tls: {roots}` is not signed by an authority that Debian trusts, has expired, or is for another name. Its authority is not taken then: whoever sits between could be behind it.',
    fix: 'when the host has an authority of its own, give that as a file',
  },
  KP2205: {
    title: 'Root certificates of the lock are not to be had',
    exitCode: 5,
    explanation:
      'kilopy.lock names the certificates by fingerprint. The store has lost them, and what Debian or the host has now is something else.',
    fix: 'build once with --update-lock, and look at what changed in kilopy.lock',
  },
  KP2206: {
    title: 'The application asks for connections without certificates',
    exitCode: 2,
    explanation:
      'A module sets `CERT_NONE`, so that anybody could answer in place of the server. With base static that has no effect: the runtime verifies all the same. The MicroPython of other bases would obey.',
    fix: 'remove it, use base: static, or write `tls: {verify: false}` when that is what you want',
  },
  KP2211: {
    title: 'An init that does not fit',
    exitCode: 2,
    explanation:
      'The first process of an image is the application, or the init of kilopy (`init: true`). `init: openwrt` boots OpenWrt’s procd: it needs base openwrt, the form `initramfs` or `vmlinuz`, and drills are for the init of kilopy.',
    fix: 'write init: true or init: false, or use base openwrt',
  },
} as const;
