import { expect, test } from 'vitest';
import { readModules } from './read-modules.ts';

const defs = `
#define MODULE_DEF_JSON { MP_ROM_QSTR(MP_QSTR_json), MP_ROM_PTR(&mp_module_json) },
#define MODULE_DEF_SYS { MP_ROM_QSTR(MP_QSTR_sys), MP_ROM_PTR(&mp_module_sys) },
#define MODULE_DEF___MAIN__ { MP_ROM_QSTR(MP_QSTR___main__), MP_ROM_PTR(&mp_module___main__) },
#define MODULE_DEF_UNUSED { MP_ROM_QSTR(MP_QSTR_unused), MP_ROM_PTR(&mp_module_unused) },

#define MICROPY_REGISTERED_MODULES \\
    MODULE_DEF_SYS \\
    MODULE_DEF___MAIN__ \\
// MICROPY_REGISTERED_MODULES

#define MICROPY_REGISTERED_EXTENSIBLE_MODULES \\
    MODULE_DEF_JSON \\
// MICROPY_REGISTERED_EXTENSIBLE_MODULES
`;

test('names that import finds: built-in ones, their u names where they may be extended, frozen ones', () => {
  expect(readModules(defs, 'asyncio/__init__.py\nasyncio/core.py\nkilopy_run.py\n')).toEqual([
    'asyncio',
    'asyncio.core',
    'json',
    'kilopy_run',
    'sys',
    'ujson',
  ]);
});
