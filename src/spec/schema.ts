/**
 * The keys of kilopy.yaml, each with a description, a default and an example. schema/kilopy.schema.json and
 * docs/kilopy-yaml.md are made from this file (scripts/generate-docs.ts). Loading zod takes about 60 ms: import this
 * module lazily, and only when there is a kilopy.yaml.
 */
import { z } from 'zod';
import { bases, debianDefaults, defaultBase } from './bases.ts';
import type { Draft } from './front-end.ts';
import { squashfsBlocks, squashfsCompressions, type SquashfsBlock } from './squashfs-settings.ts';
import { defaultOutputs, outputFormats, type OutputFormat } from './outputs.ts';

const text = z.string();
const texts = z.array(z.string());
/** Text that people write without quotes as a number or boolean; the YAML reader hands it over as it was written. */
const written = z.string().meta({ asWritten: true });
const writtenTexts = z.array(written);
const flag = z.boolean();
const id = z.int().min(0).max(4_294_967_294);

const trust = {
  keys: texts.optional().meta({
    description: 'Files with public keys that may sign it, beside those that kilopy carries; relative to kilopy.yaml.',
    default: [],
    examples: [['keys/archive.asc']],
  }),
  allowUntrusted: flag.optional().meta({
    description: 'Take it without a valid signature. Everything from it is then unverified; output and lock say so.',
    default: false,
    examples: [true],
  }),
  allowExpired: flag.optional().meta({
    description: 'Take it although its Valid-Until has passed, as old states of an archive need.',
    default: false,
    examples: [true],
  }),
};

const setting = {
  suite: written.optional().meta({
    asWritten: true,
    description: 'Suite or code name of the release. Its updates and security archives come with it.',
    default: debianDefaults.suite,
    examples: ['trixie'],
  }),
  release: written.optional().meta({
    asWritten: true,
    description: 'Release of the distribution.',
    otherwise: 'the newest that kilopy knows',
    examples: ['v3.23'],
  }),
  mirror: text.optional().meta({
    description: 'URL of a mirror.',
    otherwise: "the mirror in this machine's own configuration, else the distribution's own",
    examples: ['https://mirror.example.org/debian'],
  }),
  securityMirror: text.optional().meta({
    description: 'URL of a mirror of the security archive.',
    otherwise: 'the mirror with `-security` at its end',
    examples: ['https://mirror.example.org/debian-security'],
  }),
  snapshot: written.optional().meta({
    asWritten: true,
    description: 'The state of the archive at this moment: a date, or a date and time in UTC.',
    otherwise: 'none: the newest state',
    examples: ['2026-01-31', '20260131T120000Z'],
  }),
  components: texts.optional().meta({
    description: 'Components of the archive.',
    default: debianDefaults.components,
    examples: [['main']],
  }),
  board: text.optional().meta({
    description: "OpenWrt's target and subtarget whose kernel and C library are taken.",
    otherwise: 'malta, armsr or x86, by the architecture',
    examples: ['ramips/mt76x8'],
  }),
  variant: z
    .enum(['floor', 'small', 'tls', 'full'])
    .optional()
    .meta({
      description:
        'What the runtime has in it: `floor` the least that runs an asyncio server, `small` the language whole, `tls` that and verified TLS, `full` everything of upstream that needs no library.',
      default: 'small',
      examples: ['tls'],
    }),
  toolchain: text.optional().meta({
    description:
      'A compiler of this computer in the place of those that kilopy takes from Debian: `gcc`, `zig`, or what stands before `gcc` in its name.',
    otherwise: "none: Debian's, which give the same bytes on every computer",
    examples: ['gcc', 'zig', '/opt/cross/bin/mips-linux-muslsf-'],
  }),
  database: z
    .enum(['full', 'scanner', 'none'])
    .optional()
    .meta({
      description:
        "apk's database in the image. With `full`, apk in the image can go on managing it; with `scanner` it says name, version, origin and architecture of each package, which is what scanners for vulnerabilities read; with `none` it is left out.",
      default: 'none',
      examples: ['scanner'],
    }),
  updates: z
    .enum(['available', 'required', 'none'])
    .optional()
    .meta({
      description:
        "What becomes of Debian's updates and security suites. With `available`, a mirror whose copy of such an index does " +
        'not match its signed Release file is done without, with a warning and a mark in the lock; with `required` that is ' +
        'an error; with `none` they are not read.',
      default: debianDefaults.updates,
      examples: ['required'],
    }),
  ...trust,
};

