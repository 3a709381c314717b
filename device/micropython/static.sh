# The settings of micropython.sh for base static: a program without any library, with the launcher frozen and applications in the tail of its
# file. musl.tar is what device/musl/keep.sh kept.
tar -xf /input/musl.tar -C /
link="-static -Wl,-z,norelro" hooks="archive.c verbose_flag.c" wrap="-Wl,--wrap=main,--wrap=mp_vfs_mount" launcher=frozen ffi=0
