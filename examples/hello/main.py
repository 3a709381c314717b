# kilopy puts this file into an image, and MicroPython runs it when the image starts.
import sys

# sys.implementation is ("micropython", (1, 25, 0, ""), ...).
version = ".".join(str(part) for part in sys.implementation[1][:3])

# Which machine is this? The interpreter is an ELF file, and bytes 18 and 19 of such a file say what it is made for.
machines = {3: "i386", 8: "mips", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
with open(sys.executable, "rb") as file:
    number = int.from_bytes(file.read(20)[18:], sys.byteorder)
machine = machines.get(number, "machine " + str(number))

print("Hello from MicroPython", version, "on", machine)
