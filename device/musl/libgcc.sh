# What the compiler adds to a program, of libgcc and crtstuff.c, is under an exception to the GPL, whose text Debian has with gcc:
# /opt/musl/licence-compiler.
{
  echo "libgcc and crtstuff.c of gcc: GPL-3.0-or-later WITH GCC-exception-3.1"
  echo
  cat /usr/share/doc/gcc-*-base/copyright | sed -n '/^GCC RUNTIME LIBRARY EXCEPTION$/,/^requirements of the license of GCC\.$/p'
} > /opt/musl/licence-compiler
grep -q '^1. Grant of Additional Permission' /opt/musl/licence-compiler || { echo "gcc's exception is not where it was" >&2; exit 1; }
