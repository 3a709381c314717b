# Before every script that zig compiles in. Its caches are a build's own, and its library has the same path everywhere.
export ZIG_GLOBAL_CACHE_DIR=/tmp/zig ZIG_LOCAL_CACHE_DIR=/tmp/zig ZIG_LIB_DIR=/toolchain/zig/lib
# The musl-gcc that musl installs where the compiler is a clang names `gcc` and not that compiler.
export REALGCC=/toolchain/bin/gcc
# mpy-cross, a program of this computer, is made with `gcc` and `strip`.
PATH=/toolchain/host:$PATH
