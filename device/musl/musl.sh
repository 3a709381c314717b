# musl into /opt/musl, static, for size. CROSS: prefix of the compiler. MUSL_TARGET, ARCH_FLAGS: see src/runtime/runtime-targets.ts.
mkdir -p /src/musl
tar -xf /input/musl_*.orig.tar.* -C /src/musl --strip-components=1
tar -xf /input/musl_*.debian.tar.* -C /src/musl
cd /src/musl
grep -v '^#' debian/patches/series | while read -r patch; do patch -s -p1 < "debian/patches/$patch"; done
CC=${CROSS}gcc CFLAGS="$ARCH_FLAGS -ffunction-sections -fdata-sections -fno-pie" \
  ./configure -q --target="$MUSL_TARGET" --prefix=/opt/musl --disable-shared --enable-wrapper=gcc --enable-optimize=size
# Debian's compilers make position independent code unless told otherwise; with --target, configure looks for an ar of that name.
make -s -j2 AR=${CROSS}ar RANLIB=${CROSS}ranlib
make -s AR=${CROSS}ar RANLIB=${CROSS}ranlib install
# Headers of the kernel, behind those of musl.
mkdir -p /opt/linux
for name in linux asm asm-generic; do
  for place in /usr/"${TRIPLET}"/include /usr/include/"${MULTIARCH}" /usr/include; do
    if [ -d "$place/$name" ]; then ln -s "$place/$name" /opt/linux/$name; break; fi
  done
done
cp -r /src/musl/COPYRIGHT /opt/musl/
