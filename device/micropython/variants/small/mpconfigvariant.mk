# Everything of a program that serves: sockets, asyncio, JSON, floats of 64 bits, a prompt. No threads, no other file systems, no native code.
MICROPY_PY_THREAD = 0
MICROPY_VFS_FAT = 0
MICROPY_VFS_LFS1 = 0
MICROPY_VFS_LFS2 = 0
