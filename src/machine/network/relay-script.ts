/**
 * A CommonJS program for Node, started inside the app's network namespace: `FOLDER PORT...`. It listens on a Unix socket `FOLDER/PORT`
 * (paths are not part of a network namespace) and connects each caller to that port on the loopback inside. As text, because it
 * runs in a process of its own, whatever form kilopy itself runs in.
 */
export const relayScript = `
const net = require('node:net');
const { argv } = require('node:process');
const [folder, ...ports] = argv.slice(2);
const join = (outer, port, hosts) => {
  const inner = net.connect({ host: hosts[0], port, allowHalfOpen: true });
  let open = false;
  inner.on('connect', () => {
    open = true;
    inner.pipe(outer);
    outer.pipe(inner);
  });
  inner.on('error', () => (open || hosts.length === 1 ? outer.destroy() : join(outer, port, hosts.slice(1))));
  outer.on('error', () => inner.destroy());
  outer.on('close', () => inner.destroy());
  inner.on('close', (failed) => { if (failed && open) outer.destroy(); });
};
for (const port of ports) {
  net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (outer) => join(outer, Number(port), ['127.0.0.1', '::1']))
    .listen(folder + '/' + port);
}
`;
