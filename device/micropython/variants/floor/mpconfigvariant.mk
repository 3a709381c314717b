# The least that runs a server with asyncio, sockets and JSON: floats of 32 bits, short messages, no prompt with editing.
MICROPY_PY_THREAD = 0
MICROPY_PY_TERMIOS = 0
MICROPY_USE_READLINE = 0
MICROPY_VFS_FAT = 0
MICROPY_VFS_LFS1 = 0
MICROPY_VFS_LFS2 = 0
