/** What to say when a module that people know from elsewhere is not there. */
export interface ModuleAdvice {
  readonly why: string;
  readonly fix: string;
}

const library = 'https://github.com/micropython/micropython-lib/tree/master';

/** In micropython-lib: `path` is the folder there, `take` what belongs into the application. */
function inLibrary(path: string, take: string, note = ''): ModuleAdvice {
  const name = take.replace(/^lib\//u, '').replace(/\/$/u, '');
  return {
    why: `it is part of micropython-lib, not of this runtime${note === '' ? '' : `; ${note}`}`,
    fix: `copy ${name} from ${library}/${path} to ${take} beside main.py`,
  };
}

/** Cannot work, or exists nowhere for MicroPython. */
function instead(why: string, fix: string): ModuleAdvice {
  return { why, fix };
}

const cpythonOnly = 'it is a module of CPython that nobody has written for MicroPython';
const binaryPackage = 'it is built for CPython, with parts in C that MicroPython cannot load';
const bigPackage = 'it is written for CPython and uses far more of its library than MicroPython has';
const renamed = 'MicroPython dropped this name';
const board = 'it is a module of microcontroller boards, and Linux builds do not have it';

/**
 * By the dotted name that is absent. Packages of micropython-lib as of August 2026; most of them have no more than the
 * commonest functions of their namesakes.
 */
export const moduleAdvice: Readonly<Record<string, ModuleAdvice>> = {
  __future__: inLibrary('python-stdlib/__future__', 'lib/__future__.py', 'the import has no effect and can be removed'),
  abc: inLibrary('python-stdlib/abc', 'lib/abc.py'),
  aiohttp: inLibrary('python-ecosys/aiohttp', 'lib/aiohttp/', 'it is a client only'),
  argparse: inLibrary('python-stdlib/argparse', 'lib/argparse.py', '`sys.argv` is there without it'),
  base64: inLibrary('python-stdlib/base64', 'lib/base64.py', '`binascii.b2a_base64` and `a2b_base64` are built in'),
  bisect: inLibrary('python-stdlib/bisect', 'lib/bisect.py'),
  cbor2: inLibrary('python-ecosys/cbor2', 'lib/cbor2/'),
  'collections.defaultdict': inLibrary('python-stdlib/collections-defaultdict', 'lib/collections/'),
  contextlib: inLibrary(
    'python-stdlib/contextlib',
    'lib/contextlib.py',
    'it needs `collections` of micropython-lib too',
  ),
  copy: inLibrary('python-stdlib/copy', 'lib/copy.py', 'it needs `types` of micropython-lib too'),
  datetime: inLibrary('python-stdlib/datetime', 'lib/datetime.py', '`time.time()` and `time.gmtime()` are built in'),
  email: inLibrary('unix-ffi/email.parser', 'lib/email/', 'it is unmaintained and needs much memory'),
  fnmatch: inLibrary('python-stdlib/fnmatch', 'lib/fnmatch.py'),
  functools: inLibrary('python-stdlib/functools', 'lib/functools.py'),
  getopt: inLibrary('unix-ffi/getopt', 'lib/getopt.py'),
  gzip: inLibrary('python-stdlib/gzip', 'lib/gzip.py', '`deflate.DeflateIO` reads and writes gzip without it'),
  hmac: inLibrary('python-stdlib/hmac', 'lib/hmac.py'),
  html: inLibrary('python-stdlib/html', 'lib/html/'),
  inspect: inLibrary('python-stdlib/inspect', 'lib/inspect.py'),
  itertools: inLibrary('python-stdlib/itertools', 'lib/itertools.py'),
  jwt: inLibrary('python-ecosys/pyjwt', 'lib/jwt.py'),
  locale: inLibrary('python-stdlib/locale', 'lib/locale.py'),
  logging: inLibrary('python-stdlib/logging', 'lib/logging.py', '`print` reaches the log of the image at once'),
  ntptime: inLibrary('micropython/net/ntptime', 'lib/ntptime.py', 'on Linux the system keeps the clock'),
  operator: inLibrary('python-stdlib/operator', 'lib/operator.py'),
  'os.path': inLibrary('python-stdlib/os-path', 'lib/os/', '`os.stat` and string methods are built in'),
  pathlib: inLibrary('python-stdlib/pathlib', 'lib/pathlib.py'),
  pprint: inLibrary('python-stdlib/pprint', 'lib/pprint.py'),
  requests: inLibrary('python-ecosys/requests', 'lib/requests/'),
  shutil: inLibrary('python-stdlib/shutil', 'lib/shutil.py'),
  ssl: inLibrary('python-stdlib/ssl', 'lib/ssl.py', 'it needs the built-in module `tls`'),
  stat: inLibrary('python-stdlib/stat', 'lib/stat.py'),
  string: inLibrary('python-stdlib/string', 'lib/string.py'),
  tarfile: inLibrary('python-stdlib/tarfile', 'lib/tarfile/'),
  tempfile: inLibrary('python-stdlib/tempfile', 'lib/tempfile.py', 'it needs `shutil` of micropython-lib too'),
  textwrap: inLibrary('python-stdlib/textwrap', 'lib/textwrap.py'),
  traceback: inLibrary('python-stdlib/traceback', 'lib/traceback.py', '`sys.print_exception(e)` is built in'),
  types: inLibrary('python-stdlib/types', 'lib/types.py'),
  umqtt: inLibrary('micropython/umqtt.simple', 'lib/umqtt/'),
  'umqtt.robust': inLibrary('micropython/umqtt.robust', 'lib/umqtt/', 'it needs `umqtt.simple` beside it'),
  'umqtt.simple': inLibrary('micropython/umqtt.simple', 'lib/umqtt/'),
  unittest: inLibrary('python-stdlib/unittest', 'lib/unittest/', 'tests have no place in the image'),
  uuid: inLibrary('python-stdlib/uuid', 'lib/uuid.py'),
  warnings: inLibrary('python-stdlib/warnings', 'lib/warnings.py'),
  zlib: inLibrary('python-stdlib/zlib', 'lib/zlib.py', '`deflate` is built in'),

  threading: instead(
    'MicroPython has no threads of this kind',
    'use `asyncio`, or `_thread` with care: threads do not wait for each other',
  ),
  queue: instead(
    'MicroPython has no threads that would share it',
    'use `collections.deque`, or asyncio with a list and an Event',
  ),
  'concurrent.futures': instead('MicroPython has neither thread nor process pools', 'use `asyncio.gather`'),
  concurrent: instead('MicroPython has neither thread nor process pools', 'use `asyncio.gather`'),
  multiprocessing: instead(
    'MicroPython cannot start further processes of itself',
    'use `asyncio`, or several containers',
  ),
  subprocess: instead(
    'MicroPython cannot connect pipes to other programs',
    'use `os.system(command)`; an image holds no shell unless you add one',
  ),
  signal: instead('MicroPython handles SIGINT only', 'catch KeyboardInterrupt: kilopy stops programs with SIGINT'),
  dataclasses: instead(cpythonOnly, 'write a class with `__init__`, or use `collections.namedtuple`'),
  enum: instead(cpythonOnly, 'use constants in a class: `class Color: RED = 1`; `micropython.const` makes them free'),
  typing: instead(
    'MicroPython reads annotations but does not evaluate them',
    'remove the import, or put it into `try: ... except ImportError: pass`',
  ),
  typing_extensions: instead(
    'MicroPython reads annotations but does not evaluate them',
    'remove the import, or put it into `try: ... except ImportError: pass`',
  ),
  'collections.abc': instead(cpythonOnly, 'remove the import: the built-in types need no abstract classes'),
  decimal: instead(cpythonOnly, 'calculate in whole numbers of the smallest unit'),
  fractions: instead(cpythonOnly, 'calculate with two whole numbers'),
  statistics: instead(cpythonOnly, 'calculate with `sum`, `len`, `sorted` and `math`'),
  secrets: instead(cpythonOnly, 'use `os.urandom(n)`'),
  csv: instead(cpythonOnly, 'use `line.split(",")` when no field holds a comma'),
  configparser: instead(cpythonOnly, 'keep the configuration as JSON and read it with `json`'),
  glob: instead('it is not part of this runtime', 'use `os.listdir`'),
  importlib: instead(cpythonOnly, 'use `__import__(name)`'),
  pickle: instead('it is not part of this runtime', 'use `json`'),
  sqlite3: instead('it needs the C library of SQLite', 'keep the data as JSON in a file, or use a database server'),
  ctypes: instead(cpythonOnly, 'use `ffi` and `uctypes`, where the runtime has them'),
  http: instead(
    'MicroPython has no http package',
    'use `requests` as a client; as a server use `asyncio.start_server`, see `kilopy new --template http`',
  ),
  'http.server': instead(
    'MicroPython has no http package',
    'use `asyncio.start_server`, see `kilopy new --template http`',
  ),
  'http.client': instead('MicroPython has no http package', 'use `requests`'),
  urllib: instead('MicroPython has no urllib', 'use `requests`'),
  'urllib.request': instead('MicroPython has no urllib', 'use `requests`'),
  urllib3: instead(bigPackage, 'use `requests`'),
  httpx: instead(bigPackage, 'use `requests`, or `aiohttp` of micropython-lib'),
  smtplib: instead(cpythonOnly, 'talk SMTP over `socket`, or post to an HTTP service with `requests`'),
  socketserver: instead(cpythonOnly, 'use `asyncio.start_server`'),
  xml: instead(cpythonOnly, 'use JSON, or `xmltok` of micropython-lib'),
  zoneinfo: instead(cpythonOnly, 'keep times in UTC'),
  numpy: instead(binaryPackage, 'use `array` and `math`'),
  pandas: instead(binaryPackage, 'read the rows one by one and keep what is needed'),
  PIL: instead(binaryPackage, 'use `framebuf`, where the runtime has it'),
  cryptography: instead(binaryPackage, 'use `hashlib`, `cryptolib` and `tls`'),
  psutil: instead(binaryPackage, 'read /proc: `open("/proc/meminfo")`'),
  serial: instead(bigPackage, 'open the device as a file and set it up with `termios`'),
  flask: instead(bigPackage, 'use microdot (one file, with nearly the same routes), or `kilopy new --template http`'),
  fastapi: instead(bigPackage, 'use microdot, or `kilopy new --template http`'),
  django: instead(bigPackage, 'use microdot, or `kilopy new --template http`'),
  microdot: instead(
    'it is a package of its own',
    'copy microdot.py from https://github.com/miguelgrinberg/microdot/tree/main/src/microdot to lib/ beside main.py',
  ),
  yaml: instead(bigPackage, 'keep the data as JSON and read it with `json`'),
  pytest: instead(bigPackage, 'keep tests in test_*.py, which stay out of the image'),
  paho: instead(bigPackage, 'use `umqtt.simple` of micropython-lib'),
  urequests: instead(renamed, 'write `import requests`'),
  uzlib: instead(renamed, 'use `deflate`'),
  ussl: instead(renamed, 'use `tls`, or `ssl` of micropython-lib'),
  network: instead(board, 'remove it: the system brings the network up before the program starts'),
  bluetooth: instead('this runtime is built without it', 'talk to the Bluetooth daemon of the system'),
  btree: instead('this runtime is built without it', 'keep the data as JSON in a file'),
  esp: instead(board, 'remove it, or put it under `if sys.platform == "esp32":`'),
  esp32: instead(board, 'remove it, or put it under `if sys.platform == "esp32":`'),
  neopixel: instead(board, 'remove it, or put it under a condition on `sys.platform`'),
  pyb: instead(board, 'remove it, or put it under a condition on `sys.platform`'),
  rp2: instead(board, 'remove it, or put it under `if sys.platform == "rp2":`'),
};
