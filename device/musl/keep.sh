# The C library as it is installed, for every program that is linked against it.
mkdir -p /products
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar -cf /products/musl.tar -C / opt/musl opt/linux
