# MicroPython for base alpine: the variant full with ffi, linked against the shared musl and libffi of libraries.sh, as /products/micropython, with
# the names of its modules.
mkdir -p /src/micropython
tar -xf /input/micropython_*.orig.tar.* -C /src/micropython --strip-components=1
sed -i 's/^CFLAGS += -g$//' /src/micropython/ports/unix/Makefile
cp -r /input/variants /src/variants
cp /input/ssl.py /src/variants/
# The launcher is a file of the image here, as for Alpine's own MicroPython.
sed '/kilopy_run/d' /input/variants/manifest.py > /src/variants/manifest.py
for name in verbose_flag.c roots.c; do cp "/input/$name" /src/variants/full/; done
# Not under its own name: mbedTLS has a file of that name beside the one that includes it.
cp /input/mbedtls_config.h /src/variants/full/kilopy_mbedtls_config.h
cd /src/micropython
mkdir -p lib/mbedtls
tar -xf /input/mbedtls_*.orig.tar.* -C lib/mbedtls --strip-components=1
export MICROPY_GIT_TAG="v$MICROPYTHON_VERSION" MICROPY_GIT_HASH="kilopy"
make -s -j2 -C ports/unix BUILD=/out VARIANT_DIR=/src/variants/full FROZEN_MANIFEST=/src/variants/manifest-tls.py \
  CC=/opt/musl/bin/musl-gcc STRIP=true SIZE=true CWARN=-w MICROPY_MPYCROSS=/input/mpy-cross MICROPY_MPYCROSS_DEPENDENCY= \
  MPY_LIB_DIR=/src/micropython MICROPY_PY_BTREE=0 MICROPY_PY_FFI=1 MICROPY_PY_SSL=1 MICROPY_SSL_MBEDTLS=1 \
  LIBFFI_CFLAGS=-I/opt/ffi/include LIBFFI_LDFLAGS="-L/opt/ffi/lib -lffi" \
  COPT="-Os -DNDEBUG -fdata-sections -ffunction-sections" \
  CFLAGS_EXTRA="$quiet -fno-stack-protector -fno-pie -no-pie -DKILOPY_TLS_SERVER $ARCH_FLAGS $PY_FLAGS" \
  LDFLAGS_EXTRA="-no-pie -Os -Wl,--wrap=mbedtls_ssl_conf_authmode,--wrap=mbedtls_ssl_setup,--build-id=none,-z,noseparate-code,--hash-style=gnu,-z,max-page-size=$PAGE_SIZE,-z,common-page-size=64"
cp /out/micropython /products/micropython.full
(cd ports/unix && audit /out/micropython.map /products/micropython.full)
"${CROSS}strip" -s -R .comment -o /products/micropython /products/micropython.full
# What `import` finds: src/runtime/micropython/read-modules.ts reads both.
cp /out/genhdr/moduledefs.h /products/moduledefs.h
sed -n '/^const char mp_frozen_names/,/^};/s/^ *"\(.*\)\\0"$/\1/p' /out/frozen_content.c > /products/frozen
cat LICENSE lib/mbedtls/LICENSE > /products/licence-micropython
