# The settings of musl.sh for base static and init: for programs that consist of what they use. Debian's compilers make position independent
# code unless told otherwise.
musl_form=--disable-shared musl_cflags="-ffunction-sections -fdata-sections -fno-pie" musl_ldflags=
