// Loaded into a measured Node.js process: writes its peak resident memory in KiB when it ends.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.KILOPY_PEAK_FILE, String(process.resourceUsage().maxRSS)));