/** `{NAME: {settings}}` for each base; a bare `NAME:` is null in YAML and means the defaults. */
const baseSettings = Object.fromEntries(
  bases.map((row) => [
    row.name,
    z
      .strictObject(
        Object.fromEntries(Object.entries(setting).filter(([name]) => row.settings.includes(name))) as Partial<
          typeof setting
        >,
      )
      .nullable()
      .optional()
      .meta({ description: row.available ? `${row.description}.` : `${row.description}. Not in this version.` }),
  ]),
);

const overlay = {
  source: text.optional().meta({
    description: 'A file, or a folder with everything in it, relative to kilopy.yaml.',
    otherwise: 'none',
    examples: ['assets/logo.png'],
  }),
  content: written
    .optional()
    .meta({ asWritten: true, description: 'The text of the file.', otherwise: 'none', examples: ['hello\n'] }),
  symlink: text
    .optional()
    .meta({ description: 'Makes a symbolic link with this target.', otherwise: 'none', examples: ['/run/data'] }),
  directory: flag.optional().meta({ description: 'Makes an empty directory.', default: false, examples: [true] }),
  mode: written.optional().meta({
    asWritten: true,
    description: 'Permissions, always read as octal: `0644`, `644`, `"0644"` and `0o644` are the same.',
    otherwise: '0644; 0755 for directories and for a source that its owner may execute',
    examples: ['0600'],
  }),
  uid: id.optional().meta({ description: 'Owner.', default: 0, examples: [65532] }),
  gid: id.optional().meta({ description: 'Group.', default: 0, examples: [65532] }),
};

