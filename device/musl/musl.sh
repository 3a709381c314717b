# musl into /opt/musl, for size, as static.sh or device/alpine/musl.sh set it. CROSS: prefix of the compiler. MUSL_TARGET, ARCH_FLAGS: see
# src/runtime/build-facts.ts.
unpack musl /src/musl
cd /src/musl
CC=${CROSS}gcc CFLAGS="$ARCH_FLAGS $musl_cflags" LDFLAGS="$musl_ldflags" \
  ./configure -q --target="$MUSL_TARGET" --prefix=/opt/musl $musl_form --enable-wrapper=gcc --enable-optimize=size
# With --target, configure looks for an ar of that name.
make -s -j2 AR=${CROSS}ar RANLIB=${CROSS}ranlib
make -s AR=${CROSS}ar RANLIB=${CROSS}ranlib install
# Headers of the kernel, behind those of musl.
mkdir -p /opt/linux
for name in linux asm asm-generic; do
  for place in /usr/"${TRIPLET}"/include /usr/include/"${MULTIARCH}" /usr/include; do
    if [ -d "$place/$name" ]; then ln -s "$place/$name" /opt/linux/$name; break; fi
  done
done
cp COPYRIGHT /opt/musl/
