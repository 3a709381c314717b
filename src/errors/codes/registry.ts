/** KP61xx: registries of images. */
export const registryCodes = {
  KP6101: {
    title: 'Not a reference to an image',
    exitCode: 2,
    explanation:
      'An image in a registry is named `[REGISTRY/]NAME[:TAG][@sha256:DIGEST]`, such as `ghcr.io/me/hello:1.2` or `127.0.0.1:5000/hello`. Names are small letters and digits, with `.`, `_` and `-` between them. Without a registry, Docker Hub is meant.',
  },
  KP6102: {
    title: 'Not a registry',
    exitCode: 4,
    explanation:
      'The server answers, but not as the distribution specification says (`/v2/` with 200 or 401). It may be a web page, another service, or a registry behind another name or port.',
    fix: 'check the name of the host and the port',
  },
  KP6103: {
    title: 'The registry wants a sign-in',
    exitCode: 4,
    explanation:
      'The registry asks who is asking, and kilopy has found no credentials, or the registry does not accept them (a changed password, an expired token). kilopy reads what `docker login`, `podman login` and `skopeo login` write, credential helpers included.',
    fix: 'log in with docker login HOST',
  },
  KP6104: {
    title: 'No permission in the registry',
    exitCode: 4,
    explanation: 'The registry knows who is asking, and this account may not do it in this repository.',
    fix: 'check the name of the repository and the rights of the account',
  },
  KP6105: {
    title: 'The image is not in the registry',
    exitCode: 4,
    explanation:
      'The repository does not exist, or it has no such tag or digest. Private repositories often say so to strangers.',
    fix: 'check the name and the tag; for a private repository log in first',
  },
  KP6106: {
    title: 'The registry refuses',
    exitCode: 4,
    explanation:
      'The registry answered a request with an error that does not pass by itself. What it said stands in the message.',
  },
  KP6107: {
    title: 'The registry sent other bytes than it announced',
    exitCode: 5,
    explanation:
      'Every manifest and layer is compared with its SHA-256. What came was something else, several times: a damaged registry, or somebody in between. Nothing of it has been kept.',
    fix: 'try again later, or pull from another registry',
  },
  KP6108: {
    title: 'An image of the first manifest format',
    exitCode: 5,
    explanation:
      'The registry has this image only as "schema 1" of Docker, which names its layers in a way that cannot be verified and which Docker itself has given up (2019).',
    fix: 'build or push the image anew with a current program; skopeo copy --format v2s2 converts it',
  },
  KP6109: {
    title: 'Layers that are not in the registry',
    exitCode: 2,
    explanation:
      'The image has foreign ("nondistributable") layers, which a registry only refers to, as images of Windows do. kilopy does not fetch from addresses that an image names.',
    fix: 'use an image of Linux',
  },
  KP6110: {
    title: 'The image is not there for this platform',
    exitCode: 2,
    explanation:
      'An index of several platforms was found, and the one that is wanted is not among them; or the image is for another machine.',
    fix: 'choose another --platform or --target',
  },
  KP6111: {
    title: 'A part of an image is too large',
    exitCode: 5,
    explanation:
      'A manifest of more than 4 MiB, a layer of more than 4 GiB, or a layer that unpacks to more than 4 GiB. Nothing honest is like that.',
  },
  KP6112: {
    title: 'A manifest cannot be understood',
    exitCode: 5,
    explanation:
      'The registry sent a document that is no manifest or index of OCI or Docker, or one that contradicts itself.',
  },
  KP6113: {
    title: 'Credentials cannot be read',
    exitCode: 2,
    explanation:
      "kilopy looks for credentials in `$REGISTRY_AUTH_FILE`, docker's config.json (`$DOCKER_CONFIG`, else `~/.docker`) and podman's auth.json, and asks the credential helpers (`docker-credential-NAME`) that they name. One of them is broken.",
  },
  KP6114: {
    title: 'Too many requests',
    exitCode: 4,
    explanation:
      'The registry limits how much may be asked in some time (429), and it did not pass while kilopy waited as long as the registry asked for. Limits are higher for those who are logged in.',
    fix: 'log in, or try again later',
  },
  KP6115: {
    title: 'Only plain http',
    exitCode: 4,
    explanation:
      'The registry, or its token server, does not speak TLS. Plain http is only spoken on this machine (localhost, 127.0.0.1), or where it is asked for with `--plain-http HOST`: images and passwords could be read and changed on the way.',
  },
  KP6116: {
    title: 'An upload did not come about',
    exitCode: 4,
    explanation:
      'The registry took the bytes and would not keep them, or forgot the upload in the middle, several times. The tag has not been touched: whoever pulls gets the image that was there before.',
    fix: 'run the command again: what has arrived is not sent again',
  },
  KP6117: {
    title: 'Not an image that can be sent',
    exitCode: 2,
    explanation:
      'What is copied or pushed is an image with manifests: in a registry, an OCI layout (a folder or an archive), or an archive of kilopy build. Root file systems and archives of old `docker save` have no manifests.',
    fix: 'make one with kilopy build, or with skopeo copy docker-archive:FILE oci-archive:FILE',
  },
} as const;
