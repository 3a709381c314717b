# The compiler's part of a program: zig's compiler-rt, as one object with a section for each function, of which the linker takes what is called.
cd /tmp
/toolchain/zig/zig build-obj -target "$ZIG_TARGET" -mcpu="$ZIG_CPU" -O ReleaseSmall -fno-PIC -fstrip -fno-compiler-rt -fno-unwind-tables \
  -ffunction-sections -fdata-sections --name compiler_rt -femit-bin=/tmp/compiler_rt.o /toolchain/zig/lib/compiler_rt.zig
/toolchain/bin/ar rcsD /opt/musl/lib/libcompiler_rt.a compiler_rt.o
case $MUSL_TARGET in *-muslsf | *-musleabi)
  for name in divdf3 divsf3; do
    /opt/musl/bin/musl-gcc $ARCH_FLAGS -ffunction-sections -fno-pie -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-ident \
      "-D$name" -c /toolchain/division.c -o "/opt/musl/lib/$name.o"
  done
esac
{
  echo "compiler-rt of zig: MIT"
  echo
  cat /toolchain/zig/LICENSE
} > /opt/musl/licence-compiler
