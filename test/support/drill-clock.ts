/** Environment of a Node.js program whose clock shows another time, and goes on from there. */
export function clockAt(iso: string): Readonly<Record<string, string>> {
  const code = `
    const offset = Date.parse('${iso}') - Date.now();
    const now = Date.now;
    Date.now = () => now() + offset;
    globalThis.Date = new Proxy(Date, {
      construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [target.now()] : args, self),
    });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
