"""Instructions of MIPS32 with registers of a floating point unit, in the objects that are named, as device/musl/audit.sh writes those that
objdump shows: an objdump for MIPS comes with a cross compiler, and zig has none. Not for MIPS16."""
import struct
import sys

# COP1, COP1X, LWC1, LDC1, SWC1, SDC1 (MIPS32 Architecture, volume II, table A.2), and MOVCI of SPECIAL.
UNIT = {0x11, 0x13, 0x31, 0x35, 0x39, 0x3d}
EXECUTED = 4


def floats(elf):
    order = '<' if elf[5] == 1 else '>'
    (shoff,), (shnum,) = struct.unpack_from(order + 'I', elf, 32), struct.unpack_from(order + 'H', elf, 48)
    for i in range(shnum):
        _, kind, flags, _, offset, size = struct.unpack_from(order + '6I', elf, shoff + 40 * i)
        if kind != 1 or not flags & EXECUTED:
            continue
        for k, (code,) in enumerate(struct.iter_unpack(order + 'I', elf[offset:offset + size // 4 * 4])):
            if code >> 26 in UNIT or (code >> 26 == 0 and code & 0x3f == 1):
                yield 4 * k, code


if __name__ == '__main__':
    for name in sys.argv[1:]:
        with open(name, 'rb') as file:
            for place, code in floats(file.read()):
                print(f'Float: {name}: {place:x}:\t{code:08x}')
