# The compiler's runtime for processors whose libgcc in Debian uses another float ABI: glibc's soft-fp and the few integer functions that
# the compiler calls, as /opt/musl/lib/libsoft.a. libgcc leaves the link altogether, so that a function that is missing here is an error
# of the linker and not an instruction that the processor does not have.
mkdir -p /src/glibc /src/soft/bits
: > /src/soft/bits/wordsize.h
tar -xf /usr/src/glibc/glibc-*.tar.xz -C /src/glibc --strip-components=1 --wildcards '*/soft-fp/*' '*/sysdeps/mips/mips32/sfp-machine.h' '*/stdlib/longlong.h' '*/sysdeps/wordsize-32/divdi3.c' '*/COPYING.LIB'
cd /src/soft
cat > names.h <<'H'
#include <endian.h>
#define strong_alias(name, other) extern __typeof(name) other __attribute__((alias(#name)));
#define libm_hidden_proto(name)
H
flags="-std=gnu11 -Os -g0 $ARCH_FLAGS -ffunction-sections -fdata-sections -fno-stack-protector -fno-ident -fno-asynchronous-unwind-tables -fno-unwind-tables -fvisibility=hidden -w"
where="-I/src/glibc/sysdeps/mips/mips32 -I/src/glibc/soft-fp -I/src/glibc/stdlib -I/src/glibc -I/input"
for name in addsf3 adddf3 subsf3 subdf3 mulsf3 muldf3 divsf3 divdf3 negsf2 negdf2 eqsf2 eqdf2 gesf2 gedf2 lesf2 ledf2 unordsf2 unorddf2 \
  fixsfsi fixsfdi fixdfsi fixdfdi fixunssfsi fixunssfdi fixunsdfsi fixunsdfdi floatsisf floatsidf floatdisf floatdidf \
  floatunsisf floatunsidf floatundisf floatundidf extendsfdf2 truncdfsf2; do
  /opt/musl/bin/musl-gcc $flags $SOFT_FLAGS $where -include names.h -c /src/glibc/soft-fp/$name.c -o $name.o
done
/opt/musl/bin/musl-gcc $flags $SOFT_FLAGS $where -I. -include names.h -D__WORDSIZE=32 -c /src/glibc/sysdeps/wordsize-32/divdi3.c -o divdi3.o
# Not in MIPS16: there, counting zeros would be a call of itself.
for part in ASHLDI3 LSHRDI3 ASHRDI3 CLZ CTZ CLZTAB POPCOUNT BSWAPSI2 BSWAPDI2; do
  /opt/musl/bin/musl-gcc $flags -DL_$part -c /input/integers.c -o integers-$part.o
done
${CROSS}ar rcsD /opt/musl/lib/libsoft.a *.o
sed -i 's#^libgcc.a%s .*#/opt/musl/lib/libsoft.a#; s# crtbeginS.o%s##; s#^crtendS.o%s ##' /opt/musl/lib/musl-gcc.specs
# The copyright and the exception at the head of its files, and the licence.
{
  echo "Arithmetic of floating point numbers, of glibc: LGPL-2.1-or-later with an exception for linking"
  echo
  sed -n '1,/\*\//p' /src/glibc/soft-fp/adddf3.c
  echo
  cat /src/glibc/COPYING.LIB
} > /opt/musl/licence-compiler
grep -q 'the compiled version of this file' /opt/musl/licence-compiler || { echo "glibc's exception for linking is not where it was" >&2; exit 1; }
