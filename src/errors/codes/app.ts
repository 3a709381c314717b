/** KP3xxx: the application: entry point, syntax, imports. */
export const appCodes = {
  KP3001: {
    title: 'No application folder',
    exitCode: 2,
    explanation:
      'kilopy builds a folder. The path that was given does not exist, or is a file, or cannot be read.\n\nThe folder holds `main.py` and everything that the program needs beside it: its own modules, a `lib` folder with modules of others, and data files.',
    fix: 'name the folder that holds main.py, or make one with `kilopy new NAME`',
  },
  KP3002: {
    title: 'The entry point is missing',
    exitCode: 2,
    explanation:
      'The program of an image is one Python file, `main.py` unless kilopy.yaml says `app: {entry: ...}`. The folder has no such file, or the file is left out by `include` or `exclude`.',
    fix: 'add main.py, set `app: {entry: FILE.py}` in kilopy.yaml, or start with `kilopy new NAME`',
  },
  KP3003: {
    title: 'A file of the application cannot be used',
    exitCode: 2,
    explanation:
      'Only ordinary files and folders go into an image. A socket, a pipe, a device, a file without read permission, a name that is not UTF-8 or a file over the size limit stops the build, because leaving it out in silence would give an image that fails later.',
    fix: 'remove the file, or leave it out with `app: {exclude: [PATTERN]}` in kilopy.yaml',
  },
  KP3004: {
    title: 'A symbolic link leads out of the application',
    exitCode: 2,
    explanation:
      'Links inside the folder are followed, so that the image has the content. A link that leads out of the folder, to nothing, or back to a folder above itself is refused: the image would depend on this machine, or have no end.',
    fix: 'copy the content into the folder, or leave the link out with `app: {exclude: [PATTERN]}` in kilopy.yaml',
  },
  KP3005: {
    title: 'MicroPython does not accept the syntax',
    exitCode: 2,
    explanation:
      'Every Python file of the application is compiled, never run, with the compiler of MicroPython before anything is downloaded. MicroPython has the grammar of Python 3.4 with parts of later versions: f-strings, `:=`, `async`. It has no `match`, no `except*`, no positional-only `/`, no type parameters and no parentheses around the items of `with`.',
    fix: 'change the line that is named',
  },
  KP3006: {
    title: 'A module that the application imports is nowhere',
    exitCode: 2,
    explanation:
      'Imports are followed from the entry point through the modules of the application. Each must be in the folder, in its `lib` folder, or in the MicroPython of the image, or the program would end with ImportError on the device. An import inside `try: ... except ImportError:` may be missing, and so may one under a condition on `sys.platform`, `sys.implementation` or `TYPE_CHECKING`.',
    fix: 'put the module into lib/ beside main.py, or remove the import',
  },
  KP3007: {
    title: 'The folder for a new project is taken',
    exitCode: 2,
    explanation:
      '`kilopy new` writes into a folder that does not exist or is empty, and never over files that are there.',
    fix: 'choose another name, or remove the folder',
  },
  KP3008: {
    title: 'A new project cannot be made with that name or template',
    exitCode: 2,
    explanation:
      'The name of a project becomes the name of its image, so it has lower-case letters, digits and single `.`, `_` or `-` between them, and starts with a letter or digit. Templates are `hello`, `http` and `cron`.',
    fix: 'choose a name such as `my-app`',
  },
  KP3009: {
    title: 'The runtime did not name its modules',
    exitCode: 5,
    explanation:
      'Before imports are checked, the MicroPython of the image is started once and asked which modules it has. Its answer was not complete, so the imports cannot be judged by it.',
    fix: 'run the command again with `--verbose` and look at what the runtime printed',
  },
  KP3010: {
    title: 'No tests were found',
    exitCode: 2,
    explanation:
      '`kilopy test` looks in the folder of the application and below for files `test_*.py`, without `lib`, `dist`, `venv` and hidden folders. In them it runs functions whose names begin with `test_`, and methods that begin with `test` of classes made from `unittest.TestCase`. Names after the folder, and `-k`, choose among these. That nothing was found, or nothing chosen, is an error, because a check that runs no test would always be green.',
    fix: 'write a file such as test_main.py with `def test_it(): assert 1 + 1 == 2`',
  },
} as const;
