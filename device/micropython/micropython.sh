# One variant of MicroPython for one target, as static.sh or device/alpine/dynamic.sh set it: /products/micropython, with symbols
# micropython.full, the names of its modules, and licences.
unpack micropython /src/micropython
sed -i 's/^CFLAGS += -g$//' /src/micropython/ports/unix/Makefile
cp -r /input/variants /src/variants
cp /input/kilopy_run.py /input/ssl.py /src/variants/
if [ $launcher != frozen ]; then sed -i '/kilopy_run/d' /src/variants/manifest.py; fi
mkdir -p /products
cd /src/micropython
tls=0 manifest=manifest.py
case $VARIANT in tls|full)
  tls=1 manifest=manifest-tls.py hooks="$hooks roots.c"
  wrap="$wrap -Wl,--wrap=mbedtls_ssl_conf_authmode,--wrap=mbedtls_ssl_setup"
  # Not under its own name: mbedTLS has a file of that name beside the one that includes it.
  cp /input/mbedtls_config.h "/src/variants/$VARIANT/kilopy_mbedtls_config.h"
  unpack mbedtls lib/mbedtls
esac
for name in $hooks; do cp "/input/$name" "/src/variants/$VARIANT/"; done
export MICROPY_GIT_TAG="v$MICROPYTHON_VERSION" MICROPY_GIT_HASH="kilopy"
base="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector -fno-ident -fno-pie -no-pie"
# MPY_LIB_DIR: make looks for a README.md there; nothing of micropython-lib is frozen.
make -s -j2 -C ports/unix BUILD="/out/$VARIANT" VARIANT_DIR="/src/variants/$VARIANT" FROZEN_MANIFEST="/src/variants/$manifest" \
  CC=/opt/musl/bin/musl-gcc STRIP=true SIZE=true CWARN=-w MICROPY_MPYCROSS=/input/mpy-cross MICROPY_MPYCROSS_DEPENDENCY= \
  MPY_LIB_DIR=/src/micropython MICROPY_PY_BTREE=0 MICROPY_PY_SSL=$tls MICROPY_SSL_MBEDTLS=$tls \
  MICROPY_PY_FFI=$ffi LIBFFI_CFLAGS=-I/opt/ffi/include LIBFFI_LDFLAGS="-L/opt/ffi/lib -lffi" \
  COPT="-Os -DNDEBUG -fdata-sections -ffunction-sections" CFLAGS_EXTRA="$base $ARCH_FLAGS $PY_FLAGS $([ "$VARIANT" != full ] || echo -DKILOPY_TLS_SERVER)" \
  LDFLAGS_EXTRA="$link -no-pie -Os $wrap -Wl,--build-id=none,-z,noseparate-code,--hash-style=gnu,-z,max-page-size=$PAGE_SIZE,-z,common-page-size=64"
cp "/out/$VARIANT/micropython" /products/micropython.full
(cd ports/unix && audit "/out/$VARIANT/micropython.map" /products/micropython.full)
"${CROSS}strip" -s -R .comment -R .pdr -R .mdebug.abi32 -o /products/micropython /products/micropython.full
# What `import` finds: src/runtime/micropython/read-modules.ts reads both.
cp "/out/$VARIANT/genhdr/moduledefs.h" /products/moduledefs.h
sed -n '/^const char mp_frozen_names/,/^};/s/^ *"\(.*\)\\0"$/\1/p' "/out/$VARIANT/frozen_content.c" > /products/frozen
cp LICENSE /products/licence
cp /opt/musl/licence-compiler /products/
