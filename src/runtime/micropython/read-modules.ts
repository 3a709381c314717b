/**
 * Names that `import` finds in a runtime, sorted, from what its build wrote: `genhdr/moduledefs.h`, and the names of
 * frozen files, one a line. A built-in module that may be extended is found as `usocket` too (py/objmodule.c).
 */
export function readModules(moduleDefs: string, frozen: string): readonly string[] {
  const spelt = new Map<string, string>();
  for (const [, macro = '', name = ''] of moduleDefs.matchAll(
    /#define MODULE_DEF_(\w+) \{ MP_ROM_QSTR\(MP_QSTR_(\w+)\)/g,
  )) {
    spelt.set(macro, name);
  }
  const names = new Set<string>();
  for (const name of registered(moduleDefs, 'MICROPY_REGISTERED_MODULES', spelt)) names.add(name);
  for (const name of registered(moduleDefs, 'MICROPY_REGISTERED_EXTENSIBLE_MODULES', spelt)) {
    names.add(name);
    names.add(`u${name}`);
  }
  for (const line of frozen.split('\n')) {
    const path = line.trim();
    if (path !== '')
      names.add(
        path
          .replace(/\.\w+$/, '')
          .replace(/\/__init__$/, '')
          .replaceAll('/', '.'),
      );
  }
  names.delete('__main__');
  return [...names].sort();
}

/** The names in the list of that macro, each on a line of its own. */
function registered(text: string, macro: string, spelt: ReadonlyMap<string, string>): readonly string[] {
  const start = text.indexOf(`#define ${macro} \\`);
  const end = text.indexOf(`// ${macro}`, start);
  if (start === -1 || end === -1) return [];
  return [...text.slice(start, end).matchAll(/^\s+MODULE_DEF_(\w+) \\$/gm)].flatMap(
    ([, name = '']) => spelt.get(name) ?? [],
  );
}
