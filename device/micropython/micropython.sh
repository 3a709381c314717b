# One variant of MicroPython for one target, linked statically: /products/micropython, with symbols micropython.full, and
# the names of its modules.
tar -xf /input/musl.tar -C /
if [ ! -d /src/micropython ]; then
  mkdir -p /src/micropython
  tar -xf /input/micropython_*.orig.tar.* -C /src/micropython --strip-components=1
  sed -i 's/^CFLAGS += -g$//' /src/micropython/ports/unix/Makefile
fi
rm -rf /src/variants
cp -r /input/variants /src/variants
cp /input/kilopy_run.py /input/ssl.py /src/variants/
mkdir -p /products
cd /src/micropython
tls=0 manifest=manifest.py wrap="-Wl,--wrap=main,--wrap=mp_vfs_mount" hooks="archive.c verbose_flag.c"
case $VARIANT in tls|full)
  tls=1 manifest=manifest-tls.py hooks="$hooks roots.c"
  wrap="$wrap,--wrap=mbedtls_ssl_conf_authmode,--wrap=mbedtls_ssl_setup"
  # Not under its own name: mbedTLS has a file of that name beside the one that includes it.
  cp /input/mbedtls_config.h "/src/variants/$VARIANT/kilopy_mbedtls_config.h"
  if [ ! -d lib/mbedtls/library ]; then
    mkdir -p lib/mbedtls
    tar -xf /input/mbedtls_*.orig.tar.* -C lib/mbedtls --strip-components=1
  fi
esac
for name in $hooks; do cp "/input/$name" "/src/variants/$VARIANT/"; done
export MICROPY_GIT_TAG="v$MICROPYTHON_VERSION" MICROPY_GIT_HASH="kilopy"
base="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector -fno-ident -fno-pie -no-pie"
# MPY_LIB_DIR: make looks for a README.md there; nothing of micropython-lib is frozen.
make -s -j2 -C ports/unix BUILD="/out/$VARIANT" VARIANT_DIR="/src/variants/$VARIANT" FROZEN_MANIFEST="/src/variants/$manifest" \
  CC=/opt/musl/bin/musl-gcc STRIP=true SIZE=true CWARN=-w MICROPY_MPYCROSS=/input/mpy-cross MICROPY_MPYCROSS_DEPENDENCY= \
  MPY_LIB_DIR=/src/micropython MICROPY_PY_BTREE=0 MICROPY_PY_FFI=0 MICROPY_PY_SSL=$tls MICROPY_SSL_MBEDTLS=$tls \
  COPT="-Os -DNDEBUG -fdata-sections -ffunction-sections" CFLAGS_EXTRA="$base $ARCH_FLAGS $PY_FLAGS $([ "$VARIANT" != full ] || echo -DKILOPY_TLS_SERVER)" \
  LDFLAGS_EXTRA="-static -no-pie -Os $wrap -Wl,--build-id=none,-z,norelro,-z,noseparate-code,--hash-style=gnu,-z,max-page-size=$PAGE_SIZE,-z,common-page-size=64"
cp "/out/$VARIANT/micropython" /products/micropython.full
(cd ports/unix && audit "/out/$VARIANT/micropython.map" /products/micropython.full)
"${CROSS}strip" -s -R .comment -R .pdr -R .mdebug.abi32 -o /products/micropython /products/micropython.full
# What `import` finds: src/runtime/micropython/read-modules.ts reads both.
cp "/out/$VARIANT/genhdr/moduledefs.h" /products/moduledefs.h
sed -n '/^const char mp_frozen_names/,/^};/s/^ *"\(.*\)\\0"$/\1/p' "/out/$VARIANT/frozen_content.c" > /products/frozen
cp LICENSE /products/licence
