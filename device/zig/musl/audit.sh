# As device/musl/audit.sh, of lld's map: what every object of a link, and the program itself, say of themselves, as /products/objects.
# audit MAP PROGRAM
audit() {
  rm -rf /tmp/audit
  mkdir -p /tmp/audit/members
  linked < "$1" > /tmp/audit/linked
  while read -r archive member; do
    if [ -z "$member" ]; then
      # Objects of temporary files are gone after the link.
      if [ -e "$archive" ]; then echo "$archive"; fi
      continue
    fi
    folder=/tmp/audit/members/$(basename "$archive")
    mkdir -p "$folder"
    (cd "$folder" && "${CROSS}ar" x "$archive" "$member")
    echo "$folder/$member"
  done < /tmp/audit/linked > /tmp/audit/names
  echo "$2" >> /tmp/audit/names
  xargs "${CROSS}readelf" -hAW < /tmp/audit/names 2>&1 |
    grep -E '^(File:|  Class:|  Data:|  Machine:|  Flags:|FP ABI:|ISA:|  Tag_(CPU_arch|FP_arch|ABI_VFP_args):)' > /products/objects
  case $ARCH_FLAGS in *-msoft-float*)
    xargs python3 /toolchain/floats.py < /tmp/audit/names >> /products/objects
  esac
}

# linked < MAP: the objects that lld's map has sections of, each once: `FILE`, or `ARCHIVE MEMBER`. A line of a section is four numbers and
# `FILE:(SECTION)` or `ARCHIVE(MEMBER):(SECTION)`; what lld makes itself is of `<internal>`.
linked() {
  sed -n 's/^ *[0-9a-f]\{1,\} \{1,\}[0-9a-f]\{1,\} \{1,\}[0-9a-f]\{1,\} \{1,\}[0-9]\{1,\} \{9\}\([^ <].*\):([^()]*)$/\1/p' |
    sed 's/^\(.*\.a\)(\([^()]*\))$/\1 \2/' | LC_ALL=C sort -u
}
