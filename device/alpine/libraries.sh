# musl and libffi as shared libraries for base alpine: /products/{ld-musl,libffi} and their licences. CROSS, MUSL_TARGET, ARCH_FLAGS: see
# src/runtime/build-facts.ts. APK_ARCH is Alpine's name of the target, by which its packages ask for musl.
quiet="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident"
mkdir -p /src/musl /src/libffi /products
tar -xf /input/musl_*.orig.tar.* -C /src/musl --strip-components=1
tar -xf /input/musl_*.debian.tar.* -C /src/musl
cd /src/musl
grep -v '^#' debian/patches/series | while read -r patch; do patch -s -p1 < "debian/patches/$patch"; done
CC=${CROSS}gcc CFLAGS="$ARCH_FLAGS $quiet" LDFLAGS="-Wl,-soname,libc.musl-$APK_ARCH.so.1,--build-id=none,-z,noseparate-code" \
  ./configure -q --target="$MUSL_TARGET" --prefix=/opt/musl --disable-static --enable-wrapper=gcc --enable-optimize=size
make -s -j2 AR=${CROSS}ar RANLIB=${CROSS}ranlib
make -s AR=${CROSS}ar RANLIB=${CROSS}ranlib install
# Headers of the kernel, behind those of musl.
mkdir -p /opt/linux
for name in linux asm asm-generic; do
  for place in /usr/"${TRIPLET}"/include /usr/include/"${MULTIARCH}" /usr/include; do
    if [ -d "$place/$name" ]; then ln -s "$place/$name" /opt/linux/$name; break; fi
  done
done
"${CROSS}strip" -s -R .comment -o /products/ld-musl /opt/musl/lib/libc.so
cp COPYRIGHT /products/licence-musl

# Without libffi's configure, which its tarball lacks and autoconf would have to make: what it finds out is in fficonfig.h.
tar -xf /input/libffi_*.orig.tar.* -C /src/libffi --strip-components=1
tar -xf /input/libffi_*.debian.tar.* -C /src/libffi
cd /src/libffi
grep -v '^#' debian/patches/series | while read -r patch; do patch -s -p1 < "debian/patches/$patch"; done
case $MUSL_TARGET in
  x86_64-*) target=X86_64 folder=x86 own="ffi64.c unix64.S ffiw64.c win64.S" ;;
  i?86-*) target=X86 folder=x86 own="ffi.c sysv.S" ;;
  aarch64-*) target=AARCH64 folder=aarch64 own="ffi.c sysv.S" ;;
  arm-*) target=ARM folder=arm own="ffi.c sysv.S" ;;
  riscv64-*) target=RISCV folder=riscv own="ffi.c sysv.S" ;;
  *) echo "libffi for $MUSL_TARGET: unknown" >&2; exit 1 ;;
esac
mkdir -p /opt/ffi/include /opt/ffi/lib /src/ffi
cp /input/fficonfig.h "src/$folder/ffitarget.h" /opt/ffi/include/
sed -e "s/@VERSION@/$LIBFFI_VERSION/; s/@TARGET@/$target/; s/@FFI_EXEC_TRAMPOLINE_TABLE@/0/" \
  -e 's/@HAVE_LONG_DOUBLE@/(__SIZEOF_LONG_DOUBLE__ > __SIZEOF_DOUBLE__)/' include/ffi.h.in > /opt/ffi/include/ffi.h
if grep '@[A-Z_]*@' /opt/ffi/include/ffi.h; then echo "this libffi asks for more than fficonfig.h knows" >&2; exit 1; fi
cc="/opt/musl/bin/musl-gcc $ARCH_FLAGS"
where="-I/opt/ffi/include -Iinclude -Isrc -Isrc/$folder -idirafter /opt/linux"
for file in src/prep_cif.c src/types.c src/raw_api.c src/java_raw_api.c src/closures.c src/tramp.c $(printf "src/$folder/%s " $own); do
  $cc -Os -fPIC $quiet -fno-stack-protector -ffunction-sections -fdata-sections -w $where \
    -c "$file" -o "/src/ffi/$(echo "${file%.*}" | tr / -).o"
done
$cc $where -D$target -DGENERATE_LIBFFI_MAP -E -P -x assembler-with-cpp libffi.map.in -o /src/ffi/libffi.map
$cc -shared -Wl,-soname,libffi.so.8,--version-script,/src/ffi/libffi.map,--build-id=none,--hash-style=gnu,-z,noseparate-code,--gc-sections \
  -o /opt/ffi/lib/libffi.so /src/ffi/*.o
"${CROSS}strip" -s -R .comment -o /products/libffi /opt/ffi/lib/libffi.so
cp LICENSE /products/licence-libffi
