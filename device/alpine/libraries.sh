# musl and libffi as shared libraries for base alpine: /products/{ld-musl,libffi} and their licences. musl is in /opt/musl already.
mkdir -p /products /src/ffi
"${CROSS}strip" -s -R .comment -o /products/ld-musl /opt/musl/lib/libc.so
cat /opt/musl/COPYRIGHT /opt/musl/licence-compiler > /products/licence-musl

# Without libffi's configure, which its tarball lacks and autoconf would have to make: what it finds out is in fficonfig.h.
unpack libffi /src/libffi
cd /src/libffi
case $MUSL_TARGET in
  x86_64-*) target=X86_64 folder=x86 own="ffi64.c unix64.S ffiw64.c win64.S" ;;
  i?86-*) target=X86 folder=x86 own="ffi.c sysv.S" ;;
  aarch64-*) target=AARCH64 folder=aarch64 own="ffi.c sysv.S" ;;
  arm-*) target=ARM folder=arm own="ffi.c sysv.S" ;;
  riscv64-*) target=RISCV folder=riscv own="ffi.c sysv.S" ;;
  *) echo "libffi for $MUSL_TARGET: unknown" >&2; exit 1 ;;
esac
mkdir -p /opt/ffi/include /opt/ffi/lib
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
cat LICENSE /opt/musl/licence-compiler > /products/licence-libffi
