# The settings of device/micropython/micropython.sh for base alpine: with ffi, linked against the shared musl and libffi of libraries.sh. The
# launcher is a file of the image, as for Alpine's own MicroPython.
link="" hooks="verbose_flag.c" wrap="" launcher=file ffi=1
