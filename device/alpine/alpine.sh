# musl as a shared library, libffi, and MicroPython linked against both, as Alpine lays them out: /products/{ld-musl,libffi,micropython}.
mkdir -p /src/musl /src/libffi /src/micropython /products
tar -xf /input/musl_*.orig.tar.* -C /src/musl --strip-components=1
tar -xf /input/musl_*.debian.tar.* -C /src/musl
cd /src/musl
grep -v '^#' debian/patches/series | while read -r patch; do patch -s -p1 < "debian/patches/$patch"; done
quiet="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident"
CC=${CROSS}gcc CFLAGS="$ARCH_FLAGS -ffunction-sections -fdata-sections $quiet" LDFLAGS="-Wl,-soname,libc.musl-$APK_ARCH.so.1,--build-id=none" \
  ./configure -q --target="$MUSL_TARGET" --prefix=/opt/musl --disable-static --enable-wrapper=gcc --enable-optimize=size
make -s -j2 AR=${CROSS}ar RANLIB=${CROSS}ranlib
make -s AR=${CROSS}ar RANLIB=${CROSS}ranlib install
mkdir -p /opt/linux
for name in linux asm asm-generic; do
  for place in /usr/"${TRIPLET}"/include /usr/include/"${MULTIARCH}" /usr/include; do
    if [ -d "$place/$name" ]; then ln -s "$place/$name" /opt/linux/$name; break; fi
  done
done
"${CROSS}strip" -s -R .comment -o /products/ld-musl /opt/musl/lib/libc.so
cp COPYRIGHT /products/licence-musl

tar -xf /input/libffi_*.orig.tar.* -C /src/libffi --strip-components=1
cd /src/libffi
# Debian's tarball is without the files that autoconf makes.
if [ ! -e configure ]; then autoreconf -fi > /dev/null 2>&1; fi
mkdir build
cd build
cc="/opt/musl/bin/musl-gcc $ARCH_FLAGS"
CC="$cc" AR=${CROSS}ar RANLIB=${CROSS}ranlib STRIP=${CROSS}strip NM=${CROSS}nm OBJDUMP=${CROSS}objdump LD=${CROSS}ld \
  CFLAGS="-Os $quiet -idirafter /opt/linux" LDFLAGS="-Wl,--build-id=none" \
  ../configure -q --host="$MUSL_TARGET" --prefix=/opt/ffi --libdir=/opt/ffi/lib --disable-static --disable-docs --disable-multi-os-directory > /dev/null
make -s -j2 > /dev/null
make -s install > /dev/null
"${CROSS}strip" -s -R .comment -o /products/libffi "$(readlink -f /opt/ffi/lib/libffi.so.8)"
cp ../LICENSE /products/licence-libffi

tar -xf /input/micropython_*.orig.tar.* -C /src/micropython --strip-components=1
sed -i 's/^CFLAGS += -g$//' /src/micropython/ports/unix/Makefile
cp -r /input/variants /src/variants
cp /input/verbose_flag.c /src/variants/small/
echo 'include("$(MPY_DIR)/extmod/asyncio")' > /src/variants/manifest-asyncio.py
cd /src/micropython
export MICROPY_GIT_TAG="v$MICROPYTHON_VERSION" MICROPY_GIT_HASH="kilopy"
make -s -j2 -C ports/unix BUILD=/out VARIANT_DIR=/src/variants/small FROZEN_MANIFEST=/src/variants/manifest-asyncio.py \
  CC=/opt/musl/bin/musl-gcc STRIP=true SIZE=true CWARN=-w MICROPY_MPYCROSS=/input/mpy-cross MICROPY_MPYCROSS_DEPENDENCY= \
  MPY_LIB_DIR=/src/micropython MICROPY_PY_BTREE=0 MICROPY_PY_FFI=1 MICROPY_PY_SSL=0 MICROPY_SSL_MBEDTLS=0 \
  LIBFFI_CFLAGS=-I/opt/ffi/include LIBFFI_LDFLAGS="-L/opt/ffi/lib -lffi" \
  COPT="-Os -DNDEBUG -fdata-sections -ffunction-sections" CFLAGS_EXTRA="$quiet -fno-stack-protector -fno-pie -no-pie $ARCH_FLAGS $PY_FLAGS" \
  LDFLAGS_EXTRA="-no-pie -Os -Wl,--build-id=none,-z,noseparate-code,--hash-style=gnu,-z,max-page-size=$PAGE_SIZE,-z,common-page-size=64"
"${CROSS}strip" -s -R .comment -o /products/micropython /out/micropython
cp LICENSE /products/licence-micropython
