/** Dockerfiles of the kinds that people write for MicroPython on Linux, and what has to come of them. */
export interface DockerfileCase {
  readonly title: string;
  readonly dockerfile: string;
  /** Beside the Dockerfile: path and content. */
  readonly files: Readonly<Record<string, string>>;
  /** Where kilopy.yaml is to be, relative to the context. */
  readonly folder?: string;
  /** Parts of the lowered Spec. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** `LINE: beginning` of everything that is not carried over, in order. */
  readonly lost: readonly string[];
  /** The same of what is different; `0` is the whole file. */
  readonly changed: readonly string[];
  /** What the container says that is built from it. */
  readonly says: string;
  /** What it takes that is compiled for `npm run prove` only. */
  readonly compiled?: 'tls' | 'init';
}

const hello = { 'main.py': 'print("hello")\n' };
const asRoot = '0: no USER';

export const dockerfileCases: readonly DockerfileCase[] = [
  {
    title: 'the official image, with mip',
    dockerfile: `FROM micropython/unix:v1.22
RUN micropython -m mip install logging unittest
WORKDIR /app
COPY . .
CMD ["micropython", "main.py"]
`,
    files: { ...hello, 'lib/util.py': 'X = 1\n' },
    spec: {
      base: { name: 'static', settings: { variant: 'small' } },
      app: { entry: 'main.py', include: ['**'], args: [] },
      workdir: '/app',
      packages: [],
    },
    lost: ['2: RUN micropython -m mip install logging unittest'],
    changed: [asRoot, '1: FROM micropython/unix:v1.22'],
    says: 'hello\n',
  },
  {
    title: 'Alpine with edge/testing, untrusted, over several lines',
    dockerfile: `# syntax=docker/dockerfile:1
ARG RELEASE=3.19
FROM alpine:\${RELEASE}
RUN apk update && \\
    # the package is only there
    apk add --no-cache --allow-untrusted \\
      --repository http://dl-cdn.alpinelinux.org/alpine/edge/testing \\
      micropython \\
    && rm -rf /var/cache/apk/*
COPY main.py /main.py
ENTRYPOINT ["micropython", "/main.py"]
CMD ["--verbose"]
`,
    files: { 'main.py': 'import sys\nprint(sys.argv[1:])\n' },
    spec: {
      base: { name: 'alpine', settings: { release: 'v3.24' } },
      app: { entry: 'main.py', include: ['main.py'], args: ['--verbose'] },
      workdir: '/app',
      feeds: [],
      packages: [],
    },
    lost: [],
    changed: [asRoot, '3: FROM alpine:3.19', '6: --allow-untrusted'],
    says: "['--verbose']\n",
  },
  {
    title: 'Alpine with packages, a repository of its own and tini',
    dockerfile: `FROM alpine:3.24
RUN echo "https://packages.example.org/apk" >> /etc/apk/repositories
RUN apk add --no-cache micropython tini ca-certificates-bundle greeter=1.2-r0
WORKDIR /srv/bridge
COPY bridge.py lib ./
EXPOSE 1883 8000-8001/tcp 5353/udp
USER 1000:20
ENTRYPOINT ["/sbin/tini", "--"]
CMD ["micropython", "bridge.py"]
`,
    files: {
      'bridge.py': 'import helper, os\nprint(helper.Y, os.stat("/usr/share/greeter/words")[6] > 0)\n',
      'lib/helper.py': 'Y = 2\n',
    },
    spec: {
      base: { name: 'alpine', settings: { release: 'v3.24' } },
      app: { entry: 'bridge.py', args: [] },
      packages: [{ text: 'ca-certificates-bundle' }, { text: 'greeter=1.2-r0' }],
      feeds: [{ name: 'repository-1', url: 'https://packages.example.org/apk', allowUntrusted: false }],
      ports: [
        { port: 1883, protocol: 'tcp' },
        { port: 8000, protocol: 'tcp' },
        { port: 8001, protocol: 'tcp' },
        { port: 5353, protocol: 'udp' },
      ],
      user: { uid: 1000, gid: 20 },
      init: { kind: 'kilopy' },
    },
    lost: [],
    changed: ['2: --repository https://packages.example.org/apk'],
    says: '2 True\n',
    compiled: 'init',
  },
  {
    title: 'compiled in a stage of its own, started from scratch',
    dockerfile: `FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential git python3
RUN git clone --depth 1 https://github.com/micropython/micropython /src
RUN make -C /src/ports/unix VARIANT=standard
COPY app /out/app

FROM scratch
COPY --from=build /src/ports/unix/build-standard/micropython /bin/micropython
COPY --from=build /out/app /app
WORKDIR /app
ENV MICROPYPATH=/app/lib
CMD ["/bin/micropython", "-O2", "serve.py"]
`,
    files: { 'app/serve.py': 'import socket\nprint("serving")\n', 'README.md': 'about\n' },
    folder: 'app',
    spec: { base: { name: 'static' }, app: { entry: 'serve.py', include: ['**'] }, env: {}, workdir: '/app' },
    lost: [],
    changed: [asRoot, '9: COPY --from=build'],
    says: 'serving\n',
  },
  {
    title: 'Debian, shell form, a user with a number, a folder for data',
    dockerfile: `FROM debian:trixie-slim
LABEL org.opencontainers.image.source="https://example.org/logger" maintainer=me
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \\
 && apt-get install -y micropython tzdata \\
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1500 logger && mkdir -p /var/log/app && chown logger /var/log/app
ENV TZ=Europe/Berlin LEVEL="very loud"
WORKDIR /usr/src/app
COPY --chown=logger src/ .
COPY config/prod.json /etc/logger.json
USER logger
CMD exec micropython log.py --file "/etc/logger.json"
`,
    files: {
      'src/log.py':
        'import os, sys\nread = lambda path: open(path).read()\nos.listdir("/var/log/app")\n' +
        'print(read("/usr/src/app/words.txt"), read(sys.argv[2]), os.getenv("LEVEL"), os.stat("/usr/share/zoneinfo/Europe/Berlin")[6] > 0)\n',
      'src/words.txt': 'a\n',
      'config/prod.json': '{}\n',
    },
    folder: 'src',
    spec: {
      base: { name: 'debian', settings: { suite: 'trixie' } },
      packages: [{ text: 'tzdata' }],
      app: { entry: 'log.py', args: ['--file', '/etc/logger.json'] },
      env: { TZ: 'Europe/Berlin', LEVEL: 'very loud' },
      user: { name: 'logger', uid: 1500, gid: 1500 },
      annotations: { 'org.opencontainers.image.source': 'https://example.org/logger', maintainer: 'me' },
      files: [
        { path: 'etc/logger.json', type: 'file' },
        { path: 'var/log/app', type: 'directory', uid: 1500 },
        { path: 'usr/src/app', type: 'symlink', target: '/app' },
      ],
      workdir: '/app',
    },
    lost: [],
    changed: ['10: COPY --chown=logger src /usr/src/app'],
    says: 'a\n {}\n very loud True\n',
  },
  {
    title: 'CPython, with what pip brings, a health check and a volume',
    dockerfile: `FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1
COPY requirements.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements.txt
COPY main.py /app/
VOLUME /data
HEALTHCHECK --interval=30s CMD wget -qO- http://localhost:8080/ || exit 1
STOPSIGNAL SIGTERM
USER nobody
CMD ["python", "-u", "/app/main.py"]
`,
    files: { ...hello, 'requirements.txt': 'requests\n' },
    spec: {
      base: { name: 'static' },
      env: {},
      user: { name: 'nobody', uid: 65534 },
      files: [
        { path: 'tmp/requirements.txt', type: 'file' },
        { path: 'data', type: 'directory', uid: 65534 },
      ],
    },
    lost: ['4: RUN pip install', '7: HEALTHCHECK'],
    changed: ['1: FROM python:3.12-slim', '6: VOLUME /data', '8: STOPSIGNAL SIGTERM', '10: CMD ["python"'],
    says: 'hello\n',
  },
  {
    title: 'heredocs, .dockerignore, and a platform',
    dockerfile: `FROM --platform=linux/arm/v7 alpine:3.24
ARG PORT=8080
RUN <<EOF
apk add --no-cache micropython
mkdir -p /etc/app
EOF
COPY <<CONFIG /etc/app/config.json
{"port": $PORT}
CONFIG
COPY . /app
CMD micropython /app/main.py
`,
    files: {
      'main.py': 'print(open("/etc/app/config.json").read())\n',
      'notes/todo.txt': 'x\n',
      'secret.key': 'k\n',
      '.dockerignore': '# keep small\nnotes\n*.key\n',
    },
    spec: {
      base: { name: 'alpine' },
      targets: [{ name: 'linux/arm/v7' }],
      app: { entry: 'main.py', exclude: ['notes', '*.key', 'Dockerfile'] },
      files: [{ path: 'etc/app/config.json', from: { kind: 'content', text: '{"port": 8080}\n' } }],
      workdir: '/',
    },
    lost: [],
    changed: [asRoot],
    says: '{"port": 8080}\n\n',
  },
  {
    title: 'a package of modules started with -m, by a stage that stands on another',
    dockerfile: `FROM micropython/unix@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS runtime
ARG PORT
ENV PORT=\${PORT:-53} MODE=dns

FROM runtime
WORKDIR /opt/dns
COPY dnsserver ./dnsserver
EXPOSE \${PORT}/udp
ENTRYPOINT ["micropython", "-m", "dnsserver"]
`,
    files: { 'dnsserver/__main__.py': 'print("up")\n', 'dnsserver/__init__.py': '' },
    spec: {
      app: { entry: '__main__.py' },
      env: { PORT: '53', MODE: 'dns' },
      ports: [{ port: 53, protocol: 'udp' }],
    },
    folder: 'dnsserver',
    lost: [],
    changed: [asRoot, '1: FROM micropython/unix@sha256'],
    says: 'up\n',
  },
  {
    title: 'TLS, certificates and a download while building',
    dockerfile: `FROM micropython/unix:latest
RUN apt-get update && apt-get install -y ca-certificates wget
RUN wget -O /usr/lib/micropython/logging.py https://example.org/raw/logging.py
ADD https://example.org/data.bin /app/data.bin
ADD assets.tar.gz /app/assets
COPY bot.py /app/bot.py
CMD ["sh", "-c", "cd /app && micropython bot.py"]
`,
    files: {
      'bot.py':
        'import ssl\nimport socket\nprint("CERTIFICATE" in open("/etc/ssl/certs/ca-certificates.crt").read())\n',
      'assets.tar.gz': 'x',
    },
    spec: {
      base: { name: 'static', settings: { variant: 'tls' } },
      tls: { roots: [{ text: 'system' }] },
      app: { entry: 'bot.py' },
      workdir: '/app',
    },
    lost: ['3: RUN wget -O', '4: ADD https://example.org/data.bin', '5: ADD assets.tar.gz'],
    changed: [asRoot, '1: FROM micropython/unix:latest'],
    says: 'True\n',
    compiled: 'tls',
  },
  {
    title: 'several programs, a loop and a pipe: what a shell does is said to be lost',
    dockerfile: `FROM alpine:edge
RUN apk add micropython bash
RUN for f in a b; do touch /tmp/$f; done
RUN date | tee /etc/built
RUN ln -s /usr/bin/micropython /usr/bin/python && ln -s /data/db.json /etc/db.json
COPY *.py /app/
WORKDIR /app
CMD micropython main.py & micropython worker.py
`,
    files: { ...hello, 'worker.py': 'print(2)\n' },
    spec: {
      base: { name: 'alpine', settings: { release: 'edge' } },
      packages: [],
      app: { entry: 'main.py', include: ['main.py', 'worker.py'] },
      files: [{ path: 'etc/db.json', type: 'symlink', target: '/data/db.json' }],
    },
    lost: ['3: RUN', '3: RUN', '3: RUN', '4: RUN', '4: RUN', '8: CMD'],
    changed: [asRoot],
    says: 'hello\n',
  },
  {
    title: "a router's image of OpenWrt",
    dockerfile: `FROM openwrt/rootfs:mips_24kc
RUN mkdir -p /var/lock && opkg update && opkg install micropython micropython-lib
COPY agent.py /usr/share/agent/
COPY agent.conf /etc/config/agent
CMD ["micropython", "/usr/share/agent/agent.py"]
`,
    files: { 'agent.py': 'print(open("/etc/config/agent").read())\n', 'agent.conf': 'config agent\n' },
    spec: {
      base: { name: 'openwrt' },
      app: { entry: 'agent.py' },
      files: [
        { path: 'etc/config/agent', type: 'file' },
        { path: 'var/lock', type: 'directory' },
      ],
    },
    lost: [],
    changed: [asRoot],
    says: 'config agent\n\n',
  },
  {
    title: 'an escape character, JSON with spaces, a renamed file, exceptions in .dockerignore',
    dockerfile:
      `# escape=\`
FROM alpine:3.24
RUN apk add --no-cache ` +
      '`' +
      `
    micropython
COPY ["my app/start.py", "/app/main.py"]
COPY --chmod=0600 ["my app/the key.txt", "/etc/the key.txt"]
ONBUILD RUN true
SHELL ["/bin/ash", "-c"]
USER root
ENTRYPOINT ["micropython", "/app/main.py"]
`,
    files: {
      'my app/start.py': 'print(open("/etc/the key.txt").read())\n',
      'my app/the key.txt': 'k\n',
      '.dockerignore': '*\n!my app\n',
    },
    folder: 'my app',
    spec: {
      app: { entry: 'start.py', include: ['start.py'] },
      files: [{ path: 'etc/the key.txt', mode: 0o600 }],
      user: { uid: 0 },
      base: { name: 'alpine' },
    },
    lost: ['7: ONBUILD RUN true'],
    changed: [],
    says: 'k\n\n',
  },
];
