# The settings of device/musl/musl.sh for base alpine. APK_ARCH is Alpine's name of the target, by which its packages ask for musl.
quiet="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident"
musl_form=--disable-static musl_cflags="$quiet"
musl_ldflags="-Wl,-soname,libc.musl-$APK_ARCH.so.1,--build-id=none,-z,noseparate-code"
