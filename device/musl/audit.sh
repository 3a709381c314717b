# audit MAP PROGRAM: what every object of a link, and the program itself, say of themselves, as /products/objects: the header and the
# attributes that readelf prints, and instructions with registers of a floating point unit. src/runtime/audit-objects.ts reads it.
audit() {
  rm -rf /tmp/audit
  mkdir -p /tmp/audit/members
  # Objects of temporary files are gone after the link.
  sed -n 's/^LOAD \(.*\.o\)$/\1/p' "$1" | sort -u | while read -r object; do
    if [ -e "$object" ]; then echo "$object"; fi
  done > /tmp/audit/names
  sed -n '/^Discarded input sections/q; s/^\(\/[^ (]*\.a\)(\([^)]*\)).*$/\1 \2/p' "$1" | sort -u | while read -r archive member; do
    folder=/tmp/audit/members/$(basename "$archive")
    mkdir -p "$folder"
    (cd "$folder" && "${CROSS}ar" x "$archive" "$member")
    echo "$folder/$member"
  done >> /tmp/audit/names
  echo "$2" >> /tmp/audit/names
  # The name of a file is only printed where there are several: there are.
  xargs "${CROSS}readelf" -hAW < /tmp/audit/names 2>&1 |
    grep -E '^(File:|  Class:|  Data:|  Machine:|  Flags:|FP ABI:|ISA:|  Tag_(CPU_arch|FP_arch|ABI_VFP_args):)' > /products/objects
  case $ARCH_FLAGS in *-msoft-float*)
    xargs "${CROSS}objdump" -d < /tmp/audit/names | awk '/file format/ { file = $1 } /\t.*\$f[0-9]/ { print "Float: " file " " $0 }' >> /products/objects
  esac
}
