import type { ImageSettings } from '../emit-input.ts';

/** What of an application decides the files around it on a router. */
export interface ServiceFacts {
  /** Name of package, service, user and configuration. */
  readonly name: string;
  /** Absolute path of the interpreter on the router. */
  readonly interpreter: string;
  /** Entry point relative to the application's folder. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Variables of kilopy.yaml, which are the options of the configuration. */
  readonly options: readonly ServiceOption[];
}

export interface ServiceOption {
  /** `GREETING`. */
  readonly name: string;
  readonly value: string;
  readonly type: 'integer' | 'boolean' | 'string';
}

/** Variables that every image has; not the application's. */
const common = new Set(['PATH', 'HOME', 'MICROPYPATH']);

/** The application's own variables, with the type that their value has. */
export function serviceOptions({ env }: Pick<ImageSettings, 'env'>): readonly ServiceOption[] {
  return env.flatMap((pair) => {
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    if (common.has(name) || !/^[A-Za-z_]\w*$/u.test(name)) return [];
    const type = /^-?(?:0|[1-9]\d{0,14})$/u.test(value)
      ? 'integer'
      : /^(?:true|false)$/u.test(value)
        ? 'boolean'
        : 'string';
    return [{ name, value, type }];
  });
}

/** Folder of the application on the router. */
export function serviceFolder(name: string): string {
  return `usr/lib/kilopy/${name}`;
}

/**
 * /etc/init.d/NAME: procd starts the application and starts it again when it ends; what it prints goes to the system's log.
 * Before, the options of /etc/config/NAME are written as config.py with Python's types, which the application imports,
 * and given as variables of the environment as on every other machine.
 */
export function initScript({ name, interpreter, entry, args, options }: ServiceFacts): string {
  const run = `/var/run/kilopy/${name}`;
  const folder = `/${serviceFolder(name)}`;
  const lines = options.flatMap(({ name: option, value, type }) => {
    const get = type === 'boolean' ? 'config_get_bool' : 'config_get';
    const usual = type === 'boolean' ? (value === 'true' ? '1' : '0') : quote(value);
    const write = { integer: 'integer', boolean: 'boolean', string: 'text' }[type];
    return [
      `\t${get} value main ${option.toLowerCase()} ${usual}`,
      `\t${write} ${option} "$value" ${type === 'integer' ? value : ''}`.trimEnd(),
    ];
  });
  const env = options.map(({ name: option }) => `"${option}=$${option}"`).join(' ');
  return `#!/bin/sh /etc/rc.common
# Made by kilopy: ${name} as a supervised service.

USE_PROCD=1
START=95
STOP=10

integer() {
\tcase "\${2#-}" in
\t'' | *[!0-9]* | 0?*) logger -t ${name} "$1 is no number: $2"; set -- "$1" "$3" ;;
\tesac
\techo "$1 = $2"
\teval "$1=\\$2"
}

boolean() {
\tif [ "$2" = 1 ]; then echo "$1 = True"; else echo "$1 = False"; fi
\tif [ "$2" = 1 ]; then eval "$1=true"; else eval "$1=false"; fi
}

text() {
\tprintf "%s = '%s'\\n" "$1" "$(printf '%s' "$2" | sed -e 's/\\\\/\\\\\\\\/g' -e "s/'/\\\\\\\\'/g" | tr '\\n' ' ')"
\teval "$1=\\$2"
}

write_config() {
\tlocal value
${lines.join('\n')}${lines.length === 0 ? '\t:' : ''}
}

start_service() {
\tlocal enabled user
\tconfig_load ${name}
\tconfig_get_bool enabled main enabled 1
\tconfig_get user main user ${name}
\t[ "$enabled" = 1 ] || return 0
\tmkdir -p ${run}
\twrite_config > ${run}/config.py.new
\tmv ${run}/config.py.new ${run}/config.py

\tprocd_open_instance
\tprocd_set_param command ${[interpreter, `${folder}/${entry}`, ...args].map(quote).join(' ')}
\tprocd_set_param env MICROPYPATH=.frozen:${run}:${folder}/lib:/usr/lib/micropython HOME=${run} ${env}
\tprocd_set_param user "$user"
\tprocd_set_param respawn 3600 5 0
\tprocd_set_param stdout 1
\tprocd_set_param stderr 1
\tprocd_set_param file /etc/config/${name}
\tprocd_close_instance
}

service_triggers() {
\tprocd_add_reload_trigger ${name}
}
`;
}

/** /etc/config/NAME, with the values of kilopy.yaml. */
export function uciConfig({ name, options }: Pick<ServiceFacts, 'name' | 'options'>): string {
  const lines = options.map(({ name: option, value, type }) => {
    const text = type === 'boolean' ? (value === 'true' ? '1' : '0') : value;
    return `\toption ${option.toLowerCase()} ${quote(text)}\n`;
  });
  return `config kilopy 'main'\n\toption enabled '1'\n\toption user '${name}'\n${lines.join('')}`;
}

/** For sh and for uci. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
