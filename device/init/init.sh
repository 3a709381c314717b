# device/init, static: /products/init. What it needs of the compiler's own functions is in LIBS.
tar -xf /input/musl.tar -C /
mkdir -p /products
cd /input
code="-Oz -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector -fno-ident -fno-pie"
/opt/musl/bin/musl-gcc -std=gnu11 $code -no-pie -fomit-frame-pointer -flto $ARCH_FLAGS $INIT_FLAGS *.c -static -nostartfiles -nodefaultlibs \
  /opt/musl/lib/crt1.o -Wl,--start-group -lc $LIBS -Wl,--end-group -Wl,-Map=/tmp/init.map \
  -Wl,--gc-sections,--build-id=none,-z,norelro,-z,noseparate-code,--hash-style=gnu,-z,max-page-size="$PAGE_SIZE",-z,common-page-size=64 -o /tmp/init
audit /tmp/init.map /tmp/init
"${CROSS}strip" -s -R .comment -R .pdr -R .mdebug.abi32 -o /products/init /tmp/init
