# The compiler's part of a program, where the compiler is one of this computer.
echo "libgcc and crtstuff.c of gcc: GPL-3.0-or-later WITH GCC-exception-3.1" > /opt/musl/licence-compiler