/** One key after the other, in the order of the documentation. */
export const specSchema: z.ZodType<Draft> = z
  .strictObject({
    name: written.optional().meta({
      asWritten: true,
      description:
        'Name of the image and of the output files: lower-case letters, digits and single `.`, `_`, `-` between them.',
      otherwise: 'the name of the folder, made valid',
      examples: ['greeter'],
    }),
    app: z
      .strictObject({
        entry: text.optional().meta({
          description: 'The file that is started, relative to the folder.',
          default: 'main.py',
          examples: ['src/server.py'],
        }),
        include: texts.optional().meta({
          description:
            'Glob patterns of the files that belong to the application. Names that begin with a dot, caches, `test_*.py`, `tests`, `dist` and the like, and files that the build itself reads (`keys`, an image as base), are only taken when a pattern spells them out.',
          default: ['**'],
          examples: [['**/*.py', 'static/**']],
        }),
        exclude: texts.optional().meta({
          description: 'Glob patterns of files that are left out although `include` matches.',
          default: [],
          examples: [['notes/**']],
        }),
        args: writtenTexts.optional().meta({
          description: 'Arguments of the application: `sys.argv[1:]`.',
          default: [],
          examples: [['--port', '8080']],
        }),
      })
      .optional()
      .meta({
        description: 'The application.',
        otherwise: 'main.py and everything beside it',
        examples: [{ entry: 'server.py', exclude: ['notes/**'], args: ['--port', '8080'] }],
      }),
    base: z
      .union([
        text,
        z.strictObject({
          ...baseSettings,
          image: text.optional().meta({
            description:
              'An image that exists already: a reference to a registry, or a path (an OCI layout, an archive of `docker save`, or a root file system as tar, cpio, ext4 or squashfs, also compressed; relative ones count from kilopy.yaml and begin with `./` when they are folders). Its own package database says where `packages` for it come from; the name of a base beside `image`, with settings, says it instead.',
            examples: ['ghcr.io/me/base:1', './image.tar'],
          }),
          flatten: z.boolean().optional().meta({
            description:
              "Puts an image's layers and what comes on top of them together anew, instead of keeping its layers as they are.",
            default: false,
          }),
          plainHttp: z.boolean().optional().meta({
            description:
              'Asks for the image without TLS, so that anybody on the way could change what a tag stands for. A registry on this machine needs no asking.',
            default: false,
          }),
        }),
      ])
      .optional()
      .meta({
        description:
          'Where the MicroPython runtime and the files around it come from: a name, or a name with settings.',
        default: defaultBase,
        examples: ['debian', { static: { variant: 'tls' } }, { debian: { suite: 'trixie', snapshot: '2026-01-31' } }],
      }),
    targets: z
      .union([written, writtenTexts.min(1)])
      .optional()
      .meta({
        description:
          'The machines to build for: a list, or one text with commas. `host` is the machine that kilopy runs on, `all` every target of the base. `kilopy targets` lists them.',
        default: 'host',
        examples: [['linux/amd64', 'linux/arm64', 'linux/arm/v7'], 'all'],
      }),
    packages: z
      .union([text, writtenTexts])
      .optional()
      .meta({
        description: 'Packages of the base beside those that MicroPython needs, in the words of its package manager.',
        default: [],
        examples: [['ca-certificates', 'tzdata (>= 2025)']],
      }),
    files: z
      .union([
        z.record(text, z.union([text, z.strictObject(overlay)])),
        z.array(
          z.strictObject({
            path: text.meta({ description: 'Path inside the image.', examples: ['/etc/motd'] }),
            ...overlay,
          }),
        ),
      ])
      .optional()
      .meta({
        description:
          'Files put over everything else: a mapping from the path inside the image to the source or its description, or a list with `path`. Later entries win.',
        default: [],
        examples: [
          {
            '/etc/motd': { content: 'hello\n' },
            '/app/logo.png': 'assets/logo.png',
            '/data': { directory: true, uid: 65532, gid: 65532 },
          },
          [{ path: '/app/config.json', source: 'config/production.json', mode: '0600' }],
        ],
      }),
    env: z
      .record(text, written)
      .optional()
      .meta({
        description: 'Environment variables. Numbers and booleans are taken as they are written.',
        default: {},
        examples: [{ LOG_LEVEL: 'info', PORT: '8080' }],
      }),
    user: z
      .union([
        text,
        id,
        z.strictObject({
          name: text.meta({ description: 'Name in /etc/passwd.', examples: ['bridge'] }),
          uid: id.meta({ description: 'User number.', examples: [1000] }),
          gid: id.optional().meta({ description: 'Group number.', otherwise: 'the user number', examples: [20] }),
        }),
      ])
      .optional()
      .meta({
        description:
          'Who the application runs as: `nonroot` (65532), `root`, a number, `UID:GID`, or a name with its numbers.',
        default: 'nonroot',
        examples: ['root', 1000, { name: 'bridge', uid: 1000, gid: 20 }],
      }),
    workdir: text.optional().meta({
      description: 'The working directory, an absolute path inside the image.',
      default: '/app',
      examples: ['/data'],
    }),
    ports: z
      .array(z.union([z.int(), text]))
      .optional()
      .meta({
        description:
          'Ports that the application listens on: a number, or `PORT/tcp` and `PORT/udp`. `kilopy run` makes them reachable.',
        default: [],
        examples: [[8080, '5353/udp']],
      }),
    annotations: z
      .record(text, written)
      .optional()
      .meta({
        description: 'Annotations of the image, also given as labels.',
        default: {},
        examples: [{ 'org.opencontainers.image.source': 'https://example.org/greeter' }],
      }),
    feeds: z
      .array(
        z.strictObject({
          name: written.meta({ asWritten: true, description: 'Name in messages and in the lock.', examples: ['own'] }),
          kind: z
            .enum(['deb', 'apk', 'opkg'])
            .optional()
            .meta({ description: 'Kind of repository.', otherwise: 'that of the base', examples: ['deb'] }),
          url: text.meta({ description: 'URL of the repository.', examples: ['https://packages.example.org/debian'] }),
          suite: text
            .optional()
            .meta({ description: 'Suite of the repository.', otherwise: 'that of the base', examples: ['stable'] }),
          components: texts
            .optional()
            .meta({ description: 'Components of the repository.', default: ['main'], examples: [['main']] }),
          ...trust,
        }),
      )
      .optional()
      .meta({
        description: 'Package repositories beside those of the base.',
        default: [],
        examples: [
          [{ name: 'own', url: 'https://packages.example.org/debian', suite: 'stable', keys: ['keys/own.asc'] }],
        ],
      }),
    slim: z
      .enum(['closure', 'packages', 'none'])
      .optional()
      .meta({
        description:
          '`closure` keeps the files of packages that the entry point reaches, `packages` keeps whole packages without documentation and translations, `none` keeps everything.',
        default: 'closure',
        examples: ['packages'],
      }),
    licences: flag.optional().meta({
      description: 'Puts the licence texts into the image. They are written beside it in any case.',
      default: false,
      examples: [true],
    }),
    tls: z
      .strictObject({
        roots: z
          .union([text, texts])
          .optional()
          .meta({
            description:
              'Certificates of authorities in the image, in one file at /etc/ssl/certs/ca-certificates.crt: `system` (those of Debian), a file (PEM or DER), or hosts with or without a port, of which only the authority is taken. Hosts are asked once; the lock keeps what they said.',
            default: [],
            examples: [['api.example.org', 'certs/company.pem'], 'system'],
          }),
        verify: flag.optional().meta({
          description: 'Whether a server must show a certificate that one of the roots has signed.',
          default: true,
          examples: [false],
        }),
      })
      .optional()
      .meta({
        description: 'Secure connections of the application.',
        otherwise: 'no certificates of authorities in the image',
        examples: [{ roots: ['api.example.org'] }],
      }),
    init: z
      .union([flag, z.enum(['kilopy', 'openwrt'])])
      .optional()
      .meta({
        description:
          'A first process before the application, that passes signals on and reaps: `true` or `kilopy` for the one of kilopy, `false` for none. `openwrt`, with base openwrt, boots machines with procd and a whole OpenWrt, in which the application is the first service; containers then have its packages and nothing before the application.',
        otherwise: '`true` with base static when the application starts processes, else `false`',
        examples: [true],
      }),
    debug: flag.optional().meta({
      description:
        'On machines that boot: a shell on the console, `/bin/sh` where the image has one, else the prompt of MicroPython. It runs as root. The image is otherwise the same; containers have no console and are not changed.',
      default: false,
      examples: [true],
    }),
    outputs: z
      .union([
        z.enum(Object.keys(outputFormats) as OutputFormat[]),
        z.array(z.enum(Object.keys(outputFormats) as OutputFormat[])).min(1),
      ])
      .optional()
      .meta({
        description: `What is written: ${Object.entries(outputFormats)
          .map(([name, says]) => `\`${name}\` (${says})`)
          .join(', ')}.`,
        default: defaultOutputs,
        examples: [['oci', 'tar.gz']],
      }),
    squashfs: z
      .strictObject({
        block: z
          .enum(Object.keys(squashfsBlocks) as SquashfsBlock[])
          .optional()
          .meta({
            description: 'Bytes of one block. Larger ones make the image smaller and cost memory where it is mounted.',
            default: '256k',
            examples: ['64k'],
          }),
        compression: z
          .enum(squashfsCompressions)
          .optional()
          .meta({
            description: "How it is compressed. OpenWrt's kernels and those of kilopy mount `xz` only.",
            default: 'xz',
            examples: ['zstd'],
          }),
      })
      .optional()
      .meta({
        description: 'How the outputs `squashfs` and `squashfs.gz` are made.',
        otherwise: 'blocks of 256k with xz, as OpenWrt has them',
        examples: [{ block: '64k', compression: 'gzip' }],
      }),
    budget: z
      .strictObject(
        Object.fromEntries(
          (Object.keys(outputFormats) as OutputFormat[]).map((name) => [
            name,
            written.optional().meta({
              asWritten: true,
              description: `Of \`${name}\`: ${outputFormats[name]}.`,
              otherwise: 'none',
              examples: ['2.2M'],
            }),
          ]),
        ) as Record<OutputFormat, z.ZodOptional<typeof written>>,
      )
      .optional()
      .meta({
        description:
          'How large outputs may be: bytes, or with a unit (`300k`, `2.2M`, `2MiB`). For images the bytes that a registry sends count, for files their size. A build that would be larger ends with status 3, says where the bytes are and what is cheapest to leave out, and leaves older outputs as they are.',
        default: {},
        examples: [{ oci: '2.5M', 'tar.gz': '2500000' }],
      }),
  })
  .meta({
    title: 'kilopy.yaml',
    description: 'What kilopy builds from a folder. The file and every key in it are optional.',
  });

/** The schema as JSON Schema 2020-12, for editors: there, text that may be written without quotes is any scalar. */
export function specJsonSchema(): Record<string, unknown> {
  return forEditors(annotatedJsonSchema()) as Record<string, unknown>;
}

/** The same with `asWritten`, and with `otherwise`: a default in words, for the documentation. */
export function annotatedJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(specSchema, { target: 'draft-2020-12', io: 'input' });
}

function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors);
  if (typeof node !== 'object' || node === null) return node;
  const { asWritten, otherwise: _, ...rest } = node as Record<string, unknown>;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, forEditors(value)]));
  return asWritten === true ? { ...inner, type: ['string', 'number', 'boolean'] } : inner;
}
